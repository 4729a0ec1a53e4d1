import { expect, test } from "bun:test";
import { seamPlace } from "../../../src/web/studio/data/seams.ts";

test("a seam is named by its place", () => {
  expect([0, 1, 3].map((position) => seamPlace(position, 3))).toEqual([
    "at the start of scene 1",
    "between scenes 1 and 2",
    "at the end of scene 3",
  ]);
});
