import { expect, test } from "bun:test";
import { committedUsd, Quote, roundUsd, SUBMIT_STATES, spendOf, usdText } from "../../src/domain/money.ts";

test.each([
  [0, 0],
  [1.23456749, 1.234567],
  [1.2345675, 1.234568],
  [0.1 + 0.2, 0.3],
  [0.0000004, 0],
  [0.0000005, 0.000001],
  [99_999.9999999, 100_000],
])("$%p is $%p to the millionth", (usd, rounded) => {
  expect(roundUsd(usd)).toBe(rounded);
});

test.each([
  [0, "$0.0000"],
  [0.0067, "$0.0067"],
  [0.09999, "$0.1000"],
  [0.1, "$0.10"],
  [0.125, "$0.13"],
  [8.17, "$8.17"],
  [1_234.5, "$1234.50"],
])("%p is written %s", (usd, text) => {
  expect(usdText(usd)).toBe(text);
});

test("calls are summed by what is known of them; what is released costs nothing", () => {
  const usd = { intent: 1, open: 2, spent: 4, released: 8, unknown: 16 } as const;
  const once = SUBMIT_STATES.map((state) => ({ state, usd: usd[state] }));
  expect(spendOf([])).toEqual({ reservedUsd: 0, spentUsd: 0, unknownUsd: 0 });
  expect(spendOf(once)).toEqual({ reservedUsd: 3, spentUsd: 4, unknownUsd: 16 });
  expect(committedUsd(spendOf(once))).toBe(23);
});

test("sums of small amounts are exact", () => {
  const tenths = Array.from({ length: 10 }, () => ({ state: "spent" as const, usd: 0.1 }));
  expect(spendOf(tenths).spentUsd).toBe(1);
  expect(committedUsd({ reservedUsd: 0.1, spentUsd: 0.2, unknownUsd: 0 })).toBe(0.3);
});

test("no price and no quantity is negative", () => {
  const quote = { usd: 0, quantity: 0, unit: "second", model: "m", asOf: "2026-11-22" };
  const isPrice = (changes: object) => Quote.safeParse({ ...quote, ...changes }).success;
  expect([{}, { usd: -0.000001 }, { quantity: -1 }, { unit: "hour" }].map(isPrice)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
