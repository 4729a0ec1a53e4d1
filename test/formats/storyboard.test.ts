import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Storyboard } from "../../src/domain/storyboard.ts";
import { TRANSITION_KINDS } from "../../src/domain/transition.ts";
import { printStoryboard, storyboardJson } from "../../src/formats/print-storyboard.ts";
import { problemLine } from "../../src/formats/problems.ts";
import { readStoryboard } from "../../src/formats/read-storyboard.ts";
import { sized } from "../support/size.ts";

/** Words and signs that YAML gives a meaning to, beside everything that Unicode has. */
const piece = fc.oneof(
  fc.constantFrom(
    ": ",
    "- ",
    "# ",
    "'",
    '"',
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "  ",
    " ",
    "|",
    ">",
    "&a",
    "*a",
    "!t",
    "%",
    "@",
  ),
  fc.constantFrom(
    "---",
    "...",
    "true",
    "null",
    "~",
    "1e3",
    "0x1F",
    "2020-01-01",
    "{",
    "[",
    "],",
    "? ",
    "\\",
    "\u0085",
    "\u2028",
  ),
  fc.constantFrom("猫", "é", "🎬", "👩‍🚀", "\ufeff", "\u0007", "\u202e", "scene: 3", "description:", "<<:"),
  fc.lorem({ maxCount: 30 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const text = (max: number, min = 1) =>
  fc
    .array(piece, { maxLength: 12 })
    .map((pieces) => pieces.join("").toWellFormed().trim().slice(0, max).toWellFormed().trim())
    .filter((joined) => joined.length >= min);
const scene = fc.record(
  {
    description: text(2_000),
    startFramePrompt: text(4_000),
    endFramePrompt: text(4_000),
    motionPrompt: text(2_000),
    transitionNotes: text(1_000, 0),
    characters: fc.array(text(120), { maxLength: 3 }),
    durationSeconds: fc.double({ min: 0.5, max: 60, noNaN: true }),
    transition: fc.oneof(
      fc.constant({ kind: "cut" as const, seconds: 0 }),
      fc.record({
        kind: fc.constantFrom(...TRANSITION_KINDS.filter((kind) => kind !== "cut")),
        seconds: fc.double({ min: 0.01, max: 10, noNaN: true }),
      }),
    ),
  },
  {
    requiredKeys: [
      "description",
      "startFramePrompt",
      "endFramePrompt",
      "motionPrompt",
      "transitionNotes",
      "characters",
    ],
  },
);
const storyboards = fc
  .record({
    title: text(200),
    styleGuide: fc.record({ visualStyle: text(500), colorPalette: text(500), cameraStyle: text(500) }),
    characters: fc.array(
      fc.record({ name: text(120), physicalDescription: text(1_000), clothingDescription: text(1_000, 0) }),
      { maxLength: 3 },
    ),
    scenes: fc.array(scene, { minLength: 1, maxLength: 5 }),
  })
  .map((board) =>
    Storyboard.parse({ ...board, scenes: board.scenes.map((entry, sceneIndex) => ({ ...entry, sceneIndex })) }),
  );

const read = (source: string): Storyboard => {
  const reading = readStoryboard(source, "film.yaml");
  if (reading.storyboard === null) throw new Error(reading.problems.map(problemLine).join("\n"));
  return reading.storyboard;
};
const problems = (source: string): string[] => {
  const reading = readStoryboard(source, "film.yaml");
  return reading.storyboard === null ? reading.problems.map(problemLine) : [];
};

const entry = (n: number) => ({
  sceneIndex: n,
  description: `Scene ${n}: the cat walks on.`,
  startFramePrompt: "A cat.",
  endFramePrompt: "A cat at a lantern.",
  motionPrompt: "Slow push in.",
  transitionNotes: "",
  characters: ["Mika"],
});
const small = (count = 2): Storyboard => ({
  title: "Night cat",
  styleGuide: { visualStyle: "35 mm film", colorPalette: "neon: blue and red", cameraStyle: "- handheld" },
  characters: [{ name: "Mika", physicalDescription: "A black cat.", clothingDescription: "" }],
  scenes: Array.from({ length: count }, (_, n) => entry(n)),
});

describe("a storyboard as a file", () => {
  test("comes back as it was, whatever is in it", () => {
    fc.assert(
      fc.property(storyboards, (board) => {
        expect(read(printStoryboard(board, ["of a film"]))).toEqual(board);
      }),
      { numRuns: sized(60, 3_000) },
    );
  }, 0);

  test("comes back from its JSON too", () => {
    fc.assert(
      fc.property(storyboards, (board) => {
        expect(read(JSON.stringify(storyboardJson(board), null, 2))).toEqual(board);
      }),
      { numRuns: sized(40, 1_000) },
    );
  }, 0);

  test("says once what each field does, and shows long and many-lined words as they are read", () => {
    const board = small();
    const [first] = board.scenes;
    if (first === undefined) throw new Error("no scene");
    first.description = `${"The cat walks through the rain. ".repeat(5)}It stops.`;
    first.motionPrompt = "Push in.\nThen hold: still.";
    expect(printStoryboard(board, ["Storyboard of a film"])).toMatchInlineSnapshot(`
      "# Storyboard of a film

      # Name of the film.
      title: Night cat
      # The look that all scenes share. A change invalidates every keyframe and clip.
      style_guide:
        # Medium, era, lens, grain.
        visual_style: "35 mm film"
        # Colours and light.
        color_palette: "neon: blue and red"
        # How the camera is held and moved. A change invalidates every clip, but no keyframe.
        camera_style: "- handheld"
      # People and things that appear more than once. Their descriptions go word for word into the prompts of their scenes.
      characters:
        # What the scenes call it.
        - name: "Mika"
          # Build, face, hair, age: what must look the same in every scene.
          physical_description: "A black cat."
          # Clothes and things carried. May be empty.
          clothing_description: ""
      # One clip each, in this order. Reword, move, add or remove them.
      scenes:
        # Scene 1
        # What happens. The clip is made from it.
        - description: >-
            The cat walks through the rain. The cat walks through the rain. The cat walks through the
            rain. The cat walks through the rain. The cat walks through the rain. It stops.
          # The first picture. Only the film's first scene uses it: the others start where the scene before ended.
          start_frame_prompt: "A cat."
          # The last picture, which is also the next scene's first. A change invalidates this keyframe and all later ones.
          end_frame_prompt: "A cat at a lantern."
          # How subjects and camera move between the two pictures.
          motion_prompt: |-
            Push in.
            Then hold: still.
          # A note on how the scene passes into the next. Nothing is made from it. May be empty.
          transition_notes: ""
          # Names from the list above that appear in this scene.
          characters: ["Mika"]
          # Length of this clip if it differs from the film's. The model decides which lengths exist.
          # duration_seconds:
          # How it passes into the next scene if that differs from the film's crossfade: a kind and seconds.
          # transition:
          # Your own picture (PNG, JPEG, WebP) as the first keyframe: its path, relative to this file.
          # start_image:
          # The same for the last keyframe, which is also the next scene's first.
          # end_image:
          # Your own clip instead of a generated one: its path, relative to this file. It costs nothing; its length is the scene's.
          # clip:
          # Where the scene begins in your clip, seconds.
          # in:
          # Where it ends in your clip, seconds.
          # out:

        # Scene 2
        - description: "Scene 1: the cat walks on."
          start_frame_prompt: "A cat."
          end_frame_prompt: "A cat at a lantern."
          motion_prompt: "Slow push in."
          transition_notes: ""
          characters: ["Mika"]
      "
    `);
  });

  test("names the user's own clips for scenes, which then need no more words than a description", () => {
    const { storyboard: _, ...reading } = readStoryboard(
      [
        "title: Own",
        "style_guide: {visual_style: ink, color_palette: grey, camera_style: still}",
        "characters: []",
        "scenes:",
        "  - {description: The sea, clip: sub/sea.mov, in: 1.5, out: 4}",
        "  - {description: The hills, motion_prompt: pan, clip: hills.mp4}",
      ].join("\n"),
      "film.yaml",
    );
    expect(reading).toMatchObject({
      clips: [
        { scene: 0, path: "sub/sea.mov", line: 5, field: "scenes[0].clip", inSeconds: 1.5, outSeconds: 4 },
        { scene: 1, path: "hills.mp4", line: 6, inSeconds: null, outSeconds: null },
      ],
      warnings: [],
    });
    const board = small(2);
    const source = printStoryboard(board, [], { stills: new Map(), clips: new Map([[1, "clip-02-a.mp4"]]) });
    expect(source).toContain("    # Your own clip: clip-02-a.mp4. It stays whatever the text says.\n");
    expect(readStoryboard(source, "film.yaml")).toMatchObject({ storyboard: board, clips: [] });
  });

  test("asks for the description of a scene that is a clip, and for nothing else", () => {
    const text = [
      "title: Own",
      "style_guide: {visual_style: ink, color_palette: grey, camera_style: still}",
      "characters: []",
      "scenes: [{clip: a.mp4}, {clip: b.mp4, description: ''}]",
    ].join("\n");
    const reading = readStoryboard(text, "film.yaml");
    if (reading.storyboard !== null) throw new Error("it was read");
    expect(reading.problems.map(problemLine)).toEqual([
      expect.stringContaining("scenes[0].description"),
      expect.stringContaining("scenes[1].description"),
    ]);
  });

  test.each([
    ["clip: 3", "scenes[0].clip must be the name of a video file"],
    ["clip: ' '", "scenes[0].clip must be the name of a video file"],
    ["clip: a.mp4, in: -1", "scenes[0].in must be 0 seconds or more"],
    ["clip: a.mp4, in: soon", "scenes[0].in must be a number of seconds"],
    ["clip: a.mp4, in: 2, out: 2", "scenes[0].out must be later than in"],
    ["in: 2", "scenes[0].in needs a clip"],
    ["out: 2", "scenes[0].out needs a clip"],
  ])("refuses %s", (fields, message) => {
    const scene =
      "description: a, start_frame_prompt: a, end_frame_prompt: b, motion_prompt: c, transition_notes: '', characters: []";
    const text = [
      "title: Own",
      "style_guide: {visual_style: ink, color_palette: grey, camera_style: still}",
      "characters: []",
      `scenes: [{${scene}, ${fields}}]`,
    ].join("\n");
    const reading = readStoryboard(text, "film.yaml");
    if (reading.storyboard !== null) throw new Error("it was read");
    expect(reading.problems.map(problemLine)).toEqual([expect.stringContaining(message)]);
  });

  test("names pictures for stills, and says which stills are the user's own", () => {
    const board = small(2);
    const source = printStoryboard(board, [], {
      stills: new Map([
        [0, "keyframe-00-a.png"],
        [2, "keyframe-02-b.png"],
      ]),
      clips: new Map(),
    });
    expect(source).toContain("    # Your own picture: its first keyframe is keyframe-00-a.png.\n");
    expect(source).toContain("    # Your own picture: its last keyframe is keyframe-02-b.png.\n");
    const named = source
      .replace("    # start_image:", "    start_image: a.png")
      .replace("    # end_image:", "    end_image: sub/b c.jpg")
      .concat("    start_image: sub/b c.jpg\n    end_image: c.webp\n");
    const reading = readStoryboard(named, "film.yaml");
    if (reading.storyboard === null) throw new Error(reading.problems.map(problemLine).join("\n"));
    const lineOf = (words: string) => named.split("\n").findIndex((line) => line.includes(words)) + 1;
    expect(reading.storyboard).toEqual(board);
    expect(reading.images).toEqual([
      { still: 0, path: "a.png", line: lineOf("start_image: a.png"), field: "scenes[0].start_image" },
      { still: 1, path: "sub/b c.jpg", line: lineOf("end_image: sub"), field: "scenes[0].end_image" },
      { still: 2, path: "c.webp", line: lineOf("end_image: c.webp"), field: "scenes[1].end_image" },
    ]);
  });

  test("half a surrogate pair becomes the replacement character", () => {
    const board = { ...small(), title: "a\ud83dz" };
    expect(read(printStoryboard(board)).title).toBe("a\ufffdz");
  });
});

describe("problems of a storyboard file", () => {
  const source = printStoryboard(small(4));
  const lineOf = (words: string, nth = 1): number => {
    const found = source.split("\n").flatMap((line, index) => (line.includes(words) ? index + 1 : []))[nth - 1];
    if (found === undefined) throw new Error(`no ${words}`);
    return found;
  };
  const spoiled = (words: string, instead: string, nth = 1): string =>
    source
      .split("\n")
      .with(lineOf(words, nth) - 1, instead)
      .join("\n");

  test("point at the line of the field", () => {
    const line = lineOf("- description: ", 4);
    expect(problems(spoiled("- description: ", '  - description: ""', 4))).toEqual([
      `line ${line}: scenes[3].description is empty`,
    ]);
    expect(problems(spoiled("visual_style:", "  visual_style: [a]"))).toEqual([
      `line ${lineOf("visual_style:")}: style_guide.visual_style must be text, not ["a"]`,
    ]);
  });

  test("point at the scene whose field is missing or unknown, and say what was meant", () => {
    expect(problems(spoiled("end_frame_prompt:", "    end_frame_promt: A cat.", 3))).toEqual([
      `line ${lineOf("Scene 2: the cat")}: scenes[2].end_frame_prompt is missing`,
      `line ${lineOf("end_frame_prompt:", 3)}: scenes[2].end_frame_promt is not a known field: did you mean end_frame_prompt?`,
    ]);
  });

  test("name the picture that cannot be, and two for one still", () => {
    const last = source.split("\n").length;
    expect(problems(`${source}    end_image: [a.png]\n`)).toEqual([
      `line ${last}: scenes[3].end_image must be the name of a picture file`,
    ]);
    expect(problems(`${source}    start_image: ""\n`)[0]).toContain("must be the name of a picture file");
    const two = spoiled("transition_notes:", "    end_image: a.png", 3).concat("    start_image: b.png\n");
    expect(problems(two)).toContain(
      `line ${last}: scenes[3].start_image is the same keyframe as scenes[2].end_image: name one file for it`,
    );
    expect(problems(`${source}    end_imgae: a.png\n`)[0]).toContain("did you mean end_image?");
  });

  test("name the transition that cannot be, and a cut needs no seconds", () => {
    const spoil = (transition: string) => problems(`${source}    transition: ${transition}\n`);
    expect(spoil("{kind: fly, seconds: 1}")[0]).toContain("scenes[3].transition.kind must be ");
    expect(spoil("{kind: dip}")[0]).toContain("scenes[3].transition.seconds must be more than 0, and 0 for a cut");
    expect(spoil("{kind: dip, seconds: 11}")[0]).toContain("scenes[3].transition.seconds");
    expect(read(`${source}    transition: {kind: cut}\n`).scenes[3]?.transition).toEqual({ kind: "cut", seconds: 0 });
  });

  test("say when there are no scenes, too many, or numbers of their own", () => {
    const [head = ""] = source.split("\nscenes:");
    expect(problems(head)).toEqual(["scenes is missing"]);
    expect(problems(`${head}\nscenes: []\n`)).toEqual([`line ${head.split("\n").length + 1}: scenes needs at least 1`]);
    const many = small(500);
    expect(problems(printStoryboard(many))).toEqual([
      expect.stringMatching(/^line \d+: scenes has more than 100 entries$/),
    ]);
    const numbered = JSON.stringify({ ...small(1), scenes: [{ scene_index: 4 }] }, null, 1);
    expect(problems(numbered)).toEqual([
      expect.stringMatching(
        /^line \d+: scenes\[0\]\.scene_index must be removed: the place in the list is what counts$/,
      ),
    ]);
  });

  test("are there in JSON on its lines too", () => {
    const json = JSON.stringify(storyboardJson(small(3)), null, 2);
    const line = json.split("\n").findIndex((words) => words.includes("Scene 1")) + 1;
    expect(problems(json.replace('"Scene 1: the cat walks on."', "7"))).toEqual([
      `line ${line}: scenes[1].description must be text, not 7`,
    ]);
  });

  test("a key that is there twice and broken YAML are refused with their place", () => {
    expect(() => read(`${source}\ntitle: Again\n`)).toThrow(
      /^film\.yaml: line \d+, column 1: the key title is there twice, first in line 2: remove one$/,
    );
    expect(() => read(spoiled("color_palette:", '  color_palette: "neon'))).toThrow(
      `film.yaml: line ${lineOf("color_palette:")}, column 18: not valid YAML: the quote that opens here is not closed`,
    );
  });

  test("a scene pasted twice and a name that nobody has are told, not refused", () => {
    const board = small(3);
    const twice = { ...entry(1), description: "Scene 0: the cat walks on.", characters: ["Mikka"] };
    const [first] = board.scenes;
    if (first === undefined) throw new Error("no scene");
    const reading = readStoryboard(
      printStoryboard({ ...board, scenes: [first, twice, { ...first, sceneIndex: 2 }] }),
      "f",
    );
    if (reading.storyboard === null) throw new Error("refused");
    expect(reading.warnings.map(({ message }) => message)).toEqual([
      'scenes[1].characters names "Mikka", which is not described in characters',
      "scenes[2] repeats scenes[0] word for word",
    ]);
    expect(reading.warnings.every(({ line }) => line !== undefined)).toBe(true);
    const cast = readStoryboard(printStoryboard({ ...board, scenes: [first, twice] }), "f", ["mikka"]);
    expect(cast).toMatchObject({ warnings: [] });
  });
});
