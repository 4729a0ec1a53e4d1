import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { nextStatus, STEP_EVENTS, STEP_STATUSES } from "../../../src/domain/lifecycle.ts";
import { openReal } from "../fixtures/machine.ts";
import { artifact, CLIP_ORDER, project, projectId, step, submit } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

/** A database with one step, one submit and one artifact, opened past the repository as any tool could. */
async function rawDatabase(): Promise<{ readonly path: string; readonly raw: Database }> {
  const path = join(tempFolder(), "vidpipe.db");
  const repository = await openReal(path);
  await repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a");
  await repository.change(projectId(1), null, () => [
    { type: "add_submit", submit: submit(31, 1, 11) },
    { type: "add_artifact", artifact: artifact(21, 1, 11) },
  ]);
  repository.close();
  const raw = new Database(path, { strict: true });
  raw.run("PRAGMA foreign_keys = ON");
  return { path, raw };
}

describe("the database itself", () => {
  test("allows exactly the moves of the state table", async () => {
    const { raw } = await rawDatabase();
    const lawful = new Set(
      STEP_STATUSES.flatMap((from) => STEP_EVENTS.map((event) => `${from}>${nextStatus(from, event)}`)),
    );
    const guard = raw.query<{ sql: string }, []>("SELECT sql FROM sqlite_master WHERE name = 'guard_step_moves'").get();
    const place = (status: string) => {
      raw.run("DROP TRIGGER guard_step_moves");
      raw.run("UPDATE steps SET status = ?", [status]);
      raw.run(guard?.sql ?? "");
    };
    for (const from of STEP_STATUSES)
      for (const to of STEP_STATUSES) {
        place(from);
        const move = () => raw.run("UPDATE steps SET status = ?", [to]);
        if (from === to || lawful.has(`${from}>${to}`)) expect(move).not.toThrow();
        else expect(move).toThrow("illegal move of a step");
      }
    raw.close(true);
  });

  const edits: Record<string, string> = {
    "a step's order": `UPDATE steps SET "order" = '{}'`,
    "what a call cost, upwards": "UPDATE submits SET usd_millionths = usd_millionths + 1",
    "that a call was made": "DELETE FROM submits",
    "what a file holds": "UPDATE artifacts SET sha256 = 'other'",
    "what happened": "UPDATE events SET data = '{}'",
    "a step that has files": "DELETE FROM steps",
  };
  for (const [what, sql] of Object.entries(edits))
    test(`refuses to rewrite ${what}`, async () => {
      const { raw } = await rawDatabase();
      expect(() => raw.run(sql)).toThrow();
      raw.close(true);
    });

  test("gets its guards back when they were removed or weakened", async () => {
    const { path, raw } = await rawDatabase();
    const guards = () => raw.query("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name").all();
    const before = guards();
    raw.run("DROP TRIGGER guard_events");
    raw.run("DROP TRIGGER guard_step_moves");
    raw.run("CREATE TRIGGER guard_step_moves BEFORE UPDATE ON steps BEGIN SELECT 1; END");
    (await openReal(path)).close();
    expect(guards()).toEqual(before);
    raw.close(true);
  });
});
