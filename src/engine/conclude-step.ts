import { type ChargeClass, failureClass, type VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { StepId } from "../domain/ids.ts";
import type { SubmitState } from "../domain/money.ts";
import { withConsequences } from "../planning/consequences.ts";
import { purchasesOf } from "../planning/purchases.ts";
import { doubt, loseAnswer } from "./ask-about.ts";
import { endedChanges, refusedChanges, unkeptChanges, unusableChanges } from "./conclude-answer.ts";
import { absenceChanges, knownAgain } from "./conclude-gone.ts";
import {
  artifactOf,
  type Case,
  type EngineContext,
  liveSubmit,
  move,
  noteOf,
  retryOrFail,
  settle,
} from "./concluded-case.ts";
import type { CallPhase } from "./paid-call.ts";
import { mayRetry, pollDelayMs, retryDelayMs } from "./retry-timing.ts";
import type { MadeFile, Outcome } from "./steps/outcome.ts";

/** How one run of a step ended. `stopped`: it was told to stop before it was done. */
export type StepOutcome =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "failure"; readonly failure: VidpipeError; readonly phase: CallPhase }
  | { readonly kind: "stopped"; readonly phase: CallPhase };

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
  return withConsequences(facts, changesOf(of, stepOutcome), engineContext).changes;
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
  const found = step.operation && knownAgain(step.operation);
  const known = operationName === undefined ? found : { name: operationName, submittedAtMs: nowMs, polls: -1 };
  const operation = known === null ? null : { ...known, polls: known.polls + 1 };
  const local = of.submit === undefined && operationName !== undefined;
  const dueAtMs = local ? nowMs : nowMs + pollDelayMs(operation?.polls ?? 0, policy, random);
  const opened = operationName === undefined ? [] : settle(of, "open", { operationName });
  const stopped = facts.project.cancelled ? [move(of, "cancel")] : [];
  return [move(of, "wait", { operation, dueAtMs, failure: null }), ...opened, ...stopped];
}

function failureChanges(of: Case, failure: VidpipeError, phase: CallPhase): Change[] {
  const { step, submit, engineContext } = of;
  if (failure.code === "provider.refused") return refusedChanges(of, failure.message, failure.facts.charged !== false);
  if (failure.code === "storage.full") return diskFullChanges(of, failure, phase);
  if (phase === "answered" && isUnkept(of, failure)) return unkeptChanges(of, failure.message);
  const absent = absenceChanges(of, failure);
  if (absent !== null) return absent;
  if (step.operation !== null) return operationFailureChanges(of, failure);
  const state = chargeOf(phase, failureClass(failure.code).charge);
  if (state === "unknown" && submit !== undefined) {
    // A fault of our own may come again: it is not answered by buying.
    if (failure.code === "internal")
      return [...settle(of, state), ...doubt(step, failure.message, engineContext.policy)];
    return lostChanges(of, failure.message, retryAt(of, failure));
  }
  if (state === "spent" && submit !== undefined && phase === "sent")
    return unusableChanges(of, { kind: "unusable", reason: failure.message });
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

/** Whether an answer was received that is nowhere any more: it could not be stored, or its file was lost since. */
const isUnkept = ({ submit, bought }: Case, { code }: VidpipeError): boolean =>
  code === "provider.bad_answer" || (submit !== undefined && bought?.replyId === null);

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
  const isFinal = retry === "never" || (retry === "login" && !policy.awaitsLogin);
  const stop = isFinal || (badFile && attempts >= policy.retryMaxAttempts);
  if (stop) return [move(of, "fail", { failure: noteOf(failure) })];
  const polls = (step.operation?.polls ?? 0) + 1;
  const delayMs = Math.max(
    pollDelayMs(polls, policy, random),
    engineContext.laneWaitMs ?? retryDelayMs(1, policy.retryBaseMs, random, failure.retryAfterMs),
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
    return unkeptChanges(of, "vidpipe was stopped before it could be stored");
  // An answer that is kept and was not looked at yet: the call stays as it is until somebody does.
  const isKept = phase === "answered" && submit !== undefined;
  const attempts = Math.max(0, step.attempts - 1);
  const back = facts.project.cancelled ? move(of, "cancel") : move(of, "lose", { attempts, dueAtMs: nowMs });
  return isKept ? [back] : [back, ...settle(of, state)];
}
