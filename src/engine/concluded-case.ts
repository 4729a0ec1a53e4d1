import type { VidpipeError } from "../domain/errors.ts";
import { advanced, type Change, type ProjectFacts, type StepPatch, type SubmitPatch } from "../domain/facts.ts";
import { ArtifactId, type StepId } from "../domain/ids.ts";
import type { StepEvent } from "../domain/lifecycle.ts";
import type { SubmitState } from "../domain/money.ts";
import type { Artifact, Step, StepFailure, Submit } from "../domain/step.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { Policy } from "./policy.ts";
import { mostAttempts, retryDelayMs } from "./retry-timing.ts";
import type { MadeFile } from "./steps/outcome.ts";

/** What a decision of the engine may know besides the facts. */
export interface EngineContext extends DecisionContext {
  readonly policy: Policy;
  /** 0 <= x < 1 */
  readonly random: number;
  /** How long the step's lane is closed after its failure, ms; absent where it is not. */
  readonly laneWaitMs?: number;
}

/** The paid call of a step that is not settled yet. */
export const liveSubmit = (facts: ProjectFacts, stepId: StepId): Submit | undefined =>
  facts.submits.findLast((s) => s.stepId === stepId && (s.state === "intent" || s.state === "open"));

/** A running step that is concluded, and what its changes are decided on. */
export interface Case {
  readonly facts: ProjectFacts;
  readonly step: Step;
  /** The paid call under way. */
  readonly submit: Submit | undefined;
  /** The call whose answer the step is made from: the one under way, else the piece's last. */
  readonly bought: Submit | undefined;
  readonly engineContext: EngineContext;
}

/** A failure as its step keeps it. */
export const noteOf = ({ code, message, facts: { clip } }: VidpipeError): StepFailure => ({
  code,
  message,
  ...(typeof clip === "number" && { clip }),
});

/** The change that an event makes to the step. */
export const move = ({ step }: Case, event: StepEvent, patch?: StepPatch): Change => advanced(step.id, event, patch);

/** Tries the step again after its back-off; fails it where it may not be tried again. */
export function retryOrFail(of: Case, failure: StepFailure, isRetry: boolean, askedMs?: number): Change {
  const { policy, nowMs, random, laneWaitMs } = of.engineContext;
  const { attempts } = of.step;
  if (!isRetry) return move(of, "fail", { failure, operation: null });
  const dueAtMs = nowMs + (laneWaitMs ?? retryDelayMs(attempts, policy.retryBaseMs, random, askedMs));
  // What is waited for without an end is no try.
  const isCounted = Number.isFinite(mostAttempts(failure, policy));
  return move(of, "retry", {
    failure,
    operation: null,
    dueAtMs,
    ...(!isCounted && { attempts: Math.max(0, attempts - 1) }),
  });
}

/**
 * Settles the call under way, or one whose answer was found after it had been given up; of a call that was settled
 * before only what became of its answer is noted.
 */
export function settle({ submit, bought }: Case, state: SubmitState, patch: SubmitPatch = {}): Change[] {
  if (submit !== undefined) return [{ type: "settle_submit", submitId: submit.id, state, patch }];
  const isNews = bought !== undefined && Object.keys(patch).length > 0;
  if (!isNews) return [];
  const settled = bought.state === "unknown" ? state : bought.state;
  return [{ type: "settle_submit", submitId: bought.id, state: settled, patch }];
}

/** The row of a file that the step made. */
export const artifactOf = ({ step, engineContext }: Case, { file, role, mediaType, media }: MadeFile): Artifact => ({
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
