import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createProcessIdentity } from "../../../src/platform/process-identity.ts";
import { failureOf } from "../../contract/repository/bench.ts";
import { killAfter, noMounts, runWithMount } from "../child.ts";
import { openReal } from "../fixtures/machine.ts";
import { CLIP_ORDER, project, projectId, step } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const one = projectId(1);

test("kill -9 in the middle of writing loses nothing that was committed, again and again", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  for (const commits of [1, 7, 23, 40]) {
    const claimed = await killAfter(commits, "endless-writer", path);
    const repository = await openReal(path);
    const { steps, project } = await repository.facts(one);
    const events = await repository.events(one, 0, 10_000);
    expect(steps.length).toBeGreaterThanOrEqual(claimed);
    expect(project.message).toBe(`take ${steps.length}`);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, place) => place + 1));
    expect(events).toHaveLength(2 * steps.length + 1);
    expect((await repository.inspect()).map((finding) => finding.level)).toEqual(["ok", "ok", "ok", "ok"]);
    repository.close();
  }
});

test("kill -9 in the middle of a backup leaves a whole one, the last or the next", async () => {
  const folder = tempFolder();
  const [path, target] = [join(folder, "vidpipe.db"), join(folder, "copy.db")];
  for (const backups of [1, 5, 11]) {
    const claimed = await killAfter(backups, "endless-backups", path, target);
    const restored = await openReal(target);
    const { steps } = await restored.facts(one);
    expect(steps.length - claimed).toBeOneOf([0, 1]);
    expect((await restored.inspect()).map((finding) => finding.level)).toEqual(["ok", "ok", "ok", "ok"]);
    restored.close();
  }
  const source = await openReal(path);
  await source.backUp(target, { replace: true, owner: createProcessIdentity() });
  source.close();
  expect(readdirSync(folder).toSorted()).toEqual(["copy.db", "copy.db-checked", "vidpipe.db", "vidpipe.db-checked"]);
});

test.skipIf(noMounts !== undefined)(
  `a full disk says so, keeps what was there and goes on later ${noMounts ?? ""}`,
  async () => {
    const disk = tempFolder();
    const told = await runWithMount(`mount -t tmpfs -o size=4m tmpfs ${disk}`, "full-disk", disk);
    const { written, kept, ...outcome } = JSON.parse(told);
    expect(outcome).toEqual({
      tooBig: "storage.full",
      byTool: "storage.full",
      left: [],
      code: "storage.full",
      outside: "storage.full",
      opening: "storage.full",
      afterwards: "ok",
      findings: ["ok", "ok", "ok", "ok"],
    });
    expect(kept).toBe(written);
  },
);

describe("a database file with a damaged row", () => {
  /** What reading a project gives after its rows were changed past vidpipe. */
  async function afterEdit(sql: string) {
    const path = join(tempFolder(), "vidpipe.db");
    const failure = { code: "provider.failed", message: "no clip" } as const;
    const first = await openReal(path);
    await first.create(project(1), [step(11, 1, CLIP_ORDER, { status: "failed", failure })], "a");
    first.close();
    const raw = new Database(path);
    raw.run(sql);
    raw.close(true);
    const repository = await openReal(path);
    const facts = repository.facts(one);
    return { code: await failureOf(facts), facts: await facts.catch(() => null), close: () => repository.close() };
  }

  test("says that it is damaged instead of guessing", async () => {
    for (const json of ["not json", '{"reason":"weather","message":""}']) {
      const { code, close } = await afterEdit(`UPDATE projects SET hold = '${json}'`);
      expect(code).toBe("storage.damaged");
      close();
    }
  });

  test("shows a failure code of another version as an internal one", async () => {
    const { facts, close } = await afterEdit(`UPDATE steps SET failure = '{"code":"moon.full","message":"wait"}'`);
    expect(facts?.steps[0]?.failure).toEqual({ code: "internal", message: "wait" });
    close();
  });

  test("is reported by inspect when it has lost its parent", async () => {
    const path = join(tempFolder(), "vidpipe.db");
    (await openReal(path)).close();
    const raw = new Database(path);
    raw.run("INSERT INTO events VALUES ('gone', 1, 1, 'step', '{}')");
    raw.close(true);
    const repository = await openReal(path);
    expect((await repository.inspect()).map((finding) => finding.level)).toContain("fail");
    repository.close();
  });
});

test("what is closed leaves no journal, and closing twice does no harm", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  const repository = await openReal(path);
  await repository.create(project(1), [], "a");
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  repository.close();
  repository.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
});
