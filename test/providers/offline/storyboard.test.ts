import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { CAMERA_MOVES } from "../../../src/domain/media.ts";
import { Prompt } from "../../../src/domain/project.ts";
import { Storyboard } from "../../../src/domain/storyboard.ts";
import { MOVE_WORDS, moveOf } from "../../../src/providers/offline/camera-words.ts";
import { readFrame } from "../../../src/providers/offline/story/frame-words.ts";
import { writeStoryboard } from "../../../src/providers/offline/story/storyboard.ts";
import { sized } from "../../support/size.ts";
import { storyboardOrder } from "./orders.ts";

// Nothing here waits: how long it takes says how busy the machine is.
setDefaultTimeout(0);

const write = (prompt: string, changes = {}) => writeStoryboard(storyboardOrder(prompt, changes));
const story = "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay.";
const defaults = { shot: "medium shot", side: "centre" } as const;
const framesOf = ({ scenes }: Storyboard) => [
  ...scenes.slice(0, 1).map((scene) => readFrame(scene.startFramePrompt, defaults)),
  ...scenes.map((scene) => readFrame(scene.endFramePrompt, defaults)),
];
const kindsOf = (board: Storyboard) => framesOf(board).map(({ subjects }) => subjects.map(({ kind }) => kind));

describe("a storyboard of three sentences", () => {
  const board = write(story);

  test("has a scene for each", () => {
    expect(board.scenes.map(({ description }) => description)).toEqual([
      "A cat exploring Tokyo at night.",
      "She finds a lantern.",
      "Dawn breaks over the bay.",
    ]);
  });

  test("follows the place and the light of the text", () => {
    expect(framesOf(board).map(({ setting, time }) => [setting, time])).toEqual([
      ["city street", "night"],
      ["city street", "night"],
      ["city street", "night"],
      ["bay", "dawn"],
    ]);
  });

  test("keeps its subjects: what was found stays with who found it", () => {
    expect(kindsOf(board)).toEqual([["cat"], ["cat"], ["cat", "lantern"], ["cat", "lantern"]]);
  });

  test("describes each character once, in the same words in every frame", () => {
    const [cat] = board.characters;
    expect(cat?.name).toBe("The cat");
    const looks = framesOf(board).map(({ subjects }) => subjects.find(({ kind }) => kind === "cat")?.words);
    expect(new Set(looks).size).toBe(1);
    expect(cat?.physicalDescription.toLowerCase()).toStartWith(looks[0] ?? "?");
  });

  test("starts every scene on the frame that ended the one before", () => {
    for (const [place, scene] of board.scenes.entries()) {
      const before = board.scenes[place - 1];
      if (before === undefined) continue;
      expect(readFrame(scene.startFramePrompt, defaults)).toEqual(readFrame(before.endFramePrompt, defaults));
    }
  });

  test("opens and ends wide, and comes close between", () => {
    const shots = framesOf(board).map(({ shot }) => shot);
    expect(shots).toEqual(["wide shot", "medium shot", "close-up", "wide shot"]);
  });
});

describe("an arc", () => {
  test("is made of a single sentence: establish, tell, linger, resolve", () => {
    const board = write("An old lighthouse keeper discovers a message in a bottle");
    expect(board.scenes.map(({ description }) => description)).toEqual([
      "We open on a bay by day. The keeper comes into view.",
      "An old lighthouse keeper discovers a message in a bottle",
      "On the keeper: a moment to take it in.",
      "The view opens and the story comes to rest: the keeper, a bay in the golden hour.",
    ]);
    expect(kindsOf(board)[0]).toEqual(["elder", "lighthouse"]);
  });

  test("gives a sentence of several events a scene for each, with its subject back", () => {
    const board = write("A knight rides through a storm, finds a ruined castle and befriends a dragon");
    expect(board.scenes.map(({ description }) => description)).toEqual([
      "A knight rides through a storm",
      "The knight finds a ruined castle",
      "The knight befriends a dragon",
    ]);
  });

  test("brings back who 'they' are", () => {
    const board = write("Mira, a young astronaut, lands on Mars. She meets a robot named Bolt. Together they rest.");
    expect(board.characters.map(({ name }) => name)).toEqual(["Mira", "Bolt"]);
    expect(board.scenes.at(-1)?.characters).toEqual(["Mira", "Bolt"]);
  });

  test("varies the camera: no move twice in a row", () => {
    const moves = write(story, { sceneCount: 9 }).scenes.map(({ motionPrompt }) => moveOf(motionPrompt));
    expect(moves.some((move, place) => move === moves[place - 1])).toBe(false);
  });

  test("follows a direction that the text gives to the camera", () => {
    const board = write("A boat leaves the harbor. The camera pans left across the bay. Night falls.");
    expect(moveOf(board.scenes[1]?.motionPrompt ?? "")).toBe("pan_left");
  });
});

describe("the number of scenes", () => {
  const script = Array.from(
    { length: 160 },
    (_, day) => `On day ${day} the fox walks on through the forest and rests. `,
  );

  test("is exactly what was asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(story, "Hi", script.join("")), (count, prompt) => {
        expect(write(prompt, { sceneCount: count, maxScenes: 40 }).scenes).toHaveLength(count);
      }),
      { numRuns: sized(12, 12) },
    );
  });

  test("is three to five for a short text", () => {
    for (const prompt of ["Hi", "A fox. A boat.", story, `${story} It rains.`, `${story} It rains. Snow. Sun. End.`]) {
      const { length } = write(prompt).scenes;
      expect([length >= 3, length <= 5]).toEqual([true, true]);
    }
  });

  test("grows with a longer script up to the most allowed", () => {
    const long = script.join("").slice(0, 9_000);
    expect(write(long, { maxScenes: 12 }).scenes).toHaveLength(12);
    expect(write(long, { maxScenes: 40 }).scenes.length).toBeGreaterThan(20);
  });

  test("never exceeds the most allowed, even when that is one", () => {
    expect(write(story, { maxScenes: 1 }).scenes).toHaveLength(1);
  });
});

describe("any text", () => {
  test("gives a storyboard that fits its schema and its order, the same every time", () => {
    const prompts = fc
      .oneof(
        fc.string({ unit: "grapheme", maxLength: 200 }),
        fc.lorem({ mode: "sentences", maxCount: 12 }),
        fc
          .array(
            fc.constantFrom(
              "猫が走る。",
              "🐱🌙",
              "Ночь. ",
              "a\u0301 ",
              "&<>\"'",
              "?!…",
              "INT. BAR - NIGHT\n",
              "— ",
              "مرحبا. ",
            ),
            {
              maxLength: 30,
            },
          )
          .map((parts) => parts.join("")),
      )
      .filter((text) => Prompt.safeParse(text).success);
    fc.assert(
      fc.property(prompts, fc.integer({ min: 1, max: 9 }), fc.option(fc.nat()), (text, maxScenes, seed) => {
        const board = write(Prompt.parse(text), { maxScenes, seed });
        expect(Storyboard.parse(board)).toEqual(board);
        expect(board.scenes.length).toBeLessThanOrEqual(maxScenes);
        expect(write(Prompt.parse(text), { maxScenes, seed })).toEqual(board);
      }),
      { numRuns: sized(150, 150) },
    );
  });

  test("of the longest kind is read in little time", () => {
    const startedMs = performance.now();
    write("She walks through the rain, and then the cat sleeps; ".repeat(190).slice(0, 10_000), {
      sceneCount: 100,
      maxScenes: 100,
    });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test("names its camera move so that the clip finds it again", () => {
    for (const move of CAMERA_MOVES) expect(moveOf(`Camera: ${MOVE_WORDS[move].toLowerCase()}, slow.`)).toBe(move);
  });

  test("is told by its seed where the words leave something open", () => {
    const looks = [1, 2, 3, 4].map((seed) => write("A cat sleeps.", { seed }).characters[0]?.physicalDescription);
    expect(new Set(looks).size).toBeGreaterThan(1);
  });
});

describe("camera words of other writers", () => {
  test.each([
    ["The camera slowly dollies in on her face", "push_in"],
    ["Slow zoom out to reveal the valley", "pull_out"],
    ["Panning gently to the left along the shelves", "pan_left"],
    ["Tracking shot moving right with the runner", "pan_right"],
    ["Crane up over the rooftops", "tilt_up"],
    ["Tilt down to the letter", "tilt_down"],
    ["Locked-off tripod shot", "hold"],
    ["Handheld, restless", "drift"],
  ] as const)("%s is %s", (words, move) => {
    expect(moveOf(words)).toBe(move);
  });
});
