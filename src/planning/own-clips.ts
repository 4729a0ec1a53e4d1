import { pickAt } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ArtifactRef, ClipOrder, Step } from "../domain/step.ts";
import type { Storyboard } from "../domain/storyboard.ts";

/** The user's own clips of a film, by scene, 0-based. */
export type OwnClips = ReadonlyMap<number, ClipOrder>;

/** Scenes whose picked clip is the user's own. Pure. */
export function ownClipsOf({ project, steps }: ProjectFacts, { scenes }: Storyboard): OwnClips {
  const found = scenes.flatMap(({ sceneIndex }): [number, ClipOrder][] => {
    const pick = pickAt(project.direction, "clip", sceneIndex);
    if (pick?.inputKey !== null) return [];
    const order = steps.find(({ id, status }) => id === pick.stepId && status === "done")?.order;
    return order?.kind === "clip" && order.own === true ? [[sceneIndex, order]] : [];
  });
  return new Map(found);
}

/** A storyboard, and which of its scenes are the user's own clips. */
interface Scenes {
  readonly storyboard: Storyboard | null;
  readonly ownScenes: readonly number[];
}

/** Keyframes, 0..N, that the film is made from: those beside a scene that is filmed. Pure. */
export function stillsNeeded({ storyboard, ownScenes }: Scenes): readonly number[] {
  const scenes = storyboard?.scenes.length ?? 0;
  const isFilmed = (scene: number) => scene >= 0 && scene < scenes && !ownScenes.includes(scene);
  return Array.from({ length: scenes + 1 }, (_, position) => position).filter(
    (position) => isFilmed(position - 1) || isFilmed(position),
  );
}

/** The frame that an own clip offers for a keyframe: its last where the clip ends there, its first where it begins. */
export const frameAt = (own: OwnClips, position: number): ArtifactRef | undefined =>
  own.get(position - 1)?.end ?? own.get(position)?.start;

/** The finished take whose picture a still is. */
export const stepOfStill = ({ steps }: Pick<ProjectFacts, "steps">, still: ArtifactRef): Step | undefined =>
  steps.find(
    ({ kind, status, result }) =>
      kind === "keyframe" && status === "done" && result?.kind === "artifact" && result.artifactId === still.id,
  );

/** A storyboard whose scenes last as long as the clips that the user brought for them. Pure. */
export function withOwnLengths(storyboard: Storyboard, own: OwnClips): Storyboard {
  if (own.size === 0) return storyboard;
  const scenes = storyboard.scenes.map((scene) => {
    const durationSeconds = own.get(scene.sceneIndex)?.durationSeconds;
    return durationSeconds === undefined ? scene : { ...scene, durationSeconds };
  });
  return { ...storyboard, scenes };
}
