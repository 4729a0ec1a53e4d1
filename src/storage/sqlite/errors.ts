import { SQLiteError } from "bun:sqlite";
import { VidpipeError } from "../../domain/errors.ts";

/** SQLite's own error behind a thrown thing; Drizzle wraps some. */
export function sqliteErrorOf(thrown: unknown): SQLiteError | undefined {
  if (thrown instanceof SQLiteError) return thrown;
  return thrown instanceof Error && thrown.cause !== undefined ? sqliteErrorOf(thrown.cause) : undefined;
}

const codeOf = (thrown: unknown): string => sqliteErrorOf(thrown)?.code ?? "";

/** Another process holds the lock (PROTOCOL and BUSY_RECOVERY: it is just opening the file): the same try may succeed. */
export const isBusy = (thrown: unknown): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(thrown));

/** SQLite's codes, first match wins: https://sqlite.org/rescode.html */
const TABLE: readonly (readonly [RegExp, (path: string) => VidpipeError])[] = [
  [
    /^SQLITE_(FULL|IOERR_SHMSIZE)$/,
    (path) =>
      new VidpipeError("storage.full", `the disk of ${path} is full: nothing was lost, free some space and resume`),
  ],
  [
    /^SQLITE_NOTADB$/,
    (path) =>
      new VidpipeError(
        "storage.unusable",
        `${path} is not a database: it was left as it is, choose another file with storage.database_url`,
      ),
  ],
  [
    /^SQLITE_CORRUPT/,
    (path) =>
      new VidpipeError(
        "storage.damaged",
        `the database ${path} is damaged: stop vidpipe and put a backup of it in its place`,
      ),
  ],
  [
    /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/,
    (path) =>
      new VidpipeError(
        "storage.unusable",
        `cannot write the database ${path}: check that the file and its folder may be written, or choose another with storage.database_url`,
      ),
  ],
  [
    /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/,
    () =>
      new VidpipeError("project.conflict", "this is recorded already: nothing was written, look with vidpipe status"),
  ],
  [
    /^SQLITE_(IOERR|NOLFS)/,
    (path) =>
      new VidpipeError("storage.io", `reading or writing the database ${path} failed: check the disk, then resume`),
  ],
];

/** A thrown thing as the failure the port promises; what is not the database's is passed on as it is. */
export function classify(thrown: unknown, path: string): unknown {
  const error = sqliteErrorOf(thrown);
  const failure = TABLE.find(([pattern]) => pattern.test(error?.code ?? ""))?.[1](path);
  if (error === undefined || failure === undefined) return thrown;
  return new VidpipeError(failure.code, failure.message, { cause: error, facts: { sqlite: error.code ?? "" } });
}
