import { and, asc, eq, inArray, isNull, notExists, sql } from "drizzle-orm";
import type { ProjectId } from "../../domain/ids.ts";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import { type Driver, isUndriven, type LeaseMoment, leaseMs, needsDriver } from "../lease-rules.ts";
import { notFound } from "./rows.ts";
import { owners, projects, steps } from "./schema.ts";
import { prepared, type Tx } from "./transactions.ts";

/** A sign of life younger than this is not written again: every write waits for the disk. Small beside the lease. */
const freshMs = 1_000;

const underWay = sql<number>`exists (select 1 from ${steps}
  where ${steps.projectId} = ${projects.id} and ${steps.status} in ('running', 'waiting'))`.mapWith(Boolean);

const unfinished = PROJECT_STATUSES.filter((status) => needsDriver(status, true));

const sinceBootMs = sql.placeholder("sinceBootMs");
const asked = prepared((tx) => ({
  beat: tx
    .insert(owners)
    .values({ owner: sql.placeholder("owner"), heartbeatAtMs: sinceBootMs })
    .onConflictDoUpdate({
      target: owners.owner,
      set: { heartbeatAtMs: sql`${sinceBootMs}` },
      // A later one than now is of another clock.
      setWhere: sql`${owners.heartbeatAtMs} not between ${sinceBootMs} - ${freshMs - 1} and ${sinceBootMs}`,
    })
    .prepare(),
  forgetSilent: tx
    .delete(owners)
    .where(
      and(
        sql`abs(${sinceBootMs} - ${owners.heartbeatAtMs}) > ${leaseMs}`,
        notExists(tx.select({ id: projects.id }).from(projects).where(eq(projects.owner, owners.owner))),
      ),
    )
    .prepare(),
  driver: tx
    .select({ owner: projects.owner, heartbeatAtMs: owners.heartbeatAtMs, epoch: projects.epoch })
    .from(projects)
    .leftJoin(owners, eq(owners.owner, projects.owner))
    .where(and(eq(projects.id, sql.placeholder("id")), isNull(projects.discardedAtMs)))
    .prepare(),
  drivenBy: tx
    .select({ id: projects.id })
    .from(projects)
    .where(eq(projects.owner, sql.placeholder("owner")))
    .orderBy(asc(projects.id))
    .prepare(),
  unfinished: tx
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
    .prepare(),
}));

/** Says that an owner is alive. */
export function renewLease(tx: Tx, owner: string, sinceBootMs: number): void {
  asked(tx).beat.run({ owner, sinceBootMs });
}

/** Forgets owners that fell silent and drive nothing. */
export function forgetSilent(tx: Tx, sinceBootMs: number): void {
  asked(tx).forgetSilent.run({ sinceBootMs });
}

/** What an owner drives, in order of making. */
export const drivenBy = (tx: Tx, owner: string): ProjectId[] =>
  asked(tx)
    .drivenBy.all({ owner })
    .map((row) => row.id);

/** Makes `owner` the driver if nobody live drives. Returns the epoch it then drives in, else undefined. */
export function acquireLease(
  tx: Tx,
  id: ProjectId,
  owner: string,
  isLive: (owner: string) => boolean,
  at: LeaseMoment,
): number | undefined {
  const current = readDriver(tx, id);
  if (current.owner !== owner && !isUndriven(current, isLive, at)) return undefined;
  const epoch = current.owner === owner ? current.epoch : current.epoch + 1;
  renewLease(tx, owner, at.sinceBootMs);
  tx.update(projects).set({ owner, epoch }).where(eq(projects.id, id)).run();
  return epoch;
}

/** Makes `owner` the driver of all that nobody live drives: one write for a thousand projects. */
export function acquireOrphans(tx: Tx, owner: string, isLive: (owner: string) => boolean, at: LeaseMoment) {
  renewLease(tx, owner, at.sinceBootMs); // first, so that what it drives already is no orphan
  const taken = readOrphans(tx, isLive, at).map((id) =>
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
  const row = asked(tx).driver.get({ id });
  if (row === undefined) throw notFound(id);
  return row;
}

/** Projects that need a driver and have no live one, oldest first. */
export const readOrphans = (tx: Tx, isLive: (owner: string) => boolean, at: LeaseMoment): ProjectId[] =>
  asked(tx)
    .unfinished.all()
    .filter((row) => needsDriver(row.status, row.underWay) && isUndriven(row, isLive, at))
    .map((row) => row.id);
