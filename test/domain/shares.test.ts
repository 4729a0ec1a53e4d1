import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sharesOf } from "../../src/domain/shares.ts";
import { sized } from "../support/size.ts";

/** US dollars with up to six places, as prices are. */
const usd = (max: number) => fc.integer({ min: 0, max: max * 1_000_000 }).map((micros) => micros / 1_000_000);

describe("shares of a cap", () => {
  test("never exceed it together, and each covers its estimate", () => {
    fc.assert(
      fc.property(usd(1_000), fc.array(usd(50), { minLength: 1, maxLength: 200 }), (cap, estimates) => {
        const micros = (amounts: readonly number[]) => amounts.reduce((sum, n) => sum + Math.round(n * 1e6), 0);
        const divided = sharesOf(cap, estimates);
        if (divided === undefined) return expect(micros(estimates)).toBeGreaterThan(micros([cap]));
        expect(micros(divided)).toBeLessThanOrEqual(micros([cap]));
        divided.forEach((share, n) => {
          expect(share).toBeGreaterThanOrEqual(estimates[n] ?? 0);
        });
      }),
      { numRuns: sized(200, 5_000) },
    );
  }, 0);

  test("what is left goes with the price; free films get nothing to spend", () => {
    expect(sharesOf(10, [1, 3, 0])).toEqual([2.5, 7.5, 0]);
    expect(sharesOf(0, [0, 0])).toEqual([0, 0]);
    expect(sharesOf(0.3, [0.1, 0.2])).toEqual([0.1, 0.2]);
    expect(sharesOf(3.999_999, [1, 3])).toBeUndefined();
  });
});
