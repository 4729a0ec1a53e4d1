import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { emptyFolder, removeFolders, runBinary, startBinary } from "../support/binary.ts";
import { recordsIn } from "../support/records.ts";

afterAll(removeFolders);

const kills = 25;
/** Starts that are killed in one folder before one may end. */
const killsPerFolder = 5;

test(
  `killed -9 ${kills} times while the database is made: the next start finds a whole one`,
  async () => {
    const delays = fc.sample(fc.nat(250), { numRuns: kills, seed: 20_261_122 });
    let hits = 0;
    for (let done = 0; done < kills; done += killsPerFolder) {
      const folder = emptyFolder("first");
      for (const ms of delays.slice(done, done + killsPerFolder)) {
        const program = await startBinary(folder, ["list"]);
        const ended = await Promise.race([program.ended.then(() => true), Bun.sleep(ms).then(() => false)]);
        program.kill("SIGKILL");
        await program.ended;
        if (!ended) hits += 1;
        expect(recordsIn(folder).integrity).toBe("ok");
      }
      const whole = await runBinary(folder, ["list"]);
      expect([whole.exitCode, whole.stdout]).toEqual([0, ""]);
      const left = readdirSync(join(folder, "vidpipe-data")).filter((name) => !/^vidpipe\.db(-wal|-shm)?$/.test(name));
      expect(left).toEqual([]);
    }
    expect(hits).toBeGreaterThan(0);
  },
  { timeout: 120_000 },
);
