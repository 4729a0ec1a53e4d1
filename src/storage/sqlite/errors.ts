import { SQLiteError } from "bun:sqlite";
import { type FailureCode, VidpipeError } from "../../domain/errors.ts";

/** SQLite's own error behind a thrown thing; Drizzle wraps some. */
function sqliteErrorOf(thrown: unknown): SQLiteError | undefined {
  if (thrown instanceof SQLiteError) return thrown;
  return thrown instanceof Error && thrown.cause !== undefined ? sqliteErrorOf(thrown.cause) : undefined;
}

const codeOf = (thrown: unknown): string => sqliteErrorOf(thrown)?.code ?? "";

/** Another process holds the lock (PROTOCOL and BUSY_RECOVERY: it is just opening the file): the same try may succeed. */
export const isBusy = (thrown: unknown): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(thrown));

/** SQLite's codes, first match wins: https://sqlite.org/rescode.html */
const TABLE: readonly (readonly [RegExp, FailureCode, (path: string) => string])[] = [
  [
    /^SQLITE_(FULL|IOERR_SHMSIZE)$/,
    "storage.full",
    (path) => `the disk of ${path} is full: nothing was lost, free some space and resume`,
  ],
  [
    /^SQLITE_NOTADB$/,
    "storage.unusable",
    (path) => `${path} is not a database: it was left as it is, choose another file with storage.database_url`,
  ],
  [
    /^SQLITE_CORRUPT/,
    "storage.damaged",
    (path) => `the database ${path} is damaged: stop vidpipe and put a backup of it in its place`,
  ],
  [
    /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/,
    "storage.unusable",
    (path) =>
      `cannot write the database ${path}: check that the file and its folder may be written, or choose another with storage.database_url`,
  ],
  [
    /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/,
    "project.conflict",
    () => "this is recorded already: nothing was written, look with vidpipe status",
  ],
  [
    /^SQLITE_(IOERR|NOLFS)/,
    "storage.io",
    (path) => `reading or writing the database ${path} failed: check the disk, then resume`,
  ],
];

/** A thrown thing as the failure the port promises; what is not the database's is passed on as it is. */
export function classify(thrown: unknown, path: string): unknown {
  const cause = sqliteErrorOf(thrown);
  const sqlite = cause?.code ?? "";
  const row = TABLE.find(([pattern]) => pattern.test(sqlite));
  if (row === undefined) return thrown;
  const [, code, message] = row;
  return new VidpipeError(code, message(path), { cause, facts: { sqlite } });
}
