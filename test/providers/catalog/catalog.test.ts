import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { checkDuration, createCatalog, findModel, requireModel } from "../../../src/providers/catalog/catalog.ts";
import { MODEL_KINDS, type Model, type ModelKind, type Vendor } from "../../../src/providers/catalog/models.ts";
import { ModelOverride, parseOverrides } from "../../../src/providers/catalog/overrides.ts";
import { quoteCall, quoteMade } from "../../../src/providers/catalog/prices.ts";
import { createGoogleCatalog, parseGoogleOverrides } from "../../../src/providers/google/model-overrides.ts";
import { GOOGLE_MODELS, MODES, type Mode } from "../../../src/providers/google/models.ts";

const TODAY = "2026-11-22";
const NOW_MS = Date.parse(TODAY);
/** One clip or picture, by itself. */
const made = (size: string, quantity: number) => ({ size, quantity, shown: { pictures: 0, textTokens: 0 } });
const MODELS = GOOGLE_MODELS.models;
const catalog = createGoogleCatalog();

function failureOf(act: () => unknown): VidpipeError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof VidpipeError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}
const model = (id: string) => {
  const found = findModel(catalog, id);
  if (found === undefined) throw new Error(id);
  return found;
};
const wanted =
  (name: string, kind: ModelKind, mode: Mode, today = TODAY) =>
  () =>
    requireModel(catalog, name, { kind, mode, today });

describe("the table", () => {
  test("has one entry for every id and alias", () => {
    const names = MODELS.flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("names only known successors, and every chain of them ends", () => {
    for (const { id, successor } of MODELS) {
      let next = successor;
      for (let hops = 0; next !== null; hops += 1) {
        expect(hops).toBeLessThan(MODELS.length);
        expect(`${id} -> ${findModel(catalog, next)?.id}`).toBe(`${id} -> ${next}`);
        next = findModel(catalog, next)?.successor ?? null;
      }
    }
  });

  test.each(MODES.flatMap((mode) => MODEL_KINDS.map((kind) => [kind, mode] as const)))(
    "the default for %s answers on %s today and has a price",
    (kind, mode) => {
      const found = requireModel(catalog, GOOGLE_MODELS.defaults[kind], { kind, mode, today: TODAY });
      expect(found.prices.length).toBeGreaterThan(0);
    },
  );

  test("every price says where it is from and when it was read", () => {
    for (const { prices } of MODELS)
      for (const { source, asOf, from } of prices) {
        expect(source).not.toBe("");
        expect(`${asOf} ${from}`).toMatch(/^\d{4}-\d\d-\d\d \d{4}-\d\d-\d\d$/);
      }
  });
});

describe("finding a model", () => {
  test.each([
    ["gemini-3.7-flash", "gemini-3.8-flash"],
    ["models/gemini-3.8-flash", "gemini-3.8-flash"],
    ["publishers/google/models/veo-3.1-generate-001", "veo-3.1-generate-001"],
  ])("%s is %s", (name, id) => {
    expect(findModel(catalog, name)?.id).toBe(id);
  });

  test.each([
    ["gemini-2.0-flash-exp", "text", "vertex", "gemini-3.8-flash"],
    ["gemini-2.5-flash", "text", "vertex", "gemini-3.8-flash"],
    ["gemini-2.5-pro", "text", "vertex", "gemini-4-argon"],
    ["gemini-2.5-flash-image", "image", "gemini", "gemini-nano-banana-2.1"],
    ["gemini-3.1-flash-image", "image", "gemini", "gemini-nano-banana-2.1"],
    ["gemini-3.1-flash-image-preview", "image", "gemini", "gemini-nano-banana-2.1"],
    ["imagen-3.0-generate-001", "image", "vertex", "gemini-nano-banana-2.1"],
    ["imagen-4.0-generate-001", "image", "vertex", "gemini-nano-banana-2.1"],
    ["imagen-4.0-ultra-generate-001", "image", "gemini", "gemini-3-pro-image"],
    ["veo-2.0-generate-001", "video", "vertex", "gemini-omni-1.2-flash"],
    ["veo-3.0-fast-generate-001", "video", "vertex", "gemini-omni-1.2-flash"],
    ["veo-3.1-fast-generate-preview", "video", "gemini", "gemini-omni-1.2-flash"],
    ["veo-3.1-generate-001", "video", "gemini", "gemini-omni-1.2-flash"],
    ["gemini-omni-flash-preview", "video", "gemini", "gemini-omni-1.2-flash"],
    ["my-own-model", "video", "vertex", "gemini-omni-1.2-flash"],
    ["gemini-3.8-flash", "video", "vertex", "gemini-omni-1.2-flash"],
  ] as const)("%s for %s on %s is refused and names %s", (name, kind, mode, successor) => {
    const failure = failureOf(wanted(name, kind, mode));
    expect(failure.code).toBe("provider.model_unavailable");
    expect(failure.message).toContain(`use ${successor} instead`);
  });

  test.each([
    ["gemini-2.5-flash", "text", "gemini", "2027-06-01"],
    ["gemini-2.5-pro", "text", "gemini", "2026-12-01"],
    ["gemini-3.1-flash-image", "image", "vertex", TODAY],
    ["gemini-nano-banana-2.1", "image", "vertex", TODAY],
    ["gemini-nano-banana-2.1", "image", "gemini", TODAY],
    ["gemini-4-hydrogen", "text", "gemini", TODAY],
    ["gemini-4-carbon", "text", "gemini", TODAY],
    ["gemini-2.5-flash-image", "image", "vertex", TODAY],
    ["veo-3.1-fast-generate-001", "video", "vertex", TODAY],
    ["veo-3.1-generate-001", "video", "vertex", TODAY],
  ] as const)("%s for %s still answers on %s on %s", (name, kind, mode, today) => {
    expect(wanted(name, kind, mode, today)().id).toBe(name);
  });

  test("a model retires on its day, not before", () => {
    expect(wanted("gemini-3.1-flash-image", "image", "gemini", "2026-10-28")().id).toBe("gemini-3.1-flash-image");
    expect(failureOf(wanted("gemini-3.1-flash-image", "image", "gemini", "2026-10-29")).message).toContain(
      "since 2026-10-29; nothing was bought: use gemini-nano-banana-2.1 instead",
    );
  });

  test("a Veo id with an API key says where Veo is", () => {
    expect(failureOf(wanted("veo-3.1-generate-001", "video", "gemini")).message).toContain("served by Vertex AI only");
  });

  test("any name is a model or a failure that names one that answers", () => {
    const names = fc.oneof(fc.string(), fc.constantFrom(...MODELS.map(({ id }) => id)));
    fc.assert(
      fc.property(names, fc.constantFrom(...MODEL_KINDS), fc.constantFrom(...MODES), (name, kind, mode) => {
        const known = findModel(catalog, name);
        try {
          expect(wanted(name, kind, mode)().id).toBe(known?.id ?? "");
        } catch (thrown) {
          if (!(thrown instanceof VidpipeError)) throw thrown;
          expect(wanted(String(thrown.facts.successor), kind, mode)().modes).toHaveProperty(mode);
        }
      }),
    );
  }, 0);
});

describe("clip lengths", () => {
  test.each([
    ["veo-3.1-generate-001", 5, "4, 6 or 8 seconds; the nearest is 4 or 6"],
    ["veo-3.1-generate-001", 60, "4, 6 or 8 seconds; the nearest is 8"],
    ["veo-3.1-generate-001", 4.5, "the nearest is 4"],
    ["gemini-omni-1.2-flash", 2, "3 to 10 seconds; the nearest is 3"],
    ["gemini-omni-1.2-flash", 12, "the nearest is 10"],
  ])("%s cannot make %d s", (id, seconds, words) => {
    const failure = failureOf(() => checkDuration(model(id), seconds));
    expect(failure.code).toBe("input.invalid");
    expect(failure.field).toBe("clip_duration");
    expect(failure.message).toContain(words);
  });

  test("a length passes exactly when the model has it, and otherwise the nearest that is named does", () => {
    const videos = MODELS.filter(({ kind }) => kind === "video");
    fc.assert(
      fc.property(fc.constantFrom(...videos), fc.double({ min: 0, max: 60, noNaN: true }), (video, seconds) => {
        if (video.durationsSeconds.includes(seconds)) return checkDuration(video, seconds);
        const named = /nearest is (\d+)/.exec(failureOf(() => checkDuration(video, seconds)).message)?.[1];
        checkDuration(video, Number(named));
      }),
    );
  }, 0);
});

describe("the configuration's changes", () => {
  const changed = (given: unknown) => createGoogleCatalog(parseGoogleOverrides(given, NOW_MS));

  test("a price of the user's own makes a model run", () => {
    const own = changed({
      "gemini-3.6-flash": { price: { input_usd_per_million_tokens: 1, output_usd_per_million_tokens: 2 } },
    });
    const found = own.byId.get("gemini-3.6-flash");
    if (found === undefined) throw new Error("gone");
    expect(quoteCall(catalog, found, { inputTokens: 1_000_000, outputTokens: 0 }, TODAY)).toMatchObject({
      usd: 1,
      asOf: TODAY,
    });
  });

  test("one price for all sizes, or one per size", () => {
    const own = changed({
      "veo-3.1-generate-001": { price: { usd_per_second: 0.5, as_of: "2026-11-01" } },
      "gemini-omni-1.2-flash": { price: { usd_per_second: { "720p": 0.06 } } },
    });
    const [veo, omni] = [own.byId.get("veo-3.1-generate-001"), own.byId.get("gemini-omni-1.2-flash")];
    if (veo === undefined || omni === undefined) throw new Error("gone");
    expect(quoteMade(catalog, veo, made("4k", 8), TODAY)).toMatchObject({ usd: 4, asOf: "2026-11-01" });
    expect(() => quoteMade(catalog, omni, made("4k", 6), TODAY)).toThrow("at 4k");
  });

  test("a new model starts from one it is like", () => {
    const own = changed({ "veo-4-generate-001": { like: "veo-3.1-generate-001", durations: { min: 5, max: 7 } } });
    const found = requireModel(own, "veo-4-generate-001", { kind: "video", mode: "vertex", today: TODAY });
    expect(found).toMatchObject({ backend: "veo", durationsSeconds: [5, 6, 7], lastFrame: true });
  });

  test("a new model is called by its own id, with the location that is given", () => {
    const own = changed({ "omni-x": { like: "gemini-omni-1.1-flash", vertex_location: "us-east5", backend: "veo" } });
    expect(own.byId.get("omni-x")).toMatchObject({ wireIds: {}, vertexLocation: "us-east5", kind: "video" });
    expect(own.byId.get("gemini-omni-1.1-flash")?.wireIds).toEqual({ vertex: "gemini-omni-1.1-flash-preview" });
    const image = changed({ still: { like: "gemini-omni-1.1-flash", backend: "imagen" } }).byId.get("still");
    expect(image?.kind).toBe("image");
  });

  test("a model that is gone can be called back", () => {
    const own = changed({ "imagen-4.0-generate-001": { retires_on: null } });
    expect(requireModel(own, "imagen-4.0-generate-001", { kind: "image", mode: "vertex", today: TODAY }).id).toBe(
      "imagen-4.0-generate-001",
    );
  });

  test.each([
    [{ "veo-9": {} }, "catalog.veo-9"],
    [{ "veo-9": { like: "veo-8" } }, "veo-8"],
    [{ "veo-3.1-generate-001": { price: { usd_per_second: -1 } } }, "catalog.veo-3.1-generate-001.price"],
    [{ "veo-3.1-generate-001": { price: { usd_per_image: 1 } } }, "priced per second"],
    [{ "veo-3.1-generate-001": { price: {} } }, "usd_per_second"],
    [{ "veo-3.1-generate-001": { durations: { min: 8, max: 4 } } }, "durations"],
    [{ "veo-3.1-generate-001": { colour: "red" } }, "colour"],
    ["nonsense", "catalog"],
  ])("%j is refused", (given, words) => {
    const failure = failureOf(() => changed(given));
    expect(failure.code).toBe("config.invalid");
    expect(failure.message).toContain(words);
  });

  test("any configuration is a catalog or a failure of ours", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (given) => {
        try {
          changed(given);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(VidpipeError);
        }
      }),
    );
  }, 0);
});

describe("another vendor", () => {
  const reel = (id: string, retiresOn: string | null): Model => ({
    id,
    kind: "video",
    aliases: [],
    modes: { api: { retiresOn } },
    durationsSeconds: [5, 10],
    aspectRatios: ["16:9"],
    sizes: ["hd"],
    audio: false,
    lastFrame: true,
    referenceImages: 0,
    seed: false,
    requestsPerMinute: 30,
    prices: [{ per: "second", usd: { hd: 0.2 }, from: "2026-01-01", source: "price list", asOf: TODAY }],
    successor: null,
  });
  const REELS: Vendor = {
    models: [reel("reel-1", "2026-11-01"), reel("reel-2", null)],
    modeNames: { api: "the Reel API" },
    defaults: { text: "reel-2", image: "reel-2", video: "reel-2" },
    retiredFamilies: [{ prefix: "spool-", since: "2025-01-01" }],
  };
  const want = { kind: "video", mode: "api", today: TODAY } as const;

  test("has prices, retirement and limits of its own", () => {
    const reels = createCatalog(REELS);
    expect(failureOf(() => requireModel(reels, "reel-1", want)).message).toBe(
      "reel-1 has not answered on the Reel API since 2026-11-01; nothing was bought: use reel-2 instead",
    );
    expect(failureOf(() => requireModel(reels, "spool-3", want)).message).toContain(
      "no longer offered since 2025-01-01",
    );
    const found = requireModel(reels, "reel-2", want);
    expect(quoteMade(reels, found, made("hd", 5), TODAY)).toMatchObject({ usd: 1, model: "reel-2" });
    expect(failureOf(() => quoteMade(reels, found, made("4k", 5), TODAY)).message).toContain("or use reel-2");
    expect(() => checkDuration(found, 7)).toThrow("5 or 10 seconds");
  });

  test("is changed by the configuration as Google's are, without Google's words", () => {
    const given = { "reel-3": { like: "reel-1", retires_on: null, price: { usd_per_second: 0.1 } } };
    const reels = createCatalog(REELS, parseOverrides(given, ModelOverride, TODAY));
    const found = requireModel(reels, "reel-3", want);
    expect(found.requestsPerMinute).toBe(30);
    expect(quoteMade(reels, found, made("hd", 10), TODAY).usd).toBe(1);
    expect(() => parseOverrides({ "reel-3": { vertex_location: "x" } }, ModelOverride, TODAY)).toThrow(
      "vertex_location",
    );
  });
});
