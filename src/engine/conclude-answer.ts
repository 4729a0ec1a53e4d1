import { applyChanges, type Change } from "../domain/facts.ts";
import { nextPurchase } from "../planning/purchases.ts";
import { artifactOf, type Case, move, retryOrFail, settle } from "./concluded-case.ts";
import { retryDelayMs } from "./retry-timing.ts";
import type { Outcome } from "./steps/outcome.ts";

/**
 * What was paid for and is of no use. A text model is told and asked again within the storyboard's calls, a download
 * that is broken is fetched again, and everything else waits for the user's word: nothing is bought for it.
 */
export function unusableChanges(
  of: Case,
  { reason, truncated = false, made, isUsable = false }: Extract<Outcome, { kind: "unusable" }>,
): Change[] {
  const { step, facts, engineContext } = of;
  const { nowMs } = engineContext;
  const kept = made === undefined ? [] : [artifactOf(of, made)];
  const shown = kept.map(({ id }) => ({ resultId: id }))[0] ?? {};
  const judged = settle(of, "spent", { ...shown, verdict: truncated ? "cut_off" : "rejected", reason });
  const rows = kept.map((artifact): Change => ({ type: "add_artifact", artifact }));
  if (isWorthFetching(of)) return [...rows, ...fetchAgain(of, reason)];
  const code = truncated ? ("provider.truncated" as const) : ("provider.bad_answer" as const);
  const after = applyChanges(facts, [...rows, ...judged], nowMs);
  const again = step.kind === "storyboard" && nextPurchase(after, step, engineContext.policy.onAmbiguous) !== null;
  if (again)
    return [...rows, ...judged, move(of, "lose", { failure: { code, message: reason }, attempts: 0, dueAtMs: nowMs })];
  const usable = made !== undefined || isUsable;
  const message = `${reason}; it was paid for and nothing is bought again unasked`;
  return [
    ...rows,
    ...judged,
    move(of, "reject", { failure: { code, message, ...(usable && { usable: true as const }) }, operation: null }),
  ];
}

/** Whether the file of a finished operation may come better at the next look: not where the same came twice. */
function isWorthFetching({ step, bought, facts, engineContext }: Case): boolean {
  const file = facts.artifacts.find(({ id }) => id === bought?.resultId);
  const same = facts.artifacts.filter(({ key, stepId }) => key === file?.key && stepId === step.id);
  const isTriedOut = step.attempts + 1 >= engineContext.policy.retryMaxAttempts;
  return step.operation !== null && same.length === 1 && !isTriedOut;
}

function fetchAgain(of: Case, reason: string): Change[] {
  const { step, submit, engineContext } = of;
  const { nowMs, policy, random } = engineContext;
  const failure = { code: "media.invalid" as const, message: reason };
  const attempts = step.attempts + 1;
  const dueAtMs = nowMs + retryDelayMs(attempts, policy.retryBaseMs, random, undefined);
  return [
    move(of, "wait", { failure, attempts, dueAtMs }),
    ...settle(of, submit === undefined ? "open" : submit.state, { verdict: "rejected", reason }),
  ];
}

/** Tried once more with the same input where the provider did not charge; then as the user's policy says. */
export function refusedChanges(of: Case, why: string, charged: boolean): Change[] {
  const { onRefused } = of.engineContext.policy;
  const reason = `refused by the safety filter: ${why}`;
  const failure = { code: "provider.refused" as const, message: reason };
  const settled = settle(of, charged ? "spent" : "released", { verdict: "rejected", reason });
  const isRetry = !charged && of.step.attempts < 2;
  if (isRetry || onRefused === "fail") return [retryOrFail(of, failure, isRetry), ...settled];
  const refused = move(of, "refuse", { failure, operation: null });
  // What was left out for this answer and is wanted after all is asked about: leaving it out again would lead nowhere.
  const isNew = of.submit !== undefined;
  const isSkipped = onRefused === "skip" && isNew && of.step.kind !== "storyboard";
  return isSkipped ? [refused, move(of, "skip"), ...settled] : [refused, ...settled];
}

/** A job that ended without a clip is tried again only where the provider says that it was not charged. */
export function endedChanges(
  of: Case,
  { reason: why, retryable, charged }: Extract<Outcome, { kind: "ended" }>,
): Change[] {
  const reason = `the provider gave up: ${why}`;
  if (!charged) {
    const failure = { code: "provider.failed" as const, message: reason };
    const isRetry = retryable && of.step.attempts < of.engineContext.policy.retryMaxAttempts;
    return [retryOrFail(of, failure, isRetry), ...settle(of, "released", { verdict: "rejected", reason })];
  }
  const message = `${reason}; it counts as charged and nothing is bought again unasked`;
  const failure = { code: "provider.bad_answer" as const, message };
  return [move(of, "reject", { failure, operation: null }), ...settle(of, "spent", { verdict: "rejected", reason })];
}

/**
 * Charged, and nothing to show for it: the user is asked. What was said of the answer while it was there stays said;
 * nothing new is, since there is nothing to complain of to a model.
 */
export function unkeptChanges(of: Case, reason: string): Change[] {
  const said = of.bought?.reason ?? null;
  const words = said === null || said.includes(reason) ? (said ?? reason) : `${said}; ${reason}`;
  const message = `it was paid for and its answer is not there (${reason})`;
  return [
    move(of, "reject", { failure: { code: "provider.bad_answer", message }, operation: null }),
    ...settle(of, "spent", { reason: words }),
  ];
}
