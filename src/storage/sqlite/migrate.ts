import type { Database } from "bun:sqlite";
import { VidpipeError } from "../../domain/errors.ts";
import { countAnew } from "./kept-figures.ts";
import { loadMigrations } from "./migrations.macro.ts" with { type: "macro" };
import type { Migration } from "./migrations.macro.ts";
import { scalar } from "./transactions.ts";
import { installTriggers, isKept, withoutTriggers } from "./triggers.ts";

/** "VIDP": tells our files from other programs' databases. */
export const applicationId = 0x56494450;

/** Rewrites what is stored from one version of its format to the next. Runs inside the migration's transaction. */
export type FormatUpgrade = (client: Database) => void;

/**
 * What brings stored JSON from each version of its format to the next, the first of them from 1 to 2. Add one when
 * stored JSON changes in a way that older programs would misread: every database that a release left passes through
 * all that come after it, and older programs refuse it from then on.
 */
const UPGRADES: readonly FormatUpgrade[] = [];

const versionAfter = (upgrades: readonly FormatUpgrade[]): number => upgrades.length + 1;
/** The version that this program writes. */
export const formatVersion = versionAfter(UPGRADES);

const migrations = loadMigrations();

/** Drizzle's own table, so that its tools understand the file. */
const createJournal = `CREATE TABLE IF NOT EXISTS __drizzle_migrations (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC NOT NULL)`;

/**
 * Refuses what this program must not touch, before anything is written.
 * @throws VidpipeError storage.unusable for another program's or a newer vidpipe's file
 */
export function checkOrigin(client: Database, path: string, upgrades = UPGRADES): void {
  if (scalar(client, "SELECT count(*) FROM sqlite_master WHERE type = 'table'") === 0) return;
  const refusal = (what: string) =>
    new VidpipeError("storage.unusable", `${what} choose another file with storage.database_url`);
  if (scalar(client, "PRAGMA application_id") !== applicationId)
    throw refusal(`${path} is the database of another program or of vidpipe 1: it was left as it is,`);
  const known = new Set(migrations.map((migration) => migration.hash));
  if (storedVersion(client) > versionAfter(upgrades) || applied(client).some((hash) => !known.has(hash)))
    throw refusal(`${path} was written by a newer vidpipe: it was left as it is, update vidpipe or`);
}

/**
 * Brings the file up to date in one transaction, so that two first starts at once do it once.
 * @throws VidpipeError as checkOrigin does, storage.damaged, storage.unusable (a trigger of the user's does not fit)
 */
export function migrate(client: Database, path: string, upgrades = UPGRADES, marks?: DataMarks): void {
  // Rebuilding a table drops it, which foreign keys would forbid; inside a transaction they cannot be switched.
  client.run("PRAGMA foreign_keys = OFF");
  client
    .transaction(() => {
      checkOrigin(client, path, upgrades);
      const isNew = scalar(client, "SELECT count(*) FROM sqlite_master WHERE type = 'table'") === 0;
      client.run(createJournal);
      const done = new Set(applied(client));
      const missing = migrations.filter((migration) => !done.has(migration.hash));
      const due = upgradesFrom(storedVersion(client), upgrades);
      if (missing.length > 0 || due.length > 0) {
        withoutTriggers(client, path, () => {
          for (const migration of missing) apply(client, migration);
          for (const upgrade of due) upgrade(client);
          countAnew(client);
        });
        seal(client, path, versionAfter(upgrades));
      } else if (!isKept(client)) withoutTriggers(client, path, () => countAnew(client));
      installTriggers(client);
      if (marks !== undefined) mark(client, isNew, marks);
    })
    .immediate();
  client.run("PRAGMA foreign_keys = ON");
}

/** Counts and indexes everything anew, where a tool that knows nothing of it changed what is recorded. */
export function recount(client: Database, path: string): void {
  withoutTriggers(client, path, () => countAnew(client));
  installTriggers(client);
}

/** Where the marks of databases come from, and what is done with them. Both are synchronous: a transaction waits for them. */
export interface DataMarks {
  /** A new UUID. */
  make(): string;
  /** Is told the mark of a database that is made by this process, before the database has it; must not throw. */
  remember(mark: string): void;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The mark of a database; null for one that has none yet, or what nobody here gave it. */
export function markOf(client: Database): string | null {
  const rows = client.query<{ mark: string }, []>("SELECT mark FROM data_mark").all();
  const [only] = rows;
  return rows.length === 1 && only !== undefined && UUID.test(only.mark) ? only.mark : null;
}

/** A new database is remembered first: another process that finds it a moment later must know it. */
function mark(client: Database, isNew: boolean, { make, remember }: DataMarks): void {
  if (markOf(client) !== null) return;
  const made = make();
  if (isNew) remember(made);
  client.run("DELETE FROM data_mark");
  client.run("INSERT INTO data_mark (mark) VALUES (?)", [made]);
}

function apply(client: Database, migration: Migration): void {
  for (const statement of migration.statements) client.run(statement);
  const row = [migration.hash, migration.createdAtMs];
  client.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)", row);
}

/** A file that is new has version 0 and nothing to upgrade. */
const upgradesFrom = (version: number, upgrades: readonly FormatUpgrade[]): readonly FormatUpgrade[] =>
  version < 1 ? [] : upgrades.slice(version - 1);

const storedVersion = (client: Database): number => Number(scalar(client, "PRAGMA user_version"));

function seal(client: Database, path: string, version: number): void {
  const orphans = client.query("PRAGMA foreign_key_check").all().length;
  if (orphans > 0)
    throw new VidpipeError("storage.damaged", `${path} has ${orphans} rows without their parents: use a backup of it`);
  client.run(`PRAGMA application_id = ${applicationId}`);
  client.run(`PRAGMA user_version = ${version}`);
}

const applied = (client: Database): string[] =>
  client
    .query<{ hash: string }, []>("SELECT hash FROM __drizzle_migrations")
    .all()
    .map((row) => row.hash);
