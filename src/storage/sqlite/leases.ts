import { and, eq, inArray, isNull, lt, notExists, sql } from "drizzle-orm";
import type { ProjectId } from "../../domain/ids.ts";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import { type Driver, isFree, leaseMs, needsDriver } from "../lease.ts";
import { notFound } from "./rows.ts";
import { owners, projects, steps } from "./schema.ts";
import type { Tx } from "./transactions.ts";

/** A sign of life younger than this is not written again: every write waits for the disk. Small beside the lease. */
const freshMs = 1_000;

/** Says that an owner is alive. */
export function beat(tx: Tx, owner: string, nowMs: number): void {
  tx.insert(owners)
    .values({ owner, heartbeatAtMs: nowMs })
    .onConflictDoUpdate({
      target: owners.owner,
      set: { heartbeatAtMs: nowMs },
      // A later one than now was made before the clock was set back.
      setWhere: sql`${owners.heartbeatAtMs} not between ${nowMs - freshMs + 1} and ${nowMs}`,
    })
    .run();
}

/** Forgets owners that fell silent and drive nothing. */
export function forgetSilent(tx: Tx, nowMs: number): void {
  const theirs = tx.select({ id: projects.id }).from(projects).where(eq(projects.owner, owners.owner));
  tx.delete(owners)
    .where(and(lt(owners.heartbeatAtMs, nowMs - leaseMs), notExists(theirs)))
    .run();
}

/** Makes `owner` the driver if nobody live drives. Returns the epoch it then drives in, else undefined. */
export function take(
  tx: Tx,
  id: ProjectId,
  owner: string,
  isLive: (owner: string) => boolean,
  nowMs: number,
): number | undefined {
  const current = readDriver(tx, id);
  if (current.owner !== owner && !isFree(current, isLive, nowMs)) return undefined;
  const epoch = current.owner === owner ? current.epoch : current.epoch + 1;
  beat(tx, owner, nowMs);
  tx.update(projects).set({ owner, epoch }).where(eq(projects.id, id)).run();
  return epoch;
}

/** Makes `owner` the driver of all that nobody live drives: one write for a thousand projects. */
export function takeOrphans(tx: Tx, owner: string, isLive: (owner: string) => boolean, nowMs: number) {
  beat(tx, owner, nowMs); // first, so that what it drives already is no orphan
  const taken = readOrphans(tx, isLive, nowMs).map((id) =>
    tx
      .update(projects)
      .set({ owner, epoch: sql`${projects.epoch} + 1` })
      .where(eq(projects.id, id))
      .returning({ id: projects.id, epoch: projects.epoch })
      .all(),
  );
  return taken.flat();
}

/** @throws VidpipeError project.not_found */
export function readDriver(tx: Tx, id: ProjectId): Driver & { readonly epoch: number } {
  const row = tx
    .select({ owner: projects.owner, heartbeatAtMs: owners.heartbeatAtMs, epoch: projects.epoch })
    .from(projects)
    .leftJoin(owners, eq(owners.owner, projects.owner))
    .where(and(eq(projects.id, id), isNull(projects.discardedAtMs)))
    .get();
  if (row === undefined) throw notFound(id);
  return row;
}

const underWay = sql<number>`exists (select 1 from ${steps}
  where ${steps.projectId} = ${projects.id} and ${steps.status} in ('running', 'waiting'))`.mapWith(Boolean);

/** Projects that need a driver and have no live one, oldest first. */
export function readOrphans(tx: Tx, isLive: (owner: string) => boolean, nowMs: number): ProjectId[] {
  const unfinished = PROJECT_STATUSES.filter((status) => needsDriver(status, true));
  return tx
    .select({
      id: projects.id,
      status: projects.status,
      owner: projects.owner,
      heartbeatAtMs: owners.heartbeatAtMs,
      underWay,
    })
    .from(projects)
    .leftJoin(owners, eq(owners.owner, projects.owner))
    .where(and(inArray(projects.status, unfinished), isNull(projects.discardedAtMs)))
    .orderBy(projects.id)
    .all()
    .filter((row) => needsDriver(row.status, row.underWay) && isFree(row, isLive, nowMs))
    .map((row) => row.id);
}
