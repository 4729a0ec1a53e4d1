/**
 * How long a start takes that finds many unfinished projects: until the first operation is polled, and until every
 * project has a live owner again. `bun test/bench/recovery.ts [--projects 1000]`
 */
import { Database } from "bun:sqlite";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createSystemClock } from "../../src/platform/clock.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { silentLog } from "../storage/silent-log.ts";
import { createScriptedProvider } from "../support/scripted-provider.ts";
import { createTestApp, createTestStores, type TestStores } from "../support/test-app.ts";

/** ms that the figures must not reach. */
const goals = { firstPollMs: 2_000, allOwnedMs: 5_000 };
const never = new AbortController().signal;

const { values } = parseArgs({ options: { projects: { type: "string", default: "1000" } } });
const count = Number(values.projects);
const folder = mkdtempSync(join(tmpdir(), "vidpipe-recovery-"));
const path = join(folder, "vidpipe.db");
const films = join(folder, "films");

/** Ground over the real database and the real store. */
async function standOn(stores: TestStores, clock: Clock): Promise<TestStores> {
  const owner = { self: "store", isLive: () => true };
  return {
    ...stores,
    repository: await createSqliteRepository({ path }, { clock, log: silentLog }),
    artifacts: createArtifactStore({ root: films }, { owner, clock }),
  };
}

/** One film of three scenes whose clips are all at the provider when its process dies. */
async function leaveOneBehind(): Promise<string> {
  const polled = Promise.withResolvers<void>();
  const laid = createTestStores({
    clipMs: 3_600_000,
    before(call, nth) {
      if (call.call === "poll" && nth > 1) polled.resolve();
      return undefined;
    },
  });
  const stores = await standOn(laid, laid.clock);
  const testApp = createTestApp(stores);
  const { id } = await stores.clock.run(
    testApp.service.create({ prompt: "A cat at night.", sceneCount: 3 }, {}, never),
  );
  await stores.clock.run(polled.promise);
  testApp.kill();
  stores.repository.close();
  return id;
}

/** Copies a project's rows and files under new ids; in every second one a poll was under way. */
function multiply(id: string, copies: number): void {
  const database = new Database(path);
  const tables = ["projects", "steps", "artifacts", "submits", "events"];
  const rows = new Map(tables.map((table) => [table, rowsOf(database, table)]));
  database.transaction(() => {
    for (let copy = 1; copy < copies; copy++) {
      const renamed = (text: string) =>
        text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){4}[0-9a-f]{8}/g, (uuid) => twin(uuid, copy));
      for (const [table, all] of rows)
        for (const row of all) {
          const fresh = row.map((value) => (typeof value === "string" ? renamed(value) : value));
          database.query(`INSERT INTO ${table} VALUES (${fresh.map(() => "?").join(",")})`).run(...fresh);
        }
      cpSync(join(films, id), join(films, renamed(id)), { recursive: true });
    }
    database.run("UPDATE steps SET due_at_ms = 0 WHERE status = 'waiting'");
    database.run("UPDATE steps SET status = 'running' WHERE status = 'waiting' AND rowid % 2 = 0");
  })();
  database.close();
}

const rowsOf = (database: Database, table: string): (string | number | null)[][] =>
  database
    .query(`SELECT * FROM ${table}`)
    .values()
    .map((row) => row.map((value) => (typeof value === "string" || typeof value === "number" ? value : null)));

const twin = (uuid: string, copy: number): string => uuid.slice(0, -6) + copy.toString(16).padStart(6, "0");

/** Starts a process over what was left behind. Returns both times, ms. */
async function recover() {
  const clock = createSystemClock();
  const startedAt = clock.monotonic();
  const since = () => clock.monotonic() - startedAt;
  const polled = Promise.withResolvers<number>();
  const provider = createScriptedProvider(clock, {
    clipMs: 3_600_000,
    before(call) {
      if (call.call === "poll") polled.resolve(since());
      return undefined;
    },
  });
  const laid = createTestStores();
  const real = {
    ...clock,
    busy: <T>(work: Promise<T>) => work,
    run: <T>(work: Promise<T>) => work,
    jump() {},
    suspend() {},
  };
  const stores = await standOn({ ...laid, clock: real, provider }, clock);
  const testApp = createTestApp(stores);
  const taken = await testApp.service.recover(never);
  const allOwnedMs = since();
  const firstPollMs = await Promise.race([polled.promise, clock.sleep(60_000, never).then(() => Number.NaN)]);
  const look = new Database(path, { readonly: true });
  const running = look
    .query<{ n: number }, [string]>(
      `SELECT count(*) AS n FROM steps JOIN projects ON projects.id = steps.project_id
       WHERE steps.status = 'running' AND projects.owner IS NOT ?`,
    )
    .get(testApp.owner);
  look.close();
  testApp.kill();
  return { taken, firstPollMs, allOwnedMs, ownerless: running?.n ?? 0 };
}

try {
  multiply(await leaveOneBehind(), count);
  const { taken, firstPollMs, allOwnedMs, ownerless } = await recover();
  const line = (what: string, ms: number, goal: number) =>
    `${what.padEnd(46)} ${ms.toFixed(0).padStart(6)} ms  (goal ${goal})`;
  console.log(`start with ${taken} unfinished projects, ${new Date().toISOString()}`);
  console.log(line("first poll of an operation", firstPollMs, goals.firstPollMs));
  console.log(line("every project has a live owner", allOwnedMs, goals.allOwnedMs));
  console.log(`running steps without a live owner: ${ownerless}`);
  const met = firstPollMs < goals.firstPollMs && allOwnedMs < goals.allOwnedMs && ownerless === 0 && taken === count;
  process.exit(met ? 0 : 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
