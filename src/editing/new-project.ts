import { VidpipeError } from "../domain/errors.ts";
import { applyChanges, type ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { Project } from "../domain/project.ts";
import { type Decided, type DecisionContext, unchanged, withConsequences } from "../planning/consequences.ts";
import { type PlannedFacts, plan } from "../planning/plan.ts";
import { referenceRows } from "./edit-references.ts";
import { applyDirection, withPicks } from "./edit-storyboard.ts";
import type { StoredImage, UserImages } from "./user-images.ts";
import { checkStillPlace, noteOfStills, ownStills } from "./user-stills.ts";

/**
 * A new project with its first steps and the rows of the user's images. Pure.
 * @throws VidpipeError input.invalid when nothing would be made from its references
 */
export function newProject(
  project: Project,
  { references, stills }: UserImages,
  context: DecisionContext,
): PlannedFacts {
  const bare: ProjectFacts = { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
  const rows = referenceRows(project.id, unknownStep, references, [], context);
  const own = ownStills(bare, stills, context);
  const referred = rows.references.length === 0 ? {} : { references: [...rows.references] };
  const direction = { ...project.direction, picks: [...own.pins], ...referred };
  const facts = applyChanges({ ...bare, project: { ...project, direction } }, own.added, context.nowMs);
  // With a storyboard given and a stop after it there is nothing to do: it is settled as it is created.
  const { facts: begun, plan: current } = withConsequences(facts, [], context);
  const [step] = begun.steps;
  if (step === undefined && rows.artifacts.length > 0)
    throw new VidpipeError("input.invalid", "references need something to be made from them: nothing was made");
  const referenceImages =
    step === undefined ? [] : rows.artifacts.map((artifact) => ({ ...artifact, stepId: step.id }));
  return { facts: { ...begun, artifacts: [...facts.artifacts, ...referenceImages] }, plan: current };
}

/** Stands for the first step before there is one. */
const unknownStep = StepId.parse("00000000-0000-7000-8000-000000000000");

/**
 * Replaces a keyframe with the user's own image and pins it; what is made from it becomes stale. Pure.
 * @throws VidpipeError project.conflict before there is a storyboard, input.invalid when there is no such keyframe
 */
export function putStill(facts: ProjectFacts, position: number, file: StoredImage, context: DecisionContext): Decided {
  const current = plan(facts);
  checkStillPlace(current, position);
  const placed = [{ still: position, file }];
  const { added, pins } = ownStills(facts, placed, context);
  const planned = current.steps.find((p) => p.kind === "keyframe" && p.position === position);
  if (planned?.step != null && pins.some(({ stepId }) => stepId === planned.step?.id)) return unchanged(facts, current);
  const { direction } = facts.project;
  const picks = withPicks(direction.picks, pins);
  const directed = { note: noteOfStills(placed), direction: { ...direction, picks } };
  return applyDirection(facts, directed, context, added);
}
