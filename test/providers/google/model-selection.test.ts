import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ProjectRequest } from "../../../src/domain/project.ts";
import type { StitchOrder } from "../../../src/domain/step.ts";
import { createGoogleProvider } from "../../../src/providers/google/provider.ts";
import type { GoogleConfig } from "../../../src/providers/google/settings.ts";
import { clipOrder, createEagerClock, keyframeOrder, LOCAL_CONFIG, REQUEST, storyboardOrder } from "./harness.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const providerOf = (change: Partial<GoogleConfig> = {}) =>
  createGoogleProvider({ ...LOCAL_CONFIG, ...change }, { clock: createEagerClock(), log: silent });
const withModels = (change: Partial<GoogleConfig["models"]>) => ({ models: { ...LOCAL_CONFIG.models, ...change } });
const cast = (config: Partial<GoogleConfig> = {}, request: Partial<ProjectRequest> = {}) =>
  providerOf(config).selectModels({ ...REQUEST, ...request });

describe("selecting models", () => {
  test("needs no credentials and freezes the defaults with how they are reached", () => {
    expect(cast({ apiKey: null, mode: null })).toEqual({
      provider: "google",
      textModel: "gemini-3.8-flash",
      imageModel: "gemini-3.1-flash-image",
      videoModel: "gemini-omni-1.2-flash",
      mostReferences: 13,
      options: {
        mode: "gemini",
        project: "",
        location: "us-central1",
        imageSize: "1K",
        resolution: "720p",
        conditionedImageModel: "gemini-3.1-flash-image",
        outputGcsUri: "",
      },
    });
  });

  test.each([
    ["a length the model does not make", withModels({}), { clipDurationSeconds: 12 }, "the nearest is 10"],
    [
      "a length between two lengths",
      { mode: "vertex", ...withModels({ video: "veo-3.1-generate-001" }) },
      { clipDurationSeconds: 5 },
      "4, 6 or 8",
    ],
    ["a square film", withModels({}), { aspectRatio: "1:1" }, "gemini-omni-1.2-flash makes 16:9 or 9:16"],
    ["a resolution nobody has", { resolution: "8k" }, {}, "size 8k"],
    ["a still size nobody has", { imageSize: "9K" }, {}, "size 9K"],
  ] as const satisfies readonly [string, Partial<GoogleConfig>, Partial<ProjectRequest>, string][])(
    "refuses %s",
    (_, config, request, words) => {
      expect(() => cast(config, request)).toThrow(words);
    },
  );

  test.each([
    ["a Veo model with an API key", withModels({ video: "veo-3.1-generate-001" }), "served by Vertex AI only"],
    [
      "Imagen, which is gone",
      { mode: "vertex", ...withModels({ image: "imagen-4.0-generate-001" }) },
      "gemini-3.1-flash-image",
    ],
    ["a model without a price", withModels({ text: "gemini-3.6-flash" }), "price of gemini-3.6-flash"],
    [
      "a model that cannot film up to a last still",
      { ...withModels({}), catalog: { "gemini-omni-1.2-flash": { last_frame: false } } },
      "between two stills",
    ],
    [
      "a size without a price",
      { ...withModels({}), catalog: { "gemini-omni-1.2-flash": { price: { usd_per_second: { "360p": 1 } } } } },
      "at 720p",
    ],
  ] as const satisfies readonly [string, Partial<GoogleConfig>, string][])("refuses %s", (_, config, words) => {
    expect(() => cast(config)).toThrow(words);
  });

  test("an alias is frozen as the model it means", () => {
    expect(cast(withModels({ text: "gemini-3.7-flash" })).textModel).toBe("gemini-3.8-flash");
  });
});

describe("quotes", () => {
  const provider = providerOf();
  const models = provider.selectModels(REQUEST);

  test("a still, a clip, and a stitch that is free", () => {
    expect(provider.quote(keyframeOrder(models, true), models)).toMatchObject({
      usd: 0.067,
      quantity: 1,
      unit: "image",
    });
    expect(provider.quote(clipOrder(models), models)).toMatchObject({ usd: 0.28, quantity: 4, unit: "second" });
    const stitch: StitchOrder = {
      kind: "stitch",
      clips: [clipOrder(models).start],
      crossfadeSeconds: 0,
      missingScenes: [],
    };
    expect(provider.quote(stitch, models)).toBeUndefined();
  });

  test("one call for a storyboard, with room for a complaint", () => {
    const quote = provider.quote(storyboardOrder(models), models);
    expect(quote).toMatchObject({ quantity: 1, unit: "call", model: "gemini-3.8-flash" });
    // 11,264 tokens out at $3.75 and about 3,500 in at $0.75 per million
    expect(quote?.usd).toBeGreaterThan(0.042);
    expect(quote?.usd).toBeLessThan(0.05);
  });

  test("a call after one that was cut off may use twice as much, up to the model's limit", () => {
    const usd = (maxScenes: number, truncated: boolean) =>
      provider.quote(storyboardOrder(models, { sceneCount: null, maxScenes }), models, { words: "cut off", truncated })
        ?.usd ?? 0;
    const perToken = 3.75 / 1e6;
    expect(usd(3, true) - usd(3, false)).toBeCloseTo(11_264 * perToken, 4);
    expect(usd(50, true) - usd(50, false)).toBeCloseTo((65_536 - 8_192 - 50 * 1_024) * perToken, 4);
    expect(usd(100, true)).toBeCloseTo(usd(100, false), 4);
  });

  test("a storyboard's price grows with its text and never shrinks", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 2_000 }),
        fc.string({ unit: "binary", maxLength: 200 }),
        (text, more) => {
          const usd = (prompt: string) => provider.quote(storyboardOrder(models, { prompt }), models)?.usd ?? 0;
          expect(usd(text + more)).toBeGreaterThanOrEqual(usd(text));
        },
      ),
      { numRuns: 40 },
    );
  }, 0);

  test("a still in the likeness of another is priced by the model that draws it", () => {
    const imagen = providerOf({
      mode: "vertex",
      ...withModels({ image: "imagen-4.0-generate-001" }),
      catalog: { "imagen-4.0-generate-001": { retires_on: null } },
    });
    const selected = imagen.selectModels(REQUEST);
    expect(imagen.quote(keyframeOrder(selected, true), selected)).toMatchObject({ usd: 0.04 });
    expect(imagen.quote(keyframeOrder(selected, false), selected)).toMatchObject({ usd: 0.067 });
  });

  test("a project made with a model that the catalog lost is not run for free", () => {
    expect(() => provider.quote({ ...clipOrder(models), model: "gone-1" }, models)).toThrow("gone-1");
  });
});
