import { boundaryOf, type Until, withBoundary } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import { advanced, applyChanges, type Change, type ProjectFacts, type StepPatch } from "../domain/facts.ts";
import { nextStatus } from "../domain/lifecycle.ts";
import { conflictOf, type Project, type ResumeOptions } from "../domain/project.ts";
import { checkCrossfade, checkTransitions } from "../domain/request.ts";
import type { Artifact, Step, StepOrder } from "../domain/step.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import { ASKING, askOf, isAsking, isIndispensable, isOver, isStuck } from "../planning/asking.ts";
import { type Decided, type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { givenUpJoins, plan } from "../planning/plan.ts";
import { nextPurchase } from "../planning/purchases.ts";
import { lostRetakes } from "../planning/takes.ts";
import { bringForward, isPutOff } from "../planning/waiting.ts";
import type { ModelFit } from "../ports/provider.ts";
import { changeModel } from "./change-model.ts";

/**
 * What the user's command to go on changes; `fit` is the model that makes the rest of its kind, null: none is named. No
 * changes: the project only needs a driver. Pure.
 * @throws VidpipeError project.conflict when there is nothing to resume, or only the user's choice is missing
 */
export function resume(
  before: ProjectFacts,
  options: ResumeOptions,
  context: DecisionContext,
  fit: ModelFit | null = null,
): Decided {
  const remodelled =
    fit === null ? [] : changeModel(before, fit, (step) => isOrdered(before, step, options), context.nowMs);
  const facts = applyChanges(before, remodelled, context.nowMs);
  const { project } = facts;
  const current = plan(facts);
  const takes = lostRetakes(facts, current).flatMap((step) => resumeStep(facts, step, options, context));
  // Answering for a retake of a film at rest does not resume the film.
  const isBeside = project.status === "complete" || (project.status === "review" && options.until === undefined);
  if (takes.length > 0 && isBeside)
    return withConsequences(before, [...remodelled, { type: "project", patch: { hold: null } }, ...takes], context);
  const isWhole = current.missingScenes.length === 0 || options.retrySkipped !== true;
  if (project.status === "complete" && isWhole) throw conflictOf(project, "there is nothing to resume");
  const until = options.until ?? untilAfter(project);
  const released: Change = { type: "project", patch: { hold: null, cancelled: false, until } };
  const steps = [...current.steps.flatMap((planned) => planned.step ?? []), ...givenUpJoins(facts)];
  const moved = [...steps.flatMap((step) => resumeStep(facts, step, options, context)), ...takes];
  if (moved.length === 0 && remodelled.length === 0) checkAnswered(project, steps);
  // Who says so does not want to wait: the quota may have been raised, or the login renewed.
  const tried = bringForward(facts, (step) => (isPutOff(step) ? 0 : Number.POSITIVE_INFINITY), context);
  return withConsequences(before, [...remodelled, released, ...moved, ...tried], context);
}

/** @throws VidpipeError project.conflict where a project that nothing else holds waits for an answer that was not given */
function checkAnswered(project: Project, steps: readonly Step[]): void {
  if (project.status !== "held" || project.hold !== null || !steps.some(({ status }) => isAsking(status))) return;
  throw new VidpipeError(
    "project.conflict",
    `project ${project.id} waits for your choice: ${project.message ?? "see its status"}`,
  );
}

/** Resuming after a review approves the film; what was only interrupted still stops where it was to stop. */
const untilAfter = ({ status, until }: Project): Until => (status === "review" || until === "nothing" ? "film" : until);

/**
 * How often the user has agreed to buy a step's piece again, this time included: a word that nothing was charged for
 * still stands, and is not counted twice.
 */
const agreedOnceMore = (facts: ProjectFacts, step: Step): number =>
  step.approvals + (nextPurchase(facts, step, "ask") === null ? 1 : 0);

/** Whether the user's options have a step's piece made once more, or after all. */
function isOrdered(facts: ProjectFacts, step: Step, options: ResumeOptions): boolean {
  const asked = askOf(facts, step);
  if (asked !== null) return options[ASKING[asked]] === true;
  return step.status === "skipped" && options.retrySkipped === true;
}

/** Restarts or skips a stopped step as the user's options say; no changes where it goes on by itself. Pure. */
export function resumeStep(
  facts: ProjectFacts,
  step: Step,
  options: ResumeOptions,
  { nowMs }: DecisionContext,
): Change[] {
  const restart = restartOf(facts, step, options);
  if (restart === null) return [];
  if (restart === "skip") return [advanced(step.id, "skip")];
  const patch: StepPatch = { attempts: 0, dueAtMs: nowMs, failure: null, ...restart };
  const { operation } = { ...step, ...patch };
  const isLookedAt = operation !== null && nextStatus(step.status, "confirm") !== undefined;
  return [
    ...(step.operation !== null && operation === null ? givenUp(facts, step) : []),
    advanced(step.id, isLookedAt ? "confirm" : "redo", patch),
  ];
}

/** Whether its operation is given up where its piece is bought again. */
const isLost = (facts: ProjectFacts, step: Step): boolean => step.status === "gone" || isStuck(facts, step);

/** The call whose operation is not waited for any more: nobody will learn whether it was charged. */
const givenUp = ({ submits }: ProjectFacts, step: Step): Change[] =>
  submits
    .filter(({ stepId, state }) => stepId === step.id && state === "open")
    .map(({ id }) => ({ type: "settle_submit", submitId: id, state: "unknown" }));

/** How the user's options answer a stopped step: what is patched for its next try, or left out; null: not at all. */
function restartOf(facts: ProjectFacts, step: Step, options: ResumeOptions): StepPatch | "skip" | null {
  const asked = askOf(facts, step);
  // Where the user says both, what is free is done.
  const isUsed = options.useRejected === true && step.status === "rejected";
  const { fit = "crop" } = options;
  if (isUsed && step.failure?.usable === true) return { fit };
  if (asked !== null && options[ASKING[asked]] === true)
    return { approvals: agreedOnceMore(facts, step), fit: null, ...(isLost(facts, step) && { operation: null }) };
  if (isUsed && !isOver(facts, step)) return { fit };
  const isBlocked = asked !== null || step.status === "failed";
  if (options.skipBlocked === true && isBlocked && !isIndispensable(step)) return "skip";
  return goesOn(facts, step, options) ? {} : null;
}

/** Whether a stopped step is taken up when the film goes on, without more of the user's word than the options. */
function goesOn(facts: ProjectFacts, step: Step, options: ResumeOptions): boolean {
  switch (step.status) {
    case "rejected":
      // What is kept is checked again, for nothing: the configuration or this machine may have changed.
      return !isOver(facts, step);
    // A look at what is gone is free, and so is asking a model that is not offered any more.
    case "gone":
    case "failed":
    case "cancelled":
      return true;
    case "skipped":
      return options.retrySkipped === true;
    default:
      return false;
  }
}

/**
 * Stops a project and keeps everything. Running steps are recorded as cancelled when they end; what waits for the user's
 * choice still does when the project is resumed. Pure.
 * @throws VidpipeError project.conflict when it is complete or cancelled
 */
export function cancel(facts: ProjectFacts, context: DecisionContext): Decided {
  const { project, steps } = facts;
  if (project.status === "complete" || project.status === "cancelled")
    throw conflictOf(project, "there is nothing to cancel");
  const idle = steps.filter((step) => step.status === "queued" || step.status === "waiting");
  const moved = idle.map((step) => advanced(step.id, "cancel"));
  return withConsequences(facts, [{ type: "project", patch: { cancelled: true, hold: null } }, ...moved], context);
}

/** How the clips are to be joined. */
export interface Restitch {
  readonly crossfadeSeconds: number;
  /** As before unless given. */
  readonly boundaryFrame?: BoundaryFrame | undefined;
}

/**
 * Joins the clips again with another crossfade; the old film counts until the new one is proven. Pure.
 * @throws VidpipeError project.conflict while clips are missing, input.invalid when the crossfade is too long
 */
export function restitch(facts: ProjectFacts, wanted: Restitch, context: DecisionContext): Decided {
  const { project, artifacts } = facts;
  const order = plan(facts).steps.find((planned) => planned.kind === "stitch")?.order;
  if (order?.kind !== "stitch" || project.cancelled)
    throw conflictOf(project, "its clips can be stitched once all of them are made");
  const patched: Change[] = [...rejoined(project, wanted), { type: "project", patch: { until: "film" } }];
  const again = plan(applyChanges(facts, patched, context.nowMs)).steps.find((planned) => planned.kind === "stitch");
  checkJoins(again?.order ?? order, artifacts);
  const retried = again?.step == null ? [] : resumeStep(facts, again.step, {}, context);
  return withConsequences(facts, [...patched, ...retried], context);
}

/** The change of how clips are joined; none where nothing differs. */
function rejoined({ request, direction }: Project, { crossfadeSeconds, boundaryFrame }: Restitch): Change[] {
  const word = boundaryFrame ?? boundaryOf(direction);
  const notes = [
    ...(crossfadeSeconds === request.crossfadeSeconds ? [] : [`crossfade ${crossfadeSeconds} s`]),
    ...(word === boundaryOf(direction) ? [] : [`boundary frames: ${word}`]),
  ];
  const next = withBoundary(direction, word);
  return notes.length === 0 ? [] : [{ type: "direct", note: notes.join(", "), direction: next, crossfadeSeconds }];
}

/** Checks the transitions against what is shown of the clips, as they were measured. @throws VidpipeError input.invalid */
function checkJoins(order: StepOrder, artifacts: readonly Artifact[]): void {
  if (order.kind !== "stitch") return;
  const { clips, keepSeconds } = order;
  const lengths = clips.flatMap((clip, place) => {
    const seconds = artifacts.find((a) => a.id === clip.id)?.media?.video.durationSeconds;
    return seconds === undefined ? [] : Math.min(seconds, keepSeconds?.[place] ?? seconds);
  });
  if (order.transitions === undefined) checkCrossfade(order.crossfadeSeconds, Math.min(...lengths));
  else checkTransitions(order.transitions, lengths);
}
