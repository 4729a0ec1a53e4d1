import type { ProjectFacts } from "../domain/facts.ts";
import type { Artifact, Step } from "../domain/step.ts";
import type { Plan } from "./plan.ts";

/** One candidate for a piece of the film: a recorded step with what it made. */
export interface TakeView {
  readonly step: Step;
  /** Null until it is there, and for storyboards. */
  readonly artifact: Artifact | null;
  /** True for the one the film is made with. */
  readonly selected: boolean;
}

/** Every step of a project, oldest first: all takes, selected or not. Pure. */
export function takesOf(facts: ProjectFacts, current: Plan): readonly TakeView[] {
  const selected = new Set(current.steps.flatMap((planned) => planned.step?.id ?? []));
  const artifacts = new Map(facts.artifacts.map((artifact) => [artifact.id, artifact]));
  return facts.steps.map((step) => ({
    step,
    artifact: step.result?.kind === "artifact" ? (artifacts.get(step.result.artifactId) ?? null) : null,
    selected: selected.has(step.id),
  }));
}

/**
 * Retakes whose answer was lost or is of no use: they wait for the user's choice but do not block the film.
 * Those of scenes that the film no longer has are left out. Pure.
 */
export function lostRetakes({ steps }: ProjectFacts, current: Plan): Step[] {
  const scenes = current.storyboard?.scenes.length ?? 0;
  const inFilm = new Set(current.steps.map(({ step }) => step?.id));
  return steps.filter(({ id, status, kind, position, order }) => {
    const isRetake = "variant" in order && order.variant !== undefined && !inFilm.has(id);
    return (
      isRetake && (status === "ambiguous" || status === "rejected") && position < scenes + (kind === "keyframe" ? 1 : 0)
    );
  });
}
