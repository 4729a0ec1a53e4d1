import { expect, test } from "bun:test";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";
import { createCli } from "./harness.ts";

test("status says of a film whose process died how it goes on, and nothing while one works on it", async () => {
  const stores = createTestStores();
  const maker = createTestApp(stores);
  const { id } = await stores.clock.run(maker.service.create({ prompt: "A cat.", sceneCount: 1 }, {}, never));
  const status = (...flags: string[]) => createCli({ ground: stores }).run("status", id, ...flags);
  expect((await status()).stdout).not.toContain("nobody works on it");
  expect((await status("--json")).objects).toMatchObject([{ driven: true }]);
  maker.kill();
  expect((await status()).stdout).toEndWith(`\nnobody works on it now: 'vidpipe resume ${id}' goes on\n`);
  expect((await status("--json")).objects).toMatchObject([{ driven: false }]);
});

test("status of a finished film says nothing of who works on it", async () => {
  const stores = createTestStores();
  const maker = createTestApp(stores);
  const { id } = await stores.clock.run(maker.service.create({ prompt: "A cat.", sceneCount: 1 }, {}, never));
  await maker.settle(id);
  maker.kill();
  const { stdout } = await createCli({ ground: stores }).run("status", id);
  expect(stdout).toContain("complete");
  expect(stdout).not.toContain("nobody works on it");
});
