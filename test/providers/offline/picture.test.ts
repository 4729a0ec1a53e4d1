import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { type Frame, SETTINGS, SHOTS, SIDES, SUBJECTS, TIMES, WEATHERS } from "../../../src/providers/offline/frame.ts";
import { compose } from "../../../src/providers/offline/picture/composition.ts";
import { drawPicture } from "../../../src/providers/offline/picture/picture.ts";
import { TREATMENTS, treatmentOf } from "../../../src/providers/offline/picture/treatment.ts";
import { loadRaster } from "../../../src/providers/offline/raster.ts";
import { frameWords, readFrame } from "../../../src/providers/offline/story/frame-words.ts";
import { sized } from "../../support/size.ts";

// Nothing here waits: how long it takes says how busy the machine is.
setDefaultTimeout(0);

const raster = await loadRaster();
const defaults = { shot: "medium shot", side: "centre" } as const;

const frames = fc.record({
  shot: fc.constantFrom(...SHOTS),
  time: fc.constantFrom(...TIMES),
  weather: fc.constantFrom(...WEATHERS),
  setting: fc.constantFrom(...SETTINGS),
  side: fc.constantFrom(...SIDES),
  subjects: fc.array(
    fc.constantFrom(...SUBJECTS).map((kind) => ({ kind, words: `a small ${kind} with a red collar` })),
    { maxLength: 3 },
  ),
});

const frame: Frame = {
  shot: "wide shot",
  time: "night",
  weather: "clear",
  setting: "city street",
  side: "left",
  subjects: [{ kind: "cat", words: "a ginger cat" }],
};

/** Every how many of the shots of each setting is drawn. */
const stride = sized(1, 1, 8);

const svgOf = (of: Frame, style = "cinematic", salt = "film", width = 320, height = 148): string => {
  const { definitions, content } = drawPicture({ frame: of, width, height, treatment: treatmentOf(style), salt });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>${definitions}</defs>${content}</svg>`;
};

describe("a picture", () => {
  test.each(SETTINGS)("of a %s is drawn in every shot, whatever its light, weather, style and subjects", (setting) => {
    const place = SETTINGS.indexOf(setting);
    for (const [turn, shot] of SHOTS.entries()) {
      if ((place + turn) % stride !== 0) continue;
      const at = <T>(list: readonly [T, ...T[]]): T => list[(place * 3 + turn) % list.length] ?? list[0];
      const subjects = [0, 20, 40].map((offset) => SUBJECTS[(place * 3 + turn + offset) % SUBJECTS.length] ?? "cat");
      const drawn = { setting, shot, time: at(TIMES), weather: at(WEATHERS), side: at(SIDES) };
      const svg = svgOf({ ...drawn, subjects: subjects.map((kind) => ({ kind, words: kind })) }, at(TREATMENTS).name);
      expect(raster.png(svg).length).toBeGreaterThan(1_000);
    }
  });

  test("holds only finite numbers", () => {
    fc.assert(
      fc.property(frames, fc.constantFrom(...TREATMENTS), (random, { name }) => {
        expect(svgOf(random, name)).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: sized(60, 60) },
    );
  });

  test("changes with every still of a scene: shot, side, light, weather, place and subjects", () => {
    const others: readonly Partial<Frame>[] = [
      { shot: "close-up" },
      { side: "right" },
      { time: "dawn" },
      { weather: "rain" },
      { setting: "bay" },
      { subjects: [{ kind: "cat", words: "a black cat" }] },
    ];
    const svgs = [frame, ...others.map((other) => ({ ...frame, ...other }))].map((one) => svgOf(one));
    expect(new Set(svgs).size).toBe(svgs.length);
  });

  test("keeps a place's buildings where they are from still to still of a film", () => {
    const blocksOf = (svg: string) =>
      [...svg.matchAll(/<rect x="([-\d.]+)" y="[-\d.]+" width="([\d.]+)"/g)].map(([, x, w]) => `${x} ${w}`);
    const [one, other] = [svgOf(frame), svgOf({ ...frame, time: "dawn", shot: "medium shot" })].map(blocksOf);
    expect(other?.slice(0, 40)).toEqual(one?.slice(0, 40));
    expect(svgOf(frame, "cinematic", "another film")).not.toBe(svgOf(frame));
  });

  test("in black and white has no colours", () => {
    const colours = [...svgOf(frame, "film noir").matchAll(/#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/g)];
    const coloured = colours.filter(([, red, green, blue]) => red !== green || green !== blue);
    // The warm tint of the bloom is added by the finish.
    expect(coloured.every(([colour]) => colour === "#fff4dc")).toBe(true);
  });

  test("puts its first subject where the frame says and everyone inside the picture", () => {
    const field = { width: 1280, height: 588, weightless: false, water: false };
    fc.assert(
      fc.property(frames, (random) => {
        const placed = compose(random, field);
        for (const { x, base, height } of placed) {
          expect(x > 0 && x < field.width && height > 20 && base - height < field.height).toBe(true);
        }
      }),
    );
    expect(compose(frame, field)[0]?.x).toBeLessThan(field.width / 2);
  });
});

describe("styles", () => {
  test.each([
    ["Film noir, 1940s", "noir"],
    ["watercolour storybook", "watercolor"],
    ["rough pencil sketch", "sketch"],
    ["cyberpunk neon", "neon"],
    ["comic book", "comic"],
    ["Studio Ghibli anime", "anime"],
    ["retro 16mm", "vintage"],
    ["gothic horror", "horror"],
    ["oil painting", "painterly"],
    ["flat vector, minimalist", "minimal"],
    ["claymation", "clay"],
    ["cinematic", "cinematic"],
    ["something nobody has heard of", "cinematic"],
  ])("%s is drawn as %s", (style, name) => {
    expect(treatmentOf(style).name).toBe(name);
  });
});

describe("frame words", () => {
  test("are read back as the frame they were written from", () => {
    fc.assert(
      fc.property(frames, (random) => {
        const words = `${frameWords(random)} And something happens at dawn.`;
        expect(readFrame(words, defaults)).toEqual({
          ...random,
          side: random.subjects.length === 0 ? "centre" : random.side,
        });
      }),
    );
  });

  test("by a person are understood too", () => {
    expect(readFrame("Close-up of a red fox in the snowy forest at sunset", defaults)).toMatchObject({
      shot: "close-up",
      time: "golden hour",
      weather: "snow",
      setting: "forest",
      subjects: [{ kind: "fox" }],
    });
  });

  test("end with their line: what follows is about characters and style", () => {
    const { time, subjects } = readFrame("A dog sleeps at night.\nStyle: golden dawn colours, a cat", defaults);
    expect([time, subjects.map(({ kind }) => kind)]).toEqual(["night", ["dog"]]);
  });
});
