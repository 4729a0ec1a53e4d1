import { VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { Project } from "../domain/project.ts";
import { type Moment, withConsequences } from "../planning/consequences.ts";
import { plan } from "../planning/plan.ts";
import { referenceRows } from "./edit-references.ts";
import { direct, withPicks } from "./edit-storyboard.ts";
import type { Brought, StoredPicture } from "./user-images.ts";
import { checkStillPlace, noteOfStills, ownStills } from "./user-stills.ts";

/** A new project with its first steps and the rows of what was brought. Pure. */
export function begin(project: Project, { references, stills }: Brought, moment: Moment): ProjectFacts {
  const bare: ProjectFacts = { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
  const rows = referenceRows(project.id, unknownStep, references, [], moment);
  const own = ownStills(bare, stills, moment);
  const referred = rows.references.length === 0 ? {} : { references: rows.references };
  const direction = { ...project.direction, picks: [...own.pins], ...referred };
  const facts = applyChanges({ ...bare, project: { ...project, direction } }, own.added, moment.nowMs);
  // With a storyboard given and a stop after it there is nothing to do: it is settled as it is created.
  const begun = applyChanges(facts, withConsequences(facts, [], moment), moment.nowMs);
  const [step] = begun.steps;
  if (step === undefined && rows.artifacts.length > 0)
    throw new VidpipeError("input.invalid", "references need something to be made from them: nothing was made");
  const brought = step === undefined ? [] : rows.artifacts.map((artifact) => ({ ...artifact, stepId: step.id }));
  return { ...begun, artifacts: [...facts.artifacts, ...brought] };
}

/** Stands for the first step before there is one. */
const unknownStep = StepId.parse("00000000-0000-7000-8000-000000000000");

/**
 * Puts the user's own picture in the place of a still and keeps it there; what is made from it becomes stale. Pure.
 * @throws VidpipeError project.conflict before the storyboard is there, input.invalid when there is no such still
 */
export function putStill(
  facts: ProjectFacts,
  position: number,
  file: StoredPicture,
  moment: Moment,
): readonly Change[] {
  checkStillPlace(facts, position);
  const placed = [{ still: position, file }];
  const { added, pins } = ownStills(facts, placed, moment);
  const planned = plan(facts).steps.find((p) => p.kind === "keyframe" && p.position === position);
  if (planned?.step != null && pins.some(({ stepId }) => stepId === planned.step?.id)) return [];
  const after = applyChanges(facts, added, moment.nowMs);
  const { direction } = facts.project;
  const picks = withPicks(direction.picks, pins);
  return [...added, ...direct(after, { note: noteOfStills(placed), direction: { ...direction, picks } }, moment)];
}
