/** What a film's boxes say of its picture, its sound and itself (ISO/IEC 14496-14 and -15; tags as players know them). */
import packageJson from "../../../../package.json" with { type: "json" };
import { type PictureFormat, SAMPLE_RATE } from "../format/clip-layout.ts";
import { numbersOf } from "../format/colour.ts";
import { CHANNELS } from "../sound/sound-args.ts";
import { box, full, latin, type Parts, u8, u16, u32 } from "./box-writer.ts";

/** The sample entry of H.264 pictures; `decoder` is the avcC record. */
export function pictureEntry(format: PictureFormat, decoder: Uint8Array): Parts {
  const { width, height } = format.size;
  const fields = [u32(0), u16(0, 1), u32(0, 0, 0, 0), u16(width, height), u32(0x480000, 0x480000, 0), u16(1)];
  return box("avc1", ...fields, new Uint8Array(32), u16(0x18, 0xffff), box("avcC", decoder), ...colourBox(format));
}

/** Colour tags for the container; the packets carry their own as well. None unless all are known. */
function colourBox({ colour }: PictureFormat): readonly Parts[] {
  const numbers = numbersOf(colour);
  if (numbers === null) return [];
  return [box("colr", latin("nclx"), u16(...numbers), u8(colour.range === "pc" ? 0x80 : 0))];
}

/** The sample entry of AAC sound with this bit rate, bits per second. */
export function soundEntry(bitRate: number): Parts {
  // MPEG-4 audio, a stream of sound; AudioSpecificConfig: AAC-LC, 48 kHz, stereo.
  const decoder = [u8(0x04, 17, 0x40, 0x15, 0, 0, 0), u32(bitRate, bitRate), u8(0x05, 2, 0x11, 0x90)];
  const descriptor = [u8(0x03, 25, 0, 1, 0), ...decoder, u8(0x06, 1, 2)];
  const fields = [u32(0), u16(0, 1), u32(0, 0), u16(CHANNELS, 16, 0, 0), u32(SAMPLE_RATE * 0x10000)];
  return box("mp4a", ...fields, full("esds", 0, ...descriptor));
}

/** What a film is told to say of itself: its title, and that models made it unless it is the user's own footage. */
export interface FilmWords {
  readonly title?: string | undefined;
  readonly own?: true | undefined;
}

/** What the film says of itself, as players and editors read it. */
export function tagsBox(words: FilmWords): Parts {
  const utf8 = new TextEncoder();
  const tags = filmTags(words).map(([name, value]) => box(name, box("data", u32(1, 0), utf8.encode(value))));
  const handler = full("hdlr", 0, u32(0), latin("mdirappl"), u32(0, 0), u8(0));
  return full("meta", 0, handler, box("ilst", ...tags));
}

const software = `vidpipe ${packageJson.version}`;

/**
 * What a film says of itself, by the names that MP4 has for it: title, comment, and what wrote the file. No time and
 * no id: the same film is the same bytes whenever and wherever it is made.
 */
export const filmTags = ({ title, own }: FilmWords): readonly (readonly [string, string])[] => [
  ...(title === undefined ? [] : [["©nam", title] as const]),
  ...(own ? [] : [["©cmt", `AI-generated with ${software}`] as const]),
  ["©too", software],
];
