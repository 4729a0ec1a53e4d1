import type { VidpipeError } from "../domain/errors.ts";
import { failureClass } from "../domain/errors.ts";
import type { DueStep } from "../ports.ts";
import { type Policy, retryDelayMs } from "./policy.ts";

/** Slows a lane down for every project when its model asks for it; one per process. */
export interface Gate {
  /** Earliest next start in the step's lane, epoch ms; 0 is any time. */
  opensAtMs(step: DueStep): number;
  /** Whether calls in the step's lane start one by one: they are spaced, or the model asked to slow down. */
  isSlow(step: DueStep): boolean;
  started(step: DueStep, nowMs: number): void;
  /** How a call went: a slow-down closes the lane, anything else opens it. */
  ended(step: DueStep, failure: VidpipeError | null, nowMs: number, random: number): void;
}

interface Lane {
  opensAtMs: number;
  /** Slow-downs in a row. */
  strikes: number;
  /** After a slow-down one call goes ahead alone; the rest wait for how it fares. */
  probing: boolean;
}

/** Longest time one probe can keep its lane closed, ms; it normally ends much sooner. */
const probeMs = 600_000;

export function createGate(policy: Policy): Gate {
  const lanes = new Map<string, Lane>();
  const laneOf = (step: DueStep): Lane => {
    const lane = lanes.get(step.lane) ?? { opensAtMs: 0, strikes: 0, probing: false };
    lanes.set(step.lane, lane);
    return lane;
  };
  return {
    opensAtMs: (step) => lanes.get(step.lane)?.opensAtMs ?? 0,
    isSlow: (step) => policy.laneSpacingMs(step) > 0 || (lanes.get(step.lane)?.strikes ?? 0) > 0,
    started(step, nowMs) {
      const lane = laneOf(step);
      const spacing = policy.laneSpacingMs(step);
      if (lane.strikes > 0) lane.probing = true;
      lane.opensAtMs = lane.probing ? nowMs + probeMs : spacing === 0 ? 0 : nowMs + spacing;
    },
    ended(step, failure, nowMs, random) {
      const lane = laneOf(step);
      if (failure !== null && failureClass(failure.code).retry === "slow_down") {
        lane.strikes += 1;
        lane.opensAtMs = nowMs + retryDelayMs(lane.strikes, policy.retryBaseMs, random, failure.retryAfterMs);
      } else if (lane.strikes > 0) {
        lane.strikes = 0;
        lane.opensAtMs = nowMs + policy.laneSpacingMs(step);
      }
      lane.probing = false;
    },
  };
}
