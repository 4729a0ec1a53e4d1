import { pickAt } from "../domain/direction.ts";
import { modelOf, type Project } from "../domain/project.ts";
import type { ClipOrder, KeyframeOrder } from "../domain/step.ts";
import { unmadeRef } from "./step-orders.ts";

/**
 * Stills and clips as a storyboard of so many scenes would order them. A still is shown the one before it and every
 * reference that it might show; `prompt` stands for its words. Pure.
 */
export function clipsAndStillsOf(project: Project, scenes: number, prompt: string): (KeyframeOrder | ClipOrder)[] {
  const { request, models, direction } = project;
  const { style, aspectRatio, clipDurationSeconds, seed } = request;
  const note = { sceneIndex: 0, sceneCount: scenes, description: "", motion: "", style };
  const references = (direction.references ?? [])
    .flatMap(({ name, artifact }) => (artifact === null ? [] : { name, artifact }))
    .slice(0, models.mostReferences ?? 0);
  const still = (position: number): KeyframeOrder => ({
    kind: "keyframe",
    model: modelOf(project, "keyframe"),
    prompt,
    aspectRatio,
    seed,
    previous: position === 0 ? null : unmadeRef,
    ...(references.length > 0 && { references }),
    note,
  });
  const clip: ClipOrder = {
    kind: "clip",
    model: modelOf(project, "clip"),
    prompt,
    aspectRatio,
    durationSeconds: clipDurationSeconds,
    seed,
    start: unmadeRef,
    end: unmadeRef,
    note,
  };
  // The user's own stills are there already.
  const isDrawn = (position: number) => pickAt(direction, "keyframe", position)?.inputKey !== null;
  const stills = Array.from({ length: scenes + 1 }, (_, position) => position).filter(isDrawn);
  return [...stills.map(still), ...Array.from({ length: scenes }, () => clip)];
}
