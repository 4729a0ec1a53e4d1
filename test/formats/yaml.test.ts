import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import { printStoryboard } from "../../src/formats/print-storyboard.ts";
import { printYaml } from "../../src/formats/print-yaml.ts";
import { readStoryboard } from "../../src/formats/read-storyboard.ts";
import { readYaml } from "../../src/formats/yaml.ts";

const valueIn = (text: string): unknown => readYaml(text, "f.yaml", "input.invalid").value;
const refusalOf = (text: string): string => {
  try {
    return `accepted as ${JSON.stringify(valueIn(text))}`;
  } catch (thrown) {
    return thrown instanceof VidpipeError && thrown.code === "input.invalid" ? thrown.message : `threw ${thrown}`;
  }
};

/** What files of users may hold. Earlier versions read them with Bun's parser, so the values must be the same. */
const CORPUS = [
  ...["yes", "No", "on", "OFF", "y", "true", "TRUE", "False", "~", "null", "NULL", "Null", ""],
  ...["0o14", "014", "0x1F", "0b11", "1_000", "1e3", "1.", ".5", "+1", "-0", "1:30", ".inf", "-.INF", ".nan", "1e309"],
  ...["2020-01-01", "2001-12-14t21:59:43.10-05:00", "12345678901234567890", "=", "<", "1.2.3", "6 s", "9:16"],
  ...[
    "'it''s'",
    '"\\x41\\u00e9\\t\\/"',
    "x # comment",
    "x#y",
    "a:b",
    "http://x.y/z",
    "x, y",
    "猫 🎬",
    "'x\n  y'",
    "x\n  y",
  ],
  ...[
    "|\n  two\n  lines\n",
    "|-\n  two\n\n  lines\n",
    "|+\n  keep\n\n",
    ">\n  folded\n  text\n\n  end\n",
    ">-\n  a\n   b\n  c",
  ],
  ...["[1, two, [3]]", "[a, b, ]", "{a: x, b: y:z}", "{a, b: }", '{"a":1,"b":[true,null]}', "[a: 1]", "{a: http://x}"],
  ...["\n  - 1\n  - a: 2\n    b: 3", "\n- 1\n- - 2\n  - 3", "\n  ? b\n  : c", "!!str 12", "!!int 3", "&x 5", "! 3"],
].map((value) => `key: ${value}\n`);
const DOCUMENTS = [
  "a: &one {x: 1, y: 2}\nb: *one\nc:\n  <<: *one\n  y: 3\nd: {y: 4, <<: *one}\ne:\n  <<: [*one, {z: 5}]\n",
  "a: 1\r\nb:\r\n  - c\r\n  - d: |\r\n      e\r\n      f\r\n",
  "\ufeffa: 1\n",
  "---\na: 1\n...\n",
  "# only a comment\n",
  "%YAML 1.1\n---\na: yes\n",
  '{\n\t"a": [1,\n\t\t2]\n}\n',
  "'quoted key': 1\n\"another\": 2\n3: three\nnull: 4\n",
];

describe("a YAML file", () => {
  test("has the values that Bun's parser gives", () => {
    for (const text of [...CORPUS, ...DOCUMENTS])
      expect({ text, value: valueIn(text) }).toEqual({ text, value: Bun.YAML.parse(text) ?? undefined });
  });

  test("of a storyboard that an earlier version printed is read unchanged", async () => {
    const fixture = join(import.meta.dir, "fixtures", "storyboard-before-yaml-library");
    const reading = readStoryboard(await Bun.file(`${fixture}.yaml`).text(), "film.yaml");
    expect(reading.storyboard).toEqual(await Bun.file(`${fixture}.json`).json());
  });

  test("tells where a value stands, through lists, aliases and merges, with the column where it shares its line", () => {
    const text =
      'base: &base\n  x: 1\nlist:\n  - a: 1\n    b: {c: 2, d: 3}\n  - <<: *base\n  - *base\njson: [{"e": 4}]\n';
    const { placeOf } = readYaml(text, "f.yaml", "input.invalid");
    expect(placeOf(["list", 0])).toEqual({ line: 4 });
    expect(placeOf(["list", 0, "b", "d"])).toEqual({ line: 5, column: 15 });
    expect(placeOf(["list", 0, "absent", "deeper"])).toEqual({ line: 4 });
    expect(placeOf(["list", 1, "x"])).toEqual({ line: 2 });
    expect(placeOf(["list", 2, "x"])).toEqual({ line: 2 });
    expect(placeOf(["json", 0, "e"])).toEqual({ line: 8, column: 9 });
    expect(placeOf([])).toEqual({ line: undefined });
  });
});

describe("a file that cannot be used is refused in one line with its place:", () => {
  const bomb = Array.from({ length: 18 }, (_, n) => `l${n + 1}: &l${n + 1} [*l${n}, *l${n}]`).join("\n");
  const cases: readonly (readonly [title: string, text: string, refusal: string | RegExp])[] = [
    [
      "aliases that expand without end",
      `l0: &l0 [1, 1]\n${bomb}`,
      /line 1\d, column 1\d: the file has more than 10,000/,
    ],
    ["an alias within itself", "a: &a\n  b: *a", "line 2, column 6: the alias *a contains itself"],
    ["an alias of nothing", "a: 1\nb: *c", "line 2, column 4: the alias *c has no anchor before it"],
    ["a merge of a number", "a:\n  <<: 3", "line 2, column 7: << merges mappings only: name one with *"],
    ["a tag", "a: 1\nb: !!js/function x", "line 2, column 4: !!js/function is not supported: remove it"],
    ["binary data", "a: !!binary aGk=", "line 1, column 4: !!binary is not supported: remove it"],
    ["a prototype", "a: 1\n__proto__: {b: 2}", "line 2, column 1: the key __proto__ is not allowed"],
    ["a list as a key", "a: 1\n[b]: 2", "line 2, column 1: a key must be a word, not a list, a mapping or an alias"],
    [
      "a key twice",
      "a:\n  b: 1\n  c: 2\n  b: 3",
      "line 4, column 3: the key b is there twice, first in line 2: remove one",
    ],
    [
      "a key twice in JSON",
      '{"a": 1, "a": 2}',
      "line 1, column 10: the key a is there twice, first in line 1: remove one",
    ],
    ["10,001 values", `a:\n${"- 1\n".repeat(10_001)}`, /line \d+, column 3: the file has more than 10,000 values/],
    ["a million brackets", "[".repeat(1e6), "line 1, column 65: lists or mappings are nested more than 64 deep"],
    ["deep lists", `a:\n${"- ".repeat(100)}b`, "line 2, column 129: lists or mappings are nested more than 64 deep"],
    ["deep mappings", Array.from({ length: 99 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"), /line 66, .*64 deep/],
    ["a million blank lines", "\n".repeat(1e6), /line \d+, column 1: the file is too large/],
    ["a million dashes", "- ".repeat(5e5), /line 1, column \d+: the file is too large/],
    [
      "a tab",
      "a:\n\tb: 1",
      "line 2, column 1: not valid YAML: tab characters cannot be used as indentation: use spaces",
    ],
    ["NUL", "a: 1\nb: x\0y", "line 2, column 5: the file has a NUL character: it is not text"],
    [
      "two documents",
      "a: 1\n---\nb: 2",
      "line 2, column 1: not valid YAML: the file has more than one document: keep one",
    ],
    [
      "an open quote",
      'a: 1\nb: "c\nd: e\n',
      "line 2, column 4: not valid YAML: the quote that opens here is not closed",
    ],
    [
      "an open bracket",
      "a: 1\nb: [c\nd: e",
      "line 2, column 4: not valid YAML: the bracket that opens here is not closed",
    ],
    [
      "a missing comma",
      '{"a": 1,\n "b": 2\n "c": 3}',
      "line 2, column 7: not valid YAML: a colon or a comma is missing here",
    ],
    [
      "two colons",
      "a: b: c",
      'line 1, column 4: not valid YAML: a line has two keys: put a text that holds ": " in quotes',
    ],
    [
      "an at sign",
      "a: @b",
      "line 1, column 4: not valid YAML: a text cannot start with this character: put it in quotes",
    ],
    [
      "CRLF and a key twice",
      "a: 1\r\nb: 2\r\na: 3\r\n",
      "line 3, column 1: the key a is there twice, first in line 1: remove one",
    ],
    [
      "an escape sequence in a key",
      `"\\e[2J": 1\n"\\e[2J": 2`,
      "line 2, column 1: the key ?[2J is there twice, first in line 1: remove one",
    ],
  ];
  test.each(cases)("%s", (_, text, refusal) => {
    const began = performance.now();
    const told = refusalOf(text);
    // Without the limit on tokens the worst of them take 8 s on a quiet machine.
    expect(performance.now() - began).toBeLessThan(5_000);
    if (typeof refusal === "string") expect(told).toBe(`f.yaml: ${refusal}`);
    else expect(told).toMatch(refusal);
    expect(told).not.toMatch(/\p{Cc}/u);
  });

  test("a syntax error in 3,000 lines costs no more than a few readings of the right file", () => {
    const scene = {
      description: "The cat walks on. ".repeat(10).trim(),
      startFramePrompt: "A cat.",
      endFramePrompt: "A cat at a lantern: blue.",
      motionPrompt: Array.from({ length: 20 }, (_, n) => `Step ${n}`).join("\n"),
      transitionNotes: "",
      characters: ["Mika"],
    };
    const source = printStoryboard({
      title: "Long",
      styleGuide: { visualStyle: "film", colorPalette: "blue", cameraStyle: "still" },
      characters: [],
      scenes: Array.from({ length: 100 }, (_, sceneIndex) => ({ sceneIndex, ...scene })),
    });
    const lines = source.split("\n");
    expect(lines.length).toBeGreaterThan(3_000);
    const place = lines.findIndex((line, n) => n > 1_400 && line.includes("end_frame_prompt:"));
    const broken = lines.with(place, '    end_frame_prompt: "A cat').join("\n");
    const timed = (text: string) => {
      const began = performance.now();
      const told = refusalOf(text);
      return { told, ms: performance.now() - began };
    };
    timed(source);
    const right = timed(source);
    const wrong = timed(broken);
    expect(wrong.told).toStartWith(`f.yaml: line ${place + 1}, column 23: not valid YAML: the quote`);
    expect(wrong.ms).toBeLessThan(10 * right.ms + 200);
  });
});

describe("printed YAML", () => {
  const texts = [
    ...["yes", "1984", "0x1F", "1e3", "2020-01-01", "12:30", "null", "~", "", " led", "trailed ", "- a", "# a", "a: b"],
    ...[
      "@a",
      "'a'",
      '"a"',
      "a\\b",
      "a\tb",
      "a\u0007b",
      "a\u0085b",
      "a\u202eb",
      "a\u2028b",
      "\ufeffa",
      "👩‍🚀 猫",
      "a  b",
    ],
    ...[
      "one\ntwo",
      "one\n\ntwo\n",
      "\none",
      "one \ntwo",
      "one\r\ntwo",
      "*a",
      "&a",
      "!a",
      "%a",
      "---",
      "...",
      "[",
      "{",
      "}",
    ],
    ...[
      `${"long words ".repeat(20)}end`,
      `${"x".repeat(300)}`,
      `a\u0007${" long".repeat(60)}`,
      `${"one\n".repeat(50)}two`,
    ],
  ];
  const printed = printYaml(
    { texts, map: Object.fromEntries(texts.map((text, n) => [`k${n}`, text])) },
    {
      before: () => [],
      after: () => [],
    },
  );

  test("gives every text back, with this parser and with Bun's", () => {
    const value = { texts, map: Object.fromEntries(texts.map((text, n) => [`k${n}`, text])) };
    expect(valueIn(printed)).toEqual(value);
    expect(Bun.YAML.parse(printed)).toEqual(value);
  });

  test("shows nothing invisible and quotes what older parsers take for something else", () => {
    expect(printed).not.toMatch(/(?!\n)[\p{Cc}\u2028-\u202e\ufeff]/u);
    for (const text of ["yes", "1984", "2020-01-01", "12:30", "null"]) expect(printed).toContain(`: "${text}"\n`);
  });
});
