import { failureClass, type VidpipeError } from "../domain/errors.ts";
import type { StepId } from "../domain/ids.ts";
import type { DueStep } from "../ports/repository.ts";
import type { Policy } from "./policy.ts";
import { retryDelayMs } from "./retry-timing.ts";

interface Lane {
  opensAt: number;
  /** Slow-downs in a row. */
  strikes: number;
  /** After a slow-down one call goes ahead alone; the rest wait for how it fares. */
  probe: { readonly stepId: StepId; readonly until: number } | null;
}

/** Longest time one probe can keep its lane closed, ms; it normally ends much sooner. */
const probeMs = 600_000;

/** Slows a lane down for every project when its model asks for it; one per process. Times are monotonic ms. */
export function createGate(policy: Policy) {
  const lanes = new Map<string, Lane>();
  const laneOf = (step: DueStep): Lane => {
    const lane = lanes.get(step.lane) ?? { opensAt: 0, strikes: 0, probe: null };
    lanes.set(step.lane, lane);
    return lane;
  };
  return {
    /** Earliest next start in the step's lane; 0 is any time. */
    opensAt(step: DueStep): number {
      const lane = lanes.get(step.lane);
      return lane === undefined ? 0 : Math.max(lane.opensAt, lane.probe?.until ?? 0);
    },
    /** Whether calls in the step's lane start one by one: they are spaced, or the model asked to slow down. */
    isSlow: (step: DueStep): boolean => policy.laneSpacingMs(step) > 0 || (lanes.get(step.lane)?.strikes ?? 0) > 0,
    /** Lanes whose model asked to slow down and has not said otherwise yet. */
    slowLanes: (): readonly string[] => [...lanes].filter(([, lane]) => lane.strikes > 0).map(([name]) => name),
    started(step: DueStep, now: number): void {
      const lane = laneOf(step);
      const spacing = policy.laneSpacingMs(step);
      if (lane.strikes > 0) lane.probe = { stepId: step.id, until: now + probeMs };
      if (spacing > 0) lane.opensAt = Math.max(lane.opensAt, now + spacing);
    },
    /** How a call went: a slow-down closes the lane; it opens when the call that was sent to probe it fares better. */
    ended(step: DueStep, failure: VidpipeError | null, now: number, random: number): void {
      const lane = laneOf(step);
      const probed = lane.probe?.stepId === step.id;
      if (probed) lane.probe = null;
      if (failure !== null && failureClass(failure.code).retry === "slow_down") {
        lane.strikes += 1;
        // Several calls may be told to wait: the longest wait counts.
        const opensAt = now + retryDelayMs(lane.strikes, policy.retryBaseMs, random, failure.retryAfterMs);
        lane.opensAt = Math.max(lane.opensAt, opensAt);
      } else if (probed) {
        lane.strikes = 0;
      }
    },
  };
}
