import { isSameName, type Reference } from "../domain/direction.ts";
import { invalidInput, VidpipeError } from "../domain/errors.ts";
import type { Change, ProjectFacts } from "../domain/facts.ts";
import type { ProjectId, StepId } from "../domain/ids.ts";
import type { Artifact } from "../domain/step.ts";
import { type Decided, type DecisionContext, unchanged } from "../planning/consequences.ts";
import { applyDirection } from "./edit-storyboard.ts";
import { artifactOf, checkReferences, type StoredImage, type StoredReference } from "./user-images.ts";

/** One reference of a film: by its name, or the n-th of those without one, counted from 1. */
export type ReferencePlace = { readonly name: string } | { readonly unnamed: number };

interface ReferenceRows {
  readonly artifacts: readonly Artifact[];
  readonly references: readonly Reference[];
}

/** The rows of reference images, which belong to the step they were first given for, and the references themselves. Pure. */
export function referenceRows(
  projectId: ProjectId,
  stepId: StepId,
  stored: readonly StoredReference[],
  known: readonly Artifact[],
  context: DecisionContext,
): ReferenceRows {
  const fresh: Artifact[] = [];
  const rowOf = (file: StoredImage, position: number): Artifact => {
    // Two references may share one image: one file, one row.
    const there = [...known, ...fresh].find(({ role, sha256 }) => role === "reference" && sha256 === file.sha256);
    if (there !== undefined) return there;
    const row = artifactOf(projectId, file, { role: "reference", position, stepId }, context);
    fresh.push(row);
    return row;
  };
  const references = stored.map(({ file, ...words }, position) => {
    const row = file && rowOf(file, position);
    return { ...words, artifact: row && { id: row.id, sha256: row.sha256 } };
  });
  return { artifacts: fresh, references };
}

/** Replaces all references; the keyframes and clips that show them become stale. Pure. */
export function setReferences(
  facts: ProjectFacts,
  stored: readonly StoredReference[],
  context: DecisionContext,
): Decided {
  const rows = referenceRows(facts.project.id, firstStep(facts), stored, facts.artifacts, context);
  return replaced(facts, rows, context);
}

/**
 * Sets the image of one reference, or adds the reference; null removes it. All others stay. Pure.
 * @throws VidpipeError project.not_found when there is none to remove, input.invalid where there are too many
 */
export function putReference(
  facts: ProjectFacts,
  place: ReferencePlace,
  file: StoredImage | null,
  context: DecisionContext,
): Decided {
  const { project, artifacts } = facts;
  const { references = [] } = project.direction;
  checkReferencePlace(facts, place, file !== null);
  const at = indexOf(references, place);
  if (file === null) return replaced(facts, { artifacts: [], references: references.toSpliced(at, 1) }, context);
  const name = "name" in place ? place.name.trim() : null;
  const stored = [{ name, file }];
  const rows = referenceRows(project.id, firstStep(facts), stored, artifacts, context);
  const before = references[at];
  const after = rows.references.map((now) => (before === undefined ? now : { ...before, artifact: now.artifact }));
  const all = references.toSpliced(at === -1 ? references.length : at, 1, ...after);
  return replaced(facts, { ...rows, references: all }, context);
}

/** Checks that a reference can be put there, or removed from there. @throws VidpipeError as putReference does */
export function checkReferencePlace({ project }: ProjectFacts, place: ReferencePlace, isPut: boolean): void {
  const { references = [] } = project.direction;
  const at = indexOf(references, place);
  if (!isPut) {
    if (at === -1) throw new VidpipeError("project.not_found", `project ${project.id} has no such reference`);
    return;
  }
  const unnamed = references.filter(({ name }) => name === null).length;
  if ("unnamed" in place && place.unnamed > unnamed + 1)
    throw invalidInput("name", `there are ${unnamed} references without a name: add number ${unnamed + 1}`);
  const given = { name: "name" in place ? place.name : null, from: "the reference", isPicture: true };
  const known = references.map(({ name, artifact }) => ({ name, from: "a reference", isPicture: artifact !== null }));
  checkReferences(project.models, known.toSpliced(at === -1 ? known.length : at, 1, given));
}

/** Where a reference is in the list; -1 where it is not. */
export function indexOf(references: readonly Reference[], place: ReferencePlace): number {
  if ("name" in place) {
    return references.findIndex(({ name }) => name !== null && isSameName(name, place.name));
  }
  const unnamed = references.flatMap(({ name }, index) => (name === null ? index : []));
  return unnamed[place.unnamed - 1] ?? -1;
}

/** The step that reference images belong to. @throws VidpipeError project.conflict before there is one */
function firstStep({ project, steps: [first] }: ProjectFacts): StepId {
  if (first !== undefined) return first.id;
  throw new VidpipeError("project.conflict", `project ${project.id} has not begun: resume it first`);
}

function replaced(facts: ProjectFacts, { artifacts, references }: ReferenceRows, context: DecisionContext): Decided {
  const { direction } = facts.project;
  if (Bun.deepEquals(references, direction.references ?? [])) return unchanged(facts);
  const note = references.length === 0 ? "no references" : `references: ${references.map(nameOf).join(", ")}`;
  const added = artifacts.map((artifact): Change => ({ type: "add_artifact", artifact }));
  return applyDirection(facts, { note, direction: { ...direction, references: [...references] } }, context, added);
}

const nameOf = ({ name }: Reference): string => name ?? "for every keyframe";
