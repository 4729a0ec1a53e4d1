import type { StitchOrder } from "../domain/step.ts";
import type { Outcome, StepContext } from "./outcome.ts";
import { scoreJoins } from "./seams.ts";

/** Joins the clips into the film; it counts once it is verified. */
export async function stitchFinal(context: StepContext<StitchOrder>): Promise<Outcome> {
  const { order, artifacts, media, project, signal } = context;
  const clips = order.clips.map((clip) => context.artifact(clip));
  const request = {
    clips: clips.map(({ key }) => artifacts.pathOf(key)),
    // A clip has a row only once all of it was decoded (see video-gen.ts).
    storedSha256: clips.map(({ sha256 }) => sha256),
    crossfadeSeconds: order.crossfadeSeconds,
    transitions: order.transitions,
    ...(order.title === undefined ? {} : { title: order.title }),
  };
  const slot = { projectId: project.id, name: "final", extension: "mp4" as const };
  const { written, ...file } = await artifacts.put(slot, (path) =>
    media.stitch(request, path, context.onProgress, signal),
  );
  const { media: info, ...stitched } = written;
  const report = { ...stitched, joinScores: await scoreJoins(media, request.clips, signal) };
  return {
    kind: "made",
    made: { file, role: "final", mediaType: "video/mp4", media: info, report },
  };
}
