import type { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Finding } from "../../ports/media.ts";
import { COUNTS } from "../../ports/repository.ts";
import { keptWrongly } from "./kept-figures.ts";
import { walLimitBytes } from "./open.ts";
import { scalar } from "./transactions.ts";

const topic = "database";

/** Looks at every page and every reference, for `doctor`. */
export function inspectDatabase(client: Database, path: string): readonly Finding[] {
  return [integrity(client), references(client), counts(client), journal(client, path), ...folderRights(path)];
}

const ok = (message: string): Finding => ({ topic, level: "ok", message, fix: null });
const damage = (message: string): Finding => ({
  topic,
  level: "fail",
  message,
  fix: "stop vidpipe and put a backup in its place",
});

function integrity(client: Database): Finding {
  const first = String(scalar(client, "PRAGMA integrity_check(1)"));
  return first === "ok" ? ok("every page is intact") : damage(`damaged: ${first}`);
}

function references(client: Database): Finding {
  const orphans = client.query("PRAGMA foreign_key_check").all().length;
  return orphans === 0 ? ok("every row has its parent") : damage(`${orphans} rows have lost their parents`);
}

function counts(client: Database): Finding {
  const wrong = keptWrongly(client);
  if (wrong.length === 0) return { ...ok("they fit the rows"), topic: COUNTS };
  const message = `${wrong.join(", ")} differ from the rows: lists and metrics may be wrong, no film and no money is`;
  return { topic: COUNTS, level: "warn", message, fix: "run vidpipe verify: it counts again" };
}

function journal(client: Database, path: string): Finding {
  const wal = `${path}-wal`;
  const walBytes = existsSync(wal) ? statSync(wal).size : 0;
  const message = `${path}, SQLite ${scalar(client, "SELECT sqlite_version()")}, journal ${scalar(client, "PRAGMA journal_mode")} (${walBytes} bytes)`;
  const fix = "stop every vidpipe that uses it: the last one to stop empties the journal";
  return walBytes <= walLimitBytes ? ok(message) : { topic, level: "warn", message, fix };
}

/** A user who may write to the folder may replace the database. */
function folderRights(path: string): readonly Finding[] {
  const { mode } = statSync(dirname(path));
  const [others, sticky] = [0o002, 0o1000];
  if (process.platform === "win32" || (mode & others) === 0 || (mode & sticky) !== 0) return [];
  const message = `any user of this machine may replace the database: everyone may write to its folder ${dirname(path)}`;
  return [{ topic, level: "warn", message, fix: `chmod o-w '${dirname(path)}'` }];
}
