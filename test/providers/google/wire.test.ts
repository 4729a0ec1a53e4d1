import { afterEach, expect, test } from "bun:test";
import { createWire, newTrace } from "../../../src/providers/google/wire.ts";
import { never } from "../../support/never.ts";

const open: { stop(closeActive: boolean): unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.stop(true);
});

/** A server that answers ten bytes, and a wire to it. */
function wired() {
  let requests = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch: () => {
      requests += 1;
      return new Response("0123456789", { headers: { "content-type": "text/plain" } });
    },
  });
  open.push(server);
  const { origin } = server.url;
  const wire = createWire(new Set([origin]));
  const trace = (paid: boolean, maxBytes: number) => newTrace({ signal: never, maxBytes, paid, alive: () => {} });
  return { wire, origin, trace, requests: () => requests };
}

test("a paid call sends one request, whatever its client tries", async () => {
  const { wire, origin, trace, requests } = wired();
  const paid = trace(true, 100);
  const again = wire.observe(paid, async () => {
    await wire.fetch(origin, { method: "POST" });
    return wire.fetch(origin, { method: "POST" });
  });
  expect(await again.catch(String)).toContain("a paid request is sent once");
  expect(requests()).toBe(1);
  expect(Buffer.from(paid.answer?.bytes ?? []).toString()).toBe("0123456789");
});

test("a free call may ask again, and nothing of it is kept", async () => {
  const { wire, origin, trace, requests } = wired();
  const free = trace(false, 100);
  const texts = await wire.observe(free, async () => [
    await (await wire.fetch(origin)).text(),
    await (await wire.fetch(origin)).text(),
  ]);
  expect(texts).toEqual(["0123456789", "0123456789"]);
  expect([requests(), free.answer]).toEqual([2, null]);
});

test.each([
  [9, false],
  [10, true],
])("of a paid answer of ten bytes with room for %p is kept all or nothing", async (maxBytes, isKept) => {
  const { wire, origin, trace } = wired();
  const paid = trace(true, maxBytes);
  const outcome = await wire
    .observe(paid, () => wire.fetch(origin, { method: "POST" }))
    .then(
      () => "answered",
      () => "lost",
    );
  expect(outcome).toBe(isKept ? "answered" : "lost");
  expect(paid.answer === null).toBe(!isKept);
});
