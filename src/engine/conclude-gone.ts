import type { VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change } from "../domain/facts.ts";
import type { Operation } from "../domain/step.ts";
import { nextPurchase } from "../planning/purchases.ts";
import { type Case, move, noteOf, settle } from "./concluded-case.ts";
import { pollDelayMs } from "./retry-timing.ts";

/** An operation without what was counted at looks that did not find it. */
export const knownAgain = ({ missing: _, ...operation }: Operation): Operation => operation;

/** What becomes of a step of which the provider says that something is not there any more; null for other failures. */
export function absenceChanges(of: Case, failure: VidpipeError): Change[] | null {
  if (failure.code === "provider.gone") return missingChanges(of, failure);
  const isRetired = failure.code === "provider.model_unavailable" && of.step.operation === null;
  return isRetired ? retiredChanges(of, failure) : null;
}

/**
 * The provider did not know an operation, or its file, at this look. One look may be mistaken: it is looked at again as
 * often as anything else that costs nothing, and is gone only when every look in a row said so.
 */
function missingChanges(of: Case, failure: VidpipeError): Change[] {
  const { step, engineContext } = of;
  const { policy, nowMs, random } = engineContext;
  const { operation } = step;
  const missing = (operation?.missing ?? 0) + 1;
  if (operation === null || missing >= policy.retryMaxAttempts) return forgottenChanges(of, failure);
  const polls = operation.polls + 1;
  const dueAtMs = nowMs + pollDelayMs(polls, policy, random);
  return [move(of, "wait", { operation: { ...operation, polls, missing }, dueAtMs, failure: noteOf(failure) })];
}

/**
 * Nothing more comes of a paid call, as far as the provider says. It was charged where its clip had been finished; else
 * nobody knows, and it is treated as a lost answer where the policy does not ask. The operation's name stays with the
 * step: it may be looked at again, for nothing.
 */
function forgottenChanges(of: Case, failure: VidpipeError): Change[] {
  const { facts, step, engineContext } = of;
  const { policy, nowMs } = engineContext;
  const charged = failure.facts.charged === true;
  const settled = settle(of, charged ? "spent" : "unknown", { reason: failure.message });
  const isRepeated =
    !facts.project.cancelled &&
    nextPurchase(applyChanges(facts, settled, nowMs), step, policy.onAmbiguous) === "repeat";
  const note = noteOf(failure);
  if (isRepeated)
    return [...settled, move(of, "lose", { operation: null, failure: note, attempts: 0, dueAtMs: nowMs })];
  const gone = move(of, "vanish", { failure: note, operation: step.operation && knownAgain(step.operation) });
  const isSkipped = !charged && policy.onAmbiguous === "skip" && step.kind === "clip";
  return [...settled, gone, ...(isSkipped ? [move(of, "skip")] : [])];
}

/** The model is not offered any more, so nothing was charged: another one can make the piece. */
const retiredChanges = (of: Case, failure: VidpipeError): Change[] => [
  move(of, "vanish", { failure: noteOf(failure), operation: null }),
  ...settle(of, "released"),
];
