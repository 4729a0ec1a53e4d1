import { expect, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { tempFolders } from "../storage/temp-folder.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import { createTestStores } from "../support/test-app.ts";
import { createCli } from "./harness.ts";

const tempFolder = tempFolders();

const scene = (words: string) => `  - {description: ${words}}`;
const FILM = [
  "title: Own",
  "style_guide: {visual_style: ink, color_palette: grey, camera_style: still}",
  "characters: []",
  "scenes:",
  scene("a boat, start_frame_prompt: a, end_frame_prompt: b, motion_prompt: c, transition_notes: '', characters: []"),
  scene("the sea, clip: shots/sea.mp4, in: 1, out: 2.5"),
].join("\n");

async function folderWithFilm() {
  const folder = tempFolder();
  const path = (name: string) => join(folder, name);
  await mkdir(path("shots"));
  await Bun.write(path("shots/sea.mp4"), fakeClipBytes({ durationSeconds: 3, label: "sea" }));
  await Bun.write(path("hills.mp4"), fakeClipBytes({ durationSeconds: 2, label: "hills" }));
  await Bun.write(path("film.yaml"), FILM);
  return path;
}

const bought = (ground: ReturnType<typeof createTestStores>) =>
  ground.provider.bills.map(({ what }) => what).toSorted();

test("a storyboard file names clips of the user's own, relative to itself; the price is that of the rest", async () => {
  const path = await folderWithFilm();
  const ground = createTestStores();
  const cli = createCli({ ground });
  const estimate = await cli.run("generate", "--storyboard", path("film.yaml"), "--dry-run", "--json");
  expect(estimate.objects[0]).toMatchObject({
    lines: [
      { stage: "keyframes", pieces: 1 },
      { stage: "clips", pieces: 1 },
    ],
  });
  const made = await cli.run("generate", "--storyboard", path("film.yaml"), "--json", "--yes");
  expect(made.exitCode).toBe(0);
  expect(bought(ground)).toEqual(["clip", "keyframe"]);
  const id = made.objects.flatMap(({ project_id }) => (typeof project_id === "string" ? project_id : []))[0] ?? "";
  const { objects } = await cli.run("status", id, "--json");
  expect(objects[0]).toMatchObject({ status: "complete", film: { duration_seconds: 7.5 } });
  const takes = await cli.run("takes", id, "--scene", "2");
  expect(takes.stdout).toMatch(/2 +clip +1 +\* +done +- +\$0\.00 +own clip +/);
  expect((await cli.run("storyboard", id)).stdout).toContain("# Your own clip: clip-02-");

  expect(await cli.run("clip", id, "--scene", "2", "--file", path("hills.mp4"), "--in", "0.5")).toMatchObject({
    exitCode: 0,
  });
  expect((await cli.run("history", id)).stdout).toContain("clip of scene 2: your own");
  expect((await cli.run("status", id, "--json")).objects[0]).toMatchObject({ film: { duration_seconds: 7.5 } });
  expect((await cli.run("cost", id)).stdout).not.toContain("own clip");
  expect(bought(ground)).toEqual(["clip", "keyframe"]);
  const back = ["pick", id, "--scene", "2", "--take", "1"];
  expect((await cli.run(...back)).exitCode).toBe(0);
});

test("what is no clip, or no part of it, is refused before anything is made", async () => {
  const path = await folderWithFilm();
  await symlink(path("missing.mp4"), path("link.mp4"));
  await Bun.write(path("empty.mp4"), "");
  await Bun.write(path("page.mp4"), "<!doctype html>");
  const ground = createTestStores();
  const cli = createCli({ ground });
  const { stderr } = await cli.run("generate", "A film", "--scenes", "2");
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(stderr)?.[0] ?? "";
  const clip = (...words: string[]) => cli.run("clip", id, ...words);
  const good = path("hills.mp4");
  for (const [words, told] of [
    [["--scene", "1", "--file", path("shots")], "is not a file"],
    [["--scene", "1", "--file", "/dev/null"], "is not a file"],
    [["--scene", "1", "--file", path("link.mp4")], "cannot be read"],
    [["--scene", "1", "--file", path("empty.mp4")], "is empty"],
    [["--scene", "1", "--file", path("page.mp4")], "is not a clip"],
    [["--scene", "3", "--file", good], "the film has scenes 1 to 2, there is no scene 3"],
    [["--scene", "0", "--file", good], "--scene must be 1 or more"],
    [["--scene", "1", "--file", good, "--in", "2"], "that part is not in the clip"],
    [["--scene", "1", "--file", good, "--in", "1", "--out", "1"], "--out must be later than --in"],
    [["--scene", "1", "--file", good, "--in", "-1"], "--in must be 0 or more"],
  ] as const) {
    const refused = await clip(...words);
    expect([words, refused.exitCode, refused.stderr]).toEqual([words, 2, expect.stringContaining(told)]);
  }
  await Bun.write(path("bad.yaml"), FILM.replace("shots/sea.mp4", "shots"));
  const bad = await cli.run("generate", "--storyboard", path("bad.yaml"));
  expect(bad.stderr).toContain("bad.yaml: line 6: scenes[1].clip shots is not a file");
  expect((await cli.run("history", id, "--json")).objects).toHaveLength(1);
});
