/**
 * Hard cuts without encoding the sound again: AAC packets are copied, and at each cut a few are made anew. Packet k
 * codes the samples of blocks k-1 and k, so a clip's last packet must know what follows; and a clip's packets near
 * its ends are windowed for silence beyond them, as ours are for the cut, until both are steady (measured: where
 * they are not, the block at the seam is 12 dB off; with nine new packets all are 30 dB or better). Exact only
 * where cuts lie between blocks of 1,024 samples, as after 8 s of 24 fps.
 */
import type { SoundTrack } from "./assemble.ts";
import type { ClipLayout } from "./layout.ts";
import { CHANNELS, PACKET_SAMPLES, type SoundSpan } from "./sound-args.ts";

/** Blocks before and after a cut that are encoded, so that the packets taken from there fit their neighbours. */
const BLOCKS = { before: 6, after: 9 } as const;

/** Packets made anew at a cut: those that a sudden end shaped, then the one that spans it and those after it. */
const MADE = { before: 3, after: 6 } as const;

/** Cuts, in samples, when all the sound can be copied; null when it must be encoded. */
export function copyableCuts(layouts: readonly ClipLayout[], spans: readonly SoundSpan[]): readonly number[] | null {
  const fits = layouts.every((clip, index) => {
    const { start, end } = spans[index] ?? { start: 0, end: 0 };
    const last = index === layouts.length - 1;
    const blocks = (end - start) / PACKET_SAMPLES;
    const aligned = start % PACKET_SAMPLES === 0 && (last || end % PACKET_SAMPLES === 0);
    const joined = index === 0 || spans[index - 1]?.end === start;
    return (
      aligned && joined && blocks >= BLOCKS.before + BLOCKS.after && (clip.soundPackets ?? 0) >= Math.ceil(blocks) + 1
    );
  });
  return fits ? spans.slice(1).map((span) => span.start) : null;
}

/** The film's packets: each clip's own, but for those at a cut, which are taken from the file of joins. */
export function copiedTrack(layouts: readonly ClipLayout[], spans: readonly SoundSpan[], joins: string): SoundTrack {
  const pieces = layouts.flatMap(({ path }, index) => {
    const { start, end } = spans[index] ?? { start: 0, end: 0 };
    const blocks = Math.ceil((end - start) / PACKET_SAMPLES);
    const from = index === 0 ? 0 : MADE.after;
    if (index === layouts.length - 1) return [{ path, from, packets: blocks + 1 - from }];
    const cut = index * (BLOCKS.before + BLOCKS.after) + BLOCKS.before;
    return [
      { path, from, packets: blocks - MADE.before - from },
      { path: joins, from: cut - MADE.before, packets: MADE.before + MADE.after },
    ];
  });
  return { pieces, samples: spans.at(-1)?.end ?? 0 };
}

/** Takes the film's interleaved floats in order and returns those around the cuts. */
export function createCutFilter(cuts: readonly number[]): (block: Float32Array) => Float32Array {
  const before = BLOCKS.before * PACKET_SAMPLES;
  const after = BLOCKS.after * PACKET_SAMPLES;
  let at = 0;
  return (block) => {
    const end = at + block.length / CHANNELS;
    const near = cuts.filter((cut) => cut + after > at && cut - before < end);
    const parts = near.map((cut) =>
      block.subarray(Math.max(0, cut - before - at) * CHANNELS, Math.min(end - at, cut + after - at) * CHANNELS),
    );
    at = end;
    return Float32Array.from(parts.flatMap((part) => [...part]));
  };
}
