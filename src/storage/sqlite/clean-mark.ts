import { existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { type FileIdentity, isSameFile } from "./file-identity.ts";

/**
 * Which file was found whole, and how it was left when the last process closed it, in a file beside the database: as
 * long as nothing touched it since, its pages need not be read again. A copy of both is another file, so it is read.
 */
const Mark = z.object({
  dev: z.coerce.bigint(),
  ino: z.coerce.bigint(),
  birthtimeNs: z.coerce.bigint(),
  bytes: z.coerce.bigint(),
  changedNs: z.coerce.bigint(),
  /** Nothing sets this one back: not a copy that keeps times, and not a tool that sets them. */
  movedNs: z.coerce.bigint(),
  /** When all pages were read and found whole, epoch ms. */
  checkedAtMs: z.number(),
});
type Mark = z.infer<typeof Mark>;
type Left = Omit<Mark, "checkedAtMs">;

/** What tells how the last process ended; taken before the database is opened, which changes it. */
export interface Leftovers {
  readonly mark: Mark | null;
  /** The file as it is; null when there is none yet. */
  readonly now: Left | null;
  /** There is a journal, so that a process died, or one is at work. */
  readonly hasJournal: boolean;
}

const placeOf = (path: string): string => `${path}-checked`;

export const leftoversOf = (path: string): Leftovers => ({
  mark: readMark(path),
  now: look(path),
  hasJournal: hasJournal(path),
});

/** Whether it is the file that was found whole, in the state in which the last process closed it. */
export const wasClosed = ({ mark, now, hasJournal: journal }: Leftovers): boolean =>
  !journal &&
  mark !== null &&
  now !== null &&
  isSameFile(mark, now) &&
  mark.bytes === now.bytes &&
  mark.changedNs === now.changedNs &&
  mark.movedNs === now.movedNs;

/** Whether it is the file that was found whole, whatever was written since. */
export const isMarked = ({ mark, now }: { readonly mark: Mark | null; readonly now: FileIdentity | null }): boolean =>
  mark !== null && now !== null && isSameFile(mark, now);

/** When all pages were last found whole, epoch ms; null when it is not known of this file. */
export function checkedAtMs(path: string): number | null {
  const left = leftoversOf(path);
  return isMarked(left) ? (left.mark?.checkedAtMs ?? null) : null;
}

/** Notes that all pages were found whole. */
export function markChecked(path: string, nowMs: number): void {
  const now = look(path);
  if (now !== null) write(path, { ...now, checkedAtMs: nowMs });
}

/** Notes how the file was left, unless another process has it open or nobody ever found it whole. */
export function markClosed(path: string): void {
  const left = leftoversOf(path);
  if (left.hasJournal || left.mark === null || left.now === null || !isMarked(left) || wasClosed(left)) return;
  write(path, { ...left.now, checkedAtMs: left.mark.checkedAtMs });
}

/** Forgets that the file was found whole: whoever opens it next reads all of it. */
export const unmark = (path: string): void => rmSync(placeOf(path), { force: true });

function look(path: string): Left | null {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (there === undefined) return null;
  const { dev, ino, birthtimeNs, size: bytes, mtimeNs: changedNs, ctimeNs: movedNs } = there;
  return { dev, ino, birthtimeNs, bytes, changedNs, movedNs };
}

/** An empty journal of writes says only that somebody has read. */
const hasJournal = (path: string): boolean =>
  existsSync(`${path}-journal`) || (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Longest mark that is read, bytes; a real one has two hundred. */
const mostBytes = 4_096;

function readMark(path: string): Mark | null {
  try {
    const there = lstatSync(placeOf(path));
    // The folder may have come from anywhere: a planted pipe would be waited for.
    if (!there.isFile() || there.size > mostBytes) return null;
    return Mark.parse(JSON.parse(readFileSync(placeOf(path), "utf8")));
  } catch {
    return null; // none, or torn: then all pages are read
  }
}

function write(path: string, mark: Mark): void {
  const text = JSON.stringify(mark, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  try {
    // As a new file: what is written into a planted link would replace what it leads to.
    unmark(path);
    writeFileSync(placeOf(path), `${text}\n`, { flag: "wx" });
  } catch {
    // The disk is full or not writable: the next start reads all pages.
  }
}
