import { describe, expect, test } from "bun:test";
import { FAILURES, type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import { mayRetry, pollDelayMs, retryDelayMs } from "../../src/engine/retry-timing.ts";
import { POLICY } from "../support/test-app.ts";

describe("the wait before another try", () => {
  // Try, base, chance, what the service asked for, wait; all in ms.
  test.each([
    [1, 2_000, 0, undefined, 1_000],
    [1, 2_000, 0.5, undefined, 1_500],
    [2, 2_000, 0, undefined, 2_000],
    [5, 2_000, 0, undefined, 16_000],
    [6, 2_000, 0, undefined, 30_000],
    [6, 2_000, 0.5, undefined, 45_000],
    // Thirty doublings are the most: the wait stays finite at any try.
    [31, 0.00001, 0, undefined, 5_369],
    [32, 0.00001, 0, undefined, 5_369],
    [10_000, 2_000, 0, undefined, 30_000],
    // A try before the first counts as the first.
    [0, 2_000, 0, undefined, 1_000],
    [-5, 2_000, 0, undefined, 1_000],
    // What the service asks for counts where it is longer, with a part of the base on top.
    [1, 2_000, 0.5, 0, 1_500],
    [1, 2_000, 0.5, 100, 1_500],
    [1, 2_000, 0.5, 1_000, 2_000],
    [1, 2_000, 0, 7_000, 7_000],
    [1, 2_000, 0.5, 7_000, 8_000],
    // Nobody waits longer than an hour and a base for a service, and no negative or endless wait is believed.
    [1, 2_000, 0.5, 3_600_000, 3_601_000],
    [1, 2_000, 0.5, 9_999_999, 3_601_000],
    [1, 2_000, 0.5, -7_000, 1_500],
    [1, 2_000, 0.5, Number.POSITIVE_INFINITY, 1_500],
    [1, 2_000, 0.5, Number.NaN, 1_500],
    [1, 0, 0.5, undefined, 0],
    [1, 0, 0.5, 0, 0],
    [1, 1, 0.5, 1, 2],
  ])("try %p, base %p, chance %p, asked %p: %p ms", (attempt, baseMs, random, askedMs, waitMs) => {
    expect(retryDelayMs(attempt, baseMs, random, askedMs)).toBe(waitMs);
  });
});

test.each([
  [0, 0, 13_500],
  [0, 0.5, 15_000],
  [39, 0.5, 15_000],
  [40, 0.5, 60_000],
  [41, 0.5, 60_000],
  [40, 0, 54_000],
])("after %p looks of 40 and with chance %p, the next comes in %p ms", (polls, random, waitMs) => {
  expect(pollDelayMs(polls, POLICY, random)).toBe(waitMs);
});

describe("another try by itself", () => {
  /** A limit that the user set holds for everything; without one only passing faults have one. */
  const may = (code: FailureCode, attempts: number, most?: number, awaitsLogin = false) => {
    const limits = most === undefined ? {} : { retryMaxAttempts: most, waitMaxAttempts: most };
    return mayRetry(new VidpipeError(code, "no luck"), attempts, { ...POLICY, ...limits, awaitsLogin });
  };

  test.each([
    ["provider.failed", 0, true],
    ["provider.failed", 4, true],
    ["provider.failed", 5, false],
    ["provider.failed", 6, false],
    ["provider.unreachable", 1_000, true],
    ["provider.quota", 1_000, true],
    ["provider.quota_day", 1_000, true],
    ["provider.overloaded", 1_000, true],
    ["provider.bad_key", 0, false],
    ["provider.billing", 1, false],
    ["internal", 1, false],
  ] as const)("after %s at try %p: %p", (code, attempts, expected) => {
    expect(may(code, attempts)).toBe(expected);
  });

  test.each(["provider.quota", "provider.quota_day", "provider.overloaded", "provider.unreachable"] as const)(
    "after %s comes as often as the user said",
    (code) => {
      expect([may(code, 2, 3), may(code, 3, 3)]).toEqual([true, false]);
    },
  );

  test("after a refused login comes where it is waited for", () => {
    const codes = ["provider.bad_key", "provider.not_configured"] as const;
    expect(codes.map((code) => [may(code, 1_000, undefined, true), may(code, 3, 3, true)])).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  test("never comes where one try is all that is allowed, whatever failed", () => {
    const codes = Object.keys(FAILURES).filter((code): code is FailureCode => Object.hasOwn(FAILURES, code));
    expect(codes.filter((code) => may(code, 1, 1) || may(code, 1, 1, true))).toEqual([]);
  });
});
