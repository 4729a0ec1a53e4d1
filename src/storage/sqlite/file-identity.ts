import { statSync } from "node:fs";
import { VidpipeError } from "../../domain/errors.ts";

/** Which file has a name. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** ns since 1970; 0 where the disk does not say when a file was made. */
  readonly birthtimeNs: bigint;
}

/** Which file has this name now; null for none. */
export function identityOf(path: string): FileIdentity | null {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there === undefined ? null : { dev: there.dev, ino: there.ino, birthtimeNs: there.birthtimeNs };
}

/**
 * Whether two looks saw one file. Some mounted disks renumber their files from time to time: there the moment at
 * which it was made tells, if it is known.
 */
export const isSameFile = (a: FileIdentity, b: FileIdentity): boolean =>
  a.dev === b.dev && (a.ino === b.ino || (a.birthtimeNs !== 0n && a.birthtimeNs === b.birthtimeNs));

/**
 * What is written to a file without a name is gone when it is closed: an order must not be sent on that.
 * @throws VidpipeError storage.unusable when the name has lost the file that was opened
 */
export function checkStillThere(path: string, opened: FileIdentity | null): void {
  const now = identityOf(path);
  if (opened === null || (now !== null && isSameFile(now, opened))) return;
  const what =
    now === null
      ? `the database ${path} was deleted or moved, or its disk is not there any more,`
      : `another file was put in the place of the database ${path}`;
  const next = now === null ? "put it back, then restart vidpipe" : "restart vidpipe";
  throw new VidpipeError("storage.unusable", `${what} while vidpipe runs: nothing is written any more; ${next}`);
}
