import { expect, test } from "bun:test";
import { choiceFor, QUALITIES } from "../../../../src/media/stitch/encode/quality.ts";
import { film720 } from "../layouts.ts";

test("windows may be large for what they are, long parts may not", () => {
  const { windows, long } = QUALITIES.standard;
  const { frameRate } = film720;
  const fiveSeconds = (5 * frameRate.num) / frameRate.den;
  expect(choiceFor(QUALITIES.standard, 26, film720)).toBe(windows);
  expect(choiceFor(QUALITIES.standard, fiveSeconds, film720)).toBe(windows);
  expect(choiceFor(QUALITIES.standard, fiveSeconds + 1, film720)).toBe(long);
});
