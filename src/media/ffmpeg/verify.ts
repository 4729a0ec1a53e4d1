import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { type AspectRatio, FRAME_SIZES, type FrameSize, type MediaInfo } from "../../domain/media.ts";
import {
  CLIP_CODECS,
  decodeArgs,
  decodeStillArgs,
  fileUrl,
  MAX_PIXELS,
  probeArgs,
  probeStillArgs,
  type StillFormat,
} from "./args.ts";
import type { FfmpegPaths } from "./find.ts";
import { mediaInfo, type Probe, parseProbe } from "./probe.ts";
import { lastLine, type Runner, type RunRequest, wasRejectedByFfmpeg } from "./run.ts";

/** What checks need: the programs, a runner, and an empty folder to run in. */
export interface FfmpegTools {
  readonly paths: FfmpegPaths;
  readonly runner: Runner;
  readonly cwd: string;
}

/** Relative difference of the aspect ratio that a still may have: image models round to their own sizes. */
const ASPECT_TOLERANCE = 0.04;

/** Ms allowed for reading a file: a minute, and the time to decode it at a tenth of a slow disk's speed. */
const readTimeoutMs = (bytes: number): number => 60_000 + bytes / 100;

/** A file's name for messages: no folders, no control characters. */
export const shown = (path: string): string => JSON.stringify(basename(path));

/** Measures a clip without decoding it. @throws VidpipeError media.invalid */
export async function probe(tools: FfmpegTools, path: string, packets: boolean, signal: AbortSignal): Promise<Probe> {
  const bytes = await sizeOf(path);
  const request = task(tools, `measure ${shown(path)}`, bytes, signal);
  try {
    const args = probeArgs(path, packets);
    const { stdout } = await tools.runner.text({ ...request, program: tools.paths.ffprobe, args });
    return parseProbe(stdout, shown(path));
  } catch (thrown) {
    if (!wasRejectedByFfmpeg(thrown)) throw thrown;
    const stderr = String(thrown.facts.stderr);
    const codec = /Codec \((\w+)\) not on whitelist/.exec(stderr)?.[1];
    if (codec !== undefined)
      throw invalid(path, `uses the codec ${codec}; only ${CLIP_CODECS.join(", ")} are accepted`, thrown);
    throw invalid(path, `is not an MP4 clip (${reason(path, stderr)})`, thrown);
  }
}

/** Measures a clip and decodes all of it. @throws VidpipeError media.invalid when any of it is broken */
export async function verifyClip(tools: FfmpegTools, path: string, signal: AbortSignal): Promise<MediaInfo> {
  const probed = await probe(tools, path, false, signal);
  const frames = await decodeClip(tools, path, () => {}, signal);
  // An edit list may hide the first few; a clip that hides most would be a still held for its whole length.
  if (frames < probed.video.nb_frames / 2)
    throw invalid(path, `shows only ${frames} of its ${probed.video.nb_frames} frames`);
  return mediaInfo(probed, frames);
}

/** Decodes all of a clip. Returns its frames. @throws VidpipeError media.invalid when any of it is broken */
export async function decodeClip(
  tools: FfmpegTools,
  path: string,
  onFrame: (frame: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const request = task(tools, `decode ${shown(path)}`, await sizeOf(path), signal);
  try {
    const run = { ...request, program: tools.paths.ffmpeg, args: decodeArgs(path) };
    const { frames } = await tools.runner.frames(run, onFrame);
    if (frames === 0) throw invalid(path, "has no frame that decodes");
    return frames;
  } catch (thrown) {
    if (!wasRejectedByFfmpeg(thrown)) throw thrown;
    throw invalid(path, `is cut off or damaged (${reason(path, String(thrown.facts.stderr))})`, thrown);
  }
}

/** Checks that a still decodes and has about the aspect ratio; null: any. @throws VidpipeError media.invalid */
export async function verifyPicture(
  tools: FfmpegTools,
  path: string,
  aspectRatio: AspectRatio | null,
  signal: AbortSignal,
): Promise<FrameSize> {
  const bytes = await sizeOf(path);
  const format = await stillFormat(path);
  if (format === undefined) throw invalid(path, "is neither PNG, JPEG nor WebP");
  const request = task(tools, `decode ${shown(path)}`, bytes, signal);
  try {
    const probed = { ...request, program: tools.paths.ffprobe, args: probeStillArgs(path, format) };
    const size = StillProbe.parse(JSON.parse((await tools.runner.text(probed)).stdout)).streams[0];
    if (size.width * size.height > MAX_PIXELS) throw invalid(path, "is larger than 40 megapixels");
    if (aspectRatio !== null) requireAspect(path, size, aspectRatio);
    const decode = { ...request, program: tools.paths.ffmpeg, args: decodeStillArgs(path, format) };
    const { frames } = await tools.runner.frames(decode, () => {});
    if (frames !== 1) throw invalid(path, "does not decode to one picture");
    return size;
  } catch (thrown) {
    if (thrown instanceof z.ZodError) throw invalid(path, "does not say its size", thrown);
    if (!wasRejectedByFfmpeg(thrown)) throw thrown;
    throw invalid(path, `is cut off or damaged (${reason(path, String(thrown.facts.stderr))})`, thrown);
  }
}

const StillProbe = z.object({
  streams: z.tuple([z.object({ width: z.int().min(1), height: z.int().min(1) })]),
});

function requireAspect(path: string, size: FrameSize, aspectRatio: AspectRatio): void {
  const wanted = FRAME_SIZES[aspectRatio].width / FRAME_SIZES[aspectRatio].height;
  const found = size.width / size.height;
  if (Math.abs(found / wanted - 1) > ASPECT_TOLERANCE)
    throw invalid(path, `is ${size.width}x${size.height}, not ${aspectRatio}`);
}

/** What kind of still a file is, by its first bytes. */
export async function stillFormat(path: string): Promise<StillFormat | undefined> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(12);
    await file.read(head, 0, 12, 0);
    if (head.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex"))) return "png";
    if (head.subarray(0, 3).equals(Buffer.from("ffd8ff", "hex"))) return "jpeg";
    if (head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP") return "webp";
    return undefined;
  } finally {
    await file.close();
  }
}

/** Bytes of a file. @throws VidpipeError media.invalid when it is none, or empty */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw invalid(path, "is not there", cause);
  });
  if (!found.isFile()) throw invalid(path, "is not a file");
  if (found.size === 0) throw invalid(path, "is empty");
  return found.size;
}

/** What checks of a file have in common. */
export const task = (
  tools: FfmpegTools,
  what: string,
  bytes: number,
  signal: AbortSignal,
): Omit<RunRequest, "program" | "args"> => ({ cwd: tools.cwd, task: what, signal, timeoutMs: readTimeoutMs(bytes) });

/** What ffmpeg said last, without where the file lies. */
const reason = (path: string, stderr: string): string => lastLine(stderr.replaceAll(`${fileUrl(path)}: `, ""));

/** A file that does not do. */
export const invalid = (path: string, what: string, cause?: unknown): VidpipeError =>
  new VidpipeError("media.invalid", `${shown(path)} ${what}; it was not used`, { cause });
