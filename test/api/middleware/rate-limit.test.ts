import { expect, test } from "bun:test";
import { Hono } from "hono";
import type { ApiEnv } from "../../../src/api/middleware/auth.ts";
import { createRateLimit } from "../../../src/api/middleware/rate-limit.ts";

/** A server that only limits, and a clock that only the test moves. */
function limitedTo(perMinute: number) {
  let nowMs = 5_000;
  const limit = createRateLimit(perMinute, {
    now: () => 0,
    monotonic: () => nowMs,
    sinceBoot: () => 0,
    sleep: async () => {},
  });
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    c.set("caller", { name: c.req.header("x-name") ?? "", scope: "spend" });
    const refused = limit(c);
    if (refused !== undefined) return refused;
    return next();
  });
  app.all("/", (c) => c.text("done"));
  /** What so many requests at this moment are answered with. */
  async function send(count: number, name = "ann", method = "POST"): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < count; n++)
      statuses.push((await app.request("/", { method, headers: { "x-name": name } })).status);
    return statuses;
  }
  return {
    send,
    wait: (ms: number) => {
      nowMs += ms;
    },
    retryAfter: async () => (await app.request("/", { method: "POST", headers: { "x-name": "ann" } })).headers,
  };
}

test("a minute's requests may come at once, and not one more", async () => {
  const { send } = limitedTo(3);
  expect(await send(5)).toEqual([200, 200, 200, 429, 429]);
});

test("an idle hour saves up no more than one minute's requests", async () => {
  const { send, wait } = limitedTo(3);
  expect(await send(1)).toEqual([200]);
  wait(3_600_000);
  expect(await send(4)).toEqual([200, 200, 200, 429]);
  wait(3_600_000);
  expect(await send(4)).toEqual([200, 200, 200, 429]);
});

test("one more may come for each part of the minute that is over, and no sooner", async () => {
  const { send, wait } = limitedTo(3);
  await send(3);
  wait(19_999);
  expect(await send(1)).toEqual([429]);
  wait(1);
  expect(await send(2)).toEqual([200, 429]);
  wait(40_000);
  expect(await send(3)).toEqual([200, 200, 429]);
});

test("a request that was refused costs nothing: asking all the time does not put off the next one", async () => {
  const { send, wait } = limitedTo(3);
  await send(3);
  for (let n = 0; n < 20; n++) {
    wait(999);
    expect(await send(1)).toEqual([429]);
  }
  wait(20);
  expect(await send(1)).toEqual([200]);
});

test.each([
  [0, "20"],
  [1, "20"],
  [1_000, "19"],
  [18_999.5, "2"],
  [19_500, "1"],
])("%p ms after the last one it is told to wait %s s", async (ms, seconds) => {
  const { send, wait, retryAfter } = limitedTo(3);
  await send(3);
  wait(ms);
  expect((await retryAfter()).get("retry-after")).toBe(seconds);
});

test("each caller has its own, and reading is not limited", async () => {
  const { send } = limitedTo(1);
  expect(await send(2, "ann")).toEqual([200, 429]);
  expect(await send(2, "bob")).toEqual([200, 429]);
  expect(await send(3, "ann", "GET")).toEqual([200, 200, 200]);
  for (const method of ["PUT", "PATCH", "DELETE"]) expect(await send(1, "ann", method)).toEqual([429]);
});
