import type { Project, Storyboard } from "./api-types.ts";

/** A scene's place in the finished film, seconds. */
export interface Marker {
  /** 0-based. */
  readonly scene: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** A scene of the film: the length of its clip, and of its overlap with the next one; seconds. */
export interface Stretch {
  readonly scene: number;
  readonly seconds: number;
  readonly overlapSeconds: number;
}

type Told = Pick<Project, "scene_count" | "missing_scenes" | "clip_duration" | "crossfade">;

/**
 * The scenes that are in the film. Where scenes between two are missing, the left one's transition is used, cut to half
 * of the clip that it now leads to, as the server does it.
 */
export function stretchesOf(project: Told, storyboard: Storyboard | null): Stretch[] {
  const all = Array.from({ length: project.scene_count }, (_, scene) => scene);
  const shown = all.filter((scene) => !project.missing_scenes.includes(scene));
  const lengthOf = (scene: number) => storyboard?.scenes[scene]?.duration ?? project.clip_duration;
  return shown.map((scene, place) => {
    const next = shown[place + 1];
    if (next === undefined) return { scene, seconds: lengthOf(scene), overlapSeconds: 0 };
    const wanted = storyboard?.scenes[scene]?.transition?.seconds ?? project.crossfade;
    const most = next === scene + 1 ? wanted : lengthOf(next) / 2;
    return { scene, seconds: lengthOf(scene), overlapSeconds: Math.min(wanted, most) };
  });
}

/** How long a film of these scenes is, seconds. */
export const secondsOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { seconds, overlapSeconds }) => sum + seconds - overlapSeconds, 0);

/**
 * Where each scene of the film is first seen, also under the one before. The stitch recorded it; for an older film
 * (`starts` null) it is computed from the ordered clips and scaled to the film's length.
 */
export function markersOf(
  stretches: readonly Stretch[],
  durationSeconds: number,
  starts: readonly number[] | null = null,
): Marker[] {
  const begins = starts?.length === stretches.length ? starts : orderedStarts(stretches, durationSeconds);
  return stretches.map(({ scene }, place) => ({
    scene,
    startSeconds: begins[place] ?? 0,
    endSeconds: begins[place + 1] ?? durationSeconds,
  }));
}

function orderedStarts(stretches: readonly Stretch[], durationSeconds: number): number[] {
  const planned = secondsOf(stretches);
  const scale = planned > 0 ? durationSeconds / planned : 1;
  return stretches.map((_, place) => secondsOf(stretches.slice(0, place)) * scale);
}

/** The scene that is shown at a moment of the film. */
export const markerAt = (markers: readonly Marker[], seconds: number): Marker | undefined =>
  markers.findLast((marker) => marker.startSeconds <= seconds + 0.01) ?? markers[0];
