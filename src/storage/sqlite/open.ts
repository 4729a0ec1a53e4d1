import { Database } from "bun:sqlite";
import { resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { Log, ProcessIdentity } from "../../ports/runtime.ts";
import { type Driver, isAtWork } from "../lease-rules.ts";
import { type BusyRetry, busyTimeoutMs, whileBusy } from "./busy-retry.ts";
import { isMarked, leftoversOf, markChecked, markClosed, wasClosed } from "./clean-mark.ts";
import { prepareLocation } from "./location-check.ts";
import { checkOrigin, type DataMarks, migrate } from "./migrate.ts";
import { scalar } from "./transactions.ts";

/** WAL files larger than this are cut after a checkpoint, bytes. */
export const walLimitBytes = 64 * 1024 * 1024;

/** What opening needs; `owner` tells which other processes live, nobody is known to without it. */
export interface OpenDeps extends Omit<BusyRetry, "path"> {
  readonly owner?: Pick<ProcessIdentity, "isLive"> | undefined;
  readonly marks?: DataMarks | undefined;
}

/**
 * Opens the database, making or updating it when needed, with every write durable once it is committed. All its pages
 * are read first, unless the last process closed it or another one that read them is at work with it.
 * @throws VidpipeError storage.unusable (the file was left as it is), storage.damaged, storage.full, storage.busy
 */
export async function openDatabase(
  file: string,
  deps: OpenDeps,
): Promise<{ readonly client: Database; readonly path: string }> {
  const path = resolve(file);
  prepareLocation(path);
  return { client: await whileBusy(() => connect(path, deps), { ...deps, path }), path };
}

/** Empties the journal into the file and closes; never throws, what was committed is safe either way. */
export function closeDatabase(client: Database, path: string, log: Log): void {
  try {
    // Busy while another process reads: then the last one to close empties it.
    client.run("PRAGMA wal_checkpoint(TRUNCATE)");
    client.close(true);
    markClosed(path);
  } catch (thrown) {
    log.warn("the database did not close cleanly; what was committed is safe", { cause: String(thrown) });
    client.close(false);
  }
}

const PRAGMAS = [`busy_timeout = ${busyTimeoutMs}`, "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"];

function connect(path: string, deps: OpenDeps): Database {
  const left = leftoversOf(path);
  const client = new Database(path, { readwrite: true, create: true, strict: true });
  try {
    for (const pragma of PRAGMAS) client.run(`PRAGMA ${pragma}`);
    checkOrigin(client, path);
    chooseJournal(client, deps.log);
    migrate(client, path, undefined, deps.marks);
    if (!wasClosed(left) && !(isMarked(left) && isInUse(client, deps))) checkPages(client, path, deps.clock.now());
    return client;
  } catch (thrown) {
    client.close(true);
    throw thrown;
  }
}

/**
 * True for versions in which two processes that write and checkpoint can corrupt a WAL database:
 * https://sqlite.org/wal.html#walresetbug, fixed in 3.51.3. macOS brings its own, older SQLite.
 */
export function hasWalResetBug(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major * 1e6 + minor * 1e3 + patch < 3_051_003;
}

function chooseJournal(client: Database, log: Log): void {
  const version = String(scalar(client, "SELECT sqlite_version()"));
  const wanted = hasWalResetBug(version) ? "delete" : "wal";
  const actual = scalar(client, `PRAGMA journal_mode = ${wanted}`);
  // Some filesystems have no shared memory: SQLite then stays with a rollback journal, which is as safe.
  if (actual !== "wal") log.info("the database uses a rollback journal", { journalMode: actual, sqlite: version });
  client.run("PRAGMA synchronous = FULL");
  client.run("PRAGMA fullfsync = ON"); // macOS: fsync alone does not reach the disk
  client.run("PRAGMA checkpoint_fullfsync = ON");
  client.run(`PRAGMA journal_size_limit = ${walLimitBytes}`);
}

/** Whether another process that opened this file, and so checked it, is at work with it. */
function isInUse(client: Database, { owner, clock }: OpenDeps): boolean {
  if (owner === undefined) return false;
  const drivers = client.query<Driver, []>("SELECT owner, heartbeat_at_ms AS heartbeatAtMs FROM owners").all();
  return drivers.some((driver) => isAtWork(driver, { owner, clock }));
}

function checkPages(client: Database, path: string, nowMs: number): void {
  const first = scalar(client, "PRAGMA quick_check(1)");
  if (first !== "ok")
    throw new VidpipeError(
      "storage.damaged",
      `the database ${path} is damaged (${first}): put a backup of it in its place`,
    );
  markChecked(path, nowMs);
}
