import type { StillType } from "../../domain/media.ts";
import type { Shown } from "../../ports/media.ts";
import { clipInput, ffmpegStart, pictureInput } from "./args.ts";
import type { ClipFile } from "./containers.ts";
import {
  blamed,
  clipFile,
  type FfmpegTools,
  ffmpegRun,
  invalid,
  readTimeoutMs,
  sizeOf,
  stillFormat,
} from "./verify.ts";

/** Pictures are compared at this width and height, pixels: grain and compression are no difference there. */
const SIDE = 256;
/** Seconds at a clip's end in which its last frame is looked for: its sound may be a little longer. */
export const TAIL_SECONDS = 2;

/** A picture and, for a still, what kind of file it is. */
type Input = (Shown & { readonly format: StillType }) | (Shown & ClipFile & { readonly format: null });

function inputArgs(input: Input): string[] {
  if (input.format !== null) return pictureInput(input.path, input.format);
  const { frame, endSeconds, container } = input;
  if (frame !== "last") return clipInput(input);
  if (endSeconds === undefined) return clipInput(input, container.indexed ? ["-sseof", String(-TAIL_SECONDS)] : []);
  // A little earlier: times in the file are rounded, and the frame that begins there is not shown.
  const end = Math.max(0, endSeconds - 0.001);
  if (!container.indexed) return clipInput(input, ["-t", end.toFixed(6)]);
  const start = Math.max(0, end - TAIL_SECONDS);
  return clipInput(input, ["-ss", start.toFixed(6), "-t", (end - start).toFixed(6)]);
}

/** Small before anything else, so that turning a clip's end around holds little. */
const chainOf = ({ frame }: Input, input: number): string => {
  const turned = frame === "last" ? ",reverse" : "";
  return `[${input}:V:0]scale=${SIDE}:${SIDE}:flags=area,format=yuv420p,setsar=1${turned},trim=end_frame=1,settb=1/24,setpts=0[p${input}]`;
};

/** Exact ffmpeg arguments that print how alike two pictures are, as `n:1 Y:... All:...` on standard output. Pure. */
const similarityArgs = (one: Input, other: Input): readonly string[] => [
  ...ffmpegStart(),
  ...inputArgs(one),
  ...inputArgs(other),
  ...["-filter_complex", `${chainOf(one, 0)};${chainOf(other, 1)};[p0][p1]ssim=stats_file=-[compared]`],
  ...["-map", "[compared]", "-frames:v", "1", "-f", "null", "-"],
];

/** @throws VidpipeError media.invalid when either is not a picture */
export async function similarityOf(tools: FfmpegTools, one: Shown, other: Shown, signal: AbortSignal): Promise<number> {
  const bytes = (await sizeOf(one.path)) + (await sizeOf(other.path));
  const args = similarityArgs(await inputOf(one), await inputOf(other));
  const limits = { task: "compare two pictures", signal, timeoutMs: readTimeoutMs(bytes) };
  const { stdout } = await tools.runner.text(ffmpegRun(tools, args, limits)).catch((thrown: unknown) => {
    throw blamed(one.path, "could not be compared", thrown);
  });
  const all = Number(/ All:(-?[\d.]+|nan|inf)/.exec(stdout)?.[1]);
  if (!Number.isFinite(all)) throw invalid(one.path, "could not be compared");
  return Math.min(1, Math.max(0, all));
}

const inputOf = async (shown: Shown): Promise<Input> =>
  shown.frame === "still"
    ? { ...shown, format: await stillFormat(shown.path) }
    : { ...shown, ...(await clipFile(shown.path)), format: null };
