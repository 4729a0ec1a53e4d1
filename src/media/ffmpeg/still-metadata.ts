import { type FileHandle, open } from "node:fs/promises";
import { constants, createInflate } from "node:zlib";
import type { StillType } from "../../domain/media.ts";

/** Most bytes of a still that are no picture: texts, colour profile, EXIF, XMP, previews. Cameras write far less. */
export const MOST_METADATA_BYTES = 4 * 2 ** 20;
/** Most bytes that its packed texts and its colour profile may unpack to. */
export const MOST_UNPACKED_BYTES = 16 * 2 ** 20;
/** Most parts that are looked at; a PNG of 40 megapixels has some thousands. */
const mostParts = 20_000;

/** A part of a still's file that is no picture. */
interface Part {
  /** Where its content begins, bytes. */
  readonly at: number;
  readonly bytes: number;
  /** How its content begins before what is packed; null: nothing of it is packed. */
  readonly head: RegExp | null;
}

/** One hop from part to part: what lies at a place of the file, and where the next one begins; null at the end. */
type Hop = (file: FileHandle, at: number) => Promise<{ readonly part: Part | null; readonly next: number } | null>;

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

const PNG_PICTURE = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "acTL", "fcTL", "fdAT"]);
/** A name, then words about the packing; a text in many languages says first whether it is packed. */
const PNG_PACKED = new Map([
  ["zTXt", /^[^\0]{1,79}\0\0/s],
  ["iCCP", /^[^\0]{1,79}\0\0/s],
  ["iTXt", /^[^\0]{1,79}\0[^\0]\0[^\0]*\0[^\0]*\0/s],
]);

const pngHop: Hop = async (file, at) => {
  const head = await bytesAt(file, at, 8);
  if (head.length < 8) return null;
  const bytes = head.readUInt32BE(0);
  const type = head.toString("latin1", 4);
  if (type === "IEND") return null;
  const part = PNG_PICTURE.has(type) ? null : { at: at + 8, bytes, head: PNG_PACKED.get(type) ?? null };
  return { part, next: at + 12 + bytes };
};

const jpegHop: Hop = async (file, at) => {
  const head = await bytesAt(file, at, 4);
  const marker = head[1] ?? 0;
  // The scan follows, or this is no segment: what is wrong then, decoding tells.
  if (head.length < 4 || head[0] !== 0xff || marker === 0xda || marker === 0xd9) return null;
  // Fill bytes, and markers that stand alone.
  if (marker === 0xff) return { part: null, next: at + 1 };
  if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) return { part: null, next: at + 2 };
  const bytes = Math.max(2, head.readUInt16BE(2));
  const isMetadata = (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
  return { part: isMetadata ? { at: at + 4, bytes: bytes - 2, head: null } : null, next: at + 2 + bytes };
};

const WEBP_PICTURE = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"]);

const webpHop: Hop = async (file, at) => {
  const head = await bytesAt(file, at, 8);
  if (head.length < 8) return null;
  const bytes = head.readUInt32LE(4);
  const part = WEBP_PICTURE.has(head.toString("latin1", 0, 4)) ? null : { at: at + 8, bytes, head: null };
  return { part, next: at + 8 + bytes + (bytes % 2) };
};

const FORMATS = {
  "image/png": { start: 8, hop: pngHop },
  "image/jpeg": { start: 2, hop: jpegHop },
  "image/webp": { start: 12, hop: webpHop },
} as const satisfies Record<StillType, { readonly start: number; readonly hop: Hop }>;

const mebibytes = (bytes: number): string => `${bytes / 2 ** 20} MiB`;

/** The parts of a still that are no picture; null when it has more parts of any kind than a still has. */
async function partsOf(file: FileHandle, format: StillType): Promise<readonly Part[] | null> {
  const { start, hop } = FORMATS[format];
  const parts: Part[] = [];
  let at: number = start;
  for (let hops = 0; hops < mostParts; hops++) {
    const found = await hop(file, at);
    if (found === null) return parts;
    if (found.part !== null) parts.push(found.part);
    at = found.next;
  }
  return null;
}

/**
 * What is wrong with the metadata of a still, in a few words; null when it is within limits. Only heads of parts are
 * read, and what is packed is unpacked up to the limit: no decoder has seen the file yet.
 */
export async function metadataFault(path: string, format: StillType): Promise<string | null> {
  await using file = await open(path, "r");
  const parts = await partsOf(file, format);
  if (parts === null) return `has more than ${mostParts.toLocaleString("en-US")} parts`;
  if (parts.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_METADATA_BYTES)
    return `has more than ${mebibytes(MOST_METADATA_BYTES)} of metadata (save it without)`;
  let left = MOST_UNPACKED_BYTES;
  for (const part of parts) if (left >= 0) left -= await unpackedBytes(file, part, left);
  return left < 0 ? `has metadata that unpacks to more than ${mebibytes(MOST_UNPACKED_BYTES)} (save it without)` : null;
}

/** Bytes that a part unpacks to; more than `left` when they are more than that. Of a broken one, what is before the break. */
async function unpackedBytes(file: FileHandle, { at, bytes, head }: Part, left: number): Promise<number> {
  if (head === null) return 0;
  const content = await bytesAt(file, at, bytes);
  const begin = head.exec(content.toString("latin1"))?.[0].length;
  if (begin === undefined) return 0;
  const unpacking = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
  unpacking.end(content.subarray(begin));
  let unpacked = 0;
  try {
    for await (const piece of unpacking) {
      unpacked += Buffer.byteLength(piece);
      if (unpacked > left) break;
    }
  } catch {
    // What is broken counts as far as it goes, as it does for a decoder.
  }
  return unpacked;
}
