import type { Change, ProjectFacts } from "../domain/facts.ts";
import type { StepId, SubmitId } from "../domain/ids.ts";
import type { Step } from "../domain/step.ts";
import { doubt, liveSubmit } from "./conclude.ts";
import { type Moment, withConsequences } from "./decide.ts";
import type { Policy } from "./policy.ts";

/**
 * What a new driver does with the steps a dead one left running; pure. A saved operation is looked at again, free
 * work is repeated, and a clip whose order may have been sent is never ordered again without the user's word.
 */
export function takeover(facts: ProjectFacts, policy: Policy, moment: Moment): readonly Change[] {
  const left = facts.steps.filter((step) => step.status === "running");
  return withConsequences(
    facts,
    left.flatMap((step) => leftBehind(facts, step, policy, moment)),
    moment,
  );
}

function leftBehind(facts: ProjectFacts, step: Step, policy: Policy, { nowMs }: Moment): Change[] {
  if (step.operation !== null) return [{ type: "advance", stepId: step.id, event: "wait", patch: { dueAtMs: nowMs } }];
  const submit = liveSubmit(facts, step.id);
  const unknown: Change[] =
    submit === undefined ? [] : [{ type: "settle_submit", submitId: submit.id, state: "unknown" }];
  if (submit !== undefined && step.kind === "clip") return doubt(step, policy, "vidpipe ended before it came", unknown);
  return [{ type: "advance", stepId: step.id, event: "lose", patch: { dueAtMs: nowMs } }, ...unknown];
}

/**
 * The name of an operation that arrives after its process lost the project. The money fact is always kept; the step
 * takes it up when it was still waiting for the user's word.
 */
export function lateOperation(
  facts: ProjectFacts,
  stepId: StepId,
  submitId: SubmitId | undefined,
  name: string,
  moment: Moment,
): readonly Change[] {
  const { nowMs } = moment;
  // A step has one live call: when the user has bought again meanwhile, this one stays of unknown fate, but named.
  const rival = liveSubmit(facts, stepId);
  const state = rival === undefined || rival.id === submitId ? "open" : "unknown";
  const opened: Change[] =
    submitId === undefined ? [] : [{ type: "settle_submit", submitId, state, operationName: name }];
  const step = facts.steps.find((s) => s.id === stepId);
  const operation = { name, submittedAtMs: nowMs, polls: 0 };
  const taken: Change[] =
    step?.status === "ambiguous"
      ? [{ type: "advance", stepId, event: "confirm", patch: { operation, dueAtMs: nowMs, failure: null } }]
      : [];
  return withConsequences(facts, [...opened, ...taken], moment);
}
