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

/** How well a clip opens and closes on the stills it was ordered between. */
export async function scoreEnds(
  media: MediaTool,
  clip: string,
  stills: { readonly startPath: string; readonly endPath: string },
  signal: AbortSignal,
): Promise<ClipEnds> {
  const against = (frame: "first" | "last", path: string) =>
    scoreOf(media, { path: clip, frame }, { path, frame: "still" }, signal);
  return { startScore: await against("first", stills.startPath), endScore: await against("last", stills.endPath) };
}

/** How well each clip continues the one before it: one score a join. */
export async function scoreJoins(
  media: MediaTool,
  clips: readonly string[],
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const scores: (number | null)[] = [];
  for (const [place, path] of clips.slice(1).entries()) {
    const before: Shown = { path: clips[place] ?? path, frame: "last" };
    scores.push(await scoreOf(media, before, { path, frame: "first" }, signal));
  }
  return scores;
}
