import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readEdl, readFcpxml, readOtio } from "../formats/interchange/readers.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

const tempFolder = tempFolders();
const rate = { num: 24, den: 1 };
const text = (...path: string[]) => readFileSync(join(...path), "utf8");

test("a timeline stands beside its clips, which are those of the film, each with where it comes from", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat at Night: Übung!", 2);
  const folder = join(tempFolder(), "My cut");
  const exported = await testApp.transfer.exportTimeline(id, ["otio", "edl", "fcpxml"], folder, never);
  const names = ["a-cat-at-night-ubung.otio", "a-cat-at-night-ubung.edl", "a-cat-at-night-ubung.fcpxml"];
  expect(exported).toEqual({ paths: names.map((name) => join(folder, name)), clips: 2, missingScenes: [] });
  const clips = (await testApp.repository.facts(id)).artifacts.filter(({ role }) => role === "clip");
  for (const { position, key } of clips)
    expect(text(folder, "media", `scene-0${position + 1}.mp4`)).toBe(text(testApp.artifacts.pathOf(key)));

  const [otio = "", edl = "", fcpxml = ""] = exported.paths;
  const placed = [
    { from: 0, to: 144, source: 0 },
    { from: 144, to: 288, source: 0 },
  ];
  const at = (prefix: string) => placed.map((place, n) => ({ file: `${prefix}scene-0${n + 1}.mp4`, ...place }));
  expect(readOtio(text(otio), "Video").seen).toEqual(at("media/"));
  expect(readEdl(text(edl), 24).seen).toEqual(at(""));
  expect(readFcpxml(text(fcpxml), rate).seen).toEqual(at(`${pathToFileURL(join(folder, "media")).href}/`));
  expect(readdirSync(join(folder, "media"))).toContainAllValues([
    "scene-01.mp4",
    "scene-01.mp4.json",
    "scene-02.mp4",
    "scene-02.mp4.json",
  ]);
  expect(JSON.parse(text(folder, "media", "scene-02.mp4.json"))).toMatchObject({ file: "scene-02.mp4", position: 1 });
});

test("a destination with a format's ending is the timeline itself", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat.", 1);
  const folder = tempFolder();
  const { paths } = await testApp.transfer.exportTimeline(id, ["edl"], join(folder, "reel 1.edl"), never);
  expect(paths).toEqual([join(folder, "reel 1.edl")]);
  expect(readdirSync(folder)).toContainAllValues(["media", "reel 1.edl"]);
});

test("before there is a clip there is nothing to export, and no folder is made", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A cat." }, { until: "keyframes" }, never));
  await testApp.settle(id);
  const folder = join(tempFolder(), "cut");
  await expect(testApp.transfer.exportTimeline(id, ["otio"], folder, never)).rejects.toMatchObject({
    code: "project.conflict",
  });
  expect(await Bun.file(folder).exists()).toBe(false);
});

test("a file in the way of the folder is refused by name", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat.", 1);
  const file = join(tempFolder(), "file");
  writeFileSync(file, "");
  const failure = { code: "input.invalid", message: expect.stringContaining(file) };
  await expect(testApp.transfer.exportTimeline(id, ["otio"], file, never)).rejects.toMatchObject(failure);
  await expect(testApp.transfer.exportSidecars(id, file, never)).rejects.toMatchObject(failure);
});

test("sidecars say of every take what was asked, of whom, from what, and what it cost", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat at night.", 1);
  await testApp.clock.run(
    testApp.editing.retake(id, { kind: "clip", position: 0, takes: 1, prompt: "Swim.", seed: 7 }),
  );
  await testApp.settle(id);
  const folder = join(tempFolder(), "provenance");
  // Paid answers as they came are no pieces of the film.
  const artifacts = (await testApp.repository.facts(id)).artifacts.filter(({ role }) => role !== "answer");
  expect(await testApp.transfer.exportSidecars(id, folder, never)).toBe(artifacts.length);
  const read = (place: number) => JSON.parse(text(folder, `${artifacts.at(place)?.key.slice(37)}.json`));
  const [first, second] = artifacts;
  expect(read(-1)).toMatchObject({
    statement: "AI-generated with vidpipe 9.9.9",
    ai_generated: true,
    role: "clip",
    sha256: artifacts.at(-1)?.sha256,
    project: { id, prompt: "A cat at night." },
    made_by: {
      provider: "scripted",
      model: "video-1",
      prompt: "Swim.",
      seed: 7,
      take: 2,
      operation: expect.stringContaining("operations/"),
      parameters: { aspectRatio: "16:9", durationSeconds: 6 },
    },
    cost: { usd: 1, calls: [{ state: "spent", usd: 1, quantity: 1, unit: "call", model: "video-1" }] },
    parents: [
      { role: "keyframe", position: 0, sha256: first?.sha256 },
      { role: "keyframe", position: 1, sha256: second?.sha256 },
    ],
  });
  const film = artifacts.findIndex(({ role }) => role === "final");
  expect(read(film)).toMatchObject({ made_by: { provider: "ffmpeg", model: null }, cost: { usd: 0, calls: [] } });
});

test("a clip that rotted is not passed on as sound", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat.", 1);
  const clip = (await testApp.repository.facts(id)).artifacts.find(({ role }) => role === "clip");
  writeFileSync(testApp.artifacts.pathOf(clip?.key ?? ""), "rotten");
  const exporting = testApp.transfer.exportTimeline(id, ["otio"], tempFolder(), never);
  await expect(exporting).rejects.toMatchObject({ code: "storage.damaged" });
});
