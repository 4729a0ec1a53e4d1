import { expect, test } from "bun:test";
import { seamPlace } from "../../../src/web/studio/data/seams.ts";

test("a seam is named by the scenes it is between", () => {
  expect([0, 1, 3].map((position) => seamPlace(position, 3))).toEqual([
    "the start of scene 1",
    "scenes 1 and 2",
    "the end of scene 3",
  ]);
});
