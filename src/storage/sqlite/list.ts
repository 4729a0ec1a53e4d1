import { and, asc, desc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { ProjectId, ProjectIdPrefix } from "../../domain/ids.ts";
import type { FilmChange, ListFilter, ListPlace, ProjectHead, ProjectListItem } from "../../ports/server.ts";
import { filmChanges, projects } from "./schema.ts";
import { prepared, type Tx } from "./transactions.ts";

/** Outside the trash. */
export const isListed = isNull(projects.discardedAtMs);

/** Written out: in the columns of a select Drizzle leaves the names of tables away, and the wrong id would be meant. */
const hasStill = sql<number>`exists (select 1 from artifacts where artifacts.project_id = projects.id
  and artifacts.role = 'keyframe' and artifacts.position = 0)`.mapWith(Boolean);

/** The user's own storyboard counts before the text model's. */
const title = sql<string | null>`coalesce(json_extract(projects.direction, '$.storyboard.title'),
  (select json_extract(steps.result, '$.storyboard.title') from steps
  where steps.project_id = projects.id and steps.kind = 'storyboard' and steps.status = 'done'
  order by steps.take desc limit 1))`;

const durationSeconds = sql<number | null>`(select json_extract(artifacts.media, '$.durationSeconds') from artifacts
  where artifacts.project_id = projects.id and artifacts.role = 'final'
  order by artifacts.created_at_ms desc, artifacts.id desc limit 1)`;

const HEAD = {
  id: projects.id,
  // The prompt alone: reading the whole request costs more than the rest of a row.
  prompt: sql<string>`json_extract(projects.request, '$.prompt')`,
  status: projects.status,
  createdAtMs: projects.createdAtMs,
  updatedAtMs: projects.updatedAtMs,
};
const ITEM = { ...HEAD, hasStill, title, durationSeconds };

const limit = sql.placeholder("limit");
const isOfStatus = eq(projects.status, sql.placeholder("status"));
const isAfter = sql`(${projects.createdAtMs}, ${projects.id})
  < (${sql.placeholder("createdAtMs")}, ${sql.placeholder("id")})`;
/** What limits a list; each is answered from an index, in its order. */
const WHERE = {
  all: isListed,
  after: and(isListed, isAfter),
  ofStatus: and(isListed, isOfStatus),
  ofStatusAfter: and(isListed, isOfStatus, isAfter),
} as const;
type Where = keyof typeof WHERE;

const newestFirst = [desc(projects.createdAtMs), desc(projects.id)] as const;

/** One prepared query for each set of limits. */
const eachWhere = <Row extends ListPlace>(make: (tx: Tx, where: SQL | undefined) => PreparedRows<Row>) => {
  const one = (where: Where) => prepared((tx) => make(tx, WHERE[where]));
  return {
    all: one("all"),
    after: one("after"),
    ofStatus: one("ofStatus"),
    ofStatusAfter: one("ofStatusAfter"),
  } satisfies Record<Where, unknown>;
};
interface PreparedRows<Row> {
  all(values: Record<string, unknown>): Row[];
}

const heads = eachWhere<ProjectHead>((tx, where) =>
  tx
    .select(HEAD)
    .from(projects)
    .where(where)
    .orderBy(...newestFirst)
    .limit(limit)
    .prepare(),
);
const items = eachWhere<ProjectListItem>((tx, where) =>
  tx
    .select(ITEM)
    .from(projects)
    .where(where)
    .orderBy(...newestFirst)
    .limit(limit)
    .prepare(),
);
/** The order of the list: newest first. */
export const byPlace = (a: ListPlace, b: ListPlace): number => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1);

/** Merges what each status has, so that every one of them is read in the order of its index. */
function readEach<Row extends ListPlace>(
  tx: Tx,
  queries: Readonly<Record<Where, (tx: Tx) => PreparedRows<Row>>>,
  { statuses, limit: most = Number.MAX_SAFE_INTEGER, after }: ListFilter,
): readonly Row[] {
  const values = { limit: most, ...after };
  if (statuses === undefined) return queries[after === undefined ? "all" : "after"](tx).all(values);
  const query = queries[after === undefined ? "ofStatus" : "ofStatusAfter"](tx);
  const found = [...new Set(statuses)].flatMap((status) => query.all({ ...values, status }));
  return found.toSorted(byPlace).slice(0, most);
}

/** Projects with only what v1's list says of them. */
export const readHeads = (tx: Tx, filter: ListFilter): readonly ProjectHead[] => readEach(tx, heads, filter);
export const readList = (tx: Tx, filter: ListFilter): readonly ProjectListItem[] => readEach(tx, items, filter);

const itemOf = prepared((tx) =>
  tx
    .select(ITEM)
    .from(projects)
    .where(and(isListed, eq(projects.id, sql.placeholder("id"))))
    .prepare(),
);

/** Those of the projects that are in the list, in the order in which they are named. */
export const readItems = (tx: Tx, ids: readonly ProjectId[]): readonly ProjectListItem[] =>
  ids.flatMap((id) => itemOf(tx).all({ id }));

/** Sorts after every character an id has. */
const afterAnyId = "~";

/** At most so many ids that start with a prefix. */
export const idsFrom = (tx: Tx, prefix: ProjectIdPrefix, most: number): readonly ProjectId[] =>
  tx
    .select({ id: projects.id })
    .from(projects)
    .where(and(isListed, sql`${projects.id} >= ${prefix} and ${projects.id} < ${prefix + afterAnyId}`))
    .orderBy(asc(projects.id))
    .limit(most)
    .all()
    .map((row) => row.id);

const changeQueries = prepared((tx) => ({
  last: tx
    .select({ number: filmChanges.number })
    .from(filmChanges)
    .orderBy(desc(filmChanges.number))
    .limit(1)
    .prepare(),
  since: tx
    .select({ number: filmChanges.number, discardedAtMs: projects.discardedAtMs, ...ITEM })
    .from(filmChanges)
    .innerJoin(projects, eq(projects.id, filmChanges.projectId))
    .where(gt(filmChanges.number, sql.placeholder("after")))
    .orderBy(asc(filmChanges.number))
    .limit(limit)
    .prepare(),
}));

/** The number of the newest change of the list; 0 when nothing ever was in it. */
export const readLastChange = (tx: Tx): number => changeQueries(tx).last.get()?.number ?? 0;

export const readChanges = (tx: Tx, after: number, most: number): readonly FilmChange[] =>
  changeQueries(tx)
    .since.all({ after, limit: most })
    .map(({ number, discardedAtMs, ...item }) => ({ number, id: item.id, item: discardedAtMs === null ? item : null }));
