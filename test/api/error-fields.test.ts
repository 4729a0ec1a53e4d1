/** What an error says for programs: its code, its status, and the field at fault where there is one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ErrorAnswer } from "../../src/api/error-response.ts";
import { checkChoice, checkDuration } from "../../src/providers/catalog/catalog.ts";
import { GOOGLE_MODELS } from "../../src/providers/google/models.ts";
import {
  makeFilm,
  openTestServer,
  READ_TOKEN,
  type RunningTestServer,
  serveTestServer,
  TOKENS,
} from "./test-server.ts";

/** Makes clips of 4, 6 or 8 seconds, in 16:9 or 9:16. */
const veo = GOOGLE_MODELS.models.find(({ id }) => id === "veo-3.1-generate-001") ?? expect.unreachable();

let up: RunningTestServer;
let film = "";
let storyboard: Record<string, unknown> = {};
beforeAll(async () => {
  const server = openTestServer({
    checkWebhook: () => {},
  });
  const { selectModels } = server.provider;
  server.provider.selectModels = (request) => {
    checkDuration(veo, request.clipDurationSeconds);
    checkChoice(veo, "aspect ratio", request.aspectRatio, veo.aspectRatios);
    return selectModels(request);
  };
  up = serveTestServer(server, { tokens: TOKENS });
  film = `/api/projects/${(await makeFilm(server)).id}`;
  storyboard = Object(await (await up.get(`${film}/storyboard`)).json());
});
afterAll(() => up.stop());

const scenesWith = (place: number, change: object) => ({
  ...storyboard,
  scenes: Array.isArray(storyboard.scenes)
    ? storyboard.scenes.map((scene, n) => (n === place ? { ...scene, ...change } : scene))
    : [],
});
const withFade = { transition: { kind: "crossfade", seconds: 3.5 } };

interface Asked {
  readonly method?: string;
  /** A path, or what follows the film's. */
  readonly path: string;
  readonly body?: object | string;
  readonly headers?: Record<string, string>;
}

async function errorOf({ method = "POST", path, body, headers = {} }: Asked) {
  const answer = await fetch(up.url(path.startsWith("/") ? path : `${film}/${path}`), {
    method,
    headers: { "Content-Type": "application/json", ...up.auth, ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const { code, status, field, detail } = ErrorAnswer.parse(await answer.json());
  expect(answer.status).toBe(status);
  expect(detail).not.toBe("");
  return field === undefined ? [status, code] : [status, code, field];
}

const generate = (body: object | string, headers: Record<string, string> = {}): Asked => ({
  path: "/api/generate",
  body,
  headers,
});

const CASES: readonly (readonly [name: string, asked: () => Asked, expected: readonly (string | number)[]])[] = [
  // By the schema of the body.
  ["a field of another type", () => generate({ prompt: 7 }), [422, "input.invalid", "prompt"]],
  ["a field that is missing", () => generate({}), [422, "input.invalid", "prompt"]],
  ["a field nobody knows", () => generate({ prompt: "A cat", lenght: 7 }), [422, "input.invalid", "lenght"]],
  ["the first of several", () => generate({ prompt: "A cat", seed: "x", scenes: 0 }), [422, "input.invalid", "scenes"]],
  [
    "a field of a scene",
    () => generate({ storyboard: scenesWith(1, { description: 7 }) }),
    [422, "input.invalid", "storyboard.scenes.1.description"],
  ],
  [
    "a field nobody knows in a scene",
    () => generate({ storyboard: scenesWith(1, { colour: "red" }) }),
    [422, "input.invalid", "storyboard.scenes.1.colour"],
  ],
  ["a body that is no object", () => generate("[]"), [422, "input.invalid"]],
  ["a body that is not JSON", () => generate("{"), [400, "input.malformed"]],
  ["a body of another type", () => generate("a=b", { "Content-Type": "text/plain" }), [415, "input.media_type"]],
  ["a body that is too long", () => generate({ prompt: "x".repeat(1_100_000) }), [413, "input.too_large"]],
  // By the rules of the domain.
  [
    "a length no model makes",
    () => generate({ prompt: "A cat", clip_duration: 5 }),
    [422, "input.invalid", "clip_duration"],
  ],
  [
    "a shape no model makes",
    () => generate({ prompt: "A cat", aspect_ratio: "1:1" }),
    [422, "input.invalid", "aspect_ratio"],
  ],
  [
    "a crossfade longer than half a clip",
    () => generate({ prompt: "A cat", crossfade: 3.5 }),
    [422, "input.invalid", "crossfade"],
  ],
  ["more scenes than are allowed", () => generate({ prompt: "A cat", scenes: 16 }), [422, "input.invalid", "scenes"]],
  [
    "a scene of a length no model makes",
    () => generate({ storyboard: scenesWith(1, { duration: 5 }) }),
    [422, "input.invalid", "storyboard.scenes.1.duration"],
  ],
  [
    "a transition longer than half a clip",
    () => generate({ storyboard: scenesWith(0, withFade) }),
    [422, "input.invalid", "storyboard.scenes.0.transition"],
  ],
  [
    "an edit of such a scene",
    () => ({ method: "PATCH", path: "storyboard", body: { scenes: [{ scene: 1, duration: 5 }] } }),
    [422, "input.invalid", "storyboard.scenes.1.duration"],
  ],
  [
    "an edit of a scene that is not there",
    () => ({ method: "PATCH", path: "storyboard", body: { scenes: [{ scene: 0 }, { scene: 9 }] } }),
    [422, "input.invalid", "scenes.1.scene"],
  ],
  [
    "a retake of a scene that is not there",
    () => ({ path: "retakes", body: { scene: 9, piece: "clip" } }),
    [422, "input.invalid", "scene"],
  ],
  [
    "a take that is not there",
    () => ({ path: "picks", body: { scene: 0, piece: "clip", take: 9 } }),
    [422, "input.invalid", "take"],
  ],
  [
    "a revision that is not there",
    () => ({ path: "revert", body: { revision: 9 } }),
    [422, "input.invalid", "revision"],
  ],
  [
    "a crossfade too long to join",
    () => ({ path: "stitch", body: { crossfade: 4 } }),
    [422, "input.invalid", "crossfade"],
  ],
  // By the query and the headers.
  ["a number that is none", () => ({ method: "GET", path: "status?wait=x" }), [422, "input.invalid", "wait"]],
  [
    "a cursor of somebody else",
    () => ({ method: "GET", path: "/api/projects?cursor=x" }),
    [422, "input.invalid", "cursor"],
  ],
  [
    "a key that is none",
    () => generate({ prompt: "A cat" }, { "Idempotency-Key": "x".repeat(256) }),
    [400, "input.malformed", "Idempotency-Key"],
  ],
  // By the state of things.
  ["a project that is not there", () => ({ method: "GET", path: "/api/projects/zzzz" }), [404, "project.not_found"]],
  ["nothing to resume", () => ({ path: "resume", body: {} }), [409, "project.conflict"]],
  [
    "an old revision",
    () => ({ method: "PATCH", path: "storyboard", body: { storyboard, revision: 7 } }),
    [409, "project.conflict"],
  ],
  // By HTTP itself.
  ["no such path", () => ({ method: "GET", path: "/api/nowhere" }), [404, "http.not_found"]],
  ["no such method", () => ({ method: "PUT", path: "/api/generate", body: {} }), [405, "http.method_not_allowed"]],
  ["no token", () => generate({ prompt: "A cat" }, { Authorization: "" }), [401, "http.unauthorized"]],
  [
    "a token that only reads",
    () => generate({ prompt: "A cat" }, { Authorization: `Bearer ${READ_TOKEN}` }),
    [403, "http.read_only_token"],
  ],
  [
    "another site's page",
    () => generate({ prompt: "A cat" }, { Origin: "https://evil.example" }),
    [403, "http.cross_site"],
  ],
  [
    "another Host",
    () => ({ method: "GET", path: "/api/health", headers: { Host: "evil.example" } }),
    [421, "http.wrong_host"],
  ],
  ["a URL that is too long", () => ({ method: "GET", path: `/api/${"x".repeat(9_000)}` }), [414, "http.url_too_long"]],
];

test.each(CASES)("%s", async (_, asked, expected) => {
  expect(await errorOf(asked())).toEqual([...expected]);
});

test("too many changes a minute name the wait and no field", async () => {
  const server = serveTestServer(openTestServer(), { changesPerMinute: 1 });
  await server.post("/api/estimate", { prompt: "A cat" });
  const answer = await server.post("/api/estimate", { prompt: "A cat" });
  expect(await answer.json()).toEqual({
    detail: "more than 1 changes a minute: slow down, or raise server.changes_per_minute",
    code: "server.too_many",
    status: 429,
  });
  expect(answer.headers.get("retry-after")).toBe("60");
  await server.stop();
});
