import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, removeFolders, runBinary, sha256Of, startBinary } from "../support/binary.ts";
import { switchedFfmpeg } from "../support/broken-ffmpeg.ts";
import { filmFacts } from "../support/film-facts.ts";
import { clip } from "../support/media.ts";
import { sized } from "../support/size.ts";

setDefaultTimeout(60_000);
afterAll(removeFolders);

/** An empty folder with these files in it. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = emptyFolder("join");
  mkdirSync(join(folder, "home"));
  for (const [name, path] of Object.entries(files)) await Bun.write(join(folder, name), Bun.file(path));
  return folder;
}

const shots = async () => ({
  "shot10.mp4": await clip({ frames: 24, seed: 1 }),
  "shot2.mp4": await clip({ frames: 24, seed: 2 }),
});
/** Where the program may keep what it knows of its user: nothing is expected there. */
const homeIn = (folder: string) => ({ HOME: join(folder, "home") });
const left = (folder: string) => [readdirSync(folder).toSorted(), readdirSync(join(folder, "home"))];

test("files in a folder without anything else become film.mp4, and nothing else is left", async () => {
  const folder = await folderWith(await shots());
  const film = await runBinary(folder, ["join", "shot*.mp4", "--crossfade", "0.25"], homeIn(folder));
  expect([film.exitCode, film.stdout]).toEqual([0, `${join(folder, "film.mp4")}\n`]);
  expect(await filmFacts(join(folder, "film.mp4"))).toMatchObject([{ codec: "h264", frames: 42 }, { codec: "aac" }]);
  expect(left(folder)).toEqual([["film.mp4", "home", "shot10.mp4", "shot2.mp4"], []]);
  expect(statSync(join(folder, "film.mp4")).mode & 0o777).toBe(0o666 & ~process.umask());
});

test("what cannot be joined is named, and left out when told to", async () => {
  const folder = await folderWith(await shots());
  const whole = await Bun.file(join(folder, "shot2.mp4")).bytes();
  // Cut off behind its tables, which lie in front: only decoding tells.
  await Bun.write(join(folder, "cut.mp4"), whole.subarray(0, Math.round(whole.length * 0.7)));
  await Bun.write(join(folder, "letter.mp4"), "not a film");
  const words = ["join", "shot2.mp4", "cut.mp4", "letter.mp4", "shot10.mp4"];
  const refused = await runBinary(folder, words, homeIn(folder));
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("letter.mp4")]);
  const film = await runBinary(folder, [...words, "--skip-bad", "--json"], homeIn(folder));
  expect(JSON.parse(film.stdout)).toMatchObject({
    files: ["shot2.mp4", "shot10.mp4"],
    left_out: [{ name: "letter.mp4" }, { name: "cut.mp4" }],
    report: { frames: 48, clips: 2 },
  });
  expect(left(folder)[0]).toEqual(["cut.mp4", "film.mp4", "home", "letter.mp4", "shot10.mp4", "shot2.mp4"]);
});

test.each((["SIGINT", "SIGTERM", "SIGHUP"] as const).slice(0, sized(1, 3)))(
  "%s leaves nothing behind, and what was there as it was",
  async (signal) => {
    const folder = await folderWith({ ...(await shots()), "film.mp4": await clip({ frames: 24, seed: 1 }) });
    const before = await sha256Of(join(folder, "film.mp4"));
    const ffmpeg = switchedFfmpeg();
    ffmpeg.breakIt("hangs");
    const env = { ...homeIn(folder), VIDPIPE_FFMPEG__PATH: ffmpeg.path };
    const program = await startBinary(folder, ["join", "shot2.mp4", "shot10.mp4", "--force"], env);
    while (ffmpeg.started().length === 0) await new Promise((resolve) => setImmediate(resolve));
    program.kill(signal);
    const { exitCode, stdout, stderr } = await program.ended;
    expect([exitCode, stdout, stderr.trim().split("\n").length]).toEqual([130, "", 1]);
    expect(left(folder)).toEqual([["film.mp4", "home", "shot10.mp4", "shot2.mp4"], []]);
    expect(await sha256Of(join(folder, "film.mp4"))).toBe(before);
  },
);

test("what a killed run left in the folder goes with the next one", async () => {
  const folder = await folderWith(await shots());
  const ffmpeg = switchedFfmpeg();
  ffmpeg.breakIt("hangs");
  const env = { ...homeIn(folder), VIDPIPE_FFMPEG__PATH: ffmpeg.path };
  const program = await startBinary(folder, ["join", "shot2.mp4"], env);
  while (ffmpeg.started().length === 0) await new Promise((resolve) => setImmediate(resolve));
  program.kill("SIGKILL");
  await program.ended;
  expect(left(folder)[0]).toHaveLength(4);
  for (const pid of ffmpeg.started()) process.kill(pid, "SIGKILL");
  ffmpeg.mend();
  expect((await runBinary(folder, ["join", "shot2.mp4"], env)).exitCode).toBe(0);
  expect(left(folder)[0]).toEqual(["film.mp4", "home", "shot10.mp4", "shot2.mp4"]);
});

test("an ffmpeg that was merely found is not started", async () => {
  const folder = await folderWith(await shots());
  await Bun.write(join(folder, "config.yaml"), "ffmpeg: { path: ./evil }\nstitch: { loudness: -16 }\n");
  await Bun.write(join(folder, "evil"), "#!/bin/sh\ntouch pwned\n");
  const { exitCode, stderr } = await runBinary(folder, ["join", "shot2.mp4"], homeIn(folder));
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("ffmpeg.path")]);
  expect(left(folder)[0]).not.toContain("pwned");
});
