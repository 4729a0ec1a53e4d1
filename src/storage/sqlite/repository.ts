import { and, asc, eq, gt } from "drizzle-orm";
import type { ProjectEvent, ProjectFacts } from "../../domain/facts.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { ProjectDatabase } from "../../ports/leases.ts";
import type { Clock, Log, ProcessIdentity } from "../../ports/runtime.ts";
import { workOf } from "../due-work.ts";
import { checkFence } from "../lease-rules.ts";
import { creationEvents, firstRevision, writeSetOf } from "../write-set.ts";
import { checkBeside } from "./background-check.ts";
import { backUp } from "./backup.ts";
import { whileBusy } from "./busy-retry.ts";
import { appendEvents, appendRevisions, insertRecord, writeAll } from "./changes.ts";
import { checkedAtMs, markChecked, unmark } from "./clean-mark.ts";
import { createIdempotencyStore, settleKey } from "./idempotency-keys.ts";
import { inspectDatabase } from "./inspect.ts";
import { createLeases, readDriver, renewLease } from "./leases.ts";
import { idsFrom, readChanges, readHeads, readLastChange, readList } from "./list.ts";
import { readMetrics, readProjectCounts } from "./metrics.ts";
import { type DataMarks, markOf, recount } from "./migrate.ts";
import { closeDatabase, openDatabase } from "./open.ts";
import { createOutbox } from "./outbox.ts";
import { readCommittedTodayUsd, readDueWork, readFacts, readRevisions } from "./rows.ts";
import { artifacts, events, projects, steps } from "./schema.ts";
import { search } from "./search.ts";
import { createStatusReader } from "./status-reader.ts";
import { createTransactions, type Tx } from "./transactions.ts";
import { createTrash } from "./trash.ts";

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
  {
    clock,
    log,
    owner,
    marks,
  }: {
    readonly clock: Clock;
    readonly log: Log;
    readonly owner?: Pick<ProcessIdentity, "isLive">;
    readonly marks?: DataMarks;
  },
): Promise<SqliteDatabase> {
  const closed = new AbortController();
  const waiting = { clock, log, signal: closed.signal };
  const { client, path } = await openDatabase(cfg.path, { ...waiting, owner, marks });
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
    findByPrefix: (prefix, limit) => read((tx) => idsFrom(tx, prefix, limit)),
    list: (filter) => read((tx) => readList(tx, filter)),
    heads: (filter) => read((tx) => readHeads(tx, filter)),
    search: (asked) => search(transactions, asked),
    lastChange: () => read(readLastChange),
    changes: (after, limit) => read((tx) => readChanges(tx, after, limit)),
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
    recount: () => write(() => recount(client, path)),
    checkedAtMs: async () => checkedAtMs(path),
    async check(signal) {
      const first = await checkBeside(path, signal);
      if (first === "ok") markChecked(path, clock.now());
      else unmark(path);
      return first === "ok" ? null : first;
    },
    backUp: (destination, options) => backUp(client, path, destination, { ...options, clock }),
    close() {
      if (closed.signal.aborted) return;
      closed.abort();
      closeDatabase(client, path, log);
    },
  };
}

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
