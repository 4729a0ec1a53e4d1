import { describe, expect, test } from "bun:test";
import { seamPlace, worseScene } from "../../../src/web/studio/data/seams.ts";
import type { Seam } from "../../../src/web/studio/data/wire.ts";

const seam = (position: number, before: number | null, after: number | null): Seam => ({
  position,
  before,
  after,
  between: null,
  score: 0.3,
  bad: true,
});
describe("a seam that shows", () => {
  test.each([
    [seam(1, 0.9, 0.3), 1],
    [seam(1, 0.3, 0.9), 0],
    [seam(0, null, 0.3), 0],
    [seam(3, 0.3, null), 2],
    [seam(2, null, null), 2],
  ] as const)("%j is mended by the clip that fits its still worse", (given, scene) => {
    expect(worseScene(given, 3)).toBe(scene);
  });

  test("is named by the scenes it is between", () => {
    expect([0, 1, 3].map((position) => seamPlace(position, 3))).toEqual([
      "the start of scene 1",
      "scenes 1 and 2",
      "the end of scene 3",
    ]);
  });
});
