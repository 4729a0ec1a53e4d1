import { count, eq, isNull, sql } from "drizzle-orm";
import type { Metrics } from "../../ports/server.ts";
import { projects, steps, submits } from "./schema.ts";
import type { Tx } from "./transactions.ts";

/** Wall-clock seconds of steps, summed. */
const seconds = sql<number>`coalesce(sum(${steps.finishedAtMs} - ${steps.startedAtMs}), 0) / 1000.0`;
const dollars = sql<number>`coalesce(sum(${submits.usd}), 0) / 1e6`;

export const readProjectCounts = (tx: Tx): Metrics["projects"] =>
  Object.fromEntries(
    tx
      .select({ status: projects.status, count: count() })
      .from(projects)
      .where(isNull(projects.discardedAtMs))
      .groupBy(projects.status)
      .all()
      .map((row) => [row.status, row.count]),
  );

/** Counts and sums over everything; indexes make it a walk over keys, not over orders and results. */
export function readMetrics(tx: Tx): Metrics {
  return {
    projects: readProjectCounts(tx),
    steps: tx
      .select({ kind: steps.kind, status: steps.status, count: count() })
      .from(steps)
      .groupBy(steps.kind, steps.status)
      .all(),
    finished: tx
      .select({ kind: steps.kind, count: count(), seconds })
      .from(steps)
      .where(eq(steps.status, "done"))
      .groupBy(steps.kind)
      .all(),
    submits: tx
      .select({ model: submits.model, state: submits.state, count: count(), usd: dollars })
      .from(submits)
      .groupBy(submits.model, submits.state)
      .all(),
  };
}
