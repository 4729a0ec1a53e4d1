import type { ProjectFacts } from "../../domain/facts.ts";
import { filmRate, sameRate, unrounded } from "../../domain/frame-rates.ts";
import {
  droppedAfter,
  type FrameSize,
  leaderOf,
  type MediaInfo,
  type Rational,
  type VideoInfo,
} from "../../domain/media.ts";
import type { Artifact } from "../../domain/step.ts";
import { areNeighbours, type Storyboard, transitionsBetween } from "../../domain/storyboard.ts";
import { canDropLast, type TransitionKind } from "../../domain/transition.ts";
import { ownClipsOf, withOwnLengths } from "../../planning/own-clips.ts";
import { keptSeconds, type PlannedStep, plan, refOf } from "../../planning/plan.ts";

/** A clip of the film as an editor sees it. Frames count in the film's rate. */
export interface TimelineClip {
  /** 0-based scene of the storyboard. */
  readonly scene: number;
  readonly description: string;
  /** File name in the media folder, e.g. `scene-01.mp4`. */
  readonly file: string;
  readonly artifact: Artifact;
  readonly media: MediaInfo;
  /** Its frames that are shown: less an end that is cut off, and a last one that is left out at a cut. */
  readonly frames: number;
  readonly hasSound: boolean;
}

/** How a clip passes into the next: the frames by which they overlap; 0 is a hard cut. */
export interface TimelineJoin {
  readonly kind: TransitionKind;
  readonly fade: number;
}

/** The clips of a film in order. */
export interface Timeline {
  readonly title: string;
  readonly rate: Rational;
  readonly size: FrameSize;
  readonly clips: readonly TimelineClip[];
  /** One between every two clips. */
  readonly joins: readonly TimelineJoin[];
  /** Frames of the film. */
  readonly frames: number;
  /** Scenes of the storyboard that have no clip, 0-based. */
  readonly missingScenes: readonly number[];
}

/** The film so far: every selected clip that exists, in order; null while there are none. Pure. */
export function timelineOf(facts: ProjectFacts): Timeline | null {
  const { storyboard, steps } = plan(facts);
  if (storyboard === null) return null;
  const found = storyboard.scenes.flatMap((_, scene) => {
    const planned = steps.find((step) => step.kind === "clip" && step.position === scene);
    const artifact = facts.artifacts.find(({ id }) => id === refOf(facts, planned)?.id);
    const keepSeconds = keptSeconds(facts, planned);
    return artifact?.media == null ? [] : [{ scene, artifact, media: artifact.media, keepSeconds }];
  });
  const stitch = steps.find(({ kind }) => kind === "stitch");
  const film = facts.artifacts.find(({ id }) => id === refOf(facts, stitch)?.id)?.media?.video ?? likelyFilm(found);
  if (film === null) return null;
  const rate = film.frameRate;
  const whole = found.map((clip) => toClip(storyboard, rate, clip));
  const shown = whole.map(({ scene }) => scene);
  const { scenes } = withOwnLengths(storyboard, ownClipsOf(facts, storyboard));
  const joins = transitionsBetween(scenes, shown, facts.project.request).map(
    ({ kind, seconds }, left): TimelineJoin => {
      // The stitch refuses a fade that is longer; an unfinished film is shown with the longest there can be.
      const most = whole.slice(left, left + 2).map(({ frames }) => Math.floor(frames / 2));
      const fade = Math.min(Math.round((seconds * rate.num) / rate.den), ...most);
      return { kind: fade === 0 ? "cut" : kind, fade };
    },
  );
  const dropped = droppedIn(facts, stitch, whole, joins);
  const clips = whole.map((clip, index) => (dropped.has(index) ? { ...clip, frames: clip.frames - 1 } : clip));
  const present = new Set(shown);
  return {
    title: storyboard.title,
    rate,
    size: { width: film.width, height: film.height },
    clips,
    joins,
    frames: clips.reduce((sum, { frames }) => sum + frames, 0) - joins.reduce((sum, { fade }) => sum + fade, 0),
    missingScenes: storyboard.scenes.flatMap((_, scene) => (present.has(scene) ? [] : scene)),
  };
}

/**
 * Clips whose last frame is left out: as the film was joined, if it was; else where that is sure. What is left to the
 * join to decide (`auto`) is not known before.
 */
function droppedIn(
  { project }: ProjectFacts,
  stitch: PlannedStep | undefined,
  clips: readonly TimelineClip[],
  joins: readonly TimelineJoin[],
): ReadonlySet<number> {
  const { step, order } = stitch ?? {};
  if (step?.status === "done" && step.result?.kind === "artifact") return new Set(droppedAfter(step.result.report));
  if (project.direction.boundaryFrame !== "drop") return new Set();
  const places = joins.flatMap(({ fade }, left) => {
    const [clip, next] = [clips[left], clips[left + 1]];
    const isApart = order?.kind === "stitch" && order.apart?.includes(left) === true;
    const shared = fade === 0 && areNeighbours(clip?.scene, next?.scene) && !isApart;
    return shared && canDropLast(clip?.frames ?? 0, joins[left - 1]?.fade ?? 0) ? left : [];
  });
  return new Set(places);
}

const toClip = (
  storyboard: Storyboard,
  rate: Rational,
  {
    keepSeconds,
    ...clip
  }: Pick<TimelineClip, "scene" | "artifact" | "media"> & { readonly keepSeconds: number | null },
): TimelineClip => ({
  ...clip,
  description: storyboard.scenes[clip.scene]?.description ?? "",
  file: `${sceneName(clip.scene)}.mp4`,
  frames: framesAt(clip.media, rate, keepSeconds),
  hasSound: clip.media.audio !== null,
});

/** Name of a scene's files, counted from 1. */
export const sceneName = (scene: number): string => `scene-${String(scene + 1).padStart(2, "0")}`;

/** The picture that a film of these clips would have, as far as settings do not say otherwise; null without clips. */
function likelyFilm(
  found: readonly { readonly media: MediaInfo; readonly keepSeconds: number | null }[],
): Pick<VideoInfo, "width" | "height" | "frameRate"> | null {
  const pictures = found.map(({ media: { video }, keepSeconds }) => ({
    size: { width: video.width, height: video.height },
    frameRate: unrounded(video.frameRate, video.frames),
    seconds: keepSeconds ?? video.durationSeconds,
    regular: true,
  }));
  const leader = leaderOf(
    pictures,
    ({ size }) => JSON.stringify(size),
    ({ seconds }) => seconds,
  );
  const frameRate = filmRate(pictures, true);
  return leader === undefined || frameRate === undefined ? null : { ...leader.size, frameRate };
}

/** As the stitch counts: its own frames where the rates agree, else its span rounded; no more than is kept. */
function framesAt({ video }: MediaInfo, rate: Rational, keepSeconds: number | null): number {
  const own = unrounded(video.frameRate, video.frames);
  const framesIn = (seconds: number) => Math.max(1, Math.round((seconds * rate.num) / rate.den));
  const all = sameRate(own, rate) ? video.frames : framesIn(video.durationSeconds);
  return keepSeconds === null ? all : Math.min(all, framesIn(keepSeconds));
}

/** Where the cut of a fade lies in it: frames of it before the cut, and after. */
export const cutOf = (fade: number): { readonly before: number; readonly after: number } => ({
  before: Math.floor(fade / 2),
  after: fade - Math.floor(fade / 2),
});

/** A clip with its place when fades are laid over hard cuts, as OTIO and Final Cut have them. Frames of the film. */
export interface CutClip extends TimelineClip {
  /** First frame of the clip that is shown as its own. */
  readonly from: number;
  /** Frames until the next cut. */
  readonly length: number;
  /** Frame of the film at which it begins. */
  readonly at: number;
}

/** Every clip between its cuts; their lengths add up to the film. */
export function cutClips({ clips, joins }: Timeline): readonly CutClip[] {
  let at = 0;
  return clips.map((clip, index) => {
    const from = cutOf(joins[index - 1]?.fade ?? 0).before;
    const length = clip.frames - from - cutOf(joins[index]?.fade ?? 0).after;
    const placed = { ...clip, from, length, at };
    at += length;
    return placed;
  });
}
