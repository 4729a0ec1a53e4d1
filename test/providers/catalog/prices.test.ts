import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { findModel } from "../../../src/providers/catalog/catalog.ts";
import { dayOf, daysAfter } from "../../../src/providers/catalog/days.ts";
import type { Model, Price } from "../../../src/providers/catalog/models.ts";
import { priceOn, quoteCall, quoteMade } from "../../../src/providers/catalog/prices.ts";
import { createGoogleCatalog, parseGoogleOverrides } from "../../../src/providers/google/model-overrides.ts";
import { GOOGLE_MODELS } from "../../../src/providers/google/models.ts";

const TODAY = "2026-11-30";
const catalog = createGoogleCatalog();
const ALONE = { pictures: 0, textTokens: 0 };
const MILLION = { inputTokens: 1_000_000, outputTokens: 1_000_000 };

function model(id: string): Model {
  const found = findModel(catalog, id);
  if (found === undefined) throw new Error(id);
  return found;
}
function failureOf(act: () => unknown): VidpipeError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof VidpipeError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}

describe("the table", () => {
  const rows = GOOGLE_MODELS.models.flatMap(({ id, prices }) => prices.map((price) => ({ id, ...price })));

  test("says of every price where it is from, when it was read and from which day it holds", () => {
    for (const { source, asOf, from } of rows) {
      expect(source).not.toBe("");
      expect(`${asOf} ${from}`).toMatch(/^\d{4}-\d\d-\d\d \d{4}-\d\d-\d\d$/);
    }
  });

  test("has no day with two prices and no day without one between them", () => {
    for (const { prices } of GOOGLE_MODELS.models)
      for (const [place, { to, from }] of prices.entries()) {
        const next = prices[place + 1];
        if (next === undefined) continue;
        expect(from < next.from).toBe(true);
        expect(daysAfter(to ?? "", 1)).toBe(next.from);
      }
  });

  test("has no price that is 0 or less", () => {
    for (const price of rows)
      for (const amount of price.per === "million_tokens"
        ? [price.inputUsd, price.outputUsd]
        : Object.values(price.usd))
        expect(amount).toBeGreaterThan(0);
  });

  test("prices every size that a model with prices makes", () => {
    for (const { id, sizes, prices } of GOOGLE_MODELS.models)
      for (const price of prices)
        if (price.per !== "million_tokens")
          expect({ id, sizes: new Set(Object.keys(price.usd)) }).toEqual({ id, sizes: new Set(sizes) });
  });
});

describe("what is made", () => {
  test.each([
    ["gemini-nano-banana-2.1", "1K", 1, 0.0336 + 128 * 7.5e-6],
    ["gemini-nano-banana-2.1", "2K", 1, 0.0504 + 128 * 7.5e-6],
    ["gemini-nano-banana-2.1", "4K", 1, 0.1134 + 128 * 7.5e-6],
    ["gemini-3.1-flash-image", "1K", 1, 0.0672 + 128 * 3e-6],
    ["gemini-3-pro-image", "2K", 1, 0.1344 + 512 * 12e-6],
    ["gemini-3.1-flash-lite-image", "1K", 1, 0.0336 + 128 * 1.5e-6],
    ["gemini-2.5-flash-image", "1K", 1, 0.0387],
    ["imagen-4.0-generate-001", "1K", 1, 0.04],
    ["gemini-omni-1.2-flash", "720p", 6, 6 * 0.0695 + 128 * 9e-6],
    ["gemini-omni-1.1-flash", "720p", 6, 0.6],
    ["veo-3.1-generate-001", "4k", 8, 4.8],
    ["veo-3.1-fast-generate-001", "1080p", 6, 0.72],
  ])("%s at %s for %d, with the thinking that cannot be turned off", (id, size, quantity, usd) => {
    const quote = quoteMade(catalog, model(id), { size, quantity, shown: ALONE }, TODAY);
    expect(quote.usd).toBeCloseTo(usd, 6);
    expect(quote).toMatchObject({ quantity, model: id });
  });

  test("costs what it is shown and told on top", () => {
    const usd = (shown: typeof ALONE) =>
      quoteMade(catalog, model("gemini-nano-banana-2.1"), { size: "1K", quantity: 1, shown }, TODAY).usd;
    expect(usd({ pictures: 1, textTokens: 0 }) - usd(ALONE)).toBeCloseTo(0.00168, 9);
    expect(usd({ pictures: 14, textTokens: 0 }) - usd(ALONE)).toBeCloseTo(14 * 0.00168, 9);
    expect(usd({ pictures: 0, textTokens: 1_000 }) - usd(ALONE)).toBeCloseTo(0.0015, 9);
  });

  test("is not priced at a size that has no price", () => {
    const clip = () =>
      quoteMade(catalog, model("gemini-omni-1.2-flash"), { size: "8k", quantity: 6, shown: ALONE }, TODAY);
    expect(failureOf(clip).message).toContain("gemini-omni-1.2-flash at 8k");
  });
});

describe("text", () => {
  test("above 200,000 tokens in, every token of gemini-3.1-pro-preview costs more", () => {
    const usd = (inputTokens: number) =>
      quoteCall(catalog, model("gemini-3.1-pro-preview"), { inputTokens, outputTokens: 1_000 }, TODAY).usd;
    expect(usd(200_000)).toBeCloseTo(0.4 + 0.012, 9);
    expect(usd(200_001)).toBeCloseTo(0.800004 + 0.018, 9);
  });

  test("a model without a price is not run, and the way to give one is named", () => {
    const failure = failureOf(() => quoteCall(catalog, model("gemini-3.6-flash"), MILLION, TODAY));
    expect(failure.code).toBe("provider.model_unavailable");
    expect(failure.message).toContain("catalog.gemini-3.6-flash.price.output_usd_per_million_tokens");
  });
});

describe("the day of the purchase counts", () => {
  test.each([
    ["gemini-4-argon", "2026-11-30", 12],
    ["gemini-4-argon", "2026-12-01", 24],
    ["gemini-4-carbon", "2026-11-30", 12],
    ["gemini-4-carbon", "2026-12-01", 24],
    ["gemini-4-hydrogen", "2026-12-01", 9],
    ["gemini-3.8-flash", "2026-12-31", 4.5],
    ["gemini-3.8-flash", "2027-01-01", 9],
  ])("%s on %s", (id, day, usd) => {
    expect(quoteCall(catalog, model(id), MILLION, day).usd).toBe(usd);
  });

  test.each([
    ["gemini-4-carbon", "2026-11-09"],
    ["gemini-4-hydrogen", "2026-11-11"],
    ["gemini-3.8-flash", "2025-12-31"],
    ["gemini-3.8-flash", "1970-01-01"],
  ])("%s before its first price, on %s, is refused and not sold at the first price", (id, day) => {
    const failure = failureOf(() => quoteCall(catalog, model(id), MILLION, day));
    expect(failure.code).toBe("provider.model_unavailable");
    expect(failure.message).toContain(
      `the price of ${id} on ${day} (is the clock of this machine right?) is not known`,
    );
  });

  test("after the last day of its last price it is refused, too", () => {
    const [row] = model("gemini-3.8-flash").prices;
    if (row === undefined) throw new Error("gone");
    const ended = { ...model("gemini-3.8-flash"), prices: [row] };
    expect(quoteCall(catalog, ended, MILLION, "2026-12-31").usd).toBe(4.5);
    expect(failureOf(() => quoteCall(catalog, ended, MILLION, "2027-01-01")).message).toContain(
      "the price of gemini-3.8-flash on 2027-01-01 is not known",
    );
  });

  test("a clock that is set back and forth over a change gets the price of each day", () => {
    const days = fc.integer({ min: -60, max: 60 }).map((days) => daysAfter("2026-12-01", days));
    fc.assert(
      fc.property(fc.array(days, { minLength: 1, maxLength: 20 }), (readings) => {
        for (const day of readings)
          expect(quoteCall(catalog, model("gemini-4-argon"), MILLION, day).usd).toBe(day < "2026-12-01" ? 12 : 24);
      }),
    );
  });

  test("of any rows, the one that holds on the day is taken, or none", () => {
    const day = fc.integer({ min: 0, max: 40 }).map((days) => daysAfter("2026-01-01", days));
    const row = fc.record({ from: day, to: fc.option(day, { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), day, (rows, today) => {
        const prices = rows
          .toSorted((a, b) => a.from.localeCompare(b.from))
          .map(({ from, to }): Price => {
            const until = to === undefined ? {} : { to };
            return { per: "second", usd: {}, from, ...until, source: "list", asOf: null };
          });
        const found = priceOn({ ...model("gemini-omni-1.2-flash"), prices }, today);
        const holds = ({ from, to }: { from: string; to?: string | undefined }) =>
          from <= today && today <= (to ?? today);
        expect(found === undefined ? false : holds(found)).toBe(prices.some(holds));
      }),
    );
  });

  test("the day is that of UTC", () => {
    expect([dayOf(Date.parse("2026-11-30T23:59:59.999Z")), dayOf(Date.parse("2026-12-01T01:00:00+02:00"))]).toEqual([
      "2026-11-30",
      "2026-11-30",
    ]);
    expect(dayOf(Date.parse("2026-12-01T00:00:00Z"))).toBe("2026-12-01");
  });
});

describe("prices of the user's own", () => {
  const changed = (given: unknown) => createGoogleCatalog(parseGoogleOverrides(given, Date.parse(TODAY)));
  const refused = (given: unknown) => failureOf(() => changed(given));
  const omni = (price: unknown) => ({ "gemini-omni-1.2-flash": { price } });
  const text = (input: unknown, output: unknown) => ({
    "gemini-3.8-flash": { price: { input_usd_per_million_tokens: input, output_usd_per_million_tokens: output } },
  });
  const FREE = { input_usd_per_million_tokens: 0, output_usd_per_million_tokens: 0 };

  test.each([
    [omni({ usd_per_second: 0 }), "catalog.gemini-omni-1.2-flash.price: gemini-omni-1.2-flash is not free"],
    [omni({ usd_per_second: { "720p": 0, "1080p": 0.1 } }), "is not free"],
    [text(0, 3.75), "is not free"],
    [text(0.75, 0), "is not free"],
    [{ "gemini-3.6-flash": { price: FREE } }, 'with "like: gemini-3.6-flash" and its price'],
    [{ "gemini-3.7-flash": { like: "gemini-3.5-flash-lite", price: FREE } }, "gemini-3.8-flash is not free"],
    [omni({ usd_per_second: -0.07 }), "must be US dollars, from 0 to 1000 a unit"],
    [omni({ usd_per_second: { "720p": -1 } }), "must be US dollars"],
    [omni({ usd_per_second: Number.NaN }), "must be US dollars"],
    [omni({ usd_per_second: Number.POSITIVE_INFINITY }), "must be US dollars"],
    [omni({ usd_per_second: "0.07" }), "must be US dollars"],
    [omni({ usd_per_second: 1_000.01 }), "must be US dollars"],
    [text(Number.NaN, 1), "must be US dollars"],
    [omni({ usd_per_second: 30 }), "30 (720p) is not near the known price of 0.0695 US dollars"],
    [omni({ usd_per_second: { "720p": 0.0005 } }), "0.0005 (720p) is not near the known price"],
    [text(151, 3.75), "151 (input) is not near"],
    [text(0.75, 0.03), "0.03 (output) is not near"],
    [omni({ usd_per_second: 0.07, as_of: "2026-12-02" }), "2026-12-02 has not come yet, today is 2026-11-30"],
    [omni({ usd_per_second: 0.07, as_of: "2026-13-01" }), "must be a date"],
  ])("%j is refused", (given, words) => {
    const failure = refused(given);
    expect(failure.code).toBe("config.invalid");
    expect(failure.message).toContain(words);
  });

  test("a model that really costs nothing is a new id", () => {
    const own = changed({ "my-text": { like: "gemini-3.8-flash", price: FREE } }).byId.get("my-text");
    if (own === undefined) throw new Error("gone");
    expect(quoteCall(catalog, own, MILLION, TODAY).usd).toBe(0);
    const still = changed({ still: { like: "gemini-nano-banana-2.1", price: { usd_per_image: 0 } } }).byId.get("still");
    if (still === undefined) throw new Error("gone");
    const shown = { pictures: 2, textTokens: 100 };
    expect(quoteMade(catalog, still, { size: "1K", quantity: 1, shown }, TODAY).usd).toBe(0);
  });

  test("of a picture are for the picture: what is shown costs what it did", () => {
    const given = { "gemini-nano-banana-2.1": { price: { usd_per_image: 0.02, as_of: "2026-12-01" } } };
    const own = changed(given).byId.get("gemini-nano-banana-2.1");
    if (own === undefined) throw new Error("gone");
    const quote = quoteMade(catalog, own, { size: "1K", quantity: 1, shown: { pictures: 1, textTokens: 0 } }, TODAY);
    expect(quote.usd).toBeCloseTo(0.02 + 0.00168 + 0.00096, 9);
    expect(quote.asOf).toBe("2026-12-01");
  });

  test("that are accepted are neither nothing nor far from what is known", () => {
    fc.assert(
      fc.property(fc.double(), (usd) => {
        try {
          changed(omni({ usd_per_second: { "720p": usd } }));
        } catch (thrown) {
          if (!(thrown instanceof VidpipeError)) throw thrown;
          return;
        }
        expect(usd).toBeGreaterThanOrEqual(0.0695 / 100);
        expect(usd).toBeLessThanOrEqual(0.0695 * 100);
      }),
    );
  });
});
