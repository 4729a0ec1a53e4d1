import { describe, expect, test } from "bun:test";
import type { ProjectStatus } from "../../../src/domain/lifecycle.ts";
import {
  CLIP_ORDER,
  KEYFRAME_ORDER,
  NOON_MS,
  project,
  projectId,
  STITCH_ORDER,
  STORYBOARD_ORDER,
  step,
  stepId,
} from "../../storage/samples.ts";
import { type Bench, everyoneIsDead, everyoneLives, failureOf } from "./bench.ts";

/** ms after which a silent driver may be replaced. */
const leaseMs = 30_000;
const one = projectId(1);
const operation = { name: "operations/1", submittedAtMs: NOON_MS, polls: 0 };

/** Who drives a project, and what there is to do. */
export function describeDriving(bench: Bench): void {
  describe(`${bench.name}: work`, () => {
    test("is what is due now, oldest first, and when the next thing is", async () => {
      const steps = [
        step(11, 1, KEYFRAME_ORDER, { position: 2, dueAtMs: NOON_MS }),
        step(12, 1, KEYFRAME_ORDER, { position: 1, dueAtMs: NOON_MS }),
        step(13, 1, STORYBOARD_ORDER, { dueAtMs: NOON_MS - 1 }),
        step(14, 1, CLIP_ORDER, { dueAtMs: NOON_MS + 9 }),
        step(15, 1, CLIP_ORDER, { position: 1, dueAtMs: NOON_MS + 4, status: "waiting", operation }),
        step(16, 1, CLIP_ORDER, { position: 2, status: "done" }),
      ];
      await bench.repository.create(project(1), steps, "a");
      const work = await bench.repository.work("a", NOON_MS);
      expect(work.due.map((due) => due.id)).toEqual([stepId(13), stepId(12), stepId(11)]);
      expect(work.nextDueAtMs).toBe(NOON_MS + 4);
      expect((await bench.repository.work("a", NOON_MS + 9)).nextDueAtMs).toBeNull();
    });

    test("names each step's lane: provider, model and kind", async () => {
      const steps = [STORYBOARD_ORDER, KEYFRAME_ORDER, CLIP_ORDER, STITCH_ORDER].map((order, place) =>
        step(11 + place, 1, order),
      );
      await bench.repository.create(project(1), steps, "a");
      const { due } = await bench.repository.work("a", NOON_MS);
      expect(due[0]).toEqual({
        id: stepId(11),
        projectId: one,
        kind: "storyboard",
        position: 0,
        status: "queued",
        dueAtMs: NOON_MS,
        lane: "studio/writer-1/storyboard",
      });
      expect(due.map((step) => step.lane).slice(1)).toEqual([
        "studio/painter-1/keyframe",
        "studio/camera-1/clip",
        "studio/ffmpeg/stitch",
      ]);
    });

    test("under way are running steps and those a provider works on, due or not", async () => {
      const steps = [
        step(11, 1, STORYBOARD_ORDER, { status: "running" }),
        step(12, 1, CLIP_ORDER, { status: "waiting", operation }),
        step(13, 1, CLIP_ORDER, { status: "waiting", operation, position: 1, dueAtMs: NOON_MS + 5 }),
        step(14, 1, CLIP_ORDER, { status: "waiting", position: 2 }),
        step(15, 1, CLIP_ORDER, { status: "ambiguous", position: 3 }),
      ];
      await bench.repository.create(project(1), steps, "a");
      const work = await bench.repository.work("a", NOON_MS);
      expect(work.active.map((step) => step.id)).toEqual([stepId(11), stepId(12), stepId(13)]);
      expect(work.due.map((step) => step.id)).toEqual([stepId(12), stepId(14)]);
    });

    test("of a held project waits, but what a budget has bought is still looked after", async () => {
      const rows = (n: number) => [
        step(n * 10 + 1, n, CLIP_ORDER),
        step(n * 10 + 2, n, CLIP_ORDER, { status: "waiting", operation, position: 1 }),
      ];
      const held = (reason: "budget" | "disk") => ({ hold: { reason, message: "stopped" } });
      await bench.repository.create(project(1, held("budget")), rows(1), "a");
      await bench.repository.create(project(2, held("disk")), rows(2), "a");
      const work = await bench.repository.work("a", NOON_MS);
      expect(work.due.map((step) => step.id)).toEqual([stepId(12)]);
    });

    test("of a cancelled project is not shown", async () => {
      await bench.repository.create(project(2, { cancelled: true }), [step(21, 2, CLIP_ORDER)], "a");
      expect((await bench.repository.work("a", NOON_MS)).due).toEqual([]);
    });

    test("belongs to the projects one drives, all of them together", async () => {
      await bench.repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a");
      await bench.repository.create(project(2), [step(21, 2, CLIP_ORDER)], "b");
      await bench.repository.create(project(3), [step(31, 3, CLIP_ORDER)], "a");
      expect((await bench.repository.work("a", NOON_MS)).due.map((step) => step.id)).toEqual([stepId(11), stepId(31)]);
      expect(await bench.repository.work("c", NOON_MS)).toEqual({ due: [], active: [], nextDueAtMs: null });
    });
  });

  describe(`${bench.name}: driving`, () => {
    const create = (n = 1, status: ProjectStatus = "keyframing") =>
      bench.repository.create(project(n, { status }), [], "a");
    const acquire = (owner: string, isLive: (owner: string) => boolean, nowMs = NOON_MS) =>
      bench.repository.acquire(one, owner, isLive, nowMs);

    test("the creator drives, and acquiring again changes nothing", async () => {
      await create();
      expect(await bench.repository.driver(one)).toBe("a");
      expect(await acquire("a", everyoneLives)).toBe(1);
    });

    test("a live driver is not replaced", async () => {
      await create();
      expect(await acquire("b", everyoneLives)).toBeUndefined();
      expect(await bench.repository.driver(one)).toBe("a");
      expect((await bench.repository.facts(one)).project.epoch).toBe(1);
    });

    test("a dead driver is replaced in a new epoch, and only its own life is asked about", async () => {
      await create();
      const asked: string[] = [];
      const epoch = await acquire("b", (owner) => {
        asked.push(owner);
        return false;
      });
      expect(epoch).toBe(2);
      expect(asked).toEqual(["a"]);
      expect(await bench.repository.driver(one)).toBe("b");
      expect((await bench.repository.facts(one)).project.epoch).toBe(2);
    });

    test("a driver that was silent for longer than its lease is replaced although its process is alive", async () => {
      await create();
      expect(await acquire("b", everyoneLives, NOON_MS + leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS + leaseMs + 1)).toBe(2);
    });

    test("a sign of life keeps the lease", async () => {
      await create();
      expect(await bench.repository.renew("a", NOON_MS + leaseMs)).toEqual([one]);
      expect(await acquire("b", everyoneLives, NOON_MS + 2 * leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS + 2 * leaseMs + 1)).toBe(2);
    });

    test("no clock on the wall, an hour or ten years off, takes a project from a live driver", async () => {
      const { clock, repository } = bench;
      for (const [n, jumpMs] of [3_600_000, -3_600_000, 3e11, -3e11].entries()) {
        clock.jump(jumpMs);
        await create(n + 1);
        clock.jump(-2 * jumpMs);
        expect(await repository.acquire(projectId(n + 1), "b", everyoneLives, clock.sinceBoot())).toBeUndefined();
      }
      expect(await repository.orphans(everyoneLives, clock.sinceBoot())).toEqual([]);
    });

    test("a sign of life from far ahead is another clock's: it keeps nobody out for ever", async () => {
      await create();
      bench.clock.jump(leaseMs + 1);
      expect(await acquire("b", everyoneLives, NOON_MS - leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS - leaseMs - 1)).toBe(2);
    });

    test("an older version's server, which lives by the time of day, keeps its film while it says that it lives", async () => {
      await create();
      const { clock, repository } = bench;
      const bootedMs = 100_000;
      clock.jump(3_600_000);
      await repository.renew("a", clock.now());
      expect(await acquire("b", everyoneLives, bootedMs)).toBeUndefined();
      expect(await repository.orphans(everyoneLives, bootedMs)).toEqual([]);
      clock.jump(leaseMs);
      expect(await repository.acquireOrphans("b", everyoneLives, bootedMs)).toEqual([]);
      expect(await repository.orphans(everyoneIsDead, bootedMs)).toEqual([one]);
      clock.jump(1);
      expect(await acquire("b", everyoneLives, bootedMs)).toBe(2);
    });

    test("a sign of life after the clock was set back counts too", async () => {
      await create();
      await bench.repository.renew("a", NOON_MS - 1_000 * leaseMs);
      expect(await acquire("b", everyoneLives, NOON_MS - 999 * leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS - 998 * leaseMs)).toBe(2);
    });

    test("the replaced driver learns it when it says that it lives", async () => {
      await create();
      await create(2);
      await acquire("b", everyoneIsDead);
      expect(await bench.repository.renew("a", NOON_MS)).toEqual([projectId(2)]);
      expect(await bench.repository.renew("b", NOON_MS)).toEqual([one]);
    });

    test("the new driver's lease begins when it takes over", async () => {
      await create();
      await acquire("b", everyoneIsDead, NOON_MS + 1_000_000);
      expect(await acquire("c", everyoneLives, NOON_MS + 1_000_000 + leaseMs)).toBeUndefined();
    });

    test("a released project is free at once, in a new epoch even for who had it", async () => {
      await create();
      await bench.repository.release("a");
      expect(await bench.repository.driver(one)).toBeNull();
      expect(await acquire("a", everyoneLives)).toBe(2);
    });

    test("one project can be released alone, and never somebody else's", async () => {
      await create();
      await create(2);
      await bench.repository.release("b");
      await bench.repository.release("b", one);
      await bench.repository.release("a", projectId(2));
      await bench.repository.release("a", projectId(77));
      expect(await bench.repository.renew("a", NOON_MS)).toEqual([one]);
    });

    test("of many that want a free project exactly one gets it", async () => {
      await create();
      await bench.repository.release("a");
      const rivals = ["b", "c", "d", "e"].map((owner) => acquire(owner, everyoneLives));
      expect((await Promise.all(rivals)).filter((epoch) => epoch !== undefined)).toEqual([2]);
    });
  });

  describe(`${bench.name}: orphans`, () => {
    const orphans = (isLive: (owner: string) => boolean, nowMs = NOON_MS) => bench.repository.orphans(isLive, nowMs);

    test("are unfinished projects without a driver, with a dead one or a silent one", async () => {
      for (const [n, owner] of [
        [1, "a"],
        [2, "dead"],
        [3, "left"],
      ] as const)
        await bench.repository.create(project(n, { status: "video_gen" }), [], owner);
      await bench.repository.release("left");
      expect(await orphans((owner) => owner === "a")).toEqual([projectId(2), projectId(3)]);
      expect(await orphans(everyoneLives)).toEqual([projectId(3)]);
      expect(await orphans(everyoneLives, NOON_MS + leaseMs + 1)).toEqual([one, projectId(2), projectId(3)]);
    });

    test("a project in which nothing will happen by itself is none", async () => {
      const settled = ["complete", "review", "held", "failed", "cancelled"] as const;
      for (const [place, status] of settled.entries())
        await bench.repository.create(project(place, { status }), [step(11 + place, place, CLIP_ORDER)], "a");
      expect(await orphans(everyoneIsDead)).toEqual([]);
    });

    test("a held project is one while something of it is still under way", async () => {
      const clips = [
        step(11, 1, CLIP_ORDER, { status: "waiting", operation }),
        step(12, 1, CLIP_ORDER, { status: "refused", position: 1 }),
      ];
      await bench.repository.create(project(1, { status: "held" }), clips, "a");
      expect(await orphans(everyoneIsDead)).toEqual([one]);
    });

    test("can be taken up all at once; each begins a new epoch, and no other process gets any", async () => {
      for (const [n, owner] of [
        [1, "dead"],
        [2, "alive"],
        [3, "dead"],
      ] as const)
        await bench.repository.create(project(n, { status: "video_gen", epoch: n }), [], owner);
      const isLive = (owner: string) => owner !== "dead";
      expect(await bench.repository.acquireOrphans("heir", isLive, NOON_MS)).toEqual([
        { id: one, epoch: 2 },
        { id: projectId(3), epoch: 4 },
      ]);
      expect(await bench.repository.driver(one)).toBe("heir");
      expect(await bench.repository.driver(projectId(2))).toBe("alive");
      expect(await failureOf(bench.repository.change(projectId(3), { epoch: 3 }, () => []))).toBe("run.lease_lost");
      expect(await bench.repository.acquireOrphans("late", isLive, NOON_MS)).toEqual([]);
    });

    test("taking one up makes it none", async () => {
      await bench.repository.create(project(1, { status: "stitching" }), [], "a");
      await bench.repository.acquire(one, "b", everyoneIsDead, NOON_MS);
      expect(await orphans((owner) => owner === "b")).toEqual([]);
    });
  });

  test(`${bench.name}: inspect finds a new repository sound`, async () => {
    const findings = await bench.repository.inspect();
    expect(findings.map((finding) => finding.level)).toEqual(findings.map(() => "ok"));
    expect(findings.length).toBeGreaterThan(0);
    expect(await failureOf(bench.repository.inspect())).toBeUndefined();
  });
}
