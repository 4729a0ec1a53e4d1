import { expect, setDefaultTimeout, test } from "bun:test";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { createProgress } from "../../../src/media/stitch/encode/progress.ts";
import { openSegmentCache, windowKey } from "../../../src/media/stitch/encode/segment-cache.ts";
import { openMp4 } from "../../../src/media/stitch/mp4/packets.ts";
import { planStitch } from "../../../src/media/stitch/plan/plan.ts";
import { timeFault } from "../../../src/media/stitch/verify/verify-film.ts";
import { clip, realClock, tempFolder } from "../../support/media.ts";
import { layout } from "./layouts.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

test.each([
  [
    "frames in rhythm with B-frames are right",
    [
      [0, -1],
      [3, 0],
      [1, 1],
      [2, 2],
    ],
    null,
  ],
  ["one frame alone is right", [[0, 0]], null],
  [
    "a missing frame",
    [
      [0, 0],
      [1, 1],
      [3, 2],
      [4, 3],
      [5, 4],
    ],
    "has frames that are not evenly spaced",
  ],
  [
    "a doubled time",
    [
      [0, 0],
      [1, 1],
      [1, 2],
    ],
    "has frames that are not evenly spaced",
  ],
  [
    "a late start",
    [
      [1, 0],
      [2, 1],
    ],
    "has frames that are not evenly spaced",
  ],
  [
    "decoding times that stand still",
    [
      [0, 0],
      [1, 0],
    ],
    "has decoding times that do not rise",
  ],
] as const)("times of a film: %s", (_, pairs, fault) => {
  const shown = pairs.map(([pts]) => pts);
  const decoded = pairs.map(([, dts]) => dts);
  expect(timeFault(shown, decoded, pairs.length)).toBe(fault);
});

test("times of a film: too few", () => {
  expect(timeFault([0], [0], 2)).toBe("has 1 packets instead of 2");
});

test("tables in front of packets are told from tables behind them", async () => {
  expect((await openMp4(await clip({ frames: 24 }))).fastStart).toBe(true);
  expect((await openMp4(await clip({ frames: 24, output: ["-movflags", "0"] }))).fastStart).toBe(false);
});

test("progress of all parts becomes one rising fraction below 1", () => {
  const seen: number[] = [];
  const plan = planStitch([layout(), layout()], 0.5);
  const progress = createProgress(plan, (fraction) => seen.push(fraction));
  for (const frames of [6, 12, 12, 24]) progress.encoded(1, frames);
  progress.joined(plan.frames);
  progress.checked(plan.frames);
  progress.checked(0);
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  expect(seen.length).toBeGreaterThan(4);
  expect(seen.at(-1)).toBe(0.99);
});

test("a kept segment is found again, and nothing is kept of a failed one", async () => {
  const folder = tempFolder();
  const store = await openSegmentCache(folder, realClock);
  const path = await store.put("one", (output) => Bun.write(output, "window").then(() => {}));
  expect(await store.find("one")).toBe(path);
  await expect(store.put("two", () => Promise.reject(new Error("stopped")))).rejects.toThrow("stopped");
  expect(await store.find("two")).toBeUndefined();
  await store.drop(path);
  expect(await store.find("one")).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

test("pruning removes what a crash left half done, once it is a day old", async () => {
  const folder = tempFolder();
  const store = await openSegmentCache(folder, realClock);
  await Bun.write(join(folder, "part-new", "window.mp4"), "x");
  await Bun.write(join(folder, "part-old", "window.mp4"), "x");
  const longAgo = Date.now() / 1_000 - 100_000;
  await utimes(join(folder, "part-old"), longAgo, longAgo);
  await store.prune();
  expect(await readdir(folder)).toEqual(["part-new"]);
});

test("a segment's key depends on content and arguments, not on where clips lie", () => {
  const segment = { kind: "window", left: 0, from: 180, fade: 12, to: 24 } as const;
  const at = (path: string, sha256 = "a") => [layout({ path, sha256 }), layout({ path: `${path}2`, sha256: "b" })];
  const key = (path: string, sha256?: string, more: string[] = []) =>
    windowKey(segment, at(path, sha256), ["-i", `file:${path}`, "-i", `file:${path}2`, ...more]);
  expect(key("/x.mp4")).toBe(key("/y.mp4"));
  expect(key("/x.mp4", "c")).not.toBe(key("/x.mp4"));
  expect(key("/x.mp4", "a", ["-crf", "20"])).not.toBe(key("/x.mp4"));
});
