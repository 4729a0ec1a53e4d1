import type { ProjectFacts } from "../domain/facts.ts";
import type { StepStatus } from "../domain/lifecycle.ts";
import type { ResumeOptions } from "../domain/project.ts";
import type { Step } from "../domain/step.ts";
import { unjoinableClip } from "./plan.ts";
import { keptAnswer, nextPurchase, purchasesOf } from "./purchases.ts";

/** What a stopped step waits for, and the options that answer it by buying again. */
export const ASKING = {
  ambiguous: "retryAmbiguous",
  refused: "retryRefused",
  rejected: "retryRejected",
  gone: "retryGone",
} as const satisfies Partial<Record<StepStatus, keyof ResumeOptions>>;
export type AskingWord = keyof typeof ASKING;

export const isAsking = (status: StepStatus): status is AskingWord => Object.hasOwn(ASKING, status);

/** From this age on an operation that cannot be looked at is taken for gone, ms. No service works on a clip that long. */
const goneAfterMs = 86_400_000;

/**
 * Whether a step that failed or was cancelled hangs on an old operation that could not be looked at: waiting for it may
 * never end. A younger one is collected when the film goes on, once a key is right again, say. Pure.
 */
export function isStuck(facts: ProjectFacts, step: Step): boolean {
  const { status, operation, failure } = step;
  const isStopped = status === "failed" || status === "cancelled";
  if (!isStopped || operation === null || failure === null || keptAnswer(facts, step)?.result != null) return false;
  return facts.project.updatedAtMs - operation.submittedAtMs > goneAfterMs;
}

/**
 * What the user may agree to buy again of a stopped step, by the option's name: `--retry-<word>`. A failed step is among
 * them where it was paid for and nothing else makes it. Null: it asks nothing. Pure.
 */
export function askOf(facts: ProjectFacts, step: Step): AskingWord | null {
  const { status, failure, operation } = step;
  if (isAsking(status)) return status;
  if (isStuck(facts, step)) return "rejected";
  // As earlier releases left it.
  if (status === "failed" && operation === null && failure?.code === "provider.model_unavailable") return "gone";
  // Its operation may still give what was paid for.
  if (status !== "failed" || operation !== null || nextPurchase(facts, step, "ask") !== null) return null;
  if (failure?.code === "provider.refused") return "refused";
  // A good answer whose check failed is checked again, for nothing.
  const isSpent = purchasesOf(facts, step).at(-1)?.verdict === "rejected" || keptAnswer(facts, step) === undefined;
  return isSpent ? "rejected" : null;
}

/**
 * Whether nothing is kept of a rejected clip that came with a fork but the name of an operation that has ended: there is
 * nothing to look at again, and no call of its own says so. Pure.
 */
export function isOver(facts: ProjectFacts, step: Step): boolean {
  const isForked = step.kind === "clip" && purchasesOf(facts, step).length === 0;
  return isForked && step.status === "rejected" && (keptAnswer(facts, step)?.result ?? null) === null;
}

/**
 * Steps that nothing can be left out of the film with: there is no film without them. A stitch that failed because of one
 * of several clips can go: the film is joined without that clip, then.
 */
export function isIndispensable(step: Step): boolean {
  const { kind, order } = step;
  const isOneClips = order.kind === "stitch" && order.clips.length > 1 && unjoinableClip(step) !== undefined;
  return kind === "storyboard" || (kind === "stitch" && !isOneClips);
}
