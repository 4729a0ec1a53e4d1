import { VidpipeError } from "../../domain/errors.ts";
import { SAME_PICTURE } from "../../domain/seam.ts";
import { type Artifact, type StitchOrder, scenesOf } from "../../domain/step.ts";
import { areNeighbours } from "../../domain/storyboard.ts";
import type { PlannedFacts } from "../../planning/plan.ts";
import type { ArtifactStore } from "../../ports/files.ts";
import type { LastFrame, StitchRequest } from "../../ports/media.ts";
import type { World } from "../../ports/world.ts";
import type { Outcome, StepContext } from "./outcome.ts";
import { type ScoredClip, scoreJoins } from "./score-seams.ts";

/** What an order asks of the media tool; `scores` are the joins', and count only where the order leaves it to them. */
export function stitchRequest(
  order: StitchOrder,
  clips: readonly Artifact[],
  { pathOf }: Pick<ArtifactStore, "pathOf">,
  scores: readonly (number | null)[],
): StitchRequest {
  return {
    clips: clips.map(({ key }) => pathOf(key)),
    // A clip has a row only once all of it was decoded (see video-gen.ts).
    storedSha256: clips.map(({ sha256 }) => sha256),
    crossfadeSeconds: order.crossfadeSeconds,
    transitions: order.transitions,
    lastFrames: order.boundaryFrame === undefined ? undefined : lastFrames(order, scores),
    keepSeconds: order.keepSeconds,
    ...(order.title === undefined ? {} : { title: order.title }),
    ...(order.own && { own: true }),
    ...(order.ownClips && { ownClips: order.ownClips }),
  };
}

/** What becomes of the last frame before each join: only neighbours of the storyboard share a still. */
function lastFrames(order: StitchOrder, scores: readonly (number | null)[]): readonly LastFrame[] {
  const { boundaryFrame, apart = [] } = order;
  const shown = scenesOf(order);
  return shown.slice(1).map((next, left): LastFrame => {
    if (!areNeighbours(shown[left], next) || apart.includes(left)) return "keep";
    if (boundaryFrame === "drop") return "drop";
    return (scores[left] ?? 0) >= SAME_PICTURE ? "drop_if_free" : "keep";
  });
}

const shownClips = (
  { keepSeconds }: StitchOrder,
  clips: readonly Artifact[],
  { pathOf }: Pick<ArtifactStore, "pathOf">,
): ScoredClip[] => clips.map(({ key }, place) => ({ path: pathOf(key), keepSeconds: keepSeconds?.[place] ?? null }));

/** How the film of these facts would be joined and why, as rows with a head; none while clips are missing. Makes nothing. */
export async function explainStitch(
  { facts, plan }: PlannedFacts,
  { media, artifacts }: Pick<World, "media" | "artifacts">,
  signal: AbortSignal,
): Promise<readonly (readonly string[])[]> {
  const order = plan.steps.find(({ kind }) => kind === "stitch")?.order;
  if (order?.kind !== "stitch") return [];
  const clips = order.clips.flatMap((ref) => facts.artifacts.find(({ id }) => id === ref.id) ?? []);
  const shown = shownClips(order, clips, artifacts);
  const scores = order.boundaryFrame === "auto" ? await scoreJoins(media, shown, signal) : [];
  return media.explain(stitchRequest(order, clips, artifacts, scores), signal).catch((thrown: unknown) => {
    throw ofScene(thrown, order);
  });
}

/** A failure that is one clip's, with its scene. */
function ofScene(thrown: unknown, order: StitchOrder): unknown {
  if (!(thrown instanceof VidpipeError) || typeof thrown.facts.clip !== "number") return thrown;
  const { code, message, facts } = thrown;
  const scene = (scenesOf(order)[thrown.facts.clip] ?? thrown.facts.clip) + 1;
  return new VidpipeError(code, `the clip of scene ${scene} cannot be joined: ${message}`, { facts, cause: thrown });
}

/** Joins the clips into the film; it counts once it is verified. */
export async function stitchFinal(context: StepContext<StitchOrder>): Promise<Outcome> {
  const { order, artifacts, media, project, signal } = context;
  const clips = order.clips.map((clip) => context.artifact(clip));
  const joinScores = await scoreJoins(media, shownClips(order, clips, artifacts), signal);
  const request = stitchRequest(order, clips, artifacts, joinScores);
  const slot = { projectId: project.id, name: "final", extension: "mp4" as const };
  const { written, ...file } = await artifacts.put(slot, (path) =>
    media.stitch(request, path, context.onProgress, signal).catch((thrown: unknown) => {
      throw ofScene(thrown, order);
    }),
  );
  const { media: info, ...stitched } = written;
  return {
    kind: "made",
    made: { file, role: "final", mediaType: "video/mp4", media: info, report: { ...stitched, joinScores } },
  };
}
