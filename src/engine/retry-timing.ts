import { failureClass, type VidpipeError } from "../domain/errors.ts";
import type { Policy } from "./policy.ts";

/** Longest back-off of our own after a passing fault, ms: a minute, as in v1. */
const longestBackoffMs = 60_000;

/** Longest back-off of our own where a service takes nothing for now, ms: an outage of hours costs a call each. */
const longestSlowDownMs = 300_000;

/** Longest wait that a service can ask for, ms. */
const longestAskedMs = 3_600_000;

/** A daily quota starts again within this, ms: 25 hours on the day when clocks go back. */
const longestDayMs = 25 * 3_600_000;

/**
 * Wait before try `attempt + 1`, ms: exponential with equal jitter, and never shorter than the service asked.
 * `random` is 0 <= x < 1.
 */
export function retryDelayMs(
  attempt: number,
  baseMs: number,
  random: number,
  askedMs: number | undefined,
  longest = { ownMs: longestBackoffMs, askedMs: longestAskedMs },
): number {
  const ceiling = Math.min(longest.ownMs, baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  const own = ceiling / 2 + (ceiling / 2) * random;
  const asked =
    askedMs === undefined || !Number.isFinite(askedMs) ? 0 : Math.min(longest.askedMs, Math.max(0, askedMs));
  return Math.round(Math.max(own, asked + (asked === 0 ? 0 : baseMs * random)));
}

/**
 * How long a lane is closed after the slow-down `strike` in a row, ms; it grows even from a base of nothing, since there
 * is no end to the tries. `random` is 0 <= x < 1.
 */
export function slowDownMs(strike: number, baseMs: number, random: number, failure: VidpipeError): number {
  const askedMs = failure.code === "provider.quota_day" ? longestDayMs : longestAskedMs;
  return retryDelayMs(strike, Math.max(1, baseMs), random, failure.retryAfterMs, { ownMs: longestSlowDownMs, askedMs });
}

/** Wait before the next poll of an operation, ms: a tenth of jitter either way, four times slower once overdue. `random` is 0 <= x < 1. */
export function pollDelayMs(polls: number, policy: Policy, random: number): number {
  const pace = polls >= policy.overdueAfterPolls ? 4 : 1;
  return Math.round(policy.pollMs * pace * (0.9 + 0.2 * random));
}

/** Most tries of a step that fails like this, before somebody has to say more. */
export function mostAttempts({ code }: Pick<VidpipeError, "code">, policy: Policy): number {
  const { retry } = failureClass(code);
  switch (retry) {
    case "never":
      return 0;
    case "backoff":
      return policy.retryMaxAttempts;
    case "slow_down":
      return policy.waitMaxAttempts;
    case "login":
      return policy.awaitsLogin ? policy.waitMaxAttempts : 0;
  }
}

/** Whether a failed step is tried again without asking the user. A clip that a film cannot be joined with stays the same. */
export const mayRetry = (failure: VidpipeError, attempts: number, policy: Policy): boolean =>
  !("clip" in failure.facts) && attempts < mostAttempts(failure, policy);
