import { expect, test } from "bun:test";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

test("one resume answers for the clip that a dead process left running, too", async () => {
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

  const heir = createTestApp(stores);
  await stores.clock.run(heir.service.resume(id, { retryAmbiguous: true }, never));
  expect((await heir.settle(id)).status).toBe("complete");
  expect(stores.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(2);
});
