import { z } from "zod";
import { CastWords } from "./direction.ts";
import { FAILURES, type FailureCode } from "./errors.ts";
import { ArtifactId, ProjectId, StepId, SubmitId } from "./ids.ts";
import { STEP_KINDS, STEP_STATUSES } from "./lifecycle.ts";
import { ARTIFACT_ROLES, AspectRatio, MEDIA_TYPES, MediaInfo } from "./media.ts";
import { PURCHASE_REASONS, SUBMIT_STATES, VERDICTS } from "./money.ts";
import { Count, EpochMs, Usd } from "./row-fields.ts";
import { Storyboard } from "./storyboard.ts";
import { DROPPING, Transition } from "./transition.ts";

/** A parent artifact, named by row and by content so that a change of either is noticed. */
export const ArtifactRef = z.strictObject({ id: ArtifactId, sha256: z.string() });
export type ArtifactRef = z.infer<typeof ArtifactRef>;

const seed = z.int().nullable();

/** Everything the text model needs to write a storyboard. */
export const StoryboardOrder = z.strictObject({
  kind: z.literal("storyboard"),
  model: z.string(),
  prompt: z.string(),
  style: z.string(),
  aspectRatio: AspectRatio,
  clipDurationSeconds: z.number(),
  sceneCount: z.int().nullable(),
  maxScenes: z.int(),
  seed,
  /** Who and what is in the film, in canonical words; absent where nothing was said. */
  cast: z.array(CastWords).optional(),
});
export type StoryboardOrder = z.infer<typeof StoryboardOrder>;

/** What the offline provider shows of a scene; other providers work from the prompt alone. */
export const ShotNote = z.strictObject({
  sceneIndex: z.int(),
  sceneCount: z.int(),
  description: z.string(),
  motion: z.string(),
  style: z.string(),
});
export type ShotNote = z.infer<typeof ShotNote>;

/** Everything the image model needs to draw one still. */
export const KeyframeOrder = z.strictObject({
  kind: z.literal("keyframe"),
  model: z.string(),
  prompt: z.string(),
  aspectRatio: AspectRatio,
  seed,
  /** Tells further takes of the same still apart; absent for the first. */
  variant: z.int().min(1).optional(),
  /** The still before this one; null for the first. */
  previous: ArtifactRef.nullable(),
  /** What is seen in it, as pictures; absent where there are none. */
  references: z.array(z.strictObject({ name: z.string().nullable(), artifact: ArtifactRef })).optional(),
  /** Brought by the user, not drawn: the rest says only where it goes. */
  own: z.literal(true).optional(),
  note: ShotNote,
});
export type KeyframeOrder = z.infer<typeof KeyframeOrder>;

/** Everything the video model needs to film one clip. */
export const ClipOrder = z.strictObject({
  kind: z.literal("clip"),
  model: z.string(),
  prompt: z.string(),
  aspectRatio: AspectRatio,
  durationSeconds: z.number(),
  seed,
  /** Tells further takes of the same clip apart; absent for the first. */
  variant: z.int().min(1).optional(),
  start: ArtifactRef,
  end: ArtifactRef,
  /** Brought by the user, not filmed: `start` and `end` are its first and last frame, the length is its own. */
  own: z.literal(true).optional(),
  note: ShotNote,
});
export type ClipOrder = z.infer<typeof ClipOrder>;

/** The stills as a timed film, with the joins that the clips will have: what is seen before any clip is paid for. */
export const AnimaticOrder = z.strictObject({
  kind: z.literal("animatic"),
  shots: z
    .array(
      z.strictObject({
        start: ArtifactRef,
        end: ArtifactRef,
        durationSeconds: z.number(),
        caption: ShotNote,
        /** It stands for a clip of the user's own, which is there already. */
        own: z.literal(true).optional(),
      }),
    )
    .min(1),
  crossfadeSeconds: z.number(),
  /** As of a stitch. */
  transitions: z.array(Transition).optional(),
  aspectRatio: AspectRatio,
});
export type AnimaticOrder = z.infer<typeof AnimaticOrder>;

/** The clips of a film in order, and how they are joined. */
export const StitchOrder = z.strictObject({
  kind: z.literal("stitch"),
  clips: z.array(ArtifactRef).min(1),
  crossfadeSeconds: z.number(),
  /** How each clip passes into the next; absent where the crossfade is every one's. */
  transitions: z.array(Transition).optional(),
  /** Which frames are left out at hard cuts; absent: none. */
  boundaryFrame: z.enum(DROPPING).optional(),
  /** Joins, from 0, of neighbours that share no still, so that no frame is left out there; absent where there are none. */
  apart: z.array(z.int()).optional(),
  /** How much of each clip is shown, seconds; null: all of it. Absent where no clip came longer than ordered. */
  keepSeconds: z.array(z.number().positive().nullable()).optional(),
  /** Scenes that have no clip, 0-based. */
  missingScenes: z.array(z.int()),
  /** All clips are its user's own; absent where a model made any of them. */
  own: z.literal(true).optional(),
  /** Places, from 0, of clips of its user's own beside some that a model made; absent where there are none. */
  ownClips: z.array(z.int()).optional(),
  /** Written into the film; absent in orders of before it was an input. */
  title: z.string().optional(),
});
export type StitchOrder = z.infer<typeof StitchOrder>;

/** The scenes of a film's clips, from 0. Pure. */
export function scenesOf({ clips, missingScenes }: StitchOrder): number[] {
  const all = Array.from({ length: clips.length + missingScenes.length }, (_, scene) => scene);
  return all.filter((scene) => !missingScenes.includes(scene));
}

/** A step's frozen input; what it was made from never changes under it. */
export const StepOrder = z.discriminatedUnion("kind", [
  StoryboardOrder,
  KeyframeOrder,
  AnimaticOrder,
  ClipOrder,
  StitchOrder,
]);
export type StepOrder = z.infer<typeof StepOrder>;

/** Whether its user brought what a step stands for: nothing was, or is, bought for it. */
export const isOwnOrder = (order: StepOrder): order is (KeyframeOrder | ClipOrder) & { readonly own: true } =>
  (order.kind === "keyframe" || order.kind === "clip") && order.own === true;

/** The provider's long-running job. */
export const Operation = z.strictObject({
  /** The provider's own name for it; enough to find it again from a new process. */
  name: z.string(),
  submittedAtMs: z.int(),
  polls: z.int(),
  /** Looks in a row at which the provider did not know it; absent after a look at which it did. */
  missing: z.int().min(1).optional(),
});
export type Operation = z.infer<typeof Operation>;

/** What a finished step made. Numbers about a stitch are kept as its report. */
export const StepResult = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("storyboard"), storyboard: Storyboard }),
  z.strictObject({
    kind: z.literal("artifact"),
    artifactId: ArtifactId,
    report: z.record(z.string(), z.unknown()).nullable(),
  }),
]);
export type StepResult = z.infer<typeof StepResult>;

const isFailureCode = (word: string): word is FailureCode => Object.hasOwn(FAILURES, word);

/** Why a step is where it is. A code of another version is read as `internal`: it is still a failure to show. */
export const StepFailure = z.strictObject({
  code: z.string().transform((word): FailureCode => (isFailureCode(word) ? word : "internal")),
  message: z.string(),
  /** What is kept can stand in for what was ordered, if the user says so. */
  usable: z.literal(true).optional(),
  /** The clip that a film cannot be joined with, by its place in the step's order. */
  clip: Count.optional(),
});
export type StepFailure = Readonly<z.infer<typeof StepFailure>>;

/** How an answer of another shape is used: cut at the edges, or with bars. A clip is cut to its length either way. */
export const FITS = ["crop", "pad"] as const;
export type Fit = (typeof FITS)[number];

/** One resumable unit of work. */
export const Step = z.strictObject({
  id: StepId,
  projectId: ProjectId,
  kind: z.enum(STEP_KINDS),
  /** Keyframe 0..N, clip (= scene) 0..N-1; 0 for storyboard, animatic and stitch. */
  position: Count,
  /** 1 for the first candidate; a changed input makes the next. */
  take: z.int().min(1),
  status: z.enum(STEP_STATUSES),
  order: StepOrder,
  /** sha256 of the order and its parents' content: equal keys are never bought twice. */
  inputKey: z.string(),
  /** Tries so far, including the running one; polls do not count. */
  attempts: Count,
  /** Earliest time to run. */
  dueAtMs: EpochMs,
  operation: Operation.nullable(),
  result: StepResult.nullable(),
  failure: StepFailure.nullable(),
  /** How often the user agreed to buy it again, in all. */
  approvals: Count.default(0),
  /** US dollars of the accepted price that are kept for this step alone; only a retake has any. */
  reservedUsd: Usd.default(0),
  /** The user's word to use a kept answer that does not fit; null: it has to fit. */
  fit: z.enum(FITS).nullable().default(null),
  createdAtMs: EpochMs,
  startedAtMs: EpochMs.nullable(),
  finishedAtMs: EpochMs.nullable(),
});
export type Step = Readonly<z.infer<typeof Step>>;

/** An immutable stored file. */
export const Artifact = z.strictObject({
  id: ArtifactId,
  projectId: ProjectId,
  stepId: StepId,
  role: z.enum(ARTIFACT_ROLES),
  /** Keyframe, scene or take number the file belongs to. */
  position: Count,
  /** Path below the artifact folder, with forward slashes. */
  key: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1),
  mediaType: z.enum(MEDIA_TYPES),
  /** Measured facts of clips and films; null for stills. */
  media: MediaInfo.nullable(),
  createdAtMs: EpochMs,
});
export type Artifact = Readonly<z.infer<typeof Artifact>>;

/** Start of the name under which the reply to a paid call is stored; the call's id follows. */
export const REPLY_PREFIX = "answer-";

/** Whether a file below the artifact folder is the reply to a paid call, as it came. */
export const isReplyKey = (key: string): boolean => key.includes(`/${REPLY_PREFIX}`);

/** The paid call whose reply a stored file is, as its name says; null: it is another file. */
export function submitOfReply(key: string): string | null {
  const id = isReplyKey(key) ? /\/answer-([0-9a-f-]{36})-[0-9a-f]{12}\.\w+$/.exec(key)?.[1] : undefined;
  return id ?? null;
}

/** One paid call, written down before it is sent. */
export const Submit = z.strictObject({
  id: SubmitId,
  projectId: ProjectId,
  stepId: StepId,
  attempt: Count,
  /** Rows of earlier releases do not say. */
  because: z.enum(PURCHASE_REASONS).default("first"),
  state: z.enum(SUBMIT_STATES),
  /** Reserved while intent or open, spent or unknown afterwards; US dollars. */
  usd: Usd,
  quantity: z.number().min(0),
  unit: z.string(),
  model: z.string(),
  operationName: z.string().nullable(),
  /** What the service says it charged, US dollars; null where it does not tell. */
  billedUsd: Usd.nullable().default(null),
  /** The answer as it came, an artifact; null: none was received, or it was not kept (earlier releases). */
  replyId: ArtifactId.nullable().default(null),
  /** The file that was made of it before it was checked: a finished operation's clip, or a still that does not fit. */
  resultId: ArtifactId.nullable().default(null),
  /** What became of the answer; null: not decided, or earlier releases. */
  verdict: z.enum(VERDICTS).nullable().default(null),
  /** Why it was rejected, in one line. */
  reason: z.string().nullable().default(null),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
});
export type Submit = Readonly<z.infer<typeof Submit>>;
