import { expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

test("a process whose leases cannot be given up stops all the same, and says so", async () => {
  const stores = createTestStores();
  const { repository } = stores;
  const full: typeof repository = {
    ...repository,
    leasesOf: (process) => ({
      ...repository.leasesOf(process),
      release: () => Promise.reject(new VidpipeError("storage.full", "the disk is full")),
    }),
  };
  const warned: string[] = [];
  const log = { debug() {}, info() {}, warn: (message: string) => warned.push(message), error() {} };
  const app = createTestApp({ ...stores, repository: full }, { log });
  await app.film();
  await stores.clock.run(app.service.stop());
  expect(warned).toEqual(["the leases could not be given up"]);
});
