import { expect, test } from "bun:test";
import fc from "fast-check";
import { cleanCuts, ranksOf, reorderDepth, sampleAt } from "../../../../src/media/stitch/format/clip-layout.ts";

/** I0 P4 B2 b1 b3, I5 P7 b6: closed groups with B-frames, as showing ranks in decoding order. */
const closed = [0, 4, 2, 1, 3, 5, 7, 6];

test("copying starts at IDRs that nothing shown before follows, and ends where nothing is owed", () => {
  const cuts = cleanCuts(closed, (index) => index === 0 || index === 5);
  expect(cuts).toEqual({ starts: [0, 5], ends: [1, 5, 6, 8] });
});

test("an open group's leading frames make its keyframe no place to start", () => {
  // I0 P2 b1, I5 with b3 and b4 shown before it but decoded after.
  const cuts = cleanCuts([0, 2, 1, 5, 3, 4], () => true);
  expect(cuts.starts).toEqual([0]);
  expect(cuts.ends).toEqual([1, 3, 6]);
});

test("a keyframe that is no IDR is no place to start", () => {
  expect(cleanCuts(closed, (index) => index === 0).starts).toEqual([0]);
});

test.each([
  [[0, 1, 2, 3], 0],
  [[0, 3, 1, 2], 1],
  [closed, 2],
])("the frames that %p holds back are %p", (ranks, depth) => {
  expect(reorderDepth(ranks)).toBe(depth);
});

test("ranks are places in ascending order", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), (values) => {
      const ranks = ranksOf(values);
      const sorted = [...values].sort((a, b) => a - b);
      expect(values.map((_, index) => sorted[ranks[index] ?? -1])).toEqual(values);
    }),
  );
}, 0);

test("an hour of NTSC frames lies on the exact sample", () => {
  expect(sampleAt(107_892, { num: 30_000, den: 1_001 }, 48_000)).toBe(172_799_827);
});
