import type { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Finding } from "../../ports/media.ts";
import { walLimitBytes } from "./open.ts";
import { scalar } from "./transactions.ts";

const topic = "database";

/** Looks at every page and every reference, for `doctor`. */
export function inspectDatabase(client: Database, path: string): readonly Finding[] {
  return [integrity(client), references(client), journal(client, path), ...keepers(path)];
}

function integrity(client: Database): Finding {
  const first = String(scalar(client, "PRAGMA integrity_check(1)"));
  return first === "ok"
    ? { topic, level: "ok", message: "every page is intact", fix: null }
    : { topic, level: "fail", message: `damaged: ${first}`, fix: "stop vidpipe and put a backup in its place" };
}

function references(client: Database): Finding {
  const orphans = client.query("PRAGMA foreign_key_check").all().length;
  return orphans === 0
    ? { topic, level: "ok", message: "every row has its parent", fix: null }
    : {
        topic,
        level: "fail",
        message: `${orphans} rows have lost their parents`,
        fix: "stop vidpipe and put a backup in its place",
      };
}

function journal(client: Database, path: string): Finding {
  const wal = `${path}-wal`;
  const walBytes = existsSync(wal) ? statSync(wal).size : 0;
  const message = `${path}, SQLite ${scalar(client, "SELECT sqlite_version()")}, journal ${scalar(client, "PRAGMA journal_mode")} (${walBytes} bytes)`;
  return walBytes <= walLimitBytes
    ? { topic, level: "ok", message, fix: null }
    : {
        topic,
        level: "warn",
        message,
        fix: "stop every vidpipe that uses it: the last one to stop empties the journal",
      };
}

/** A user who may write to the folder may replace the database. */
function keepers(path: string): readonly Finding[] {
  const { mode } = statSync(dirname(path));
  const [others, sticky] = [0o002, 0o1000];
  if (process.platform === "win32" || (mode & others) === 0 || (mode & sticky) !== 0) return [];
  const message = `anybody on this machine may replace the database: its folder ${dirname(path)} may be written by all`;
  return [{ topic, level: "warn", message, fix: `chmod o-w '${dirname(path)}'` }];
}
