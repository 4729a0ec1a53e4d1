import { sameRate } from "../../../domain/frame-rates.ts";
import { type FilmLook, PLAIN_LOOK, type Rational } from "../../../domain/media.ts";
import type { Transition, TransitionKind } from "../../../domain/transition.ts";
import type { LastFrame } from "../../../ports/media.ts";
import type { QualityChoice } from "../encode/quality.ts";
import type { ClipLayout, PictureFormat } from "../format/clip-layout.ts";
import { freeSetIds } from "../format/h264-parameter-sets.ts";
import { type Adaptation, adaptationsOf } from "./adaptation.ts";
import { type Body, bodiesOf } from "./clip-bodies.ts";
import { chooseFormat, type FormatReasons } from "./film-format.ts";
import { type Overlap, overlapsOf } from "./joins.ts";

/** A run of film frames made in one way. Frames count in the film's rate; `to` is exclusive. */
export type Segment =
  /** Packets taken as they are. */
  | { readonly kind: "copy"; readonly clip: number; readonly from: number; readonly to: number }
  /** One clip decoded and encoded again. */
  | { readonly kind: "encode"; readonly clip: number; readonly from: number; readonly to: number }
  /** The end of clip `left` from `from`, blended over `fade` frames into clip `left + 1` up to `to`. */
  | {
      readonly kind: "window";
      readonly left: number;
      readonly from: number;
      readonly fade: number;
      readonly to: number;
    };

/** What happens to the body of a clip, and why not less. */
export interface ClipPlan {
  /** Those that are shown, counted from the clip's first. */
  readonly frames: number;
  readonly treatment: "copy" | "encode";
  readonly reason: string;
  /** How its picture is brought to the film's shape and rate; empty where it has both. */
  readonly adaptations: readonly Adaptation[];
  /** Its whole length and that of what is shown, seconds; absent where no end of it is cut off. */
  readonly cut?: { readonly fromSeconds: number; readonly toSeconds: number };
}

/** What happens where clip `index` meets the next. */
export interface JoinPlan {
  readonly kind: TransitionKind;
  /** Frames in which both clips are seen; 0 for a cut. */
  readonly fade: number;
  /** Frames at the end of the left clip that are left out: one at most, and only at a cut. */
  readonly dropped: number;
  readonly treatment: "copy" | "window";
  readonly reason: string;
}

export interface StitchPlan {
  readonly format: PictureFormat;
  /** Why the format is what it is. */
  readonly why: FormatReasons;
  readonly look: FilmLook;
  /** Parameter-set ids of what is encoded, which none of the copied clips has: each choice of x264 makes its own sets. */
  readonly setIds: Readonly<Record<keyof QualityChoice, number>>;
  readonly clips: readonly ClipPlan[];
  readonly joins: readonly JoinPlan[];
  readonly segments: readonly Segment[];
  readonly frames: number;
}

/** Frames of a segment in the film. */
export function segmentFrames(segment: Segment, clips: readonly ClipPlan[]): number {
  if (segment.kind !== "window") return segment.to - segment.from;
  return (clips[segment.left]?.frames ?? 0) - segment.from + segment.to - segment.fade;
}

/** Film frames of a plan that are encoded. */
export const encodedFrames = (plan: StitchPlan): number =>
  plan.segments.reduce((sum, s) => (s.kind === "copy" ? sum : sum + segmentFrames(s, plan.clips)), 0);

/** Film frame at which each clip begins: the first in which it is seen. */
export function clipStarts({ clips, joins }: Pick<StitchPlan, "clips" | "joins">): readonly number[] {
  let next = 0;
  return clips.map(({ frames }, index) => {
    const start = next;
    next += frames - (joins[index]?.fade ?? 0);
    return start;
  });
}

/** Windows a plan has. */
export const windowCount = (plan: StitchPlan): number => plan.segments.filter((s) => s.kind === "window").length;

/**
 * Decides, frame for frame, how clips become one film. Pure.
 * `transitions`, one for each join, hold instead of the crossfade; `lastFrames`, one for each join too, say what
 * becomes of the frame before a hard cut; `look` is how the film is to look.
 * @throws VidpipeError input.invalid when there are no clips, or a fade is negative or over half a clip
 */
export function planStitch(
  clips: readonly ClipLayout[],
  crossfadeSeconds: number,
  transitions?: readonly Transition[],
  lastFrames: readonly LastFrame[] = [],
  look: FilmLook = PLAIN_LOOK,
): StitchPlan {
  const { format, why, obstacles, sets } = chooseFormat(clips, look);
  const [windows = 0, long = 1] = freeSetIds(sets);
  const whole = clips.map((clip) => framesAt(clip, format.frameRate));
  const overlaps = overlapsOf(whole, format.frameRate, crossfadeSeconds, transitions);
  const fadeAfter = (clip: number): number => overlaps[clip]?.fade ?? 0;
  const bodies = bodiesOf(clips, obstacles, whole, overlaps, lastFrames);
  const adaptationsOfClip = (clip: ClipLayout | undefined) =>
    clip === undefined ? [] : adaptationsOf(clip, format, look);
  const counts = whole.map((frames, index) => frames - (bodies[index]?.dropped ?? 0));
  const segments = bodies.flatMap((body, index) => {
    const next = bodies[index + 1];
    const fade = fadeAfter(index);
    const own = segmentsOf(body, index, fadeAfter(index - 1) > 0, fade > 0);
    if (fade === 0 || next === undefined) return own;
    return [...own, { kind: "window", left: index, from: body.copyTo, fade, to: next.copyFrom } as const];
  });
  return {
    ...{ format, why, look },
    setIds: { windows, long },
    clips: bodies.map((body, index) => ({
      frames: counts[index] ?? 0,
      treatment: body.treatment,
      adaptations: adaptationsOfClip(clips[index]),
      ...cutOf(clips[index], body, fadeAfter(index) > 0),
    })),
    joins: overlaps.map((blend, index) => {
      const [left, right] = [bodies[index], bodies[index + 1]];
      const dropped = left?.dropped ?? 0;
      const spared = dropped === 0 && blend.fade === 0 && lastFrames[index] === "drop_if_free";
      return { ...blend, dropped, ...joinOf(blend, left, right), ...(spared ? { reason: SPARED } : {}) };
    }),
    segments,
    frames: counts.reduce((sum, n) => sum + n, 0) - overlaps.reduce((sum, { fade }) => sum + fade, 0),
  };
}

/** Why a body is made as it is, with the end of its clip that is cut off. */
function cutOf(clip: ClipLayout | undefined, body: Body, windowAfter: boolean): Pick<ClipPlan, "reason" | "cut"> {
  const { treatment, reason, to, copyTo, dropped } = body;
  if (clip?.cutFromSeconds === undefined) return { reason };
  const [fromSeconds, toSeconds] = [clip.cutFromSeconds, clip.pictureSeconds];
  // What the next window or the dropped frame takes is told with the join.
  const tail = treatment === "copy" && !windowAfter && dropped === 0 ? to - copyTo : 0;
  const encoded = tail === 0 ? "" : `; ${tail} ${tail === 1 ? "frame" : "frames"} before the cut encoded`;
  const told = `${reason}; cut from ${fromSeconds.toFixed(2)} s to ${toSeconds.toFixed(2)} s${encoded}`;
  return { reason: told, cut: { fromSeconds, toSeconds } };
}

/** Frames a clip has in the film's rate: its own count when it is regular there, else its exact span rounded. */
function framesAt(clip: ClipLayout, rate: Rational): number {
  if (clip.regular && sameRate(clip.format.frameRate, rate)) return clip.frames;
  return Math.max(1, Math.round((clip.pictureSeconds * rate.num) / rate.den));
}

/** A body's segments; what lies beside the copied part belongs to a window where there is one. */
function segmentsOf(body: Body, clip: number, windowBefore: boolean, windowAfter: boolean): Segment[] {
  const piece = (kind: "copy" | "encode", from: number, to: number): Segment[] =>
    to > from ? [{ kind, clip, from, to }] : [];
  if (body.treatment === "encode") return piece("encode", body.from, body.to);
  return [
    ...(windowBefore ? [] : piece("encode", body.from, body.copyFrom)),
    ...piece("copy", body.copyFrom, body.copyTo),
    ...(windowAfter ? [] : piece("encode", body.copyTo, body.to)),
  ];
}

const SPARED = "hard cut, the duplicate frame stays: other frames are decoded from it";

function joinOf(
  { kind, fade }: Overlap,
  left: Body | undefined,
  right: Body | undefined,
): Pick<JoinPlan, "treatment" | "reason"> {
  const before = left === undefined ? 0 : left.to - left.copyTo;
  if (fade === 0 && !left?.dropped) return { treatment: "copy", reason: "hard cut" };
  if (fade === 0) {
    const tail = before === 0 ? "" : `; ${before} ${before === 1 ? "frame" : "frames"} before it encoded`;
    return { treatment: "copy", reason: `hard cut, the duplicate frame before it is left out${tail}` };
  }
  const after = right === undefined ? 0 : right.copyFrom - right.from;
  return {
    treatment: "window",
    reason: `${fade} frames ${kind === "crossfade" ? "blended" : `of ${kind}`}, ${before} before and ${after} after to reach clean cuts`,
  };
}
