import type { Pick } from "../domain/direction.ts";
import { invalidInput, VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { Project } from "../domain/project.ts";
import type { Artifact, KeyframeOrder, Step } from "../domain/step.ts";
import { type DecisionContext, newStep, nextTake } from "../planning/consequences.ts";
import type { Plan } from "../planning/plan.ts";
import { artifactOf, type PlacedImage, type StoredImage } from "./user-images.ts";

/** A key that no order has: such a take is found only because it was picked. */
const keyOf = ({ sha256 }: StoredImage): string => `own ${sha256}`;

/** The user's own keyframes as changes, and the pins that keep them in place. One given before is used again. Pure. */
export function ownStills(
  facts: ProjectFacts,
  placed: readonly PlacedImage[],
  context: DecisionContext,
): { readonly added: readonly Change[]; readonly pins: readonly Pick[] } {
  const added: Change[] = [];
  const pins: Pick[] = [];
  for (const { still: position, file } of placed) {
    const now = applyChanges(facts, added, context.nowMs);
    const isGiven = (s: Step) => s.kind === "keyframe" && s.position === position && s.inputKey === keyOf(file);
    const given = now.steps.find(isGiven);
    const fresh = given === undefined ? ownStill(now, position, file, context) : null;
    if (fresh !== null)
      added.push({ type: "add_step", step: fresh.step }, { type: "add_artifact", artifact: fresh.artifact });
    const step = given ?? fresh?.step;
    if (step !== undefined) pins.push(pinned(step, "keyframe", position));
  }
  return { added, pins };
}

/** The choice of a take that stands whatever its place asks for. */
export const pinned = ({ id }: Step, kind: Pick["kind"], position: number): Pick => ({
  kind,
  position,
  stepId: id,
  inputKey: null,
});

/** A finished take of a keyframe that no model drew, and its file. */
function ownStill(
  facts: ProjectFacts,
  position: number,
  file: StoredImage,
  context: DecisionContext,
): { readonly step: Step; readonly artifact: Artifact } {
  const { project } = facts;
  const take = nextTake(facts, { kind: "keyframe", position });
  const order = ownOrder(project, position);
  const queued = newStep(facts, { kind: "keyframe", position, order, inputKey: keyOf(file) }, take, context);
  const artifact = artifactOf(project.id, file, { role: "keyframe", position, stepId: queued.id }, context);
  const result = { kind: "artifact" as const, artifactId: artifact.id, report: null };
  const { nowMs } = context;
  return { step: { ...queued, status: "done", result, startedAtMs: nowMs, finishedAtMs: nowMs }, artifact };
}

function ownOrder({ request }: Project, position: number): KeyframeOrder {
  const note = { sceneIndex: position, sceneCount: 0, description: "", motion: "", style: request.style };
  const { aspectRatio, seed } = request;
  return { kind: "keyframe", model: "own picture", prompt: "", aspectRatio, seed, previous: null, own: true, note };
}

/** A revision's note on keyframes that were given. */
export const noteOfStills = (placed: readonly PlacedImage[]): string =>
  `keyframe ${placed.map(({ still }) => still + 1).join(", ")}: your own image`;

/** Checks that a film has this keyframe. @throws VidpipeError project.conflict before there is a storyboard, input.invalid when it has not */
export function checkStillPlace({ storyboard }: Plan, position: number): void {
  if (storyboard === null)
    throw new VidpipeError(
      "project.conflict",
      "the storyboard is not written yet: wait for it, then give the keyframe",
    );
  checkStill(position, storyboard.scenes.length + 1);
}

/** Checks a keyframe's position, 0-based. @throws VidpipeError input.invalid when it is not below `stills` */
export function checkStill(position: number, stills: number): void {
  if (!Number.isInteger(position) || position < 0 || position >= stills)
    throw invalidInput("still", `the film has keyframes 1 to ${stills}, there is no keyframe ${position + 1}`);
}
