import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import {
  type AspectRatio,
  FRAME_SIZES,
  type FrameSize,
  type MediaInfo,
  type StillType,
  stillTypeOf,
} from "../../domain/media.ts";
import { isFragmented } from "../stitch/mp4/packets.ts";
import { decodeArgs, decodeStillArgs, fileUrl, MAX_PIXELS, probeArgs, probeStillArgs } from "./args.ts";
import {
  acceptedCodecs,
  type ClipFile,
  CONTAINER_NAMES,
  containerOf,
  DECODERS,
  HEAD_BYTES,
  holds,
  mistakenFor,
  TAIL_BYTES,
} from "./containers.ts";
import { type FfmpegPaths, INSTALL_FFMPEG } from "./find.ts";
import { mediaInfo, type Probe, parseProbe, probeAnswer } from "./probe.ts";
import { lastLine, type Runner, type RunRequest, wasRejectedByFfmpeg } from "./run.ts";
import { metadataFault } from "./still-metadata.ts";

/** What checks need: the programs, a runner, and an empty folder to run in. */
export interface FfmpegTools {
  readonly paths: FfmpegPaths;
  readonly runner: Runner;
  readonly cwd: string;
}

/** Relative difference of the aspect ratio that a still may have: image models round to their own sizes. */
const ASPECT_TOLERANCE = 0.04;

/** Ms allowed for reading a file: a minute, and the time to decode it at a tenth of a slow disk's speed. */
export const readTimeoutMs = (bytes: number): number => 60_000 + bytes / 100;

/** A file's name for messages: no folders, no control characters. */
export const shown = (path: string): string => JSON.stringify(basename(path));

/**
 * Measures a clip without decoding it. @throws VidpipeError media.invalid; media.ffmpeg_unfit when it is the ffmpeg of
 * this machine that cannot read it
 */
export async function probe(tools: FfmpegTools, file: ClipFile, packets: boolean, signal: AbortSignal): Promise<Probe> {
  const { path, container } = file;
  const limits = { task: `measure ${shown(path)}`, signal, timeoutMs: readTimeoutMs(await sizeOf(path)) };
  const args = probeArgs(file, packets || !container.indexed);
  const { stdout, stderr } = await tools.runner.text(ffprobeRun(tools, args, limits)).catch((thrown: unknown) => {
    const codec = /Codec \(([\w-]+)\) not on whitelist/.exec(stderrOf(thrown))?.[1];
    if (codec === undefined) throw blamed(path, `begins like ${container.name} but is not a whole one`, thrown);
    throw unreadable(file, codec, thrown);
  });
  // Matroska that is cut off is otherwise shown as far as it goes.
  if (!container.indexed && stderr.includes("File ended prematurely")) throw invalid(path, "is cut off");
  const probed = parseProbe(probeAnswer(stdout, limits.task), file, shown(path));
  const codecs = [probed.video.codec_name, ...(probed.audio === null ? [] : [probed.audio.codec_name])];
  const foreign = codecs.find((codec) => !holds(container, codec));
  if (foreign !== undefined) throw unreadable(file, foreign);
  return probed;
}

/** What is wrong with a clip whose decoder may not be used: its codec, or this ffmpeg, which has no other for it. */
function unreadable(file: ClipFile, codec: string, cause?: unknown): VidpipeError {
  if (holds(file.container, codec)) return withoutDecoder(file, codec, cause);
  const { name } = file.container;
  return invalid(file.path, `is ${name} with the codec ${codec}; ${acceptedCodecs(file.container)}`, cause);
}

const withoutDecoder = ({ path }: ClipFile, codec: string, cause: unknown): VidpipeError =>
  new VidpipeError(
    "media.ffmpeg_unfit",
    `this ffmpeg has no decoder for ${codec} (${DECODERS[codec]?.join(" or ")}), which ${shown(path)} needs; ${INSTALL_FFMPEG}`,
    { cause },
  );

/** Measures a clip and decodes all of it. @throws VidpipeError media.invalid when any of it is broken */
export async function verifyClip(tools: FfmpegTools, path: string, signal: AbortSignal): Promise<MediaInfo> {
  const file = await clipFile(path);
  const probed = await probe(tools, file, false, signal);
  const frames = await decodeClip(tools, file, () => {}, signal);
  // An edit list may hide the first few; a clip that hides most would be a still held for its whole length.
  if (frames < probed.video.nb_frames / 2)
    throw invalid(path, `shows only ${frames} of its ${probed.video.nb_frames} frames`);
  return mediaInfo(probed, frames);
}

/** Decodes all of a clip. Returns its frames. @throws VidpipeError media.invalid when any of it is broken */
export async function decodeClip(
  tools: FfmpegTools,
  file: ClipFile,
  onFrame: (frame: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const { path } = file;
  const limits = { task: `decode ${shown(path)}`, signal, timeoutMs: readTimeoutMs(await sizeOf(path)) };
  const run = ffmpegRun(tools, decodeArgs(file), limits);
  const { frames } = await tools.runner.frames(run, onFrame).catch((thrown: unknown) => {
    const missing = /Decoder \(codec (\w+)\) not found|no decoder found for: (\w+)/.exec(stderrOf(thrown));
    if (missing !== null) throw withoutDecoder(file, missing[1] ?? missing[2] ?? "", thrown);
    throw blamed(path, "is cut off or damaged", thrown);
  });
  if (frames === 0) throw invalid(path, "has no frame that decodes");
  return frames;
}

/** Checks that a still decodes and has about the aspect ratio; null: any. @throws VidpipeError media.invalid */
export async function verifyPicture(
  tools: FfmpegTools,
  path: string,
  aspectRatio: AspectRatio | null,
  signal: AbortSignal,
): Promise<FrameSize> {
  const limits = { task: `decode ${shown(path)}`, signal, timeoutMs: readTimeoutMs(await sizeOf(path)) };
  const format = await stillFormat(path);
  const fault = await metadataFault(path, format);
  if (fault !== null) throw invalid(path, fault);
  try {
    const { stdout } = await tools.runner.text(ffprobeRun(tools, probeStillArgs(path, format), limits));
    const size = StillProbe.parse(probeAnswer(stdout, limits.task)).streams[0];
    if (size.width * size.height > MAX_PIXELS) throw invalid(path, "is larger than 40 megapixels");
    if (aspectRatio !== null) requireAspect(path, size, aspectRatio);
    const { frames } = await tools.runner.frames(ffmpegRun(tools, decodeStillArgs(path, format), limits), () => {});
    if (frames !== 1) throw invalid(path, "does not decode to one picture");
    return size;
  } catch (thrown) {
    if (thrown instanceof z.ZodError) throw invalid(path, "does not say its size", thrown);
    throw blamed(path, "is cut off or damaged", thrown);
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

/** What kind of still a file is, by its first bytes. @throws VidpipeError media.invalid */
export async function stillFormat(path: string): Promise<StillType> {
  const type = stillTypeOf(await bytesOf(path, 0, 12));
  if (type === null) throw invalid(path, "is neither PNG, JPEG nor WebP");
  return type;
}

/** What container a clip is, by its first bytes. @throws VidpipeError media.invalid naming what it seems to be */
export async function clipFile(path: string): Promise<ClipFile> {
  const bytes = await sizeOf(path);
  const head = await bytesOf(path, 0, HEAD_BYTES);
  const container = containerOf(head);
  if (container === null) throw invalid(path, `is ${mistakenFor(head)}; what can be joined is ${CONTAINER_NAMES}`);
  const tail = container.ends && (await bytesOf(path, Math.max(0, bytes - TAIL_BYTES), TAIL_BYTES));
  if (tail !== undefined && !container.ends?.(tail)) throw invalid(path, "is cut off: its end is missing");
  return { path, container, fragmented: container.indexed && (await isFragmented(path)) };
}

/** Some bytes of a file, as many as it has there. */
async function bytesOf(path: string, at: number, length: number): Promise<Uint8Array> {
  await using file = await open(path, "r");
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return bytes.subarray(0, bytesRead);
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

type RunLimits = Pick<RunRequest, "task" | "signal" | "timeoutMs">;

/** One run of ffmpeg. */
export const ffmpegRun = ({ paths, cwd }: FfmpegTools, args: readonly string[], limits: RunLimits): RunRequest => ({
  ...{ program: paths.ffmpeg, args, cwd },
  ...limits,
});

const ffprobeRun = (tools: FfmpegTools, args: readonly string[], limits: RunLimits): RunRequest => ({
  ...ffmpegRun(tools, args, limits),
  program: tools.paths.ffprobe,
});

/** What ffmpeg printed when it rejected a file; empty for any other failure. */
const stderrOf = (thrown: unknown): string => (wasRejectedByFfmpeg(thrown) ? String(thrown.facts.stderr) : "");

/** A rejection by ffmpeg as the file's fault, with what was said last but not where the file lies; others as they are. */
export function blamed(path: string, what: string, thrown: unknown): unknown {
  if (!wasRejectedByFfmpeg(thrown)) return thrown;
  return invalid(path, `${what} (${lastLine(stderrOf(thrown).replaceAll(`${fileUrl(path)}: `, ""))})`, thrown);
}

/** A file that does not do. */
export const invalid = (path: string, what: string, cause?: unknown): VidpipeError =>
  new VidpipeError("media.invalid", `${shown(path)} ${what}; it was not used`, { cause });
