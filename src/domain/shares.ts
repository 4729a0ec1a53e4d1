import { roundUsd } from "./money.ts";

const MICROS = 1_000_000;

/**
 * Divides a cap of several films among them: each gets what it is estimated at, and of what is left a part that goes
 * with its price. Undefined when the cap does not even cover the estimates. Amounts are US dollars, counted in
 * millionths so that the sum never exceeds the cap.
 */
export function sharesOf(capUsd: number, estimatesUsd: readonly number[]): readonly number[] | undefined {
  const cap = BigInt(Math.floor(roundUsd(capUsd) * MICROS + 1e-3));
  const needs = estimatesUsd.map((usd) => BigInt(Math.round(usd * MICROS)));
  const total = needs.reduce((sum, need) => sum + need, 0n);
  const left = cap - total;
  if (left < 0n) return undefined;
  const shareOf = (need: bigint) => need + (total === 0n ? 0n : (left * need) / total);
  return needs.map((need) => Number(shareOf(need)) / MICROS);
}
