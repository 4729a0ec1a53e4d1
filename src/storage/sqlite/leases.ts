import { and, asc, eq, inArray, isNull, notExists, sql } from "drizzle-orm";
import type { ProjectId } from "../../domain/ids.ts";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import type { Leases } from "../../ports/leases.ts";
import type { OwnProcess } from "../../ports/runtime.ts";
import { createDriverCheck, type Driver, leaseMs, needsDriver } from "../lease-rules.ts";
import { notFound } from "./rows.ts";
import { owners, projects, steps, UNDER_WAY } from "./schema.ts";
import { prepared, type Transactions, type Tx } from "./transactions.ts";

/** A heartbeat younger than this is not written again, ms: every write waits for the disk. Small beside the lease. */
const freshMs = 1_000;

const underWay = sql<number>`exists (select 1 from ${steps}
  where ${steps.projectId} = ${projects.id} and ${steps.status} in ${UNDER_WAY})`.mapWith(Boolean);

const unfinished = PROJECT_STATUSES.filter((status) => needsDriver(status, false));
const unfinishedAtWork = PROJECT_STATUSES.filter((status) => needsDriver(status, true));

/** Ids of projects that may need a driver: by what they are, or by a step under way. Finished ones are not walked over. */
const mayNeedDriver = sql`${projects.id} in (
  select id from projects where discarded_at_ms is null and status in ${unfinished}
  union select project_id from steps where status in ${UNDER_WAY})`;

const sinceBootMs = sql.placeholder("sinceBootMs");
const asked = prepared((tx) => ({
  renew: tx
    .insert(owners)
    .values({ owner: sql.placeholder("owner"), heartbeatAtMs: sinceBootMs })
    .onConflictDoUpdate({
      target: owners.owner,
      set: { heartbeatAtMs: sql`${sinceBootMs}` },
      // A heartbeat later than now comes from another clock.
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
    .where(and(mayNeedDriver, inArray(projects.status, unfinishedAtWork), isNull(projects.discardedAtMs)))
    .orderBy(projects.id)
    .prepare(),
}));

/** Records that an owner is alive. */
export function renewLease(tx: Tx, owner: string, sinceBootMs: number): void {
  asked(tx).renew.run({ owner, sinceBootMs });
}

/** The leases in the database as one process sees them. Its clock is read inside each transaction. */
export function createLeases({ read, write }: Transactions, { owner, clock }: OwnProcess): Leases {
  const { self } = owner;
  const isMine = eq(projects.owner, self);
  const renew = (tx: Tx) => renewLease(tx, self, clock.sinceBoot());
  const isFree = createDriverCheck({ owner, clock });
  const orphansIn = (tx: Tx): ProjectId[] =>
    asked(tx)
      .unfinished.all()
      .filter((row) => needsDriver(row.status, row.underWay) && isFree(row))
      .map((row) => row.id);

  return {
    acquire: (id) =>
      write((tx) => {
        const current = readDriver(tx, id);
        const isHeld = current.owner === self;
        if (!isHeld && !isFree(current)) return undefined;
        const epoch = isHeld ? current.epoch : current.epoch + 1;
        renew(tx);
        tx.update(projects).set({ owner: self, epoch }).where(eq(projects.id, id)).run();
        return epoch;
      }),
    // One transaction for a thousand projects.
    acquireOrphans: () =>
      write((tx) => {
        renew(tx); // first, so that what it drives already is not an orphan
        return orphansIn(tx).flatMap((id) =>
          tx
            .update(projects)
            .set({ owner: self, epoch: sql`${projects.epoch} + 1` })
            .where(eq(projects.id, id))
            .returning({ id: projects.id, epoch: projects.epoch })
            .all(),
        );
      }),
    release: (id) => {
      const released = id === undefined ? isMine : and(isMine, eq(projects.id, id));
      return write((tx) => tx.update(projects).set({ owner: null }).where(released).run());
    },
    renew: () =>
      write((tx) => {
        const sinceBootMs = clock.sinceBoot();
        renewLease(tx, self, sinceBootMs);
        asked(tx).forgetSilent.run({ sinceBootMs });
        return asked(tx)
          .drivenBy.all({ owner: self })
          .map((row) => row.id);
      }),
    driver: (id) => read((tx) => readDriver(tx, id).owner),
    orphans: () => read(orphansIn),
  };
}

/** @throws VidpipeError project.not_found */
export function readDriver(tx: Tx, id: ProjectId): Driver & { readonly epoch: number } {
  const row = asked(tx).driver.get({ id });
  if (row === undefined) throw notFound(id);
  return row;
}
