import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { plain, safeJson, withoutControls } from "../../src/domain/plain-text.ts";
import { sized } from "../support/size.ts";

const anyText = fc.string({ unit: "binary" });
/** What no terminal may get from a stored text. */
const OBEYED = /[^\P{Cc}\t\r\n]|\r(?!\n)|[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

describe("plain text", () => {
  test("is one line of which nothing is obeyed, whatever it was", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plain(text)).not.toMatch(/\p{Cc}/u);
        expect(plain(text)).not.toMatch(OBEYED);
        expect(plain(plain(text))).toBe(plain(text));
      }),
      { numRuns: sized(500, 10_000) },
    );
  });

  test.each(["👩‍👩‍👧 and ❤️", "می‌خواهم", "क्‍ष", "Ünï 猫 한국어", "العربية"])("leaves %s as it is", (text) => {
    expect(plain(text)).toBe(text);
  });

  test("loses joiners and fillers where no script needs them", () => {
    expect(plain("pay\u200dpal\u200c a\u3164b\u00adc\u{e0041}d\ufff9")).toBe("paypal abcd");
  });
});

test("text without controls keeps its lines and tabs", () => {
  expect(withoutControls("a\r\nb\nc\td\re\u001b[2Jf\u0085g\u2028h\ud800")).toBe("a\r\nb\nc\td?e?[2Jf?gh\ufffd");
  fc.assert(
    fc.property(anyText, (text) => {
      expect(withoutControls(text)).not.toMatch(OBEYED);
    }),
  );
});

test("JSON of which nothing is obeyed is the same value to every parser", () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.integer())), fc.constantFrom(0, 2), (value, indent) => {
      const text = safeJson(value, indent);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toMatch(OBEYED);
    }),
    { numRuns: sized(300, 5_000) },
  );
  expect(safeJson("\u009b\u202e\u{e0041}")).toBe(String.raw`"\u009b\u202e\udb40\udc41"`);
});
