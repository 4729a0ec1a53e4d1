import { expect, test } from "bun:test";
import { TakesAnswer } from "../../../src/api/schemas/editing.ts";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import type { ProjectDatabase } from "../../../src/ports/leases.ts";
import { createMemoryRepository } from "../../support/memory-repository.ts";
import { makeFilm, openTestServer, type RunningTestServer, serveTestServer } from "../test-server.ts";

const wanted = { scene: 0, piece: "clip", takes: 2 };
const key = { "Idempotency-Key": "one" };
const busy = (): Promise<never> => Promise.reject(new VidpipeError("storage.busy", "another program writes"));

/** A repository of which some calls go wrong while a test says so. */
function failing(fault: { acquire?: () => Promise<never>; settle?: () => Promise<never> }) {
  const real = createMemoryRepository({ clock: createSystemClock() });
  let armed = false;
  const faulty: ProjectDatabase = {
    ...real,
    leasesOf(process) {
      const leases = real.leasesOf(process);
      return { ...leases, acquire: (id) => (armed && fault.acquire?.()) || leases.acquire(id) };
    },
    keys: { ...real.keys, settle: (...asked) => (armed && fault.settle?.()) || real.keys.settle(...asked) },
  };
  return { real, faulty, arm: (on: boolean) => (armed = on) };
}

const takesOf = async (up: RunningTestServer, id: string) => {
  const answer = TakesAnswer.parse(await (await up.get(`/api/projects/${id}/takes`)).json());
  return answer.takes.filter(({ kind, position }) => kind === "clip" && position === 0);
};

test.each([
  ["the project could not be taken up", { acquire: busy }],
  ["the answer could not be kept", { settle: busy }],
])("a retake that was ordered when %s is not ordered again under its key", async (_, fault) => {
  const { faulty, arm } = failing(fault);
  const up = serveTestServer(openTestServer({ repository: faulty }));
  const { id } = await makeFilm(up, "A cat.", 1);
  arm(true);
  expect((await up.post(`/api/projects/${id}/retakes`, wanted, key)).status).toBe(503);
  arm(false);
  expect((await up.post(`/api/projects/${id}/retakes`, wanted, key)).status).toBe(202);
  expect(await takesOf(up, id)).toHaveLength(3);
  const other = await up.post(`/api/projects/${id}/retakes`, { ...wanted, takes: 1 }, key);
  expect(other.status).toBe(422);
  await up.stop();
});

test("a retake whose server died before it answered is not ordered again under its key", async () => {
  const died = Promise.withResolvers<void>();
  const end = Promise.withResolvers<never>();
  const { real, faulty, arm } = failing({
    settle() {
      died.resolve();
      return end.promise;
    },
  });
  const first = openTestServer({ repository: faulty });
  const { id } = await makeFilm(first, "A cat.", 1);
  const up = serveTestServer(first);
  arm(true);
  const lost = up.post(`/api/projects/${id}/retakes`, wanted, key);
  await died.promise;
  const heir = serveTestServer(openTestServer({ repository: real }));
  expect((await heir.post(`/api/projects/${id}/retakes`, wanted, key)).status).toBe(202);
  expect(await takesOf(heir, id)).toHaveLength(3);
  const again = await heir.post(`/api/projects/${id}/retakes`, wanted, key);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  end.reject(new Error("nobody reads this"));
  await lost;
  await Promise.all([up.stop(), heir.stop()]);
});

test("a retake that was refused may be asked for again with the same key and other words", async () => {
  const up = serveTestServer(openTestServer());
  const { id } = await makeFilm(up, "A cat.", 1);
  const far = await up.post(`/api/projects/${id}/retakes`, { ...wanted, scene: 7 }, key);
  expect(far.status).toBe(422);
  expect((await up.post(`/api/projects/${id}/retakes`, wanted, key)).status).toBe(202);
  await up.stop();
});
