import type { Rational } from "../../../domain/media.ts";
import type { RawPacket, RawStream } from "../../ffmpeg/probe.ts";
import { ranksOf } from "../format/clip-layout.ts";
import type { Mp4File } from "../mp4/packets.ts";
import type { Mp4Track } from "../mp4/sample-tables.ts";

/** How far a frame's time may be from its place at a constant frame rate, seconds. */
const TIMING_TOLERANCE_SECONDS = 0.0005;

/** How a clip's frames follow each other. */
export interface FrameTiming {
  /** True when each is exactly in its place. */
  readonly regular: boolean;
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

/** The exact rate, from the distance of the frames; regular when each is in its place. */
export function frameTimingOf(video: RawStream, packets: readonly RawPacket[], times: readonly number[]): FrameTiming {
  const tick = video.time_base ?? { num: 1, den: 1 };
  const sorted = [...times].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  const rate = video.avg_frame_rate ?? video.r_frame_rate ?? { num: 24, den: 1 };
  const inTicks = (rate.den * tick.den) / (rate.num * tick.num);
  const declared = video.r_frame_rate ?? rate;
  const declaredTicks = (declared.den * tick.den) / (declared.num * tick.num);
  // Matroska counts in ms: the first time and any other are rounded.
  const toleranceTicks = tick.den === tick.num * 1_000 ? 1 : (TIMING_TOLERANCE_SECONDS * tick.den) / tick.num;
  const steady = (step: number) => sorted.every((time, i) => Math.abs(time - first - i * step) <= toleranceTicks);
  const regular = steady(declaredTicks) || steady(inTicks);
  const evenRate = steady(declaredTicks) ? declared : rate;
  const frameRate = regular ? evenRate : (usualRate(sorted, tick) ?? rate);
  const lastDuration = packets.findLast((packet) => packet.pts === last)?.duration ?? 0;
  const span = regular
    ? (sorted.length * frameRate.den) / frameRate.num
    : ((last - first + lastDuration) * tick.num) / tick.den;
  return { regular, frameRate, seconds: span };
}

/** The timing of a clip with a constant frame rate from 0 on and no hidden frames; null for any other. */
export function plainTiming(mp4: Mp4File): FrameTiming | null {
  if (!mp4.single) return null;
  const track = mp4.track("video");
  const { timescale, lengths, showTimes } = track;
  const [step = 0] = lengths;
  const first = showTimes.reduce((least, time) => Math.min(least, time), Infinity);
  const ranks = ranksOf(showTimes);
  const steady = lengths.every((length) => length === step);
  const inPlace = showTimes.every((time, index) => time === first + (ranks[index] ?? 0) * step);
  const sound = mp4.hasSound ? mp4.track("audio").edits : [];
  const plain =
    step > 0 && steady && inPlace && isWhole(track, first) && sound.every(({ start }, i) => i === 0 && start >= 0);
  if (!plain) return null;
  const common = divisor(timescale, step);
  const frameRate = { num: timescale / common, den: step / common };
  return { regular: true, frameRate, seconds: (lengths.length * frameRate.den) / frameRate.num };
}

/** True when a track's one edit, or none, shows all of it from 0 on. */
function isWhole({ edits, timescale, movieTimescale, lengths }: Mp4Track, first: number): boolean {
  const [edit] = edits;
  if (edit === undefined) return first === 0;
  const missing = lengths.length * (lengths[0] ?? 0) - (edit.length * timescale) / movieTimescale;
  return edits.length === 1 && edit.start === first && missing < (lengths[0] ?? 0) / 2;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
