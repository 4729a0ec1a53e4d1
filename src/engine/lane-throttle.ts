import { failureClass, type VidpipeError } from "../domain/errors.ts";
import type { StepId } from "../domain/ids.ts";
import type { StepFailure } from "../domain/step.ts";
import type { DueStep } from "../ports/repository.ts";
import type { StepOutcome } from "./conclude-step.ts";
import type { Policy } from "./policy.ts";
import { slowDownMs } from "./retry-timing.ts";

interface Lane {
  opensAt: number;
  /** Slow-downs in a row. */
  strikes: number;
  /** Why it was closed last. */
  because: StepFailure | null;
  /** After a slow-down one call goes ahead alone; the rest wait for how it fares. */
  probe: { readonly stepId: StepId; readonly until: number } | null;
}

/** How a run ended, as its lane sees it. */
export type Ending = VidpipeError | "answered" | "stopped";

export function endingOf(of: StepOutcome): Ending {
  if (of.kind === "failure") return of.failure;
  return of.kind === "outcome" ? "answered" : "stopped";
}

/** A lane whose service takes nothing for now. */
export interface ClosedLane {
  /** Provider, model and kind. */
  readonly lane: string;
  readonly because: StepFailure;
  /** When it is tried again, monotonic ms; in the past while that is done. */
  readonly opensAt: number;
}

/** Longest time one probe can keep its lane closed, ms; it normally ends much sooner. */
const probeMs = 600_000;

/**
 * Whether a failed run says that the step's lane is to wait. A poll that reaches nobody may be its own operation's fault;
 * a call that does not get through is everyone's.
 */
function closesLane({ status }: Pick<DueStep, "status">, { code }: VidpipeError): boolean {
  const { retry } = failureClass(code);
  return (retry === "slow_down" && (status === "queued" || code !== "provider.unreachable")) || retry === "login";
}

/** Slows a lane down for every project when its model asks for it; one per process. Times are monotonic ms. */
export function createGate(policy: Policy) {
  const lanes = new Map<string, Lane>();
  const laneOf = (step: DueStep): Lane => {
    const lane = lanes.get(step.lane) ?? { opensAt: 0, strikes: 0, because: null, probe: null };
    lanes.set(step.lane, lane);
    return lane;
  };
  const closed = (): ClosedLane[] =>
    [...lanes].flatMap(([lane, { strikes, because, opensAt }]) =>
      strikes > 0 && because !== null ? { lane, because, opensAt } : [],
    );
  return {
    /** Earliest next start in the step's lane; 0 is any time. */
    opensAt(step: DueStep): number {
      const lane = lanes.get(step.lane);
      return lane === undefined ? 0 : Math.max(lane.opensAt, lane.probe?.until ?? 0);
    },
    /** Whether calls in the step's lane start one by one: they are spaced, or the model asked to slow down. */
    isSlow: (step: DueStep): boolean => policy.laneSpacingMs(step) > 0 || (lanes.get(step.lane)?.strikes ?? 0) > 0,
    /** Lanes whose model asked to slow down and has not said otherwise yet. */
    closed,
    /** Opens a lane at once, since what closed it may be gone: its next call goes ahead alone unless that `isSure`. */
    open(name: string, isSure: boolean): void {
      const lane = lanes.get(name);
      if (lane === undefined) return;
      lane.opensAt = 0;
      if (isSure) Object.assign(lane, { strikes: 0, because: null });
    },
    started(step: DueStep, now: number): void {
      const lane = laneOf(step);
      const spacing = policy.laneSpacingMs(step);
      if (lane.strikes > 0) lane.probe = { stepId: step.id, until: now + probeMs };
      if (spacing > 0) lane.opensAt = Math.max(lane.opensAt, now + spacing);
    },
    /**
     * A run of the step that began at `startedAt` failed: closes its lane where the failure asks for it. Returns how long
     * the step waits then, ms; null where the lane stays as it is.
     */
    failed(step: DueStep, startedAt: number, failure: VidpipeError, now: number, random: number): number | null {
      if (!closesLane(step, failure)) return null;
      const lane = laneOf(step);
      // Calls that were under way together are told the same thing: that is one slow-down.
      if (startedAt >= lane.opensAt || lane.strikes === 0) lane.strikes += 1;
      lane.because = { code: failure.code, message: failure.message };
      const waitMs = slowDownMs(lane.strikes, policy.retryBaseMs, random, failure);
      // Several calls may be told to wait: the longest wait counts.
      lane.opensAt = Math.max(lane.opensAt, now + waitMs);
      return lane.opensAt - now;
    },
    /**
     * A run is over: the lane opens when the call that was sent to probe it fares better. One that was stopped, or could
     * not be claimed, says nothing. Returns whether the lane opened.
     */
    ended(step: DueStep, how: Ending): boolean {
      const lane = laneOf(step);
      if (lane.probe?.stepId !== step.id) return false;
      lane.probe = null;
      if (how === "stopped" || (how !== "answered" && closesLane(step, how))) return false;
      lane.strikes = 0;
      lane.because = null;
      return true;
    },
  };
}
