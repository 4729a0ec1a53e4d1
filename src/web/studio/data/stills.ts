import { mediaUrl } from "./client.ts";
import type { Project, SceneState } from "./wire.ts";

/** Pixels asked of a still: twice its usual width on the page, for sharp screens. */
const stillPixels = 640;

const isThere = (scene: SceneState | undefined, end: "start" | "end"): boolean =>
  (end === "start" ? scene?.has_start_keyframe : scene?.has_end_keyframe) ?? false;

/**
 * Where a still is, null while it is not drawn. Still k is the start of scene k; the last one, only the end of the
 * scene before it.
 */
export function stillUrl(project: Project, position: number): string | null {
  const isLast = position === project.scenes.length;
  const [scene, end] = isLast ? ([position - 1, "end"] as const) : ([position, "start"] as const);
  return isThere(project.scenes[scene], end) ? mediaUrl.still(project.project_id, scene, end, stillPixels) : null;
}
