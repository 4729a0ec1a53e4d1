import { VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { Project } from "../domain/project.ts";
import { type Decided, type DecisionContext, unchanged, withConsequences } from "../planning/consequences.ts";
import { type PlannedFacts, plan } from "../planning/plan.ts";
import { referenceRows } from "./edit-references.ts";
import { applyDirection, directedTo, withPicks } from "./edit-storyboard.ts";
import { checkClipPlace, checkOwnJoins, noteOfClips, ownClips, type PlacedClip } from "./user-clips.ts";
import type { PlacedImage, StoredImage, StoredReference } from "./user-images.ts";
import { checkStillPlace, noteOfStills, ownStills } from "./user-stills.ts";

/** The user's images and clips for a new project, checked and stored. */
export interface UserFiles {
  readonly references: readonly StoredReference[];
  readonly stills: readonly PlacedImage[];
  readonly clips: readonly PlacedClip[];
}

/**
 * A new project with its first steps and the rows of the user's images and clips. Pure.
 * @throws VidpipeError input.invalid when nothing would be made from its references, or a transition is too long for a clip
 */
export function newProject(
  project: Project,
  { references, stills, clips }: UserFiles,
  context: DecisionContext,
): PlannedFacts {
  const bare: ProjectFacts = { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
  const rows = referenceRows(project.id, unknownStep, references, [], context);
  const own = ownStills(bare, stills, context);
  const referred = rows.references.length === 0 ? {} : { references: [...rows.references] };
  const drawn = { ...project.direction, picks: [...own.pins], ...referred };
  const filmed = ownClips(directedTo(bare, drawn, own.added, context), clips, context);
  const direction = { ...drawn, picks: withPicks(filmed.pins, own.pins) };
  const facts = directedTo(bare, direction, [...own.added, ...filmed.added], context);
  // With a storyboard given and a stop after it there is nothing to do: it is settled as it is created.
  const { facts: begun, plan: current } = withConsequences(facts, [], context);
  checkOwnJoins({ facts: begun, plan: current });
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

/**
 * Puts the user's own clip in the place of a scene's; stills and clips that are made stay. Pure.
 * @throws VidpipeError project.conflict before there is a storyboard, input.invalid when there is no such scene, or a
 * transition is too long for it
 */
export function putClip(facts: ProjectFacts, placed: PlacedClip, context: DecisionContext): Decided {
  const current = plan(facts);
  checkClipPlace(current, placed.scene);
  const { added, pins } = ownClips(facts, [placed], context);
  const planned = current.steps.find((p) => p.kind === "clip" && p.position === placed.scene);
  if (planned?.step != null && pins.some(({ stepId }) => stepId === planned.step?.id)) return unchanged(facts, current);
  const { direction } = facts.project;
  const directed = {
    note: noteOfClips([placed]),
    direction: { ...direction, picks: withPicks(direction.picks, pins) },
  };
  return applyDirection(facts, directed, context, added);
}
