import { type ChargeClass, failureClass, type VidpipeError } from "../domain/errors.ts";
import { advanced, type Change, type ProjectFacts, type StepPatch } from "../domain/facts.ts";
import { ArtifactId, type StepId } from "../domain/ids.ts";
import type { StepEvent } from "../domain/lifecycle.ts";
import { roundUsd, type SubmitState } from "../domain/money.ts";
import type { Artifact, Step, StepFailure, Submit } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import type { Policy } from "./policy.ts";
import { mayRetry, pollDelayMs, retryDelayMs } from "./retry-timing.ts";
import type { MadeFile, Outcome } from "./steps/outcome.ts";

/** How far a paid call got, as this process knows. */
export type CallPhase = "unsent" | "sent" | "answered";

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
  const changes = changesOf({ facts, step, submit, engineContext }, stepOutcome);
  return withConsequences(facts, changes, engineContext).changes;
}

/** The paid call of a step that is not settled yet. */
export const liveSubmit = (facts: ProjectFacts, stepId: StepId): Submit | undefined =>
  facts.submits.findLast((s) => s.stepId === stepId && (s.state === "intent" || s.state === "open"));

interface Case {
  readonly facts: ProjectFacts;
  readonly step: Step;
  readonly submit: Submit | undefined;
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

function settle({ submit }: Case, state: SubmitState, operationName?: string): Change[] {
  if (submit === undefined) return [];
  const named = operationName === undefined ? {} : { operationName };
  return [{ type: "settle_submit", submitId: submit.id, state, ...named }];
}

/** Settles a quote of several calls of which only `calls` were made; without a count, all of it. */
function settleCalls(of: Case, state: SubmitState, calls: unknown): Change[] {
  const { submit } = of;
  if (submit === undefined || typeof calls !== "number" || submit.quantity <= 0) return settle(of, state);
  if (calls <= 0) return settle(of, "released");
  const paid = state === "released" ? "spent" : state;
  const quantity = Math.min(calls, submit.quantity);
  const usd = roundUsd((submit.usd * quantity) / submit.quantity);
  return [{ type: "settle_submit", submitId: submit.id, state: paid, bought: { usd, quantity } }];
}

function outcomeChanges(of: Case, outcome: Outcome): Change[] {
  const { nowMs } = of.engineContext;
  switch (outcome.kind) {
    case "written":
      return [
        move(of, "finish", {
          result: { kind: "storyboard", storyboard: outcome.storyboard },
          finishedAtMs: nowMs,
          failure: null,
        }),
        ...settleCalls(of, "spent", outcome.calls),
      ];
    case "made":
      return madeChanges(of, outcome.made);
    case "waiting":
      return waitingChanges(of, outcome.operationName);
    case "refused":
      return refusedChanges(of, outcome.reason, outcome.charged);
    case "ended":
      return endedChanges(of, outcome);
  }
}

function madeChanges(of: Case, made: MadeFile): Change[] {
  const { step, engineContext } = of;
  const artifact: Artifact = {
    id: ArtifactId.parse(engineContext.id()),
    projectId: step.projectId,
    stepId: step.id,
    role: made.role,
    position: step.position,
    ...made.file,
    mediaType: made.mediaType,
    media: made.media,
    createdAtMs: engineContext.nowMs,
  };
  const result = { kind: "artifact" as const, artifactId: artifact.id, report: made.report };
  return [
    { type: "add_artifact", artifact },
    move(of, "finish", { result, finishedAtMs: engineContext.nowMs, failure: null }),
    ...settle(of, "spent"),
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
  const opened = operationName === undefined ? [] : settle(of, "open", operationName);
  const stopped = facts.project.cancelled ? [move(of, "cancel")] : [];
  return [move(of, "wait", { operation, dueAtMs, failure: null }), ...opened, ...stopped];
}

/** Tried once more with the same input where the provider did not charge; then as the user's policy says. */
function refusedChanges(of: Case, reason: string, charged: boolean): Change[] {
  const { onRefused } = of.engineContext.policy;
  const failure = { code: "provider.refused" as const, message: `refused by the safety filter: ${reason}` };
  const settled = settle(of, charged ? "spent" : "released");
  const isRetry = !charged && of.step.attempts < 2;
  if (isRetry || onRefused === "fail") return [retryOrFail(of, failure, isRetry), ...settled];
  const refused = move(of, "refuse", { failure, operation: null });
  return onRefused === "skip" ? [refused, move(of, "skip"), ...settled] : [refused, ...settled];
}

function endedChanges(of: Case, ended: Extract<Outcome, { kind: "ended" }>): Change[] {
  const failure = { code: "provider.failed" as const, message: `the provider gave up: ${ended.reason}` };
  const isRetry = ended.retryable && of.step.attempts < of.engineContext.policy.retryMaxAttempts;
  return [retryOrFail(of, failure, isRetry), ...settle(of, ended.charged ? "spent" : "released")];
}

function failureChanges(of: Case, failure: VidpipeError, phase: CallPhase): Change[] {
  if (failure.code === "provider.refused") return refusedChanges(of, failure.message, failure.facts.charged !== false);
  if (failure.code === "storage.full") return diskFullChanges(of, failure, phase);
  if (of.step.operation !== null) return operationFailureChanges(of, failure);
  const state = chargeOf(phase, failureClass(failure.code).charge);
  if (state === "unknown" && of.step.kind === "clip" && of.submit !== undefined)
    return doubt(of.step, of.engineContext, failure.message, settle(of, state));
  const isRetry = mayRetry(failure, of.step.attempts, of.engineContext.policy);
  const next = retryOrFail(of, noteOf(failure), isRetry, failure.retryAfterMs);
  return [next, ...settleCalls(of, state, failure.facts.calls)];
}

/** What a failed paid call has cost: by how far it got, then by the class of the failure. */
function chargeOf(phase: CallPhase, charge: ChargeClass): SubmitState {
  if (phase === "unsent") return "released";
  if (phase === "answered") return "spent";
  return ({ none: "released", unknown: "unknown", full: "spent" } as const)[charge];
}

const noteOf = (failure: VidpipeError) => ({ code: failure.code, message: failure.message });

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

/** What becomes of a running clip whose paid call may or may not have been charged, as the user's policy says. */
export function doubt(
  step: Step,
  { policy, nowMs }: Pick<EngineContext, "policy" | "nowMs">,
  why: string,
  settled: readonly Change[],
): Change[] {
  const failure = {
    code: "provider.unclear" as const,
    message: `the order was sent and its answer was lost (${why}); it may have been billed: resume with --retry-ambiguous to buy it again, or --skip-blocked to leave it out`,
  };
  const doubted = [advanced(step.id, "doubt", { failure }), ...settled];
  switch (policy.onAmbiguous) {
    case "ask":
      return doubted;
    case "retry":
      // Due now: the step's own time may come from a clock that was set back since.
      if (step.attempts >= policy.retryMaxAttempts) return doubted;
      return [...doubted, advanced(step.id, "redo", { dueAtMs: nowMs })];
    case "skip":
      return [...doubted, advanced(step.id, "skip")];
  }
}

/** The step goes back to where it was before the claim; a call that was never sent costs nothing. */
function stoppedChanges(of: Case, phase: CallPhase): Change[] {
  const { step, facts, engineContext } = of;
  const { nowMs } = engineContext;
  if (step.operation !== null)
    return [facts.project.cancelled ? move(of, "cancel") : move(of, "wait", { dueAtMs: nowMs })];
  const state = chargeOf(phase, "unknown");
  if (state === "unknown" && step.kind === "clip" && of.submit !== undefined)
    return doubt(step, engineContext, "vidpipe was stopped", settle(of, state));
  const attempts = Math.max(0, step.attempts - 1);
  const back = facts.project.cancelled ? move(of, "cancel") : move(of, "lose", { attempts, dueAtMs: nowMs });
  return [back, ...settle(of, state)];
}
