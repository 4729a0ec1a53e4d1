import { expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

const lostOrder = {
  after: ({ call, scene }: { call: string; scene: number }) =>
    call === "submit" && scene === 1 ? new VidpipeError("provider.unclear", "broke") : undefined,
};

test("an order whose answer was lost is found again at the provider, and nothing is bought twice", async () => {
  const stores = createTestStores(lostOrder);
  const asked: string[] = [];
  stores.provider.recoverClip = async (submitId) => {
    asked.push(submitId);
    return stores.provider.bills.find((bill) => bill.what === "clip" && bill.scene === 1)?.operation ?? null;
  };
  const testApp = createTestApp(stores);
  const held = await testApp.film();
  expect(held.status).toBe("held");
  await testApp.clock.run(testApp.service.resume(held.id, {}, never));
  const view = await testApp.settle(held.id);
  expect([view.status, view.spend.unknownUsd]).toEqual(["complete", 0]);
  expect(asked).toHaveLength(1);
  expect(testApp.provider.bills.filter((bill) => bill.what === "clip")).toHaveLength(3);
});

test("an order that is not found stays with the user", async () => {
  const stores = createTestStores(lostOrder);
  stores.provider.recoverClip = async () => null;
  const testApp = createTestApp(stores);
  const held = await testApp.film();
  await expect(testApp.clock.run(testApp.service.resume(held.id, {}, never))).rejects.toMatchObject({
    code: "project.conflict",
  });
});
