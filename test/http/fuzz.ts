/** Requests made from the reference of the API and spoiled. */
import fc from "fast-check";
import { API_HEADERS } from "../../src/api/error-response.ts";
import { makeFilm, openTestServer, type RunningTestServer, serveTestServer } from "../api/test-server.ts";

/** Requests under way at once. */
const atOnce = 50;
/** Ms in which each must be answered. */
const patienceMs = 5_000;
/** Batches that are drawn at a time. */
const drawn = 100;

interface Operation {
  readonly path: string;
  readonly method: string;
}

/** What the reference offers, but for the endless stream. */
async function operationsOf(server: RunningTestServer): Promise<Operation[]> {
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
    type: fc.constantFrom("application/json", "application/json", "text/plain", "image/png", ""),
    key: fc.constantFrom("", "k1", "k2", "\ttab"),
  });
type Spoiled = ReturnType<typeof spoiled> extends fc.Arbitrary<infer T> ? T : never;

/** Headers of every answer, whoever made it. */
const SENT_WITH_ALL = [...Object.keys(API_HEADERS), "X-Request-Id"];

/** Sends a request; says what is wrong with the answer, if anything. */
async function faultOf(up: RunningTestServer, request: Spoiled): Promise<string | undefined> {
  const { operation, type, key } = request;
  const path = operation.path
    .replace("{id}", encodeURIComponent(request.id))
    .replace(/\{(?:n|name|still)\}/, encodeURIComponent(request.scene));
  const method = request.method === "" ? operation.method : request.method;
  const answer = await fetch(up.url(`${path}?${new URLSearchParams(request.query)}`), {
    method,
    headers: { ...(type && { "Content-Type": type }), ...(key && { "Idempotency-Key": key }) },
    ...(method !== "GET" && { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const said = await answer.text();
  const bare = SENT_WITH_ALL.filter((name) => !answer.headers.has(name));
  const tells = /root:x:0|\.ts:\d+|at async /.test(said) || said.includes(process.cwd());
  return answer.status < 500 && !tells && bare.length === 0
    ? undefined
    : `${method} ${path}: ${answer.status} ${said.slice(0, 200)} ${bare}`;
}

/** Sends so many requests to a server of its own. Returns a line for each 5xx, each hang and each way out. */
export async function fuzzHttp(count: number, seed: number): Promise<readonly string[]> {
  const testServer = openTestServer();
  const { id } = await makeFilm(testServer, "Fuzzed.", 1);
  const up = serveTestServer(testServer, { changesPerMinute: 1_000_000 });
  const faults: string[] = [];
  try {
    const batch = fc.array(spoiled(await operationsOf(up), id), { minLength: atOnce, maxLength: atOnce });
    for (let sent = 0; sent < count; ) {
      const numRuns = Math.min(drawn, Math.ceil((count - sent) / atOnce));
      for (const requests of fc.sample(batch, { numRuns, seed: seed + sent })) {
        const answers = await Promise.all(requests.map((request) => faultOf(up, request).catch(String)));
        faults.push(...answers.filter((fault) => fault !== undefined).map((fault) => `seed ${seed + sent}: ${fault}`));
        sent += requests.length;
      }
    }
  } finally {
    await up.stop();
  }
  return faults;
}
