import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { sized } from "../support/size.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

describe("a film, first run", () => {
  test("ends complete with N+1 stills, N clips and one final", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await testApp.film("A cat at night.", 4);
    expect(view.status).toBe("complete");
    expect(view.stages.map(({ kind, done, total }) => [kind, done, total])).toEqual([
      ["storyboard", 1, 1],
      ["keyframe", 5, 5],
      ["clip", 4, 4],
      ["stitch", 1, 1],
    ]);
    expect(view.final?.durationSeconds).toBe(24);
  });

  test("draws each still once: the end of a scene is the start of the next", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await testApp.film("A cat at night.", 3);
    for (const scene of view.scenes.slice(1)) {
      expect(scene.start.key).toBe(view.scenes[scene.sceneIndex - 1]?.end.key ?? "none");
    }
    expect(testApp.provider.bills.filter((bill) => bill.what === "keyframe")).toHaveLength(4);
  });

  test("buys exactly one storyboard, N+1 stills and N clips, and the ledger says the same", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await testApp.film("A cat at night.", 3);
    const bought = Object.groupBy(testApp.provider.bills, (bill) => bill.what);
    expect([bought.storyboard?.length, bought.keyframe?.length, bought.clip?.length]).toEqual([1, 4, 3]);
    expect(view.spend).toEqual({ reservedUsd: 0, spentUsd: 3.41, unknownUsd: 0 });
  });

  test("starts the first clip after two stills, and ends within 5% of the critical path", async () => {
    const script = { storyboardMs: 5_000, keyframeMs: 8_000, clipMs: 60_000 };
    const testApp = createTestApp(createTestStores(script), { policy: { pollMs: 1_000 } });
    const startMs = testApp.clock.now();
    await testApp.film("A cat at night.", 8);
    const firstSubmitMs = testApp.provider.calls.find((call) => call.call === "submit")?.atMs ?? 0;
    expect(firstSubmitMs - startMs).toBe(5_000 + 2 * 8_000);
    const criticalPathMs = 5_000 + 9 * 8_000 + 60_000;
    expect(testApp.clock.now() - startMs).toBeLessThanOrEqual(criticalPathMs * 1.05);
  });

  test("keeps no more clips under way than the lane allows", async () => {
    const testApp = createTestApp(createTestStores({ clipMs: 60_000 }), {
      policy: { laneLimit: (step) => (step.kind === "clip" ? 2 : 8) },
    });
    await testApp.film("A cat at night.", 6);
    const submits = testApp.provider.calls.filter((call) => call.call === "submit").map((call) => call.atMs);
    const together = submits.map((at) => submits.filter((other) => other <= at && at < other + 60_000).length);
    expect(Math.max(...together)).toBe(2);
  });
});

test("who watches a film sees how far its stitch is", async () => {
  const stores = createTestStores();
  const media = createFakeMedia();
  const stitch: typeof media.stitch = async (request, output, onProgress, signal) => {
    for (const fraction of [0.25, 0.5]) {
      onProgress(fraction);
      // Long enough for whoever watches to look.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    return media.stitch(request, output, () => {}, signal);
  };
  const testApp = createTestApp(stores, { media: { ...media, stitch } });
  const { id } = await testApp.clock.run(
    testApp.service.create({ prompt: "A cat at night.", sceneCount: 2 }, {}, never),
  );
  const seen: (number | undefined)[] = [];
  const watching = async () => {
    for await (const { project } of testApp.service.watch(id, new AbortController().signal))
      seen.push(project.stages.at(-1)?.fraction);
  };
  await testApp.clock.run(watching());
  expect(seen.filter((fraction) => fraction !== undefined)).toEqual(expect.arrayContaining([0.25, 0.5]));
  expect(seen.at(-1)).toBeUndefined();
});

describe("failures on the way", () => {
  test("a still that fails twice is tried again with a growing wait", async () => {
    const testApp = createTestApp(
      createTestStores({
        before: ({ call, scene }, nth) =>
          call === "keyframe" && scene === 1 && nth <= 2
            ? new VidpipeError("provider.unreachable", "no route")
            : undefined,
      }),
    );
    const view = await testApp.film();
    const tries = testApp.provider.calls.filter((call) => call.call === "keyframe" && call.scene === 1);
    expect(view.status).toBe("complete");
    expect(tries.map(({ atMs }, i) => atMs - (tries[i - 1]?.atMs ?? atMs))).toEqual([0, 1_500, 3_000]);
  });

  test("a definite refusal releases the reservation and fails the step at once", async () => {
    const testApp = createTestApp(
      createTestStores({
        before: ({ call }) => (call === "submit" ? new VidpipeError("provider.bad_key", "the key is gone") : undefined),
      }),
    );
    const view = await testApp.film("A cat at night.", 1);
    expect([view.status, view.spend.reservedUsd, view.spend.unknownUsd]).toEqual(["failed", 0, 0]);
    expect(testApp.provider.calls.filter((call) => call.call === "submit")).toHaveLength(1);
  });

  test("a lost answer is never bought again by itself: the project is held and says what it may have cost", async () => {
    const testApp = createTestApp(
      createTestStores({
        after: ({ call, scene }) =>
          call === "submit" && scene === 1 ? new VidpipeError("provider.unclear", "the connection broke") : undefined,
      }),
    );
    const view = await testApp.film();
    expect(view.status).toBe("held");
    expect(view.spend.unknownUsd).toBe(1);
    expect(view.waits.map((wait) => wait.reason)).toEqual(["ambiguous"]);
    expect(testApp.provider.bills.filter((bill) => bill.what === "clip" && bill.scene === 1)).toHaveLength(1);
    expect(view.scenes.map((scene) => scene.clip.status)).toEqual(["done", "ambiguous", "done"]);
  });

  test("after the user's word a lost order is bought once more and the film is finished", async () => {
    const testApp = createTestApp(
      createTestStores({
        after: ({ call, scene }, nth) =>
          call === "submit" && scene === 1 && nth === 1 ? new VidpipeError("provider.unclear", "broke") : undefined,
      }),
    );
    const held = await testApp.film();
    await testApp.clock.run(testApp.service.resume(held.id, { retryAmbiguous: true }, never));
    const view = await testApp.settle(held.id);
    expect(view.status).toBe("complete");
    expect(view.spend).toEqual({ reservedUsd: 0, spentUsd: 3.41, unknownUsd: 1 });
  });

  test("a skipped scene leaves a film that says which scene is missing", async () => {
    const testApp = createTestApp(
      createTestStores({
        after: ({ call, scene }) =>
          call === "submit" && scene === 1 ? new VidpipeError("provider.unclear", "broke") : undefined,
      }),
    );
    const held = await testApp.film();
    await testApp.clock.run(testApp.service.resume(held.id, { skipBlocked: true }, never));
    const view = await testApp.settle(held.id);
    expect([view.status, view.missingScenes, view.message]).toEqual([
      "complete",
      [1],
      "without scene 2, which was skipped",
    ]);
  });

  test("a refused clip holds the project while the other scenes go on", async () => {
    const testApp = createTestApp(
      createTestStores({
        verdict: (scene) => (scene === 0 ? { kind: "refused", reason: "violence", charged: true } : undefined),
      }),
    );
    const view = await testApp.film();
    expect(view.status).toBe("held");
    expect(view.scenes.map((scene) => scene.clip.status)).toEqual(["refused", "done", "done"]);
  });

  test("a failed look at an operation never ends it", async () => {
    const testApp = createTestApp(
      createTestStores({
        clipMs: 30_000,
        before: ({ call }, nth) =>
          call === "poll" && nth <= 7 ? new VidpipeError("provider.unreachable", "poll failed") : undefined,
      }),
    );
    const view = await testApp.film("A cat at night.", 1);
    expect(view.status).toBe("complete");
    expect(testApp.provider.bills.filter((bill) => bill.what === "clip")).toHaveLength(1);
  });

  test("a slow-down closes the model's lane for every project and opens it with one probe", async () => {
    const testApp = createTestApp(
      createTestStores({
        keyframeMs: 1_000,
        before: ({ call, atMs }) =>
          call === "keyframe" && atMs < Date.UTC(2026, 10, 22) + 30_000
            ? new VidpipeError("provider.quota", "slow down", { retryAfterMs: 40_000 })
            : undefined,
      }),
    );
    const [a, b] = await testApp.clock.run(
      Promise.all([
        testApp.service.create({ prompt: "One." }, {}, never),
        testApp.service.create({ prompt: "Two." }, {}, never),
      ]),
    );
    expect((await testApp.settle(a.id)).status).toBe("complete");
    expect((await testApp.settle(b.id)).status).toBe("complete");
    const atSeconds = testApp.provider.calls
      .filter((call) => call.call === "keyframe")
      .map((call) => (call.atMs - Date.UTC(2026, 10, 22)) / 1_000);
    expect(atSeconds.filter((at) => at < 40).length).toBeLessThanOrEqual(2);
  });
});

describe("the budget", () => {
  test("stops before the call that would pass the cap, and goes on when it is raised", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 3 }, { maxCostUsd: 1.5 }, never),
    );
    const held = await testApp.settle(id);
    expect(held.status).toBe("held");
    expect(held.spend.spentUsd).toBeLessThanOrEqual(1.5);
    await testApp.clock.run(testApp.service.resume(id, { maxCostUsd: 10 }, never));
    expect((await testApp.settle(id)).status).toBe("complete");
  });
});

describe("resume", () => {
  test("after a death at any point repeats no finished step and ends with the same film", async () => {
    const reference = await createTestApp(createTestStores({ keyframeMs: 8_000, clipMs: 60_000, usd: null })).film();
    for (let second = 1; second < 130; second += sized(9, 9, 36)) {
      const stores = createTestStores({ keyframeMs: 8_000, clipMs: 60_000, usd: null });
      const first = createTestApp(stores);
      const { id } = await stores.clock.run(
        first.service.create({ prompt: "A cat at night.", sceneCount: 3 }, {}, never),
      );
      await stores.clock.run(stores.clock.sleep(second * 1_000, new AbortController().signal));
      first.kill();
      const before = await stores.repository.facts(id);
      const done = before.steps.filter((step) => step.status === "done").map((step) => step.id);
      const next = createTestApp(stores);
      expect(await stores.clock.run(next.service.recover(never))).toBe(before.project.status === "complete" ? 0 : 1);
      const view = await next.settle(id);
      expect(view.status).toBe("complete");
      expect(view.final?.bytes).toBe(reference.final?.bytes ?? 0);
      const after = await stores.repository.facts(id);
      expect(after.steps.filter((step) => done.includes(step.id)).every((step) => step.attempts === 1)).toBe(true);
    }
  }, 0);

  test("of a complete project is refused", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await testApp.film();
    await expect(testApp.clock.run(testApp.service.resume(view.id, {}, never))).rejects.toMatchObject({
      code: "project.conflict",
    });
  });

  test("of a cancelled project goes on with the operations it had", async () => {
    const testApp = createTestApp(createTestStores({ clipMs: 60_000 }));
    const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A cat.", sceneCount: 2 }, {}, never));
    await testApp.clock.run(testApp.clock.sleep(20_000, new AbortController().signal));
    expect((await testApp.clock.run(testApp.service.cancel(id))).status).toBe("cancelled");
    await testApp.clock.run(testApp.clock.sleep(1_000, new AbortController().signal));
    await testApp.clock.run(testApp.service.resume(id, {}, never));
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(testApp.provider.bills.filter((bill) => bill.what === "clip")).toHaveLength(2);
  });
});

describe("restitch", () => {
  test("with another crossfade makes only a new final, and the way back costs nothing", async () => {
    const testApp = createTestApp(createTestStores());
    const first = await testApp.film();
    const bills = testApp.provider.bills.length;
    await testApp.clock.run(testApp.service.restitch(first.id, 0.5, undefined, never));
    const blended = await testApp.settle(first.id);
    expect(blended.final?.durationSeconds).toBe(17);
    await testApp.clock.run(testApp.service.restitch(first.id, 0, undefined, never));
    const back = await testApp.settle(first.id);
    expect(back.final?.key).toBe(first.final?.key ?? "none");
    expect(testApp.provider.bills.length).toBe(bills);
  });

  test("refuses a crossfade longer than half the shortest clip", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.film();
    await expect(testApp.clock.run(testApp.service.restitch(id, 3.01, undefined, never))).rejects.toMatchObject({
      code: "input.invalid",
    });
  });
});

describe("a follower", () => {
  test("takes the film over when the process that made it dies", async () => {
    const stores = createTestStores({ keyframeMs: 8_000, clipMs: 60_000 });
    const maker = createTestApp(stores);
    const { id } = await stores.clock.run(maker.service.create({ prompt: "A cat.", sceneCount: 2 }, {}, never));
    await stores.clock.run(stores.clock.sleep(10_000, new AbortController().signal));
    const follower = createTestApp(stores);
    await stores.clock.run(follower.service.resume(id, {}, never));
    expect(await stores.clock.run(follower.leases.driver(id))).toBe(maker.owner);
    maker.kill();
    expect((await follower.settle(id)).status).toBe("complete");
    expect(stores.provider.bills.filter((bill) => bill.what === "clip")).toHaveLength(2);
  });

  test("that recovers at its start also takes up what dies later", async () => {
    const stores = createTestStores({ keyframeMs: 8_000 });
    const server = createTestApp(stores);
    await stores.clock.run(server.service.recover(never));
    const command = createTestApp(stores);
    const { id } = await stores.clock.run(command.service.create({ prompt: "A cat.", sceneCount: 2 }, {}, never));
    await stores.clock.run(stores.clock.sleep(10_000, new AbortController().signal));
    command.kill();
    expect((await server.settle(id)).status).toBe("complete");
  });
});
