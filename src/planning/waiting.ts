import { type FailureCode, failureClass } from "../domain/errors.ts";
import { advanced, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { Step, StepFailure } from "../domain/step.ts";
import { utcMinute } from "../domain/times.ts";
import type { WaitingView } from "../domain/view.ts";

/** Whether a failure waits for another login. */
export const waitsForLogin = (failure: Pick<StepFailure, "code"> | null): boolean =>
  failure !== null && failureClass(failure.code).retry === "login";

/** Whether what failed like this is put off, and goes on by itself: nothing was charged, and trying again can help. */
function isPutOffBy(code: FailureCode): boolean {
  const { retry } = failureClass(code);
  return retry === "slow_down" || retry === "login" || code === "money.day_cap";
}

/** Whether a step waits for its service, for a login or for the next day, and is tried again by itself. */
export const isPutOff = ({ status, failure }: Pick<Step, "status" | "failure">): boolean =>
  (status === "queued" || status === "waiting") && failure !== null && isPutOffBy(failure.code);

/**
 * What a film waits for whose unfinished steps are these; null while anything moves. A step that was not tried yet waits
 * with those of its kind, since they share a model. Pure.
 */
export function waitingOf(open: readonly Step[]): WaitingView | null {
  const putOff = open.filter(isPutOff);
  const kinds = new Set(putOff.map(({ kind }) => kind));
  const moves = open.some((step) => !isPutOff(step) && (step.status !== "queued" || !kinds.has(step.kind)));
  const next = putOff.toSorted((a, b) => a.dueAtMs - b.dueAtMs)[0];
  if (moves || next === undefined || next.failure === null) return null;
  const { code, message } = next.failure;
  if (waitsForLogin(next.failure)) return { code, message: `waits for a login: ${message}`, untilMs: null };
  // What starts again with a day says itself when that is.
  const told =
    code === "money.day_cap" || code === "provider.quota_day"
      ? message
      : `${message}; next try at ${utcMinute(next.dueAtMs)}`;
  return { code, message: told, untilMs: next.dueAtMs };
}

/**
 * Makes due now what waits for longer than `longest` says, ms: its time comes from a clock that has been set back since,
 * or what it waits for is there. The state table has no event for it: the step is claimed and put back in one
 * transaction. Pure.
 */
export function bringForward(
  { steps }: ProjectFacts,
  longest: (step: Step) => number,
  { nowMs }: { readonly nowMs: number },
): Change[] {
  return steps
    .filter((step) => step.status === "queued" || step.status === "waiting")
    .filter((step) => step.dueAtMs > nowMs + longest(step))
    .flatMap(({ id, status }) => [
      advanced(id, "claim"),
      advanced(id, status === "queued" ? "lose" : "wait", { dueAtMs: nowMs }),
    ]);
}
