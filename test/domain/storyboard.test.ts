import { expect, test } from "bun:test";
import { mentions } from "../../src/domain/storyboard.ts";

test.each([
  ["MIKA waves", "Mika", true],
  ["Here is Mika.", "mika", true],
  ["The Mikado is sung", "Mika", false],
  ["Old O'Neil (left)", "O'Neil (left)", true],
  ["夜の東京で美香が笑う", "美香", true],
  ["Émile sings", "émile", true],
  ["a car", "c.r", false],
])("%p names %p: %p", (text, name, expected) => {
  expect(mentions(text, name)).toBe(expected);
});
