import { advanced, type Change, type ProjectFacts } from "../domain/facts.ts";
import { type StepId, SubmitId } from "../domain/ids.ts";
import { committedUsd, type Quote, roundUsd, spendOf, usdText } from "../domain/money.ts";
import { letsRun } from "../domain/project.ts";
import type { Step, StepOrder, Submit } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import type { Policy } from "./policy.ts";

/** The price of an order with a project's models; undefined when it is free. */
export type QuoteFor = (order: StepOrder, models: ProjectFacts["project"]["models"]) => Quote | undefined;

/**
 * Claims a due step for this process. A paid call is recorded with its reservation in the same transaction, before its
 * first byte leaves; over a cap nothing is claimed and the project is held. No changes: it cannot be claimed. Pure.
 */
export function claimStep(
  facts: ProjectFacts,
  stepId: StepId,
  quoteOf: QuoteFor,
  policy: Policy,
  context: DecisionContext,
): readonly Change[] {
  const { project } = facts;
  const step = facts.steps.find((s) => s.id === stepId);
  if (step === undefined || !letsRun(project, step.status)) return [];
  if (step.status === "waiting")
    return withConsequences(facts, [claimed(step, step.attempts, context)], context).changes;
  if (step.status !== "queued") return [];
  const quote = quoteOf(step.order, project.models);
  const overrun = quote === undefined ? null : overBudget(facts, quote, policy);
  if (overrun !== null) {
    const hold = { reason: "budget" as const, message: overrun };
    return withConsequences(facts, [{ type: "project", patch: { hold } }], context).changes;
  }
  const intent: Change[] =
    quote === undefined ? [] : [{ type: "add_submit", submit: newSubmit(facts, step, quote, context) }];
  return withConsequences(facts, [claimed(step, step.attempts + 1, context), ...intent], context).changes;
}

const claimed = (step: Step, attempts: number, { nowMs }: DecisionContext): Change =>
  advanced(step.id, "claim", { attempts, startedAtMs: step.startedAtMs ?? nowMs, failure: null });

function newSubmit({ submits }: ProjectFacts, step: Step, quote: Quote, { nowMs, id }: DecisionContext): Submit {
  return {
    id: SubmitId.parse(id()),
    projectId: step.projectId,
    stepId: step.id,
    // Counts submits, not tries: a step that is made again never reuses a number.
    attempt: submits.filter((s) => s.stepId === step.id).length + 1,
    state: "intent",
    usd: roundUsd(quote.usd),
    quantity: quote.quantity,
    unit: quote.unit,
    model: quote.model,
    operationName: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

/** Why a paid call does not fit under a cap; null when it does. */
function overBudget({ project, submits, committedTodayUsd }: ProjectFacts, quote: Quote, policy: Policy) {
  const committed = committedUsd(spendOf(submits));
  const cap = project.maxCostUsd;
  if (cap !== null && roundUsd(committed + quote.usd) > cap)
    return `the next call costs ${usdText(quote.usd)}, ${usdText(committed)} of the ${usdText(cap)} cap is committed: resume with a higher --max-cost`;
  const dayCap = policy.maxCostPerDayUsd;
  if (dayCap !== null && roundUsd(committedTodayUsd + quote.usd) > dayCap)
    return `the next call costs ${usdText(quote.usd)}, ${usdText(committedTodayUsd)} of today's ${usdText(dayCap)} (pipeline.max_cost_per_day_usd) is committed: resume after midnight UTC or raise it`;
  return null;
}
