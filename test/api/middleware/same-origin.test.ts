import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { cors, csrf } from "../../../src/api/middleware/csrf.ts";
import { createRecordingLog } from "../harness.ts";

const HOST = "127.0.0.1:8000";
const OWN = `http://${HOST}`;
const FRIEND = "https://friend.example";

/** What a server that only checks where a request comes from answers. */
function answer(method: string, headers: Record<string, string>): Promise<Response> {
  const allowed = new Set([FRIEND]);
  const app = new Hono();
  app.use(cors(allowed, createRecordingLog()), csrf(allowed));
  app.all("/", (c) => c.text("done"));
  return Promise.resolve(app.request("/", { method, headers: { Host: HOST, ...headers } }));
}

describe("a request that may change something", () => {
  // What the browser says of the page's site, and the page's origin; null: it says nothing.
  test.each([
    ["same-origin", OWN, 200],
    ["none", OWN, 200],
    [null, OWN, 200],
    [null, `https://${HOST}`, 200],
    ["none", null, 200],
    [null, null, 200],
    // Another port or a sister domain is another page, even where it claims to be ours.
    ["same-site", OWN, 403],
    ["same-site", null, 403],
    ["same-site", "http://127.0.0.1:9000", 403],
    ["cross-site", OWN, 403],
    ["cross-site", null, 403],
    ["", OWN, 403],
    ["SAME-ORIGIN", OWN, 403],
    ["same-origin", "https://evil.example", 403],
    [null, "https://evil.example", 403],
    [null, "null", 403],
    [null, "", 403],
    // A page that the settings allow.
    ["cross-site", FRIEND, 200],
    [null, FRIEND, 200],
    [null, `${FRIEND}.evil.example`, 403],
  ] as const)("with Sec-Fetch-Site %p and Origin %p: %p", async (site, origin, status) => {
    const headers = {
      ...(site === null ? {} : { "Sec-Fetch-Site": site }),
      ...(origin === null ? {} : { Origin: origin }),
    };
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect([method, (await answer(method, headers)).status]).toEqual([method, status]);
  });
});

test.each(["GET", "HEAD"])("%s changes nothing and may come from anywhere", async (method) => {
  const headers = { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
  expect((await answer(method, headers)).status).toBe(200);
});

describe("a page that the settings allow", () => {
  const corsOf = ({ headers }: Response) =>
    ["access-control-allow-origin", "access-control-expose-headers", "vary"].map((name) => headers.get(name));

  test("may ask before it sends, and may read the answers", async () => {
    const preflight = await answer("OPTIONS", { Origin: FRIEND, "Access-Control-Request-Method": "POST" });
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([
      204,
      "GET, HEAD, POST, PUT, PATCH, DELETE",
    ]);
    const readable =
      "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Idempotency-Replayed, Retry-After, X-Request-Id";
    for (const response of [preflight, await answer("GET", { Origin: FRIEND })])
      expect(corsOf(response)).toEqual([FRIEND, readable, "Origin"]);
  });

  test.each([OWN, "https://evil.example", ""])("is none of %p", async (origin) => {
    for (const method of ["OPTIONS", "GET"]) {
      const response = await answer(method, { Origin: origin });
      expect([response.status, corsOf(response)]).toEqual([200, [null, null, null]]);
    }
  });
});
