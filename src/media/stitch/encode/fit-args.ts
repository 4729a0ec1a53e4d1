/**
 * Filters that bring frames to a film's colours, size and shape. Each conversion says what it has and what it makes:
 * filters that are not told assume BT.601 for everything. Pure.
 */
import type { FilmLook, FrameSize } from "../../../domain/media.ts";
import type { ClipLayout, PictureFormat } from "../format/clip-layout.ts";
import { BT709, type Colour, colourOf, sameColour } from "../format/colour.ts";
import { scaledSize } from "../plan/adaptation.ts";
import { ownColour } from "../plan/film-format.ts";

/** What every encoded frame of a film is held in. */
export const pixelFormat = (film: PictureFormat): string => (film.colour.range === "pc" ? "yuvj420p" : "yuv420p");

/** Frames of a clip in the film's format; `label` keeps the branches of one chain apart from those of others. */
export function fitted(
  film: PictureFormat,
  clip: ClipLayout,
  look: FilmLook,
  tonemap: boolean,
  label: string,
): readonly string[] {
  const wanted = colourOf(film.colour, film.size);
  const given = givenColour(clip, wanted, tonemap);
  const isPlain = clip.oddity === null && isSize(clip.format.size, film.size) && sameColour(given, wanted);
  const repairs = clip.repairs.highDynamicRange && tonemap ? [toneMapped(clip)] : [];
  const parts = isPlain ? [] : converted(film, clip.format.size, look, { given, wanted }, label);
  return [...repairs, ...parts, `format=${pixelFormat(film)}`, "setsar=1", ...retag(film, clip, isPlain)];
}

const isSize = (a: FrameSize, b: FrameSize): boolean => a.width === b.width && a.height === b.height;

/** What the frames' colours are when they are converted: high dynamic range that is not tone-mapped is taken as it comes. */
function givenColour(clip: ClipLayout, { primaries, transfer }: Colour, tonemap: boolean): Colour {
  const own = ownColour(clip);
  if (!clip.repairs.highDynamicRange) return own;
  return tonemap ? BT709 : { ...own, primaries, transfer };
}

/** Converts high dynamic range to what every screen shows (from the ffmpeg manual). */
function toneMapped(clip: ClipLayout): string {
  const { matrix, primaries, transfer, range } = ownColour(clip);
  const from = `min=${matrix}:pin=${primaries}:tin=${transfer}:rin=${range}`;
  return `zscale=${from}:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv`;
}

interface Conversion {
  readonly given: Colour;
  readonly wanted: Colour;
}

/** Scales, then converts colours, then fills the frame: bars and blur are then made in the film's own colours. */
function converted(
  film: PictureFormat,
  size: FrameSize,
  { fit }: FilmLook,
  { given, wanted }: Conversion,
  label: string,
): readonly string[] {
  const inner = scaledSize(size, film.size, fit === "crop" ? "around" : "inside");
  const isFilled = isSize(inner, film.size);
  // Laying one picture over another takes both for limited range.
  const worked: Colour = fit === "blur" && !isFilled ? { ...wanted, range: "tv" } : wanted;
  const scaled: Colour = given.matrix === "gbr" ? { ...given, matrix: worked.matrix, range: worked.range } : given;
  return [
    scale(inner, given, scaled),
    "format=yuv420p",
    ...recoloured(scaled, worked),
    ...(isFilled ? [] : filled(film, size, fit, label)),
    ...(sameColour(worked, wanted) ? [] : [scale(film.size, worked, wanted)]),
  ];
}

/** Red, green and blue, or one matrix and range, to a size and a matrix and range. */
function scale({ width, height }: FrameSize, from: Colour, to: Colour): string {
  const words = ({ matrix }: Colour) => matrix.replace("bt2020nc", "bt2020");
  const input = from.matrix === "gbr" ? "" : `:in_color_matrix=${words(from)}`;
  return `scale=w=${width}:h=${height}:flags=bicubic+accurate_rnd+full_chroma_int${input}:in_range=${from.range}:out_color_matrix=${words(to)}:out_range=${to.range}`;
}

/** Colours of one meaning to another. */
function recoloured(from: Colour, to: Colour): readonly string[] {
  if (sameColour(from, to)) return [];
  const sides = [
    `ispace=${from.matrix}:iprimaries=${from.primaries}:itrc=${from.transfer}:irange=${from.range}`,
    `space=${to.matrix}:primaries=${to.primaries}:trc=${to.transfer}:range=${to.range}`,
  ];
  // Only other primaries and transfers need light to be computed.
  const fast = from.primaries === to.primaries && from.transfer === to.transfer ? ":fast=1" : "";
  return [`colorspace=${sides.join(":")}:format=yuv420p${fast}`];
}

/** How much smaller the background is blurred than it is shown. */
const BLUR_SCALE = 8;
/** How far its colours run, in pixels of the smaller picture. */
const BLUR_SIGMA = 3;

/** A picture in a frame of another shape. */
function filled(film: PictureFormat, picture: FrameSize, fit: FilmLook["fit"], label: string): readonly string[] {
  const { width, height } = film.size;
  if (fit === "crop") return [`crop=w=${width}:h=${height}`];
  // The range of black is told by the pixel format.
  if (fit === "pad") return [`format=${pixelFormat(film)}`, `pad=w=${width}:h=${height}:x=-1:y=-1`];
  const small = { width: smaller(width), height: smaller(height) };
  const cover = scaledSize(picture, small, "around");
  return [
    `split[${label}a][${label}b];[${label}a]scale=w=${cover.width}:h=${cover.height}:flags=bilinear`,
    `crop=w=${small.width}:h=${small.height}`,
    `gblur=sigma=${BLUR_SIGMA}`,
    `scale=w=${width}:h=${height}:flags=bicubic[${label}c];[${label}c][${label}b]overlay=x=(W-w)/2:y=(H-h)/2`,
  ];
}

const smaller = (length: number): number => Math.max(2, Math.round(length / BLUR_SCALE / 2) * 2);

/** The film's tags for frames that have others: they would end up in parameter sets that must not differ. */
function retag(film: PictureFormat, clip: ClipLayout, isPlain: boolean): readonly string[] {
  if (isPlain && JSON.stringify(clip.format.colour) === JSON.stringify(film.colour)) return [];
  const { range, space, transfer, primaries } = film.colour;
  return [`setparams=range=${range}:color_primaries=${primaries}:color_trc=${transfer}:colorspace=${space}`];
}
