import { describe, expect, test } from "bun:test";
import { nextFresh, readSeedRanges, withRange } from "./seed-ranges.ts";

const known = { ranges: [{ from: 1, to: 10, use: "tuning" }], freshFrom: 5 };

describe("fresh seeds", () => {
  test("come after every range that was used and would be touched", () => {
    expect(nextFresh(known, 3)).toBe(11);
    expect(nextFresh({ ...known, freshFrom: 20 }, 3)).toBe(20);
    const gap = { ...known, ranges: [...known.ranges, { from: 13, to: 15, use: "published" }] };
    expect(nextFresh(gap, 2)).toBe(11);
    expect(nextFresh(gap, 3)).toBe(16);
  });

  test("are used once", () => {
    const first = nextFresh(known, 4);
    expect(nextFresh(withRange(known, first, 4, "nightly"), 4)).toBe(first + 4);
  });

  test("are none of those that the file lists", async () => {
    const listed = await readSeedRanges();
    const from = nextFresh(listed, 20_000);
    expect(listed.ranges.filter((range) => range.from < from + 20_000 && from <= range.to)).toEqual([]);
  });
});
