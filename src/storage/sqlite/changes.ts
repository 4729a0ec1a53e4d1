import { eq, sql } from "drizzle-orm";
import type { Revision } from "../../domain/direction.ts";
import { advance, type Change, type ProjectEvent, type ProjectFacts } from "../../domain/facts.ts";
import type { ProjectId, StepId } from "../../domain/ids.ts";
import type { Project } from "../../domain/project.ts";
import type { Step } from "../../domain/step.ts";
import type { WriteSet } from "../write-set.ts";
import { enqueue } from "./outbox.ts";
import { artifacts, events, projects, revisions, steps, submits } from "./schema.ts";
import type { Tx } from "./transactions.ts";

/** Writes change by change, so that the database's own guard sees every move of a step. */
export function writeAll(tx: Tx, before: ProjectFacts, writes: WriteSet, nowMs: number): void {
  const current = new Map<StepId, Step>(before.steps.map((step) => [step.id, step]));
  for (const change of writes.changes) writeChange(tx, change, current, nowMs);
  appendRevisions(tx, before.project.id, writes.revisions);
  writeProject(tx, writes.facts.project);
  appendEvents(tx, before.project.id, writes.events);
}

function writeChange(tx: Tx, change: Change, current: Map<StepId, Step>, nowMs: number): void {
  switch (change.type) {
    case "add_step":
      tx.insert(steps).values(change.step).run();
      current.set(change.step.id, change.step);
      return;
    case "advance": {
      const step = current.get(change.stepId);
      if (step === undefined) return; // writeSetOf refused it already
      const moved = advance(step, change.event, change.patch);
      tx.update(steps)
        .set({ ...change.patch, status: moved.status })
        .where(eq(steps.id, step.id))
        .run();
      current.set(step.id, moved);
      return;
    }
    case "add_artifact":
      tx.insert(artifacts).values(change.artifact).run();
      return;
    case "add_submit":
      tx.insert(submits).values(change.submit).run();
      return;
    case "settle_submit": {
      const { submitId, state, operationName, bought = {} } = change;
      const named = operationName === undefined ? {} : { operationName };
      tx.update(submits)
        .set({ state, updatedAtMs: nowMs, ...named, ...bought })
        .where(eq(submits.id, submitId))
        .run();
      return;
    }
    case "project": // written once, with its new time
    case "direct": // written with the project, and as revisions
      return;
  }
}

export function appendRevisions(tx: Tx, projectId: ProjectId, fresh: readonly Revision[]): void {
  if (fresh.length > 0)
    tx.insert(revisions)
      .values(fresh.map((one) => ({ ...one, projectId })))
      .run();
}

function writeProject(tx: Tx, { id, ...fields }: Project): void {
  tx.update(projects).set(fields).where(eq(projects.id, id)).run();
}

/** Numbers events on from the project's last one. The write lock is held, so there are no gaps and no twins. */
export function appendEvents(tx: Tx, projectId: ProjectId, fresh: readonly Omit<ProjectEvent, "seq">[]): void {
  if (fresh.length === 0) return;
  const last = tx
    .select({ seq: sql<number>`coalesce(max(${events.seq}), 0)` })
    .from(events)
    .where(eq(events.projectId, projectId))
    .get();
  const first = (last?.seq ?? 0) + 1;
  const numbered = fresh.map((event, place) => ({ ...event, projectId, seq: first + place }));
  tx.insert(events).values(numbered).run();
  enqueue(tx, projectId, numbered);
}
