import { reaches } from "../domain/direction.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { Step } from "../domain/step.ts";
import { type PlannedStep, plan } from "./plan.ts";
import { statusOf } from "./status.ts";

/** What a decision may know besides the facts. */
export interface Moment {
  readonly nowMs: number;
  /** A new UUIDv7. */
  readonly id: () => string;
}

/** Changes plus what follows from them: the steps that are now due and the status that now holds. */
export function withConsequences(facts: ProjectFacts, changes: readonly Change[], moment: Moment): readonly Change[] {
  const after = applyChanges(facts, changes, moment.nowMs);
  const added: Change[] = after.project.cancelled
    ? []
    : plan(after)
        .steps.filter((planned) => planned.step === null && reaches(after.project.until, planned.kind))
        .map((planned) => ({ type: "add_step", step: newStep(after, planned, nextTake(after, planned), moment) }));
  const settled = applyChanges(after, added, moment.nowMs);
  const { status, message } = statusOf(settled);
  const same = status === settled.project.status && message === settled.project.message;
  return [...changes, ...added, ...(same ? [] : [{ type: "project" as const, patch: { status, message } }])];
}

/** The number of the next take of a place. */
export const nextTake = ({ steps }: ProjectFacts, { kind, position }: Pick<Step, "kind" | "position">): number =>
  Math.max(0, ...steps.filter((s) => s.kind === kind && s.position === position).map((s) => s.take)) + 1;

/** A step that nobody has begun. */
export function newStep(
  facts: ProjectFacts,
  { kind, position, order, inputKey }: Omit<PlannedStep, "step">,
  take: number,
  { nowMs, id }: Moment,
): Step {
  return {
    id: StepId.parse(id()),
    projectId: facts.project.id,
    kind,
    position,
    take,
    status: "queued",
    order,
    inputKey,
    attempts: 0,
    dueAtMs: nowMs,
    operation: null,
    result: null,
    failure: null,
    createdAtMs: nowMs,
    startedAtMs: null,
    finishedAtMs: null,
  };
}
