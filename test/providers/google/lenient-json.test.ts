import { expect, test } from "bun:test";
import fc from "fast-check";
import { readLenientJson } from "../../../src/providers/google/lenient-json.ts";

const records = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
/** Words as models put them around an answer. */
const words = fc.string().map((text) => text.replace(/[{[\]}"]/g, ""));

test("any object survives fences, words around it and a trailing comma", () => {
  fc.assert(
    fc.property(records, words, words, (value, before, after) => {
      const json = JSON.stringify(value);
      const answer = `${before}\n\`\`\`json\n${json.slice(0, -1)},\n}\n\`\`\`\n${after}`;
      expect(readLenientJson(answer)).toEqual([JSON.parse(json)]);
    }),
  );
}, 0);

test("any object survives whatever brackets stand behind it", () => {
  fc.assert(
    fc.property(records, fc.stringMatching(/^[\s\]})]*$/), (value, after) => {
      const json = JSON.stringify(value);
      expect(readLenientJson(json + after)).toEqual([JSON.parse(json)]);
    }),
  );
}, 0);

test("a value is read as itself however deep it is wrapped in text", () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 3 }), (value, times) => {
      let text = JSON.stringify(value);
      for (let n = 0; n < times; n += 1) text = JSON.stringify(text);
      expect(readLenientJson(text)).toEqual([JSON.parse(JSON.stringify(value))]);
    }),
  );
}, 0);

test.each([
  ['{"a":"1,}",}', [{ a: "1,}" }]],
  ['{"a":"line one\nline two\ttab"}', [{ a: "line one\nline two\ttab" }]],
  ['As [agreed] {here}: {"a":{"b":[1,2,]}} and {"c":3}', [{ a: { b: [1, 2] } }, { c: 3 }]],
  ['{"a":"a \\"quoted } brace\\"","b":1}}', [{ a: 'a "quoted } brace"', b: 1 }]],
  ["[1,2", []],
  ["", []],
])("%p holds %p", (text, values) => {
  expect(readLenientJson(text)).toEqual(values);
});

test("text without JSON holds none, and nothing makes the reader throw or hang", () => {
  fc.assert(fc.property(fc.string(), (text) => expect(readLenientJson(text.replace(/[{[\]}]/g, ""))).toEqual([])));
  fc.assert(
    fc.property(fc.stringMatching(/^[{}[\]",:\\a ]*$/), (text) => void readLenientJson(text)),
    {
      numRuns: 1_000,
    },
  );
  for (const piece of ["[", "{", '{"', '"', '["\\', "{}", ",]"]) readLenientJson(piece.repeat(50_000));
}, 0);
