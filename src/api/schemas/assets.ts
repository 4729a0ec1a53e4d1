import { z } from "zod";
import type { ProjectId } from "../../domain/ids.ts";
import { STEP_KINDS, STEP_STATUSES, type StepKind } from "../../domain/lifecycle.ts";
import { type Artifact, isOwnOrder } from "../../domain/step.ts";
import type { SceneView } from "../../domain/view.ts";
import type { RejectedAnswer, TakeView } from "../../planning/takes.ts";
import type { Gallery } from "../../services/assets.ts";
import { withoutPaths } from "../error-response.ts";
import { projectUrl, SceneAnswer, Status, sceneAnswer, Timestamp, timestamp } from "./responses.ts";
import { StoryboardAnswer, storyboardAnswer } from "./storyboard.ts";

/** Width of the thumbnails that answers point to, in pixels. */
const shownThumbnailWidth = 480;

const StepWord = z.enum(STEP_STATUSES);

/** A paid answer that is not used. */
const RejectedAnswerBody = z
  .strictObject({
    submit_id: z.string(),
    reason: z.string(),
    cost_usd: z.number().describe("US dollars that count for it."),
    url: z
      .string()
      .nullable()
      .describe("The picture or clip that came; null where there is none, like the next three fields."),
    thumbnail_url: z.string().nullable(),
    media_type: z.string().nullable(),
    bytes: z.int().nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "RejectedAnswer" });

/** One candidate for a keyframe or a clip. */
export const TakeAnswer = z
  .strictObject({
    take: z.int(),
    selected: z.boolean().describe("Whether the film uses it."),
    status: StepWord,
    message: z.string().nullable(),
    model: z.string(),
    prompt: z.string(),
    seed: z.int().nullable(),
    own: z.boolean().describe("Whether the user brought it, or the clip that it is a frame of."),
    cost_usd: z.number().describe("US dollars spent on it, reserved for it, or possibly spent."),
    attempts: z.int().describe("Attempts so far."),
    url: z.string().nullable().describe("null until it is made, like the next four fields."),
    thumbnail_url: z.string().nullable(),
    media_type: z.string().nullable(),
    bytes: z.int().nullable(),
    duration_seconds: z.number().nullable().describe("For clips only."),
    rejected: z.array(RejectedAnswerBody).describe("What was paid for it and is not used, oldest first."),
    created_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: "Take" });

/** A keyframe or the clip of a scene: its status, its URL, and all its takes, oldest first. */
export const PieceAnswer = z
  .strictObject({
    /** null: not planned yet. */
    status: StepWord.nullable(),
    message: z.string().nullable(),
    stale: z.boolean().describe("Whether its inputs have changed since it was made."),
    own: z.boolean().describe("Whether it is the user's own image or clip."),
    url: z.string().nullable(),
    thumbnail_url: z.string().nullable(),
    takes: z.array(TakeAnswer),
  })
  .meta({ id: "Piece" });

/** A scene with everything made for it. The end keyframe of a scene is the start keyframe of the next one. */
export const SceneTakesAnswer = SceneAnswer.extend({ start: PieceAnswer, end: PieceAnswer, clip: PieceAnswer }).meta({
  id: "SceneTakes",
});

export const ScenesAnswer = z
  .strictObject({
    project_id: z.string(),
    status: Status,
    storyboard: StoryboardAnswer.nullable().describe("null until it is written; until then there are no scenes."),
    scenes: z.array(SceneTakesAnswer),
  })
  .meta({ id: "Scenes" });

export const StepAnswer = z
  .strictObject({
    kind: z.enum(STEP_KINDS),
    position: z.int().describe("Keyframe 0..N, clip (= scene) 0..N-1; 0 for storyboard and stitch."),
    take: z.int(),
    selected: z.boolean(),
    status: StepWord,
    message: z.string().nullable(),
    attempts: z.int(),
    created_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: "Step" });

/** Every step of a project, oldest first. */
export const StepsAnswer = z
  .strictObject({ project_id: z.string(), status: Status, steps: z.array(StepAnswer) })
  .meta({ id: "Steps" });

export function scenesAnswer({ project, takes }: Gallery): z.infer<typeof ScenesAnswer> {
  return {
    project_id: project.id,
    status: project.status,
    storyboard: project.storyboard && storyboardAnswer(project.storyboard),
    scenes: project.scenes.map((scene) => ({ ...sceneAnswer(scene), ...piecesOf(project.id, scene, takes) })),
  };
}

const SCENE_FILES = { start: "start.png", end: "end.png", clip: "clip.mp4" } as const;

function piecesOf(id: ProjectId, scene: SceneView, takes: readonly TakeView[]) {
  const { sceneIndex } = scene;
  const pieceAnswer = (part: keyof typeof SCENE_FILES, kind: StepKind, position: number) => {
    const url = `${projectUrl(id)}/scenes/${sceneIndex}/${SCENE_FILES[part]}`;
    const candidates = takes.filter(({ step }) => step.kind === kind && step.position === position);
    const answers = candidates.map((take) => takeAnswer(take, url));
    const { status, message, stale, own, key } = scene[part];
    // A frame of the user's own clip is shown although the film needs no keyframe there.
    const frame = candidates.findIndex(({ artifact }) => key !== null && artifact?.key === key);
    const chosen = stale
      ? answers.findLast((take) => take.url !== null)
      : (answers.find((take) => take.selected) ?? answers[frame]);
    return {
      status,
      message: message && withoutPaths(message),
      stale,
      own,
      url: chosen?.url ?? null,
      thumbnail_url: chosen?.thumbnail_url ?? null,
      takes: answers,
    };
  };
  return {
    start: pieceAnswer("start", "keyframe", sceneIndex),
    end: pieceAnswer("end", "keyframe", sceneIndex + 1),
    clip: pieceAnswer("clip", "clip", sceneIndex),
  };
}

/** URL of the takes of a keyframe or clip; the last keyframe is only the end of the last scene. */
export function takeUrlOf(id: ProjectId, kind: "keyframe" | "clip", position: number, sceneCount: number): string {
  const isLast = kind === "keyframe" && position === sceneCount && position > 0;
  const file = kind === "clip" ? SCENE_FILES.clip : SCENE_FILES[isLast ? "end" : "start"];
  return `${projectUrl(id)}/scenes/${isLast ? position - 1 : position}/${file}`;
}

/** A picture's smaller version; null for anything else. */
const thumbnailOf = (url: string | null, artifact: Artifact | null): string | null =>
  url !== null && artifact?.mediaType.startsWith("image/") ? `${url}&w=${shownThumbnailWidth}` : null;

function rejectedAnswer({ submitId, reason, artifact, usd, createdAtMs }: RejectedAnswer, takeUrl: string) {
  const url = artifact && `${takeUrl}&answer=${submitId}`;
  return {
    submit_id: submitId,
    reason: withoutPaths(reason),
    cost_usd: usd,
    url,
    thumbnail_url: thumbnailOf(url, artifact),
    media_type: artifact?.mediaType ?? null,
    bytes: artifact?.bytes ?? null,
    created_at: timestamp(createdAtMs),
  };
}

export function takeAnswer(
  { step, artifact, selected, usd, rejected }: TakeView,
  pieceUrl: string,
): z.infer<typeof TakeAnswer> {
  const takeUrl = `${pieceUrl}?take=${step.take}`;
  const url = artifact && takeUrl;
  return {
    take: step.take,
    selected,
    status: step.status,
    message: step.failure && withoutPaths(step.failure.message),
    model: "model" in step.order ? step.order.model : "",
    prompt: "prompt" in step.order ? step.order.prompt : "",
    seed: "seed" in step.order ? step.order.seed : null,
    own: isOwnOrder(step.order),
    cost_usd: usd,
    attempts: step.attempts,
    url,
    thumbnail_url: thumbnailOf(url, artifact),
    media_type: artifact?.mediaType ?? null,
    bytes: artifact?.bytes ?? null,
    duration_seconds: artifact?.media?.durationSeconds ?? null,
    rejected: rejected.map((answer) => rejectedAnswer(answer, takeUrl)),
    ...timesOf(step),
  };
}

const timesOf = ({ createdAtMs, startedAtMs, finishedAtMs }: TakeView["step"]) => ({
  created_at: timestamp(createdAtMs),
  started_at: startedAtMs === null ? null : timestamp(startedAtMs),
  finished_at: finishedAtMs === null ? null : timestamp(finishedAtMs),
});

export const stepsAnswer = ({ project, takes }: Gallery): z.infer<typeof StepsAnswer> => ({
  project_id: project.id,
  status: project.status,
  steps: takes.map(({ step, selected }) => ({
    kind: step.kind,
    position: step.position,
    take: step.take,
    selected,
    status: step.status,
    message: step.failure && withoutPaths(step.failure.message),
    attempts: step.attempts,
    ...timesOf(step),
  })),
});

/** URL of a film's poster: a thumbnail of its first keyframe. */
export const posterUrl = (id: ProjectId): string =>
  `${projectUrl(id)}/scenes/0/${SCENE_FILES.start}?w=${shownThumbnailWidth}`;
