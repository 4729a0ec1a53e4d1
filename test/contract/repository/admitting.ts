import { describe, expect, test } from "bun:test";
import type { ProjectRecord } from "../../../src/domain/project-record.ts";
import {
  artifact,
  CLIP_ORDER,
  NOON_MS,
  project,
  projectId,
  STORYBOARD_ORDER,
  step,
  submit,
} from "../../storage/samples.ts";
import { type Bench, everyoneIsDead, failureOf } from "./bench.ts";

const direction = { storyboard: null, picks: [] };

/** A project that was made elsewhere, with every kind of row. */
const record = (n: number, changes: Partial<ProjectRecord> = {}): ProjectRecord => ({
  project: project(n, { status: "complete", revision: 1, epoch: 3 }),
  steps: [
    step(n * 100 + 2, n, STORYBOARD_ORDER, { status: "cancelled" }),
    step(n * 100 + 1, n, CLIP_ORDER, { status: "done", attempts: 2 }),
  ],
  artifacts: [artifact(n * 100 + 1, n, n * 100 + 1)],
  submits: [
    submit(n * 100 + 1, n, n * 100 + 1, { state: "spent", operationName: "op" }),
    submit(n * 100 + 2, n, n * 100 + 1, { state: "released", attempt: 2, createdAtMs: NOON_MS - 86_400_000 }),
  ],
  revisions: [
    { revision: 0, atMs: NOON_MS, note: "as first made", direction, crossfadeSeconds: 0 },
    { revision: 1, atMs: NOON_MS + 1, note: "crossfade 1 s", direction, crossfadeSeconds: 1 },
  ],
  events: [
    { seq: 1, atMs: NOON_MS, type: "project", data: { status: "pending", message: null } },
    { seq: 2, atMs: NOON_MS + 1, type: "project", data: { status: "complete", message: null } },
  ],
  ...changes,
});

/** Taking in a whole project: all of it or nothing. */
export function describeAdmitting(bench: Bench): void {
  const one = projectId(1);

  describe(`${bench.name}: admit`, () => {
    test("what was admitted is read back field for field, in the order it came in", async () => {
      const whole = record(1);
      await bench.repository.admit(whole);
      const { committedTodayUsd, ...facts } = await bench.repository.facts(one);
      const revisions = await bench.repository.revisions(one);
      const events = await bench.repository.events(one, 0, 100);
      expect({ ...facts, revisions, events }).toEqual(whole);
      expect(committedTodayUsd).toBe(0.4);
    });

    test("nobody drives it and nobody is told; anybody may go on with it", async () => {
      await bench.repository.admit(record(1));
      expect(await bench.leases().driver(one)).toBeNull();
      expect(await bench.repository.outbox.of(one)).toEqual([]);
      expect(await bench.leases("b", everyoneIsDead, NOON_MS).acquire(one)).toBe(4);
    });

    test("its history goes on where it ended", async () => {
      await bench.repository.admit(record(1));
      await bench.repository.change(one, null, () => [{ type: "project", patch: { status: "review" } }]);
      const seqs = (await bench.repository.events(one, 0, 10)).map(({ seq }) => seq);
      expect(seqs).toEqual([1, 2, 3]);
    });

    test("the same project twice is a conflict and the first one stays, in the trash too", async () => {
      await bench.repository.admit(record(1));
      const again = () => bench.repository.admit(record(1, { events: [] }));
      expect(await bench.refused(again)).toBe("project.conflict");
      await bench.repository.trash.discard(one, NOON_MS, () => {});
      expect(await failureOf(again())).toBe("project.conflict");
    });

    test.each([
      ["step", { steps: [step(101, 2, CLIP_ORDER)], artifacts: [], submits: [] }],
      ["file", { steps: [step(301, 2, CLIP_ORDER)], artifacts: [artifact(101, 2, 301)], submits: [] }],
      ["paid call", { steps: [step(301, 2, CLIP_ORDER)], artifacts: [], submits: [submit(101, 2, 301)] }],
      ["take twice", { steps: [step(301, 2, CLIP_ORDER), step(302, 2, CLIP_ORDER)], artifacts: [], submits: [] }],
    ])("a known %s leaves nothing of the project behind", async (_, rows) => {
      await bench.repository.admit(record(1));
      expect(await failureOf(bench.repository.admit(record(2, rows)))).toBe("project.conflict");
      expect((await bench.repository.list({})).map(({ id }) => id)).toEqual([one]);
    });
  });
}
