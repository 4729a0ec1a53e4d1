/**
 * Which packets of a film must be decoded to know that all of it decodes. A copied packet was decoded when its clip
 * was stored, and an IDR picture does not depend on what came before. So only what was encoded, and the seams, need decoding.
 */
import type { PictureRun, SoundTrack } from "../mp4/packet-runs.ts";

/** Packets of the film in decoding order; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Packets after a seam that are decoded with it. */
const PICTURES_AFTER = 3;

/** Sound packets on either side of new ones that are decoded with them: each needs the one before. */
const SOUND_AROUND = 2;

/**
 * Spans of the picture: everything encoded, from the last IDR before it to a few pictures after it; and one seam of
 * each kind where copied packets meet. `kinds` names the parameter sets of each run. Each begins with an IDR.
 */
export function newPictureSpans(runs: readonly PictureRun[], kinds: readonly string[]): readonly Span[] {
  const seen = new Set<string>();
  let start = 0;
  const spans = runs.flatMap((run, index): Span[] => {
    const at = start;
    start += run.packets;
    const kind = `${kinds[index - 1]} ${kinds[index]}`;
    const proven = seen.has(kind) && !run.made;
    seen.add(kind);
    if (proven) return [];
    const before = runs[index - 1];
    const from = before === undefined ? at : at - before.packets + (before.starts.at(-1) ?? 0);
    const own = run.made ? run.packets : 0;
    return [{ from, to: at + own + PICTURES_AFTER }];
  });
  return merged(spans, start);
}

/** Spans of the sound: everything encoded, with its neighbours. */
export function newSoundSpans({ runs }: SoundTrack): readonly Span[] {
  let start = 0;
  const spans = runs.flatMap(({ packets, made }): Span[] => {
    const from = start;
    start += packets;
    return made ? [{ from: Math.max(0, from - SOUND_AROUND), to: start + SOUND_AROUND }] : [];
  });
  return merged(spans, start);
}

/** Spans that touch become one; none goes beyond the end. They come in rising order. */
function merged(spans: readonly Span[], end: number): readonly Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    const to = Math.min(span.to, end);
    if (last !== undefined && span.from <= last.to)
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else all.push({ from: span.from, to });
  }
  return all;
}
