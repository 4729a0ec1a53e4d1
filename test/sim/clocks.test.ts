import { describe, expect, test } from "bun:test";
import { applyChanges, type ProjectFacts } from "../../src/domain/facts.ts";
import type { Step } from "../../src/domain/step.ts";
import { recoverSteps } from "../../src/engine/recover-steps.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, POLICY } from "../support/test-app.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;

const tenYearsMs = 3e11;

describe("a live process keeps its film", () => {
  const troubles: readonly (readonly [string, (clock: ManualClock) => void])[] = [
    ["set forward by an hour", (clock) => clock.jump(hourMs)],
    ["set back by an hour", (clock) => clock.jump(-hourMs)],
    ["set forward by ten years", (clock) => clock.jump(tenYearsMs)],
    ["set back by ten years", (clock) => clock.jump(-tenYearsMs)],
    ["going on for eight hours while the machine sleeps", (clock) => clock.suspend(8 * hourMs)],
  ];

  test.each(troubles)("whatever another one thinks of a clock %s", async (_, trouble) => {
    const environment = createTestStores({ keyframeMs: 2_000, clipMs: 60_000 });
    const { clock, repository } = environment;
    const first = createTestApp(environment);
    const { id } = await clock.run(first.service.create({ prompt: "A cat at night.", sceneCount: 2 }, {}, never));
    await clock.run(createTestApp(environment).service.recover(never));
    // Every 1.3 s at another moment between two signs of life.
    for (let i = 0; i < 8; i++) {
      await clock.run(clock.sleep(1_300, never));
      trouble(clock);
    }
    expect((await first.settle(id)).status).toBe("complete");
    expect((await repository.facts(id)).project.epoch).toBe(1);
    expect(first.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(2);
  });
});

test("a command right after the machine woke takes no film from a live process", async () => {
  const environment = createTestStores({ keyframeMs: 2_000, clipMs: 60_000 });
  const { clock, repository } = environment;
  const first = createTestApp(environment);
  const { id } = await clock.run(first.service.create({ prompt: "A cat at night.", sceneCount: 2 }, {}, never));
  const before = createTestApp(environment);
  for (let i = 0; i < 8; i++) {
    await clock.run(clock.sleep(1_300, never));
    clock.suspend(8 * hourMs);
    await clock.run(before.service.resume(id, {}, never));
    await clock.run(createTestApp(environment).service.resume(id, {}, never));
  }
  expect((await first.settle(id)).status).toBe("complete");
  expect((await repository.facts(id)).project.epoch).toBe(1);
});

test("what a clock set back left in the future is due at the takeover, even when somebody wrote in between", async () => {
  const environment = createTestStores({ keyframeMs: 2_000, clipMs: 60_000 });
  const { clock, repository } = environment;
  const first = createTestApp(environment);
  const { id } = await clock.run(first.service.create({ prompt: "A cat at night.", sceneCount: 2 }, {}, never));
  await clock.run(clock.sleep(20_000, new AbortController().signal));
  first.kill();
  clock.jump(-hourMs);
  await repository.change(id, null, () => [{ type: "project", patch: { maxCostUsd: 50 } }]);
  await clock.run(createTestApp(environment).service.recover(never));
  const { steps } = await repository.facts(id);
  const waiting = steps.filter((step) => step.status === "waiting");
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.filter((step) => step.dueAtMs > clock.now() + minuteMs)).toEqual([]);
});

test("a clip that is ordered again at the takeover is due by the clock as it is now", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat at night.", 1);
  const made = await testApp.repository.facts(id);
  const nowMs = testApp.clock.now();
  const lost = { status: "running", operation: null, result: null, dueAtMs: nowMs + hourMs } as const;
  const isClip = (step: Step) => step.kind === "clip";
  const clip = made.steps.find(isClip)?.id;
  const facts: ProjectFacts = {
    ...made,
    steps: made.steps
      .filter(({ kind }) => kind !== "stitch")
      .map((step) => (isClip(step) ? { ...step, ...lost } : step)),
    submits: made.submits.map((submit) => (submit.stepId === clip ? { ...submit, state: "intent" as const } : submit)),
  };
  const context = { nowMs, id: () => Bun.randomUUIDv7() };
  const changes = recoverSteps(facts, new Map(), { ...POLICY, onAmbiguous: "retry" }, context);
  expect(applyChanges(facts, changes, nowMs).steps.find(isClip)).toMatchObject({ status: "queued", dueAtMs: nowMs });
});
