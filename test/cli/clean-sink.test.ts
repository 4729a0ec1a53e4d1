import { expect, test } from "bun:test";
import fc from "fast-check";
import { cleanSink, codes } from "../../src/cli/output/clean-sink.ts";
import { createPaint } from "../../src/cli/output/text.ts";

function written(...texts: readonly string[]): string {
  const all: string[] = [];
  const sink = cleanSink({
    write: (text) => void all.push(text),
    isTerminal: true,
    isColored: true,
    columns: () => 80,
  });
  for (const text of texts) sink.write(text);
  return all.join("");
}

test("a stored text that a command prints as it is drives no terminal", () => {
  const raw = "\u001b[2J\u001b]0;title\u0007\u001b[31mred\u009b1m\rback\u202eright\u200b\n";
  expect(written(raw)).toBe("?[2J?]0;title??[31mred?1m?backright\n");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(written(text)).not.toMatch(/[^\P{Cc}\t\r\n]/u);
    }),
  );
});

test("the program's own codes pass, around whatever they paint", () => {
  const paint = createPaint(true);
  expect(written(`${paint("red", "error:")} ${paint("dim", "a\u001b[1mb")}\r\n`)).toBe(
    "\u001b[31merror:\u001b[39m \u001b[2ma?[1mb\u001b[22m\r\n",
  );
  expect(written(codes(3, "F"), codes("", "K"), codes("", "J"))).toBe("\u001b[3F\u001b[K\u001b[J");
});

test("codes have no width", () => {
  expect(Bun.stringWidth(createPaint(true)("green", "four"))).toBe(4);
});
