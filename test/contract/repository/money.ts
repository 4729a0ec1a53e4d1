import { beforeEach, describe, expect, test } from "bun:test";
import type { Change } from "../../../src/domain/facts.ts";
import { CLIP_ORDER, project, projectId, step, submit, submitId } from "../../storage/samples.ts";
import type { Bench } from "./bench.ts";

const hourMs = 3_600_000;

/** The ledger. */
export function describeMoney(bench: Bench): void {
  const { change, refused } = bench;
  const one = projectId(1);

  describe(`${bench.name}: money`, () => {
    const add = (id: number, changes: Parameters<typeof submit>[3]): Change => ({
      type: "add_submit",
      submit: submit(id, 1, 11, changes),
    });
    const settle = (id: number, state: "released" | "unknown" | "spent"): Change => ({
      type: "settle_submit",
      submitId: submitId(id),
      state,
    });
    beforeEach(() => bench.repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a"));

    test("one attempt of a step is bought once", async () => {
      await change([add(31, {}), settle(31, "spent")]);
      expect(await refused(() => change([add(32, {})]))).toBe("project.conflict");
    });

    test("an attempt that was not charged may be bought again", async () => {
      await change([add(31, {}), settle(31, "released")]);
      expect((await change([add(32, {})])).submits).toHaveLength(2);
    });

    test("a step never has two paid calls under way", async () => {
      await change([add(31, { state: "open" })]);
      expect(await refused(() => change([add(32, { attempt: 2 })]))).toBe("project.conflict");
    });

    test("a lost call makes room for one that the user asked for", async () => {
      await change([add(31, {}), settle(31, "unknown")]);
      expect((await change([add(32, { attempt: 2 })])).submits.map((s) => s.state)).toEqual(["unknown", "intent"]);
    });

    test("what a service says that it billed stands beside the price, which stays", async () => {
      await change([add(31, { usd: 0.3, quantity: 3 })]);
      const patch = { billedUsd: 0.123_456_7, verdict: "rejected", reason: "it does not fit" } as const;
      const written = await change([{ type: "settle_submit", submitId: submitId(31), state: "spent", patch }]);
      expect(written.submits[0]).toMatchObject({ ...patch, usd: 0.3, quantity: 3, billedUsd: 0.123_457 });
      expect(await bench.repository.facts(one)).toEqual(written);
    });

    test("amounts are kept to the millionth of a dollar", async () => {
      const written = await change([add(31, { usd: 0.123_456_7 })]);
      expect(written.submits[0]?.usd).toBe(0.123_457);
      expect(await bench.repository.facts(one)).toEqual(written);
    });

    test("today counts all projects since midnight UTC, without what was released", async () => {
      await bench.repository.create(project(2), [step(21, 2, CLIP_ORDER)], "b");
      const yesterday = { createdAtMs: Date.UTC(2026, 10, 22) - 1, usd: 100, attempt: 9, state: "spent" } as const;
      const midnight = { createdAtMs: Date.UTC(2026, 10, 22), usd: 0.1, attempt: 8, state: "unknown" } as const;
      await change([add(31, yesterday), add(32, midnight), add(33, { usd: 50, attempt: 7, state: "released" })]);
      const other = submit(34, 2, 21, { usd: 0.2, state: "spent" });
      const facts = await bench.repository.change(projectId(2), null, () => [{ type: "add_submit", submit: other }]);
      expect(facts.committedTodayUsd).toBe(0.3);
      expect((await bench.repository.facts(one)).committedTodayUsd).toBe(0.3);
      bench.clock.jump(12 * hourMs);
      expect((await bench.repository.facts(one)).committedTodayUsd).toBe(0);
    });
  });
}
