import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { timingSafeEqual } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccess } from "../../src/api/access.ts";
import { createArtifactStore } from "../../src/storage/artifacts.ts";
import { createSystemClock } from "../../src/system.ts";
import { makeFilm, openWorkshop, READ_TOKEN, SPEND_TOKEN, serveWorkshop, TOKENS } from "../api/workshop.ts";
import { abuse, exchange, statusIn, type Target } from "./abuse.ts";

/** The abuse list: what is done to the server, what it answers, that nothing came of it, that others are served. */

let up: Target;
const target = () => up;
const get = "GET /api/projects HTTP/1.1";
const post = "POST /api/generate HTTP/1.1";
const json = "Content-Type: application/json";
const FILM = '{"prompt":"A cat","scenes":1}';

const films = mkdtempSync(join(tmpdir(), "vidpipe-abuse-"));
beforeAll(async () => {
  const owner = { self: "abuse-list", isLive: () => true };
  const artifacts = createArtifactStore({ root: films }, { owner, clock: createSystemClock() });
  const workshop = openWorkshop({ artifacts });
  const finished = await makeFilm(workshop, "A cat at night.", 2);
  const other = await makeFilm(workshop, "A dog by day.", 1);
  const served = serveWorkshop(workshop, { tokens: TOKENS });
  const { port } = served.server;
  const raw = (bytes: string | Uint8Array) => exchange(port, bytes);
  up = Object.assign(served, {
    host: `Host: 127.0.0.1:${port}`,
    bearer: `Authorization: Bearer ${SPEND_TOKEN}`,
    finished: finished.id,
    other: other.id,
    raw,
    async status(lines: readonly string[], body: string | Uint8Array = "") {
      const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
      return statusIn(await raw(Buffer.concat([head, Buffer.from(body)])));
    },
  });
});
afterAll(async () => {
  await up.stop();
  rmSync(films, { recursive: true, force: true });
});

/** Sends each line set and expects the same status from all of them. */
const all = async (expected: number, requests: readonly (readonly string[])[], body?: string) => {
  for (const lines of requests) expect([lines, await up.status(lines, body)]).toEqual([lines, expected]);
};
const posted = async (body: string, headers: Record<string, string> = {}) =>
  (await up.post("/api/generate", body, headers)).status;

describe("who may come in", () => {
  abuse(1, "no token", target, () =>
    all(401, [
      [get, up.host],
      [post, up.host, json, "Content-Length: 0"],
    ]),
  );
  abuse(2, "a wrong token of any length takes no other way", target, async () => {
    for (const token of ["x", SPEND_TOKEN.slice(0, -1), `${SPEND_TOKEN}x`, "y".repeat(SPEND_TOKEN.length)])
      expect(await up.status([get, up.host, `Authorization: Bearer ${token}`])).toBe(401);
  });
  test("2 whatever was sent, every token is compared in full and in the same way", () => {
    const compared: number[] = [];
    const isSame: typeof timingSafeEqual = (a, b) => {
      compared.push(a.byteLength, b.byteLength);
      return timingSafeEqual(a, b);
    };
    const access = createAccess(TOKENS, isSame);
    const last = TOKENS.at(-1)?.token ?? "";
    const sent = [undefined, "", "Bearer x", `Bearer ${SPEND_TOKEN}`, `Bearer ${last}`, `Bearer ${"y".repeat(400)}`];
    const ways = sent.map((header) => {
      access.callerOf(header);
      return compared.splice(0);
    });
    expect(new Set(ways.map(String))).toEqual(new Set([String(TOKENS.flatMap(() => [32, 32]))]));
  });
  abuse(3, "a token in the query", target, () =>
    all(401, [[`GET /api/projects?token=${SPEND_TOKEN}&access_token=${SPEND_TOKEN} HTTP/1.1`, up.host]]),
  );
  abuse(4, "a token said in another way", target, () =>
    all(401, [
      [get, up.host, `Authorization: Basic ${btoa(`main:${SPEND_TOKEN}`)}`],
      [get, up.host, `Authorization: Bearer  ${SPEND_TOKEN}`],
      [get, up.host, `authorization: bearer ${SPEND_TOKEN}`],
      [get, up.host, up.bearer, "Authorization: Bearer other"],
      [get, up.host, `Authorization: ${SPEND_TOKEN}`],
      [get, up.host, `X-Api-Key: ${SPEND_TOKEN}`],
      [get, up.host, `Cookie: token=${SPEND_TOKEN}`],
    ]),
  );
  abuse(5, "a token of a megabyte", target, async () => {
    expect([431, 0]).toContain(await up.status([get, up.host, `Authorization: Bearer ${"x".repeat(1_048_576)}`]));
  });
  test("a reading token looks and asks for prices, and changes nothing", async () => {
    const reader = { Authorization: `Bearer ${READ_TOKEN}` };
    expect((await up.get("/api/projects", reader)).status).toBe(200);
    expect((await up.post("/api/estimate", FILM, reader)).status).toBe(200);
    expect((await up.post("/api/generate", FILM, reader)).status).toBe(403);
    expect((await fetch(up.url(`/api/projects/${up.finished}`), { method: "DELETE", headers: reader })).status).toBe(
      403,
    );
  });
});

describe("under which name", () => {
  abuse(6, "Host evil.com", target, () => all(421, [[get, "Host: evil.com", up.bearer]]));
  abuse(7, "two Hosts", target, () => all(421, [[get, up.host, "Host: evil.com", up.bearer]]));
  abuse(8, "Host 127.0.0.1.nip.io", target, () =>
    all(421, [[get, `Host: 127.0.0.1.nip.io:${up.server.port}`, up.bearer]]),
  );
  abuse(9, "Host with another port", target, () => all(421, [[get, "Host: localhost:1", up.bearer]]));
  abuse(10, "Host with user, fragment, dot, capitals", target, async () => {
    const { port } = up.server;
    const names = [`a@localhost:${port}`, `localhost:${port}#`, `localhost.:${port}`, `LOCALHOST:${port}`];
    for (const name of names) expect([400, 421]).toContain(await up.status([get, `Host: ${name}`, up.bearer]));
  });
  abuse(11, "an absolute URI of somebody else", target, async () => {
    expect(await up.status(["GET http://evil.com/api/projects HTTP/1.1", "Host: evil.com", up.bearer])).toBe(421);
    expect(await up.status(["GET http://evil.com/api/projects HTTP/1.1", up.host])).toBe(401);
  });
  abuse(12, "DNS rebinding", target, () =>
    all(421, [
      [
        post,
        "Host: evil.com",
        "Origin: http://evil.com",
        "Sec-Fetch-Site: same-origin",
        json,
        up.bearer,
        "Content-Length: 0",
      ],
    ]),
  );
});

describe("from which page", () => {
  abuse(13, "Origin null", target, async () => {
    expect(await posted(FILM, { Origin: "null" })).toBe(403);
  });
  abuse(14, "a form of another site", target, async () => {
    const form = { "Content-Type": "text/plain", Origin: "https://evil.com", "Sec-Fetch-Site": "cross-site" };
    expect(await posted(FILM, form)).toBe(403);
    expect(await posted(FILM, { "Content-Type": "text/plain" })).toBe(415);
  });
  abuse(15, "form content types", target, async () => {
    for (const type of ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
      expect(await posted(FILM, { "Content-Type": type })).toBe(415);
  });
  abuse(16, "no content type", target, () =>
    all(415, [[post, up.host, up.bearer, `Content-Length: ${FILM.length}`]], FILM),
  );
  abuse(17, "another charset", target, async () => {
    expect(await posted(FILM, { "Content-Type": "application/json;charset=utf-7" })).toBe(415);
  });
  abuse(18, "a preflight of another site gets no leave", target, async () => {
    const preflight = { Origin: "https://evil.com", "Access-Control-Request-Method": "POST" };
    const answer = await fetch(up.url("/api/generate"), { method: "OPTIONS", headers: preflight });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
  abuse(19, "GET changes nothing, on any route", target, async () => {
    const spec: unknown = await (await fetch(up.url("/api/openapi.json"))).json();
    const bills = up.provider.bills.length;
    for (const path of Object.keys(Object(Object(spec).paths)).filter((path) => !path.endsWith("/events"))) {
      const answer = await up.get(path.replace("{id}", up.finished).replace("{n}", "0"));
      expect(answer.status).toBeLessThan(500);
      await answer.body?.cancel();
    }
    expect(up.provider.bills.length).toBe(bills);
  });
  abuse(20, "another method in a header", target, async () => {
    const headers = { "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST" };
    expect((await up.get(`/api/projects/${up.finished}`, headers)).status).toBe(200);
  });
  abuse(21, "methods of other protocols", target, () =>
    all(
      405,
      ["TRACE /api/projects", "CONNECT 127.0.0.1:80", "PROPFIND /api/projects"].map((start) => [
        `${start} HTTP/1.1`,
        up.host,
        up.bearer,
      ]),
    ),
  );
});

const MIB = 1_048_576;

describe("in what frame", () => {
  abuse(22, "a body one byte too long", target, () =>
    all(413, [[post, up.host, up.bearer, json, `Content-Length: ${MIB + 1}`]], "x".repeat(MIB + 1)),
  );
  abuse(23, "the same in pieces", target, async () => {
    const chunk = `${MIB.toString(16)}\r\n${"x".repeat(MIB)}\r\n1\r\nx\r\n0\r\n\r\n`;
    expect(await up.status([post, up.host, up.bearer, json, "Transfer-Encoding: chunked"], chunk)).toBe(413);
  });
  abuse(24, "a length that is not the body's", target, async () => {
    expect(await up.status([post, up.host, up.bearer, json, "Content-Length: 5"], FILM)).toBe(400);
    const socket = await Bun.connect({ hostname: "127.0.0.1", port: up.server.port, socket: { data() {} } });
    socket.write([post, up.host, up.bearer, json, "Content-Length: 500", "", FILM].join("\r\n"));
    socket.terminate();
  });
  abuse(25, "two kinds of length", target, () =>
    all(400, [[post, up.host, up.bearer, json, "Content-Length: 2", "Transfer-Encoding: chunked"]], "{}"),
  );
  abuse(26, "two lengths", target, () =>
    all(400, [[post, up.host, up.bearer, json, "Content-Length: 2", "Content-Length: 3"]], "{}"),
  );
  abuse(27, "headers that other servers read in another way", target, async () => {
    expect([400, 0]).toContain(await up.status([get, up.host, "X-A: 1\r\n folded", up.bearer]));
    expect([400, 0]).toContain(await up.status([get, up.host, "X-A: a\0b", up.bearer]));
    expect([400, 0]).toContain(await up.status([get, up.host, "X-A : b", up.bearer]));
  });
  abuse(28, "1,000 headers", target, async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `X-${n}: 1`);
    expect([431, 0]).toContain(await up.status([get, up.host, up.bearer, ...many]));
  });
  abuse(29, "a URL of 16 KiB", target, async () => {
    expect([414, 431]).toContain(await up.status([`GET /api/${"a".repeat(16_384)} HTTP/1.1`, up.host, up.bearer]));
    expect(await up.status([`GET /api/${"a".repeat(9_000)} HTTP/1.1`, up.host, up.bearer])).toBe(414);
  });
  abuse(30, "a packed bomb", target, async () => {
    const bomb = Bun.gzipSync(new Uint8Array(10 * MIB));
    const answer = await fetch(up.url("/api/generate"), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Content-Encoding": "gzip", ...up.auth },
      body: bomb,
    });
    expect(answer.status).toBe(415);
  });
});

describe("with what JSON", () => {
  abuse(31, "10,000 levels deep", target, async () => {
    const deep = `{"prompt":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
    expect([400, 422]).toContain(await posted(deep));
  });
  abuse(32, "a million keys, and as many as the longest body holds", target, async () => {
    const withKeys = (count: number) => `{"prompt":"x",${Array.from({ length: count }, (_, n) => `"${n}":1`).join()}}`;
    expect(await posted(withKeys(1_000_000))).toBe(413);
    const most = withKeys(105_000);
    expect(most.length).toBeGreaterThan(MIB * 0.9);
    const refused = await up.post("/api/generate", most);
    expect(refused.status).toBe(422);
    // It names a few of them, not all.
    expect((await refused.text()).length).toBeLessThan(1_000);
  });
  abuse(33, "a key twice counts once, the last", target, async () => {
    expect(await posted('{"prompt":"x","scenes":1,"scenes":0}')).toBe(422);
  });
  abuse(34, "keys that reach for prototypes", target, async () => {
    for (const key of ["__proto__", "constructor", "toString"])
      expect(await posted(`{"prompt":"x","${key}":{"scenes":1}}`)).toBe(422);
    expect(Reflect.get({}, "scenes")).toBeUndefined();
  });
  abuse(35, "numbers that are none", target, async () => {
    for (const number of ["1e400", "9007199254740993", '"NaN"', "-1e-400e"])
      expect([400, 422]).toContain(await posted(`{"prompt":"x","scenes":${number}}`));
  });
  abuse(36, "bytes that are no text", target, async () => {
    const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(await up.status([post, up.host, up.bearer, json, `Content-Length: ${body.length}`], body)).toBe(400);
    expect(await posted('{"prompt":"\\ud800"}')).toBe(422);
  });
  abuse(37, "unknown fields", target, async () => {
    expect(await posted('{"prompt":"x","colour":"red"}')).toBe(422);
  });
  abuse(38, "a wrong type for each field", target, async () => {
    for (const field of [
      "prompt",
      "style",
      "aspect_ratio",
      "clip_duration",
      "scenes",
      "seed",
      "crossfade",
      "provider",
      "max_cost",
      "webhook_url",
    ])
      for (const wrong of [[], {}, true])
        expect([field, await posted(JSON.stringify({ prompt: "x", [field]: wrong }))]).toEqual([field, 422]);
  });
  abuse(39, "prompts at the edge and beyond", target, async () => {
    for (const prompt of ["", "   ", "x".repeat(10_001), "a\0b", "a\u001b[2Jb"])
      expect(await posted(JSON.stringify({ prompt }))).toBe(422);
  });
  abuse(40, "sizes from another world", target, async () => {
    for (const wrong of [{ scenes: -1 }, { scenes: 0 }, { scenes: 1e9 }, { clip_duration: 1e9 }])
      expect(await posted(JSON.stringify({ prompt: "x", ...wrong }))).toBe(422);
  });
  abuse(
    41,
    "a cap below the price buys nothing",
    target,
    async () => {
      const bills = up.provider.bills.length;
      expect(await posted(JSON.stringify({ prompt: "x", scenes: 1, max_cost: 0 }))).toBe(202);
      const [made] = await up.service.list({ limit: 1 });
      if (made === undefined) throw new Error("nothing was made");
      for await (const _ of up.service.watch(made.id, new AbortController().signal));
      expect((await up.service.get(made.id)).status).toBe("held");
      expect(up.provider.bills.length).toBe(bills);
    },
    { creates: 1 },
  );
});

describe("after which thing", () => {
  const ids = [
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%2f",
    "%252e%252e",
    "..%5C",
    "%00",
    "%E2%88%95x",
    "1'%20OR%20'1'='1",
    "%25",
  ];
  abuse(42, "ids that are paths", target, async () => {
    for (const id of ids)
      for (const path of [
        `/api/projects/${id}`,
        `/api/projects/${id}/scenes/0/start.png`,
        `/api/projects/${id}/download`,
      ])
        expect([path, (await up.get(path)).status]).toEqual([path, 404]);
    for (const scene of ["..%2F1", "-1", "1e3", "0x0", "99999", "%00"])
      expect((await up.get(`/api/projects/${up.finished}/scenes/${scene}/start.png`)).status).toBe(404);
  });
  abuse(43, "the same path in disguise", target, async () => {
    for (const path of ["//api/projects", "/api//projects", "/api/projects;x=1", "/api%2Fprojects", "/API/projects"]) {
      expect([path, await up.status([`GET ${path} HTTP/1.1`, up.host])]).toEqual([path, 401]);
      expect([path, await up.status([`GET ${path} HTTP/1.1`, up.host, up.bearer])]).toEqual([path, 404]);
    }
  });
  abuse(44, "files that are another project's or nobody's", target, async () => {
    for (const path of ["scenes/1/clip.mp4", "scenes/5/start.png", "scenes/0/start.png?take=9", "scenes/0/final.mp4"])
      expect([path, (await up.get(`/api/projects/${up.other}/${path}`)).status]).toEqual([path, 404]);
  });
  abuse(45, "SQL in filters", target, async () => {
    for (const filter of ["status=complete'--", "limit=1;drop", "limit=-1", "limit=1e3", "cursor='", "cursor=W10"])
      expect([filter, (await up.get(`/api/projects?${encodeURI(filter)}`)).status]).toEqual([filter, 422]);
    expect(await (await up.get("/api/projects?q=%25' OR 1=1--")).json()).toEqual({ projects: [], next_cursor: null });
  });
  abuse(46, "ranges of all kinds", target, async () => {
    const path = `/api/projects/${up.finished}/scenes/0/clip.mp4`;
    const status = async (Range: string) => (await up.get(path, { Range })).status;
    expect(await status("bytes=0-3")).toBe(206);
    for (const outside of ["bytes=999999-", "bytes=-0"]) expect(await status(outside)).toBe(416);
    for (const odd of ["bytes=3-1", "lines=1-2", Array(1_000).fill("0-").join(",").replace(/^/, "bytes=")])
      expect([200, 206, 416]).toContain(await status(odd));
  });
  abuse(47, "what is private stays with its caller", target, async () => {
    const still = await up.get(`/api/projects/${up.finished}/scenes/0/start.png`);
    const etag = still.headers.get("etag") ?? "";
    expect(still.headers.get("cache-control")).toBe("private, no-cache");
    expect((await up.get("/api/projects")).headers.get("cache-control")).toBe("no-store");
    expect((await up.get(`/api/projects/${up.finished}/scenes/0/start.png`, { "If-None-Match": etag })).status).toBe(
      304,
    );
    const stranger = await fetch(still.url, { headers: { "If-None-Match": etag } });
    expect(stranger.status).toBe(401);
  });
  abuse(48, "a download of what is deleted meanwhile is whole or not there", target, async () => {
    const film = await makeFilm(up, "Soon gone.", 1);
    const answer = await up.get(`/api/projects/${film.id}/download`);
    await fetch(up.url(`/api/projects/${film.id}`), { method: "DELETE", headers: up.auth });
    expect((await answer.bytes()).byteLength).toBe(film.final?.bytes ?? -1);
    expect((await up.get(`/api/projects/${film.id}/download`)).status).toBe(404);
  });
  abuse(49, "a symbolic link in place of a file is not followed", target, async () => {
    const film = await makeFilm(up, "Linked.", 1);
    const { artifact, path } = await up.keeper.piece(film.id, { kind: "keyframe", position: 0 });
    await rm(path);
    await symlink("/etc/passwd", path);
    const answer = await up.get(`/api/projects/${film.id}/scenes/0/start.png`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain(artifact.key);
    await fetch(up.url(`/api/projects/${film.id}`), { method: "DELETE", headers: up.auth });
  });
});

describe("in which language", () => {
  const keys = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "HTTP2-Settings: AAMAAABk"];
  // HTTP/1.1 lets a server go on as if an upgrade had not been asked for.
  for (const protocol of ["websocket", "h2c", "TLS/1.0"])
    abuse(66, `an upgrade to ${protocol} does not happen`, target, async () => {
      const upgrade = ["Connection: Upgrade, HTTP2-Settings", `Upgrade: ${protocol}`, ...keys];
      expect(await up.status([get, up.host, ...upgrade])).toBe(401);
      expect(await up.status([get, up.host, up.bearer, ...upgrade])).toBe(200);
      expect(await up.status([post, up.host, json, "Content-Length: 0", ...upgrade])).toBe(401);
    });
  abuse(66, "HTTP/2 without asking first", target, async () => {
    const answer = await up.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    expect(answer).not.toContain("HTTP/2");
    expect([0, 400, 405, 421, 505]).toContain(statusIn(answer));
  });
});
