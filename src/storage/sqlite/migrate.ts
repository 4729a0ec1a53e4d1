import type { Database } from "bun:sqlite";
import { VidpipeError } from "../../domain/errors.ts";
import { loadMigrations } from "./migrations.macro.ts" with { type: "macro" };
import { scalar } from "./transactions.ts";
import { installTriggers, removeTriggers } from "./triggers.ts";

/** "VIDP": tells our files from other programs' databases. */
export const applicationId = 0x56494450;
/** Raise it when stored JSON changes in a way that older programs would misread. */
export const formatVersion = 1;

const migrations = loadMigrations();

/** Drizzle's own table, so that its tools understand the file. */
const createJournal = `CREATE TABLE IF NOT EXISTS __drizzle_migrations (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC NOT NULL)`;

/**
 * Refuses what this program must not touch, before anything is written.
 * @throws VidpipeError storage.unusable for another program's or a newer vidpipe's file
 */
export function checkOrigin(client: Database, path: string): void {
  const tables = client
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map((row) => row.name);
  if (tables.length === 0) return;
  if (scalar(client, "PRAGMA application_id") !== applicationId)
    throw new VidpipeError(
      "storage.unusable",
      `${path} is the database of another program or of vidpipe 1: it was left as it is, choose another file with storage.database_url`,
    );
  const known = new Set(migrations.map((migration) => migration.hash));
  if (Number(scalar(client, "PRAGMA user_version")) > formatVersion || applied(client).some((hash) => !known.has(hash)))
    throw new VidpipeError(
      "storage.unusable",
      `${path} was written by a newer vidpipe: it was left as it is, update vidpipe or choose another file with storage.database_url`,
    );
}

/** Brings the file up to date in one transaction, so that two first starts at once do it once. */
export function migrate(client: Database, path: string): void {
  // Rebuilding a table drops it, which foreign keys would forbid; inside a transaction they cannot be switched.
  client.run("PRAGMA foreign_keys = OFF");
  client
    .transaction(() => {
      checkOrigin(client, path);
      client.run(createJournal);
      const done = new Set(applied(client));
      const missing = migrations.filter((migration) => !done.has(migration.hash));
      if (missing.length > 0) removeTriggers(client);
      for (const migration of missing) {
        for (const statement of migration.statements) client.run(statement);
        client.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)", [
          migration.hash,
          migration.createdAtMs,
        ]);
      }
      installTriggers(client);
      if (missing.length > 0) seal(client, path);
    })
    .immediate();
  client.run("PRAGMA foreign_keys = ON");
}

function seal(client: Database, path: string): void {
  const orphans = client.query("PRAGMA foreign_key_check").all().length;
  if (orphans > 0)
    throw new VidpipeError("storage.damaged", `${path} has ${orphans} rows without their parents: use a backup of it`);
  client.run(`PRAGMA application_id = ${applicationId}`);
  client.run(`PRAGMA user_version = ${formatVersion}`);
}

const applied = (client: Database): string[] =>
  client
    .query<{ hash: string }, []>("SELECT hash FROM __drizzle_migrations")
    .all()
    .map((row) => row.hash);
