import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { migrate } from "../../src/storage/sqlite/migrate.ts";
import { installTriggers } from "../../src/storage/sqlite/triggers.ts";
import { openReal } from "../storage/fixtures/machine.ts";
import { makeOldDatabase } from "../storage/old-database.ts";
import { projectId } from "../storage/samples.ts";
import { tempFolders } from "../storage/temp-folder.ts";

const tempFolder = tempFolders();

const Trigger = z.object({ name: z.string(), sql: z.string() });

/** Runs statements on a database past the program, as any tool could. */
function edit(path: string, ...statements: readonly string[]): void {
  const raw = new Database(path);
  for (const statement of statements) raw.run(statement);
  raw.close(true);
}

function triggersIn(path: string): z.infer<typeof Trigger>[] {
  const raw = new Database(path);
  const all = raw.query("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name").all();
  raw.close(true);
  return z.array(Trigger).parse(all);
}

const isOurs = (name: string): boolean => /^(?:guard|keep)_/.test(name);
const guardsIn = (path: string) => triggersIn(path).filter(({ name }) => isOurs(name));
const othersIn = (path: string) => triggersIn(path).filter(({ name }) => !isOurs(name));

const log = "CREATE TABLE my_log (what TEXT NOT NULL)";
/** Triggers as users write them: on a table that migrations rebuild, on another, and with an odd name. */
const own = [
  {
    name: 'my "odd" name',
    sql: `CREATE TRIGGER "my ""odd"" name" BEFORE DELETE ON projects BEGIN INSERT INTO my_log VALUES (OLD.id); END`,
  },
  {
    name: "my_steps",
    sql: "CREATE TRIGGER my_steps AFTER INSERT ON steps WHEN NEW.kind = 'clip' BEGIN INSERT INTO my_log SELECT id FROM submits; END",
  },
  {
    name: "my_updates",
    sql: "CREATE TRIGGER my_updates AFTER UPDATE ON submits BEGIN INSERT INTO my_log SELECT kind FROM steps; END",
  },
];

async function emptyDatabase(): Promise<string> {
  const path = join(tempFolder(), "vidpipe.db");
  (await openReal(path)).close();
  return path;
}

describe("triggers of the user's own", () => {
  test("are there as they were after the database was opened", async () => {
    const path = await emptyDatabase();
    const guards = guardsIn(path);
    edit(path, log, ...own.map(({ sql }) => sql));
    (await openReal(path)).close();
    expect(othersIn(path)).toEqual(own);
    expect(guardsIn(path)).toEqual(guards);
  });

  test("are there as they were after every migration since the very first version, and did nothing meanwhile", async () => {
    const path = join(tempFolder(), "old.db");
    await makeOldDatabase(path);
    edit(path, log, ...own.map(({ sql }) => sql));
    const repository = await openReal(path);
    expect((await repository.facts(projectId(1))).steps).toHaveLength(2);
    repository.close();
    expect(othersIn(path)).toEqual(own);
    expect(guardsIn(path)).toEqual(guardsIn(`${path}.new`));
    const raw = new Database(path);
    expect(raw.query("SELECT count(*) AS count FROM my_log").get()).toEqual({ count: 0 });
    raw.close(true);
  });

  test("on what a later version does not have are told of by name, and the file is left as it was", async () => {
    const path = await emptyDatabase();
    edit(path, "CREATE TRIGGER lonely AFTER INSERT ON request_keys BEGIN SELECT 1; END");
    const before = triggersIn(path);
    const raw = new Database(path);
    expect(() => migrate(raw, path, [(client) => void client.run("DROP TABLE request_keys")])).toThrow(
      `${path} has the trigger "lonely", which does not fit this version of vidpipe`,
    );
    raw.close(true);
    expect(triggersIn(path)).toEqual(before);
    (await openReal(path)).close();
  });

  test("stay although guards are made again", async () => {
    const path = await emptyDatabase();
    const guards = guardsIn(path);
    edit(
      path,
      log,
      ...own.map(({ sql }) => sql),
      "DROP TRIGGER guard_events",
      "DROP TRIGGER guard_step_moves",
      "CREATE TRIGGER guard_step_moves BEFORE UPDATE ON steps BEGIN SELECT 1; END",
    );
    (await openReal(path)).close();
    expect(guardsIn(path)).toEqual(guards);
    expect(othersIn(path)).toEqual(own);
  });
});

test("a guard of a former release goes, and no other trigger with it", async () => {
  const path = await emptyDatabase();
  const guards = guardsIn(path);
  edit(
    path,
    log,
    ...own.map(({ sql }) => sql),
    "CREATE TRIGGER guard_of_old BEFORE DELETE ON events BEGIN SELECT 1; END",
  );
  const raw = new Database(path);
  installTriggers(raw, ["guard_of_old", "guard_that_is_not_there"]);
  raw.close(true);
  expect([guardsIn(path), othersIn(path)]).toEqual([guards, own]);
});
