import type { StitchRequest } from "../../ports/media.ts";
import type { ClipLayout } from "./format/clip-layout.ts";
import { planStitch, type StitchPlan } from "./plan/plan.ts";
import { copyable } from "./sound/aac-splice.ts";
import { soundSpans } from "./sound/sound-args.ts";

/** What a plan follows of a request; `loudnessLufs` that is not null has all sound encoded in any case. */
export type Wishes = Pick<StitchRequest, "crossfadeSeconds" | "transitions" | "lastFrames"> & {
  readonly loudnessLufs?: number | null;
};

/**
 * The plan of a film. A frame that may be left out for nothing stays where its sound would cost something: sound that
 * can be copied lies on the grid of its packets, and all that follows a clip that is a frame shorter is off it. Pure.
 * @throws VidpipeError as planStitch does
 */
export function planFilm(clips: readonly ClipLayout[], wishes: Wishes): StitchPlan {
  const { crossfadeSeconds, transitions, lastFrames = [], loudnessLufs = null } = wishes;
  const plan = planStitch(clips, crossfadeSeconds, transitions, lastFrames);
  const sparing = lastFrames.map((word) => (word === "drop_if_free" ? "keep" : word));
  const mayStay = plan.joins.some(({ dropped }, left) => dropped > 0 && sparing[left] === "keep");
  if (!mayStay || loudnessLufs !== null || copyable(clips, soundSpans(plan))) return plan;
  const kept = planStitch(clips, crossfadeSeconds, transitions, sparing);
  if (!copyable(clips, soundSpans(kept))) return plan;
  const reason = "hard cut, the doubled frame stays: without it all sound would be encoded";
  const joins = kept.joins.map((join, left) =>
    join.dropped === plan.joins[left]?.dropped ? join : { ...join, reason },
  );
  return { ...kept, joins };
}
