/** What is forgiven in a storyboard that was paid for, and that nothing else comes of it. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Storyboard } from "../../../src/domain/storyboard.ts";
import { readStoryboardAnswer } from "../../../src/providers/google/read-storyboard.ts";
import { answerOf, contentOf } from "./harness.ts";

const readText = (text: string) =>
  readStoryboardAnswer(answerOf({ candidates: [{ content: { parts: [{ text }] }, finishReason: "STOP" }] }));
const readJson = (value: unknown) => readText(JSON.stringify(value));

/** A text as models write it: of any characters, with something to see, trimmed. */
const words = (max: number) =>
  fc
    .string({ unit: "grapheme", minLength: 1, maxLength: Math.min(max, 60) })
    .map((text) => `w${text.replaceAll("\0", "")}w`.slice(0, max))
    .map((text) => text.toWellFormed().trim());
const writtenScene = fc.record({
  description: words(2_000),
  startFramePrompt: words(4_000),
  endFramePrompt: words(4_000),
  motionPrompt: words(2_000),
  transitionNotes: fc.oneof(fc.constant(""), words(1_000)),
  characters: fc.array(words(120), { maxLength: 4 }),
});
const storyboards: fc.Arbitrary<Storyboard> = fc
  .record({
    title: words(200),
    styleGuide: fc.record({ visualStyle: words(500), colorPalette: words(500), cameraStyle: words(500) }),
    characters: fc.array(
      fc.record({
        name: words(120),
        physicalDescription: words(1_000),
        clothingDescription: fc.oneof(fc.constant(""), words(1_000)),
      }),
      { maxLength: 4 },
    ),
    scenes: fc.array(writtenScene, { minLength: 1, maxLength: 6 }),
  })
  .map((story) => ({ ...story, scenes: story.scenes.map((scene, sceneIndex) => ({ sceneIndex, ...scene })) }));

type Forgive = (story: Storyboard, extra: unknown) => unknown;

/** Changes of the JSON that leave the story what it is. */
const HARMLESS: Readonly<Record<string, Forgive>> = {
  "a field more": (story, extra) => ({ ...story, extra }),
  "a field more in the style": (story, extra) => ({ ...story, styleGuide: { ...story.styleGuide, extra } }),
  "a field more in every scene": (story, extra) => ({ ...story, scenes: story.scenes.map((s) => ({ ...s, extra })) }),
  "a field more in every character": (story, extra) => ({
    ...story,
    characters: story.characters.map((c) => ({ ...c, extra })),
  }),
  "what only users say": (story) => ({
    ...story,
    scenes: story.scenes.map((s) => ({ ...s, durationSeconds: 7, transition: { kind: "wipe" } })),
  }),
  "scenes counted by anything": (story, extra) => ({
    ...story,
    scenes: story.scenes.map((s) => ({ ...s, sceneIndex: extra })),
  }),
  "scenes not counted": (story) => ({ ...story, scenes: story.scenes.map(({ sceneIndex: _, ...s }) => s) }),
  "empty names": (story) => ({
    ...story,
    scenes: story.scenes.map((s) => ({ ...s, characters: ["", null, ...s.characters, "  "] })),
  }),
  "no notes where there are none": (story) => ({
    ...story,
    scenes: story.scenes.map(({ transitionNotes, ...s }) => (transitionNotes === "" ? s : { ...s, transitionNotes })),
  }),
  "no list where it is empty": (story) => ({
    ...story,
    characters: story.characters.length === 0 ? null : story.characters,
  }),
  "spaces around texts": (story) => ({ ...story, title: `\n ${story.title}\t` }),
  "a list around it": (story) => [story],
  "a name around it": (story) => ({ storyboard: story }),
};

const WRAPPINGS: Readonly<Record<string, (json: string) => string>> = {
  bare: (json) => json,
  fenced: (json) => `\`\`\`json\n${json}\n\`\`\``,
  "with words around it": (json) => `Here [as asked] is {it}:\n${json}\nDo you like it? {Yes} or [no]`,
  "with brackets behind it": (json) => `${json}\n}\n}]`,
  "with a comma too many": (json) => `${json.slice(0, -1)},}`,
  "as a text in JSON": (json) => JSON.stringify(json),
};

describe.each(Object.entries(WRAPPINGS))("a storyboard %s", (_, wrap) => {
  test.each(Object.entries(HARMLESS))(
    "with %s is the same storyboard",
    (__, change) => {
      fc.assert(
        fc.property(storyboards, fc.jsonValue(), (story, extra) => {
          expect(contentOf(readText(wrap(JSON.stringify(change(story, extra)))))).toEqual(story);
        }),
        { numRuns: 8 },
      );
    },
    0,
  );
});

const plain = contentOf(
  readJson({
    title: "A film",
    styleGuide: { visualStyle: "v", colorPalette: "c", cameraStyle: "m" },
    characters: [],
    scenes: [{ description: "d", startFramePrompt: "s", endFramePrompt: "e", motionPrompt: "m" }],
  }),
);

test("what may be missing is missing or empty afterwards", () => {
  expect(plain.scenes).toEqual([
    {
      sceneIndex: 0,
      description: "d",
      startFramePrompt: "s",
      endFramePrompt: "e",
      motionPrompt: "m",
      transitionNotes: "",
      characters: [],
    },
  ]);
  expect(contentOf(readJson({ ...plain, title: undefined, characters: undefined }))).toEqual({
    ...plain,
    title: "Untitled",
  });
  expect(contentOf(readJson({ ...plain, title: " " })).title).toBe("Untitled");
});

describe("a text that is too long is cut", () => {
  const [scene] = plain.scenes;
  const cases: readonly (readonly [number, (text: string) => unknown, (story: Storyboard) => string | undefined])[] = [
    [200, (title) => ({ ...plain, title }), (s) => s.title],
    [500, (v) => ({ ...plain, styleGuide: { ...plain.styleGuide, visualStyle: v } }), (s) => s.styleGuide.visualStyle],
    [2_000, (motionPrompt) => ({ ...plain, scenes: [{ ...scene, motionPrompt }] }), (s) => s.scenes[0]?.motionPrompt],
    [4_000, (e) => ({ ...plain, scenes: [{ ...scene, endFramePrompt: e }] }), (s) => s.scenes[0]?.endFramePrompt],
    [1_000, (n) => ({ ...plain, scenes: [{ ...scene, transitionNotes: n }] }), (s) => s.scenes[0]?.transitionNotes],
    [120, (n) => ({ ...plain, scenes: [{ ...scene, characters: [n] }] }), (s) => s.scenes[0]?.characters[0]],
  ];
  test.each(cases)("at %p characters", (max, put, take) => {
    for (const text of ["x".repeat(max), "x".repeat(max + 1), "x".repeat(9 * max)])
      expect(take(contentOf(readJson(put(text))))).toBe("x".repeat(max));
    expect(take(contentOf(readJson(put("x".repeat(max - 1)))))).toBe("x".repeat(max - 1));
    // Never through the middle of a character.
    expect(take(contentOf(readJson(put(`x${"🎬".repeat(max)}`))))?.isWellFormed()).toBeTrue();
  });

  test("a name is cut the same wherever it stands", () => {
    const name = "n".repeat(130);
    const story = contentOf(
      readJson({
        ...plain,
        characters: [{ name, physicalDescription: "p", clothingDescription: "" }],
        scenes: [{ ...scene, characters: [name] }],
      }),
    );
    expect(story.scenes[0]?.characters).toEqual(story.characters.map((character) => character.name));
  });

  test("and lists to what a storyboard can hold", () => {
    const people = Array.from({ length: 30 }, (_, n) => ({ name: `n${n}`, physicalDescription: "p" }));
    const story = contentOf(
      readJson({ ...plain, characters: people, scenes: [{ ...scene, characters: people.map(({ name }) => name) }] }),
    );
    expect([story.characters.length, story.scenes[0]?.characters.length]).toEqual([20, 20]);
  });
});

test("what storage cannot hold is left out", () => {
  const story = contentOf(readText(JSON.stringify({ ...plain, title: "a\0b" }).replace('"v"', '"lone \\ud800 half"')));
  expect(story.title).toBe("ab");
  expect(story.styleGuide.visualStyle).toBe("lone \u{fffd} half");
});

describe("what makes the film is never invented", () => {
  const [scene] = plain.scenes;
  test.each([
    ["styleGuide", { ...plain, styleGuide: undefined }],
    ["styleGuide.colorPalette", { ...plain, styleGuide: { ...plain.styleGuide, colorPalette: "" } }],
    ["scenes.0.startFramePrompt", { ...plain, scenes: [{ ...scene, startFramePrompt: null }] }],
    ["scenes.0.endFramePrompt", { ...plain, scenes: [{ ...scene, endFramePrompt: 5 }] }],
    ["scenes.0.motionPrompt", { ...plain, scenes: [{ ...scene, motionPrompt: ["m"] }] }],
    ["scenes.0", { ...plain, scenes: ["a scene"] }],
    ["scenes", { ...plain, scenes: [] }],
    ["characters.0.physicalDescription", { ...plain, characters: [{ name: "Miko" }] }],
    ["title", { ...plain, title: 7 }],
  ])("%s", (path, value) => {
    const read = readJson(value);
    expect(read).toMatchObject({ kind: "unusable" });
    expect(read.kind === "unusable" && read.reason).toStartWith(`${path}: `);
  });
});

test("any JSON at all is a storyboard that fits the domain's, or a complaint in one line", () => {
  const pieces = fc.oneof(fc.jsonValue(), storyboards);
  const mangled = fc.record(
    { title: pieces, styleGuide: pieces, characters: pieces, scenes: fc.oneof(pieces, fc.array(writtenScene)) },
    { requiredKeys: [] },
  );
  const broken = fc
    .tuple(storyboards, fc.nat(), fc.nat({ max: 30 }), fc.string({ maxLength: 5 }))
    .map(([story, at, count, put]) => {
      const json = JSON.stringify(story);
      const from = at % json.length;
      return json.slice(0, from) + put + json.slice(from + count);
    });
  fc.assert(
    fc.property(
      fc.oneof(
        mangled.map((value) => JSON.stringify(value)),
        broken,
        fc.string(),
        fc.json(),
      ),
      (text) => {
        const read = readText(text);
        if (read.kind !== "content") return expect(read.reason).not.toMatch(/\p{Cc}/u);
        expect(Storyboard.parse(read.content)).toEqual(read.content);
        // Reading what was read changes nothing.
        expect(contentOf(readJson(read.content))).toEqual(read.content);
      },
    ),
    { numRuns: 2_000 },
  );
}, 0);
