/**
 * What colours mean. Files say it in tags, or not at all; players then go by the size of the picture, and so does
 * everything here that is decoded and encoded again.
 */
import type { FrameSize } from "../../../domain/media.ts";

/** How colours are meant, in ffprobe's words; `unknown` where the file does not say. */
export interface ColourTags {
  readonly range: string;
  readonly space: string;
  readonly transfer: string;
  readonly primaries: string;
}

/** What tags mean on a screen: nothing unknown, and one word for what is shown alike. In ffmpeg's words. */
export interface Colour {
  /** How red, green and blue are put into brightness and two differences; `gbr`: they are not. */
  readonly matrix: string;
  readonly range: "tv" | "pc";
  /** What the purest red, green and blue are. Those of BT.601, BT.709 and sRGB are `bt709`: players show them alike. */
  readonly primaries: string;
  /** How numbers become light. Those of BT.601, BT.709, BT.2020 and sRGB are `bt709`: players show them alike. */
  readonly transfer: string;
}

/** What is encoded where no clip says otherwise. */
export const BT709: Colour = { matrix: "bt709", range: "tv", primaries: "bt709", transfer: "bt709" };

/** Transfers that mean high dynamic range. */
const HDR_TRANSFERS = ["smpte2084", "arib-std-b67"];
export const isHdr = ({ transfer }: Pick<ColourTags, "transfer">): boolean => HDR_TRANSFERS.includes(transfer);

/** Matrices that ffmpeg converts; those of BT.470 BG and of SMPTE 170M (BT.601) are the same numbers. */
const MATRICES: ReadonlyMap<string, string> = new Map([
  ...["bt709", "smpte170m", "smpte240m", "fcc", "bt2020nc", "gbr"].map((name) => [name, name] as const),
  ["bt470bg", "smpte170m"],
  ["bt2020c", "bt2020nc"],
]);
/** Primaries that are shown in another way than BT.709's. */
const OTHER_PRIMARIES = ["bt470m", "film", "bt2020", "smpte431", "smpte432"];
/** Transfers that are shown in another way than BT.709's. */
const OTHER_TRANSFERS = ["bt470m", "bt470bg", ...HDR_TRANSFERS];

/**
 * The colours of a picture of this size. Unknown matrices are BT.709 in pictures wider than 1,279 or higher than 576
 * pixels, as BT.601 knows no such picture; else BT.601. mpv and VLC go by that; Chromium by 720 lines; Firefox takes all for BT.709.
 */
export function colourOf(tags: ColourTags, { width, height }: FrameSize): Colour {
  const bySize = width >= 1_280 || height > 576 ? "bt709" : "smpte170m";
  const hdr = isHdr(tags);
  const primaries = tags.primaries === "unknown" && hdr ? "bt2020" : tags.primaries;
  return {
    matrix: MATRICES.get(tags.space) ?? (hdr ? "bt2020nc" : bySize),
    range: tags.range === "pc" ? "pc" : "tv",
    primaries: OTHER_PRIMARIES.includes(primaries) ? primaries : "bt709",
    transfer: OTHER_TRANSFERS.includes(tags.transfer) ? tags.transfer : "bt709",
  };
}

export const sameColour = (a: Colour, b: Colour): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Tags that say all of it. */
export function tagsOf({ matrix, range, primaries, transfer }: Colour): ColourTags {
  const plain = matrix === "smpte170m" ? matrix : "bt709";
  return {
    range,
    space: matrix,
    transfer: transfer === "bt709" ? plain : transfer,
    primaries: primaries === "bt709" ? plain : primaries,
  };
}

/** Numbers of the common words (ISO/IEC 23091-2); those of primaries hold for the same matrices, too. */
const PRIMARIES_NUMBERS: Readonly<Record<string, number>> = { bt709: 1, unknown: 2, bt470bg: 5, smpte170m: 6 };
const TRANSFER_NUMBERS: Readonly<Record<string, number>> = { bt709: 1, unknown: 2, smpte170m: 6, "iec61966-2-1": 13 };

/** Primaries, transfer and matrix as files number them. */
export type ColourNumbers = readonly [primaries: number, transfer: number, matrix: number];

/** The numbers of some tags; null unless all are known. */
export function numbersOf({ primaries, transfer, space }: ColourTags): ColourNumbers | null {
  const words = [primaries, transfer, space];
  const [first, second, third] = [PRIMARIES_NUMBERS[primaries], TRANSFER_NUMBERS[transfer], PRIMARIES_NUMBERS[space]];
  if (words.includes("unknown") || first === undefined || second === undefined || third === undefined) return null;
  return [first, second, third];
}

/** The tags of some numbers; null unless all are common ones. */
export function tagsOfNumbers([first, second, third]: ColourNumbers): Omit<ColourTags, "range"> | null {
  const wordOf = (table: Readonly<Record<string, number>>, number: number) =>
    Object.keys(table).find((word) => table[word] === number);
  const primaries = wordOf(PRIMARIES_NUMBERS, first);
  const transfer = wordOf(TRANSFER_NUMBERS, second);
  const space = wordOf(PRIMARIES_NUMBERS, third);
  return primaries === undefined || transfer === undefined || space === undefined
    ? null
    : { primaries, transfer, space };
}

const SHOWN_MATRICES: Readonly<Record<string, string>> = {
  bt709: "BT.709",
  smpte170m: "BT.601",
  bt2020nc: "BT.2020",
  gbr: "RGB",
};

/** Colours for people. */
export function shownColour({ matrix, range, primaries, transfer }: Colour): string {
  const others = [primaries, transfer].filter((word) => word !== "bt709");
  const words = [SHOWN_MATRICES[matrix] ?? matrix, ...others].join(" ");
  return range === "pc" && matrix !== "gbr" ? `${words} in full range` : words;
}

/** Pixel formats that hold red, green and blue themselves, or places in a palette of them. */
const RGB_FORMATS = /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|pal8)/;

/** The tags of a stream as ffprobe tells them; red, green and blue are told by the pixel format. */
export function streamColour(video: {
  readonly pix_fmt: string;
  readonly color_range: string;
  readonly color_space: string;
  readonly color_transfer: string;
  readonly color_primaries: string;
}): ColourTags {
  const rgb = RGB_FORMATS.test(video.pix_fmt);
  return {
    range: rgb || video.pix_fmt.startsWith("yuvj") ? "pc" : video.color_range,
    space: rgb ? "gbr" : video.color_space,
    transfer: video.color_transfer,
    primaries: video.color_primaries,
  };
}
