import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { openReal } from "../fixtures/machine.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

/** Opens a database and closes it again. */
async function opened(path: string, remember: (mark: string) => void = () => {}) {
  const marks = { make: () => Bun.randomUUIDv7(), remember };
  const repository = await createSqliteRepository({ path }, { clock: createSystemClock(), log: silentLog, marks });
  repository.close();
  return repository.mark;
}

function marksIn(path: string): string[] {
  using client = new Database(path, { readonly: true });
  return client
    .query<{ mark: string }, []>("SELECT mark FROM data_mark")
    .all()
    .map(({ mark }) => mark);
}

function planted(path: string, ...marks: string[]): void {
  using client = new Database(path);
  client.run("DELETE FROM data_mark");
  for (const mark of marks) client.run("INSERT INTO data_mark (mark) VALUES (?)", [mark]);
}

describe("the mark of a database", () => {
  test("is remembered before the database has it, once, and stays", async () => {
    const path = join(tempFolder(), "v.db");
    const remembered: string[] = [];
    const remember = (mark: string) => {
      remembered.push(mark);
      // Nobody who opens it now finds a database that is not known.
      using client = new Database(path, { readonly: true });
      expect(client.query("SELECT name FROM sqlite_master").all()).toEqual([]);
    };
    const first = await opened(path, remember);
    expect([await opened(path, remember), remembered, marksIn(path)]).toEqual([
      first,
      [String(first)],
      [String(first)],
    ]);
  });

  test("goes with a copy", async () => {
    const [path, copy] = [join(tempFolder(), "v.db"), join(tempFolder(), "copy.db")];
    const mark = await opened(path);
    copyFileSync(path, copy);
    expect(await opened(copy)).toBe(mark);
  });

  test("is given to a database of an earlier version, which is not remembered for that", async () => {
    const path = join(tempFolder(), "v.db");
    (await openReal(path)).close();
    expect(marksIn(path)).toEqual([]);
    const remembered: string[] = [];
    const mark = await opened(path, (one) => remembered.push(one));
    expect([marksIn(path), remembered]).toEqual([[String(mark)], []]);
  });

  test.each([
    ["a way to another record", ["../trusted-folders"]],
    ["nothing", [""]],
    ["many, to guess one that is known", [Bun.randomUUIDv7(), Bun.randomUUIDv7()]],
  ])("that somebody planted as %s is replaced", async (_what, marks) => {
    const path = join(tempFolder(), "v.db");
    await opened(path);
    planted(path, ...marks);
    const mark = await opened(path);
    expect(mark).toMatch(/^[0-9a-f-]{36}$/);
    expect(marks).not.toContain(String(mark));
    expect(marksIn(path)).toEqual([String(mark)]);
  });

  test("where it cannot be remembered nothing is made half", async () => {
    const path = join(tempFolder(), "v.db");
    const broken = () => {
      throw new Error("no room");
    };
    expect(opened(path, broken)).rejects.toThrow("no room");
    expect(existsSync(path)).toBe(true);
    expect(await opened(path)).not.toBeNull();
  });
});
