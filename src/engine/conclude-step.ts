import { type ChargeClass, failureClass, type VidpipeError } from "../domain/errors.ts";
import { advanced, applyChanges, type Change, type ProjectFacts, type StepPatch, type SubmitPatch } from "../domain/facts.ts";
import { ArtifactId, type StepId } from "../domain/ids.ts";
import type { StepEvent } from "../domain/lifecycle.ts";
import { committedUsd, roundUsd, type SubmitState, spendOf } from "../domain/money.ts";
import type { Artifact, Step, StepFailure, Submit } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { nextPurchase, purchasesOf } from "../planning/purchases.ts";
import { loseAnswer } from "./ask-about.ts";
import type { CallPhase } from "./paid-call.ts";
import type { Policy } from "./policy.ts";
import { mayRetry, pollDelayMs, retryDelayMs } from "./retry-timing.ts";
import type { MadeFile, Outcome } from "./steps/outcome.ts";

/** How one run of a step ended. `stopped`: it was told to stop before it was done. */
export type StepOutcome =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "failure"; readonly failure: VidpipeError; readonly phase: CallPhase }
  | { readonly kind: "stopped"; readonly phase: CallPhase };

/** What a decision of the engine may know besides the facts. */
export interface EngineContext extends DecisionContext {
  readonly policy: Policy;
  /** 0 <= x < 1 */
  readonly random: number;
}

/** What the outcome of a run changes; none unless the step is running in these facts. Pure. */
export function concludeStep(
  facts: ProjectFacts,
  stepId: StepId,
  stepOutcome: StepOutcome,
  engineContext: EngineContext,
): readonly Change[] {
  const step = facts.steps.find((s) => s.id === stepId);
  if (step === undefined || step.status !== "running") return [];
  const submit = liveSubmit(facts, stepId);
  const bought = submit ?? purchasesOf(facts, step).at(-1);
  const of = { facts, step, submit, bought, engineContext };
  const changes = withReservationClosed(of, changesOf(of, stepOutcome));
  return withConsequences(facts, changes, engineContext).changes;
}

/** The paid call of a step that is not settled yet. */
export const liveSubmit = (facts: ProjectFacts, stepId: StepId): Submit | undefined =>
  facts.submits.findLast((s) => s.stepId === stepId && (s.state === "intent" || s.state === "open"));

interface Case {
  readonly facts: ProjectFacts;
  readonly step: Step;
  /** The paid call under way. */
  readonly submit: Submit | undefined;
  /** The call whose answer the step is made from: the one under way, else the piece's last. */
  readonly bought: Submit | undefined;
  readonly engineContext: EngineContext;
}

function changesOf(of: Case, stepOutcome: StepOutcome): Change[] {
  switch (stepOutcome.kind) {
    case "outcome":
      return outcomeChanges(of, stepOutcome.outcome);
    case "failure":
      return failureChanges(of, stepOutcome.failure, stepOutcome.phase);
    case "stopped":
      return stoppedChanges(of, stepOutcome.phase);
  }
}

const move = ({ step }: Case, event: StepEvent, patch?: StepPatch): Change => advanced(step.id, event, patch);

/** Tries the step again after its back-off; fails it where it may not be tried again. */
function retryOrFail(of: Case, failure: StepFailure, isRetry: boolean, askedMs?: number): Change {
  const { policy, nowMs, random } = of.engineContext;
  if (!isRetry) return move(of, "fail", { failure, operation: null });
  const dueAtMs = nowMs + retryDelayMs(of.step.attempts, policy.retryBaseMs, random, askedMs);
  return move(of, "retry", { failure, operation: null, dueAtMs });
}

/** Settles the call under way; of a call that was settled before only what became of its answer is noted. */
function settle({ submit, bought }: Case, state: SubmitState, patch: SubmitPatch = {}): Change[] {
  if (submit !== undefined) return [{ type: "settle_submit", submitId: submit.id, state, patch }];
  const isNews = bought !== undefined && Object.keys(patch).length > 0;
  return isNews ? [{ type: "settle_submit", submitId: bought.id, state: bought.state, patch }] : [];
}

function outcomeChanges(of: Case, outcome: Outcome): Change[] {
  const { nowMs } = of.engineContext;
  switch (outcome.kind) {
    case "written": {
      const result = { kind: "storyboard" as const, storyboard: outcome.storyboard };
      const finished = move(of, "finish", { result, finishedAtMs: nowMs, failure: null });
      return [finished, ...settle(of, "spent", { verdict: "used", reason: null })];
    }
    case "made":
      return madeChanges(of, outcome.made);
    case "waiting":
      return waitingChanges(of, outcome.operationName);
    case "unusable":
      return unusableChanges(of, outcome);
    case "refused":
      return refusedChanges(of, outcome.reason, outcome.charged);
    case "ended":
      return endedChanges(of, outcome);
  }
}

const artifactOf = ({ step, engineContext }: Case, { file, role, mediaType, media }: MadeFile): Artifact => ({
  id: ArtifactId.parse(engineContext.id()),
  projectId: step.projectId,
  stepId: step.id,
  role,
  position: step.position,
  ...file,
  mediaType,
  media,
  createdAtMs: engineContext.nowMs,
});

function madeChanges(of: Case, made: MadeFile): Change[] {
  const artifact = artifactOf(of, made);
  const result = { kind: "artifact" as const, artifactId: artifact.id, report: made.report };
  return [
    { type: "add_artifact", artifact },
    move(of, "finish", { result, finishedAtMs: of.engineContext.nowMs, failure: null }),
    ...settle(of, "spent", { verdict: "used", reason: null }),
  ];
}

/** The operation's name is recorded before its first poll; a cancelled project keeps it too. */
function waitingChanges(of: Case, operationName: string | undefined): Change[] {
  const { step, facts, engineContext } = of;
  const { nowMs, policy, random } = engineContext;
  const known = operationName === undefined ? step.operation : { name: operationName, submittedAtMs: nowMs, polls: -1 };
  const operation = known === null ? null : { ...known, polls: known.polls + 1 };
  const local = of.submit === undefined && operationName !== undefined;
  const dueAtMs = local ? nowMs : nowMs + pollDelayMs(operation?.polls ?? 0, policy, random);
  const opened = operationName === undefined ? [] : settle(of, "open", { operationName });
  const stopped = facts.project.cancelled ? [move(of, "cancel")] : [];
  return [move(of, "wait", { operation, dueAtMs, failure: null }), ...opened, ...stopped];
}

/**
 * What was paid for and is of no use. A text model is told and asked again within the storyboard's calls, a download
 * that is broken is fetched again, and everything else waits for the user's word: nothing is bought for it.
 */
function unusableChanges(of: Case, { reason, truncated = false, made, isUsable = false }: Extract<Outcome, { kind: "unusable" }>): Change[] {
  const { step, facts, engineContext } = of;
  const { nowMs } = engineContext;
  const kept = made === undefined ? [] : [artifactOf(of, made)];
  const shown = kept.map(({ id }) => ({ resultId: id }))[0] ?? {};
  const judged = settle(of, "spent", { ...shown, verdict: "rejected", reason });
  const rows = kept.map((artifact): Change => ({ type: "add_artifact", artifact }));
  if (isWorthFetching(of)) return [...rows, ...fetchAgain(of, reason)];
  const isWhole = made !== undefined || isUsable;
  const code = truncated ? "provider.truncated" : isWhole ? "provider.misfit" : "provider.bad_answer";
  const after = applyChanges(facts, [...rows, ...judged], nowMs);
  const again = step.kind === "storyboard" && nextPurchase(after, step, engineContext.policy.onAmbiguous) !== null;
  if (again) return [...rows, ...judged, move(of, "lose", { failure: { code, message: reason }, attempts: 0, dueAtMs: nowMs })];
  const message = `${reason}; it was paid for and nothing is bought again unasked: ${waysOf(step, isWhole)}`;
  return [...rows, ...judged, move(of, "reject", { failure: { code, message }, operation: null })];
}

/** Whether the file of a finished operation may come better at the next look: not where the same came twice. */
function isWorthFetching({ step, submit, bought, facts, engineContext }: Case): boolean {
  if (step.operation === null || submit === undefined) return false;
  const file = facts.artifacts.find(({ id }) => id === bought?.resultId);
  const same = facts.artifacts.filter(({ key, stepId }) => key === file?.key && stepId === step.id);
  return same.length === 1 && step.attempts + 1 < engineContext.policy.retryMaxAttempts;
}

function fetchAgain(of: Case, reason: string): Change[] {
  const { step, submit, engineContext } = of;
  const { nowMs, policy, random } = engineContext;
  const failure = { code: "media.invalid" as const, message: reason };
  const attempts = step.attempts + 1;
  const dueAtMs = nowMs + retryDelayMs(attempts, policy.retryBaseMs, random, undefined);
  return [
    move(of, "wait", { failure, attempts, dueAtMs }),
    ...settle(of, submit?.state ?? "open", { verdict: "rejected", reason }),
  ];
}

/** What the user may do about a rejected answer, in words. */
function waysOf(step: Step, isUsable: boolean): string {
  const ways = [
    ...(isUsable ? ["--use-rejected to use it as it is"] : []),
    "--retry-rejected to buy it again",
    ...(step.kind === "storyboard" ? [] : ["--skip-blocked to leave it out"]),
  ];
  return `resume with ${ways.join(", or ")}`;
}

/** Tried once more with the same input where the provider did not charge; then as the user's policy says. */
function refusedChanges(of: Case, why: string, charged: boolean): Change[] {
  const { onRefused } = of.engineContext.policy;
  const reason = `refused by the safety filter: ${why}`;
  const failure = { code: "provider.refused" as const, message: reason };
  const settled = settle(of, charged ? "spent" : "released", { verdict: "rejected", reason });
  const isRetry = !charged && of.step.attempts < 2;
  if (isRetry || onRefused === "fail") return [retryOrFail(of, failure, isRetry), ...settled];
  const refused = move(of, "refuse", { failure, operation: null });
  const isSkipped = onRefused === "skip" && of.step.kind !== "storyboard";
  return isSkipped ? [refused, move(of, "skip"), ...settled] : [refused, ...settled];
}

/** A job that ended without a clip is tried again only where the provider says that it was not charged. */
function endedChanges(of: Case, { reason: why, retryable, charged }: Extract<Outcome, { kind: "ended" }>): Change[] {
  const reason = `the provider gave up: ${why}`;
  if (!charged) {
    const failure = { code: "provider.failed" as const, message: reason };
    const isRetry = retryable && of.step.attempts < of.engineContext.policy.retryMaxAttempts;
    return [retryOrFail(of, failure, isRetry), ...settle(of, "released", { verdict: "rejected", reason })];
  }
  const message = `${reason}; it counts as charged and nothing is bought again unasked: ${waysOf(of.step, false)}`;
  const failure = { code: "provider.bad_answer" as const, message };
  return [
    move(of, "reject", { failure, operation: null }),
    ...settle(of, "spent", { verdict: "rejected", reason }),
  ];
}

function failureChanges(of: Case, failure: VidpipeError, phase: CallPhase): Change[] {
  const { step, submit, engineContext } = of;
  if (failure.code === "provider.refused") return refusedChanges(of, failure.message, failure.facts.charged !== false);
  if (failure.code === "storage.full") return diskFullChanges(of, failure, phase);
  if (phase === "answered" && isGone(of, failure)) return goneChanges(of, failure.message);
  if (step.operation !== null) return operationFailureChanges(of, failure);
  const state = chargeOf(phase, failureClass(failure.code).charge);
  if (state === "unknown" && submit !== undefined) return lostChanges(of, failure.message, retryAt(of, failure));
  if (state === "spent" && submit !== undefined && phase === "sent") return unusableChanges(of, { kind: "unusable", reason: failure.message });
  const isRetry = mayRetry(failure, step.attempts, engineContext.policy);
  return [retryOrFail(of, noteOf(failure), isRetry, failure.retryAfterMs), ...settle(of, state)];
}

const retryAt = ({ step, engineContext: { nowMs, policy, random } }: Case, { retryAfterMs }: VidpipeError): number =>
  nowMs + retryDelayMs(step.attempts, policy.retryBaseMs, random, retryAfterMs);

/** The answer was lost: see loseAnswer. */
function lostChanges(of: Case, why: string, dueAtMs: number): Change[] {
  const { facts, step, engineContext } = of;
  const settled = settle(of, "unknown");
  const after = applyChanges(facts, settled, engineContext.nowMs);
  return [...settled, ...loseAnswer(after, step, why, engineContext.policy, dueAtMs)];
}

/** What a failed paid call has cost: by how far it got, then by the class of the failure. */
function chargeOf(phase: CallPhase, charge: ChargeClass): SubmitState {
  if (phase === "unsent") return "released";
  if (phase === "answered") return "spent";
  return ({ none: "released", unknown: "unknown", full: "spent" } as const)[charge];
}

const noteOf = (failure: VidpipeError) => ({ code: failure.code, message: failure.message });

/** Whether an answer was received that is nowhere any more: it could not be stored, or its file was lost since. */
const isGone = ({ submit, bought }: Case, { code }: VidpipeError): boolean =>
  code === "provider.bad_answer" || (submit !== undefined && bought?.replyId === null);

/** Charged, and nothing to show for it: the user is asked. */
function goneChanges(of: Case, reason: string): Change[] {
  const message = `it was paid for and its answer is not there (${reason}): ${waysOf(of.step, false)}`;
  return [
    move(of, "reject", { failure: { code: "provider.bad_answer", message }, operation: null }),
    ...settle(of, "spent", { verdict: "rejected", reason }),
  ];
}

/** On a full disk nothing is lost: the step goes back and the project is held until there is space. */
function diskFullChanges(of: Case, failure: VidpipeError, phase: CallPhase): Change[] {
  const hold = { reason: "disk" as const, message: `${failure.message}: make room, then resume` };
  return [...stoppedChanges(of, phase), { type: "project", patch: { hold } }];
}

/** A failed poll never ends an operation that may still deliver; only a file that stays bad, or a final refusal, does. */
function operationFailureChanges(of: Case, failure: VidpipeError): Change[] {
  const { step, engineContext } = of;
  const { policy, nowMs, random } = engineContext;
  const { area, retry } = failureClass(failure.code);
  const badFile = area === "media" || area === "storage";
  const attempts = step.attempts + (badFile ? 1 : 0);
  const stop = retry === "never" || (badFile && attempts >= policy.retryMaxAttempts);
  if (stop) return [move(of, "fail", { failure: noteOf(failure) })];
  const polls = (step.operation?.polls ?? 0) + 1;
  const delayMs = Math.max(
    pollDelayMs(polls, policy, random),
    retryDelayMs(1, policy.retryBaseMs, random, failure.retryAfterMs),
  );
  const operation = step.operation === null ? null : { ...step.operation, polls };
  return [move(of, "wait", { operation, attempts, dueAtMs: nowMs + delayMs, failure: noteOf(failure) })];
}

/** The step goes back to where it was before the claim; a call that was never sent costs nothing. */
function stoppedChanges(of: Case, phase: CallPhase): Change[] {
  const { step, facts, submit, engineContext } = of;
  const { nowMs } = engineContext;
  if (step.operation !== null)
    return [facts.project.cancelled ? move(of, "cancel") : move(of, "wait", { dueAtMs: nowMs })];
  const state = chargeOf(phase, "unknown");
  if (state === "unknown" && submit !== undefined) return lostChanges(of, "vidpipe was stopped", nowMs);
  if (phase === "answered" && submit !== undefined && submit.replyId === null)
    return goneChanges(of, "vidpipe was stopped before it could be stored");
  const attempts = Math.max(0, step.attempts - 1);
  const back = facts.project.cancelled ? move(of, "cancel") : move(of, "lose", { attempts, dueAtMs: nowMs });
  return [back, ...settle(of, state)];
}

/** What a finished retake did not use of the price that was kept for it goes off the film's cap again. */
function withReservationClosed({ facts, step }: Case, changes: readonly Change[]): readonly Change[] {
  const isFinish = (change: Change) => change.type === "advance" && change.event === "finish";
  if (step.reservedUsd === 0 || !changes.some(isFinish)) return changes;
  const closed = changes.map((change) =>
    change.type === "advance" && isFinish(change)
      ? { ...change, patch: { ...change.patch, reservedUsd: 0 } }
      : change,
  );
  const { maxCostUsd } = facts.project;
  if (maxCostUsd === null) return closed;
  const own = facts.submits.filter(({ stepId }) => stepId === step.id);
  const unused = Math.max(0, roundUsd(step.reservedUsd - committedUsd(spendOf(own))));
  return [...closed, { type: "project", patch: { maxCostUsd: roundUsd(maxCostUsd - unused) } }];
}
