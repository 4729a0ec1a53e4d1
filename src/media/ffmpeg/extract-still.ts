import { rm } from "node:fs/promises";
import type { FrameSize } from "../../domain/media.ts";
import { colourOf, streamColour } from "../stitch/format/colour.ts";
import { clipInput, ffmpegStart, fileUrl, PROGRESS } from "./args.ts";
import { TAIL_SECONDS } from "./similarity.ts";
import {
  blamed,
  clipFile,
  type FfmpegTools,
  ffmpegRun,
  probe,
  readTimeoutMs,
  sizeOf,
  verifyPicture,
} from "./verify.ts";

/** Longest side of a frame that becomes a still, pixels: image and video models look at no more. */
const longestSide = 1_920;
/** Matrices that the scale filter knows by these names; others are told by the frames themselves. */
const NAMED_MATRICES = ["bt709", "smpte170m"];

/**
 * Writes the first or the last frame of a plain MP4 to `output` as a PNG with square pixels, no side longer than 1,920
 * pixels. Checked before it returns; nothing is left when it fails. @throws VidpipeError media.invalid
 */
export async function extractStill(
  tools: FfmpegTools,
  clip: string,
  frame: "first" | "last",
  output: string,
  signal: AbortSignal,
): Promise<FrameSize> {
  const limits = { task: `take the ${frame} frame`, signal, timeoutMs: readTimeoutMs(await sizeOf(clip)) };
  try {
    const file = await clipFile(clip);
    const { video } = await probe(tools, file, false, signal);
    const start = frame === "first" ? 0 : Math.max(0, video.duration - TAIL_SECONDS);
    const input = clipInput(file, start === 0 ? [] : ["-ss", start.toFixed(6)]);
    const count = ["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", ...PROGRESS, "-"];
    const last = async () =>
      (await tools.runner.frames(ffmpegRun(tools, [...ffmpegStart(), ...input, ...count], limits), () => {})).frames -
      1;
    const place = frame === "first" ? 0 : Math.max(0, await last());
    const { matrix, range } = colourOf(streamColour(video), video);
    const colours = NAMED_MATRICES.includes(matrix) ? `:in_color_matrix=${matrix}:in_range=${range}` : "";
    const fit = `scale=w=${longestSide}:h=${longestSide}:force_original_aspect_ratio=decrease:flags=lanczos`;
    const filters = [
      `select=eq(n\\,${place})`,
      `scale=w=iw*sar:h=ih${colours}`,
      "format=gbrp",
      "setsar=1",
      ...(Math.max(video.width, video.height) > longestSide ? [fit] : []),
      "format=rgb24",
    ];
    const still = [
      ...["-map", "0:v:0", "-vf", filters.join(","), "-frames:v", "1", "-fps_mode", "passthrough"],
      // Not `image2`, which would take a % in the name for a number.
      ...["-c:v", "png", "-map_metadata", "-1", "-fflags", "+bitexact", "-f", "image2pipe", fileUrl(output)],
    ];
    await tools.runner.text(ffmpegRun(tools, [...ffmpegStart(), ...input, ...still], limits));
    return await verifyPicture(tools, output, null, signal);
  } catch (thrown) {
    await rm(output, { force: true });
    throw blamed(clip, `has no ${frame} frame that decodes`, thrown);
  }
}
