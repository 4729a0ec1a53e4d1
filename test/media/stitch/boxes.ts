/** Changes single fields of MP4 files, to make what other writers make. */
import { readFile, writeFile } from "node:fs/promises";

/** Byte offsets of the content of the box at the end of a path; `track` counts the boxes called `trak`. */
function contentOf(bytes: Buffer, path: readonly string[], track: number): number {
  let [at, end] = [0, bytes.length];
  for (const name of path) {
    let skip = name === "trak" ? track : 0;
    while (at < end && (bytes.toString("latin1", at + 4, at + 8) !== name || skip-- > 0)) at += bytes.readUInt32BE(at);
    if (at >= end) throw new RangeError(`no ${path.join("/")}`);
    end = at + bytes.readUInt32BE(at);
    at += 8;
  }
  return at;
}

/** A field of 4 bytes, `at` bytes into the content of a box. */
export function fieldAt(
  bytes: Buffer,
  path: readonly string[],
  { track = 0, at }: { readonly track?: number; readonly at: number },
): { read(): number; write(value: number): void } {
  const place = contentOf(bytes, path, track) + at;
  return {
    read: () => bytes.readInt32BE(place),
    write: (value) => void bytes.writeInt32BE(value, place),
  };
}

/** A copy of a file with some bytes changed. Returns its path. */
export async function patched(source: string, target: string, change: (bytes: Buffer) => void): Promise<string> {
  const bytes = await readFile(source);
  change(bytes);
  await writeFile(target, bytes);
  return target;
}
