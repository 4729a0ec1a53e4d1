import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ArtifactId } from "../../../src/domain/ids.ts";
import type { KeyframeOrder, StitchOrder } from "../../../src/domain/step.ts";
import { createGoogleProvider } from "../../../src/providers/google/provider.ts";
import type { GoogleConfig } from "../../../src/providers/google/settings.ts";
import { outputTokens } from "../../../src/providers/google/storyboard-form.ts";
import { never } from "../../support/never.ts";
import {
  bench,
  clipOrder,
  createEagerClock,
  keyframeOrder,
  LOCAL_CONFIG,
  REQUEST,
  removeFiles,
  STILLS,
  still,
  storyboardOrder,
} from "./harness.ts";

afterAll(removeFiles);

const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** A provider on a day, by default 2026-11-22. */
const providerOf = (change: Partial<GoogleConfig> = {}, clock = createEagerClock()) =>
  createGoogleProvider({ ...LOCAL_CONFIG, ...change }, { clock, log: silent });
const withModels = (change: Partial<GoogleConfig["models"]>) => ({ models: { ...LOCAL_CONFIG.models, ...change } });

const provider = providerOf();
const models = provider.selectModels(REQUEST);
const artifact = { id: ArtifactId.parse("0196f0a0-0000-7000-8000-000000000000"), sha256: "0" };

describe("a still", () => {
  const usd = (order: KeyframeOrder) => provider.quote(order, models)?.usd ?? 0;
  const named = (count: number) => Array.from({ length: count }, (_, place) => ({ name: `Mika ${place}`, artifact }));

  test("costs the picture, its words and the thinking that is left", () => {
    const order = keyframeOrder(models, true);
    expect(provider.quote(order, models)).toMatchObject({
      quantity: 1,
      unit: "image",
      model: "gemini-nano-banana-2.1",
    });
    expect(usd(order)).toBeCloseTo(0.0336 + order.prompt.length * 1.5e-6 + 128 * 7.5e-6, 5);
  });

  test("costs more for each picture that is shown with it", () => {
    const pictureUsd = 1_120 * 1.5e-6;
    expect(usd(keyframeOrder(models, false)) - usd(keyframeOrder(models, true))).toBeGreaterThan(pictureUsd);
    const shown = (count: number) => usd({ ...keyframeOrder(models, false), references: named(count) });
    for (const count of [1, 2, 13]) {
      const more = shown(count) - usd(keyframeOrder(models, false));
      expect(more).toBeGreaterThan(count * pictureUsd);
      expect(more).toBeLessThan(count * (pictureUsd + 0.0005));
    }
  });

  test("costs no less with more words", () => {
    const words = fc.string({ unit: "binary", maxLength: 500 });
    const order = keyframeOrder(models, false);
    fc.assert(
      fc.property(words, words, (prompt, more) => {
        expect(usd({ ...order, prompt: prompt + more })).toBeGreaterThanOrEqual(usd({ ...order, prompt }));
      }),
    );
  });

  test("that is shown pictures is priced by the model that looks at them", () => {
    const imagen = providerOf({
      mode: "vertex",
      ...withModels({ image: "imagen-4.0-generate-001" }),
      catalog: { "imagen-4.0-generate-001": { retires_on: null } },
    });
    const selected = imagen.selectModels(REQUEST);
    expect(imagen.quote(keyframeOrder(selected, true), selected)).toMatchObject({ usd: 0.04 });
    expect(imagen.quote(keyframeOrder(selected, false), selected)?.model).toBe("gemini-nano-banana-2.1");
  });

  test.each([true, false])("of a model that the order names is priced by it (first: %p)", (isFirst) => {
    const order = { ...keyframeOrder(models, isFirst), model: "gemini-3-pro-image" };
    const quote = provider.quote(order, models);
    expect(quote?.model).toBe("gemini-3-pro-image");
    expect(quote?.usd).toBeGreaterThan(0.134);
  });

  test("of a project that was made with a model that is gone since is still priced", () => {
    const then = providerOf(withModels({ image: "gemini-3.1-flash-image" }), createEagerClock(Date.UTC(2026, 8, 1)));
    const old = then.selectModels(REQUEST);
    expect(provider.quote(keyframeOrder(old, false), old)?.model).toBe("gemini-3.1-flash-image");
  });

  test("is not ordered of a model that makes no stills", () => {
    expect(() => provider.quote({ ...keyframeOrder(models, true), model: "gemini-4-argon" }, models)).toThrow(
      "gemini-4-argon makes text, not image; nothing was bought",
    );
  });
});

describe("a clip", () => {
  test("costs its seconds, the two stills it is shown, its words and its thinking", () => {
    const order = clipOrder(models);
    const quote = provider.quote(order, models);
    expect(quote).toMatchObject({ quantity: 4, unit: "second", model: "gemini-omni-1.2-flash" });
    const words = `<FIRST_FRAME> <LAST_FRAME> In a single continuous shot: ${order.prompt}`;
    const request = (2 * 1_120 + words.length) * 1.5e-6 + 128 * 9e-6;
    expect(quote?.usd).toBeCloseTo(4 * 0.0695 + request, 5);
  });

  test("of Veo costs its seconds", () => {
    const veo = providerOf({ mode: "vertex", ...withModels({ video: "veo-3.1-fast-generate-001" }) });
    const selected = veo.selectModels(REQUEST);
    expect(veo.quote(clipOrder(selected), selected)).toMatchObject({ usd: 0.4, quantity: 4 });
  });

  test("of a model that the catalog lost is not made for free", () => {
    expect(() => provider.quote({ ...clipOrder(models), model: "gone-1" }, models)).toThrow("gone-1");
  });
});

describe("a storyboard", () => {
  test("is quoted as one call", () => {
    const quote = provider.quote(storyboardOrder(models), models);
    expect(quote).toMatchObject({ quantity: 1, unit: "call", model: "gemini-3.8-flash" });
    // 11,264 tokens out at $3.75 and about 3,500 in at $0.75 per million
    expect(quote?.usd).toBeGreaterThan(0.042);
    expect(quote?.usd).toBeLessThan(0.05);
  });

  test("after an answer that was cut off may be twice as long, up to the model's limit, and is priced so", () => {
    const order = storyboardOrder(models);
    expect([outputTokens(order), outputTokens(order, { truncated: true })]).toEqual([11_264, 22_528]);
    const long = storyboardOrder(models, { sceneCount: 50 });
    expect([outputTokens(long), outputTokens(long, { truncated: true })]).toEqual([59_392, 65_536]);
    const usd = (truncated: boolean) => provider.quote(order, models, { words: "", truncated })?.usd ?? 0;
    expect(usd(true) - usd(false)).toBeCloseTo(11_264 * 3.75e-6, 6);
    expect(usd(false)).toBe(provider.quote(order, models)?.usd ?? 0);
    expect(provider.quote(order, models, null)?.usd).toBe(usd(false));
  });

  test("costs more with more text and never less", () => {
    const words = (maxLength: number) => fc.string({ unit: "binary", maxLength });
    const usd = (prompt: string) => provider.quote(storyboardOrder(models, { prompt }), models)?.usd ?? 0;
    fc.assert(
      fc.property(words(2_000), words(200), (text, more) => {
        expect(usd(text + more)).toBeGreaterThanOrEqual(usd(text));
      }),
      { numRuns: 40 },
    );
  }, 0);
});

test("a stitch is free", () => {
  const stitch: StitchOrder = {
    kind: "stitch",
    clips: [clipOrder(models).start],
    crossfadeSeconds: 0,
    missingScenes: [],
  };
  expect(provider.quote(stitch, models)).toBeUndefined();
});

test("a clock set over a change of price and back again gets the price of the day it shows", () => {
  let nowMs = Date.UTC(2026, 10, 30, 23, 59, 59);
  const clock = { ...createEagerClock(), now: () => nowMs };
  const dated = providerOf(withModels({ text: "gemini-4-argon" }), clock);
  const selected = dated.selectModels(REQUEST);
  const usdAt = (ms: number) => {
    nowMs = ms;
    return dated.quote(storyboardOrder(selected), selected)?.usd ?? 0;
  };
  const before = usdAt(Date.UTC(2026, 10, 30, 23, 59, 59, 999));
  const after = usdAt(Date.UTC(2026, 11, 1));
  expect(after).toBeCloseTo(2 * before, 5);
  expect(usdAt(Date.UTC(2026, 10, 29))).toBe(before);
  expect(usdAt(Date.UTC(2027, 5, 1))).toBe(after);
  expect(() => usdAt(0)).toThrow("the price of gemini-4-argon on 1970-01-01 (is the clock of this machine right?)");
});

test("what soon changes for a project's models is told, by the clock's day", () => {
  const old = providerOf(
    withModels({ text: "gemini-4-argon", image: "gemini-3.1-flash-image" }),
    createEagerClock(Date.UTC(2026, 9, 1)),
  );
  const selected = old.selectModels(REQUEST);
  const on = (ms: number) => providerOf({}, createEagerClock(ms)).noticesFor?.(selected) ?? [];
  expect(on(Date.UTC(2026, 9, 1)).map((words) => words.split(" ")[0])).toEqual(["gemini-3.1-flash-image"]);
  expect(on(Date.UTC(2026, 10, 20)).map((words) => words.split(" ")[0])).toEqual([
    "gemini-4-argon",
    "gemini-3.1-flash-image",
  ]);
  expect(provider.noticesFor?.(models)).toEqual([]);
});

describe.each([
  ["gemini", "gemini-nano-banana-2.1", "gemini-omni-1.2-flash"],
  ["vertex", "gemini-3-pro-image", "veo-3.1-fast-generate-001"],
  ["vertex", "gemini-3.1-flash-image", "gemini-omni-1.2-flash"],
] as const)("on %s with %s and %s", (mode, image, video) => {
  test("a quote covers what a service charges that counts every byte as a token, and is near it", async () => {
    const chosen = { models: { text: null, image, conditionedImage: null, video } };
    const { fake, provider: real, models: frozen } = bench({ mode, config: chosen });
    const prompt = "Ein Kater unter der Laterne: 東京の夜 🏮. ".repeat(20);
    const references = [
      { name: "Mika", artifact },
      { name: null, artifact },
    ];
    const story = storyboardOrder(frozen, { prompt });
    const first = { ...keyframeOrder(frozen, true), prompt };
    const next = { ...keyframeOrder(frozen, false), prompt, references };
    const clip = { ...clipOrder(frozen), prompt };
    await real.writeStoryboard(story, frozen, { words: "…".repeat(300), truncated: false }, never);
    await real.drawKeyframe(first, frozen, null, never);
    await real.drawKeyframe(next, frozen, still("before"), never, [still("mika"), still("hero")]);
    await real.startClip(clip, frozen, STILLS, never, null);
    for (const [place, order] of [story, first, next, clip].entries()) {
      const [quoted, billed] = [real.quote(order, frozen)?.usd ?? 0, fake.bill[place]?.usd ?? 0];
      expect(billed).toBeGreaterThan(0);
      expect(quoted).toBeGreaterThanOrEqual(billed - 1e-6);
      expect(quoted).toBeLessThan(billed * 1.05);
    }
    fake.stop();
  });
});
