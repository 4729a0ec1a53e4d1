import { reaches } from "../domain/direction.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import type { Step } from "../domain/step.ts";
import { type PlannedStep, plan } from "./plan.ts";
import { statusOf } from "./project-status.ts";

/** What a decision may know besides the facts. */
export interface DecisionContext {
  readonly nowMs: number;
  /** A new UUIDv7. */
  readonly id: () => string;
}

/**
 * Changes plus what follows from them: the steps that are now due, those that are not any more, and the status that
 * now holds.
 */
export function withConsequences(
  facts: ProjectFacts,
  changes: readonly Change[],
  context: DecisionContext,
): readonly Change[] {
  const wanted = applyChanges(facts, changes, context.nowMs);
  const useless = wanted.project.cancelled ? new Set<StepId>() : droppable(wanted);
  // What is only now to be made again stays as it was: a clip in doubt is still in doubt.
  const begun = changes.filter((c) => !(c.type === "advance" && c.event === "redo" && useless.has(c.stepId)));
  const after = applyChanges(facts, begun, context.nowMs);
  const followed = after.project.cancelled ? [] : consequences(after, context);
  const settled = applyChanges(after, followed, context.nowMs);
  const { status, message } = statusOf(settled);
  const same = status === settled.project.status && message === settled.project.message;
  return [...begun, ...followed, ...(same ? [] : [{ type: "project" as const, patch: { status, message } }])];
}

function consequences(facts: ProjectFacts, context: DecisionContext): Change[] {
  const { until } = facts.project;
  const { steps } = plan(facts);
  const added = steps
    .filter((planned) => planned.step === null && reaches(until, planned.kind))
    .map((planned): Change => ({ type: "add_step", step: newStep(facts, planned, nextTake(facts, planned), context) }));
  const dropped = [...droppable(facts)].map((stepId): Change => ({ type: "advance", stepId, event: "cancel" }));
  return [...dropped, ...added];
}

/** Queued steps that the film as directed does not need, or that come after the stage where it is to stop. */
function droppable(facts: ProjectFacts): ReadonlySet<StepId> {
  const needed = new Set(plan(facts).steps.map(({ step }) => step?.id));
  const isDue = ({ id, kind }: Step) => needed.has(id) && (isFree(kind) || reaches(facts.project.until, kind));
  const queued = facts.steps.filter((step) => step.status === "queued" && !isTake(step) && !isDue(step));
  return new Set(queued.map(({ id }) => id));
}

/** A further take that the user ordered: it is made whatever the film needs. */
const isTake = ({ order }: Step): boolean => "variant" in order && order.variant !== undefined;

/** Made on this machine from what is there: it follows an edit by itself. */
export const isFree = (kind: StepKind): boolean => kind === "stitch" || kind === "animatic";

/** The number of the next take of a place. */
export const nextTake = ({ steps }: ProjectFacts, { kind, position }: Pick<Step, "kind" | "position">): number =>
  Math.max(0, ...steps.filter((s) => s.kind === kind && s.position === position).map((s) => s.take)) + 1;

/** A step that nobody has begun. */
export function newStep(
  facts: ProjectFacts,
  { kind, position, order, inputKey }: Omit<PlannedStep, "step">,
  take: number,
  { nowMs, id }: DecisionContext,
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
