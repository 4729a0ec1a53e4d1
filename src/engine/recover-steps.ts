import type { Change, ProjectFacts } from "../domain/facts.ts";
import type { StepId, SubmitId } from "../domain/ids.ts";
import { nextStatus } from "../domain/lifecycle.ts";
import type { Step } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { doubt, liveSubmit } from "./conclude-step.ts";
import type { Policy } from "./policy.ts";

/** Longest time a step can have been told to wait, ms: an hour asked for by a provider, with room for jitter. */
const longestWaitMs = 2 * 3_600_000;

/**
 * What a new driver does with the steps a dead one left running; pure. A saved operation is looked at again, free
 * work is repeated, and a clip whose order may have been sent is never ordered again without the user's word.
 */
export function recoverSteps(facts: ProjectFacts, policy: Policy, context: DecisionContext): readonly Change[] {
  const left = facts.steps.filter((step) => step.status === "running");
  const changes = left.flatMap((step) => leftBehind(facts, step, policy, context));
  const latestMs = context.nowMs + (isFromTheFuture(facts, context.nowMs) ? 0 : longestWaitMs);
  return withConsequences(facts, [...changes, ...bringForward(facts, latestMs, context)], context).changes;
}

/**
 * Whether anything here happened later than now: the clock was set back while nobody was there. Each row is asked,
 * since a user's word writes the project anew before its next driver comes to look.
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
 * Makes due what is due after `latestMs`: it was dated by a clock that has been set back since. Pure. No event of its
 * own in the state table: the step is claimed and put back in one transaction.
 */
export function bringForward({ steps }: ProjectFacts, latestMs: number, { nowMs }: DecisionContext): Change[] {
  return steps
    .filter((step) => (step.status === "queued" || step.status === "waiting") && step.dueAtMs > latestMs)
    .flatMap((step): Change[] => [
      { type: "advance", stepId: step.id, event: "claim" },
      {
        type: "advance",
        stepId: step.id,
        event: step.status === "queued" ? "lose" : "wait",
        patch: { dueAtMs: nowMs },
      },
    ]);
}

function leftBehind(facts: ProjectFacts, step: Step, policy: Policy, { nowMs }: DecisionContext): Change[] {
  if (step.operation !== null) return [{ type: "advance", stepId: step.id, event: "wait", patch: { dueAtMs: nowMs } }];
  const submit = liveSubmit(facts, step.id);
  const unknown: Change[] =
    submit === undefined ? [] : [{ type: "settle_submit", submitId: submit.id, state: "unknown" }];
  if (submit !== undefined && step.kind === "clip")
    return doubt(step, { policy, nowMs }, "vidpipe ended before it came", unknown);
  return [{ type: "advance", stepId: step.id, event: "lose", patch: { dueAtMs: nowMs } }, ...unknown];
}

/**
 * The name of an operation that arrives after its step was taken from the attempt that ordered it. The money fact is
 * always kept; the step takes the operation up unless it was finished, left out or ordered again meanwhile.
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
  const confirm: Change = {
    type: "advance",
    stepId,
    event: "confirm",
    patch: { operation, dueAtMs: nowMs, failure: null },
  };
  const wanted = step !== undefined && step.operation === null && nextStatus(step.status, "confirm") !== undefined;
  const stopped: Change[] = facts.project.cancelled ? [{ type: "advance", stepId, event: "cancel" }] : [];
  const settled: Change[] =
    submitId === undefined
      ? []
      : [{ type: "settle_submit", submitId, state: wanted ? "open" : "spent", operationName: name }];
  return withConsequences(facts, [...settled, ...(wanted ? [confirm, ...stopped] : [])], context).changes;
}
