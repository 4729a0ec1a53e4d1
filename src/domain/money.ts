import { z } from "zod";

/** A price for one call, quantity first. Amounts are US dollars. */
export const Quote = z.strictObject({
  usd: z.number().min(0),
  /** How many units are bought, e.g. 8 (seconds) or 1 (image). */
  quantity: z.number().min(0),
  unit: z.enum(["call", "image", "second"]),
  model: z.string(),
  /** Date of the price, ISO 8601. */
  asOf: z.string(),
});
export type Quote = z.infer<typeof Quote>;

/** What is known of one paid call. */
export const SUBMIT_STATES = [
  /** Written down and reserved; it may or may not have been sent. */
  "intent",
  /** The provider has it and gave an operation name. */
  "open",
  /** Answered: the money is spent. */
  "spent",
  /** Definitely not charged: the reservation is free again. */
  "released",
  /** Sent, answer lost: counted as spent until more is known. */
  "unknown",
] as const;
export type SubmitState = (typeof SUBMIT_STATES)[number];

/** Why a paid call was allowed: the first of its piece, or what entitled it to be another one. */
export const PURCHASE_REASONS = [
  "first",
  /** The answer before was lost, and the policy repeats that once. */
  "repeat",
  /** A storyboard that did not fit is asked for again, within its calls. */
  "complaint",
  /** The user agreed to buy this piece again. */
  "approval",
] as const;
export type PurchaseReason = (typeof PURCHASE_REASONS)[number];

/** Paid calls that one storyboard may take, repeats among them. */
export const MAX_STORYBOARD_CALLS = 3;

/** What became of a paid answer. */
export const VERDICTS = [
  "used",
  "rejected",
  /** Rejected because it was cut off at the limit it was given. */
  "cut_off",
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Whether an answer was of no use. */
export const isRejected = (verdict: Verdict | null): boolean => verdict === "rejected" || verdict === "cut_off";

/** Sums over submits, in US dollars. */
export interface Spend {
  readonly reservedUsd: number;
  readonly spentUsd: number;
  readonly unknownUsd: number;
}

/** Amount rounded to a millionth of a dollar, so that sums compare exactly. */
export const roundUsd = (usd: number): number => Math.round(usd * 1e6) / 1e6;

/** An amount as messages write it; less than ten cents in hundredths of a cent. */
export const usdText = (usd: number): string => `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;

/** Sum of a list of submits by what is known of them. */
export function spendOf(submits: readonly { state: SubmitState; usd: number }[]): Spend {
  const sum = (states: readonly SubmitState[]) =>
    roundUsd(submits.reduce((total, s) => (states.includes(s.state) ? total + s.usd : total), 0));
  return { reservedUsd: sum(["intent", "open"]), spentUsd: sum(["spent"]), unknownUsd: sum(["unknown"]) };
}

/** Everything that counts against a cap: spent, reserved and unknown. */
export const committedUsd = (spend: Spend): number => roundUsd(spend.reservedUsd + spend.spentUsd + spend.unknownUsd);
