import { VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { isSettled, type ProjectStatus } from "../domain/lifecycle.ts";

/** ms without a heartbeat after which a driver may be replaced, even if its process still exists (stopped). */
export const leaseMs = 30_000;

/** A driver as the repository knows it. */
export interface Driver {
  readonly owner: string | null;
  /** Last heartbeat, ms since the machine started; null when there never was one. */
  readonly heartbeatAtMs: number | null;
}

/** The time at which a lease is judged, ms since the machine started and epoch ms. */
export interface ClockReading {
  readonly sinceBootMs: number;
  readonly nowMs: number;
}

/**
 * True when no live process drives: no owner, a dead one, or one without a heartbeat for longer than the lease. Setting
 * the wall clock changes nothing, except for a heartbeat far ahead of the clock since boot: it comes from another clock.
 * An older vidpipe writes the time of day, so such a heartbeat counts while it is fresh by that.
 */
export function isUndriven(
  { owner, heartbeatAtMs }: Driver,
  isLive: (owner: string) => boolean,
  { sinceBootMs, nowMs }: ClockReading,
): boolean {
  if (owner === null || heartbeatAtMs === null) return true;
  const silentMs = sinceBootMs - heartbeatAtMs;
  const isSilent = silentMs > leaseMs || (silentMs < -leaseMs && Math.abs(nowMs - heartbeatAtMs) > leaseMs);
  return isSilent || !isLive(owner);
}

/** True when a project needs a driver. A held one does only while something of it is still under way. */
export const needsDriver = (status: ProjectStatus, underWay: boolean): boolean =>
  !isSettled(status) || (status === "held" && underWay);

/** @throws VidpipeError run.lease_lost when the caller no longer drives the project */
export function checkFence(facts: ProjectFacts, fence: { readonly epoch: number } | null): void {
  if (fence === null || fence.epoch === facts.project.epoch) return;
  throw new VidpipeError(
    "run.lease_lost",
    `another vidpipe took over project ${facts.project.id}: nothing was written here, follow it with vidpipe status`,
    { facts: { ours: fence.epoch, current: facts.project.epoch } },
  );
}
