import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { ProjectIdPrefix } from "../../../src/domain/ids.ts";
import type { ProjectStatus } from "../../../src/domain/lifecycle.ts";
import {
  artifact,
  CLIP_ORDER,
  KEYFRAME_ORDER,
  moved,
  NOON_MS,
  project,
  projectId,
  STORYBOARD_ORDER,
  step,
  stepId,
  submit,
  uuid,
} from "../../storage/samples.ts";
import { never } from "../../support/never.ts";
import { storyboardOf } from "../../support/scripted-provider.ts";
import { type Bench, everyoneIsDead, everyoneLives, failureOf } from "./bench.ts";

const one = projectId(1);
const hook = "https://hooks.example.com/film?key=1";
const allow = () => {};

/** What a server asks of a repository: pages, the bin, keys of requests, the webhooks' outbox, figures. */
export function describeServing(bench: Bench): void {
  describePages(bench);
  describeBin(bench);
  describeKeys(bench);
  describeOutbox(bench);
  describeFigures(bench);
}

function describePages(bench: Bench): void {
  describe(`${bench.name}: pages of the list`, () => {
    const numbers = async (filter: Parameters<Bench["repository"]["list"]>[0]) =>
      (await bench.repository.list(filter)).map((item) => Number.parseInt(item.id.slice(-2), 16));

    test("go on behind a project, also among those of the same moment", async () => {
      for (const n of [1, 2, 3, 4]) await bench.repository.create(project(n, { createdAtMs: NOON_MS }), [], "a");
      expect(await numbers({ limit: 2 })).toEqual([4, 3]);
      expect(await numbers({ limit: 2, after: { createdAtMs: NOON_MS, id: projectId(3) } })).toEqual([2, 1]);
      expect(await numbers({ after: { createdAtMs: NOON_MS, id: one } })).toEqual([]);
    });

    test("say whether the first still is there", async () => {
      const has = async () => (await bench.repository.list({}))[0]?.hasStill;
      await bench.repository.create(project(1), [step(11, 1, KEYFRAME_ORDER, { position: 1 })], "a");
      const still = { role: "keyframe", mediaType: "image/png", media: null } as const;
      await bench.change([{ type: "add_artifact", artifact: artifact(901, 1, 11, { ...still, position: 1 }) }]);
      expect(await has()).toBe(false);
      await bench.change([{ type: "add_artifact", artifact: artifact(902, 1, 11, still) }]);
      expect(await has()).toBe(true);
    });

    test("say the title once there is a storyboard, and the length of the newest film", async () => {
      const shown = async () => {
        const [item] = await bench.repository.list({});
        return [item?.title, item?.durationSeconds];
      };
      await bench.repository.create(project(1), [step(11, 1, STORYBOARD_ORDER)], "a");
      expect(await shown()).toEqual([null, null]);
      const storyboard = storyboardOf({ prompt: 'It\'s "a" title' }, 1);
      await bench.change([moved(11, "claim")]);
      const finish = { type: "advance", stepId: stepId(11), event: "finish" } as const;
      await bench.change([{ ...finish, patch: { result: { kind: "storyboard", storyboard } } }]);
      expect(await shown()).toEqual(['It\'s "a" title', null]);
      const final = { role: "final", createdAtMs: NOON_MS + 1 } as const;
      await bench.change([{ type: "add_artifact", artifact: artifact(901, 1, 11, final) }]);
      expect(await shown()).toEqual(['It\'s "a" title', 6]);
      const edited = { storyboard: { ...storyboard, title: "Another" }, picks: [] };
      await bench.change([{ type: "direct", note: "title changed", direction: edited, crossfadeSeconds: 0 }]);
      expect(await shown()).toEqual(["Another", 6]);
    });
  });
}

function describeBin(bench: Bench): void {
  const createOne = (status: ProjectStatus = "complete") =>
    bench.repository.create(
      project(1, { status }),
      [step(11, 1, STORYBOARD_ORDER), step(12, 1, CLIP_ORDER)],
      "a",
      hook,
    );
  const discard = () => bench.repository.trash.discard(one, NOON_MS, allow);

  describe(`${bench.name}: a project in the trash`, () => {
    test("is found by nothing", async () => {
      await createOne("pending");
      await discard();
      const { repository } = bench;
      const calls = [
        () => repository.facts(one),
        () => repository.status(one),
        () => repository.events(one, 0, 9),
        () => bench.leases().driver(one),
        () => repository.outbox.of(one),
        () => repository.change(one, null, () => []),
        () => bench.leases("b", everyoneIsDead, NOON_MS).acquire(one),
        () => repository.trash.discard(one, NOON_MS, allow),
      ];
      for (const call of calls) expect(await failureOf(call())).toBe("project.not_found");
      expect(await repository.list({})).toEqual([]);
      expect(await repository.findByPrefix(ProjectIdPrefix.parse(uuid(1)), 9)).toEqual([]);
      expect(await bench.leases("nobody", everyoneIsDead, NOON_MS).orphans()).toEqual([]);
      expect(await bench.leases("a", everyoneLives, NOON_MS).renew()).toEqual([]);
      expect(await repository.countProjects()).toEqual({});
    });

    test("comes back as it was", async () => {
      await createOne();
      const before = await bench.everything();
      await discard();
      await bench.repository.trash.restore(one);
      expect(await bench.everything()).toEqual(before);
    });

    test("is not put in when the check throws", async () => {
      await createOne();
      const refuse = () => {
        throw new VidpipeError("project.conflict", "it works");
      };
      expect(await bench.refused(() => bench.repository.trash.discard(one, NOON_MS, refuse))).toBe("project.conflict");
    });

    test("is named once its time is over, until it is emptied", async () => {
      await createOne();
      await discard();
      const { trash } = bench.repository;
      expect(await trash.expired(NOON_MS)).toEqual([]);
      expect(await trash.expired(NOON_MS + 1)).toEqual([one]);
      await trash.empty(one, NOON_MS + 1);
      expect(await trash.expired(NOON_MS + 1)).toEqual([]);
      expect(await failureOf(trash.restore(one))).toBe("project.not_found");
    });

    test("still counts in the ledger when it is emptied", async () => {
      await createOne();
      await bench.change([{ type: "add_submit", submit: submit(21, 1, 12, { state: "intent" }) }]);
      await bench.change([{ type: "add_artifact", artifact: artifact(901, 1, 12) }]);
      await discard();
      await bench.repository.trash.empty(one, NOON_MS);
      await bench.repository.create(project(2), [], "a");
      expect((await bench.repository.facts(projectId(2))).committedTodayUsd).toBe(0.4);
      expect((await bench.repository.metrics()).steps).toEqual([{ kind: "clip", status: "queued", count: 1 }]);
    });

    test("is passed over by a standstill, which shows what is recorded of any other, and nothing of an emptied one", async () => {
      await createOne();
      const { repository } = bench;
      const seen = (id = one) => repository.standstill(id, (facts) => facts?.steps.length ?? "nothing");
      expect([await seen(), await seen(projectId(2))]).toEqual([2, "nothing"]);
      await discard();
      expect(await seen()).toBeUndefined();
      await repository.trash.empty(one, NOON_MS);
      expect(await seen()).toBe("nothing");
      const fails = () => {
        throw new RangeError("no");
      };
      expect(await failureOf(repository.standstill(one, fails))).toContain("no");
    });

    test("cannot be emptied or restored when it is not in there", async () => {
      await createOne();
      expect(await failureOf(bench.repository.trash.empty(one, NOON_MS))).toBe("project.not_found");
      expect(await failureOf(bench.repository.trash.restore(one))).toBe("project.not_found");
      expect(await failureOf(bench.repository.trash.restore(projectId(2)))).toBe("project.not_found");
    });
  });
}

function describeKeys(bench: Bench): void {
  const claim = (key: string, n = 1, createdAtMs = NOON_MS) => ({
    key,
    fingerprint: `f${n}`,
    projectId: projectId(n),
    createdAtMs,
  });
  const process = (self: string, isLive = everyoneLives) => ({ self, isLive });
  const take = (key: string, n = 1, self = "a", isLive = everyoneLives) =>
    bench.repository.keys.claim(claim(key, n), process(self, isLive));
  const held = (key: string, owner = "a") => ({ key, owner, projectId: one });
  const fresh = { owner: "a", settledAtMs: null, answer: null };

  describe(`${bench.name}: keys of requests`, () => {
    test("belong to whoever came first, and keep the first answer", async () => {
      const { keys } = bench.repository;
      expect(await take("k", 1)).toEqual({ ...claim("k", 1), ...fresh });
      expect(await take("k", 2, "b")).toEqual({ ...claim("k", 1), ...fresh });
      await keys.recordAnswer("k", '{"a":1}');
      await keys.recordAnswer("k", '{"a":2}');
      const settledAtMs = bench.clock.now();
      expect(await take("k", 3)).toEqual({ ...claim("k", 1), ...fresh, answer: '{"a":1}', settledAtMs });
    });

    test("are free again once forgotten or too old", async () => {
      const { keys } = bench.repository;
      await take("old");
      await keys.claim(claim("new", 1, NOON_MS + 1), process("a"));
      await keys.prune(NOON_MS + 1);
      expect((await take("old", 2)).fingerprint).toBe("f2");
      expect((await take("new", 2)).fingerprint).toBe("f1");
      await keys.forget(held("new"));
      expect((await take("new", 2)).fingerprint).toBe("f2");
    });

    test("pass to another process once theirs is gone or silent, and not before", async () => {
      await take("k");
      expect(await take("k", 2, "b")).toMatchObject({ owner: "a", projectId: one });
      expect(await take("k", 2, "b", everyoneIsDead)).toMatchObject({ owner: "b", projectId: projectId(2) });
      expect((await take("k")).owner).toBe("b");
      // Silent for longer than its lease: watched for a while first, the machine may just have woken.
      bench.clock.suspend(31_000);
      const watcher = process("a");
      const watch = () => bench.repository.keys.claim(claim("k", 1), watcher);
      expect((await watch()).owner).toBe("b");
      await bench.clock.run(bench.clock.sleep(10_001, never));
      expect(await watch()).toMatchObject({ owner: "a", projectId: one });
    });

    test("are settled with a new project, or not at all", async () => {
      const { repository } = bench;
      const create = (n: number, owner = "a") =>
        failureOf(repository.create(project(n), [], owner, null, [], held("k", owner)));
      await take("k");
      expect(await create(2, "b")).toBe("run.lease_lost");
      expect(await create(1)).toBeUndefined();
      expect((await take("k", 1, "b", everyoneIsDead)).settledAtMs).not.toBeNull();
      expect(await create(2)).toBe("run.lease_lost");
      await take("twice");
      expect(await failureOf(repository.create(project(1), [], "a", null, [], held("twice")))).toBeDefined();
      expect((await take("twice")).settledAtMs).toBeNull();
      expect((await repository.list({})).map(({ id }) => id)).toEqual([one]);
    });

    test("are settled with a change, also with none, or not at all", async () => {
      const { repository } = bench;
      await repository.create(project(1), [], "a");
      const change = (key: string, status: ProjectStatus, owner = "a") =>
        repository.change(one, null, () => [{ type: "project", patch: { status } }], held(key, owner));
      expect(await bench.refused(() => change("unknown", "held"))).toBe("run.lease_lost");
      await take("k");
      expect(await bench.refused(() => change("k", "held", "b"))).toBe("run.lease_lost");
      const refuse = () => {
        throw new VidpipeError("project.conflict", "no");
      };
      expect(await failureOf(repository.change(one, null, refuse, held("k")))).toBe("project.conflict");
      expect((await take("k")).settledAtMs).toBeNull();
      await change("k", "held");
      expect((await take("k")).settledAtMs).not.toBeNull();
      expect(await bench.refused(() => change("k", "failed"))).toBe("run.lease_lost");
      await take("nothing");
      await repository.change(one, null, () => [], held("nothing"));
      expect((await take("nothing")).settledAtMs).not.toBeNull();
    });

    test("are not forgotten once settled, nor by a process that lost them", async () => {
      const { keys } = bench.repository;
      await take("k");
      await keys.forget(held("k", "b"));
      expect((await take("k", 2)).fingerprint).toBe("f1");
      await bench.repository.create(project(1), [], "a", null, [], held("k"));
      await keys.forget(held("k"));
      expect((await take("k", 2)).fingerprint).toBe("f1");
    });
  });
}

function describeOutbox(bench: Bench): void {
  const createOne = (url: string | null) =>
    bench.repository.create(project(1), [step(11, 1, STORYBOARD_ORDER)], "a", url);
  const settle = (status: ProjectStatus, message: string | null = null) =>
    bench.change([{ type: "project", patch: { status, message } }]);

  describe(`${bench.name}: messages to webhooks`, () => {
    test("are written when a project comes to rest, and only then", async () => {
      await createOne(hook);
      await settle("storyboarding");
      await bench.change([moved(11, "claim")]);
      await settle("held", "over budget");
      await settle("complete");
      const told = await bench.repository.outbox.of(one);
      expect(told.map(({ seq, event, url, state, attempts }) => ({ seq, event, url, state, attempts }))).toEqual([
        { seq: 5, event: { status: "held", message: "over budget" }, url: hook, state: "pending", attempts: 0 },
        { seq: 6, event: { status: "complete", message: null }, url: hook, state: "pending", attempts: 0 },
      ]);
    });

    test("are not written without a webhook", async () => {
      await createOne(null);
      await settle("complete");
      expect(await bench.repository.outbox.of(one)).toEqual([]);
    });

    test("are taken by one taker at a time, and again when its lease is over", async () => {
      await createOne(hook);
      await settle("failed");
      const { outbox } = bench.repository;
      const take = async (atMs: number) => (await outbox.claim(atMs, 100, 9)).map((delivery) => delivery.attempts);
      const nowMs = bench.clock.now();
      expect(await take(nowMs - 1)).toEqual([]);
      expect(await take(nowMs)).toEqual([1]);
      expect(await take(nowMs + 99)).toEqual([]);
      expect(await take(nowMs + 100)).toEqual([2]);
    });

    test("rest once they are delivered or given up", async () => {
      await createOne(hook);
      await settle("failed");
      await settle("complete");
      const { outbox } = bench.repository;
      const [first] = await outbox.claim(bench.clock.now(), 1, 1);
      const outcome = { state: "delivered", dueAtMs: NOON_MS, lastStatus: 204, lastError: null } as const;
      await outbox.record(first ?? { projectId: one, seq: 0 }, outcome);
      await outbox.abandon("https://elsewhere.example.com/", "not this one");
      expect(await outbox.claim(NOON_MS * 2, 1, 9)).toHaveLength(1);
      await outbox.abandon(hook, "gone");
      expect(await outbox.claim(NOON_MS * 3, 1, 9)).toEqual([]);
      expect((await outbox.of(one)).map(({ state, lastStatus, lastError }) => [state, lastStatus, lastError])).toEqual([
        ["delivered", 204, null],
        ["failed", null, "gone"],
      ]);
    });
  });
}

function describeFigures(bench: Bench): void {
  test(`${bench.name}: a project's standing is what its facts say`, async () => {
    await bench.repository.create(project(1), [], "a");
    await bench.change([{ type: "project", patch: { status: "held", message: "over budget" } }]);
    const { id, status, message, createdAtMs, updatedAtMs } = (await bench.repository.facts(one)).project;
    expect(await bench.repository.status(one)).toEqual({ id, status, message, createdAtMs, updatedAtMs });
  });

  test(`${bench.name}: figures count and sum`, async () => {
    const done = { status: "done", startedAtMs: NOON_MS, finishedAtMs: NOON_MS + 1_500 } as const;
    await bench.repository.create(project(1), [step(11, 1, STORYBOARD_ORDER, done), step(12, 1, CLIP_ORDER)], "a");
    await bench.repository.create(project(2, { status: "held" }), [step(21, 2, STORYBOARD_ORDER, done)], "a");
    await bench.change([{ type: "add_submit", submit: submit(31, 1, 12) }]);
    const metrics = await bench.repository.metrics();
    expect(metrics.projects).toEqual({ pending: 1, held: 1 });
    expect(await bench.repository.countProjects()).toEqual(metrics.projects);
    expect(metrics.steps.toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual([
      { kind: "clip", status: "queued", count: 1 },
      { kind: "storyboard", status: "done", count: 2 },
    ]);
    expect(metrics.finished).toEqual([{ kind: "storyboard", count: 2, seconds: 3 }]);
    expect(metrics.submits).toEqual([{ model: "camera-1", state: "intent", count: 1, usd: 0.4 }]);
  });
}
