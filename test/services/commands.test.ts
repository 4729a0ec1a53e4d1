import { expect, test } from "bun:test";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

/** A film of one scene whose process died while it ordered the clip: the row says that it runs. */
async function leftRunning() {
  let maker: TestApp | undefined;
  const stores = createTestStores({
    after({ call }, nth) {
      if (call === "submit" && nth === 1) maker?.kill();
      return undefined;
    },
  });
  maker = createTestApp(stores);
  const { id } = await stores.clock.run(maker.service.create({ prompt: "A cat.", sceneCount: 1 }, {}, never));
  await stores.clock.run(stores.clock.sleep(300_000, never));
  const { steps } = await stores.repository.facts(id);
  expect(steps.flatMap(({ kind, status }) => (kind === "clip" ? status : []))).toEqual(["running"]);
  const clips = () => stores.provider.bills.filter(({ what }) => what === "clip").length;
  return { id, stores, heir: createTestApp(stores), clips };
}

test("one resume answers for the clip that a dead process left running, too", async () => {
  const { id, stores, heir, clips } = await leftRunning();
  await stores.clock.run(heir.service.resume(id, { retryAmbiguous: true }, never));
  expect((await heir.settle(id)).status).toBe("complete");
  expect(clips()).toBe(2);
});

test("a resume that turns up a question shows it; only a second one without an answer is refused", async () => {
  const { id, stores, heir, clips } = await leftRunning();
  const shown = await stores.clock.run(heir.service.resume(id, {}, never));
  expect([shown.status, shown.waits.map(({ reason }) => reason)]).toEqual(["held", ["ambiguous"]]);
  await expect(stores.clock.run(heir.service.resume(id, {}, never))).rejects.toMatchObject({
    code: "project.conflict",
    message: expect.stringContaining("waits for your choice"),
  });
  expect(clips()).toBe(1);
});

test("what the price did not show is not bought: the film is held with the new price", async () => {
  const { id, stores, heir, clips } = await leftRunning();
  const { capUsd: shownUsd } = await heir.service.estimateResume(id, { retryAmbiguous: true });
  await stores.clock.run(heir.service.resume(id, { retryAmbiguous: true, shownUsd }, never));
  const held = await heir.settle(id);
  expect([held.status, held.maxCostUsd, held.waits.map(({ reason }) => reason)]).toEqual([
    "held",
    shownUsd,
    ["budget"],
  ]);
  expect(clips()).toBe(1);
  const { capUsd } = await heir.service.estimateResume(id);
  expect(capUsd).toBeGreaterThan(shownUsd);
  await stores.clock.run(heir.service.resume(id, { shownUsd: capUsd }, never));
  expect([(await heir.settle(id)).status, clips()]).toEqual(["complete", 2]);
});

test("a new film gets no higher cap than was shown", async () => {
  const stores = createTestStores();
  const { service } = createTestApp(stores);
  const request = { prompt: "A cat.", sceneCount: 1 };
  const shownUsd = service.estimate(request).capUsd / 2;
  expect((await stores.clock.run(service.create(request, { shownUsd }, never))).maxCostUsd).toBe(shownUsd);
});
