import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PROJECT_STATUSES, type ProjectStatus } from "../../../src/domain/lifecycle.ts";
import type { ListFilter, ListPlace, Search } from "../../../src/ports/server.ts";
import { hasWords, wordsOf } from "../../../src/storage/film-text.ts";
import { moved, NOON_MS, project, projectId, STORYBOARD_ORDER, step, stepId } from "../../storage/samples.ts";
import { storyboardOf } from "../../support/scripted-provider.ts";
import type { Bench } from "./bench.ts";

/** Pages, searches and the changes of the list. */
export function describeListing(bench: Bench): void {
  const numberOf = (id: string): number => Number.parseInt(id.slice(-4), 16);
  const add = (n: number, prompt: string, changes: Parameters<typeof project>[1] = {}) => {
    const { request } = project(n);
    return bench.repository.create(project(n, { ...changes, request: { ...request, prompt } }), [], "a");
  };

  describe(`${bench.name}: pages`, () => {
    /** Every page of a list, while a film is added before each next one. */
    async function pages(filter: ListFilter, between: () => Promise<unknown> = async () => {}): Promise<number[]> {
      const seen: number[] = [];
      let after: ListPlace | undefined;
      for (;;) {
        const page = await bench.repository.list({ ...filter, ...(after && { after }) });
        seen.push(...page.map(({ id }) => numberOf(id)));
        after = page.at(-1);
        if (after === undefined) return seen;
        await between();
      }
    }

    test("together are the whole list, without twins, whatever is made meanwhile", async () => {
      let next = 100;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.constantFrom(NOON_MS, NOON_MS + 1), async (limit, atMs) => {
          for (let n = 0; n < 5; n++) await add(++next, "a", { createdAtMs: atMs + (n % 2) });
          const before = (await bench.repository.list({})).map(({ id }) => numberOf(id));
          const heads = (await bench.repository.heads({})).map(({ id }) => numberOf(id));
          expect(heads).toEqual(before);
          let added = 0;
          const newer = () => (added++ < 2 ? add(++next, "a", { createdAtMs: NOON_MS + next }) : Promise.resolve());
          expect(await pages({ limit }, newer)).toEqual(before);
        }),
        { numRuns: 8, seed: 1 },
      );
    });

    test("of several statuses are in the order of all", async () => {
      const statuses = ["held", "review", "complete"] as const;
      for (let n = 1; n <= 9; n++) {
        const status: ProjectStatus = statuses[n % 3] ?? "held";
        await add(n, "a", { status, createdAtMs: NOON_MS + (n >> 1) });
      }
      expect(await pages({ limit: 2, statuses: ["held", "review"] })).toEqual([9, 7, 6, 4, 3, 1]);
      expect(await pages({ limit: 2, statuses: ["held", "held"] })).toEqual([9, 6, 3]);
      expect(await pages({ limit: 2, statuses: [] })).toEqual([]);
    });
  });

  describe(`${bench.name}: a search`, () => {
    async function find(search: Omit<Search, "limit">, limit = 2): Promise<number[]> {
      const found: number[] = [];
      let place: Pick<Search, "after"> = {};
      for (;;) {
        const { items, next } = await bench.repository.search({ ...search, ...place, limit });
        found.push(...items.map(({ id }) => numberOf(id)));
        if (next === null) return found;
        place = { after: next };
      }
    }

    test("finds films by parts of words in their prompts, whatever these are made of", async () => {
      for (const n of [1, 2, 12]) await bench.repository.create(project(n), [], "a");
      expect(await find({ text: "NUMBER 1" })).toEqual([12, 1]);
      expect(await find({ text: "film umbe 2" })).toEqual([12, 2]);
      for (const text of ["%", "_", "'", '"', "number 1'--", "AND", "NEAR(film)", "film*", "-film", '"""', "\0"])
        expect(await find({ text })).toEqual(text === "\0" ? [12, 2, 1] : []);
    });

    test("finds a film by its title, as long as it has it", async () => {
      await bench.repository.create(project(1), [step(11, 1, STORYBOARD_ORDER)], "a");
      const storyboard = { ...storyboardOf({ prompt: "x" }, 1), title: "Die Überfahrt" };
      await bench.change([moved(11, "claim")]);
      const result = { kind: "storyboard", storyboard } as const;
      await bench.change([{ type: "advance", stepId: stepId(11), event: "finish", patch: { result } }]);
      expect(await find({ text: "ÜBERFAHRT film" })).toEqual([1]);
      const edited = { storyboard: { ...storyboard, title: "Ankunft" }, picks: [] };
      await bench.change([{ type: "direct", note: "title", direction: edited, crossfadeSeconds: 0 }]);
      expect(await find({ text: "überfahrt" })).toEqual([]);
      expect(await find({ text: "ankunft" })).toEqual([1]);
    });

    test("finds a Turkish title as it is written", async () => {
      await add(1, "İstanbul'da bir gece");
      for (const text of ["İstanbul", "i̇stanbul", "bul'da"]) expect(await find({ text })).toEqual([1]);
    });

    test("finds a film by the start of its id, and none that is in the trash", async () => {
      for (const n of [1, 2]) await add(n, "a cat");
      expect(await find({ text: ` ${projectId(2)} ` })).toEqual([2]);
      expect(await find({ text: projectId(2).slice(0, 13).toUpperCase() }, 9)).toEqual([1, 2]);
      await bench.repository.trash.discard(projectId(2), NOON_MS, () => {});
      for (const text of [projectId(2), "cat"]) expect(await find({ text })).not.toContain(2);
      await bench.repository.trash.restore(projectId(2));
      expect(await find({ text: "cat" })).toEqual([2, 1]);
    });

    test("finds what the filter over all texts finds", async () => {
      const letter = fc.constantFrom(..."abcAé̈ßΣσςİi\u0307Жж猫犬🐈'\"% \n");
      const text = fc.string({ unit: letter, minLength: 1, maxLength: 9 });
      let next = 0;
      const addNext = (prompt: string) => {
        const status = ++next % 2 === 0 ? "held" : "complete";
        return add(next, prompt, { status, createdAtMs: NOON_MS + (next >> 2) });
      };
      const check = async (asked: string) => {
        const words = wordsOf(asked);
        const fits = (await bench.repository.list({})).filter(({ prompt }) => hasWords(prompt, words));
        expect(await find({ text: asked }, 3)).toEqual(fits.map(({ id }) => numberOf(id)));
        const held = fits.filter(({ status }) => status === "held").map(({ id }) => numberOf(id));
        expect(await find({ text: asked, statuses: ["held"] }, 3)).toEqual(held);
      };
      await fc.assert(
        fc.asyncProperty(fc.array(text, { maxLength: 6 }), fc.array(text, { maxLength: 4 }), async (prompts, asked) => {
          for (const prompt of prompts) await addNext(prompt);
          for (const one of [...asked, ...prompts.slice(0, 1)]) await check(one);
        }),
        { numRuns: 25, seed: 3 },
      );
    });
  });

  describe(`${bench.name}: changes of the list`, () => {
    const news = async (after: number, limit = 9) =>
      (await bench.repository.changes(after, limit)).map(({ id, item }) => [numberOf(id), item?.status ?? null]);

    test("are each film's newest, in their order, with what it is now", async () => {
      expect(await bench.repository.lastChange()).toBe(0);
      await add(1, "a");
      const first = await bench.repository.lastChange();
      await add(2, "a");
      expect(await news(0)).toEqual([
        [1, "pending"],
        [2, "pending"],
      ]);
      expect(await news(first)).toEqual([[2, "pending"]]);
      await bench.change([{ type: "project", patch: { status: "held" } }]);
      expect(await news(first)).toEqual([
        [2, "pending"],
        [1, "held"],
      ]);
      expect(await news(0, 1)).toEqual([[2, "pending"]]);
      await bench.repository.trash.discard(projectId(2), NOON_MS, () => {});
      expect(await news(first)).toEqual([
        [1, "held"],
        [2, null],
      ]);
      await bench.repository.trash.restore(projectId(2));
      const last = await bench.repository.lastChange();
      expect(await news(last)).toEqual([]);
      expect((await bench.repository.changes(0, 9)).at(-1)?.number).toBe(last);
    });
  });

  test(`${bench.name}: there are as many projects in each status as the list has`, async () => {
    let next = 0;
    const Move = fc.record({ status: fc.constantFrom(...PROJECT_STATUSES), which: fc.nat(9), discards: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(Move, { maxLength: 12 }), async (moves) => {
        const first = next + 1;
        for (let n = 0; n < 4; n++) await add(++next, "a");
        for (const { status, which, discards } of moves) {
          const id = projectId(first + (which % 4));
          const { trash } = bench.repository;
          if (discards) await trash.discard(id, NOON_MS, () => {}).catch(() => trash.restore(id));
          else await bench.repository.change(id, null, () => [{ type: "project", patch: { status } }]).catch(() => {});
        }
        const listed = Map.groupBy(await bench.repository.list({}), ({ status }) => status);
        const counted = Object.fromEntries([...listed].map(([status, films]) => [status, films.length]));
        expect(await bench.repository.countProjects()).toEqual(counted);
      }),
      { numRuns: 15, seed: 5 },
    );
  });
}
