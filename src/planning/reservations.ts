import type { ProjectFacts } from "../domain/facts.ts";
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
