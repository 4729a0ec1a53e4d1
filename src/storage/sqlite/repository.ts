import { and, asc, desc, eq, gt, isNull, sql } from "drizzle-orm";
import type { ProjectEvent, ProjectFacts } from "../../domain/facts.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { ProjectDatabase } from "../../ports/leases.ts";
import type { Clock, Log } from "../../ports/runtime.ts";
import type { ListFilter, ProjectListItem } from "../../ports/server.ts";
import { workOf } from "../due-work.ts";
import { checkFence } from "../lease-rules.ts";
import { creationEvents, firstRevision, writeSetOf } from "../write-set.ts";
import { backUp } from "./backup.ts";
import { whileBusy } from "./busy-retry.ts";
import { appendEvents, appendRevisions, insertRecord, writeAll } from "./changes.ts";
import { createIdempotencyStore, settleKey } from "./idempotency-keys.ts";
import { inspectDatabase } from "./inspect.ts";
import { createLeases, readDriver, renewLease } from "./leases.ts";
import { readMetrics, readProjectCounts } from "./metrics.ts";
import { type DataMarks, markOf } from "./migrate.ts";
import { closeDatabase, openDatabase } from "./open.ts";
import { createOutbox } from "./outbox.ts";
import { readCommittedTodayUsd, readDueWork, readFacts, readRevisions } from "./rows.ts";
import { artifacts, events, projects, steps } from "./schema.ts";
import { createStatusReader } from "./status-reader.ts";
import { createTransactions, type Tx } from "./transactions.ts";
import { createTrash } from "./trash.ts";

/** Sorts after every character an id has. */
const afterAnyId = "~";

/** A database in a file of its own. */
export interface SqliteDatabase extends ProjectDatabase {
  /** What tells it from every other; a copy of it has the same. Null when it was opened without marks and has none. */
  readonly mark: string | null;
}

/**
 * The Repository and the Leases over one SQLite file, shared by any number of processes on this machine.
 * @throws VidpipeError storage.unusable, storage.damaged, storage.full, storage.busy when it cannot be opened
 */
export async function createSqliteRepository(
  cfg: { readonly path: string },
  { clock, log, marks }: { readonly clock: Clock; readonly log: Log; readonly marks?: DataMarks },
): Promise<SqliteDatabase> {
  const closed = new AbortController();
  const waiting = { clock, log, signal: closed.signal };
  const { client, path } = await openDatabase(cfg.path, { ...waiting, marks });
  const busyRetry = { ...waiting, path };
  const transactions = createTransactions(client, busyRetry);
  const { read, write } = transactions;

  return {
    mark: markOf(client),
    create: (project, firstSteps, owner, webhookUrl = null, files = [], key) =>
      write((tx) => {
        if (key !== undefined) settleKey(tx, key, clock.now());
        const row = { ...project, owner, webhookUrl };
        tx.insert(projects).values(row).run();
        for (const step of firstSteps) tx.insert(steps).values(step).run();
        for (const file of files) tx.insert(artifacts).values(file).run();
        appendRevisions(tx, project.id, [firstRevision(project)]);
        appendEvents(tx, project.id, creationEvents(project, firstSteps));
        renewLease(tx, owner, clock.sinceBoot());
      }),
    admit: (record) => write((tx) => insertRecord(tx, record)),
    facts: (id) => read((tx) => readFacts(tx, id, clock.now())),
    status: createStatusReader(client, busyRetry),
    findByPrefix: (prefix, limit) =>
      read((tx) =>
        tx
          .select({ id: projects.id })
          .from(projects)
          .where(and(isKept, sql`${projects.id} >= ${prefix} and ${projects.id} < ${prefix + afterAnyId}`))
          .orderBy(asc(projects.id))
          .limit(limit)
          .all()
          .map((row) => row.id),
      ),
    list: (filter) => read((tx) => readList(tx, filter)),
    change: (id, fence, decide, key) =>
      write((tx) => {
        const nowMs = clock.now();
        if (key !== undefined) settleKey(tx, key, nowMs);
        const before = readFacts(tx, id, nowMs);
        checkFence(before, fence);
        const decided = decide(before);
        if (decided.length === 0) return before;
        const writes = writeSetOf(before, decided, nowMs);
        writeAll(tx, before, writes, nowMs);
        return { ...writes.facts, committedTodayUsd: readCommittedTodayUsd(tx, nowMs) };
      }),
    async standstill<T>(id: ProjectId, act: (facts: ProjectFacts | null) => T) {
      let answer: T | undefined;
      await write((tx) => {
        const row = tx.select({ gone: projects.discardedAtMs, emptied: projects.emptiedAtMs }).from(projects);
        const known = row.where(eq(projects.id, id)).get();
        if (known?.gone != null && known.emptied === null) return;
        answer = act(known === undefined || known.gone !== null ? null : readFacts(tx, id, clock.now()));
      });
      return answer;
    },
    work: (owner, nowMs) => read((tx) => workOf(readDueWork(tx, owner), nowMs)),
    leasesOf: (process) => createLeases(transactions, process),
    events: (id, afterSeq, limit) => read((tx) => readEvents(tx, id, afterSeq, limit)),
    revisions: (id) => read((tx) => readRevisions(tx, id)),
    countProjects: () => read(readProjectCounts),
    metrics: () => read(readMetrics),
    trash: createTrash(transactions),
    keys: createIdempotencyStore(transactions, clock),
    outbox: createOutbox(transactions),
    inspect: () => whileBusy(() => inspectDatabase(client, path), busyRetry),
    backUp: (destination, options) => backUp(client, path, destination, { ...options, clock }),
    close() {
      if (closed.signal.aborted) return;
      closed.abort();
      closeDatabase(client, log);
    },
  };
}

/** Outside the trash. */
const isKept = isNull(projects.discardedAtMs);

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

const readList = (tx: Tx, { status, limit, text, after }: ListFilter): ProjectListItem[] =>
  tx
    .select({
      id: projects.id,
      request: projects.request,
      status: projects.status,
      hasStill,
      title,
      durationSeconds,
      createdAtMs: projects.createdAtMs,
      updatedAtMs: projects.updatedAtMs,
    })
    .from(projects)
    .where(
      and(
        isKept,
        status && eq(projects.status, status),
        after && sql`(${projects.createdAtMs}, ${projects.id}) < (${after.createdAtMs}, ${after.id})`,
        text ? sql`instr(lower(json_extract(${projects.request}, '$.prompt')), lower(${text})) > 0` : undefined,
      ),
    )
    .orderBy(desc(projects.createdAtMs), desc(projects.id))
    .limit(limit ?? Number.MAX_SAFE_INTEGER)
    .all()
    .map(({ request, ...row }) => ({ ...row, prompt: request.prompt }));

function readEvents(tx: Tx, id: ProjectId, afterSeq: number, limit: number): ProjectEvent[] {
  readDriver(tx, id);
  return tx
    .select({ seq: events.seq, atMs: events.atMs, type: events.type, data: events.data })
    .from(events)
    .where(and(eq(events.projectId, id), gt(events.seq, afterSeq)))
    .orderBy(asc(events.seq))
    .limit(limit)
    .all();
}
