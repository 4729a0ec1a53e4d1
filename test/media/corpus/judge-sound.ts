/** Listens to a film: each clip's own tone where it must be heard, silence elsewhere, beeps with their flashes. */
import type { Rational } from "../../../src/domain/media.ts";
import type { Decoded } from "./film.ts";
import { drawnAt, hasFlash, type Recipe } from "./recipe.ts";
import { beepAt, HEARD_RATE, levelDb, type Span, shareOf, toneHz } from "./tone.ts";
import type { Place } from "./truth.ts";

/** Seconds left out beside each edge: encoders smear, and packets of other codecs begin a little earlier. */
const MARGIN = 0.06;

/** Shortest span that is listened to, seconds. */
const SHORTEST = 0.08;

/** What is louder than this where silence must be is heard, dB against the tone. */
const SILENT_DB = -25;

/** Seconds by which a beep's first sample may be missed when it is looked for. */
const ONSET = 0.003;

/** What is wrong with a film's sound. `flashes`: the film's first frame with each clip's flash. */
export function soundFaults(
  decoded: Decoded,
  places: readonly Place[],
  rate: Rational,
  flashes: ReadonlyMap<number, number>,
): readonly string[] {
  return places.flatMap((place, index) => {
    const faults = [...clipFaults(decoded, place, rate), ...syncFaults(decoded, place, rate, flashes.get(index))];
    return faults.map((fault) => `clip ${index + 1} (${place.recipe.name}): ${fault}`);
  });
}

/** Where a clip is heard alone, seconds of the film, and where its drawn time 0 would be. */
function alone({ start, frames, before, after, recipe }: Place, rate: Rational): Span & { readonly zero: number } {
  const at = (frame: number) => (frame * rate.den) / rate.num;
  const zero = at(start) - drawnAt(recipe, recipe.shows[0] ?? 0);
  return { from: at(start + before), to: at(start + frames - after), zero };
}

function clipFaults({ left, right }: Decoded, place: Place, rate: Rational): readonly string[] {
  const { from, to, zero } = alone(place, rate);
  const { heard, beep, level, clip } = place.recipe;
  const edges = [
    from,
    to,
    ...[heard, beep].flatMap((span) => (span === null ? [] : [zero + span.from, zero + span.to])),
  ];
  const inside = edges.filter((edge) => edge >= from && edge <= to).toSorted((a, b) => a - b);
  return inside.slice(1).flatMap((end, index) => {
    const span = { from: (inside[index] ?? 0) + MARGIN, to: end - MARGIN };
    if (span.to - span.from < SHORTEST) return [];
    const middle = (span.from + span.to) / 2 - zero;
    const isHeard = heard !== null && middle > heard.from && middle < heard.to;
    if (isHeard && beep !== null && middle > beep.from && middle < beep.to) return [];
    const where = `from ${(span.from - from).toFixed(2)} to ${(span.to - from).toFixed(2)} s`;
    return [left, right]
      .flatMap((channel) =>
        spanFaults(channel.subarray(...samplesIn(span)), isHeard ? level : null, toneHz(clip)).map(
          (fault) => `${fault} ${where}`,
        ),
      )
      .slice(0, 1);
  });
}

const samplesIn = ({ from, to }: Span): [number, number] => [
  Math.round(from * HEARD_RATE),
  Math.round(to * HEARD_RATE),
];

function spanFaults(samples: Float32Array, level: readonly [number, number] | null, hz: number): readonly string[] {
  const db = levelDb(samples);
  if (level === null) return db > SILENT_DB ? [`${db.toFixed(1)} dB of sound where silence is due`] : [];
  const [least, most] = level;
  if (db < least || db > most) return [`its tone has ${db.toFixed(1)} dB, not ${least} to ${most}`];
  return shareOf(samples, hz) < 0.7 ? ["another tone than its own is heard"] : [];
}

function syncFaults({ left }: Decoded, place: Place, rate: Rational, flash: number | undefined): readonly string[] {
  const { from, to, zero } = alone(place, rate);
  const { beep, heard, anyPicture } = place.recipe;
  if (beep === null || zero + beep.from < from + 0.02 || zero + beep.to > to - 0.02) return [];
  const halfFrame = (0.5 * rate.den) / rate.num + ONSET;
  const faults: string[] = [];
  if (flash === undefined && anyPicture !== true) faults.push("its flash is not seen");
  if (heard === null || heard.from > beep.from || heard.to < beep.to) return faults;
  const found = beepAt(left.subarray(...samplesIn({ from, to })));
  if (found === null) return [...faults, "its beep is not heard"];
  const at = found + from;
  if (Math.abs(at - zero - beep.from) > halfFrame)
    faults.push(`its beep is ${((at - zero - beep.from) * 1_000).toFixed(1)} ms late`);
  if (flash === undefined) return faults;
  const after = at - ((flash * rate.den) / rate.num - flashDelay(place.recipe, beep));
  if (Math.abs(after) > halfFrame) faults.push(`its beep is ${(after * 1_000).toFixed(1)} ms after its flash`);
  return faults;
}

/** Seconds from the beep's start to the first shown frame with the flash: more than 0 where frames are left out. */
function flashDelay(recipe: Recipe, beep: Span): number {
  const first = recipe.shows.find((frame) => hasFlash(recipe, frame));
  return first === undefined ? 0 : drawnAt(recipe, first) - beep.from;
}
