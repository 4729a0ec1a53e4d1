import { chmod, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { ArchiveEntry, UserFiles } from "../../ports/files.ts";
import { unpackFile } from "../archive/read-tar.ts";
import { END_BYTES, paddingAfter, tarHeader } from "../archive/tar.ts";
import { diskFailure, errnoOf } from "./disk-errors.ts";
import { contentOf, damaged, linkOrCopy, syncFolder, withPlainFile } from "./plain-file.ts";
import { exportTarget, outsideMode } from "./write-outside.ts";

/** Files outside the data folder, with the permissions that the user's umask leaves. */
export function createUserFiles(umask = process.umask()): UserFiles {
  const mode = outsideMode(umask);
  return {
    async makeFolder(path) {
      await makeOutside(resolve(path), 0o777 & ~umask).catch((thrown: unknown) => {
        const errno = errnoOf(thrown);
        if (errno === "ENOSPC" || errno === "EDQUOT") throw diskFailure(thrown, dirname(resolve(path)));
        throw new VidpipeError("input.invalid", `cannot make the folder ${path} (${errno})`, { cause: thrown });
      });
    },
    writeText: (path, text) => writeWhole(path, mode, (file) => file.writeFile(text)),
    link: (from, to) => withPlainFile(from, () => linkOrCopy(from, to)),
    pack: (path, files) => writeWhole(path, mode, (file) => packInto(file, files)),
    unpack: unpackFile,
  };
}

/** Makes a folder and those above it, as the user's umask wants them. */
async function makeOutside(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let level = path; level.length >= first.length; level = dirname(level)) await chmod(level, mode);
}

let count = 0;

type Fill = (file: FileHandle) => Promise<void>;

/** Writes beside, syncs, then renames: what stood there stays until the new file is whole. @throws VidpipeError input.invalid, storage.* */
async function writeWhole(destination: string, mode: number, fill: Fill): Promise<void> {
  const target = await exportTarget(destination);
  const filled: Fill = async (file) => {
    await file.chmod(mode);
    await fill(file);
  };
  await writeBeside(dirname(target), filled, (temp) => rename(temp, target));
}

/** Writes a file of the data folder under a name that must be free: an existing file or link is not replaced. @throws VidpipeError input.invalid, storage.* */
export const writeNew = (target: string, fill: Fill): Promise<void> =>
  writeBeside(dirname(target), fill, (temp) =>
    linkOrCopy(temp, target).catch((thrown: unknown) => {
      if (errnoOf(thrown) !== "EEXIST") throw thrown;
      throw new VidpipeError("input.invalid", `${target} is there already: nothing was written over it`);
    }),
  );

async function writeBeside(folder: string, fill: Fill, place: (temp: string) => Promise<void>): Promise<void> {
  const temp = join(folder, `.vidpipe-${process.pid}.${++count}.part`);
  // A dead process with this id may have left a file: it has no owner.
  await rm(temp, { force: true }).catch(() => {});
  try {
    const file = await open(temp, "wx");
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temp);
    await syncFolder(folder);
  } catch (thrown) {
    throw diskFailure(thrown, folder);
  } finally {
    await rm(temp, { force: true }).catch(() => {});
  }
}

async function packInto(file: FileHandle, files: Iterable<ArchiveEntry>): Promise<void> {
  for (const { name, content } of files) {
    const bytes = content instanceof Uint8Array ? content.length : content.bytes;
    await file.writeFile(tarHeader(name, bytes));
    if (content instanceof Uint8Array) await file.writeFile(content);
    else await copyChecked(file, content);
    await file.writeFile(new Uint8Array(paddingAfter(bytes)));
  }
  await file.writeFile(new Uint8Array(END_BYTES));
}

/** Copies a stored file while it is hashed. @throws VidpipeError storage.damaged when it is not what it was */
async function copyChecked(to: FileHandle, from: Exclude<ArchiveEntry["content"], Uint8Array>): Promise<void> {
  await withPlainFile(from.path, async (source) => {
    const { sha256, bytes } = await contentOf(source, (piece) => to.writeFile(piece));
    if (bytes !== from.bytes || sha256 !== from.sha256) throw damaged(from.path, "is not what was stored");
  });
}
