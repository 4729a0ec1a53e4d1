import { copyFile, rm } from "node:fs/promises";
import { invalidInput, VidpipeError } from "../../domain/errors.ts";
import type { MediaInfo, Rational } from "../../domain/media.ts";
import type { ClipSpan } from "../../ports/media.ts";
import { clipInput, ffmpegStart, fileUrl } from "../ffmpeg/args.ts";
import type { ClipFile } from "../ffmpeg/containers.ts";
import {
  blamed,
  clipFile,
  type FfmpegTools,
  ffmpegRun,
  invalid,
  readTimeoutMs,
  sizeOf,
  verifyClip,
} from "../ffmpeg/verify.ts";
import { type ClipLayout, secondsOf } from "./format/clip-layout.ts";
import type { StitchPlan } from "./plan/plan.ts";
import { ALIGNED } from "./sound/sound-args.ts";
import { planOf, type StitchDeps, stitchClips } from "./stitch.ts";

/** The frames of a clip that are kept; `to` is exclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Makes one clip of any form that can be joined a plain MP4: its join with nothing. One that is plain already and not
 * trimmed is taken byte for byte. Decoded in full before it returns; nothing is left at `output` when it fails.
 * @throws VidpipeError media.invalid, media.*, input.invalid when the span is not in the clip or too long
 */
export async function normaliseClip(
  deps: StitchDeps,
  { path, ...asked }: ClipSpan,
  output: string,
  signal: AbortSignal,
): Promise<MediaInfo> {
  const { layouts, plan } = await planOf(deps.tools, { clips: [path], crossfadeSeconds: 0 }, signal);
  const span = spanOf(plan, asked);
  const isTrimmed = span.from > 0;
  const joined = isTrimmed ? `${output}.whole.mp4` : output;
  try {
    if (!isTrimmed && span.to === plan.frames && layouts.every(isPlain)) {
      await copyFile(path, output);
      return await verifyClip(deps.tools, output, signal);
    }
    const job = {
      ...{ clips: [path], crossfadeSeconds: 0, loudnessLufs: null, own: true as const },
      keepSeconds: [span.to === plan.frames ? null : secondsOf(span.to, plan.format.frameRate)],
      // Trimming decodes it once more.
      decodeAll: !isTrimmed,
    };
    const { media } = await stitchClips(deps, job, joined, () => {}, signal);
    return isTrimmed ? await trimStart(deps.tools, joined, output, plan, span, signal) : media;
  } catch (thrown) {
    await rm(output, { force: true });
    throw thrown;
  } finally {
    if (isTrimmed) await rm(joined, { force: true });
  }
}

/** Whether all packets of a clip can be taken into films, and nothing else is in it. */
const isPlain = ({ oddity, hasSound, soundPackets, extras }: ClipLayout): boolean =>
  oddity === null && extras.length === 0 && (!hasSound || soundPackets !== null);

/** The nearest frames to the times that were asked for. An end behind the clip's own is the clip's. */
function spanOf(
  { frames, format: { frameRate } }: StitchPlan,
  { inSeconds, outSeconds, mostSeconds }: Omit<ClipSpan, "path">,
): Span {
  const frameOf = (seconds: number) => Math.round((seconds * frameRate.num) / frameRate.den);
  const length = `the clip is ${secondsOf(frames, frameRate).toFixed(2)} s long`;
  const [start, end] = [inSeconds ?? 0, outSeconds ?? Number.POSITIVE_INFINITY];
  if (!(start >= 0 && Number.isFinite(start))) throw invalidInput("in", "in must be 0 seconds or more");
  if (!(end > start)) throw invalidInput("out", `out must be later than in: it is ${end} s, in is ${start} s`);
  const from = frameOf(start);
  const to = Math.min(frames, end === Number.POSITIVE_INFINITY ? frames : frameOf(end));
  if (from >= frames) throw invalidInput("in", `in is ${start} s, but ${length}`);
  if (to <= from) throw invalidInput("out", `from ${start} s to ${end} s there is no frame: ${length}`);
  const seconds = secondsOf(to - from, frameRate);
  if (seconds > mostSeconds)
    throw new VidpipeError(
      "input.too_large",
      `the clip would be ${seconds.toFixed(1)} s long, the most is ${mostSeconds} s: give a shorter part of it with in and out`,
    );
  return { from, to };
}

/** Quality of a trimmed clip: not told from the source even where a film encodes it once more. */
const TRIM_CRF = "14";

/** Exact ffmpeg arguments that leave out the first frames of a plain clip, and its sound up to there to the sample. */
function trimArgs(clip: ClipFile, output: string, rate: Rational, { from, to }: Span): readonly string[] {
  // Half a frame early: rounding of times in the file can then not skip a frame.
  const seek = ["-ss", secondsOf(from - 0.5, rate).toFixed(6)];
  const half = secondsOf(0.5, rate);
  const seconds = secondsOf(to - from, rate);
  const picture = [`trim=end_frame=${to - from}`, `settb=${rate.den}/${rate.num}`, "setpts=N"];
  const sound = [`asetpts=PTS-${half.toFixed(6)}/TB`, ALIGNED, `atrim=end=${seconds.toFixed(6)}`];
  return [
    ...ffmpegStart(),
    ...clipInput(clip, seek),
    ...["-map", "0:v:0", "-map", "0:a:0?", "-vf", picture.join(","), "-af", sound.join(",")],
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", TRIM_CRF, "-video_track_timescale", String(rate.num)],
    ...["-c:a", "aac", "-b:a", "256k", "-ac", "2"],
    ...["-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", fileUrl(output)],
  ];
}

async function trimStart(
  tools: FfmpegTools,
  path: string,
  output: string,
  { format: { frameRate } }: StitchPlan,
  span: Span,
  signal: AbortSignal,
): Promise<MediaInfo> {
  // Encoding is about thirty times slower than reading.
  const limits = { task: "trim a clip", signal, timeoutMs: 30 * readTimeoutMs(await sizeOf(path)) };
  await tools.runner
    .text(ffmpegRun(tools, trimArgs(await clipFile(path), output, frameRate, span), limits))
    .catch((thrown: unknown) => {
      throw blamed(path, "could not be trimmed", thrown);
    });
  const media = await verifyClip(tools, output, signal);
  const { frames } = media.video;
  if (frames === span.to - span.from) return media;
  throw invalid(path, `gave ${frames} frames instead of ${span.to - span.from} when it was trimmed`);
}
