import { asVidpipeError } from "../../domain/errors.ts";
import type { ClipEnds } from "../../domain/seam.ts";
import type { MediaTool, Shown } from "../../ports/media.ts";

/** How alike two pictures are, to a thousandth; null where they could not be compared, which stops no film. */
async function scoreOf(media: MediaTool, one: Shown, other: Shown, signal: AbortSignal): Promise<number | null> {
  try {
    return Math.round((await media.similarity(one, other, signal)) * 1_000) / 1_000;
  } catch (thrown) {
    const failure = asVidpipeError(thrown);
    if (failure.code === "run.interrupted") throw failure;
    return null;
  }
}

/** A clip, and where it is cut off, seconds; null: it is not. */
export interface ScoredClip {
  readonly path: string;
  readonly keepSeconds: number | null;
}

const lastOf = ({ path, keepSeconds }: ScoredClip): Shown => ({
  path,
  frame: "last",
  ...(keepSeconds !== null && { endSeconds: keepSeconds }),
});

/** How well what is shown of a clip opens and closes on the stills it was ordered between. */
export async function scoreEnds(
  media: MediaTool,
  clip: ScoredClip,
  stills: { readonly startPath: string; readonly endPath: string },
  signal: AbortSignal,
): Promise<ClipEnds> {
  const against = (shown: Shown, path: string) => scoreOf(media, shown, { path, frame: "still" }, signal);
  return {
    startScore: await against({ path: clip.path, frame: "first" }, stills.startPath),
    endScore: await against(lastOf(clip), stills.endPath),
  };
}

/** How well each clip continues the one before it: one score a join. */
export async function scoreJoins(
  media: MediaTool,
  clips: readonly ScoredClip[],
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const scores: (number | null)[] = [];
  for (const [place, clip] of clips.slice(1).entries()) {
    const before = lastOf(clips[place] ?? clip);
    scores.push(await scoreOf(media, before, { path: clip.path, frame: "first" }, signal));
  }
  return scores;
}
