import { expect, test } from "bun:test";
import fc from "fast-check";
import { mentions } from "../../src/domain/storyboard.ts";

test.each([
  ["MIKA waves", "Mika", true],
  ["Here is Mika.", "mika", true],
  ["The Mikado is sung", "Mika", false],
  ["Old O'Neil (left)", "O'Neil (left)", true],
  ["夜の東京で美香が笑う", "美香", true],
  ["Émile sings", "émile", true],
  ["a car", "c.r", false],
  ["Spider-Man swings", "Spider-Man", true],
  ["Captain Jean-Luc, seated", "Jean-Luc", true],
  ["Jean and Luc", "Jean-Luc", false],
  ["He writes C++ at night", "C++", true],
  ["He writes CC at night", "C++", false],
  ["the a.b of it", "a.b", true],
  ["the axb of it", "a.b", false],
  ["a box [x] is ticked", "[x]", true],
  ["a box x is ticked", "[x]", false],
  ["雨の日本で", "日本", true],
])("%p names %p: %p", (text, name, expected) => {
  expect(mentions(text, name)).toBe(expected);
});

test("any name is found in a text that holds it, and never breaks", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 120 }).map((text) => text.trim());
  const word = fc.stringMatching(/^[A-Za-z0-9 .*+?^${}()|[\]\\/'&#~,;:!=<>%@"`_-]{1,30}$/).map((text) => text.trim());
  fc.assert(
    fc.property(fc.oneof(name, word), (text) => {
      expect(mentions(`In the frame: ${text} \n`, text)).toBe(true);
    }),
    { numRuns: 150 },
  );
}, 0);
