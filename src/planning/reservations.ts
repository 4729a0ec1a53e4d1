import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { StepStatus } from "../domain/lifecycle.ts";
import { committedUsd, roundUsd, spendOf } from "../domain/money.ts";
import type { Step } from "../domain/step.ts";

/** A further take that the user ordered: it is made whatever the film needs. */
export const isRetake = ({ order }: Pick<Step, "order">): boolean => "variant" in order && order.variant !== undefined;

/** Nothing is bought for a step in one of these any more: what it did not use is free. */
const OVER: readonly StepStatus[] = ["done", "skipped", "cancelled", "failed"];

/** What is kept for a step and not used yet, US dollars. Pure. */
export function openReservation({ submits }: Pick<ProjectFacts, "submits">, step: Step): number {
  if (step.reservedUsd === 0 || OVER.includes(step.status)) return 0;
  const used = committedUsd(spendOf(submits.filter(({ stepId }) => stepId === step.id)));
  return roundUsd(Math.max(0, step.reservedUsd - used));
}

/** What is kept for single steps and not used yet, US dollars; `except` leaves one out. Pure. */
export const reservedUsd = (facts: Pick<ProjectFacts, "steps" | "submits">, except?: Step["id"]): number =>
  roundUsd(facts.steps.reduce((sum, step) => sum + (step.id === except ? 0 : openReservation(facts, step)), 0));

/**
 * What a purchase for this step may still cost under the film's cap, US dollars: what is committed counts, and what is
 * kept for other steps. Null: the film has no cap. Pure.
 */
export function roomFor(facts: ProjectFacts, step: Step): number | null {
  const cap = facts.project.maxCostUsd;
  if (cap === null) return null;
  return roundUsd(Math.max(0, cap - committedUsd(spendOf(facts.submits)) - reservedUsd(facts, step.id)));
}

type Advance = Extract<Change, { type: "advance" }>;

/**
 * Changes by which what a step did not use of its money goes off the film's cap again, where the step is over after
 * them: finished, failed, left out or stopped. Money that was accepted for a take buys nothing of the film. Pure.
 */
export function withReservesClosed(facts: ProjectFacts, changes: readonly Change[], nowMs: number): readonly Change[] {
  const kept = facts.steps.filter(({ reservedUsd: usd, status }) => usd > 0 && !OVER.includes(status));
  if (kept.length === 0) return changes;
  const after = applyChanges(facts, changes, nowMs);
  const closing = after.steps.filter(({ id, status }) => OVER.includes(status) && kept.some((step) => step.id === id));
  if (closing.length === 0) return changes;
  const last = new Set<Change>(closing.flatMap(({ id }) => changes.findLast(isAdvanceOf(id)) ?? []));
  const closed = changes.map(
    (change): Change =>
      change.type === "advance" && last.has(change)
        ? { ...change, patch: { ...change.patch, reservedUsd: 0 } }
        : change,
  );
  const { maxCostUsd } = after.project;
  if (maxCostUsd === null) return closed;
  const unused = closing.reduce((sum, step) => sum + openReservation(after, { ...step, status: "queued" }), 0);
  // Never below what is committed: the cap may have been lowered meanwhile.
  const capUsd = roundUsd(Math.max(committedUsd(spendOf(after.submits)), maxCostUsd - unused));
  return [...closed, { type: "project", patch: { maxCostUsd: Math.min(capUsd, maxCostUsd) } }];
}

const isAdvanceOf =
  (id: Step["id"]) =>
  (change: Change): change is Advance =>
    change.type === "advance" && change.stepId === id;
