import { reaches } from "../domain/direction.ts";
import { advanced, applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import type { Step } from "../domain/step.ts";
import { type Plan, type PlannedFacts, type PlannedStep, plan } from "./plan.ts";
import { statusOf } from "./project-status.ts";
import { isRetake, withReservesClosed } from "./reservations.ts";

/** What a decision may know besides the facts. */
export interface DecisionContext {
  /** Epoch ms. */
  readonly nowMs: number;
  /** A new UUIDv7. */
  readonly id: () => string;
}

/** A decision with its consequences: the changes to write, and the facts and their plan once they are written. */
export interface Decided extends PlannedFacts {
  /** None: nothing is to be done. */
  readonly changes: readonly Change[];
}

/**
 * The consequences of a change: queued steps that the film no longer needs fall away, steps that are now due are added,
 * and the project gets the status that now holds. A cancelled project only gets its status. Pure.
 */
export function withConsequences(facts: ProjectFacts, decided: readonly Change[], context: DecisionContext): Decided {
  const changes = withReservesClosed(facts, decided, context.nowMs);
  const wanted = withoutUselessRedo(facts, changes, context);
  const followed = wanted.facts.project.cancelled ? [] : [...fallenAway(wanted), ...added(wanted, context)];
  const after = applyChanges(wanted.facts, followed, context.nowMs);
  const current = followed.length === 0 ? wanted.plan : plan(after);
  const { status, message } = statusOf(after, current);
  const isSame = status === after.project.status && message === after.project.message;
  const told: readonly Change[] = isSame ? [] : [{ type: "project", patch: { status, message } }];
  return {
    changes: [...wanted.changes, ...followed, ...told],
    facts: applyChanges(after, told, context.nowMs),
    plan: current,
  };
}

/** The result of a decision that changes nothing. */
export const unchanged = (facts: ProjectFacts, current: Plan = plan(facts)): Decided => ({
  changes: [],
  facts,
  plan: current,
});

/**
 * The changes without those that would make a step again that the film does not need: a clip in doubt stays in doubt. One
 * that was left out and is wanted after all falls away instead: the film has the same piece at another place and uses it.
 */
function withoutUselessRedo(facts: ProjectFacts, changes: readonly Change[], { nowMs }: DecisionContext): Decided {
  const after = applyChanges(facts, changes, nowMs);
  const wanted = { changes, facts: after, plan: plan(after) };
  const useless = after.project.cancelled ? new Set<StepId>() : uselessSteps(wanted);
  const leftOut = new Set(facts.steps.flatMap(({ id, status }) => (status === "skipped" ? id : [])));
  const isUseless = (id: StepId) => useless.has(id) && !leftOut.has(id);
  const useful = changes.filter((c) => !(c.type === "advance" && c.event === "redo" && isUseless(c.stepId)));
  if (useful.length === changes.length) return wanted;
  const without = applyChanges(facts, useful, nowMs);
  return { changes: useful, facts: without, plan: plan(without) };
}

/** First half of the consequences: what the film does not need any more is cancelled. */
const fallenAway = (now: PlannedFacts): Change[] => [...uselessSteps(now)].map((stepId) => advanced(stepId, "cancel"));

/** Second half: what the film needs, as far as it is to go, and is not recorded yet. */
const added = ({ facts, plan: { steps } }: PlannedFacts, context: DecisionContext): Change[] =>
  steps
    .filter((planned) => planned.step === null && reaches(facts.project.until, planned.kind))
    .map((planned): Change => ({ type: "add_step", step: newStep(facts, planned, nextTake(facts, planned), context) }));

/** Queued steps that the film as edited does not need, or that come after the stage where it is to stop. */
function uselessSteps({ facts, plan: { steps } }: PlannedFacts): ReadonlySet<StepId> {
  const needed = new Set(steps.map(({ step }) => step?.id));
  const isDue = ({ id, kind }: Step) => needed.has(id) && (isFree(kind) || reaches(facts.project.until, kind));
  const queued = facts.steps.filter((step) => step.status === "queued" && !isRetake(step) && !isDue(step));
  return new Set(queued.filter((step) => !isAnswered(facts, step)).map(({ id }) => id));
}

/** Its answer is kept and nobody has looked at it yet: that is done whatever the film needs, since it was paid for. */
const isAnswered = ({ submits }: ProjectFacts, { id }: Step): boolean =>
  submits.some(({ stepId, state, replyId }) => stepId === id && state === "intent" && replyId !== null);

/** Whether steps of this kind are made on this machine from what is there: they follow an edit by themselves. */
export const isFree = (kind: StepKind): boolean => kind === "stitch" || kind === "animatic";

/** The number of the next take of a place, from 1. */
export const nextTake = ({ steps }: ProjectFacts, { kind, position }: Pick<Step, "kind" | "position">): number =>
  Math.max(0, ...steps.filter((s) => s.kind === kind && s.position === position).map((s) => s.take)) + 1;

/** A queued step, due now. */
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
    approvals: 0,
    reservedUsd: 0,
    fit: null,
    createdAtMs: nowMs,
    startedAtMs: null,
    finishedAtMs: null,
  };
}
