import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { makeOldDatabase, recordedIn } from "../storage/old-database.ts";
import { emptyFolder, removeFolders, runBinary, startBinary } from "../support/binary.ts";
import { recordsIn } from "../support/records.ts";
import { sized } from "../support/size.ts";

afterAll(removeFolders);

const kills = 25;
/** Starts that are killed in one folder before one may end. */
const killsPerFolder = 5;

/** Starts the program and kills it after some time; false when it had ended by then. */
async function killedAfter(ms: number, folder: string): Promise<boolean> {
  const program = await startBinary(folder, ["list"]);
  const ended = await Promise.race([program.ended.then(() => true), Bun.sleep(ms).then(() => false)]);
  program.kill("SIGKILL");
  await program.ended;
  return !ended;
}

test(
  `killed -9 ${kills} times while the database is made: the next start finds a whole one`,
  async () => {
    const delays = fc.sample(fc.nat(250), { numRuns: kills, seed: 20_261_122 });
    let hits = 0;
    for (let done = 0; done < kills; done += killsPerFolder) {
      const folder = emptyFolder("first");
      for (const ms of delays.slice(done, done + killsPerFolder)) {
        if (await killedAfter(ms, folder)) hits += 1;
        expect(recordsIn(folder).integrity).toBe("ok");
      }
      const whole = await runBinary(folder, ["list"]);
      expect([whole.exitCode, whole.stdout]).toEqual([0, ""]);
      const left = readdirSync(join(folder, "vidpipe-data")).filter(
        (name) => !/^vidpipe\.db(-wal|-shm|-checked)?$/.test(name),
      );
      expect(left).toEqual([]);
    }
    expect(hits).toBeGreaterThan(0);
  },
  { timeout: 120_000 },
);

const updates = sized(6, 60);
test(
  `killed -9 ${updates} times while it brings an old database up to date: the next start finds everything`,
  async () => {
    const old = join(emptyFolder("old"), "old.db");
    await makeOldDatabase(old);
    const wanted = await recordedIn(`${old}.new`);
    const place = () => {
      const folder = emptyFolder("update");
      mkdirSync(join(folder, "vidpipe-data"));
      copyFileSync(old, join(folder, "vidpipe-data", "vidpipe.db"));
      return folder;
    };
    const began = performance.now();
    expect((await runBinary(place(), ["list"])).exitCode).toBe(0);
    const wholeMs = performance.now() - began;
    let hits = 0;
    for (const part of fc.sample(fc.integer({ min: 1, max: 99 }), { numRuns: updates, seed: 20_261_123 })) {
      const folder = place();
      if (await killedAfter((part / 100) * wholeMs, folder)) hits += 1;
      expect(recordsIn(folder).integrity).toBe("ok");
      expect(await recordedIn(join(folder, "vidpipe-data", "vidpipe.db"))).toBe(wanted);
      rmSync(folder, { recursive: true });
    }
    expect(hits).toBeGreaterThan(0);
  },
  { timeout: 120_000 },
);
