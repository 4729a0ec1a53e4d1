import type { ProjectFacts } from "../domain/facts.ts";
import { SubmitId } from "../domain/ids.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import { MAX_STORYBOARD_CALLS, type PurchaseReason } from "../domain/money.ts";
import type { Step, StepOrder, Submit } from "../domain/step.ts";
import type { Complaint } from "../ports/provider.ts";
import { keptAnswer, mostCallsOf, nextPurchase, type OnAmbiguous, purchasesOf } from "./purchases.ts";
import type { QuoteOf } from "./step-orders.ts";

/** What a price depends on beside the film. */
export interface Pricing {
  readonly quoteOf: QuoteOf;
  readonly onAmbiguous: OnAmbiguous;
  /** What the provider says of its models, as plain sentences; none unless given. */
  readonly notices?: readonly string[];
}

/** The paid calls for a piece that may still be made without another word of the user's. */
export interface CallsLeft {
  /** Whether one is due although nothing goes wrong. */
  readonly isDue: boolean;
  /** All of them, if everything goes wrong that the policy answers by itself. */
  readonly most: number;
  /** Nothing was bought of it yet. */
  readonly isFirst: boolean;
}

/** Of a piece that is not recorded yet. */
export const allCalls = (kind: StepKind, onAmbiguous: OnAmbiguous): CallsLeft => ({
  isDue: true,
  most: mostCallsOf(kind, onAmbiguous),
  isFirst: true,
});

const isUnderWay = (submit: Submit | undefined): boolean => submit?.state === "intent" || submit?.state === "open";

/** Of a recorded piece: its purchases so far and the user's word count. Pure. */
export function callsLeft(facts: ProjectFacts, step: Step, onAmbiguous: OnAmbiguous): CallsLeft {
  if (step.status === "done" || step.status === "skipped") return { isDue: false, most: 0, isFirst: false };
  const bought = purchasesOf(facts, step);
  const last = bought.at(-1);
  const isUntouched = last === undefined && step.approvals === 0 && keptAnswer(facts, step) === undefined;
  if (isUntouched) return allCalls(step.kind, onAmbiguous);
  return {
    isDue: !isUnderWay(last) && nextPurchase(facts, step, onAmbiguous) !== null,
    most: mostAfter(facts, step, onAmbiguous, 0),
    isFirst: last === undefined,
  };
}

/** More calls than any piece has: the search ends whatever is recorded. */
const MOST_STEPS = MAX_STORYBOARD_CALLS + 4;

/** The longest way that purchases of a piece can take from here, over every end that a call may have. */
function mostAfter(facts: ProjectFacts, step: Step, onAmbiguous: OnAmbiguous, depth: number): number {
  if (depth === MOST_STEPS) return 0;
  const last = purchasesOf(facts, step).at(-1);
  if (last !== undefined && isUnderWay(last)) {
    const ended = ENDS.map((end) => withEnd(facts, last, end));
    return Math.max(...ended.map((after) => mostAfter(after, step, onAmbiguous, depth + 1)));
  }
  const because = nextPurchase(facts, step, onAmbiguous);
  if (because === null) return 0;
  const submit = pretended(step, because, depth);
  return 1 + mostAfter({ ...facts, submits: [...facts.submits, submit] }, step, onAmbiguous, depth);
}

/** How a call may end so that another one follows. */
const ENDS = [
  { state: "unknown", verdict: null },
  { state: "spent", verdict: "rejected" },
] as const satisfies readonly Partial<Submit>[];

const withEnd = (facts: ProjectFacts, last: Submit, end: Partial<Submit>): ProjectFacts => ({
  ...facts,
  submits: facts.submits.map((submit) => (submit.id === last.id ? { ...submit, ...end } : submit)),
});

function pretended({ id, projectId }: Step, because: PurchaseReason, depth: number): Submit {
  return {
    id: SubmitId.parse(`00000000-0000-7000-8000-${String(depth).padStart(12, "0")}`),
    projectId,
    stepId: id,
    attempt: 0,
    because,
    state: "intent",
    usd: 0,
    quantity: 0,
    unit: "call",
    model: "",
    operationName: null,
    billedUsd: null,
    replyId: null,
    resultId: null,
    verdict: null,
    reason: null,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

/** A complaint that makes the next call as dear as any: the answer before was cut off. */
const DEAREST: Complaint = { words: "", truncated: true };

/** The most that some calls for an order cost, US dollars: only a storyboard's later ones may be dearer than its first. */
export function mostOf(order: StepOrder, { most, isFirst }: CallsLeft, quoteOf: QuoteOf): number {
  if (most === 0) return 0;
  const each = quoteOf(order)?.usd ?? 0;
  if (order.kind !== "storyboard") return most * each;
  const later = Math.max(each, quoteOf(order, DEAREST)?.usd ?? 0);
  return (isFirst ? each : later) + (most - 1) * later;
}
