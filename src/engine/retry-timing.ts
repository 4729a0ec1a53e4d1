import { failureClass, type VidpipeError } from "../domain/errors.ts";
import type { Policy } from "./policy.ts";

/** Longest back-off of our own, ms: a minute, as in v1. */
const longestBackoffMs = 60_000;

/** Longest wait that a service can ask for, ms. */
const longestAskedMs = 3_600_000;

/**
 * Wait before try `attempt + 1`, ms: exponential with equal jitter, and never shorter than the service asked.
 * `random` is 0 <= x < 1.
 */
export function retryDelayMs(attempt: number, baseMs: number, random: number, askedMs: number | undefined): number {
  const ceiling = Math.min(longestBackoffMs, baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  const own = ceiling / 2 + (ceiling / 2) * random;
  const asked = askedMs === undefined || !Number.isFinite(askedMs) ? 0 : Math.min(longestAskedMs, Math.max(0, askedMs));
  return Math.round(Math.max(own, asked + (asked === 0 ? 0 : baseMs * random)));
}

/** Wait before the next poll of an operation, ms: a tenth of jitter either way, four times slower once overdue. `random` is 0 <= x < 1. */
export function pollDelayMs(polls: number, policy: Policy, random: number): number {
  const pace = polls >= policy.overdueAfterPolls ? 4 : 1;
  return Math.round(policy.pollMs * pace * (0.9 + 0.2 * random));
}

/** Whether a failed step is tried again without asking the user. */
export const mayRetry = (failure: VidpipeError, attempts: number, policy: Policy): boolean =>
  failureClass(failure.code).retry !== "never" && attempts < policy.retryMaxAttempts;
