/** A page of another origin that the settings name, such as one on its own development server: from form to film. */
import { afterAll, expect, test } from "bun:test";
import { openTestServer, serveTestServer, TOKENS } from "./test-server.ts";

const PAGE = "http://localhost:5173";
const open = serveTestServer(openTestServer(), { allowedOrigins: [PAGE] });
const guarded = serveTestServer(openTestServer(), { allowedOrigins: [PAGE], tokens: TOKENS });
afterAll(async () => {
  await Promise.all([open.stop(), guarded.stop()]);
});

/** What a browser adds to every request of the page's scripts. */
const FROM_PAGE = { Origin: PAGE, Referer: `${PAGE}/`, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors" };
const ELEMENT = { Referer: `${PAGE}/`, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };

/** The rule of the Fetch standard: a script may read an answer only with these headers. */
function expectReadable({ headers }: Response): void {
  expect(headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(headers.get("access-control-allow-credentials")).toBe("true");
  expect(headers.get("vary")?.split(", ")).toContain("Origin");
}

/** What a browser does before it sends such a request. */
async function preflight(url: string, method: string, wanted: string): Promise<void> {
  const asked = { "Access-Control-Request-Method": method, "Access-Control-Request-Headers": wanted };
  const answer = await fetch(url, { method: "OPTIONS", headers: { ...FROM_PAGE, ...asked } });
  expect(answer.status).toBe(204);
  expectReadable(answer);
  expect(answer.headers.get("access-control-allow-methods")).toContain(method);
  const allowed = (answer.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/\s*,\s*/);
  for (const name of wanted.split(",")) expect(allowed).toContain(name);
}

/** Reads a stream until it has said something, and leaves it. */
async function readUntil({ body }: Response, words: string): Promise<string> {
  const decoder = new TextDecoder();
  let read = "";
  for await (const chunk of body ?? []) {
    read += decoder.decode(chunk, { stream: true });
    if (read.includes(words)) break;
  }
  return read;
}

test.each([
  ["without tokens", open, "accept,content-type,x-requested-with"],
  ["with a token", guarded, "authorization,content-type,idempotency-key"],
])("%s: the form, the status, the events and the film", async (_, { url, auth }, wanted) => {
  const scripted = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url(path), { ...init, headers: { ...FROM_PAGE, ...auth, ...init.headers } });
    expectReadable(answer);
    return answer;
  };
  await preflight(url("/api/generate"), "POST", wanted);
  const body = JSON.stringify({ prompt: "A cat exploring Tokyo at night", scenes: 2 });
  const json = { "Content-Type": "application/json" };
  const made = await scripted("/api/generate", { method: "POST", body, headers: json });
  expect(made.status).toBe(202);
  const film = `/api/projects/${Object(await made.json()).project_id}`;

  // Polls as the page does, then follows the events from the start.
  let known = "pending";
  while (known !== "complete")
    known = String(Object(await (await scripted(`${film}/status?wait=5&known=${known}`)).json()).status);
  await preflight(url(`${film}/events`), "GET", "last-event-id");
  const events = await scripted(`${film}/events`, { headers: { Accept: "text/event-stream" } });
  expect(events.headers.get("content-type")).toStartWith("text/event-stream");
  expect(await readUntil(events, "complete")).toContain("complete");

  const whole = await scripted(`${film}/download`);
  const bytes = await whole.bytes();
  for (const name of ["Content-Length", "Content-Disposition", "ETag", "Accept-Ranges"])
    expect(whole.headers.get("access-control-expose-headers")).toContain(name);
  await preflight(url(`${film}/download`), "GET", "range");
  const part = await scripted(`${film}/download`, { headers: { Range: "bytes=1-3" } });
  expect([part.status, await part.bytes()]).toEqual([206, bytes.slice(1, 4)]);
  expect(part.headers.get("access-control-expose-headers")).toContain("Content-Range");
  const unchanged = await scripted(`${film}/download`, {
    headers: { "If-None-Match": whole.headers.get("etag") ?? "" },
  });
  expect(unchanged.status).toBe(304);
});

test("its <img> and <video> may show what they ask for without an Origin; those of other pages may not", async () => {
  const { id } = Object(await (await open.post("/api/generate", { prompt: "A cat", scenes: 1 })).json());
  const path = `/api/projects/${id}/status`;
  const policyOf = async (headers: Record<string, string>) =>
    (await open.get(path, headers)).headers.get("cross-origin-resource-policy");
  expect(await policyOf(ELEMENT)).toBe("cross-origin");
  expect(await policyOf({ ...ELEMENT, Referer: "https://evil.example/" })).toBe("same-origin");
  expect(await policyOf({ ...ELEMENT, Referer: `${PAGE}.evil.example/` })).toBe("same-origin");
  expect(await policyOf({ ...ELEMENT, Referer: "nonsense" })).toBe("same-origin");
  expect(await policyOf({})).toBe("same-origin");
});
