import { availableParallelism } from "node:os";
import type { Config } from "../config/load.ts";
import type { Policy } from "../engine/policy.ts";
import type { DueStep } from "../ports/repository.ts";
import { type Catalog, findModel } from "../providers/catalog/catalog.ts";

const minuteMs = 60_000;

/** Least free disk for starting something new, bytes: room for a clip, its windows and the film. */
export const freeFloorBytes = 256 * 1024 ** 2;
/** Text and image calls of one remote model under way at once; models allow more, but films are made in order. */
const remoteCalls = 4;

export function policyOf({ pipeline }: Config, catalog: Catalog): Policy {
  const cores = availableParallelism();
  const isLocal = (step: DueStep) => step.lane.startsWith("animatic/");
  return {
    retryMaxAttempts: pipeline.retryMaxAttempts,
    retryBaseMs: pipeline.retryBaseDelayMs,
    pollMs: pipeline.videoPollIntervalMs,
    overdueAfterPolls: pipeline.videoPollMax,
    onAmbiguous: pipeline.onAmbiguous,
    onRefused: pipeline.onRefused,
    maxCostPerDayUsd: pipeline.maxCostPerDayUsd,
    laneLimit(step) {
      if (step.kind === "stitch" || step.kind === "animatic") return 1;
      if (isLocal(step)) return Math.min(cores, pipeline.videoGenConcurrency);
      return step.kind === "clip" ? pipeline.videoGenConcurrency : remoteCalls;
    },
    laneSpacingMs(step) {
      const [, model = ""] = step.lane.split("/");
      const perMinute = findModel(catalog, model)?.requestsPerMinute ?? null;
      const paceMs = perMinute === null ? 0 : minuteMs / perMinute;
      return step.kind === "keyframe" && !isLocal(step) ? Math.max(paceMs, pipeline.imageGenDelayMs) : paceMs;
    },
    freeFloorBytes,
  };
}
