import { expect } from "bun:test";
import type { Socket } from "node:net";
import { sendRaw } from "../../api/harness.ts";
import { makeFilm, TOKENS } from "../../api/test-server.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";
import { count, FILM, fifty, JSON_LINE, POST, type Row, statuses, statusIn, type Target } from "./row.ts";
import { firstLine, openSockets } from "./sockets.ts";
import { servesOthers } from "./stage.ts";

/** 50 to 52 and 54 to 57: many at once, again, too slowly, too much. */

const send = (up: Target, key: string, body: object = FILM) =>
  up.post("/api/generate", body, { "Idempotency-Key": key });
const OTHER = "other-0123456789abcdef0123456789abcdef";
/** Never ends by itself within a test. */
const slowClips = { clipMs: 60_000 };

export const CROWD: readonly Row[] = [
  {
    n: 50,
    name: "an Idempotency-Key fifty times at once makes one project and gives one answer",
    status: 202,
    creates: 1,
    own: {},
    async send(up) {
      const answers = await fifty(() => send(up, "k"));
      expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(49);
      return statuses(answers);
    },
  },
  {
    n: 50,
    name: "the same key with another body or for another route",
    status: 422,
    creates: 2,
    own: {},
    async send(up) {
      const film = await makeFilm(up);
      await up.post(`/api/projects/${film.id}/stitch`, { crossfade: 1 }, { "Idempotency-Key": "stitch" });
      expect((await send(up, "k")).status).toBe(202);
      return statuses([await send(up, "k", { ...FILM, scenes: 2 }), await send(up, "stitch")]);
    },
  },
  {
    n: 50,
    name: "another key, and one whose request was refused before",
    status: 202,
    creates: 2,
    own: {},
    async send(up) {
      expect((await send(up, "k", { ...FILM, scenes: 99 })).status).toBe(422);
      return statuses([await send(up, "k"), await send(up, "l")]);
    },
  },
  {
    n: 50,
    name: "keys that are none",
    status: 400,
    own: {},
    async send(up) {
      const body = JSON.stringify(FILM);
      const head = [POST, up.host, JSON_LINE, `Content-Length: ${body.length}`];
      const requests = ["", "x".repeat(300), "\u00e9"].map((key) =>
        [...head, `Idempotency-Key: ${key}`, "", body].join("\r\n"),
      );
      return (await Promise.all(requests.map((text) => sendRaw(up.port, Buffer.from(text, "latin1"))))).map(statusIn);
    },
  },
  {
    n: 50,
    name: "a key of one token says nothing to another",
    status: 202,
    creates: 2,
    own: { settings: { tokens: [...TOKENS, { name: "other", token: OTHER, scope: "spend" }] } },
    async send(up) {
      const other = { Authorization: `Bearer ${OTHER}`, "Idempotency-Key": "k" };
      return statuses([await send(up, "k"), await up.post("/api/generate", { ...FILM, scenes: 2 }, other)]);
    },
  },
  {
    n: 51,
    name: "cancel fifty times: one succeeds",
    status: [202, 409],
    creates: 1,
    own: { script: slowClips },
    async send(up) {
      const { id } = await up.service.create({ prompt: "x", sceneCount: 1 }, {}, never);
      const got = statuses(await fifty(() => up.post(`/api/projects/${id}/cancel`, {})));
      expect(count(got, 202)).toBe(1);
      return got;
    },
  },
  {
    n: 51,
    name: "resume fifty times: nothing is bought twice",
    status: [202, 409],
    creates: 1,
    own: {},
    async send(up) {
      const { id } = await up.service.create({ prompt: "x", sceneCount: 1 }, { maxCostUsd: 0 }, never);
      for await (const _ of up.service.watch(id, new AbortController().signal));
      const got = statuses(await fifty(() => up.post(`/api/projects/${id}/resume`, { max_cost: 9 })));
      for await (const _ of up.service.watch(id, new AbortController().signal));
      const bought = up.provider.bills.map(({ what, scene }) => `${what} ${scene}`).toSorted();
      expect(bought).toEqual(["clip 0", "keyframe 0", "keyframe 1", "storyboard 0"]);
      return got;
    },
  },
  {
    n: 51,
    name: "retakes with one key fifty times: one is made",
    status: 202,
    creates: 1,
    own: {},
    async send(up) {
      const { id } = await makeFilm(up, "A cat.", 1);
      const path = `/api/projects/${id}/retakes`;
      const body = { scene: 0, piece: "clip" };
      const got = statuses(await fifty(() => up.post(path, body, { "Idempotency-Key": "again" })));
      for await (const _ of up.service.watch(id, new AbortController().signal));
      expect(up.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(2);
      return got;
    },
  },
  {
    n: 52,
    name: "clients that leave after their POST: one project or none, and none of half a body",
    status: 202,
    own: {},
    creates: "some",
    async send(up) {
      const promptOf = (n: number) => `Film number ${n}`;
      const isWhole = (n: number) => n % 2 === 0;
      await fifty((n) => leave(up, n, { ...FILM, prompt: promptOf(n) }, isWhole(n)));
      // What was still on its way has arrived when a later request of each kind is answered.
      const last = await up.post("/api/generate", { ...FILM, prompt: "The last" });
      const prompts = (await up.service.list()).map(({ prompt }) => prompt);
      const wholes = Array.from({ length: 50 }, (_, n) => n).filter(isWhole);
      expect(prompts.filter((prompt) => prompt !== "The last" && !wholes.map(promptOf).includes(prompt))).toEqual([]);
      expect(new Set(prompts).size).toBe(prompts.length);
      return [last.status];
    },
  },
  {
    n: 54,
    name: "500 clients that send a byte now and then keep nobody waiting",
    status: 200,
    own: {},
    async send(up) {
      const heads = await openSockets(up.port, 250, "GET /api/health HTTP/1.1\r\nHost: l");
      const bodies = await openSockets(up.port, 250, "POST /api/generate HTTP/1.1\r\nContent-Length: 99\r\n\r\n{");
      const answers = await fifty(() => up.get("/api/health"));
      await servesOthers(up);
      for (const socket of [...heads, ...bodies]) socket.destroy();
      return statuses(answers);
    },
  },
  {
    n: 55,
    name: "of 500 idle connections none is left after the idle time",
    status: 200,
    own: { limits: { idleSeconds: 1 } },
    async send(up) {
      const request = `GET /api/health HTTP/1.1\r\n${up.host}\r\n\r\n`;
      // Bun waits 12 s for the rest of a head, whatever the idle time.
      const sent = sized(1, 3) === 1 ? [request] : [request, "", request.slice(0, 30)];
      const opened = await Promise.all(sent.map((text) => openSockets(up.port, 500 / sent.length, text)));
      await Promise.all(opened.flat().map((socket) => new Promise((gone) => socket.resume().once("close", gone))));
      return up.look("/api/health");
    },
  },
  {
    n: 56,
    name: "1,000 requests on one line are answered in order",
    status: 200,
    own: {},
    async send(up) {
      const request = (n: number) => `GET /api/health HTTP/1.1\r\n${up.host}\r\nX-Request-Id: number-${n}\r\n\r\n`;
      const numbers = Array.from({ length: 1_000 }, (_, n) => n);
      const [socket] = await openSockets(up.port, 1, numbers.map(request).join(""));
      const text = await readAnswers(socket, 1_000);
      const ids = [...text.matchAll(/x-request-id: number-(\d+)/gi)].map(([, n]) => Number(n));
      expect(ids).toEqual(numbers);
      return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    },
  },
  {
    n: 57,
    name: "more changes than allowed, whatever address they claim",
    status: 429,
    own: { settings: { changesPerMinute: 3 } },
    async send(up) {
      const asked = Array.from({ length: 6 }, (_, n) =>
        up.post("/api/estimate", FILM, { "X-Forwarded-For": `10.0.0.${n}` }),
      );
      const refused = (await Promise.all(asked)).filter(({ status }) => status !== 200);
      expect(refused).toHaveLength(3);
      expect(refused.every(({ headers }) => Number(headers.get("retry-after")) > 0)).toBe(true);
      expect(await up.look("/api/projects")).toEqual([200]);
      return statuses(refused);
    },
  },
  {
    n: 57,
    name: "more unfinished projects than allowed",
    status: 429,
    creates: 1,
    own: { script: slowClips, settings: { maxActiveProjects: 1 } },
    async send(up) {
      expect((await up.post("/api/generate", FILM)).status).toBe(202);
      const refused = await send(up, "k");
      expect(refused.headers.get("retry-after")).toBe("60");
      return [refused.status];
    },
  },
  {
    n: 57,
    name: "more requests under way than the server bears, until one of them ends",
    status: 503,
    creates: 1,
    own: { script: slowClips, limits: { requests: 10 } },
    async send(up) {
      const { id } = await up.service.create({ prompt: "x", sceneCount: 1 }, {}, never);
      const events = `GET /api/projects/${id}/events HTTP/1.1\r\n${up.host}\r\n\r\n`;
      const opened = await Promise.all(Array.from({ length: 10 }, () => firstLine(up.port, events)));
      expect(
        count(
          opened.map(({ status }) => status),
          200,
        ),
      ).toBe(10);
      const refused = await up.get("/api/projects");
      expect(refused.headers.get("retry-after")).toBe("5");
      for (const { socket } of opened) socket.destroy();
      while ((await up.get("/api/health")).status !== 200);
      return [refused.status];
    },
  },
  {
    n: 58,
    name: "line breaks in what would be given back",
    status: [200, 404, 422],
    own: {},
    async send(up) {
      const paths = ["/api/projects/x%0d%0aX-Evil:1", "/api/projects/%0d%0a/scenes/0/start.png?w=1%0d%0aX-Evil:1"];
      const ids = ["short", "has spaces in it", "from-a-proxy.1"];
      const answers = await Promise.all([
        ...paths.map((path) => up.get(path)),
        ...ids.map((id) => up.get("/api/health", { "X-Request-Id": id })),
      ]);
      for (const { headers } of answers) expect(headers.get("x-evil")).toBeNull();
      const given = answers.slice(paths.length).map(({ headers }) => headers.get("x-request-id") ?? "");
      expect(given.map((id) => /^[0-9a-f-]{36}$/.test(id))).toEqual([true, true, false]);
      expect(given[2]).toBe("from-a-proxy.1");
      return statuses(answers);
    },
  },
];

/** Sends a body or the first part of it and leaves: at once, at the end of what was sent, or after a while. */
async function leave(up: Target, n: number, film: object, whole: boolean): Promise<void> {
  const body = JSON.stringify(film);
  const closed = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: up.port,
    socket: { data() {}, close: () => closed.resolve() },
  });
  const sent = whole ? body : body.slice(0, n % body.length);
  socket.write([POST, up.host, JSON_LINE, `Content-Length: ${body.length}`, "", sent].join("\r\n"));
  if (n % 3 === 0) socket.terminate();
  else if (n % 3 === 1) socket.end();
  else void up.get("/api/projects").then(() => socket.terminate());
  await closed.promise;
}

/** What comes on a line until so many answers have begun and the last of them has its head, then lets go of it. */
async function readAnswers(socket: Socket | undefined, answers: number): Promise<string> {
  let text = "";
  await new Promise<void>((resolve) => {
    socket?.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.split("HTTP/1.1 ").length > answers && text.endsWith("}")) resolve();
    });
    socket?.on("close", () => resolve());
  });
  socket?.destroy();
  return text;
}
