import { pickAt } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import { StepId } from "../domain/ids.ts";
import type { Project } from "../domain/project.ts";
import type { Artifact, KeyframeOrder, Step } from "../domain/step.ts";
import { type Moment, newStep, nextTake, withConsequences } from "./decide.ts";
import { direct } from "./edit.ts";
import { artifactOf, type Brought, type StoredPicture } from "./own-pictures.ts";
import { plan } from "./plan.ts";
import { referenceRows } from "./references.ts";

/** A new project with its first steps and the rows of what was brought. Pure. */
export function begin(project: Project, { references, startImage }: Brought, moment: Moment): ProjectFacts {
  const bare: ProjectFacts = { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
  const rows = referenceRows(project.id, unknownStep, references, [], moment);
  const first = startImage === null ? null : ownStill(bare, 0, startImage, moment);
  const picks = first === null ? [] : [pinOf(first.step)];
  const referred = rows.references.length === 0 ? {} : { references: rows.references };
  const directed = { ...project, direction: { ...project.direction, picks, ...referred } };
  const facts: ProjectFacts = {
    ...bare,
    project: directed,
    steps: first === null ? [] : [first.step],
    artifacts: first === null ? [] : [first.artifact],
  };
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

const pinOf = ({ id: stepId, position }: Step) => ({ kind: "keyframe" as const, position, stepId, inputKey: null });

/** A key that no order has: such a take is found only because it was picked. */
const keyOf = ({ sha256 }: StoredPicture): string => `own ${sha256}`;

/** A finished take of a still that nobody drew, and its file. */
export function ownStill(
  facts: ProjectFacts,
  position: number,
  file: StoredPicture,
  moment: Moment,
): { readonly step: Step; readonly artifact: Artifact } {
  const { project } = facts;
  const take = nextTake(facts, { kind: "keyframe", position });
  const order = ownOrder(project, position);
  const queued = newStep(facts, { kind: "keyframe", position, order, inputKey: keyOf(file) }, take, moment);
  const artifact = artifactOf(project.id, file, { role: "keyframe", position, stepId: queued.id }, moment);
  const result = { kind: "artifact" as const, artifactId: artifact.id, report: null };
  const { nowMs } = moment;
  return { step: { ...queued, status: "done", result, startedAtMs: nowMs, finishedAtMs: nowMs }, artifact };
}

function ownOrder({ request }: Project, position: number): KeyframeOrder {
  const note = { sceneIndex: position, sceneCount: 0, description: "", motion: "", style: request.style };
  const { aspectRatio, seed } = request;
  return { kind: "keyframe", model: "own picture", prompt: "", aspectRatio, seed, previous: null, own: true, note };
}

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
  const { project } = facts;
  checkStillPlace(facts, position);
  const { direction } = project;
  const given = facts.steps.find((s) => s.kind === "keyframe" && s.position === position && s.inputKey === keyOf(file));
  const fresh = given === undefined ? ownStill(facts, position, file, moment) : null;
  const step = fresh?.step ?? given;
  const planned = plan(facts).steps.find((p) => p.kind === "keyframe" && p.position === position);
  if (step === undefined || planned?.step?.id === step.id) return [];
  const others = direction.picks.filter((pick) => pick !== pickAt(direction, "keyframe", position));
  const added: Change[] =
    fresh === null
      ? []
      : [
          { type: "add_step", step: fresh.step },
          { type: "add_artifact", artifact: fresh.artifact },
        ];
  const after = applyChanges(facts, added, moment.nowMs);
  const note = `still ${position + 1}: your own picture`;
  return [...added, ...direct(after, { note, direction: { ...direction, picks: [...others, pinOf(step)] } }, moment)];
}

/** @throws VidpipeError project.conflict, input.invalid */
export function checkStillPlace(facts: ProjectFacts, position: number): void {
  const { storyboard } = plan(facts);
  if (storyboard === null)
    throw new VidpipeError("project.conflict", "the storyboard is not written yet: wait for it, then give the still");
  const stills = storyboard.scenes.length + 1;
  if (!Number.isInteger(position) || position < 0 || position >= stills)
    throw new VidpipeError("input.invalid", `the film has stills 1 to ${stills}, there is no still ${position + 1}`);
}
