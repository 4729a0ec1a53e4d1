import type { ProjectFacts } from "../domain/facts.ts";
import { ClipEnds, JoinScores, type SeamView } from "../domain/seam.ts";
import { type Step, scenesOf } from "../domain/step.ts";
import type { Plan } from "./plan.ts";

/** What a finished step reported, if it made anything. */
const reportOf = (step: Step | null | undefined): unknown =>
  step?.status === "done" && step.result?.kind === "artifact" ? step.result.report : undefined;

const noEnds: ClipEnds = { startScore: null, endScore: null };

/** Every measured join of the current film, first to last; those that score below `threshold` (0..1) are bad. Pure. */
export function seamsOf(
  { project }: ProjectFacts,
  { storyboard, steps, ownScenes }: Plan,
  threshold: number,
): SeamView[] {
  const scenes = storyboard?.scenes.length ?? 0;
  const ends = Array.from({ length: scenes }, (_, scene) => {
    const clip = steps.find(({ kind, position }) => kind === "clip" && position === scene)?.step;
    return ClipEnds.safeParse(reportOf(clip)).data ?? noEnds;
  });
  const joins = joinsOf(steps.find(({ kind }) => kind === "stitch")?.step);
  const isOwn = (scene: number) => ownScenes.includes(scene);
  const positions = Array.from({ length: scenes + 1 }, (_, position) => position);
  // A cut between two clips that the user brought is as the user wants it.
  const filmed = positions.filter((position) => !(isOwn(position - 1) && isOwn(position)));
  return filmed.flatMap((position): SeamView[] => {
    const before = ends[position - 1]?.endScore ?? null;
    const after = ends[position]?.startScore ?? null;
    const between = joins.get(position) ?? null;
    const scores = [before, after, between].filter((score) => score !== null);
    if (scores.length === 0) return [];
    const score = Math.min(...scores);
    const bad = score < threshold;
    const worse = bad
      ? (filmedBeside(position, isOwn) ?? Math.min(worseOf(position, before, after), scenes - 1))
      : null;
    const next = worse === null ? null : `vidpipe retake ${project.id} --scene ${worse + 1} --clip`;
    return [{ position, before, after, between, score, bad, worse, next }];
  });
}

/** The scene beside a clip of the user's own: only that one can be made again. */
function filmedBeside(position: number, isOwn: (scene: number) => boolean): number | undefined {
  if (isOwn(position)) return position - 1;
  return isOwn(position - 1) ? position : undefined;
}

/** The scene on the worse side of a still. */
const worseOf = (position: number, before: number | null, after: number | null): number =>
  position === 0 || (before ?? 1) >= (after ?? 1) ? position : position - 1;

/** Scores of the joins of two scenes that follow each other, by the still between them. */
function joinsOf(stitch: Step | null | undefined): ReadonlyMap<number, number | null> {
  const parsed = JoinScores.safeParse(reportOf(stitch));
  if (stitch?.order.kind !== "stitch" || !parsed.success) return new Map();
  const shown = scenesOf(stitch.order);
  return new Map(
    parsed.data.joinScores.flatMap((score, join): [number, number | null][] => {
      const [before, after] = [shown[join], shown[join + 1]];
      return before !== undefined && after === before + 1 ? [[after, score]] : [];
    }),
  );
}
