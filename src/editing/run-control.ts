import { boundaryOf, type Until, withBoundary } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import { advanced, applyChanges, type Change, type ProjectFacts, type StepPatch } from "../domain/facts.ts";
import type { StepEvent } from "../domain/lifecycle.ts";
import { conflictOf, type Project, type ResumeOptions } from "../domain/project.ts";
import { checkCrossfade, checkTransitions } from "../domain/request.ts";
import type { Artifact, Fit, Step, StepOrder } from "../domain/step.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import { type Decided, type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { ASKING } from "../planning/pieces.ts";
import { type Plan, plan } from "../planning/plan.ts";
import { keptAnswer, purchasesOf } from "../planning/purchases.ts";
import { isRetake } from "../planning/reservations.ts";
import { lostRetakes } from "../planning/takes.ts";

/**
 * What the user's command to go on changes. No changes: the project only needs a driver. Pure.
 * @throws VidpipeError project.conflict when there is nothing to resume, or only the user's choice is missing
 */
export function resume(facts: ProjectFacts, options: ResumeOptions, context: DecisionContext): Decided {
  const { project } = facts;
  const current = plan(facts);
  const takes = retakesAsked(facts, current, options).flatMap((step) => resumeStep(facts, step, options, context));
  // Answering for a retake of a film at rest does not resume the film.
  const isBeside = project.status === "complete" || (project.status === "review" && options.until === undefined);
  if (takes.length > 0 && isBeside)
    return withConsequences(facts, [{ type: "project", patch: { hold: null } }, ...takes], context);
  if (project.status === "complete") throw conflictOf(project, "there is nothing to resume");
  const until = options.until ?? untilAfter(project);
  const released: Change = { type: "project", patch: { hold: null, cancelled: false, until } };
  const steps = current.steps.flatMap((planned) => planned.step ?? []);
  const moved = [...steps.flatMap((step) => resumeStep(facts, step, options, context)), ...takes];
  const undecided = steps.filter(({ status }) => ASKING.includes(status));
  if (project.status === "held" && project.hold === null && moved.length === 0 && undecided.length > 0)
    throw new VidpipeError(
      "project.conflict",
      `project ${project.id} waits for your choice: ${project.message ?? "see its status"}`,
    );
  return withConsequences(facts, [released, ...moved], context);
}

/** Resuming after a review approves the film; what was only interrupted still stops where it was to stop. */
const untilAfter = ({ status, until }: Project): Until => (status === "review" || until === "nothing" ? "film" : until);

/** The retakes that the options are about: those that wait, and those that were left as they were. */
const retakesAsked = (facts: ProjectFacts, current: Plan, { retrySkipped }: ResumeOptions): Step[] => [
  ...lostRetakes(facts, current),
  ...(retrySkipped === true ? facts.steps.filter((step) => step.status === "skipped" && isRetake(step)) : []),
];

/** What becomes of a stopped step, and whether the user agrees to buy it again. */
interface Answer {
  readonly event: StepEvent;
  readonly buys?: true;
  readonly fit?: Fit;
}

const BUY: Answer = { event: "redo", buys: true };

/** What the user's options say of a stopped step; null where they say nothing. */
function answerTo(facts: ProjectFacts, step: Step, options: ResumeOptions): Answer | null {
  const skip: Answer | null = options.skipBlocked === true && canBeSkipped(step) ? { event: "skip" } : null;
  const again: Answer = { event: step.operation === null ? "redo" : "confirm" };
  switch (step.status) {
    case "failed":
      return skip ?? again;
    case "cancelled":
      return again;
    case "ambiguous":
      return options.retryAmbiguous === true ? BUY : skip;
    case "refused":
      return options.retryRefused === true ? BUY : skip;
    case "rejected":
      return answerToRejected(facts, step, options) ?? skip;
    case "skipped":
      return options.retrySkipped === true ? takenUp(facts, step) : null;
    default:
      return null;
  }
}

/** A kept answer is checked again for nothing, unless the user says otherwise. */
function answerToRejected(facts: ProjectFacts, step: Step, options: ResumeOptions): Answer | null {
  const isKept = keptAnswer(facts, step) !== undefined;
  if (options.useRejected === true && isKept) return { event: "redo", fit: "crop" };
  if (options.retryRejected === true) return BUY;
  return isKept && !(options.skipBlocked === true && canBeSkipped(step)) ? { event: "redo" } : null;
}

/** What was left out is made from what is kept of it, else bought. */
const takenUp = (facts: ProjectFacts, step: Step): Answer =>
  keptAnswer(facts, step) === undefined ? BUY : { event: "redo" };

/** Only scenes can be left out: without a storyboard there is no film. */
const canBeSkipped = ({ kind }: Step): boolean => kind === "keyframe" || kind === "clip";

/**
 * Restarts or skips a stopped step as the user's options say; no changes where it goes on by itself. The user's word to
 * buy it again is worth one purchase, however often it is given before that. Pure.
 */
export function resumeStep(
  facts: ProjectFacts,
  step: Step,
  options: ResumeOptions,
  { nowMs }: Pick<DecisionContext, "nowMs">,
): Change[] {
  const answer = answerTo(facts, step, options);
  if (answer === null) return [];
  const { event, buys = false, fit } = answer;
  if (event === "skip") return [advanced(step.id, event, {})];
  const patch: StepPatch = {
    attempts: 0,
    dueAtMs: nowMs,
    failure: null,
    ...(buys && { approvals: approvalsFor(facts, step) }),
    ...(fit !== undefined && { fit }),
  };
  return [advanced(step.id, event, patch)];
}

/** The approvals with which one more purchase is allowed: none more where it is allowed anyway. */
function approvalsFor(facts: ProjectFacts, step: Step): number {
  const bought = purchasesOf(facts, step);
  const used = bought.filter(({ because }) => because === "approval").length;
  return bought.length === 0 ? used : used + 1;
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

/** Checks the transitions against the measured lengths of the clips. @throws VidpipeError input.invalid */
function checkJoins(order: StepOrder, artifacts: readonly Artifact[]): void {
  if (order.kind !== "stitch") return;
  const lengths = order.clips.flatMap(
    (clip) => artifacts.find((a) => a.id === clip.id)?.media?.video.durationSeconds ?? [],
  );
  if (order.transitions === undefined) checkCrossfade(order.crossfadeSeconds, Math.min(...lengths));
  else checkTransitions(order.transitions, lengths);
}
