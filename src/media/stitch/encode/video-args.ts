/** Exact ffmpeg arguments for the parts of a film that are encoded. Pure. */

import { sameRate } from "../../../domain/frame-rates.ts";
import type { Rational } from "../../../domain/media.ts";
import type { TransitionKind } from "../../../domain/transition.ts";
import { clipInput, ffmpegStart, fileUrl, PROGRESS } from "../../ffmpeg/args.ts";
import { type ClipLayout, type PictureFormat, secondsOf } from "../format/clip-layout.ts";
import { isSlower } from "../plan/adaptation.ts";
import { type Segment, type StitchPlan, segmentFrames } from "../plan/plan.ts";
import { fitted, pixelFormat } from "./fit-args.ts";
import { choiceFor, type QualityChoice } from "./quality.ts";

/** How frames are encoded. */
export interface Encoder {
  readonly quality: QualityChoice;
  /** True when ffmpeg has the zscale and tonemap filters for high dynamic range. */
  readonly tonemap: boolean;
}

/** A segment that is not copied. */
export type EncodedSegment = Exclude<Segment, { kind: "copy" }>;

/** Frames added behind a clip whose end falls between two frames of the film. */
const SPARE_FRAMES = 8;

/** Seconds between keyframes in long encoded parts, so that players can seek. */
const KEYFRAME_SECONDS = 2;

/** Lays a picture on black: without its alpha plane, what is transparent would show whatever colour lies there. */
const ON_BLACK = "format=gbrap|yuva444p|yuva444p10|yuva444p12,premultiply=inplace=1";

/** Kinds that have another name in xfade. */
const XFADE_NAMES: Readonly<Partial<Record<TransitionKind, string>>> = { crossfade: "fade", dip: "fadeblack" };

/** Arguments that make one segment of a plan into `output`, counting frames on standard output. */
export function encodeArgs(
  plan: StitchPlan,
  layouts: readonly ClipLayout[],
  segment: EncodedSegment,
  encoder: Encoder,
  output: string,
): readonly string[] {
  const { inputs, graph } = pictureOf(plan, layouts, segment, encoder.tonemap);
  return [
    ...ffmpegStart(),
    ...["-filter_threads", "1", "-filter_complex_threads", "1"],
    ...inputs,
    ...["-filter_complex", graph, "-map", "[v]", "-an", "-frames:v", String(segmentFrames(segment, plan.clips))],
    ...encoderArgs(plan, encoder.quality, choiceFor(segmentFrames(segment, plan.clips), plan.format)),
    ...["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "mp4"],
    ...PROGRESS,
    fileUrl(output),
  ];
}

interface Picture {
  readonly inputs: readonly string[];
  /** Ends in [v]. */
  readonly graph: string;
}

function pictureOf(
  plan: StitchPlan,
  layouts: readonly ClipLayout[],
  segment: EncodedSegment,
  tonemap: boolean,
): Picture {
  if (segment.kind === "encode") {
    const own = source(plan, layoutAt(layouts, segment.clip), segment.from, segment.to, tonemap, "l");
    return { inputs: own.input, graph: `[0:V:0]${own.chain}[v]` };
  }
  const rate = plan.format.frameRate;
  const kind = plan.joins[segment.left]?.kind ?? "crossfade";
  const leftFrames = plan.clips[segment.left]?.frames ?? 0;
  const left = source(plan, layoutAt(layouts, segment.left), segment.from, leftFrames, tonemap, "l");
  const right = source(plan, layoutAt(layouts, segment.left + 1), 0, segment.to, tonemap, "r");
  const duration = secondsOf(segment.fade, rate).toFixed(6);
  const offset = secondsOf(leftFrames - segment.fade - segment.from, rate).toFixed(6);
  // xfade shows the right clip alone from the left one's last frame on: one more frame keeps that one blended. It is
  // then asked for the frame behind the fade too, where every kind that we have shows the right clip alone.
  const longer = "tpad=stop_mode=clone:stop=1";
  // It may leave out a frame where the left clip ends; new numbers keep the next from being doubled.
  const blend = `xfade=transition=${XFADE_NAMES[kind] ?? kind}:duration=${duration}:offset=${offset},settb=${inverse(rate)},setpts=N`;
  return {
    inputs: [...left.input, ...right.input],
    graph: `[0:V:0]${left.chain},${longer}[a];[1:V:0]${right.chain}[b];[a][b]${blend}[v]`,
  };
}

function layoutAt(layouts: readonly ClipLayout[], index: number): ClipLayout {
  const layout = layouts[index];
  if (layout === undefined) throw new RangeError(`a plan names clip ${index} of ${layouts.length}`);
  return layout;
}

/** Frames `from` to `to` of a clip, in the film's format, numbered from 0. */
function source(
  plan: StitchPlan,
  clip: ClipLayout,
  from: number,
  to: number,
  tonemap: boolean,
  label: string,
): { readonly input: readonly string[]; readonly chain: string } {
  const { format: film, look } = plan;
  const rate = film.frameRate;
  const repairs = [
    ...(clip.repairs.interlaced ? ["bwdif=mode=send_frame"] : []),
    ...(clip.repairs.transparent ? [ON_BLACK] : []),
  ];
  const fitting = fitted(film, clip, look, tonemap, label);
  if (clip.regular && sameRate(clip.format.frameRate, rate)) {
    const { seek, cut } = reach(clip, rate, from, to);
    const numbered = [`settb=${inverse(rate)}`, "setpts=N", `fps=${rate.num}/${rate.den}`];
    return { input: clipInput(clip, seek, 1), chain: [...repairs, ...numbered, ...cut, ...fitting].join(",") };
  }
  const { seek, counted, first } = approach(clip, rate, from);
  const pace = `fps=${rate.num}/${rate.den}:start_time=${Number(secondsOf(first, rate).toFixed(6))}`;
  const between = isSlower(clip.format.frameRate, rate) ? interpolated(plan) : [];
  // What looks between frames takes only those of 8 bit; all else is cheaper with as few frames as there will be.
  const paced = between.length === 0 ? [pace, ...fitting] : [...fitting, ...between, pace];
  const cut = [
    // Its last frame may be held for long.
    `tpad=stop_mode=clone:stop=${SPARE_FRAMES + (clip.regular ? 0 : Math.max(0, to - clip.frames))}`,
    `trim=start_frame=${from - first}:end_frame=${to - first}`,
    `settb=${inverse(rate)}`,
    "setpts=N",
  ];
  const chain = [...repairs, ...counted, ...paced, ...cut].join(",");
  return { input: clipInput(clip, seek, 1), chain };
}

/** Frames of a clip before the one that is wanted: what looks between frames needs a few. */
const LEAD_FRAMES = 4;

/** Ticks of a second that ffmpeg can count in. */
const MOST_TICKS = 2 ** 31 - 1;

/** How a clip of another rate is read for the film's frames from `from` on; `first` is the first that is counted. */
function approach(
  clip: ClipLayout,
  rate: Rational,
  from: number,
): { readonly seek: readonly string[]; readonly counted: readonly string[]; readonly first: number } {
  const own = clip.format.frameRate;
  const ticks = own.num * rate.num;
  if (!clip.regular) return { seek: [], counted: ["setpts=PTS-STARTPTS"], first: 0 };
  // Times that are told too roughly, or not at all, are those of its rate.
  if (ticks > MOST_TICKS) return { seek: [], counted: [`settb=${inverse(own)}`, "setpts=N"], first: 0 };
  const before = Math.floor((from * own.num * rate.den) / (own.den * rate.num)) - LEAD_FRAMES;
  const start = clip.seekable ? Math.max(0, before) : 0;
  // Frames of both rates lie exactly on these ticks: what is sought is then what would have been counted.
  const counted = [`settb=1/${ticks}`, `setpts=(N+${start})*${own.den * rate.num}`];
  if (start === 0) return { seek: [], counted, first: 0 };
  // Half a frame early: rounding of times in the file can then not skip a frame.
  const seconds = clip.pictureStartSeconds + secondsOf(start - 0.5, own);
  return { seek: ["-ss", seconds.toFixed(6)], counted, first: from };
}

/** Pixels of a side from which on motion can be followed: a few blocks of it. */
const LEAST_MOTION = 32;

/** Makes frames between those of a slower clip; empty where they are repeated. */
function interpolated({ format: { frameRate, size }, look: { interpolate } }: StitchPlan): readonly string[] {
  if (interpolate === "off") return [];
  const isTiny = Math.min(size.width, size.height) < LEAST_MOTION;
  const mode = interpolate === "blend" || isTiny ? "blend" : "mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1";
  // It stops two frames early, and the last one is what the next clip goes on from.
  return ["tpad=stop_mode=clone:stop=2", `minterpolate=fps=${frameRate.num}/${frameRate.den}:mi_mode=${mode}`];
}

/** How frames `from` to `to` of a clip in the film's rate are reached: sought where that is exact, else counted. */
function reach(
  clip: ClipLayout,
  rate: Rational,
  from: number,
  to: number,
): { readonly seek: readonly string[]; readonly cut: readonly string[] } {
  if (!clip.seekable && from > 0)
    return { seek: [], cut: [`trim=start_frame=${from}:end_frame=${to}`, "setpts=PTS-STARTPTS"] };
  // Half a frame early: rounding of times in the file can then not skip a frame.
  const seek = from === 0 ? [] : ["-ss", (clip.pictureStartSeconds + secondsOf(from - 0.5, rate)).toFixed(6)];
  // A blend begins where the left clip ends.
  return { seek, cut: clip.cutFromSeconds === undefined ? [] : [`trim=end_frame=${to - from}`] };
}

const inverse = (rate: Rational): string => `${rate.den}/${rate.num}`;

const X264_PROFILES: Readonly<Record<string, string>> = {
  "Constrained Baseline": "baseline",
  Baseline: "baseline",
  Main: "main",
};

/** x264 in the film's own profile, level and colours, with a parameter-set id that no copied packet uses. */
function encoderArgs(plan: StitchPlan, quality: QualityChoice, part: keyof QualityChoice): readonly string[] {
  const { format } = plan;
  const choice = quality[part];
  const rate = format.frameRate;
  const keyint = Math.round((KEYFRAME_SECONDS * rate.num) / rate.den);
  const params = [
    ...[`keyint=${keyint}`, "min-keyint=1", "scenecut=0", "open-gop=0", "stitchable=1", `sps-id=${plan.setIds[part]}`],
    // Where colour samples lie: MJPEG says otherwise, and it would end up in the parameter sets too.
    "chromaloc=0",
    // Never hold back more frames than the copied packets do: a decoder sizes its queue by them.
    ...(format.reorderDepth === 0 ? ["bframes=0"] : []),
    ...(format.reorderDepth === 1 ? ["b-pyramid=none"] : []),
    ...(choice.params ?? []),
  ];
  return [
    ...["-c:v", "libx264", "-preset", choice.preset, "-crf", String(choice.crf), "-threads", "1"],
    ...["-profile:v", X264_PROFILES[format.profile] ?? "high"],
    ...(format.level > 0 ? ["-level:v", (format.level / 10).toFixed(1)] : []),
    ...["-pix_fmt", pixelFormat(format)],
    ...colourArgs(format),
    ...["-x264-params", params.join(":"), "-video_track_timescale", String(rate.num)],
  ];
}

function colourArgs({ colour }: PictureFormat): readonly string[] {
  const tag = (option: string, value: string) => (value === "unknown" ? [] : [option, value]);
  return [
    ...tag("-color_range", colour.range),
    ...tag("-colorspace", colour.space),
    ...tag("-color_trc", colour.transfer),
    ...tag("-color_primaries", colour.primaries),
  ];
}
