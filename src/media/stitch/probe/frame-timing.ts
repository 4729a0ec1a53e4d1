import type { Rational } from "../../../domain/media.ts";
import type { RawPacket, RawStream } from "../../ffmpeg/probe.ts";
import { ranksOf } from "../format/clip-layout.ts";
import type { Mp4Track } from "../mp4/movie.ts";
import type { Mp4File } from "../mp4/packets.ts";

/** How far a frame's time may be from its place at a constant frame rate, seconds. */
const TIMING_TOLERANCE_SECONDS = 0.0005;

/** How a clip's frames follow each other. */
export interface FrameTiming {
  /** True when each is exactly in its place, and lasts as long as the others. */
  readonly regular: boolean;
  /** Why not; null when they are. */
  readonly oddity: string | null;
  readonly frameRate: Rational;
  readonly seconds: number;
}

/** How far the distance of two frames may be from the usual one, as a part of it: further off, some are missing. */
const UNEVEN = 0.25;

/** The rate that frames with varying distances have where none is missing; undefined where they have none. */
function usualRate(times: readonly number[], tick: Rational): Rational | undefined {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const even = steps.filter((step) => Math.abs(step - usual) <= usual * UNEVEN);
  const ticks = even.reduce((sum, step) => sum + step, 0);
  return ticks > 0 ? { num: even.length * tick.den, den: ticks * tick.num } : undefined;
}

/** Most frames that the last one may last and still be a frame like all others: many writers are not exact there. */
const LONGEST_LAST_FRAME = 1.5;

/**
 * The exact rate, from the average distance of the frames; regular when each is in its place and the last is not held.
 * `endTicks`: when the picture ends by the track's own tables, in ticks of the packets' times.
 */
export function frameTimingOf(
  video: RawStream,
  packets: readonly RawPacket[],
  times: readonly number[],
  endTicks: number | undefined,
): FrameTiming {
  const tick = video.time_base ?? { num: 1, den: 1 };
  const ticks = (seconds: Rational): number => (seconds.num * tick.den) / (seconds.den * tick.num);
  const sorted = [...times].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  const average = video.avg_frame_rate ?? video.r_frame_rate ?? { num: 24, den: 1 };
  // Matroska counts in ms: the first time and any other are rounded.
  const tolerance = tick.den === tick.num * 1_000 ? 1 : TIMING_TOLERANCE_SECONDS * ticks(ONE);
  const isSteady = (step: number) => sorted.every((time, i) => Math.abs(time - first - i * step) <= tolerance);
  const steady = [video.r_frame_rate ?? average, average].find((rate) => isSteady(ticks(inverse(rate))));
  const frameRate = steady ?? usualRate(sorted, tick) ?? average;
  const own = packets.findLast((packet) => packet.pts === last)?.duration ?? 0;
  const held = Math.max(0, (endTicks ?? last + own) - last);
  const isHeld = sorted.length > 1 && held > LONGEST_LAST_FRAME * ticks(inverse(frameRate));
  const oddity = oddityOf(steady !== undefined, isHeld ? held / ticks(ONE) : null);
  if (oddity !== null) return { regular: false, oddity, frameRate, seconds: (last - first + held) / ticks(ONE) };
  return { regular: true, oddity, frameRate, seconds: (sorted.length * frameRate.den) / frameRate.num };
}

const ONE: Rational = { num: 1, den: 1 };
const inverse = ({ num, den }: Rational): Rational => ({ num: den, den: num });

function oddityOf(steady: boolean, heldSeconds: number | null): string | null {
  if (!steady) return "its frame rate varies";
  return heldSeconds === null ? null : `its last frame is held for ${heldSeconds.toFixed(2)} s`;
}

/** The timing of a clip with a constant frame rate from 0 on and no hidden frames; null for any other. */
export function plainTiming(mp4: Mp4File): FrameTiming | null {
  const track = mp4.track("video");
  const { timescale, lengths, showTimes } = track;
  const [step = 0] = lengths;
  const first = showTimes.reduce((least, time) => Math.min(least, time), Infinity);
  const ranks = ranksOf(showTimes);
  const steady = lengths.every((length) => length === step);
  const inPlace = showTimes.every((time, index) => time === first + (ranks[index] ?? 0) * step);
  const sound = mp4.hasSound ? mp4.track("audio").edits : [];
  const plain =
    track.uniform &&
    step > 0 &&
    steady &&
    inPlace &&
    isWhole(track, first, mp4.fragmented) &&
    sound.every(({ start }, i) => i === 0 && start >= 0);
  if (!plain) return null;
  const common = divisor(timescale, step);
  const frameRate = { num: timescale / common, den: step / common };
  return { regular: true, oddity: null, frameRate, seconds: (lengths.length * frameRate.den) / frameRate.num };
}

/** True when a track's one edit, or none, shows all of it from 0 on; that of a fragmented file has no end. */
function isWhole({ edits, timescale, movieTimescale, lengths }: Mp4Track, first: number, fragmented: boolean): boolean {
  const [edit] = edits;
  if (edit === undefined) return first === 0;
  if (fragmented) return edits.length === 1 && edit.start === first;
  const missing = lengths.length * (lengths[0] ?? 0) - (edit.length * timescale) / movieTimescale;
  return edits.length === 1 && edit.start === first && missing < (lengths[0] ?? 0) / 2;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
