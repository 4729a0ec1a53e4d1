import type { VidpipeError } from "../../domain/errors.ts";
import type { ProjectEvent } from "../../domain/facts.ts";
import { safeJson } from "../../domain/plain-text.ts";
import type { ProjectView, SceneView } from "../../domain/view.ts";
import { commandsOf } from "../../domain/way.ts";
import type { ProjectListItem } from "../../ports/server.ts";
import type { CliContext, Sink } from "../context.ts";

const timestamp = (epochMs: number): string => new Date(epochMs).toISOString();

/** Writes one JSON object as one line. What JSON allows but a terminal obeys is escaped too. */
export const writeJson = (sink: Sink, object: Readonly<Record<string, unknown>>): void =>
  sink.write(`${safeJson(object)}\n`);

/** Prints a result: an object for programs, else text for people. */
export function printResult(
  { stdout }: CliContext,
  json: boolean | undefined,
  object: Readonly<Record<string, unknown>>,
  text: string,
): void {
  if (json === true) writeJson(stdout, object);
  else stdout.write(text);
}

const sceneJson = (scene: SceneView) => ({
  scene_index: scene.sceneIndex,
  description: scene.description,
  status: scene.status,
  has_start_keyframe: scene.start.key !== null,
  has_end_keyframe: scene.end.key !== null,
  has_clip: scene.clip.key !== null,
  own_clip: scene.clip.own,
  clip_longer: scene.longer
    ? { ordered_seconds: scene.longer.orderedSeconds, came_seconds: scene.longer.cameSeconds }
    : null,
});

/** A project for programs. Durations are seconds, amounts US dollars, times ISO 8601 UTC. */
export const projectJson = (view: ProjectView) => ({
  project_id: view.id,
  prompt: view.request.prompt,
  style: view.request.style,
  aspect_ratio: view.request.aspectRatio,
  clip_duration: view.request.clipDurationSeconds,
  crossfade: view.request.crossfadeSeconds,
  seed: view.request.seed,
  provider: view.models.provider,
  status: view.status,
  error_message: view.message,
  created_at: timestamp(view.createdAtMs),
  updated_at: timestamp(view.updatedAtMs),
  scene_count: view.scenes.length,
  scenes: view.scenes.map(sceneJson),
  stages: view.stages.map(({ kind, done, total, running, fraction }) => ({ kind, done, total, running, fraction })),
  missing_scenes: view.missingScenes,
  waits: view.waits.map((wait) => ({ ...wait, next: commandsOf(wait.ways) })),
  waiting_for: view.waiting?.code ?? null,
  waits_until: view.waiting?.untilMs == null ? null : timestamp(view.waiting.untilMs),
  cost: {
    spent_usd: view.spend.spentUsd,
    reserved_usd: view.spend.reservedUsd,
    unknown_usd: view.spend.unknownUsd,
    max_usd: view.maxCostUsd,
  },
  seams: view.seams,
  animatic: view.animatic && { path: view.animatic.path, duration_seconds: view.animatic.durationSeconds },
  film: view.final && {
    path: view.final.path,
    duration_seconds: view.final.durationSeconds,
    bytes: view.final.bytes,
  },
});

export const listItemJson = (item: ProjectListItem) => ({
  project_id: item.id,
  prompt: item.prompt,
  status: item.status,
  created_at: timestamp(item.createdAtMs),
  updated_at: timestamp(item.updatedAtMs),
});

/** One line of a project's history: its type is project, step or money. */
export const eventJson = (event: ProjectEvent) => ({
  type: event.type,
  seq: event.seq,
  at: timestamp(event.atMs),
  ...event.data,
});

export const errorJson = (failure: VidpipeError, exitCode: number) => ({
  type: "error",
  code: failure.code,
  message: failure.message,
  ...(failure.ways.length > 0 && { ways: failure.ways }),
  exit_code: exitCode,
});
