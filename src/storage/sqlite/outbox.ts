import { and, asc, eq, lte, sql } from "drizzle-orm";
import type { ProjectEvent } from "../../domain/facts.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { Delivery, Outbox } from "../../ports/server.ts";
import { isWebhookEvent } from "../write-set.ts";
import { readDriver } from "./leases.ts";
import { deliveries, events, projects } from "./schema.ts";
import type { Transactions, Tx } from "./transactions.ts";

/** Written out, or SQLite would not use the partial index. */
const isPending = sql`${deliveries.state} = 'pending'`;

export function createOutbox({ read, write }: Transactions): Outbox {
  return {
    claim: (nowMs, leaseMs, limit) =>
      write((tx) => {
        const due = select(tx)
          .where(and(isPending, lte(deliveries.dueAtMs, nowMs)))
          .orderBy(asc(deliveries.dueAtMs))
          .limit(limit)
          .all();
        return due.map((delivery): Delivery => {
          const taken = { attempts: delivery.attempts + 1, dueAtMs: nowMs + leaseMs };
          tx.update(deliveries).set(taken).where(isDelivery(delivery)).run();
          return { ...delivery, ...taken };
        });
      }),
    record: (delivery, outcome) => write((tx) => tx.update(deliveries).set(outcome).where(isDelivery(delivery)).run()),
    abandon: (url, lastError) =>
      write((tx) => {
        const ofUrl = and(isPending, eq(deliveries.url, url));
        tx.update(deliveries).set({ state: "failed", lastError }).where(ofUrl).run();
      }),
    of: (id) =>
      read((tx) => {
        readDriver(tx, id);
        return select(tx).where(eq(deliveries.projectId, id)).orderBy(asc(deliveries.seq)).all();
      }),
  };
}

const isDelivery = ({ projectId, seq }: Pick<Delivery, "projectId" | "seq">) =>
  and(eq(deliveries.projectId, projectId), eq(deliveries.seq, seq));

const select = (tx: Tx) =>
  tx
    .select({
      projectId: deliveries.projectId,
      seq: deliveries.seq,
      eventAtMs: events.atMs,
      event: events.data,
      url: deliveries.url,
      state: deliveries.state,
      attempts: deliveries.attempts,
      dueAtMs: deliveries.dueAtMs,
      lastStatus: deliveries.lastStatus,
      lastError: deliveries.lastError,
    })
    .from(deliveries)
    .innerJoin(events, and(eq(events.projectId, deliveries.projectId), eq(events.seq, deliveries.seq)));

/** Writes the messages that events call for, in the transaction that writes the events. */
export function enqueue(tx: Tx, id: ProjectId, fresh: readonly ProjectEvent[]): void {
  const told = fresh.filter(isWebhookEvent);
  if (told.length === 0) return;
  const url = tx.select({ url: projects.webhookUrl }).from(projects).where(eq(projects.id, id)).get()?.url ?? null;
  if (url === null) return;
  const shared = { projectId: id, url, state: "pending", attempts: 0 } as const;
  const rows = told.map(({ seq, atMs }) => ({ ...shared, seq, dueAtMs: atMs }));
  tx.insert(deliveries).values(rows).run();
}
