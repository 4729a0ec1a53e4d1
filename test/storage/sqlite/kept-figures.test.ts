import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import type { Change } from "../../../src/domain/facts.ts";
import type { ProjectId } from "../../../src/domain/ids.ts";
import { STEP_EVENTS, type StepEvent } from "../../../src/domain/lifecycle.ts";
import { COUNTS, type Repository } from "../../../src/ports/repository.ts";
import type { ListPlace, Search, Trash } from "../../../src/ports/server.ts";
import { openReal } from "../fixtures/machine.ts";
import { makeOldDatabase } from "../old-database.ts";
import { CLIP_ORDER, NOON_MS, project, projectId, STORYBOARD_ORDER, step, stepId, submit } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const freshPath = (): string => join(tempFolder(), "vidpipe.db");

/** What `doctor` says of what is kept beside the rows. */
const levelOf = async (repository: Repository): Promise<string | undefined> =>
  (await repository.inspect()).find(({ topic }) => topic === COUNTS)?.level;

/** Runs statements on a database past the program, as any tool could. */
function edit(path: string, ...statements: readonly string[]): void {
  const raw = new Database(path);
  for (const statement of statements) raw.run(statement);
  raw.close(true);
}

/** What may become of a film, one after the other. */
const ENDS: readonly { readonly act: (trash: Trash, id: ProjectId) => Promise<void> }[] = [
  { act: (trash, id) => trash.discard(id, NOON_MS, () => {}) },
  { act: (trash, id) => trash.restore(id) },
  { act: (trash, id) => trash.discard(id, NOON_MS, () => {}) },
  { act: (trash, id) => trash.empty(id, NOON_MS) },
];

/** A paid call or none, a move, and what becomes of the call. */
function changesOf(n: number, place: number, ofStep: number, event: StepEvent, pays: boolean): readonly Change[] {
  const call = submit(n * 100 + place, n, ofStep, { attempt: place + 1 });
  const patch = { startedAtMs: NOON_MS, finishedAtMs: NOON_MS + place };
  const move: Change = { type: "advance", stepId: stepId(ofStep), event, patch };
  if (!pays) return [move];
  const settle: Change = { type: "settle_submit", submitId: call.id, state: place % 2 === 0 ? "released" : "spent" };
  return [{ type: "add_submit", submit: call }, move, settle];
}

describe("counts and search fit the rows", () => {
  test("after any sequence of changes, refused ones too", async () => {
    const repository = await openReal(freshPath());
    let n = 0;
    const Move = fc.record({ step: fc.constantFrom(1, 2), event: fc.constantFrom(...STEP_EVENTS), pays: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(Move, { maxLength: 8 }), fc.nat(ENDS.length), async (moves, end) => {
        const steps = [step(++n * 10 + 1, n, STORYBOARD_ORDER), step(n * 10 + 2, n, CLIP_ORDER)];
        await repository.create(project(n), steps, "a");
        for (const [place, { step: which, event, pays }] of moves.entries())
          for (const change of changesOf(n, place, n * 10 + which, event, pays))
            await repository.change(projectId(n), null, () => [change]).catch(() => {});
        for (const { act } of ENDS.slice(0, end)) await act(repository.trash, projectId(n));
        expect(await levelOf(repository)).toBe("ok");
      }),
      { numRuns: 20, seed: 7 },
    );
    repository.close();
  });

  test("after a tool that knows nothing of them wrote to the rows", async () => {
    const path = freshPath();
    const repository = await openReal(path);
    await repository.create(project(1), [step(11, 1, STORYBOARD_ORDER)], "a");
    edit(
      path,
      "UPDATE projects SET status = 'held', request = json_set(request, '$.prompt', 'Something else')",
      "DELETE FROM steps",
    );
    expect(await repository.countProjects()).toEqual({ held: 1 });
    expect((await repository.metrics()).steps).toEqual([]);
    expect((await repository.search({ text: "something", limit: 9 })).items).toHaveLength(1);
    expect(await levelOf(repository)).toBe("ok");
    repository.close();
  });

  test("in a database of the first version, once it is up to date", async () => {
    const path = join(tempFolder(), "old.db");
    await makeOldDatabase(path);
    const repository = await openReal(path);
    expect(await levelOf(repository)).toBe("ok");
    expect(await repository.countProjects()).toEqual({ pending: 3 });
    expect((await repository.search({ text: "number 2", limit: 9 })).items.map(({ id }) => id)).toEqual([projectId(2)]);
    expect(await repository.lastChange()).toBe(3);
    repository.close();
  });

  test("although a row cannot be understood", async () => {
    const path = freshPath();
    const first = await openReal(path);
    for (const n of [1, 2]) await first.create(project(n), [], "a");
    first.close();
    edit(path, "DROP TRIGGER keep_project_words", `UPDATE projects SET request = '{' WHERE id = '${projectId(1)}'`);
    const repository = await openReal(path);
    expect(await levelOf(repository)).toBe("ok");
    expect((await repository.facts(projectId(2))).project.id).toBe(projectId(2));
    repository.close();
  });
});

describe("counts that went wrong", () => {
  test("are found, and made anew", async () => {
    const path = freshPath();
    const repository = await openReal(path);
    for (const n of [1, 2]) await repository.create(project(n), [step(n * 10, n, CLIP_ORDER)], "a");
    for (const spoil of [
      "UPDATE tallies SET count = count + 1",
      "UPDATE tallies SET amount = 7",
      "DELETE FROM film_changes",
      "UPDATE film_texts SET words = 'other'",
      "INSERT INTO film_search (film_search) VALUES ('delete-all')",
    ]) {
      edit(path, spoil);
      expect(await levelOf(repository)).toBe("warn");
      const before = await repository.lastChange();
      await repository.recount();
      expect(await levelOf(repository)).toBe("ok");
      // Whoever follows the list is told of every film again.
      expect(await repository.lastChange()).toBeGreaterThan(before);
      expect((await repository.search({ text: "film", limit: 9 })).items).toHaveLength(2);
    }
    repository.close();
  });

  test("because a trigger was taken away are made anew by the next start", async () => {
    const path = freshPath();
    const first = await openReal(path);
    await first.create(project(1), [], "a");
    first.close();
    edit(path, "DROP TRIGGER keep_project_moved", "UPDATE projects SET status = 'failed'");
    const repository = await openReal(path);
    expect(await repository.countProjects()).toEqual({ failed: 1 });
    expect(await levelOf(repository)).toBe("ok");
    repository.close();
  });
});

describe("a search over thousands of films", () => {
  test("goes on over short pages to the same end as the filter over all", async () => {
    const path = freshPath();
    const repository = await openReal(path);
    await repository.create(project(1), [], "a");
    edit(
      path,
      `INSERT INTO projects (id, request, casting, cancelled, status, epoch, created_at_ms, updated_at_ms)
        SELECT printf('019aa0b0-c0d0-7000-8000-%012x', n), json_set(request, '$.prompt',
          'A common word, ' || iif(n % 700 = 5, 'zq', n) || iif(n % 1000 = 9, ' seldom', '')),
          casting, 0, iif(n % 900 = 3, 'held', 'complete'), 1, created_at_ms + (n >> 1), updated_at_ms
        FROM projects, (WITH RECURSIVE c (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < 3000) SELECT n FROM c)`,
    );
    for (const { text, statuses } of [
      { text: "common" },
      { text: "zq" },
      { text: "seldom" },
      { text: "common", statuses: ["held"] },
      { text: "common zq", statuses: ["complete"] },
      { text: "nowhere" },
    ] as const) {
      const limits = statuses === undefined ? {} : { statuses };
      const words = text.split(" ");
      const fits = (await repository.list(limits)).filter(({ prompt }) => words.every((word) => prompt.includes(word)));
      expect(await pagesOf(repository, { text, ...limits })).toEqual(fits.map(({ id }) => id));
    }
    repository.close();
  });
});

/** All pages of a search. */
async function pagesOf(repository: Repository, search: Omit<Search, "limit">): Promise<string[]> {
  const found: string[] = [];
  let after: ListPlace | null | undefined;
  while (after !== null) {
    const { items, next } = await repository.search({ ...search, limit: 50, ...(after && { after }) });
    expect(items.length).toBeLessThanOrEqual(50);
    found.push(...items.map(({ id }) => id));
    after = next;
  }
  return found;
}
