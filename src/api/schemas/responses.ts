import { z } from "zod";
import { UNTIL } from "../../domain/direction.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { PROJECT_STATUSES, type StepStatus } from "../../domain/lifecycle.ts";
import { AspectRatio, startsSeconds, stitchLine } from "../../domain/media.ts";
import type { ProjectView, SceneView } from "../../domain/view.ts";
import { commandsOf } from "../../domain/way.ts";
import type { StatusRow } from "../../ports/server.ts";
import { withoutPaths } from "../error-response.ts";
import { WayAnswer } from "./ways.ts";

export const Status = z.enum(PROJECT_STATUSES);
/** ISO 8601, UTC. */
export const Timestamp = z.iso.datetime();

/** 202: accepted; `status_url` tells the progress. What buys something also tells its price; amounts are US dollars. */
export const AcceptedAnswer = z
  .strictObject({
    project_id: z.string(),
    status: Status,
    status_url: z.string(),
    // Answers that an earlier release recorded for an Idempotency-Key do not have these.
    max_usd: z.number().nullable().exactOptional().describe("The spending cap: nothing beyond it is bought."),
    total_usd: z.number().exactOptional().describe("The price that was accepted, if every call succeeds at once."),
    most_usd: z.number().exactOptional().describe("The most that it can come to."),
  })
  .meta({ id: "Accepted" });

export const StatusAnswer = z
  .strictObject({
    project_id: z.string(),
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
    error_message: z.string().nullable().describe("Why it failed or waits, in one line."),
  })
  .meta({ id: "Status" });

/**
 * v1's words for a scene; held, skipped and cancelled are new. v1 moves a scene's word only when a stage is over: while
 * its clip is being made it is still `keyframes_done`.
 */
const SCENE_WORD_OF = {
  pending: "pending",
  keyframing: "pending",
  video_gen: "keyframes_done",
  complete: "video_done",
  held: "held",
  failed: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
} as const satisfies Record<SceneView["status"], string>;
const SceneWord = z.enum([...new Set(Object.values(SCENE_WORD_OF)), "rai_filtered"]);

/**
 * v1's words for a clip; ambiguous, rejected, gone, skipped and cancelled are new. v1 knew a clip from the moment it was sent to the
 * model; before that its word is null.
 */
const CLIP_WORD_OF = {
  queued: null,
  running: "polling",
  waiting: "polling",
  ambiguous: "ambiguous",
  refused: "rai_filtered",
  rejected: "rejected",
  gone: "gone",
  failed: "failed",
  cancelled: "cancelled",
  skipped: "skipped",
  done: "complete",
} as const satisfies Record<StepStatus, string | null>;
const ClipWord = z.enum([...new Set(Object.values(CLIP_WORD_OF).filter((word) => word !== null))]);

export const SceneAnswer = z
  .strictObject({
    scene_index: z.int(),
    description: z.string(),
    status: SceneWord,
    has_start_keyframe: z.boolean().describe("Whether the file exists and was verified; so do the next two fields."),
    has_end_keyframe: z.boolean(),
    has_clip: z.boolean(),
    own_clip: z.boolean().describe("Whether its clip is the user's own."),
    clip_status: ClipWord.nullable().describe("null until the clip is being made."),
    clip_longer: z
      .strictObject({ ordered_seconds: z.number(), came_seconds: z.number() })
      .nullable()
      .describe("Where the clip came longer than ordered: the film shows the ordered length. null for any other."),
  })
  .meta({ id: "Scene" });

/** What a project has cost, US dollars. */
export const SpendAnswer = z.strictObject({
  spent_usd: z.number(),
  reserved_usd: z.number(),
  unknown_usd: z.number(),
  max_usd: z.number().nullable(),
});

/** A project with its scenes: v1's fields first, then what is new. Amounts are US dollars, durations seconds. */
export const ProjectAnswer = z
  .strictObject({
    project_id: z.string(),
    prompt: z.string(),
    style: z.string(),
    aspect_ratio: AspectRatio,
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
    scene_count: z.int(),
    scenes: z.array(SceneAnswer),
    error_message: z.string().nullable(),
    title: z.string().nullable(),
    clip_duration: z.number(),
    crossfade: z.number(),
    seed: z.int().nullable(),
    provider: z.string(),
    waits: z
      .array(
        z.strictObject({
          reason: z.string(),
          message: z.string(),
          usd: z.number().nullable().describe("Price of buying the piece once more; null where nothing is bought."),
          ways: z.array(WayAnswer),
          next: z.array(z.string()).describe("Deprecated, see ways: the command lines that move it on."),
        }),
      )
      .describe("What it waits for, and what can be done."),
    waiting_for: z
      .string()
      .nullable()
      .describe("Why nothing moves although it goes on by itself: a failure code. null while something moves."),
    waits_until: Timestamp.nullable().describe("When it is tried again; null where no time says so."),
    missing_scenes: z.array(z.int()).describe("Scenes that are missing in the finished film, 0-based."),
    /** Similarity of the pictures where scenes meet, 0..1 (SSIM); null where it was not measured. Keyframes count from 0. */
    seams: z.array(
      z.strictObject({
        position: z.int(),
        before: z.number().nullable(),
        after: z.number().nullable(),
        between: z.number().nullable(),
        score: z.number().describe("The lowest of them."),
        bad: z.boolean().describe("Below pipeline.seam_threshold."),
        next: z.string().nullable().describe("The command that remakes the worse clip."),
        retake: z
          .strictObject({ scene: z.int(), piece: z.literal("clip") })
          .nullable()
          .describe("The body of POST retakes for it; null where the seam is good."),
      }),
    ),
    cost: SpendAnswer,
    until: z.enum(UNTIL).describe("Where it stops for approval; nothing while an edit waits for approval."),
    revision: z.int().describe("How many times it was edited."),
    animatic: z
      .strictObject({ url: z.string(), duration_seconds: z.number() })
      .nullable()
      .describe("The newest animatic: the keyframes as a timed film."),
    film: z
      .strictObject({
        download_url: z.string(),
        duration_seconds: z.number(),
        bytes: z.int(),
        scene_starts: z
          .array(z.number())
          .readonly()
          .nullable()
          .describe("Start of each shown scene, seconds; null where it was not recorded."),
        stitch: z.string().nullable().describe("How it was joined, in one sentence."),
      })
      .nullable(),
  })
  .meta({ id: "Project" });

export const projectUrl = (id: ProjectId): string => `/api/projects/${id}`;
const animaticUrl = (id: ProjectId): string => `${projectUrl(id)}/animatic.mp4`;
export const timestamp = (epochMs: number): string => new Date(epochMs).toISOString();
const messageOf = (view: Pick<StatusRow, "message">): string | null =>
  view.message === null ? null : withoutPaths(view.message);

export const spendAnswer = ({ spend, maxCostUsd }: ProjectView): z.infer<typeof SpendAnswer> => ({
  spent_usd: spend.spentUsd,
  reserved_usd: spend.reservedUsd,
  unknown_usd: spend.unknownUsd,
  max_usd: maxCostUsd,
});

export const acceptedAnswer = (view: ProjectView): z.infer<typeof AcceptedAnswer> => ({
  project_id: view.id,
  status: view.status,
  status_url: `${projectUrl(view.id)}/status`,
  max_usd: view.maxCostUsd,
  ...(view.accepted && { total_usd: view.accepted.totalUsd, most_usd: view.accepted.mostUsd }),
});

export const statusAnswer = (view: StatusRow): z.infer<typeof StatusAnswer> => ({
  project_id: view.id,
  status: view.status,
  created_at: timestamp(view.createdAtMs),
  updated_at: timestamp(view.updatedAtMs),
  error_message: messageOf(view),
});

export const projectAnswer = (view: ProjectView): z.infer<typeof ProjectAnswer> => ({
  project_id: view.id,
  prompt: view.request.prompt,
  style: view.request.style,
  aspect_ratio: view.request.aspectRatio,
  status: view.status,
  created_at: timestamp(view.createdAtMs),
  updated_at: timestamp(view.updatedAtMs),
  scene_count: view.scenes.length,
  scenes: view.scenes.map(sceneAnswer),
  error_message: messageOf(view),
  title: view.storyboard?.title ?? null,
  clip_duration: view.request.clipDurationSeconds,
  crossfade: view.request.crossfadeSeconds,
  seed: view.request.seed,
  provider: view.models.provider,
  waits: view.waits.map((wait) => ({
    ...wait,
    message: withoutPaths(wait.message),
    ways: [...wait.ways],
    next: commandsOf(wait.ways),
  })),
  waiting_for: view.waiting?.code ?? null,
  waits_until: view.waiting?.untilMs == null ? null : timestamp(view.waiting.untilMs),
  missing_scenes: [...view.missingScenes],
  seams: view.seams.map(({ worse, ...seam }) => ({
    ...seam,
    retake: worse === null ? null : { scene: worse, piece: "clip" as const },
  })),
  cost: spendAnswer(view),
  until: view.until,
  revision: view.revision,
  animatic: view.animatic && { url: animaticUrl(view.id), duration_seconds: view.animatic.durationSeconds },
  film: view.final && {
    download_url: `${projectUrl(view.id)}/download`,
    duration_seconds: view.final.durationSeconds,
    bytes: view.final.bytes,
    scene_starts: startsSeconds(view.final.report),
    stitch: stitchLine(view.final.report),
  },
});

export const sceneAnswer = (scene: SceneView): z.infer<typeof SceneAnswer> => ({
  scene_index: scene.sceneIndex,
  description: scene.description,
  status: sceneWord(scene),
  has_start_keyframe: scene.start.key !== null,
  has_end_keyframe: scene.end.key !== null,
  has_clip: scene.clip.key !== null,
  own_clip: scene.clip.own,
  clip_status: scene.clip.status && CLIP_WORD_OF[scene.clip.status],
  clip_longer: scene.longer
    ? { ordered_seconds: scene.longer.orderedSeconds, came_seconds: scene.longer.cameSeconds }
    : null,
});

function sceneWord(scene: SceneView): z.infer<typeof SceneWord> {
  const refused = [scene.start, scene.end, scene.clip].some((piece) => piece.status === "refused");
  return refused ? "rai_filtered" : SCENE_WORD_OF[scene.status];
}
