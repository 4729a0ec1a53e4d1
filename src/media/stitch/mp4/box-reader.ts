/** The boxes of a file, and their order. */
import type { FileHandle } from "node:fs/promises";

interface Box {
  readonly type: string;
  /** Byte offsets in the file: of the content, and of the end. */
  readonly start: number;
  readonly end: number;
}

/** True when a file of these boxes, in this order, has its tables before its packets. */
export function isFastStartOf(types: readonly string[]): boolean {
  const tables = types.indexOf("moov");
  return tables >= 0 && tables < types.indexOf("mdat");
}

/** Boxes of a file that follow each other between two byte offsets. */
export async function* boxes(file: FileHandle, start: number, end: number): AsyncGenerator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const head = await bytesAt(file, at, 16);
    const short = head.getUint32(0);
    const type = String.fromCharCode(head.getUint8(4), head.getUint8(5), head.getUint8(6), head.getUint8(7));
    const size = short === 1 ? Number(head.getBigUint64(8)) : short === 0 ? end - at : short;
    if (size < 8) return;
    yield { type, start: at + (short === 1 ? 16 : 8), end: at + size };
    at += size;
  }
}

/** Bytes of a file; zeros where it ends early. */
export async function bytesAt(file: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, at);
  return new DataView(bytes.buffer);
}
