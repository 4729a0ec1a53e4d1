import { advanced, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { StepId, SubmitId } from "../domain/ids.ts";
import { nextStatus } from "../domain/lifecycle.ts";
import type { Step } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { doubt, liveSubmit } from "./conclude-step.ts";
import type { Policy } from "./policy.ts";

/** Longest time a step can be told to wait, ms: an hour asked for by a provider, with a margin for jitter. */
const longestWaitMs = 2 * 3_600_000;

/**
 * What a new driver does with the steps that a dead one left running. A recorded operation is polled again, free work
 * is repeated, and a clip whose paid call may have been sent is not bought again unless the user says so. Pure.
 */
export function recoverSteps(facts: ProjectFacts, policy: Policy, context: DecisionContext): readonly Change[] {
  const left = facts.steps.filter((step) => step.status === "running");
  const changes = left.flatMap((step) => recoverStep(facts, step, policy, context));
  const latestMs = context.nowMs + (isFromTheFuture(facts, context.nowMs) ? 0 : longestWaitMs);
  return withConsequences(facts, [...changes, ...bringForward(facts, latestMs, context)], context).changes;
}

/**
 * Whether anything here happened later than now: the clock was set back while no process drove the project. Every row is
 * compared, because a user's command updates the project's own time before the next driver recovers it.
 */
function isFromTheFuture({ project, steps, artifacts, submits }: ProjectFacts, nowMs: number): boolean {
  const happened = [
    project.updatedAtMs,
    ...steps.flatMap((step) => [step.createdAtMs, step.startedAtMs ?? 0, step.finishedAtMs ?? 0]),
    ...artifacts.map((artifact) => artifact.createdAtMs),
    ...submits.map((submit) => submit.updatedAtMs),
  ];
  return happened.some((atMs) => atMs > nowMs);
}

/**
 * Makes due now what is due after `latestMs`, epoch ms: its time comes from a clock that has been set back since. The
 * state table has no event for it: the step is claimed and put back in one transaction. Pure.
 */
export function bringForward({ steps }: ProjectFacts, latestMs: number, { nowMs }: DecisionContext): Change[] {
  return steps
    .filter((step) => (step.status === "queued" || step.status === "waiting") && step.dueAtMs > latestMs)
    .flatMap(({ id, status }) => [
      advanced(id, "claim"),
      advanced(id, status === "queued" ? "lose" : "wait", { dueAtMs: nowMs }),
    ]);
}

function recoverStep(facts: ProjectFacts, step: Step, policy: Policy, { nowMs }: DecisionContext): Change[] {
  if (step.operation !== null) return [advanced(step.id, "wait", { dueAtMs: nowMs })];
  const submit = liveSubmit(facts, step.id);
  const unknown: Change[] =
    submit === undefined ? [] : [{ type: "settle_submit", submitId: submit.id, state: "unknown" }];
  if (submit !== undefined && step.kind === "clip")
    return doubt(step, { policy, nowMs }, "vidpipe ended before it came", unknown);
  return [advanced(step.id, "lose", { dueAtMs: nowMs }), ...unknown];
}

/**
 * Records an operation's name that arrives after another process recovered the step. The submit is always settled; the
 * step gets the operation unless it was finished, skipped or ordered again meanwhile. Pure.
 */
export function lateOperation(
  facts: ProjectFacts,
  stepId: StepId,
  submitId: SubmitId | undefined,
  name: string,
  context: DecisionContext,
): readonly Change[] {
  const { nowMs } = context;
  const step = facts.steps.find((s) => s.id === stepId);
  const operation = { name, submittedAtMs: nowMs, polls: 0 };
  const wanted = step !== undefined && step.operation === null && nextStatus(step.status, "confirm") !== undefined;
  const confirmed = [
    advanced(stepId, "confirm", { operation, dueAtMs: nowMs, failure: null }),
    ...(facts.project.cancelled ? [advanced(stepId, "cancel")] : []),
  ];
  const settled: Change[] =
    submitId === undefined
      ? []
      : [{ type: "settle_submit", submitId, state: wanted ? "open" : "spent", operationName: name }];
  return withConsequences(facts, [...settled, ...(wanted ? confirmed : [])], context).changes;
}
