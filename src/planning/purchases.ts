import type { ProjectFacts } from "../domain/facts.ts";
import type { ArtifactId } from "../domain/ids.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import { isRejected, MAX_STORYBOARD_CALLS, type PurchaseReason } from "../domain/money.ts";
import { type Artifact, isReplyKey, type Step, type Submit } from "../domain/step.ts";

/** What is done about a paid call whose answer was lost, as the configuration says. */
export type OnAmbiguous = "ask" | "retry" | "skip";

/** How often a piece is bought again after a lost answer without asking anyone. */
export function repeatsOf(kind: StepKind, onAmbiguous: OnAmbiguous): number {
  const isCheap = kind === "storyboard" || kind === "keyframe";
  return isCheap || onAmbiguous === "retry" ? 1 : 0;
}

/** Most paid calls of a piece that nobody has to agree to: what its price is multiplied by for the most it can cost. */
export const mostCallsOf = (kind: StepKind, onAmbiguous: OnAmbiguous): number =>
  kind === "storyboard" ? MAX_STORYBOARD_CALLS : 1 + repeatsOf(kind, onAmbiguous);

/** The steps of one piece: one order by its key, at whatever place of the film. */
const stepsOf = ({ steps }: ProjectFacts, { kind, inputKey }: Step): Step[] =>
  steps.filter((step) => step.kind === kind && step.inputKey === inputKey);

/** The paid calls for one piece that were charged or may have been, oldest first. */
export function purchasesOf(facts: ProjectFacts, step: Step): Submit[] {
  const same = new Set(stepsOf(facts, step).map(({ id }) => id));
  return facts.submits.filter(({ stepId, state }) => same.has(stepId) && state !== "released");
}

/**
 * Why the next paid call for a piece is allowed; null: it needs the user's word. A piece is bought once. Another
 * purchase needs the provider's word that the one before was free (it is released, then), the user's word, or the
 * policy's one repeat after a lost answer. A storyboard that did not fit is asked for again within its calls. Pure.
 */
export function nextPurchase(facts: ProjectFacts, step: Step, onAmbiguous: OnAmbiguous): PurchaseReason | null {
  const bought = purchasesOf(facts, step);
  const last = bought.at(-1);
  const count = (reason: PurchaseReason) => bought.filter(({ because }) => because === reason).length;
  // The user's word is for the next purchase, also where that needs none: it does not last for one after it.
  const elsewhere = stepsOf(facts, step).filter(({ id }) => id !== step.id);
  const approvals = elsewhere.reduce((sum, one) => sum + one.approvals, step.approvals);
  if (count("approval") < approvals) return "approval";
  // An answer that came with a fork is the piece's purchase, made elsewhere.
  if (last === undefined) return keptAnswer(facts, step) === undefined ? "first" : null;
  const isStoryboard = step.kind === "storyboard";
  if (isStoryboard && bought.length >= MAX_STORYBOARD_CALLS) return null;
  if (last.state === "unknown") return repeatsIn(bought) < repeatsOf(step.kind, onAmbiguous) ? "repeat" : null;
  return isStoryboard && isRejected(last.verdict) && last.because !== "approval" ? "complaint" : null;
}

/** Repeats among the purchases of a piece. Rows of earlier releases do not say why: of them all but the first is one. */
const repeatsIn = (bought: readonly Submit[]): number =>
  Math.max(0, bought.filter(({ because }) => because === "first" || because === "repeat").length - 1);

/** Whether a step is made from what is kept of it, for nothing: neither the user nor a complaint asked for more. Pure. */
export function isMadeFromKept(facts: ProjectFacts, step: Step): boolean {
  const reason = nextPurchase(facts, step, "ask");
  return keptAnswer(facts, step) !== undefined && reason !== "approval" && reason !== "complaint";
}

/** What is kept of a piece's last purchase. */
export interface KeptAnswer {
  /** The reply as it came. */
  readonly reply: Artifact | null;
  /** The file that was made of it before it was checked. */
  readonly result: Artifact | null;
}

/** The answer that a step is made from without buying anything; undefined where none is kept. Pure. */
export function keptAnswer(facts: ProjectFacts, step: Step): KeptAnswer | undefined {
  const last = purchasesOf(facts, step).at(-1);
  const find = (id: ArtifactId | null) => facts.artifacts.find((artifact) => artifact.id === id) ?? null;
  // A fork brings answers without the calls they were bought by.
  const [reply, result] = last === undefined ? answersWithout(facts, step) : [find(last.replyId), find(last.resultId)];
  // The reply of a clip is its operation's name: that has ended, or the service has forgotten it.
  const isGivenUp = last?.verdict === "rejected" || last?.state === "unknown";
  const isOver = step.kind === "clip" && isGivenUp && last?.operationName !== null;
  if (isOver && result === null) return undefined;
  // Only a clip is made from its file; anything else is read from the reply.
  return reply === null && (result === null || step.kind !== "clip") ? undefined : { reply, result };
}

function answersWithout({ artifacts, submits }: ProjectFacts, { id }: Step): [Artifact | null, Artifact | null] {
  const known = new Set(submits.flatMap(({ replyId, resultId }) => [replyId, resultId]));
  const own = artifacts.filter((row) => row.stepId === id && row.role === "answer" && !known.has(row.id));
  return [own.findLast(({ key }) => isReplyKey(key)) ?? null, own.findLast(({ key }) => !isReplyKey(key)) ?? null];
}
