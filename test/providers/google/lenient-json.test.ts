import { expect, test } from "bun:test";
import fc from "fast-check";
import { readLenientJson } from "../../../src/providers/google/storyboard-form.ts";

const records = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });

test("any object survives fences, words around it and a trailing comma", () => {
  fc.assert(
    fc.property(records, (value) => {
      const json = JSON.stringify(value);
      expect(readLenientJson(`Sure!\n\`\`\`json\n${json.slice(0, -1)},\n}\n\`\`\`\nDone.`)).toEqual(JSON.parse(json));
    }),
  );
}, 0);

test("commas inside strings stay", () => {
  expect(readLenientJson('{"a":"1,}",}')).toEqual({ a: "1,}" });
});

test("text without JSON is no value", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readLenientJson(text.replace(/[{[\]}]/g, ""))).toBeUndefined();
    }),
  );
}, 0);
