import { constants } from "node:fs";
import { copyFile, type FileHandle, link, lstat, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { FileHasher } from "../../ports/files.ts";
import { errnoOf } from "./disk-errors.ts";

/** Bytes hashed at a time. */
const chunkBytes = 1024 * 1024;

/** A file's content in figures. */
export interface Content {
  readonly sha256: string;
  readonly bytes: number;
}

/** Null when a path leads nowhere; other failures say nothing about the file and are passed on. */
export function absent(thrown: unknown): null {
  if (/^(ENOENT|ENOTDIR|ELOOP|ENAMETOOLONG)$/.test(errnoOf(thrown) ?? "")) return null;
  throw thrown;
}

/**
 * Opens a regular file in a real folder: planted symbolic links are not followed.
 * @throws VidpipeError storage.damaged when it is missing or something else
 */
export async function withPlainFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const inFolder = (await lstat(dirname(path)).catch(absent))?.isDirectory() ?? false;
  await using file = inFolder ? await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(absent) : null;
  if (file === null) throw damaged(path, "is missing");
  if (!(await file.stat()).isFile()) throw damaged(path, "is not a regular file");
  return await use(file);
}

export const damaged = (path: string, what: string): VidpipeError =>
  new VidpipeError("storage.damaged", `${path} ${what}: put it back from a backup, or have its scene made again`);

/** Length and sha256 of an open file, read in pieces that are handed to `use`. */
export async function contentOf(file: FileHandle, use?: (piece: Uint8Array) => Promise<void>): Promise<Content> {
  const hasher = new Bun.CryptoHasher("sha256");
  const buffer = new Uint8Array(chunkBytes);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, bytes);
    if (bytesRead === 0) return { sha256: hasher.digest("hex"), bytes };
    const piece = buffer.subarray(0, bytesRead);
    hasher.update(piece);
    await use?.(piece);
    bytes += bytesRead;
  }
}

/** The same, by `hasher` where there is one and it can. */
export const measured = async (file: FileHandle, hasher: FileHasher | undefined): Promise<Content> =>
  (await hasher?.(file.fd)) ?? (await contentOf(file));

/** The sha256 of bytes in memory. Lets others have their turn after each piece, as a file's is read in pieces. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    hasher.update(bytes.subarray(at, at + chunkBytes));
  }
  return hasher.digest("hex");
}

/** Makes what a folder lists (new names, renames) survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, constants.O_RDONLY);
  await folder.sync();
}

/**
 * Permissions of a new folder under the umask of this process, said outright: where the folder above has a default ACL
 * the system would not look at the umask.
 */
export const folderMode = (): number => 0o777 & ~process.umask();

/** Makes a folder and those above it, durably. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: folderMode() });
  if (first === undefined) return;
  for (let level = path; level.length >= first.length; level = dirname(level)) await syncFolder(dirname(level));
}

/** Gives a file a second name, which must be free (EEXIST). Filesystems without hard links (FAT, some network shares) get a copy. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (thrown) {
    if (!/^(EPERM|EXDEV|EMLINK|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errnoOf(thrown) ?? "")) throw thrown;
    await copyFile(source, target, constants.COPYFILE_EXCL);
    await withPlainFile(target, (file) => file.sync());
  }
}
