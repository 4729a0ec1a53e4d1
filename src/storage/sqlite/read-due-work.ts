import { and, eq, sql } from "drizzle-orm";
import type { DueStepRow } from "../due-work.ts";
import { IN_PLAY, projects, steps } from "./schema.ts";
import { prepared, type Tx } from "./transactions.ts";

/** Concurrency lane: provider, model and kind. Read inside SQLite, so that no order is parsed just to be counted. */
const lane = sql<string>`json_extract(${projects.models}, '$.provider') || '/'
  || coalesce(json_extract(${steps.order}, '$.model'), 'ffmpeg') || '/' || ${steps.kind}`;

/** Steps of an owner's projects that are queued, running or waiting. */
export const readDueWork = (tx: Tx, owner: string): DueStepRow[] => inPlay(tx).all({ owner });

const inPlay = prepared((tx) =>
  tx
    .select({
      id: steps.id,
      projectId: steps.projectId,
      kind: steps.kind,
      position: steps.position,
      status: steps.status,
      dueAtMs: steps.dueAtMs,
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
