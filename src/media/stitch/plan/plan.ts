import { VidpipeError } from "../../../domain/errors.ts";
import { leaderOf, type Rational } from "../../../domain/media.ts";
import type { Transition, TransitionKind } from "../../../domain/transition.ts";
import type { LastFrame } from "../../../ports/media.ts";
import { type ClipLayout, type PictureFormat, secondsOf } from "../format/clip-layout.ts";
import { clash, freeSetId, mergeSets, type ParameterSet } from "../format/h264-parameter-sets.ts";
import { type Body, bodiesOf } from "./clip-bodies.ts";
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
  /** Parameter-set id that everything encoded uses: none of the copied clips has it. */
  readonly setId: number;
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
 * becomes of the frame before a hard cut.
 * @throws VidpipeError input.invalid when there are no clips, or a fade is negative or over half a clip
 */
export function planStitch(
  clips: readonly ClipLayout[],
  crossfadeSeconds: number,
  transitions?: readonly Transition[],
  lastFrames: readonly LastFrame[] = [],
): StitchPlan {
  const { format, reasons, sets } = chooseFormat(clips);
  const whole = clips.map((clip) => framesAt(clip, format.frameRate));
  const overlaps = overlapsOf(whole, format.frameRate, crossfadeSeconds, transitions);
  const fadeAfter = (clip: number): number => overlaps[clip]?.fade ?? 0;
  const bodies = bodiesOf(clips, reasons, whole, overlaps, lastFrames);
  const counts = whole.map((frames, index) => frames - (bodies[index]?.dropped ?? 0));
  const segments = bodies.flatMap((body, index) => {
    const next = bodies[index + 1];
    const fade = fadeAfter(index);
    const own = segmentsOf(body, index, fadeAfter(index - 1) > 0, fade > 0);
    if (fade === 0 || next === undefined) return own;
    return [...own, { kind: "window", left: index, from: body.copyTo, fade, to: next.copyFrom } as const];
  });
  return {
    format,
    setId: freeSetId(sets) ?? 0,
    clips: bodies.map((body, index) => ({
      frames: counts[index] ?? 0,
      treatment: body.treatment,
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
  const own = clip.format.frameRate;
  if (clip.regular && own.num * rate.den === rate.num * own.den) return clip.frames;
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

interface FormatChoice {
  readonly format: PictureFormat;
  /** Why each clip cannot be copied; null when it can. */
  readonly reasons: readonly (string | null)[];
  readonly sets: readonly ParameterSet[];
}

/** The film takes the format that most of it has already, so that most can be copied. */
function chooseFormat(clips: readonly ClipLayout[]): FormatChoice {
  const plain = clips.filter((clip) => clip.oddity === null);
  const leader = leaderOf(plain.length > 0 ? plain : clips, copyKey, ({ pictureSeconds }) => pictureSeconds);
  if (leader === undefined) throw new VidpipeError("input.invalid", "there are no clips to join");
  if (plain.length === 0)
    return { format: playable(leader.format), reasons: clips.map((clip) => clip.oddity), sets: [] };
  let sets: readonly ParameterSet[] = leader.parameterSets;
  const reasons = clips.map((clip) => {
    const reason = clip.oddity ?? differenceFrom(leader, clip);
    if (reason !== null) return reason;
    if (clip.parameterSets.some((own) => sets.some((other) => clash(own, other)))) return "its parameter sets clash";
    const merged = mergeSets([sets, clip.parameterSets]);
    // One id must stay free for what is encoded.
    if (freeSetId(merged) === undefined || merged.length > 60) return "too many parameter sets";
    sets = merged;
    return null;
  });
  return { format: leader.format, reasons, sets };
}

const copyKey = ({ format, parameterSets }: ClipLayout): string =>
  JSON.stringify([format.size, format.frameRate.num / format.frameRate.den, format.colour]) +
  parameterSets.map((set) => Buffer.from(set.bytes).toString("hex")).join();

function differenceFrom(leader: ClipLayout, clip: ClipLayout): string | null {
  const [a, b] = [leader.format, clip.format];
  if (a.size.width !== b.size.width || a.size.height !== b.size.height)
    return `${b.size.width}x${b.size.height}, the film is ${a.size.width}x${a.size.height}`;
  if (a.frameRate.num * b.frameRate.den !== b.frameRate.num * a.frameRate.den)
    return `${shownRate(b.frameRate)} fps, the film has ${shownRate(a.frameRate)}`;
  if (JSON.stringify(a.colour) !== JSON.stringify(b.colour)) return "its colours have other tags";
  return null;
}

/** A frame rate for people. */
export const shownRate = (rate: Rational): string => String(Math.round((rate.num / rate.den) * 1_000) / 1_000);

/** An odd clip's format made fit to encode: even size, a rate of 10 to 60 fps, common colours. */
function playable(format: PictureFormat): PictureFormat {
  const even = (length: number) => Math.max(2, Math.floor(length / 2) * 2);
  const rate = format.frameRate.num / format.frameRate.den;
  return {
    size: { width: even(format.size.width), height: even(format.size.height) },
    frameRate: rate >= 10 && rate <= 60 ? format.frameRate : { num: 24, den: 1 },
    colour: { range: "tv", space: "bt709", transfer: "bt709", primaries: "bt709" },
    profile: "High",
    level: 0,
    reorderDepth: 2,
  };
}

/** The columns of `explainPlan`. */
export const EXPLAIN_COLUMNS = ["what", "how", "frames", "why"] as const;

/** A plan as rows of text for people: a row per clip and per join, and the work expected in the last. Pure. */
export function explainPlan(plan: StitchPlan): readonly (readonly string[])[] {
  const rows = plan.clips.flatMap((clip, index) => {
    const row = [`clip ${index + 1}`, clip.treatment, String(clip.frames), clip.reason];
    const join = plan.joins[index];
    if (join === undefined) return [row];
    return [row, [`join ${index + 1}-${index + 2}`, join.treatment, String(joinFrames(plan, index)), join.reason]];
  });
  const encoded = encodedFrames(plan);
  const percent = Math.round((encoded / plan.frames) * 100);
  const { size, frameRate } = plan.format;
  const seconds = Math.round(secondsOf(plan.frames, frameRate) * 1_000) / 1_000;
  const what = `${size.width}x${size.height} at ${shownRate(frameRate)} fps, ${seconds} s`;
  const how = `${plan.frames - encoded} copied, ${encoded} encoded (${percent}%)`;
  return [...rows, ["film", how, String(plan.frames), `${what}, ${windowCount(plan)} windows`]];
}

/** Frames a join encodes; 0 for a hard cut. */
function joinFrames(plan: StitchPlan, index: number): number {
  const window = plan.segments.find((segment) => segment.kind === "window" && segment.left === index);
  return window === undefined ? 0 : segmentFrames(window, plan.clips);
}
