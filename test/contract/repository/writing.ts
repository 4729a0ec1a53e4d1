import { describe, expect, test } from "bun:test";
import type { Change } from "../../../src/domain/facts.ts";
import {
  artifact,
  CLIP_ORDER,
  KEYFRAME_ORDER,
  moved,
  NOON_MS,
  project,
  projectId,
  STITCH_ORDER,
  STORYBOARD_ORDER,
  step,
  stepId,
  submit,
  submitId,
} from "../../storage/samples.ts";
import { type Bench, everyoneIsDead, everyoneLives, failureOf } from "./bench.ts";

/** Creating projects and changing them: whole or not at all. */
export function describeWriting(bench: Bench): void {
  const { change, refused, everything } = bench;
  const one = projectId(1);
  const storyboard = step(11, 1, STORYBOARD_ORDER);
  const createOne = () => bench.repository.create(project(1), [storyboard], "a");

  describe(`${bench.name}: create`, () => {
    test("files that were brought with it, and what the direction says of them, are read back", async () => {
      const brought = artifact(21, 1, 11, { role: "reference", media: null });
      const references = [{ name: "Mika", artifact: { id: brought.id, sha256: brought.sha256 } }];
      const directed = project(1, { direction: { storyboard: null, picks: [], references } });
      await bench.repository.create(directed, [storyboard], "a", null, [brought]);
      expect(await bench.repository.facts(one)).toMatchObject({ project: directed, artifacts: [brought] });
      expect((await bench.repository.revisions(one))[0]?.direction).toEqual(directed.direction);
    });

    test("what was created is read back field for field", async () => {
      const held = project(1, { hold: { reason: "budget", message: "too dear" }, cancelled: true, maxCostUsd: null });
      const clip = step(12, 1, CLIP_ORDER, {
        status: "waiting",
        operation: { name: "operations/1", submittedAtMs: NOON_MS, polls: 3 },
        failure: { code: "provider.overloaded", message: "busy" },
        startedAtMs: NOON_MS,
      });
      const stitch = step(13, 1, STITCH_ORDER, { dueAtMs: NOON_MS + 0.5 });
      await bench.repository.create(held, [storyboard, clip, step(14, 1, KEYFRAME_ORDER), stitch], "a");
      expect(await bench.repository.facts(one)).toEqual({
        project: held,
        steps: [storyboard, clip, step(14, 1, KEYFRAME_ORDER), stitch],
        artifacts: [],
        submits: [],
        committedTodayUsd: 0,
      });
    });

    test("a project begins with its history", async () => {
      await createOne();
      const [first, second, ...rest] = await bench.repository.events(one, 0, 10);
      expect(first).toMatchObject({ seq: 1, type: "project", data: { status: "pending" } });
      expect(second).toMatchObject({ seq: 2, type: "step", data: { kind: "storyboard", status: "queued" } });
      expect(rest).toEqual([]);
    });

    test("the same project twice is a conflict and the first one stays", async () => {
      await createOne();
      const again = () => bench.repository.create(project(1, { message: "twin" }), [], "b");
      expect(await refused(again)).toBe("project.conflict");
    });

    test("two steps for one take leave no project behind", async () => {
      const twins = [step(11, 1, KEYFRAME_ORDER), step(12, 1, KEYFRAME_ORDER)];
      expect(await failureOf(bench.repository.create(project(1), twins, "a"))).toBe("project.conflict");
      expect(await bench.repository.list({})).toEqual([]);
    });

    test("an unknown project is not found, whatever is asked of it", async () => {
      const calls = [
        bench.repository.facts(one),
        change([]),
        bench.repository.events(one, 0, 10),
        bench.leases().driver(one),
        bench.leases("a", everyoneLives, NOON_MS).acquire(one),
      ];
      expect(await Promise.all(calls.map(failureOf))).toEqual(calls.map(() => "project.not_found"));
    });
  });

  describe(`${bench.name}: change`, () => {
    test("every kind of change is written and returned as it will be read", async () => {
      await createOne();
      const written = await change([
        { type: "advance", stepId: stepId(11), event: "claim", patch: { attempts: 1, startedAtMs: NOON_MS } },
        { type: "add_step", step: step(12, 1, CLIP_ORDER) },
        { type: "add_artifact", artifact: artifact(21, 1, 12) },
        { type: "add_submit", submit: submit(31, 1, 12) },
        { type: "settle_submit", submitId: submitId(31), state: "open", patch: { operationName: "operations/1" } },
        { type: "project", patch: { status: "video_gen", message: "filming", maxCostUsd: 7 } },
      ]);
      expect(written).toEqual(await bench.repository.facts(one));
      expect(written.steps.map(({ status, attempts }) => [status, attempts])).toEqual([
        ["running", 1],
        ["queued", 0],
      ]);
      expect(written.artifacts).toEqual([artifact(21, 1, 12)]);
      expect(written.submits).toMatchObject([{ state: "open", operationName: "operations/1", usd: 0.4 }]);
      expect(written.project).toMatchObject({ status: "video_gen", message: "filming", maxCostUsd: 7 });
      expect(written.committedTodayUsd).toBe(0.4);
    });

    test("a field that a patch does not name keeps its value, null empties it", async () => {
      const failure = { code: "provider.overloaded", message: "busy" } as const;
      await bench.repository.create(project(1), [step(11, 1, STORYBOARD_ORDER, { failure, attempts: 2 })], "a");
      await change([moved(11, "claim")]);
      const claimed = await change([
        { type: "advance", stepId: stepId(11), event: "retry", patch: { failure: null, dueAtMs: NOON_MS + 5 } },
      ]);
      expect(claimed.steps).toMatchObject([{ failure: null, attempts: 2, dueAtMs: NOON_MS + 5 }]);
    });

    test("a hold is kept and cleared", async () => {
      await createOne();
      const hold = { reason: "disk", message: "full" } as const;
      expect((await change([{ type: "project", patch: { hold } }])).project.hold).toEqual(hold);
      expect((await change([{ type: "project", patch: { hold: null } }])).project.hold).toBeNull();
      expect((await bench.repository.facts(one)).project.hold).toBeNull();
    });

    test("a change stamps the project with the time", async () => {
      await createOne();
      bench.clock.jump(5_000);
      expect((await change([moved(11, "claim")])).project.updatedAtMs).toBe(NOON_MS + 5_000);
    });

    test("a decision for nothing writes nothing", async () => {
      await createOne();
      bench.clock.jump(5_000);
      expect(await refused(() => change([]))).toBeUndefined();
    });

    test("several moves of one step in one decision are made in their order", async () => {
      await createOne();
      const facts = await change([moved(11, "claim"), moved(11, "fail"), moved(11, "redo"), moved(11, "claim")]);
      expect(facts.steps[0]?.status).toBe("running");
    });

    test("what a decision throws comes back as it is and nothing is written", async () => {
      await createOne();
      const bug = new TypeError("bug in a decision");
      const thrower = () => {
        throw bug;
      };
      const before = await everything();
      expect(await bench.repository.change(one, null, thrower).catch((thrown: unknown) => thrown)).toBe(bug);
      expect(await everything()).toEqual(before);
    });

    test("an illegal move is refused with all that was decided beside it", async () => {
      await createOne();
      const mixed = [{ type: "add_step", step: step(12, 1, CLIP_ORDER) } as const, moved(11, "finish")];
      expect(await refused(() => change(mixed))).toContain("IllegalMove");
    });

    test("a change to a row the project does not have is refused", async () => {
      await createOne();
      await bench.repository.create(project(2), [step(22, 2, CLIP_ORDER)], "a");
      const foreign: Change[] = [
        moved(22, "claim"),
        { type: "add_step", step: step(23, 2, STITCH_ORDER) },
        { type: "add_artifact", artifact: artifact(41, 1, 22) },
        { type: "add_submit", submit: submit(31, 2, 22) },
        { type: "settle_submit", submitId: submitId(99), state: "spent" },
      ];
      for (const stranger of foreign) expect(await refused(() => change([stranger]))).toBe("internal");
    });

    test("a take that exists is refused", async () => {
      await createOne();
      const twin = step(12, 1, STORYBOARD_ORDER);
      expect(await refused(() => change([{ type: "add_step", step: twin }]))).toBe("project.conflict");
    });

    test("another epoch than the project's stops the caller before it decides", async () => {
      await createOne();
      let asked = false;
      const stale = () =>
        bench.repository.change(one, { epoch: 0 }, () => {
          asked = true;
          return [moved(11, "claim")];
        });
      expect(await refused(stale)).toBe("run.lease_lost");
      expect(asked).toBe(false);
    });

    test("a driver that was replaced can no longer write, the new one can", async () => {
      await createOne();
      const epoch = await bench.leases("b", everyoneIsDead, NOON_MS).acquire(one);
      expect(await refused(() => change([moved(11, "claim")], { epoch: 1 }))).toBe("run.lease_lost");
      expect((await change([moved(11, "claim")], { epoch: epoch ?? 0 })).steps[0]?.status).toBe("running");
    });

    test("without a fence a late fact is recorded whoever drives", async () => {
      await bench.repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a");
      await change([{ type: "add_submit", submit: submit(31, 1, 11) }]);
      await bench.leases("b", everyoneIsDead, NOON_MS).acquire(one);
      const late: Change = {
        type: "settle_submit",
        submitId: submitId(31),
        state: "open",
        patch: { operationName: "op" },
      };
      expect((await change([late], null)).submits[0]?.operationName).toBe("op");
    });

    test("changes at the same time are made one after the other", async () => {
      await bench.repository.create(project(1), [], "a");
      const nextTake = () =>
        bench.repository.change(one, null, ({ steps }) => [
          { type: "add_step", step: step(100 + steps.length, 1, KEYFRAME_ORDER, { take: steps.length + 1 }) },
        ]);
      await Promise.all(Array.from({ length: 10 }, nextTake));
      expect((await bench.repository.facts(one)).steps.map((s) => s.take)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });
  });
}
