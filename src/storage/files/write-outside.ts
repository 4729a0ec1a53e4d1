import { constants, type Stats } from "node:fs";
import { access, chmod, copyFile, lstat, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import { diskFailure, errnoOf } from "./disk-errors.ts";
import { absent, syncFolder } from "./plain-file.ts";

/**
 * The file a copy to `destination` would become; an existing symbolic link leads to its target. Makes nothing.
 * @throws VidpipeError input.invalid naming what is in the way
 */
export async function exportTarget(destination: string): Promise<string> {
  const path = resolve(destination);
  const link = (await look(path, lstat))?.isSymbolicLink() ?? false;
  const target = link ? await realpath(path).catch(() => refuse(destination, "is a link that leads nowhere")) : path;
  const there = await look(target, stat);
  if (there?.isDirectory()) refuse(destination, "is a folder: name a file in it");
  // Renaming over a device or a pipe would replace it.
  if (there !== null && !there.isFile()) refuse(destination, "is not a regular file");
  if (destination.endsWith("/")) refuse(destination, "is not a file name");
  await checkFolder(dirname(target));
  return target;
}

/** What is at a path; null for nothing. */
const look = (path: string, read: (path: string) => Promise<Stats>): Promise<Stats | null> =>
  read(path)
    .catch(absent)
    .catch((thrown: unknown) => refuse(path, `cannot be looked at (${errnoOf(thrown)})`, thrown));

async function checkFolder(folder: string): Promise<void> {
  const there = await look(folder, stat);
  if (there === null) refuse(folder, "does not exist: make the folder first");
  if (!there.isDirectory()) refuse(folder, "is not a folder");
  await access(folder, constants.W_OK | constants.X_OK).catch(() => refuse(folder, "may not be written"));
}

function refuse(path: string, what: string, cause?: unknown): never {
  throw new VidpipeError("input.invalid", `cannot write to ${path}: it ${what}`, { cause });
}

/** Permissions of a file outside, as the user's umask wants it: what is kept here is for this user alone. */
export const outsideMode = (umask: number): number => 0o666 & ~umask;

/**
 * Copies a file to a path outside, whole or not at all: what stood there stays until the copy is complete.
 * @throws VidpipeError input.invalid when the destination cannot be written, storage.full, storage.io
 */
export async function exportFile(
  source: string,
  destination: string,
  { tempName, umask }: { readonly tempName: string; readonly umask: number },
): Promise<void> {
  const target = await exportTarget(destination);
  const temp = join(dirname(target), `.vidpipe-${tempName}`);
  try {
    await copyFile(source, temp, constants.COPYFILE_EXCL);
    await chmod(temp, outsideMode(umask));
    await syncFile(temp);
    await rename(temp, target);
  } catch (thrown) {
    await rm(temp, { force: true }).catch(() => {}); // a folder that lost its permissions keeps it
    if (/^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|ENAMETOOLONG|ELOOP)$/.test(errnoOf(thrown) ?? ""))
      refuse(destination, `cannot be made (${errnoOf(thrown)})`, thrown);
    throw diskFailure(thrown, dirname(target));
  }
  await syncFolder(dirname(target));
}

/** Makes the content of a file survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  await using file = await open(path, constants.O_RDWR);
  await file.sync();
}
