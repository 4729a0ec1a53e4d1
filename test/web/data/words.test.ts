import { describe, expect, test } from "bun:test";
import { length, money, numbers, opening, roughly, size, timecode } from "../../../src/web/studio/data/words.ts";

describe("words", () => {
  test.each([
    [0, "$0"],
    [0.004, "$0.004"],
    [0.00004, "under 1¢"],
    [0.8, "$0.80"],
    [1234.5, "$1,234.50"],
  ])("money of %p is %p", (usd, words) => {
    expect(money(usd)).toBe(words);
  });

  test.each([
    [0.5, "0.5 s"],
    [7.54, "7.5 s"],
    [30, "30 s"],
    [64, "1:04"],
    [3729, "1:02:09"],
  ])("a length of %p seconds is %p", (seconds, words) => {
    expect(length(seconds)).toBe(words);
  });

  test("a moment in a film always has minutes", () => {
    expect(timecode(5.9)).toBe("0:05");
  });

  test.each([
    [400, "about 1 s"],
    [23_000, "about 25 s"],
    [130_000, "about 2 min"],
  ])("%p ms is %p", (ms, words) => {
    expect(roughly(ms)).toBe(words);
  });

  test("a size is in kB until it is a megabyte", () => {
    expect([size(512_000), size(2_400_000)]).toEqual(["512 kB", "2.4 MB"]);
  });

  test.each([
    [[], ""],
    [[0], "1"],
    [[0, 1, 2, 4], "1–3, 5"],
  ])("places %p are %p", (positions, words) => {
    expect(numbers(positions)).toBe(words);
  });

  test("a long text is cut at a word's end", () => {
    expect(opening("A red fox crosses\na snowy valley", 20)).toBe("A red fox crosses a…");
  });
});
