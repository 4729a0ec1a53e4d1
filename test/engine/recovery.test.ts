import { expect, test } from "bun:test";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

const count = 40;

test(`a start takes up ${count} films at once, polls them in turn and finishes each without buying anything again`, async () => {
  let polls = 0;
  let underWay = 0;
  const most = { underWay: 0 };
  const polled = Promise.withResolvers<void>();
  const stores = createTestStores({
    clipMs: 120_000,
    before(call) {
      if (call.call === "poll" && ++polls >= count) polled.resolve();
      return undefined;
    },
  });
  const policy = { laneLimit: () => 100 };
  const first = createTestApp(stores, { policy });
  const ids = [];
  for (let n = 0; n < count; n++)
    ids.push((await stores.clock.run(first.service.create({ prompt: `Film ${n}.`, sceneCount: 1 }, {}, never))).id);
  await stores.clock.run(polled.promise);
  const bought = stores.provider.bills.length;
  first.kill();

  // Counts what the next process looks after at the same time.
  const slow = Object.assign(Object.create(stores.provider), {
    async checkClip(...args: Parameters<typeof stores.provider.checkClip>) {
      most.underWay = Math.max(most.underWay, ++underWay);
      await stores.clock.sleep(50, new AbortController().signal);
      underWay -= 1;
      return stores.provider.checkClip(...args);
    },
  });
  const heir = createTestApp({ ...stores, provider: slow }, { policy });
  expect(await stores.clock.run(heir.service.recover(never))).toBe(count);
  for (const id of ids) expect(await heir.leases.driver(id)).toBe(heir.owner);
  for (const id of ids) expect((await heir.settle(id)).status).toBe("complete");

  expect(most.underWay).toBe(32);
  expect(stores.provider.bills).toHaveLength(bought);
});

/** A repository whose decisions break when a kind of step has its answer. */
const breakingAt = (repository: ProjectDatabase, kind: StepKind): ProjectDatabase => ({
  ...repository,
  change: (id, fence, decide) =>
    repository.change(id, fence, (facts) => {
      const changes = decide(facts);
      const finished = changes.flatMap((c) => (c.type === "advance" && c.event === "finish" ? [c.stepId] : []));
      if (facts.steps.some((step) => finished.includes(step.id) && step.kind === kind)) throw new SyntaxError("oops");
      return changes;
    }),
});

test.each([
  ["storyboard", ["storyboard"], 0.01],
  ["keyframe", ["storyboard", "keyframe"], 0.11],
  ["clip", ["storyboard", "keyframe", "keyframe", "clip"], 1.21],
] as const)(
  "a paid %s that breaks the plan is failed and counted, and no start buys it again",
  async (kind, bought, usd) => {
    const stores = createTestStores();
    const first = createTestApp({ ...stores, repository: breakingAt(stores.repository, kind) });
    const view = await first.film("A cat.", 1);
    expect([view.status, view.spend.spentUsd + view.spend.reservedUsd, view.spend.unknownUsd]).toEqual([
      "failed",
      usd,
      0,
    ]);
    expect(view.message).toContain("could not be used (oops)");
    first.kill();
    const heir = createTestApp(stores);
    await stores.clock.run(heir.service.recover(never));
    await stores.clock.run(stores.clock.sleep(60_000, new AbortController().signal));
    expect(stores.provider.bills.map(({ what }) => what)).toEqual([...bought]);
    // The mended program goes on at the user's word; a clip is collected, not ordered, again.
    await stores.clock.run(heir.service.resume(view.id, {}, never));
    expect((await heir.settle(view.id)).status).toBe("complete");
    expect(stores.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(1);
  },
);
