import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { ProjectIdPrefix } from "../../../src/domain/ids.ts";
import { PROJECT_STATUSES } from "../../../src/domain/lifecycle.ts";
import type { ProjectDatabase } from "../../../src/ports/leases.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { openReal } from "../fixtures/machine.ts";
import { CLIP_ORDER, moved, NOON_MS, project, projectId, STORYBOARD_ORDER, step, submit, uuid } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

/** What stays small however many films there are: read whole. */
const SMALL =
  /^SCAN (?:owners|tallies|steps USING (?:COVERING )?INDEX steps_under_way|deliveries USING INDEX deliveries_due)$/;
/** Parts of a statement that were looked up before, and what FTS5 looks up by its own index. */
const LOOKED_UP =
  /^SCAN (?:found|(?:film_search|json_each) VIRTUAL TABLE INDEX \d+:(?:M\d+)?|\(subquery-\d+\)|\d+-ROW|CONSTANT ROW)$/;
/** Read from an end, as far as the limit says. */
const IN_ORDER =
  /^SCAN (?:projects USING INDEX projects_listed|film_changes USING COVERING INDEX film_changes_by_number)$/;

/** One line of a plan; lines of the same part of the statement have the same parent. */
interface Line {
  readonly parent: number;
  readonly detail: string;
}

/** What a statement reads from its start to its end. */
function walksOf(raw: Database, text: string): readonly string[] {
  const plan = raw.query<Line, []>(`EXPLAIN QUERY PLAN ${text}`).all();
  const isSorted = (parent: number) => plan.some((line) => line.parent === parent && /FOR ORDER BY/.test(line.detail));
  const isLimited = /limit \?\s*$/.test(text);
  return plan
    .filter(({ detail }) => detail.startsWith("SCAN") && !SMALL.test(detail) && !LOOKED_UP.test(detail))
    .filter(({ detail, parent }) => !(IN_ORDER.test(detail) && isLimited && !isSorted(parent)))
    .map(({ detail }) => detail);
}

/** Every way to the database that commands, requests and the scheduler take all the time. */
async function useAll(repository: ProjectDatabase): Promise<void> {
  const one = projectId(1);
  const process = { owner: { self: "a", isLive: () => true }, clock: createManualClock(NOON_MS) };
  const leases = repository.leasesOf(process);
  const after = { createdAtMs: NOON_MS, id: one };
  const steps = [step(11, 1, STORYBOARD_ORDER), step(12, 1, CLIP_ORDER)];
  const key = { key: "k", fingerprint: "f", projectId: one, createdAtMs: NOON_MS };
  await repository.keys.claim(key, process.owner);
  await repository.create(project(1), steps, "a", "https://hooks.example.com/", [], { ...key, owner: "a" });
  await repository.keys.recordAnswer("k", "{}");
  await repository.keys.forget({ ...key, owner: "a" });
  await repository.keys.prune(NOON_MS);
  await repository.change(one, { epoch: 1 }, () => [
    moved(12, "claim"),
    { type: "add_submit", submit: submit(31, 1, 12) },
    { type: "project", patch: { status: "held" } },
  ]);
  for (const limits of [{}, { after }])
    for (const filter of [limits, { ...limits, statuses: PROJECT_STATUSES }]) {
      await repository.list({ ...filter, limit: 50 });
      await repository.heads({ ...filter, limit: 50 });
      for (const text of ["number film", "zq"]) await repository.search({ ...filter, text, limit: 50 });
    }
  await repository.search({ text: uuid(1), limit: 50 });
  await repository.findByPrefix(ProjectIdPrefix.parse(uuid(1).slice(0, 8)), 5);
  await repository.status(one);
  await repository.events(one, 0, 10);
  await repository.revisions(one);
  await repository.standstill(one, () => undefined);
  await repository.work("a", NOON_MS);
  await repository.changes(await repository.lastChange(), 10);
  await repository.countProjects();
  await repository.metrics();
  await leases.acquire(one);
  await leases.acquireOrphans();
  await leases.orphans();
  await leases.renew();
  await leases.driver(one);
  await leases.release();
  const [delivery] = await repository.outbox.claim(NOON_MS * 2, 1_000, 10);
  if (delivery !== undefined) await repository.outbox.record(delivery, { ...delivery, state: "pending" });
  await repository.outbox.of(one);
  await repository.outbox.abandon("https://hooks.example.com/", "gone");
  await repository.trash.discard(one, NOON_MS, () => {});
  await repository.trash.expired(NOON_MS * 2);
  await repository.trash.restore(one);
}

test("no query walks over all films: each is answered from an index, in its order", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  const repository = await openReal(path);
  const [prepare, query] = [spyOn(Database.prototype, "prepare"), spyOn(Database.prototype, "query")];
  await useAll(repository);
  const asked = new Set([...prepare.mock.calls, ...query.mock.calls].map(([text]) => text));
  prepare.mockRestore();
  query.mockRestore();
  const raw = new Database(path);
  const walks = [...asked].flatMap((text) => walksOf(raw, text).map((walk) => `${walk}: ${text}`));
  raw.close();
  repository.close();
  expect(asked.size).toBeGreaterThan(60);
  expect(walks).toEqual([]);
});

test("a query that walks over everything is noticed", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  (await openReal(path)).close();
  const raw = new Database(path);
  for (const text of [
    "SELECT count(*) FROM projects",
    "SELECT id FROM projects WHERE discarded_at_ms IS NULL ORDER BY created_at_ms",
    "SELECT id FROM projects ORDER BY updated_at_ms LIMIT ?",
    "SELECT id FROM steps WHERE status = 'done'",
  ])
    expect(walksOf(raw, text)).not.toEqual([]);
  raw.close();
});
