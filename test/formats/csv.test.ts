import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseCsv } from "../../src/formats/csv.ts";
import { sized } from "../support/size.ts";

const rows = (text: string) => parseCsv(text, "films.csv").map(({ fields }) => fields);
const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;

describe("CSV", () => {
  test("gives back every field that was written in quotes, whatever is in it", () => {
    const field = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(",", '"', "\n", "\r\n", "", " "));
    const table = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
    const ends = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(table, ends, fc.boolean(), (records, end, closes) => {
        const text = records.map((fields) => fields.map(quoted).join(",")).join(end) + (closes ? end : "");
        expect(rows(text)).toEqual(records);
      }),
      { numRuns: sized(200, 5_000) },
    );
  }, 0);

  test("reads bare fields, empty ones, blank lines and a byte order mark", () => {
    expect(rows("\ufeffprompt,seed\r\na cat,1\r\n\r\n,\nlast")).toEqual([
      ["prompt", "seed"],
      ["a cat", "1"],
      ["", ""],
      ["last"],
    ]);
    expect(rows("a,")).toEqual([["a", ""]]);
    expect(rows("")).toEqual([]);
  });

  test("knows the line where each record begins", () => {
    const lines = parseCsv('prompt\n"two\nlines"\n\nthird\r\n"x""\r\ny",1', "f").map(({ line }) => line);
    expect(lines).toEqual([1, 2, 5, 6]);
  });

  test.each([
    ['a\n"open', 2],
    ['a\nb"c', 2],
    ['"a"b', 1],
  ])("refuses %j with its line", (text, line) => {
    expect(() => rows(text)).toThrow(`films.csv line ${line}: a quote`);
  });
});
