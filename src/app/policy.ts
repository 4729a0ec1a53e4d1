import { availableParallelism } from "node:os";
import type { Config } from "../config/load.ts";
import { USUAL_ATTEMPTS } from "../config/schema.ts";
import type { Policy } from "../engine/policy.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { DueStep } from "../ports/repository.ts";

const minuteMs = 60_000;

/** Least free disk for starting something new, bytes: room for a clip, its windows and the film. */
export const freeFloorBytes = 256 * 1024 ** 2;
/** Text and image calls of one remote model under way at once; models allow more, but films are made in order. */
const remoteCalls = 4;

/** The limits of lanes come from the providers; a lane of a provider that is not there has those of a remote one. */
export function policyOf(
  { pipeline }: Pick<Config, "pipeline">,
  providers: ReadonlyMap<string, ModelProvider>,
  refusal: Policy["refusal"],
): Policy {
  const cores = availableParallelism();
  /** What serves a step's lane, `provider/model/kind`; a model's name may hold slashes of its own. */
  function servedBy({ lane }: DueStep) {
    const slash = lane.indexOf("/");
    const provider = providers.get(lane.slice(0, slash));
    const pace = provider?.paceOf?.(lane.slice(slash + 1, lane.lastIndexOf("/")));
    return {
      isLocal: provider?.local ?? false,
      requestsPerMinute: pace?.requestsPerMinute ?? null,
      callsAtOnce: pace?.callsAtOnce ?? null,
    };
  }
  return {
    retryMaxAttempts: pipeline.retryMaxAttempts ?? USUAL_ATTEMPTS,
    waitMaxAttempts: pipeline.retryMaxAttempts ?? Number.POSITIVE_INFINITY,
    awaitsLogin: false,
    retryBaseMs: pipeline.retryBaseDelayMs,
    pollMs: pipeline.videoPollIntervalMs,
    overdueAfterPolls: pipeline.videoPollMax,
    onAmbiguous: pipeline.onAmbiguous,
    onRefused: pipeline.onRefused,
    maxCostPerDayUsd: pipeline.maxCostPerDayUsd,
    refusal,
    laneLimit(step) {
      if (step.kind === "stitch" || step.kind === "animatic") return 1;
      const { isLocal, callsAtOnce } = servedBy(step);
      if (isLocal) return Math.min(cores, callsAtOnce ?? cores, pipeline.videoGenConcurrency);
      if (step.kind === "clip") return Math.min(callsAtOnce ?? Number.POSITIVE_INFINITY, pipeline.videoGenConcurrency);
      return callsAtOnce ?? remoteCalls;
    },
    laneSpacingMs(step) {
      const { isLocal, requestsPerMinute } = servedBy(step);
      const paceMs = requestsPerMinute === null ? 0 : minuteMs / requestsPerMinute;
      return step.kind === "keyframe" && !isLocal ? Math.max(paceMs, pipeline.imageGenDelayMs) : paceMs;
    },
    freeFloorBytes,
  };
}
