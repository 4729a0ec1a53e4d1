import { VidpipeError } from "../../../domain/errors.ts";
import { type ClipLayout, secondsOf } from "../format/clip-layout.ts";

/**
 * Clips as if they ended where they are to end: all that is planned from them then counts the kept lengths. One number
 * of seconds for each clip; null, or as much as there is, keeps all of it. Pure.
 * @throws VidpipeError input.invalid when there is not one for each clip, or one is not more than 0
 */
export function keptLayouts(
  clips: readonly ClipLayout[],
  keepSeconds: readonly (number | null)[] | undefined,
): readonly ClipLayout[] {
  if (keepSeconds === undefined) return clips;
  if (keepSeconds.length !== clips.length)
    throw new VidpipeError("input.invalid", `${clips.length} clips have ${keepSeconds.length} lengths to keep`);
  return clips.map((clip, index) => keptLayout(clip, index, keepSeconds[index] ?? null));
}

function keptLayout(clip: ClipLayout, index: number, keepSeconds: number | null): ClipLayout {
  if (keepSeconds === null) return clip;
  if (!Number.isFinite(keepSeconds) || keepSeconds <= 0)
    throw new VidpipeError("input.invalid", `the length to keep of clip ${index + 1} must be more than 0 seconds`);
  const { frameRate } = clip.format;
  const frames = Math.max(1, Math.round((keepSeconds * frameRate.num) / frameRate.den));
  const pictureSeconds = clip.regular ? secondsOf(frames, frameRate) : keepSeconds;
  if (pictureSeconds >= clip.pictureSeconds) return clip;
  return {
    ...clip,
    frames: Math.min(frames, clip.frames),
    pictureSeconds,
    cutFromSeconds: clip.pictureSeconds,
    cleanStarts: clip.cleanStarts.filter((start) => start < frames),
    cleanEnds: clip.cleanEnds.filter((end) => end <= frames),
  };
}
