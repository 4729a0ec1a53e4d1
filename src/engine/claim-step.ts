import { VidpipeError } from "../domain/errors.ts";
import { advanced, type Change, type ProjectFacts } from "../domain/facts.ts";
import { type StepId, SubmitId } from "../domain/ids.ts";
import {
  committedUsd,
  isRejected,
  type PurchaseReason,
  type Quote,
  roundUsd,
  spendOf,
  usdText,
} from "../domain/money.ts";
import { letsRun } from "../domain/project.ts";
import type { Step, StepOrder, Submit } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { isMadeFromKept, nextPurchase, purchasesOf } from "../planning/purchases.ts";
import { reservedUsd, roomFor } from "../planning/reservations.ts";
import type { Complaint } from "../ports/provider.ts";
import { askAbout } from "./ask-about.ts";
import { liveSubmit } from "./concluded-case.ts";
import type { Policy } from "./policy.ts";

/** The price of one call for an order with a project's models; undefined when it is free. */
export type QuoteFor = (
  order: StepOrder,
  models: ProjectFacts["project"]["models"],
  complaint: Complaint | null,
) => Quote | undefined;

/**
 * Claims a due step for this process. A paid call is recorded with its reservation in the same transaction, before its
 * first byte leaves; over the film's cap nothing is claimed and the project is held, over the day's the step waits for
 * the next one. Where an answer is kept nothing is bought: the step is made from it. A purchase that nobody agreed to
 * is asked about. No changes: it cannot be claimed, or its project is not this process's to drive. Pure.
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
  if (step === undefined || !letsRun(project, step)) return [];
  if (policy.refusal?.(project.models.provider)) return [];
  const written = (changes: readonly Change[]) => withConsequences(facts, changes, context).changes;
  if (step.status === "waiting") return written([claimed(step, step.attempts, context)]);
  if (step.status !== "queued") return [];
  const claim = claimed(step, step.attempts + 1, context);
  // What is there is read, whatever its model costs today.
  if (liveSubmit(facts, stepId) !== undefined || isMadeFromKept(facts, step)) return written([claim]);
  const quote = quoted(facts, step, quoteOf);
  if (quote instanceof VidpipeError) {
    const { code, message } = quote;
    return written([claim, advanced(stepId, "vanish", { failure: { code, message } })]);
  }
  if (quote === undefined) return written([claim]);
  const reason = nextPurchase(facts, step, policy.onAmbiguous);
  if (reason === null) return written(askAbout(facts, step));
  const refusal = overCap(facts, step, quote) ?? overDayCap(facts, step, quote, policy, context);
  return written(refusal ?? [claim, { type: "add_submit", submit: newSubmit(facts, step, quote, reason, context) }]);
}

/** The price of a step's next call; the failure where there is none today: nothing is bought at a price nobody knows. */
function quoted(facts: ProjectFacts, step: Step, quoteOf: QuoteFor): Quote | undefined | VidpipeError {
  try {
    return quoteOf(step.order, facts.project.models, complaintOf(facts, step));
  } catch (thrown) {
    if (thrown instanceof VidpipeError && thrown.code === "provider.model_unavailable") return thrown;
    throw thrown;
  }
}

/** What a storyboard's next call is told of the answer before; null: nothing. Pure. */
export function complaintOf(facts: ProjectFacts, step: Step): Complaint | null {
  const last = purchasesOf(facts, step).findLast(({ verdict }) => isRejected(verdict));
  if (step.kind !== "storyboard" || last === undefined) return null;
  return { words: last.reason ?? "it did not fit", truncated: last.verdict === "cut_off" };
}

const claimed = (step: Step, attempts: number, { nowMs }: DecisionContext): Change =>
  advanced(step.id, "claim", { attempts, startedAtMs: step.startedAtMs ?? nowMs, failure: null });

function newSubmit(
  { submits }: ProjectFacts,
  step: Step,
  quote: Quote,
  because: PurchaseReason,
  { nowMs, id }: DecisionContext,
): Submit {
  return {
    id: SubmitId.parse(id()),
    projectId: step.projectId,
    stepId: step.id,
    // Counts submits, not tries: a step that is made again never reuses a number.
    attempt: submits.filter((s) => s.stepId === step.id).length + 1,
    because,
    state: "intent",
    usd: roundUsd(quote.usd),
    quantity: quote.quantity,
    unit: quote.unit,
    model: quote.model,
    operationName: null,
    billedUsd: null,
    replyId: null,
    resultId: null,
    verdict: null,
    reason: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

/**
 * Holds the project where a paid call does not fit under its cap; null where it does. A take that has money of its own
 * and does not fit any more gives it up: it is priced with the film when that is resumed.
 */
function overCap(facts: ProjectFacts, step: Step, quote: Quote): Change[] | null {
  const { maxCostUsd: cap } = facts.project;
  const room = roomFor(facts, step);
  if (cap === null || room === null || roundUsd(quote.usd) <= room) return null;
  const reserved = reservedUsd(facts, step.id);
  const kept = reserved === 0 ? "" : ` and ${usdText(reserved)} is kept for takes that were ordered`;
  const committed = usdText(committedUsd(spendOf(facts.submits)));
  const message = `the next call costs ${usdText(quote.usd)}; of the cap of ${usdText(cap)}, ${committed} is committed${kept}: nothing was bought; resume to see and agree to the new price (pipeline.max_cost_usd is the most that can be agreed to)`;
  const hold: Change = { type: "project", patch: { hold: { reason: "budget", message } } };
  if (step.reservedUsd === 0) return [hold];
  return [advanced(step.id, "claim"), advanced(step.id, "lose", { reservedUsd: 0 }), hold];
}

const dayMs = 86_400_000;

/** Puts a step off to the next day, UTC, where a paid call does not fit under the day's cap; null where it does. */
function overDayCap(
  { committedTodayUsd }: ProjectFacts,
  { id }: Step,
  quote: Quote,
  { maxCostPerDayUsd: cap }: Policy,
  { nowMs }: DecisionContext,
): Change[] | null {
  if (cap === null || roundUsd(committedTodayUsd + quote.usd) <= cap) return null;
  const message =
    quote.usd > cap
      ? `the next call costs ${usdText(quote.usd)}, more than a day's ${usdText(cap)} (pipeline.max_cost_per_day_usd): raise it and start vidpipe again`
      : `${usdText(committedTodayUsd)} of today's ${usdText(cap)} (pipeline.max_cost_per_day_usd) is committed and the next call costs ${usdText(quote.usd)}: it goes on by itself at 00:00 UTC`;
  const failure = { code: "money.day_cap" as const, message };
  const dueAtMs = nowMs - (nowMs % dayMs) + dayMs;
  // The state table has no event for it: the step is claimed and put back in one transaction.
  return [advanced(id, "claim"), advanced(id, "lose", { failure, dueAtMs })];
}
