import { describe, expect, test } from "bun:test";
import type { ProjectRequest } from "../../../src/domain/project.ts";
import { createGoogleProvider } from "../../../src/providers/google/provider.ts";
import type { GoogleConfig } from "../../../src/providers/google/settings.ts";
import { createEagerClock, LOCAL_CONFIG, REQUEST } from "./harness.ts";

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
      imageModel: "gemini-nano-banana-2.1",
      videoModel: "gemini-omni-1.2-flash",
      mostReferences: 13,
      options: {
        mode: "gemini",
        project: "",
        location: "us-central1",
        imageSize: "1K",
        resolution: "720p",
        conditionedImageModel: "gemini-nano-banana-2.1",
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
      "gemini-nano-banana-2.1",
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

describe("a model for the rest of a film", () => {
  const NEEDS = { aspectRatio: "16:9", durationsSeconds: [6], references: 0 };
  const vertex = { mode: "vertex", project: "p" } as const;
  const fit = (name: string, needs: Partial<typeof NEEDS> = {}) =>
    providerOf(vertex).fitModel?.(name, cast(vertex), { ...NEEDS, ...needs });

  test.each([
    ["gemini-omni-1.2-flash", "clip"],
    ["veo-3.1-fast-generate-001", "clip"],
    ["gemini-nano-banana-2.1", "keyframe"],
    ["gemini-4-argon", "storyboard"],
  ] as const)("%s makes a %s", (model, kind) => {
    expect(fit(model)).toEqual({ model, kind });
  });

  test.each([
    ["no-such-model", {}, 'there is no model "no-such-model"'],
    ["veo-3.1-fast-generate-001", { durationsSeconds: [6, 7] }, "clip duration 7"],
    ["veo-3.1-fast-generate-001", { aspectRatio: "1:1" }, "aspect ratio 1:1"],
    ["gemini-nano-banana-2.1", { references: 14 }, "a still of this film is drawn after 15"],
  ])("%s is refused for %j", (model, needs, words) => {
    expect(() => fit(model, needs)).toThrow(words);
  });

  test("is offered where it fits, the successor first and the model that is gone never", () => {
    const provider = providerOf(vertex);
    const models = cast(vertex);
    const offered = provider.modelsFor?.({ kind: "clip", model: "veo-3.1-generate-001" }, models, NEEDS) ?? [];
    expect(offered[0]).toBe("gemini-omni-1.2-flash");
    expect(offered).not.toContain("veo-3.1-generate-001");
    for (const name of offered) expect(fit(name)).toEqual({ model: name, kind: "clip" });
    const none = { ...NEEDS, durationsSeconds: [1] };
    expect(provider.modelsFor?.({ kind: "clip", model: "veo-3.1-generate-001" }, models, none)).toEqual([]);
  });
});
