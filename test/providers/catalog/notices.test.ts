import { describe, expect, test } from "bun:test";
import { createCatalog } from "../../../src/providers/catalog/catalog.ts";
import { noticesOf, type Use } from "../../../src/providers/catalog/notices.ts";
import { createGoogleCatalog } from "../../../src/providers/google/model-overrides.ts";
import { GOOGLE_MODELS } from "../../../src/providers/google/models.ts";

const catalog = createGoogleCatalog();
const argon: Use = { name: "gemini-4-argon", kind: "text", size: "" };
const flash: Use = { name: "gemini-3.8-flash", kind: "text", size: "" };
const banana: Use = { name: "gemini-3.1-flash-image", kind: "image", size: "1K" };
const ARGON =
  "gemini-4-argon costs $4.00 in and $20.00 out per million tokens from 2026-12-01 on, until then $2.00 in and $10.00 out per million tokens";

describe("a price that changes", () => {
  test.each([
    ["2026-10-31", []],
    ["2026-11-01", [ARGON]],
    ["2026-11-30", [ARGON]],
    ["2026-12-01", []],
  ])("on %s is told up to 30 days before", (today, told) => {
    expect(noticesOf(catalog, [argon], "gemini", today)).toEqual(told);
  });

  test("at another size only is not told", () => {
    const [omni] = GOOGLE_MODELS.models.filter(({ id }) => id === "gemini-omni-1.2-flash");
    const [price] = omni?.prices ?? [];
    if (omni === undefined || price === undefined || price.per === "million_tokens") throw new Error("gone");
    const next = { ...price, from: "2026-12-10", usd: { ...price.usd, "4k": 0.5 } };
    const prices = [{ ...price, to: "2026-12-09" }, next];
    const own = createCatalog({ ...GOOGLE_MODELS, models: [{ ...omni, prices }] });
    const told = (size: string) => noticesOf(own, [{ name: omni.id, kind: "video", size }], "gemini", "2026-12-01");
    expect(told("720p")).toEqual([]);
    expect(told("4k")).toEqual([
      "gemini-omni-1.2-flash costs $0.50 a second from 2026-12-10 on, until then $0.21 a second",
    ]);
  });

  test("to nobody knows what is told", () => {
    const [model] = GOOGLE_MODELS.models.filter(({ id }) => id === "gemini-3.8-flash");
    if (model === undefined) throw new Error("gone");
    const own = createCatalog({ ...GOOGLE_MODELS, models: [{ ...model, prices: model.prices.slice(0, 1) }] });
    expect(noticesOf(own, [flash], "gemini", "2026-12-05")).toEqual([
      "the price of gemini-3.8-flash is not known from 2027-01-01 on: nothing is bought with it then",
    ]);
  });
});

describe("a model that retires", () => {
  test.each([
    ["2026-09-28", []],
    [
      "2026-09-29",
      [
        "gemini-3.1-flash-image no longer answers on the Gemini API from 2026-10-29 on: use gemini-nano-banana-2.1 for new films",
      ],
    ],
    [
      "2026-12-01",
      [
        "gemini-3.1-flash-image has not answered on the Gemini API since 2026-10-29: use gemini-nano-banana-2.1 for new films",
      ],
    ],
  ])("on %s", (today, told) => {
    expect(noticesOf(catalog, [banana], "gemini", today)).toEqual(told);
  });

  test("elsewhere is not told here", () => {
    expect(noticesOf(catalog, [banana], "vertex", "2026-12-01")).toEqual([]);
  });
});

test("each is told once, and a model that the catalog lost tells nothing", () => {
  const gone: Use = { name: "gone-1", kind: "image", size: "1K" };
  expect(noticesOf(catalog, [argon, gone, argon], "gemini", "2026-11-20")).toEqual([ARGON]);
});
