import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { compiledBinary, emptyFolder, removeFolders, runBinary, sha256Of, startBinary } from "../support/binary.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import { sized } from "../support/size.ts";

afterAll(removeFolders);

const kills = sized(20, 50);
/** The latest kill, as a part of the time a whole film takes here and now. */
const latest = 0.4;
const prompt = "A cat exploring Tokyo at night.";
const film = [
  "--provider",
  "animatic",
  "--aspect-ratio",
  "1:1",
  "--clip-duration",
  "1",
  "--scenes",
  "1",
  "--seed",
  "7",
];
const ask = ["generate", prompt, ...film];

/** Starts the program and kills it without a word after some time; true when it had ended by then. */
async function killedAfter(ms: number, folder: string, args: readonly string[]): Promise<boolean> {
  const program = await startBinary(folder, args);
  const ended = await Promise.race([program.ended.then(() => true), Bun.sleep(ms).then(() => false)]);
  program.kill("SIGKILL");
  await program.ended;
  return ended;
}

const nextCommand = (folder: string): string[] => {
  const { project } = recordsIn(folder);
  return project === undefined ? ask : ["resume", project.id];
};

test(
  `killed -9 at ${kills} random moments, the same film comes out, and no finished step is done again`,
  async () => {
    await compiledBinary();
    const reference = emptyFolder("reference");
    const began = performance.now();
    const whole = await runBinary(reference, ask);
    const filmMs = performance.now() - began;
    expect(whole.exitCode).toBe(0);
    const wanted = await sha256Of(whole.stdout.trim());

    const parts = fc.sample(fc.integer({ min: 0, max: 1_000 }), { numRuns: kills, seed: 20_261_122 });
    let folder = emptyFolder("kill");
    for (const part of parts) {
      const before = recordsIn(folder).steps.filter(({ status }) => status === "done");
      await killedAfter((part / 1_000) * latest * filmMs, folder, nextCommand(folder));
      const after = recordsIn(folder);
      for (const step of before) expect(after.steps.find(({ id }) => id === step.id)).toEqual(step);
      expect(after.integrity).toBe("ok");
      expect(await lostFiles(folder, after.files)).toEqual([]);
      if (after.project?.status !== "complete") continue;
      await checkFilm(folder, wanted);
      folder = emptyFolder("kill");
    }
    expect((await runBinary(folder, nextCommand(folder))).exitCode).toBe(0);
    await checkFilm(folder, wanted);
  },
  { timeout: 400_000 },
);

test(
  "killed -9 the moment its record says complete, the film has its public name",
  async () => {
    for (const folder of [1, 2, 3].map(() => emptyFolder("complete"))) {
      const program = await startBinary(folder, ask);
      let over = false;
      void program.ended.then(() => (over = true));
      await Promise.race([program.said(/clips: 1\/1/), program.ended]);
      while (!over && recordsIn(folder).project?.status !== "complete") await nextTurn();
      program.kill("SIGKILL");
      await program.ended;
      const { project, files } = recordsIn(folder);
      expect(project?.status).toBe("complete");
      const film = files.find(({ role }) => role === "final");
      expect(await sha256Of(join(folder, "vidpipe-data", "films", project?.id ?? "", "final.mp4"))).toBe(
        film?.sha256 ?? "no film",
      );
    }
  },
  { timeout: 120_000 },
);

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The film is the reference, every row's file is there, and no half-written file is. */
async function checkFilm(folder: string, wanted: string): Promise<void> {
  const { project, files } = recordsIn(folder);
  const films = join(folder, "vidpipe-data", "films", project?.id ?? "none");
  expect(await sha256Of(join(films, "final.mp4"))).toBe(wanted);
  expect(readdirSync(films).filter((name) => name.includes(".part"))).toEqual([]);
  expect(await lostFiles(folder, files)).toEqual([]);
}
