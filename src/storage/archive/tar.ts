/**
 * Plain tar (POSIX ustar) of regular files, without compression: clips do not shrink, and an archive that is never
 * inflated cannot hide a decompression bomb. Links, devices, folders and extensions are refused when read.
 */
import { VidpipeError } from "../../domain/errors.ts";

/** Headers and contents fill whole blocks of this many bytes. */
export const BLOCK_BYTES = 512;
/** Longest file: eleven octal digits. */
const MOST_BYTES = 8 ** 11 - 1;
const REGULAR = "0";

interface Field {
  readonly at: number;
  readonly length: number;
}
const FIELDS = {
  name: { at: 0, length: 100 },
  mode: { at: 100, length: 8 },
  uid: { at: 108, length: 8 },
  gid: { at: 116, length: 8 },
  size: { at: 124, length: 12 },
  mtime: { at: 136, length: 12 },
  checksum: { at: 148, length: 8 },
  type: { at: 156, length: 1 },
  magic: { at: 257, length: 6 },
  version: { at: 263, length: 2 },
  prefix: { at: 345, length: 155 },
} as const satisfies Record<string, Field>;

/** Bytes that fill content up to a whole block. */
export const paddingAfter = (bytes: number): number => (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;

/** The two empty blocks that end an archive. */
export const END_BYTES = 2 * BLOCK_BYTES;

/** A file's header: the same bytes for the same file, at any time and on any machine. */
export function tarHeader(name: string, bytes: number): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name) || bytes > MOST_BYTES)
    throw new VidpipeError("internal", `${JSON.stringify(name)} of ${bytes} bytes does not fit into a tar archive`);
  const header = new Uint8Array(BLOCK_BYTES);
  const put = ({ at }: Field, text: string) => header.set(new TextEncoder().encode(text), at);
  const octal = (field: Field, value: number) => put(field, value.toString(8).padStart(field.length - 1, "0"));
  put(FIELDS.name, name);
  octal(FIELDS.mode, 0o644);
  octal(FIELDS.uid, 0);
  octal(FIELDS.gid, 0);
  octal(FIELDS.size, bytes);
  octal(FIELDS.mtime, 0);
  put(FIELDS.type, REGULAR);
  put(FIELDS.magic, "ustar");
  put(FIELDS.version, "00");
  put(FIELDS.checksum, checksumOf(header));
  return header;
}

/** Sum of a header's bytes, those of the sum itself counted as spaces, as every tar writes it. */
function checksumOf(header: Uint8Array): string {
  const { at, length } = FIELDS.checksum;
  const sum = header.reduce((total, byte, index) => total + (index >= at && index < at + length ? 0x20 : byte), 0);
  return `${sum.toString(8).padStart(6, "0")}\0 `;
}

export const isEmptyBlock = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

/** What a header names. @throws VidpipeError input.invalid when it is not a header, or not of a regular file */
export function readHeader(header: Uint8Array): { readonly name: string; readonly bytes: number } {
  const field = ({ at, length }: Field) => new TextDecoder("latin1").decode(header.subarray(at, at + length));
  const text = (of: Field) => field(of).replace(/\0.*$/s, "");
  const isTar = text(FIELDS.magic) === "ustar" && field(FIELDS.checksum) === checksumOf(header);
  if (!isTar) throw new VidpipeError("input.invalid", "it is not a tar archive, or it is damaged");
  const name = text(FIELDS.name);
  const plain = text(FIELDS.type) === REGULAR && text(FIELDS.prefix) === "" && /^[\x21-\x7e]+$/.test(name);
  const size = text(FIELDS.size).trim();
  const bytes = /^[0-7]+$/.test(size) ? Number.parseInt(size, 8) : Number.NaN;
  if (!plain || !Number.isSafeInteger(bytes))
    throw new VidpipeError("input.invalid", `it holds ${JSON.stringify(name)}, which is not a regular file`);
  return { name, bytes };
}
