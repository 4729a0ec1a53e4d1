import { VidpipeError } from "../../domain/errors.ts";
import type { MediaInfo } from "../../domain/media.ts";
import { packetTimesArgs } from "../ffmpeg/args.ts";
import { mediaInfo } from "../ffmpeg/probe.ts";
import { type Bench, decodeClip, probe } from "../ffmpeg/verify.ts";
import { secondsOf } from "./layout.ts";
import { isFastStart } from "./mp4-boxes.ts";
import type { StitchPlan } from "./plan.ts";

/** Ms to list the packet times of a film. */
const listTimeoutMs = 120_000;

/** A film that was accepted. */
export interface CheckedFilm {
  readonly media: MediaInfo;
  /** How much later the sound ends than the picture, ms; negative when earlier. */
  readonly syncErrorMs: number;
}

/**
 * Accepts a film only when all of it decodes, and its frames, times and sound are exactly the planned ones.
 * @throws VidpipeError media.invalid naming the first thing that is wrong
 */
export async function checkFilm(
  bench: Bench,
  path: string,
  plan: StitchPlan,
  onFrame: (frame: number) => void,
  signal: AbortSignal,
): Promise<CheckedFilm> {
  const [frames, probed, timesWrong, fastStart] = await Promise.all([
    decodeClip(bench, path, onFrame, signal),
    probe(bench, path, false, signal),
    findTimeFault(bench, path, plan, signal),
    isFastStart(path),
  ]);
  const rate = plan.format.frameRate;
  const { audio } = probed;
  const soundEnd = (audio?.start_time ?? 0) + (audio?.duration ?? 0);
  const syncErrorMs = Math.round((soundEnd - secondsOf(plan.frames, rate)) * 1_000_000) / 1_000;
  const faults: readonly (readonly [boolean, string])[] = [
    [frames !== plan.frames, `has ${frames} frames instead of ${plan.frames}`],
    [timesWrong !== null, timesWrong ?? ""],
    [!fastStart, "has its tables at the end"],
    [Math.abs(syncErrorMs) >= secondsOf(1_000, rate), `has sound that ends ${syncErrorMs} ms off the picture`],
  ];
  const wrong = faults.find(([is]) => is)?.[1];
  if (wrong !== undefined)
    throw new VidpipeError("media.invalid", `the joined film ${wrong}; the clips and any film before it are untouched`);
  return { media: mediaInfo(probed, frames), syncErrorMs: syncErrorMs || 0 };
}

async function findTimeFault(
  bench: Bench,
  path: string,
  plan: StitchPlan,
  signal: AbortSignal,
): Promise<string | null> {
  const request = { program: bench.paths.ffprobe, cwd: bench.cwd, signal, timeoutMs: listTimeoutMs };
  const args = packetTimesArgs(path);
  const { stdout } = await bench.runner.text({ ...request, args, task: "list the times of the film" });
  return timeFault(stdout, plan.frames);
}

/** What is wrong with `pts,dts` lines of a film of so many frames; null when each is exactly in its place. */
export function timeFault(lines: string, frames: number): string | null {
  const times = lines.split("\n").filter((line) => line !== "");
  const pairs = times.map((line) => line.split(",").map(Number));
  const shown = pairs.map(([pts]) => pts ?? Number.NaN).sort((a, b) => a - b);
  const decoded = pairs.map(([, dts]) => dts ?? Number.NaN);
  if (shown.length !== frames) return `has ${shown.length} packets instead of ${frames}`;
  const step = frames > 1 ? (shown[1] ?? 0) - (shown[0] ?? 0) : 1;
  if (!(step > 0) || !shown.every((time, index) => time === index * step)) return "has frames out of rhythm";
  if (!decoded.every((time, index) => index === 0 || time > (decoded[index - 1] ?? Infinity)))
    return "has decoding times that do not rise";
  return null;
}
