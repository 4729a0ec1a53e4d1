import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Clock } from "../../../src/ports/runtime.ts";
import { longestWaitMs } from "../../../src/storage/sqlite/busy-retry.ts";
import { openDatabase } from "../../../src/storage/sqlite/open.ts";
import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { owners } from "../../../src/storage/sqlite/schema.ts";
import { createTransactions } from "../../../src/storage/sqlite/transactions.ts";
import { failureOf } from "../../contract/repository/bench.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { project, projectId } from "../samples.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const newPath = () => join(tempFolder(), "vidpipe.db");

/** A clock whose sleeps pass at once; `onSleep` sees what would have been waited. */
function leapingClock(onSleep: (ms: number, elapsedMs: number) => void): Clock {
  let elapsed = 0;
  return {
    now: () => elapsed,
    monotonic: () => elapsed,
    sinceBoot: () => elapsed,
    async sleep(ms) {
      elapsed += ms * 20;
      onSleep(ms, elapsed);
    },
  };
}

/** Another process' write lock on a database. */
function lock(path: string): Database {
  const other = new Database(path);
  other.run("BEGIN IMMEDIATE");
  return other;
}

describe("a database that another process has locked", () => {
  test("is waited for, and the change is then made", async () => {
    const path = newPath();
    let other: Database | undefined;
    const clock = leapingClock(() => {
      other?.run("ROLLBACK");
      other?.close(true);
      other = undefined;
    });
    const repository = await createSqliteRepository({ path }, { clock, log: silentLog });
    other = lock(path);
    await repository.create(project(1), [], "a");
    expect(await repository.leasesOf({ owner: { self: "a", isLive: () => true }, clock }).driver(projectId(1))).toBe(
      "a",
    );
    expect(other).toBeUndefined();
    repository.close();
  });

  test("is given up after half a minute, with nothing lost, and can be used again", async () => {
    const path = newPath();
    let waitedMs = 0;
    const clock = leapingClock((_, elapsedMs) => {
      waitedMs = elapsedMs;
    });
    const repository = await createSqliteRepository({ path }, { clock, log: silentLog });
    const other = lock(path);
    expect(await failureOf(repository.create(project(1), [], "a"))).toBe("storage.busy");
    expect(waitedMs).toBeGreaterThanOrEqual(longestWaitMs);
    expect(await repository.list({})).toEqual([]);
    other.run("ROLLBACK");
    other.close(true);
    await repository.create(project(1), [], "a");
    repository.close();
  });

  test("is not waited for once it is closed here", async () => {
    const path = newPath();
    const clock = leapingClock(() => repository.close());
    const repository = await createSqliteRepository({ path }, { clock, log: silentLog });
    const other = lock(path);
    expect(await failureOf(repository.create(project(1), [], "a"))).toBe("storage.unusable");
    other.close(true);
  });
});

describe("a transaction", () => {
  async function transactions() {
    const signal = new AbortController().signal;
    const deps = { clock: createManualClock(), log: silentLog, signal };
    const { client, path } = await openDatabase(newPath(), deps);
    return { client, ...createTransactions(client, { ...deps, path }) };
  }
  const row = { owner: "a", heartbeatAtMs: 1 };

  test("cannot be asynchronous, not even with the types cast away", async () => {
    const { client, read, write } = await transactions();
    // @ts-expect-error a promise is no result of a transaction
    const attempt = write(async (tx) => {
      tx.insert(owners).values(row).run();
      await null;
      throw new Error("too late to roll anything back");
    });
    expect(await failureOf(attempt)).toBe("internal");
    expect(await read((tx) => tx.select().from(owners).all())).toEqual([]);
    client.close(true);
  });

  test("takes the write lock first, so that what it read still holds when it writes", async () => {
    const { client, write } = await transactions();
    const blocked = await write(() => {
      const other = new Database(client.filename);
      try {
        other.run("BEGIN IMMEDIATE");
        return false;
      } catch {
        return true;
      } finally {
        other.close(true);
      }
    });
    expect(blocked).toBe(true);
    client.close(true);
  });

  test("leaves nothing behind when it throws", async () => {
    const { client, read, write } = await transactions();
    const attempt = write((tx) => {
      tx.insert(owners).values(row).run();
      throw new RangeError("no");
    });
    expect(await failureOf(attempt)).toBe("RangeError: no");
    expect(client.inTransaction).toBe(false);
    expect(await read((tx) => tx.select().from(owners).all())).toEqual([]);
    client.close(true);
  });
});
