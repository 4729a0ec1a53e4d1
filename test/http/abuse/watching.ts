import { expect } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { checkWebhookUrl } from "../../../src/webhooks/address.ts";
import { sendRaw, startTestServer } from "../../api/harness.ts";
import { makeFilm, TOKENS } from "../../api/test-server.ts";
import { fakeProject, fakeProjectId } from "../../support/fake-service.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";
import { count, FILM, JSON_LINE, POST, patienceMs, type Row, statuses, statusIn } from "./row.ts";
import { firstLine, openSockets, readUntil } from "./sockets.ts";
import { servesOthers } from "./stage.ts";

/** 53 and 60 to 65: who watches, what goes wrong inside, where messages go, the end. */

const ID = fakeProjectId(1);
/** The list's 2,000 and the usual 1,024 places, or a fifth of both. */
const clients = sized(400, 2_000);
const places = sized(204, 1_024);
const sseClients = async (url: string) =>
  Number(/vidpipe_sse_clients (\d+)/.exec(await (await fetch(url)).text())?.[1]);

type FakeServer = ReturnType<typeof startTestServer>;
/** A server over a fake service, for what the real one cannot be made to do. */
async function aside(run: (up: FakeServer) => Promise<number>): Promise<number[]> {
  const up = startTestServer({ projects: [fakeProject()] });
  const status = await run(up);
  await servesOthers(up);
  up.stopping.abort();
  await up.server.stop();
  return [status];
}

export const WATCHING: readonly Row[] = [
  {
    n: 53,
    name: `${clients} watchers: as many as there may be, the others are sent away, a left place is free again`,
    status: [200, 503],
    creates: 1,
    own: { settings: { maxWatchers: places } },
    async send(up) {
      const { id } = await makeFilm(up, "Watched.", 1);
      const request = `GET /api/projects/${id}/events HTTP/1.1\r\n${up.host}\r\n\r\n`;
      const opened = await Promise.all(Array.from({ length: clients }, () => firstLine(up.port, request)));
      const got = opened.map(({ status }) => status);
      expect([count(got, 200), count(got, 503)]).toEqual([places, clients - places]);
      const refused = await up.get(`/api/projects/${id}/events`);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
      await servesOthers(up);
      for (const { socket } of opened) socket.destroy();
      while ((await sseClients(up.url("/metrics"))) > 0);
      const again = await firstLine(up.port, request);
      expect(again.status).toBe(200);
      again.socket.destroy();
      return got;
    },
  },
  {
    n: 53,
    name: "a client that never reads is dropped, and the others hear everything",
    status: 200,
    send: () =>
      aside(async (up) => {
        const deaf = connect(up.server.port, "127.0.0.1").pause();
        deaf.on("error", () => {});
        deaf.write(`GET /api/projects/${ID}/events HTTP/1.1\r\nHost: localhost:${up.server.port}\r\n\r\n`);
        const reader = await fetch(up.url(`/api/projects/${ID}/events`));
        const heard = readUntil(reader, 'event: project\ndata: {"seq":600,');
        const text = "x".repeat(16_384);
        for (let seq = 1; seq <= 600; seq++) {
          up.service.update(ID, { events: [{ seq, atMs: 0, type: "project", data: { status: "held", text } }] });
          if (seq % 10 === 0) await fetch(up.url("/api/health"));
        }
        await heard;
        // The one that heard everything leaves by itself; the deaf one must be made to.
        while ((await sseClients(up.url("/metrics"))) > 0);
        deaf.destroy();
        return reader.status;
      }),
  },
  {
    n: 53,
    name: "a Last-Event-ID that is none begins at the beginning, a good one goes on behind that event",
    status: 200,
    creates: 1,
    own: {},
    async send(up) {
      const { id } = await makeFilm(up, "Watched.", 1);
      const from = (last: string) => up.get(`/api/projects/${id}/events`, { "Last-Event-ID": last });
      const odd = await Promise.all(["garbage", "-1", "100000000000000000000", "1.5", "999"].map(from));
      for (const answer of odd) expect(await readUntil(answer, "\nid: 3\n")).toContain("id: 1\n");
      const good = await from("3");
      expect(await readUntil(good, "\nid: 5\n")).not.toContain("id: 3\n");
      return statuses([...odd, good]);
    },
  },
  {
    n: 53,
    name: "a line break in a text adds no field to the stream",
    status: 200,
    send: () =>
      aside(async (up) => {
        const message = "one\nid: 99\r\nevent: evil\n\ndata: x\u2028";
        up.service.update(ID, { events: [{ seq: 1, atMs: 0, type: "project", data: { status: "held", message } }] });
        const answer = await fetch(up.url(`/api/projects/${ID}/events`));
        const text = await readUntil(answer, "\n\n", "id: 1");
        expect(text.split("\n").filter((line) => /^(id|event):/.test(line))).toEqual(["id: 1", "event: project"]);
        return answer.status;
      }),
  },
  {
    n: 54,
    name: "a body that does not come to its end in time; others are served meanwhile",
    status: 408,
    send: () =>
      aside(async (up) => {
        const head = [POST, `Host: localhost:${up.server.port}`, JSON_LINE, "Content-Length: 99", "", "{"];
        const slow = sendRaw(up.server.port, head.join("\r\n"));
        await servesOthers(up);
        up.clock.wake();
        return statusIn(await slow);
      }),
  },
  {
    n: 60,
    name: "what went wrong inside stays inside",
    status: 500,
    send: () =>
      aside(async (up) => {
        up.service.failNext("list", new Error("SQLITE_CORRUPT in /srv/films/vidpipe.db, key AIzaSyD-0123456789"));
        const answer = await fetch(up.url("/api/projects"));
        expect(await answer.text()).toBe('{"detail":"internal error","code":"internal","status":500}');
        return answer.status;
      }),
  },
  {
    n: 61,
    name: "webhooks to this machine, its network, other ports, with a password (names that turn private: courier.test.ts)",
    status: 422,
    own: { checkWebhook: (url) => void checkWebhookUrl(url, []) },
    send: (up) =>
      up.generate(
        [
          ...["file:///etc/passwd", "http://hooks.example.com/", "https://127.1/", "https://2130706433/"],
          ...["https://[::1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::a00:1]/", "https://100.64.0.1/"],
          ...["https://169.254.169.254/", "https://metadata.google.internal/", "https://user:p@hooks.example.com/"],
          ...["https://hooks.example.com:22/", "https://hooks.example.com:25/", "https://localhost./"],
        ].map((webhook_url) => ({ ...FILM, webhook_url })),
      ),
  },
  {
    n: 63,
    name: "without a token the server tells that it lives and is ready, and nothing else",
    status: 401,
    own: { settings: { tokens: TOKENS } },
    async send(up) {
      const read = async (path: string): Promise<unknown> => (await fetch(up.url(path))).json();
      expect(await read("/api/health")).toEqual({ status: "ok", token_required: true });
      expect(await read("/api/ready")).toEqual({ status: "ready" });
      expect(await (await up.get("/api/health")).json()).toMatchObject({ version: "2.0.0-test" });
      expect(Object(await (await up.get("/api/ready")).json()).checks).toHaveLength(5);
      return statuses([await fetch(up.url("/metrics"))]);
    },
  },
  {
    n: 64,
    name: "a server that is told to stop ends streams and waits, refuses what is new, and is gone",
    status: 200,
    creates: 1,
    ends: true,
    own: { script: { clipMs: 60_000 } },
    async send(up) {
      const { id } = await up.service.create({ prompt: "x", sceneCount: 1 }, {}, never);
      const stream = await up.get(`/api/projects/${id}/events`);
      const ended = stream.text();
      const waiting = up.get(`/api/projects/${id}/status?wait=300`);
      for await (const { project } of up.service.watch(id, new AbortController().signal))
        if (project.status === "video_gen") break;
      const startedAt = performance.now();
      await up.stop();
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(await ended).toContain("event: step");
      expect(await up.get("/api/health").catch(() => "gone")).toBe("gone");
      return [stream.status, (await waiting).status];
    },
  },
  {
    n: 65,
    name: "a server that ran out of file descriptors recovers",
    status: 200,
    async send() {
      const fixture = join(import.meta.dir, "../fixtures/tight-server.ts");
      const child = Bun.spawn(["bash", "-c", `ulimit -n 64 && exec ${process.execPath} ${fixture}`], {
        stdout: "pipe",
      });
      const { value } = await child.stdout.getReader().read();
      const url = new TextDecoder().decode(value).trim();
      const sockets = await openSockets(Number(new URL(url).port), 200, "GET / HT");
      for (const socket of sockets) socket.destroy();
      const answer = await fetch(`${url}api/health`, { signal: AbortSignal.timeout(patienceMs) });
      child.kill("SIGKILL");
      await child.exited;
      return [answer.status];
    },
  },
];
