import { and, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";
import { NO_DIRECTION } from "../../domain/direction.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { Trash } from "../../ports/server.ts";
import { notFound, readFacts } from "./rows.ts";
import { artifacts, deliveries, events, projects, revisions, steps, submits } from "./schema.ts";
import type { Transactions, Tx } from "./transactions.ts";

/** The prompt of a project that was emptied. */
const forgottenPrompt = "(deleted)";

export function createTrash({ read, write }: Transactions): Trash {
  return {
    discard: (id, nowMs, check) =>
      write((tx) => {
        check(readFacts(tx, id, nowMs));
        tx.update(projects).set({ discardedAtMs: nowMs, owner: null }).where(eq(projects.id, id)).run();
      }),
    restore: (id) =>
      write((tx) => {
        const isInTrash = and(eq(projects.id, id), isNotNull(projects.discardedAtMs), isNull(projects.emptiedAtMs));
        const restored = tx
          .update(projects)
          .set({ discardedAtMs: null })
          .where(isInTrash)
          .returning({ id: projects.id });
        if (restored.all().length === 0) throw notFound(id);
      }),
    expired: (beforeMs) =>
      read((tx) =>
        tx
          .select({ id: projects.id })
          .from(projects)
          .where(and(lt(projects.discardedAtMs, beforeMs), isNull(projects.emptiedAtMs)))
          .all()
          .map((row) => row.id)
          // Sorted here: asked for in this order, SQLite would walk over all projects.
          .toSorted(),
      ),
    empty: (id, nowMs) => write((tx) => empty(tx, id, nowMs)),
  };
}

/** Submits are never forgotten, so the steps they belong to stay, without what they made. */
function empty(tx: Tx, id: ProjectId, nowMs: number): void {
  const row = tx
    .select({ request: projects.request })
    .from(projects)
    .where(and(eq(projects.id, id), isNotNull(projects.discardedAtMs)))
    .get();
  if (row === undefined) throw notFound(id);
  for (const table of [deliveries, events, revisions, artifacts]) tx.delete(table).where(eq(table.projectId, id)).run();
  const isPaid = sql`exists (select 1 from submits where submits.step_id = steps.id)`;
  const ofProject = eq(steps.projectId, id);
  tx.delete(steps)
    .where(and(ofProject, sql`not ${isPaid}`))
    .run();
  tx.update(steps).set({ result: null, operation: null, failure: null }).where(ofProject).run();
  tx.update(submits).set({ replyId: null, resultId: null, reason: null }).where(eq(submits.projectId, id)).run();
  const request = { ...row.request, prompt: forgottenPrompt };
  const emptied = { request, direction: NO_DIRECTION, emptiedAtMs: nowMs, message: null, webhookUrl: null };
  tx.update(projects).set(emptied).where(eq(projects.id, id)).run();
}
