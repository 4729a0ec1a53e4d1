import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ProjectStatus } from "../../src/domain/lifecycle.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import { CLIP_ORDER, NOON_MS, project, projectId, step } from "../storage/samples.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { type Bench, createBench, everyoneIsDead, everyoneLives, failureOf } from "./repository/bench.ts";

/** ms after which a silent driver may be replaced. */
const leaseMs = 30_000;
/** ms for which a process that exists must be found silent before it is replaced. */
const watchMs = 10_000;
const one = projectId(1);
const operation = { name: "operations/1", submittedAtMs: NOON_MS, polls: 0 };

/** What the Leases of every database promise. `make` gives a new, empty one that lives by the clock. */
export function leasesContract(name: string, make: (clock: Clock) => Promise<ProjectDatabase>): void {
  let current: { readonly repository: ProjectDatabase; readonly clock: ManualClock } | undefined;

  beforeEach(async () => {
    const clock = createManualClock(NOON_MS);
    current = { clock, repository: await make(clock) };
  });
  afterEach(() => current?.repository.close());

  describeLeases(
    createBench(name, () => {
      if (current === undefined) throw new Error("a repository exists only inside a test");
      return current;
    }),
  );
}

function describeLeases(bench: Bench): void {
  describe(`${bench.name}: leases`, () => {
    const create = (n = 1, status: ProjectStatus = "keyframing") =>
      bench.repository.create(project(n, { status }), [], "a");
    /** Tries once, and once more after having watched for long enough. */
    const acquire = async (owner: string, isLive: (owner: string) => boolean, nowMs = NOON_MS) => {
      let ownMs = 0;
      const leases = bench.leases(owner, isLive, nowMs, () => ownMs);
      const epoch = await leases.acquire(one);
      ownMs = watchMs;
      return epoch ?? leases.acquire(one);
    };

    test("the creator drives, and acquiring again changes nothing", async () => {
      await create();
      expect(await bench.leases().driver(one)).toBe("a");
      expect(await acquire("a", everyoneLives)).toBe(1);
    });

    test("a live driver is not replaced", async () => {
      await create();
      expect(await acquire("b", everyoneLives)).toBeUndefined();
      expect(await bench.leases().driver(one)).toBe("a");
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
      expect(await bench.leases().driver(one)).toBe("b");
      expect((await bench.repository.facts(one)).project.epoch).toBe(2);
    });

    test("a driver that was silent for longer than its lease is replaced although its process is alive", async () => {
      await create();
      expect(await acquire("b", everyoneLives, NOON_MS + leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS + leaseMs + 1)).toBe(2);
    });

    test("a silent driver whose process is alive is watched before it is replaced: the machine may just have woken", async () => {
      await create();
      let ownMs = 5_000;
      const leases = bench.leases("b", everyoneLives, NOON_MS + leaseMs + 1, () => ownMs);
      expect([await leases.acquire(one), await leases.orphans(), await leases.acquireOrphans()]).toEqual([
        undefined,
        [],
        [],
      ]);
      ownMs += watchMs - 1;
      expect(await leases.acquire(one)).toBeUndefined();
      ownMs += 1;
      expect(await leases.acquire(one)).toBe(2);
    });

    test("a sign of life while it is watched keeps the lease, and the next silence is watched anew", async () => {
      await create();
      let [ownMs, sinceBootMs] = [0, NOON_MS + 2 * leaseMs];
      const own = { ...bench.clock, monotonic: () => ownMs, sinceBoot: () => sinceBootMs };
      const leases = bench.repository.leasesOf({ owner: { self: "b", isLive: everyoneLives }, clock: own });
      expect(await leases.acquire(one)).toBeUndefined();
      await bench.leases("a", everyoneLives, sinceBootMs).renew();
      ownMs += watchMs;
      sinceBootMs += leaseMs + 1;
      expect(await leases.acquire(one)).toBeUndefined();
      ownMs += watchMs;
      expect(await leases.acquire(one)).toBe(2);
    });

    test("a sign of life keeps the lease", async () => {
      await create();
      expect(await bench.leases("a", everyoneLives, NOON_MS + leaseMs).renew()).toEqual([one]);
      expect(await acquire("b", everyoneLives, NOON_MS + 2 * leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS + 2 * leaseMs + 1)).toBe(2);
    });

    test("no clock on the wall, an hour or ten years off, takes a project from a live driver", async () => {
      const { clock } = bench;
      for (const [n, jumpMs] of [3_600_000, -3_600_000, 3e11, -3e11].entries()) {
        clock.jump(jumpMs);
        await create(n + 1);
        clock.jump(-2 * jumpMs);
        expect(await bench.leases("b", everyoneLives, clock.sinceBoot()).acquire(projectId(n + 1))).toBeUndefined();
      }
      expect(await bench.leases("nobody", everyoneLives, clock.sinceBoot()).orphans()).toEqual([]);
    });

    test("a sign of life from far ahead is another clock's: it keeps nobody out for ever", async () => {
      await create();
      bench.clock.jump(leaseMs + 1);
      expect(await acquire("b", everyoneLives, NOON_MS - leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS - leaseMs - 1)).toBe(2);
    });

    test("an older version's server, which lives by the time of day, keeps its film while it says that it lives", async () => {
      await create();
      const { clock } = bench;
      const bootedMs = 100_000;
      clock.jump(3_600_000);
      await bench.leases("a", everyoneLives, clock.now()).renew();
      expect(await acquire("b", everyoneLives, bootedMs)).toBeUndefined();
      expect(await bench.leases("nobody", everyoneLives, bootedMs).orphans()).toEqual([]);
      clock.jump(leaseMs);
      expect(await bench.leases("b", everyoneLives, bootedMs).acquireOrphans()).toEqual([]);
      expect(await bench.leases("nobody", everyoneIsDead, bootedMs).orphans()).toEqual([one]);
      clock.jump(1);
      expect(await acquire("b", everyoneLives, bootedMs)).toBe(2);
    });

    test("a sign of life after the clock was set back counts too", async () => {
      await create();
      await bench.leases("a", everyoneLives, NOON_MS - 1_000 * leaseMs).renew();
      expect(await acquire("b", everyoneLives, NOON_MS - 999 * leaseMs)).toBeUndefined();
      expect(await acquire("b", everyoneLives, NOON_MS - 998 * leaseMs)).toBe(2);
    });

    test("the replaced driver learns it when it says that it lives", async () => {
      await create();
      await create(2);
      await acquire("b", everyoneIsDead);
      expect(await bench.leases("a", everyoneLives, NOON_MS).renew()).toEqual([projectId(2)]);
      expect(await bench.leases("b", everyoneLives, NOON_MS).renew()).toEqual([one]);
    });

    test("the new driver's lease begins when it takes over", async () => {
      await create();
      await acquire("b", everyoneIsDead, NOON_MS + 1_000_000);
      expect(await acquire("c", everyoneLives, NOON_MS + 1_000_000 + leaseMs)).toBeUndefined();
    });

    test("a released project is free at once, in a new epoch even for who had it", async () => {
      await create();
      await bench.leases("a").release();
      expect(await bench.leases().driver(one)).toBeNull();
      expect(await acquire("a", everyoneLives)).toBe(2);
    });

    test("one project can be released alone, and never somebody else's", async () => {
      await create();
      await create(2);
      await bench.leases("b").release();
      await bench.leases("b").release(one);
      await bench.leases("a").release(projectId(2));
      await bench.leases("a").release(projectId(77));
      expect(await bench.leases("a", everyoneLives, NOON_MS).renew()).toEqual([one]);
    });

    test("of many that want a free project exactly one gets it", async () => {
      await create();
      await bench.leases("a").release();
      const rivals = ["b", "c", "d", "e"].map((owner) => acquire(owner, everyoneLives));
      expect((await Promise.all(rivals)).filter((epoch) => epoch !== undefined)).toEqual([2]);
    });
  });

  describe(`${bench.name}: orphans`, () => {
    /** As a process sees them that has watched for long enough. */
    const orphans = async (isLive: (owner: string) => boolean, nowMs = NOON_MS) => {
      let ownMs = 0;
      const leases = bench.leases("nobody", isLive, nowMs, () => ownMs);
      await leases.orphans();
      ownMs = watchMs;
      return leases.orphans();
    };

    test("are unfinished projects without a driver, with a dead one or a silent one", async () => {
      for (const [n, owner] of [
        [1, "a"],
        [2, "dead"],
        [3, "left"],
      ] as const)
        await bench.repository.create(project(n, { status: "video_gen" }), [], owner);
      await bench.leases("left").release();
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

    test.each(["complete", "review", "failed"] as const)(
      "a %s project is one while a call of it is under way",
      async (status) => {
        await bench.repository.create(project(1, { status }), [step(11, 1, CLIP_ORDER, { status: "running" })], "a");
        expect(await orphans(everyoneIsDead)).toEqual([one]);
      },
    );

    test("can be taken up all at once; each begins a new epoch, and no other process gets any", async () => {
      for (const [n, owner] of [
        [1, "dead"],
        [2, "alive"],
        [3, "dead"],
      ] as const)
        await bench.repository.create(project(n, { status: "video_gen", epoch: n }), [], owner);
      const isLive = (owner: string) => owner !== "dead";
      expect(await bench.leases("heir", isLive, NOON_MS).acquireOrphans()).toEqual([
        { id: one, epoch: 2 },
        { id: projectId(3), epoch: 4 },
      ]);
      expect(await bench.leases().driver(one)).toBe("heir");
      expect(await bench.leases().driver(projectId(2))).toBe("alive");
      expect(await failureOf(bench.repository.change(projectId(3), { epoch: 3 }, () => []))).toBe("run.lease_lost");
      expect(await bench.leases("late", isLive, NOON_MS).acquireOrphans()).toEqual([]);
    });

    test("taking one up makes it none", async () => {
      await bench.repository.create(project(1, { status: "stitching" }), [], "a");
      await bench.leases("b", everyoneIsDead, NOON_MS).acquire(one);
      expect(await orphans((owner) => owner === "b")).toEqual([]);
    });
  });
}
