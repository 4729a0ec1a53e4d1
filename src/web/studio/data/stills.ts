import type { Project, SceneState } from "./api-types.ts";
import { mediaUrl } from "./client.ts";
import type { StepState } from "./steps.ts";

/** Width requested for a keyframe, pixels: twice its usual width on the page, for sharp screens. */
const keyframePixels = 640;

const isThere = (scene: SceneState | undefined, end: "start" | "end"): boolean =>
  (end === "start" ? scene?.has_start_keyframe : scene?.has_end_keyframe) ?? false;

/**
 * URL of a keyframe; null until it is made. Keyframe k is the start of scene k; the last one is only the end of the
 * scene before it.
 */
export function keyframeUrl(project: Project, position: number, steps?: ReadonlyMap<string, StepState>): string | null {
  const isLast = position === project.scenes.length;
  const [scene, end] = isLast ? ([position - 1, "end"] as const) : ([position, "start"] as const);
  if (!isThere(project.scenes[scene], end)) return null;
  const url = mediaUrl.still(project.project_id, scene, end, keyframePixels);
  return `${url}${versionOf(project, steps?.get(`keyframe ${position}`), "&")}`;
}

/** After an edit another keyframe or clip can have the same URL: this tells them apart. */
export const versionOf = ({ revision }: Project, step: StepState | undefined, mark: "?" | "&"): string =>
  revision === 0 ? "" : `${mark}v=${revision}-${step?.endedAtMs ?? 0}`;
