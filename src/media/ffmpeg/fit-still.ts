import { rm } from "node:fs/promises";
import { extname } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import { type AspectRatio, FRAME_SIZES, type FrameSize, type StillType } from "../../domain/media.ts";
import type { Fit } from "../../domain/step.ts";
import { ffmpegStart, fileUrl, MAX_PIXELS, pictureInput } from "./args.ts";
import { INSTALL_FFMPEG } from "./find.ts";
import { wasRejectedByFfmpeg } from "./run.ts";
import {
  blamed,
  type FfmpegTools,
  ffmpegRun,
  invalid,
  readTimeoutMs,
  sizeOf,
  stillFormat,
  verifyPicture,
} from "./verify.ts";

/** The encoder of each kind of still, at a quality at which no difference is seen. */
const ENCODERS = {
  "image/png": ["-c:v", "png"],
  "image/jpeg": ["-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-q:v", "2"],
  "image/webp": ["-c:v", "libwebp", "-quality", "95"],
} as const satisfies Record<StillType, readonly string[]>;

const TYPES: Readonly<Record<string, StillType>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
};

const even = (pixels: number): number => Math.max(2, Math.floor(pixels / 2) * 2);

/**
 * The size of a still that is brought to another aspect ratio: the largest with that shape whose sides are no longer
 * than the source's longer one, and for a crop no longer than each of its own. Even, as video needs it. Pure.
 */
export function fittedSize({ width, height }: FrameSize, aspectRatio: AspectRatio, fit: Fit): FrameSize {
  const ratio = FRAME_SIZES[aspectRatio].width / FRAME_SIZES[aspectRatio].height;
  const longer = Math.max(width, height);
  const [mostWidth, mostHeight] = fit === "crop" ? [width, height] : [longer, longer];
  const shape = { width: Math.min(mostWidth, mostHeight * ratio), height: Math.min(mostHeight, mostWidth / ratio) };
  // A strip of a picture would get bars of more than is ever decoded again.
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (shape.width * shape.height)));
  return { width: even(shape.width * scale), height: even(shape.height * scale) };
}

/** Exact ffmpeg arguments that bring a still to a size. Pure. */
export function fitStillArgs(
  source: { readonly path: string; readonly format: StillType },
  { width, height }: FrameSize,
  fit: Fit,
  output: { readonly path: string; readonly format: StillType },
): readonly string[] {
  const shape =
    fit === "crop"
      ? [`crop=w=${width}:h=${height}`]
      : [
          `scale=w=${width}:h=${height}:force_original_aspect_ratio=decrease:flags=lanczos`,
          `pad=w=${width}:h=${height}:x=(ow-iw)/2:y=(oh-ih)/2:color=black`,
        ];
  return [
    ...ffmpegStart(),
    ...pictureInput(source.path, source.format),
    // Without subsampled colours every pixel is a place to cut.
    ...["-vf", ["format=rgb24", ...shape, "setsar=1"].join(","), "-frames:v", "1"],
    ...ENCODERS[output.format],
    // Not `image2`, which would take a % in the name for a number.
    ...["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "image2pipe", fileUrl(output.path)],
  ];
}

/** That ffmpeg cannot write such a still is no fault of the picture; few builds lack an encoder, and only WebP's. */
function unfit(thrown: unknown): VidpipeError | null {
  const encoder = wasRejectedByFfmpeg(thrown) && /Unknown encoder '(\w+)'/.exec(String(thrown.facts.stderr))?.[1];
  if (!encoder) return null;
  const message = `this ffmpeg has no encoder ${encoder}; write the still as .png, or ${INSTALL_FFMPEG}`;
  return new VidpipeError("media.ffmpeg_unfit", message, { cause: thrown });
}

/**
 * Crops a still, or puts black bars around it, and checks what came of it. Nothing is left at `output` when it fails.
 * @throws VidpipeError media.invalid when it is no still, input.invalid when `output` is not named as one,
 * media.ffmpeg_unfit when ffmpeg cannot write that kind
 */
export async function fitPicture(
  tools: FfmpegTools,
  path: string,
  output: string,
  aspectRatio: AspectRatio,
  fit: Fit,
  signal: AbortSignal,
): Promise<FrameSize> {
  const type = TYPES[extname(output).toLowerCase()];
  if (type === undefined) throw new VidpipeError("input.invalid", "a still is written as .png, .jpg, .jpeg or .webp");
  const size = fittedSize(await verifyPicture(tools, path, null, signal), aspectRatio, fit);
  const args = fitStillArgs({ path, format: await stillFormat(path) }, size, fit, { path: output, format: type });
  const limits = { task: `${fit} a still`, signal, timeoutMs: readTimeoutMs(await sizeOf(path)) };
  try {
    await tools.runner.text(ffmpegRun(tools, args, limits)).catch((thrown: unknown) => {
      throw unfit(thrown) ?? blamed(path, `could not be brought to ${aspectRatio}`, thrown);
    });
    const made = await verifyPicture(tools, output, aspectRatio, signal);
    if (made.width !== size.width || made.height !== size.height)
      throw invalid(path, `became ${made.width}x${made.height} instead of ${size.width}x${size.height}`);
    return made;
  } catch (thrown) {
    await rm(output, { force: true });
    throw thrown;
  }
}
