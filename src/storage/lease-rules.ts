import { VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { isSettled, type ProjectStatus } from "../domain/lifecycle.ts";
import type { Clock, ProcessIdentity } from "../ports/runtime.ts";

/** ms without a heartbeat after which a driver may be replaced, even if its process still exists (stopped). */
export const leaseMs = 30_000;

/** A driver as the repository knows it. */
export interface Driver {
  readonly owner: string | null;
  /** Last heartbeat, ms since the machine started; null when there never was one. */
  readonly heartbeatAtMs: number | null;
}

/**
 * How long a process that exists and is silent is watched before it is replaced, ms. When the machine wakes from a sleep
 * every lease is over, and each driver needs a moment to renew its own: five rounds of its scheduler.
 */
export const watchMs = 10_000;

/**
 * Tells whether nobody drives: no owner, a dead one, or one that was silent for longer than the lease and still is after
 * this process has watched it for a while. The watching counts by a clock that stands still while the machine sleeps.
 * The answer about a process that exists is "no" the first time: ask again.
 */
export function createDriverCheck({
  owner: { isLive },
  clock,
}: {
  readonly owner: Pick<ProcessIdentity, "isLive">;
  readonly clock: LeaseClock;
}): (driver: Driver) => boolean {
  const watched = new Map<string, { readonly heartbeatAtMs: number; readonly sinceMs: number }>();
  return ({ owner, heartbeatAtMs }) => {
    if (owner === null || heartbeatAtMs === null || !isLive(owner)) return true;
    const known = watched.get(owner);
    watched.delete(owner);
    if (!isSilent(heartbeatAtMs, clock)) return false;
    const nowMs = clock.monotonic();
    const sinceMs = known?.heartbeatAtMs === heartbeatAtMs ? known.sinceMs : nowMs;
    watched.set(owner, { heartbeatAtMs, sinceMs });
    return nowMs - sinceMs >= watchMs;
  };
}

/** Whether a driver certainly works right now: its process exists and has given a sign of life within the lease. */
export const isAtWork = (
  { owner: name, heartbeatAtMs }: Driver,
  { owner, clock }: { readonly owner: Pick<ProcessIdentity, "isLive">; readonly clock: LeaseClock },
): boolean => name !== null && heartbeatAtMs !== null && owner.isLive(name) && !isSilent(heartbeatAtMs, clock);

/** The clocks by which leases are judged. */
export type LeaseClock = Pick<Clock, "now" | "monotonic" | "sinceBoot">;

/**
 * Whether a heartbeat is older than the lease. Setting the wall clock changes nothing, except for a heartbeat far ahead
 * of the clock since boot: it comes from another clock. An older vidpipe writes the time of day, so such a heartbeat
 * counts while it is fresh by that.
 */
function isSilent(heartbeatAtMs: number, clock: LeaseClock): boolean {
  const silentMs = clock.sinceBoot() - heartbeatAtMs;
  return silentMs > leaseMs || (silentMs < -leaseMs && Math.abs(clock.now() - heartbeatAtMs) > leaseMs);
}

/**
 * True when a project needs a driver. A settled one does only while something of it is still under way, e.g. a retake or
 * a still that an edit made useless: a paid call that a dead process left is to be accounted for. A cancelled one waits
 * for its user's resume.
 */
export const needsDriver = (status: ProjectStatus, underWay: boolean): boolean =>
  !isSettled(status) || (underWay && status !== "cancelled");

/** @throws VidpipeError run.lease_lost when the caller no longer drives the project */
export function checkFence(facts: ProjectFacts, fence: { readonly epoch: number } | null): void {
  if (fence === null || fence.epoch === facts.project.epoch) return;
  throw new VidpipeError(
    "run.lease_lost",
    `another vidpipe took over project ${facts.project.id}: nothing was written here, follow it with vidpipe status`,
    { facts: { ours: fence.epoch, current: facts.project.epoch } },
  );
}
