import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pollDelayMs, retryDelayMs } from "../../src/engine/retry-timing.ts";
import { POLICY } from "../support/test-app.ts";

const random = fc.double({ min: 0, max: 0.999999, noNaN: true });
const attempt = fc.integer({ min: 1, max: 10_000 });
const baseMs = fc.integer({ min: 0, max: 60_000 });
const asked = fc.option(fc.double({ noDefaultInfinity: false }), { nil: undefined });

describe("the wait before another try", () => {
  test("is finite, not negative and never longer than an hour and a base", () => {
    fc.assert(
      fc.property(attempt, baseMs, random, asked, (n, base, random, ms) => {
        const delay = retryDelayMs(n, base, random, ms);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(3_600_000 + base);
      }),
    );
  }, 0);

  test("is never shorter than the service asked for, up to an hour", () => {
    fc.assert(
      fc.property(attempt, baseMs, random, fc.integer({ min: 0, max: 10_000_000 }), (n, base, random, ms) => {
        expect(retryDelayMs(n, base, random, ms)).toBeGreaterThanOrEqual(Math.min(ms, 3_600_000));
      }),
    );
  }, 0);

  test("doubles with every try up to a minute", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((n) => retryDelayMs(n, 2_000, 0.999999, undefined))).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });
});

describe("the wait before another look at an operation", () => {
  test("stays within a tenth of the interval and slows down once overdue", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), random, (polls, random) => {
        const pace = polls >= POLICY.overdueAfterPolls ? 4 : 1;
        const delay = pollDelayMs(polls, POLICY, random);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(POLICY.pollMs * pace * 0.9));
        expect(delay).toBeLessThanOrEqual(Math.ceil(POLICY.pollMs * pace * 1.1));
      }),
    );
  }, 0);
});
