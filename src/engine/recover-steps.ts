import { advanced, applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { StepId, SubmitId } from "../domain/ids.ts";
import { nextStatus } from "../domain/lifecycle.ts";
import type { Step, StepFailure } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { bringForward } from "../planning/waiting.ts";
import { loseAnswer } from "./ask-about.ts";
import { liveSubmit } from "./concluded-case.ts";
import { type AnswerFile, replyRows } from "./keep-answer.ts";
import type { Policy } from "./policy.ts";

/** Longest time a step can be told to wait, ms: an hour asked for by a provider, with a margin for jitter. */
const longestWaitMs = 2 * 3_600_000;
/** The same until the next day, somewhere on earth. */
const longestDayWaitMs = 26 * 3_600_000;
const isUntilTomorrow = ({ failure }: Step): boolean =>
  failure?.code === "provider.quota_day" || failure?.code === "money.day_cap";

/**
 * What a new driver does with the steps that a dead one left running. A recorded operation is polled again, free work
 * is repeated, a stored answer is used, and what may have been bought is bought again only as far as the policy says.
 * `replies` are those that were stored before their row was written. Pure.
 */
export function recoverSteps(
  before: ProjectFacts,
  replies: ReadonlyMap<SubmitId, AnswerFile>,
  policy: Policy,
  context: DecisionContext,
): readonly Change[] {
  const found = [...replies].flatMap(([id, file]) => replyRows(before, id, file, context));
  const facts = applyChanges(before, found, context.nowMs);
  const left = facts.steps.filter((step) => step.status === "running");
  const changes = [...found, ...left.flatMap((step) => recoverStep(facts, step, policy, context))];
  const wasSetBack = isFromTheFuture(facts, context.nowMs);
  const longest = (step: Step) => (wasSetBack ? 0 : isUntilTomorrow(step) ? longestDayWaitMs : longestWaitMs);
  return withConsequences(before, [...changes, ...bringForward(facts, longest, context)], context).changes;
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

/** Says in a queued step why its lane is closed, and until when, as if it had been refused itself. Pure. */
export function putOff(
  { steps }: ProjectFacts,
  stepId: StepId,
  failure: StepFailure,
  dueAtMs: number,
): readonly Change[] {
  const step = steps.find(({ id }) => id === stepId);
  if (step?.status !== "queued" || step.dueAtMs >= dueAtMs) return [];
  return [advanced(stepId, "claim"), advanced(stepId, "lose", { failure, dueAtMs })];
}

function recoverStep(facts: ProjectFacts, step: Step, policy: Policy, { nowMs }: DecisionContext): Change[] {
  if (step.operation !== null) return [advanced(step.id, "wait", { dueAtMs: nowMs })];
  const submit = liveSubmit(facts, step.id);
  if (submit === undefined || submit.replyId !== null) return [advanced(step.id, "lose", { dueAtMs: nowMs })];
  const unknown: Change[] = [{ type: "settle_submit", submitId: submit.id, state: "unknown" }];
  const after = applyChanges(facts, unknown, nowMs);
  return [...unknown, ...loseAnswer(after, step, "vidpipe ended before it came", policy, nowMs)];
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
      : [{ type: "settle_submit", submitId, state: wanted ? "open" : "spent", patch: { operationName: name } }];
  return withConsequences(facts, [...settled, ...(wanted ? confirmed : [])], context).changes;
}
