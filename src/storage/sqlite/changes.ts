import { eq, sql } from "drizzle-orm";
import type { Revision } from "../../domain/direction.ts";
import { advance, type Change, type ProjectEvent, type ProjectFacts } from "../../domain/facts.ts";
import type { ProjectId, StepId } from "../../domain/ids.ts";
import type { Project } from "../../domain/project.ts";
import type { ProjectRecord } from "../../domain/project-record.ts";
import type { Step } from "../../domain/step.ts";
import type { WriteSet } from "../write-set.ts";
import { enqueue } from "./outbox.ts";
import { artifacts, events, projects, revisions, steps, submits } from "./schema.ts";
import { prepared, type Tx } from "./transactions.ts";

/** Writes change by change, so that the database's own guard sees every move of a step. */
export function writeAll(tx: Tx, before: ProjectFacts, writes: WriteSet, nowMs: number): void {
  const current = new Map<StepId, Step>(before.steps.map((step) => [step.id, step]));
  for (const change of writes.changes) writeChange(tx, change, current, nowMs);
  appendRevisions(tx, before.project.id, writes.revisions);
  writeProject(tx, before.project, writes.facts.project);
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
      const fields = { ...change.patch, status: moved.status };
      tx.update(steps).set(fields).where(eq(steps.id, step.id)).run();
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
      const { submitId, state, patch = {} } = change;
      const fields = { state, updatedAtMs: nowMs, ...patch };
      tx.update(submits).set(fields).where(eq(submits.id, submitId)).run();
      return;
    }
    case "project": // written once, with its new time
    case "direct": // written with the project, and as revisions
      return;
  }
}

export function appendRevisions(tx: Tx, projectId: ProjectId, fresh: readonly Revision[]): void {
  const rows = fresh.map((one) => ({ ...one, projectId }));
  if (rows.length > 0) tx.insert(revisions).values(rows).run();
}

/** Only what is new: most changes touch a time and a status, and the words of a film are long. */
function writeProject(tx: Tx, before: Project, { id, ...fields }: Project): void {
  const known = new Map<string, unknown>(Object.entries(before));
  const fresh = Object.fromEntries(Object.entries(fields).filter(([name, value]) => known.get(name) !== value));
  const { updatedAtMs } = fields;
  tx.update(projects)
    .set({ ...fresh, updatedAtMs })
    .where(eq(projects.id, id))
    .run();
}

const numbering = prepared((tx) => ({
  last: tx
    .select({ seq: sql<number>`coalesce(max(${events.seq}), 0)` })
    .from(events)
    .where(eq(events.projectId, sql.placeholder("projectId")))
    .prepare(),
  append: tx
    .insert(events)
    .values({
      projectId: sql.placeholder("projectId"),
      seq: sql.placeholder("seq"),
      atMs: sql.placeholder("atMs"),
      type: sql.placeholder("type"),
      data: sql.placeholder("data"),
    })
    .prepare(),
}));

/** Numbers events on from the project's last one. The write lock is held, so there are no gaps and no twins. */
export function appendEvents(tx: Tx, projectId: ProjectId, fresh: readonly Omit<ProjectEvent, "seq">[]): void {
  if (fresh.length === 0) return;
  const { last, append } = numbering(tx);
  const first = (last.get({ projectId })?.seq ?? 0) + 1;
  const numbered = fresh.map((event, place) => ({ ...event, projectId, seq: first + place }));
  for (const event of numbered) append.run(event);
  enqueue(tx, projectId, numbered);
}

/** Writes all rows of a project that was made elsewhere, in the order in which they were written there. */
export function insertRecord(tx: Tx, record: ProjectRecord): void {
  const { project } = record;
  const projectId = project.id;
  const ofProject = <Row>(row: Row) => ({ ...row, projectId });
  // Events from another installation are not announced here: no owner, no webhook.
  tx.insert(projects).values(project).run();
  for (const step of record.steps) tx.insert(steps).values(step).run();
  for (const artifact of record.artifacts) tx.insert(artifacts).values(artifact).run();
  for (const submit of record.submits) tx.insert(submits).values(submit).run();
  for (const revision of record.revisions) tx.insert(revisions).values(ofProject(revision)).run();
  for (const event of record.events) tx.insert(events).values(ofProject(event)).run();
}
