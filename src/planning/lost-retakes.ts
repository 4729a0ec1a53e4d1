import type { ProjectFacts } from "../domain/facts.ts";
import type { Step } from "../domain/step.ts";
import type { Plan } from "./plan.ts";

/**
 * Retakes whose order was sent and whose answer was lost: they stand beside the film and wait for the user's word. Of
 * places that the film has no more nothing is asked.
 */
export function lostRetakes({ steps }: ProjectFacts, current: Plan): Step[] {
  const scenes = current.storyboard?.scenes.length ?? 0;
  const inFilm = new Set(current.steps.map(({ step }) => step?.id));
  return steps.filter(({ id, status, kind, position, order }) => {
    const isRetake = "variant" in order && order.variant !== undefined && !inFilm.has(id);
    return isRetake && status === "ambiguous" && position < scenes + (kind === "keyframe" ? 1 : 0);
  });
}
