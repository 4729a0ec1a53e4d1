import { advanced, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { Step, StepFailure } from "../domain/step.ts";
import { nextPurchase, purchasesOf } from "../planning/purchases.ts";
import type { Policy } from "./policy.ts";

/**
 * A step whose paid call was sent and whose answer was lost: bought again where the policy still allows a repeat, else
 * the user is asked, or the scene left out, as the policy says. `facts` are as of after the call was settled. Pure.
 */
export function loseAnswer(
  facts: ProjectFacts,
  step: Step,
  why: string,
  policy: Pick<Policy, "onAmbiguous">,
  dueAtMs: number,
): Change[] {
  const failure: StepFailure = { code: "provider.unclear", message: lostWords(why) };
  const isRepeated = nextPurchase(facts, step, policy.onAmbiguous) !== null;
  const { cancelled } = facts.project;
  if (isRepeated) return [cancelled ? advanced(step.id, "cancel") : advanced(step.id, "lose", { failure, dueAtMs })];
  return doubt(step, why, policy);
}

/**
 * Asks about a queued step that may not be bought without the user's word. Whatever the policy says of lost answers: that
 * was done when it was lost, and since then somebody wanted the piece after all. Pure.
 */
export function askAbout(facts: ProjectFacts, step: Step): Change[] {
  const last = purchasesOf(facts, step).at(-1);
  if (last?.state === "unknown") return [doubted(step, "it was not waited for again")];
  const message = `it was paid for before${last?.reason == null ? "" : ` (${last.reason})`}: nothing was bought again`;
  return [advanced(step.id, "reject", { failure: { code: "provider.bad_answer", message } })];
}

const lostWords = (why: string): string =>
  `the order was sent and its answer was lost (${why}); it may have been billed`;

const doubted = (step: Step, why: string): Change =>
  advanced(step.id, "doubt", { failure: { code: "provider.unclear", message: lostWords(why) } });

/** What becomes of a step whose paid call may or may not have been charged and is not repeated. Pure. */
export function doubt(step: Step, why: string, { onAmbiguous }: Pick<Policy, "onAmbiguous">): Change[] {
  const isSkipped = onAmbiguous === "skip" && step.kind === "clip";
  return [doubted(step, why), ...(isSkipped ? [advanced(step.id, "skip")] : [])];
}
