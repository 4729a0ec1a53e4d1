import { VidpipeError } from "../../domain/errors.ts";

/** errno names of a full disk or of a used-up quota. */
const FULL: readonly string[] = ["ENOSPC", "EDQUOT"];
/** errno names of other failures of the disk or its permissions. */
const BROKEN: readonly string[] = [
  ..."EACCES EPERM EROFS EIO ENOENT ENOTDIR EISDIR EEXIST ENOTEMPTY".split(" "),
  ..."ELOOP EMFILE ENFILE ENAMETOOLONG EXDEV EMLINK ENODEV ENXIO ESTALE EFBIG".split(" "),
];

/** The errno name of a failed system call, e.g. ENOSPC; undefined for anything else. */
export function errnoOf(thrown: unknown): string | undefined {
  const named = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof named === "string" ? named : undefined;
}

export const diskFull = (folder: string, cause: unknown): VidpipeError =>
  new VidpipeError(
    "storage.full",
    `the disk of ${folder} is full: everything finished is safe, free some space and resume`,
    { cause },
  );

/** Runs file operations below `folder`; their failures are thrown as the port promises. */
export const mappingDiskErrors =
  (folder: string) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw diskFailure(thrown, folder);
    }
  };

/** The same for operations that are synchronous. */
export const mappingDiskErrorsSync =
  (folder: string) =>
  <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      throw diskFailure(thrown, folder);
    }
  };

/** A failed file operation below `folder` as the failure the port promises; other errors are passed on unchanged. */
export function diskFailure(thrown: unknown, folder: string): unknown {
  const errno = errnoOf(thrown);
  if (errno === undefined || thrown instanceof VidpipeError) return thrown;
  if (FULL.includes(errno)) return diskFull(folder, thrown);
  if (!BROKEN.includes(errno)) return thrown;
  return new VidpipeError(
    "storage.io",
    `reading or writing files in ${folder} failed (${errno}): check the disk and the folder's permissions, then resume`,
    { cause: thrown, facts: { errno } },
  );
}
