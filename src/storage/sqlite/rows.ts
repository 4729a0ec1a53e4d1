import { and, asc, eq, gte, sql } from "drizzle-orm";
import type { Revision } from "../../domain/direction.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectFacts } from "../../domain/facts.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { DueStepRow } from "../due-work.ts";
import { artifacts, IN_PLAY, projects, RELEASED, revisions, steps, submits } from "./schema.ts";
import { prepared, type Tx } from "./transactions.ts";

const inOrderOfWriting = asc(sql`rowid`);

const id = sql.placeholder("id");
const factQueries = prepared((tx) => ({
  project: tx.select().from(projects).where(eq(projects.id, id)).prepare(),
  steps: tx.select().from(steps).where(eq(steps.projectId, id)).orderBy(inOrderOfWriting).prepare(),
  artifacts: tx.select().from(artifacts).where(eq(artifacts.projectId, id)).orderBy(inOrderOfWriting).prepare(),
  submits: tx.select().from(submits).where(eq(submits.projectId, id)).orderBy(inOrderOfWriting).prepare(),
  committedSince: tx
    .select({ millionths: sql<number>`coalesce(sum(${submits.usd}), 0)` })
    .from(submits)
    .where(and(gte(submits.createdAtMs, sql.placeholder("since")), sql`${submits.state} not in ${RELEASED}`))
    .prepare(),
}));

/** Everything recorded about a project. @throws VidpipeError project.not_found */
export function readFacts(tx: Tx, id: ProjectId, nowMs: number): ProjectFacts {
  const queries = factQueries(tx);
  const row = queries.project.get({ id });
  if (row === undefined || row.discardedAtMs !== null) throw notFound(id);
  const { owner: _owner, webhookUrl: _url, discardedAtMs: _discarded, emptiedAtMs: _emptied, ...project } = row;
  return {
    project,
    steps: queries.steps.all({ id }),
    artifacts: queries.artifacts.all({ id }),
    submits: queries.submits.all({ id }),
    committedTodayUsd: readCommittedTodayUsd(tx, nowMs),
  };
}

/** How a project was directed, oldest first. @throws VidpipeError project.not_found */
export function readRevisions(tx: Tx, id: ProjectId): readonly Revision[] {
  const known = tx.select({ gone: projects.discardedAtMs }).from(projects).where(eq(projects.id, id)).get();
  if (known === undefined || known.gone !== null) throw notFound(id);
  const rows = tx.select().from(revisions).where(eq(revisions.projectId, id)).orderBy(asc(revisions.revision)).all();
  return rows.map(({ projectId: _, ...revision }) => revision);
}

/** What all projects committed since midnight UTC, US dollars; whole millionths are added, so the sum is exact. */
export function readCommittedTodayUsd(tx: Tx, nowMs: number): number {
  const row = factQueries(tx).committedSince.get({ since: dayStartMs(nowMs) });
  return (row?.millionths ?? 0) / 1e6;
}

export const notFound = (id: ProjectId): VidpipeError =>
  new VidpipeError("project.not_found", `project ${id} was not found`);

/** Midnight UTC of a moment's day, epoch ms: where the daily spending cap starts to count. */
export const dayStartMs = (nowMs: number): number => nowMs - (nowMs % 86_400_000);

/** Concurrency lane: provider, model and kind. Read inside SQLite, so that no order is parsed just to be counted. */
const lane = sql<string>`json_extract(${projects.models}, '$.provider') || '/'
  || coalesce(json_extract(${steps.order}, '$.model'), 'ffmpeg') || '/' || ${steps.kind}`;

const inPlay = prepared((tx) =>
  tx
    .select({
      id: steps.id,
      projectId: steps.projectId,
      kind: steps.kind,
      position: steps.position,
      status: steps.status,
      dueAtMs: steps.dueAtMs,
      reservedUsd: steps.reservedUsd,
      lane,
      createdAtMs: steps.createdAtMs,
      hasOperation: sql<number>`${steps.operation} is not null`.mapWith(Boolean),
      project: { cancelled: projects.cancelled, hold: projects.hold },
    })
    .from(projects)
    .innerJoin(steps, eq(steps.projectId, projects.id))
    .where(and(eq(projects.owner, sql.placeholder("owner")), sql`${steps.status} in ${IN_PLAY}`))
    .prepare(),
);

/** Steps of an owner's projects that are queued, running or waiting. */
export const readDueWork = (tx: Tx, owner: string): DueStepRow[] => inPlay(tx).all({ owner });
