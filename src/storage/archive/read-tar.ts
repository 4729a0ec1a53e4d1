import { type FileHandle, open } from "node:fs/promises";
import { VidpipeError } from "../../domain/errors.ts";
import type { ArchiveReader } from "../../ports/files.ts";
import { errnoOf } from "../files/disk-errors.ts";
import { BLOCK_BYTES, END_BYTES, isEmptyBlock, paddingAfter, readHeader } from "./tar.ts";

/** Bytes copied at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** Opens a tar archive and reads it once, in order. @throws VidpipeError input.invalid */
export async function unpackFile<T>(path: string, read: (archive: ArchiveReader) => Promise<T>): Promise<T> {
  await using file = await open(path, "r").catch((cause: unknown) => {
    throw new VidpipeError("input.invalid", `cannot read ${path} (${errnoOf(cause) ?? "unknown"})`, { cause });
  });
  const stat = await file.stat();
  if (!stat.isFile()) throw new VidpipeError("input.invalid", `${path} is not a regular file`);
  return await read(unpacking(file, stat.size));
}

function unpacking(file: FileHandle, sizeBytes: number): ArchiveReader {
  let at = 0;
  let left = 0;
  let padding = 0;

  /** The next `bytes` bytes, all of them. */
  async function take(bytes: number): Promise<Uint8Array> {
    if (at + bytes > sizeBytes) throw truncated();
    const buffer = new Uint8Array(bytes);
    for (let filled = 0; filled < bytes; ) {
      const { bytesRead } = await file.read(buffer, filled, bytes - filled, at + filled);
      if (bytesRead === 0) throw truncated();
      filled += bytesRead;
    }
    at += bytes;
    return buffer;
  }

  async function takeContent(most: number): Promise<Uint8Array> {
    const piece = await take(Math.min(left, most));
    left -= piece.length;
    if (left > 0) return piece;
    if (!isEmptyBlock(await take(padding)))
      throw new VidpipeError("input.invalid", "it has unexpected data between its entries");
    padding = 0;
    return piece;
  }

  return {
    async next() {
      if (left > 0) throw new VidpipeError("internal", "a file of an archive was not read to its end");
      const header = await take(BLOCK_BYTES);
      if (!isEmptyBlock(header)) {
        const head = readHeader(header);
        left = head.bytes;
        padding = paddingAfter(head.bytes);
        return head;
      }
      const rest = await take(END_BYTES - BLOCK_BYTES);
      if (!isEmptyBlock(rest) || at !== sizeBytes)
        throw new VidpipeError("input.invalid", "it has unexpected data after its end");
      return null;
    },
    async read(limitBytes) {
      if (left > limitBytes) throw new VidpipeError("input.invalid", `one of its lists is over ${limitBytes} bytes`);
      return left === 0 ? new Uint8Array() : takeContent(limitBytes);
    },
    async save(path) {
      await using target = await open(path, "wx");
      while (left > 0) await target.writeFile(await takeContent(CHUNK_BYTES));
    },
  };
}

const truncated = (): VidpipeError => new VidpipeError("input.invalid", "it is cut off");
