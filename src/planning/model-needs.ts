import type { Project } from "../domain/project.ts";
import type { ModelNeeds } from "../ports/provider.ts";
import type { Plan } from "./plan.ts";

/** What a film asks of the models that make the rest of it. Pure. */
export function needsOf({ request, models, direction }: Project, { storyboard }: Pick<Plan, "storyboard">): ModelNeeds {
  const { aspectRatio, clipDurationSeconds } = request;
  const lengths = storyboard?.scenes.map(({ durationSeconds }) => durationSeconds ?? clipDurationSeconds);
  const pictures = (direction.references ?? []).filter(({ artifact }) => artifact !== null).length;
  return {
    aspectRatio,
    durationsSeconds: [...new Set(lengths ?? [clipDurationSeconds])],
    references: Math.min(pictures, models.mostReferences ?? 0),
  };
}
