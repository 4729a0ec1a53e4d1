import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Clock } from "../../../src/ports/runtime.ts";
import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { leasesContract } from "../../contract/leases.ts";
import { repositoryContract } from "../../contract/repository.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { project, projectId } from "../samples.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

const make = (clock: Clock) =>
  createSqliteRepository({ path: join(tempFolder(), "vidpipe.db") }, { clock, log: silentLog });
repositoryContract("sqlite", make);
leasesContract("sqlite", make);

test("in a standstill nobody else can write", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  const repository = await createSqliteRepository({ path }, { clock: createManualClock(), log: silentLog });
  const other = new Database(path);
  const attempt = () => other.run("BEGIN IMMEDIATE");
  await repository.standstill(projectId(1), () => expect(attempt).toThrow("locked"));
  attempt();
  other.close();
  repository.close();
});

test("a lease is judged by the time in its transaction: a process stopped on the way there takes nothing", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  const clock = createManualClock();
  const repository = await createSqliteRepository({ path }, { clock, log: silentLog });
  await repository.create(project(1, { status: "video_gen" }), [], "a");
  const other = new Database(path);
  /** Whether nobody can renew a lease between these readings of the clock and what is decided by them. */
  const readings: boolean[] = [];
  const watching = (read: () => number) => () => {
    try {
      other.run("BEGIN IMMEDIATE; ROLLBACK");
      readings.push(false);
    } catch {
      readings.push(true);
    }
    return read();
  };
  const own = { ...clock, now: watching(clock.now), sinceBoot: watching(clock.sinceBoot) };
  const leases = repository.leasesOf({ owner: { self: "b", isLive: () => true }, clock: own });
  expect([await leases.acquire(projectId(1)), await leases.acquireOrphans()]).toEqual([undefined, []]);
  expect(readings.length).toBeGreaterThan(1);
  expect(readings).not.toContain(false);
  other.close();
  repository.close();
});
