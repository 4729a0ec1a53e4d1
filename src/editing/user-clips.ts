import type { Pick } from "../domain/direction.ts";
import { invalidInput, VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { MediaInfo } from "../domain/media.ts";
import { checkTransitions } from "../domain/request.ts";
import type { ArtifactRef, ClipOrder, KeyframeOrder, Step } from "../domain/step.ts";
import { transitionsBetween } from "../domain/storyboard.ts";
import { type DecisionContext, newStep, nextTake } from "../planning/consequences.ts";
import { ownClipsOf, withOwnLengths } from "../planning/own-clips.ts";
import { type Plan, type PlannedFacts, plan, refOf } from "../planning/plan.ts";
import type { StoredFile } from "../ports/files.ts";
import { artifactOf, type StoredImage } from "./user-images.ts";
import { pinned } from "./user-stills.ts";

/** Largest file of a clip that is accepted, bytes. */
export const MAX_CLIP_BYTES = 512 * 2 ** 20;
/** Longest clip that a scene may be, seconds. */
export const MAX_CLIP_SECONDS = 600;

/** A clip as the user gives it. */
export interface UserClip {
  readonly path: string;
  /** What the user calls it, for messages. */
  readonly from: string;
  /** Where it begins and ends in the file, seconds; null: where the file does. */
  readonly inSeconds: number | null;
  readonly outSeconds: number | null;
}

/** A clip for scene 0..N-1. */
export interface ClipInput {
  readonly scene: number;
  readonly clip: UserClip;
}

/** The same as a plain MP4 that was checked and stored, with its first and last frame as stills of the film. */
export interface PlacedClip {
  readonly scene: number;
  readonly file: StoredFile;
  readonly media: MediaInfo;
  readonly first: StoredImage;
  readonly last: StoredImage;
}

/** A key that no order has: such a take is found only because it was picked. */
const keyOf = ({ sha256 }: StoredFile): string => `own ${sha256}`;

/**
 * The user's own clips as changes, and the pins that keep them in place. One given before is used again. Stills that are
 * drawn already stay where they are: they were paid for, and the neighbours end on them. Pure.
 */
export function ownClips(
  facts: ProjectFacts,
  placed: readonly PlacedClip[],
  context: DecisionContext,
): { readonly added: readonly Change[]; readonly pins: readonly Pick[] } {
  const current = plan(facts);
  const added: Change[] = [];
  const pins: Pick[] = [];
  for (const clip of placed) {
    const now = applyChanges(facts, added, context.nowMs);
    const given = now.steps.find(
      ({ kind, position, inputKey }) => kind === "clip" && position === clip.scene && inputKey === keyOf(clip.file),
    );
    const fresh = given === undefined ? takeOf(now, clip, context) : null;
    added.push(...(fresh?.changes ?? []));
    const step = given ?? fresh?.step;
    if (step === undefined) continue;
    pins.push(pinned(step, "clip", clip.scene), ...standingStills(facts, current, clip.scene));
  }
  return { added, pins };
}

/** Pins for the stills on both sides of a scene that stay although its clip could offer others. */
const standingStills = (facts: ProjectFacts, current: Plan, scene: number): Pick[] =>
  current.steps.flatMap(({ kind, position, step }): Pick[] => {
    const isBeside = kind === "keyframe" && (position === scene || position === scene + 1);
    if (!isBeside || step?.status !== "done") return [];
    const isFrame = step.order.kind === "keyframe" && step.order.model === OWN_CLIP;
    return isFrame && !isBuiltOn(facts, current, step) ? [] : [pinned(step, "keyframe", position)];
  });

/** Whether something of the film was made, or begun, from a still. */
function isBuiltOn(facts: ProjectFacts, { steps }: Plan, still: Step): boolean {
  const planned = steps.find(({ step }) => step?.id === still.id);
  const id = refOf(facts, planned)?.id;
  return steps.some(({ step }) => {
    if (step === null || step.status === "queued") return false;
    const { order } = step;
    if (order.kind === "keyframe") return order.previous?.id === id;
    return order.kind === "clip" && order.own !== true && (order.start.id === id || order.end.id === id);
  });
}

/** The model of a take that no model made. */
const OWN_CLIP = "own clip";

/** A finished take of a scene's clip that no model filmed, and those of the keyframes around it. */
function takeOf(facts: ProjectFacts, placed: PlacedClip, context: DecisionContext) {
  const { scene, file, media } = placed;
  const { project } = facts;
  const { aspectRatio, seed, style } = project.request;
  const note = { sceneIndex: scene, sceneCount: 0, description: "", motion: "", style };
  const words = { model: OWN_CLIP, prompt: "", aspectRatio, seed, own: true, note } as const;
  const still: KeyframeOrder = { kind: "keyframe", ...words, previous: null };
  const added: Change[] = [];
  const add = (order: KeyframeOrder | ClipOrder, position: number, content: StoredImage | StoredClip): ArtifactRef => {
    const now = applyChanges(facts, added, context.nowMs);
    const { kind } = order;
    const planned = { kind, position, order, inputKey: keyOf(content) };
    const queued = newStep(now, planned, nextTake(now, planned), context);
    const artifact = artifactOf(project.id, content, { role: kind, position, stepId: queued.id }, context);
    const result = { kind: "artifact" as const, artifactId: artifact.id, report: null };
    const { nowMs } = context;
    const step: Step = { ...queued, status: "done", result, startedAtMs: nowMs, finishedAtMs: nowMs };
    added.push({ type: "add_step", step }, { type: "add_artifact", artifact });
    return { id: artifact.id, sha256: artifact.sha256 };
  };
  const start = add(still, scene, placed.first);
  const end = add(still, scene + 1, placed.last);
  const { durationSeconds } = media.video;
  add({ kind: "clip", ...words, durationSeconds, start, end }, scene, { ...file, mediaType: "video/mp4", media });
  const step = applyChanges(facts, added, context.nowMs).steps.at(-1);
  return { changes: added, step };
}

type StoredClip = StoredFile & { readonly mediaType: "video/mp4"; readonly media: MediaInfo };

/** A revision's note on clips that were given. */
export const noteOfClips = (placed: readonly PlacedClip[]): string =>
  `clip of scene ${placed.map(({ scene }) => scene + 1).join(", ")}: your own`;

/** Checks that a film has this scene. @throws VidpipeError project.conflict before there is a storyboard, input.invalid when it has not */
export function checkClipPlace({ storyboard }: Plan, scene: number): void {
  if (storyboard === null)
    throw new VidpipeError("project.conflict", "the storyboard is not written yet: wait for it, then give the clip");
  checkClipScene(scene, storyboard.scenes.length);
}

/** Checks a scene, 0-based. @throws VidpipeError input.invalid when it is not below `scenes` */
export function checkClipScene(scene: number, scenes: number): void {
  if (!Number.isInteger(scene) || scene < 0 || scene >= scenes)
    throw invalidInput(
      "scene",
      `the film has scenes 1 to ${scenes}, there is no scene ${scene + 1}: nothing was changed`,
    );
}

/** Names the scene whose clip is too short, since its length is the user's to choose, and what to do. */
function checkOwnCrossfade(seconds: number, lengths: readonly number[]): void {
  const shortest = Math.min(...lengths);
  if (seconds <= shortest / 2) return;
  const scene = lengths.indexOf(shortest) + 1;
  const most = Math.floor(shortest * 50) / 100;
  throw invalidInput(
    "crossfade",
    `the clip of scene ${scene} lasts ${Math.round(shortest * 100) / 100} s, and a crossfade of ${seconds} s is longer than half of it: ` +
      `give a longer part, or a crossfade of ${most} s at most ('vidpipe stitch ID --crossfade ${most}' sets a made film's)`,
  );
}

/**
 * Checks the transitions of a film against the lengths of the user's own clips; without any it checks nothing.
 * @throws VidpipeError input.invalid when one is longer than half of a clip beside it
 */
export function checkOwnJoins({ facts, plan: { storyboard } }: PlannedFacts): void {
  if (storyboard === null) return;
  const own = ownClipsOf(facts, storyboard);
  if (own.size === 0) return;
  const { request } = facts.project;
  const { scenes } = withOwnLengths(storyboard, own);
  const lengths = scenes.map(({ durationSeconds }) => durationSeconds ?? request.clipDurationSeconds);
  const all = scenes.map((_, scene) => scene);
  if (scenes.length > 1 && scenes.slice(0, -1).every(({ transition }) => transition === undefined))
    checkOwnCrossfade(request.crossfadeSeconds, lengths);
  checkTransitions(transitionsBetween(scenes, all, request), lengths);
}
