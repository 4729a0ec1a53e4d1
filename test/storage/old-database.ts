import { Database } from "bun:sqlite";
import { loadMigrations } from "../../src/storage/sqlite/migrations.macro.ts";
import { openReal } from "./fixtures/machine.ts";
import { artifact, CLIP_ORDER, KEYFRAME_ORDER, moved, project, projectId, step, submit } from "./samples.ts";

const tables = ["projects", "steps", "artifacts", "submits", "events"];
/** How many projects are in it. */
const projects = 3;

/** Everything recorded in a database, as JSON. */
export async function recordedIn(path: string): Promise<string> {
  const repository = await openReal(path);
  try {
    const all: unknown[] = [];
    for (let n = 1; n <= projects; n++) {
      const { committedTodayUsd: _, ...facts } = await repository.facts(projectId(n));
      all.push(facts, await repository.events(projectId(n), 0, 1_000), await repository.revisions(projectId(n)));
    }
    return JSON.stringify(all);
  } finally {
    repository.close();
  }
}

/**
 * Makes a database as the very first version left it, with films, files and paid calls in it, at `path`; what the
 * present version makes of the same is at `${path}.new`.
 */
export async function makeOldDatabase(path: string): Promise<void> {
  const repository = await openReal(`${path}.new`);
  for (let n = 1; n <= projects; n++) {
    const id = n * 100;
    const steps = [step(id + 11, n, KEYFRAME_ORDER), step(id + 12, n, CLIP_ORDER)];
    await repository.create(project(n), steps, "gone", null, [artifact(id + 901, n, id + 11)]);
    await repository.change(projectId(n), null, () => [
      moved(id + 12, "claim"),
      { type: "add_submit", submit: submit(id + 21, n, id + 12, { state: "intent" }) },
    ]);
  }
  repository.close();
  const [first] = loadMigrations();
  if (first === undefined) throw new Error("no migrations");
  const old = new Database(path);
  old.run("PRAGMA journal_mode = WAL");
  for (const statement of first.statements) old.run(statement);
  old.run(
    "CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC NOT NULL)",
  );
  old.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)", [first.hash, first.createdAtMs]);
  old.run(`ATTACH '${path}.new' AS present`);
  for (const table of tables) {
    const columns = old.query<{ name: string }, []>(`PRAGMA main.table_info(${table})`).all();
    const names = columns.map(({ name }) => `"${name}"`).join(", ");
    old.run(`INSERT INTO main.${table} (${names}) SELECT ${names} FROM present.${table}`);
  }
  old.run("DETACH present");
  old.run(`PRAGMA application_id = ${0x56494450}`);
  old.run("PRAGMA user_version = 1");
  old.run("PRAGMA wal_checkpoint(TRUNCATE)");
  old.close(true);
}
