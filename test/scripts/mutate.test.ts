import { describe, expect, test } from "bun:test";
import { mask, mutantsOf } from "../../scripts/mutate.ts";

/** What one line of code becomes, within a function. */
const changesOf = (line: string): string[] =>
  mutantsOf(`export function f(a, b, list) {\n  ${line}\n  return list;\n}\n`)
    .filter((mutant) => mutant.line === line)
    .map(({ becomes }) => becomes);

describe("a line becomes", () => {
  test.each([
    ["g(a < b);", ["", "g(a <= b);"]],
    ["const c = a >= b;", ["const c = a > b;"]],
    [
      "const c = a === b || a !== 2;",
      [
        "const c = a !== b || a !== 2;",
        "const c = a === b && a !== 2;",
        "const c = a === b || a === 2;",
        "const c = a === b || a !== 3;",
      ],
    ],
    [
      "const c = Math.min(a, 10_000) + b;",
      ["const c = Math.max(a, 10_000) + b;", "const c = Math.min(a, 10001) + b;", "const c = Math.min(a, 10_000) - b;"],
    ],
    ["if (a) return 0;", ["if (false) return 0;", "if (true) return 0;", "if (a) return 1;"]],
    [
      "if (!g(a)) return true;",
      ["if (g(a)) return true;", "if (false) return true;", "if (true) return true;", "if (!g(a)) return false;"],
    ],
    ["const c = a.b ? list : b;", ["const c = !a.b ? list : b;"]],
    ["return [a, ...list];", ["return [a];"]],
    ["a.count += 1;", ["", "a.count -= 1;", "a.count += 2;"]],
    ["const c = a === b ? list : b;", ["const c = a !== b ? list : b;"]],
    ["const c = g(...(a ? list : b));", ["const c = g(...(!a ? list : b));"]],
    // Words are nobody's rule.
    ['const c = "a < b && true"; // a > 1', []],
    ["const c = `a + $" + "{a + 1}`;", []],
    ["const c = /a > [/] 1/.test(b);", []],
    ["const c: Map<string, number> = new Map<string, number>();", []],
  ])("%s", (line, expected) => {
    expect(changesOf(line)).toEqual(expected);
  });
});

test("types and imports are left alone", () => {
  const source = [
    'import { a } from "./a1.ts";',
    "export interface B {\n  readonly c: 400 | 401;\n}",
    "type D = 1 | 2;",
    "export type E<T> = {\n  readonly a: 1;\n} & T;",
    "",
  ].join("\n");
  expect(mask(source).trim()).toBe("");
  expect(mutantsOf(source)).toEqual([]);
});

test("the same change of equal lines is told apart by its number, and the rest of the file stays as it is", () => {
  const source = "export const f = (a: number) => {\n  g(a);\n  g(a);\n};\n";
  expect(mutantsOf(source).map(({ nth, source: changed }) => [nth, changed])).toEqual([
    [1, "export const f = (a: number) => {\n  \n  g(a);\n};\n"],
    [2, "export const f = (a: number) => {\n  g(a);\n  \n};\n"],
  ]);
});
