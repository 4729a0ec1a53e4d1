import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ProjectId, StepId } from "../../src/domain/ids.ts";
import { type Limits, selectWork } from "../../src/engine/select-work.ts";
import type { DueStep } from "../../src/ports/repository.ts";

const id = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const step = (n: number, project: number, lane: string, status: "queued" | "waiting" = "queued"): DueStep => ({
  id: StepId.parse(id(n)),
  projectId: ProjectId.parse(id(project)),
  kind: "clip",
  position: 0,
  status,
  dueAtMs: n,
  lane,
});
const limits = (max: number, changes: Partial<Limits> = {}): Limits => ({
  laneLimit: () => max,
  laneOpensAtMs: () => 0,
  laneIsSlow: () => false,
  pollRoom: 100,
  ...changes,
});
const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom("a", "b"), fc.boolean()), {
  maxLength: 30,
});

describe("choosing what starts", () => {
  test("never starts more new work in a lane than its limit leaves room for", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 6 }), (rows, active, max) => {
        const due = rows.map(([project, lane, waits], n) => step(n, project, lane, waits ? "waiting" : "queued"));
        const under = Array.from({ length: active }, (_, n) => step(1_000 + n, 9, "a"));
        const work = { due, active: under, nextDueAtMs: null };
        const started = selectWork(work, new Set(), limits(max), 0).start.filter((s) => s.status === "queued");
        for (const lane of ["a", "b"]) {
          const room = Math.max(0, max - (lane === "a" ? active : 0));
          expect(started.filter((s) => s.lane === lane).length).toBeLessThanOrEqual(room);
        }
      }),
    );
  }, 0);

  test("always looks after saved operations, whatever the limit", () => {
    const due = [step(1, 1, "a", "waiting"), step(2, 1, "a", "waiting")];
    expect(selectWork({ due, active: due, nextDueAtMs: null }, new Set(), limits(0), 0).start).toHaveLength(2);
  });

  test("looks after as many operations at once as there is room for, those due longest first", () => {
    const due = [1, 2, 3, 4].map((n) => step(n, n, "a", "waiting"));
    const { start } = selectWork({ due, active: due, nextDueAtMs: null }, new Set(), limits(0, { pollRoom: 2 }), 0);
    expect(start.map((s) => s.dueAtMs)).toEqual([1, 2]);
    const none = limits(1, { pollRoom: -1 });
    expect(
      selectWork({ due: [...due, step(9, 9, "b")], active: [], nextDueAtMs: null }, new Set(), none, 0).start,
    ).toEqual([step(9, 9, "b")]);
  });

  test("shares a lane between projects, whoever asked first", () => {
    const due = [...[1, 2, 3, 4].map((n) => step(n, 1, "a")), ...[5, 6, 7, 8].map((n) => step(n, 2, "a"))];
    const { start } = selectWork({ due, active: [], nextDueAtMs: null }, new Set(), limits(4), 0);
    const perProject = Object.groupBy(start, (s) => s.projectId);
    expect(Object.values(perProject).map((group) => group?.length)).toEqual([2, 2]);
  });

  test("never starts a step that is running", () => {
    const due = [step(1, 1, "a")];
    expect(
      selectWork({ due, active: [], nextDueAtMs: null }, new Set(due.map((s) => s.id)), limits(5), 0).start,
    ).toEqual([]);
  });

  test("waits for a lane to open and says when", () => {
    const due = [step(1, 1, "a")];
    const closed = limits(5, { laneOpensAtMs: () => 500 });
    expect(selectWork({ due, active: [], nextDueAtMs: 900 }, new Set(), closed, 100)).toEqual({
      start: [],
      nextRoundAtMs: 500,
    });
  });

  test("starts one call at a time in a lane that is slowed down", () => {
    const due = [step(1, 1, "a"), step(2, 2, "a"), step(3, 3, "b")];
    const slow = limits(5, { laneIsSlow: (s) => s.lane === "a" });
    expect(selectWork({ due, active: [], nextDueAtMs: null }, new Set(), slow, 0).start.map((s) => s.lane)).toEqual([
      "a",
      "b",
    ]);
  });
});
