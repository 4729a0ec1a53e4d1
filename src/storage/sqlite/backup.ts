import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { lstat, realpath, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { OwnProcess } from "../../ports/runtime.ts";
import type { Backup } from "../../ports/server.ts";
import { diskFailure } from "../files/disk-errors.ts";
import { absent, syncFolder } from "../files/plain-file.ts";
import { createTempDirs, HIDDEN_PREFIX } from "../files/temp-dirs.ts";
import { exportTarget, syncFile } from "../files/write-outside.ts";
import { classify } from "./errors.ts";
import { scalar } from "./transactions.ts";

/** Files that SQLite keeps beside a database in use; one left there would be taken for the copy's own. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Copies the database as it is at one moment, while others keep writing: `destination` is whole or untouched.
 * No project of the copy has a lease, so that a process that opens it may continue at once.
 * @throws VidpipeError input.invalid when something is in the way, storage.full, storage.io
 */
export async function backUp(
  client: Database,
  path: string,
  destination: string,
  { replace, owner, clock }: OwnProcess & { readonly replace: boolean },
): Promise<Backup> {
  const target = await exportTarget(destination);
  await refuseTarget(target, path, replace);
  const beside = createTempDirs(dirname(target), { owner, clock }, HIDDEN_PREFIX);
  try {
    await beside.sweep(); // what a backup that was killed left here, which may be large
    return await beside.with(async (folder) => {
      const copy = join(folder, "copy.db");
      client.query("VACUUM INTO ?").run(copy);
      const projects = settle(copy, target);
      await syncFile(copy);
      const { size } = await lstat(copy);
      await rename(copy, target);
      await syncFolder(dirname(target));
      return { path: target, projects, bytes: size };
    });
  } catch (thrown) {
    throw classify(diskFailure(thrown, dirname(target)), target);
  }
}

async function refuseTarget(target: string, path: string, replace: boolean): Promise<void> {
  const refuse = (what: string): never => {
    throw new VidpipeError("input.invalid", `cannot back up to ${target}: ${what}`);
  };
  const inUse = await realpath(path).catch(absent);
  const places = [path, ...(inUse === null ? [] : [inUse])];
  if (places.some((place) => target === place || COMPANIONS.some((end) => target === place + end)))
    refuse("that is the database in use");
  if (COMPANIONS.some((end) => existsSync(target + end)))
    refuse("a database of that name is in use: stop what uses it, or name another file");
  if (!replace && (await lstat(target).catch(absent)) !== null)
    refuse("the file is there already (--replace allows it)");
}

/** Looks at every page of the copy and takes its drivers away. Returns how many projects are in it. */
function settle(copy: string, target: string): number {
  const client = new Database(copy, { readwrite: true, create: false, strict: true });
  try {
    const first = scalar(client, "PRAGMA integrity_check(1)");
    if (first !== "ok")
      throw new VidpipeError("storage.damaged", `nothing was written to ${target}: the database is damaged (${first})`);
    client.run("UPDATE projects SET owner = NULL WHERE owner IS NOT NULL");
    client.run("DELETE FROM owners");
    return Number(scalar(client, "SELECT count(*) FROM projects WHERE discarded_at_ms IS NULL"));
  } finally {
    client.close(true);
  }
}
