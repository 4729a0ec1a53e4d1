/** The little that the MP4 library does not do: look at the order of boxes, and forget the time of writing. */
import { type FileHandle, open } from "node:fs/promises";

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

/** Clears the creation and modification times, so that the same film is the same bytes whenever it is made. */
export async function forgetTimes(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await clearIn(file, 0, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

const CONTAINERS = ["moov", "trak", "mdia"];
const TIMED = ["mvhd", "tkhd", "mdhd"];

async function clearIn(file: FileHandle, start: number, end: number): Promise<void> {
  for await (const box of boxes(file, start, end)) {
    if (CONTAINERS.includes(box.type)) await clearIn(file, box.start, box.end);
    if (!TIMED.includes(box.type)) continue;
    const version = (await bytesAt(file, box.start, 1)).getUint8(0);
    const times = new Uint8Array(version === 1 ? 16 : 8);
    await file.write(times, 0, times.length, box.start + 4);
  }
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
