import { expect, test } from "bun:test";
import { Hono } from "hono";
import { failureResponse } from "../../../src/api/error-response.ts";
import type { ApiEnv } from "../../../src/api/middleware/auth.ts";
import { rateLimit } from "../../../src/api/middleware/rate-limit.ts";
import { createHeldClock, createRecordingLog } from "../harness.ts";

const perMinute = 3;

/** A server whose callers are named by a header, and whose clock the test moves. */
function limited() {
  let nowMs = 0;
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    c.set("caller", { name: c.req.header("caller") ?? "", scope: "spend" });
    await next();
  });
  app.use(rateLimit(perMinute, { ...createHeldClock(), monotonic: () => nowMs }));
  app.onError((error) => failureResponse(error, createRecordingLog()));
  app.all("/", (c) => c.text("done"));
  const ask = async (caller: string, method = "POST") => app.request("/", { method, headers: { caller } });
  return {
    ask,
    /** How many requests in a row are let through. */
    async burst(caller: string) {
      let passed = 0;
      while ((await ask(caller)).status === 200) passed++;
      return passed;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("a caller may spend a whole minute's changes at once, and no more", async () => {
  expect(await limited().burst("a")).toBe(perMinute);
});

test("a caller that rested for an hour has one minute's changes, not sixty", async () => {
  const { burst, pass } = limited();
  await burst("a");
  pass(3_600_000);
  expect(await burst("a")).toBe(perMinute);
});

test.each([
  [19_999, 0],
  [20_000, 1],
  [40_000, 2],
  [59_999, 2],
])("after %d ms %d more are let through", async (ms, expected) => {
  const { burst, pass } = limited();
  await burst("a");
  pass(ms);
  expect(await burst("a")).toBe(expected);
});

test("a refused request costs nothing and says how long to wait", async () => {
  const { ask, burst, pass } = limited();
  await burst("a");
  pass(5_000);
  const refused = await ask("a");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "15"]);
  pass(15_000);
  expect((await ask("a")).status).toBe(200);
});

test("callers do not share, and reading is free", async () => {
  const { ask, burst } = limited();
  await burst("a");
  expect(await burst("b")).toBe(perMinute);
  for (let n = 0; n < perMinute * 2; n++) expect((await ask("a", "GET")).status).toBe(200);
});
