import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { API_HEADERS } from "../../src/api/refusal.ts";
import { makeFilm, openWorkshop, serveWorkshop, type WorkshopServer } from "../api/workshop.ts";

/** Requests of the normal suite; CI at night sends more. */
const FUZZ_REQUESTS = Number(Bun.env.VIDPIPE_FUZZ_REQUESTS ?? 5_000);
/** Requests under way at once. */
const atOnce = 50;
/** Ms in which each must be answered. */
const patienceMs = 5_000;

let up: WorkshopServer;
let id: string;
beforeAll(async () => {
  const workshop = openWorkshop();
  id = (await makeFilm(workshop, "Fuzzed.", 1)).id;
  up = serveWorkshop(workshop, { changesPerMinute: 1_000_000 });
});
afterAll(() => up.stop());

interface Operation {
  readonly path: string;
  readonly method: string;
}

/** What the reference offers, but for the endless stream. */
async function operationsOf(server: WorkshopServer): Promise<Operation[]> {
  const spec = Object(await (await server.get("/api/openapi.json")).json());
  return Object.entries(Object(spec.paths)).flatMap(([path, methods]) =>
    path.endsWith("/events")
      ? []
      : Object.keys(Object(methods)).map((method) => ({ path, method: method.toUpperCase() })),
  );
}

const nasty = fc.constantFrom<unknown>(
  ...[
    "",
    "..",
    "../../etc/passwd",
    "%00",
    "\u0000",
    "-1",
    "1e400",
    "\ud800",
    "x".repeat(300),
    "<script>",
    "' OR 1=1--",
  ],
  ...[null, -1, 1e308, [], {}, true],
);
const value = fc.oneof(
  { weight: 2, arbitrary: nasty },
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>("A cat", 1, 6, 0.5, "16:9"),
);
const text = (known: string) =>
  fc
    .oneof(nasty.map(String), fc.string({ maxLength: 40 }), fc.constantFrom(known, "0", "1"))
    .map((t) => t.toWellFormed());
const FIELDS = [
  "prompt",
  "style",
  "aspect_ratio",
  "clip_duration",
  "scenes",
  "seed",
  "crossfade",
  "provider",
  "max_cost",
];
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...FIELDS, "webhook_url", "retry_refused", "__proto__"), value),
  value,
);

/** A request made from the reference and spoiled. */
const spoiled = (operations: readonly Operation[], known: string) =>
  fc.record({
    operation: fc.constantFrom(...operations),
    method: fc.constantFrom("", "", "", "POST", "DELETE", "PUT"),
    id: text(known),
    scene: text("0"),
    query: fc.dictionary(fc.constantFrom("take", "w", "limit", "cursor", "status", "q"), text("1"), { maxKeys: 3 }),
    body,
    type: fc.constantFrom("application/json", "application/json", "text/plain", ""),
    key: fc.constantFrom("", "k1", "k2", "\ttab"),
  });
type Spoiled = ReturnType<typeof spoiled> extends fc.Arbitrary<infer T> ? T : never;

/** Headers of every answer, whoever made it. */
const SENT_WITH_ALL = [...Object.keys(API_HEADERS), "X-Request-Id"];

/** Sends a request; says what is wrong with the answer, if anything. */
async function faultOf(request: Spoiled): Promise<string | undefined> {
  const { operation, type, key } = request;
  const path = operation.path
    .replace("{id}", encodeURIComponent(request.id))
    .replace("{n}", encodeURIComponent(request.scene));
  const method = request.method === "" ? operation.method : request.method;
  const answer = await fetch(up.url(`${path}?${new URLSearchParams(request.query)}`), {
    method,
    headers: { ...(type && { "Content-Type": type }), ...(key && { "Idempotency-Key": key }) },
    ...(method !== "GET" && { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const said = await answer.text();
  const tells = /root:x:0|\.ts:\d+|at async /.test(said) || said.includes(process.cwd());
  const bare = SENT_WITH_ALL.filter((name) => !answer.headers.has(name));
  return answer.status < 500 && !tells && bare.length === 0
    ? undefined
    : `${method} ${path}: ${answer.status} ${said.slice(0, 200)} ${bare}`;
}

test(
  `${FUZZ_REQUESTS} requests made from the reference and spoiled: no 5xx, no hang, no way out`,
  async () => {
    let sent = 0;
    const requests = fc.array(spoiled(await operationsOf(up), id), { minLength: atOnce, maxLength: atOnce });
    const property = fc.asyncProperty(requests, async (batch) => {
      const faults = await Promise.all(batch.map(faultOf));
      sent += batch.length;
      expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
    });
    await fc.assert(property, { numRuns: Math.ceil(FUZZ_REQUESTS / atOnce), seed: 20_261_122, endOnFailure: true });
    expect(sent).toBeGreaterThanOrEqual(FUZZ_REQUESTS);
  },
  Math.max(60_000, FUZZ_REQUESTS * 10),
);
