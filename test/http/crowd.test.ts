import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { createSystemClock } from "../../src/system.ts";
import { startTestServer } from "../api/harness.ts";
import { makeFilm, openWorkshop, serveWorkshop, TOKENS, type WorkshopServer } from "../api/workshop.ts";
import { silentLog } from "../storage/silent-log.ts";
import { fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { sized } from "../support/size.ts";
import { exchange, servesOthers, statusIn } from "./abuse.ts";

/** Cases 50 to 66 of the abuse list but for webhooks: many at once, again, too slowly, at the wrong moment. */

const FILM = { prompt: "A cat", scenes: 1 };
const fifty = <T>(call: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 50 }, (_, n) => call(n)));
const count = (statuses: readonly number[], status: number) => statuses.filter((s) => s === status).length;

async function during<T>(up: WorkshopServer, run: (up: WorkshopServer) => Promise<T>): Promise<T> {
  try {
    return await run(up);
  } finally {
    await up.stop();
  }
}
/** Runs a case, after which somebody else is answered at once. */
const withServer = (run: (up: WorkshopServer) => Promise<void>, settings = {}) =>
  during(serveWorkshop(openWorkshop(), settings), async (up) => {
    await run(up);
    await servesOthers(up);
  });

describe("50 an Idempotency-Key", () => {
  const send = (up: WorkshopServer, key: string, body: object = FILM) =>
    up.post("/api/generate", body, { "Idempotency-Key": key });

  test("fifty times at once makes one project and gives one answer", () =>
    withServer(async (up) => {
      const answers = await fifty(() => send(up, "k"));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
      expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
      expect(answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true")).toHaveLength(49);
      expect(await up.service.list()).toHaveLength(1);
    }));

  test("with another body is 422, and another key is another project", () =>
    withServer(async (up) => {
      await send(up, "k");
      expect((await send(up, "k", { ...FILM, scenes: 2 })).status).toBe(422);
      expect((await send(up, "l")).status).toBe(202);
      expect(await up.service.list()).toHaveLength(2);
    }));

  test("for another route is 422", () =>
    withServer(async (up) => {
      const film = await makeFilm(up);
      expect(
        (await up.post(`/api/projects/${film.id}/stitch`, { crossfade: 1 }, { "Idempotency-Key": "k" })).status,
      ).toBe(202);
      expect((await send(up, "k")).status).toBe(422);
    }));

  test("that was refused may be used again with a better body", () =>
    withServer(async (up) => {
      expect((await send(up, "k", { ...FILM, scenes: 99 })).status).toBe(422);
      expect((await send(up, "k")).status).toBe(202);
    }));

  test.each(["", "x".repeat(300), "\u00e9"])("%# that is no key is 400", (key) =>
    withServer(async (up) => {
      const lines = [
        "POST /api/generate HTTP/1.1",
        `Host: localhost:${up.server.port}`,
        "Content-Type: application/json",
      ];
      const body = JSON.stringify(FILM);
      const request = [...lines, `Content-Length: ${body.length}`, `Idempotency-Key: ${key}`, "", body].join("\r\n");
      expect(statusIn(await exchange(up.server.port, Buffer.from(request, "latin1")))).toBe(400);
      expect(await up.service.list()).toEqual([]);
    }),
  );

  test("of one token says nothing to another", () =>
    withServer(
      async (up) => {
        await send(up, "k");
        const other = { Authorization: `Bearer ${OTHER}`, "Idempotency-Key": "k" };
        expect((await up.post("/api/generate", { ...FILM, scenes: 2 }, other)).status).toBe(202);
      },
      { tokens: [...TOKENS, { name: "other", token: OTHER, scope: "spend" }] },
    ));
  const OTHER = "other-0123456789abcdef0123456789abcdef";

  test("survives a restart, and a crash between the key and the project", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vidpipe-keys-"));
    const open = () =>
      createSqliteRepository({ path: join(folder, "v.db") }, { clock: createSystemClock(), log: silentLog });
    const idOf = async (answer: Response): Promise<string> => String(Object(await answer.json()).project_id);
    const lives: string[] = [];
    for (const key of ["k", "k", "crashed", "crashed"]) {
      const repository = await open();
      const workshop = openWorkshop({ repository });
      // The first time the process dies after it wrote the key down.
      if (key === "crashed" && lives.length === 2)
        repository.keys.settle = () => Promise.reject(new Error("power cut"));
      await during(serveWorkshop(workshop), async (up) => void lives.push(await idOf(await send(up, key))));
      repository.close();
    }
    const repository = await open();
    const ids = (await repository.list({})).map(({ id }) => id);
    repository.close();
    rmSync(folder, { recursive: true, force: true });
    expect(ids).toHaveLength(2);
    expect(lives[1]).toBe(String(lives[0]));
    expect(ids.map(String)).toContain(String(lives[3]));
  });
});

describe("51 the same button fifty times", () => {
  test("cancel: one succeeds", () =>
    withServer(async (up) => {
      const { id } = await up.service.create({ prompt: "x", sceneCount: 1 });
      const statuses = (await fifty(() => up.post(`/api/projects/${id}/cancel`, {}))).map((answer) => answer.status);
      expect([count(statuses, 202), count(statuses, 409)]).toEqual([1, 49]);
    }));

  test("resume: nothing is bought twice", () =>
    withServer(async (up) => {
      const { id } = await up.service.create({ prompt: "x", sceneCount: 1 }, { maxCostUsd: 0 });
      for await (const _ of up.service.watch(id, new AbortController().signal));
      const statuses = (await fifty(() => up.post(`/api/projects/${id}/resume`, { max_cost: 9 }))).map((a) => a.status);
      expect(statuses.filter((status) => status !== 202 && status !== 409)).toEqual([]);
      for await (const _ of up.service.watch(id, new AbortController().signal));
      expect(up.provider.bills.map(({ what, scene }) => `${what} ${scene}`).toSorted()).toEqual([
        "clip 0",
        "keyframe 0",
        "keyframe 1",
        "storyboard 0",
      ]);
    }));
});

test("52 a client that leaves after its POST has made one project or none, and none with half a body", () =>
  withServer(async (up) => {
    const head = ["POST /api/generate HTTP/1.1", `Host: localhost:${up.server.port}`, "Content-Type: application/json"];
    const promptOf = (n: number) => `Film number ${n}`;
    const isWhole = (n: number) => n % 2 === 0;
    await fifty(async (n) => {
      const body = JSON.stringify({ ...FILM, prompt: promptOf(n) });
      const closed = Promise.withResolvers<void>();
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: up.server.port,
        socket: { data() {}, close: () => closed.resolve() },
      });
      const sent = isWhole(n) ? body : body.slice(0, n % body.length);
      socket.write([...head, `Content-Length: ${body.length}`, "", sent].join("\r\n"));
      // At once, at the end of what was sent, and after a while.
      if (n % 3 === 0) socket.terminate();
      else if (n % 3 === 1) socket.end();
      else void up.get("/api/projects").then(() => socket.terminate());
      await closed.promise;
    });
    // What was still on its way has arrived when a later request of each kind is answered.
    expect((await up.post("/api/generate", { ...FILM, prompt: "The last" })).status).toBe(202);
    const prompts = (await up.service.list()).map(({ prompt }) => prompt);
    expect(prompts).toContain("The last");
    const wholes = Array.from({ length: 50 }, (_, n) => n).filter(isWhole);
    expect(prompts.filter((prompt) => prompt !== "The last" && !wholes.map(promptOf).includes(prompt))).toEqual([]);
    expect(new Set(prompts).size).toBe(prompts.length);
  }));

describe("53 watching", () => {
  const ID = fakeProjectId(1);
  const sseClients = async (url: string) =>
    Number(/vidpipe_sse_clients (\d+)/.exec(await (await fetch(url)).text())?.[1]);

  test("more clients than there may be are 503 with Retry-After", () =>
    withServer(
      async (up) => {
        const { id } = await makeFilm(up);
        const answers = await Promise.all(Array.from({ length: 30 }, () => up.get(`/api/projects/${id}/events`)));
        expect(
          count(
            answers.map((answer) => answer.status),
            503,
          ),
        ).toBe(10);
        for (const answer of answers) await answer.body?.cancel();
      },
      { maxWatchers: 20 },
    ));

  test("2,000 clients: as many as there may be watch, the others are 503, and a left place is free again", () =>
    withServer(async (up) => {
      const { id } = await makeFilm(up);
      const lines = [`GET /api/projects/${id}/events HTTP/1.1`, `Host: localhost:${up.server.port}`, "", ""];
      const heads = Array.from({ length: 2_000 }, () => firstLine(up.server.port, lines.join("\r\n")));
      const opened = await Promise.all(heads);
      const statuses = opened.map(({ status }) => status);
      expect([count(statuses, 200), count(statuses, 503)]).toEqual([1_024, 976]);
      await servesOthers(up);
      for (const { socket } of opened) socket.destroy();
      while ((await sseClients(up.url("/metrics"))) > 0);
      expect((await firstLine(up.server.port, lines.join("\r\n"))).status).toBe(200);
    }));

  test("a client that never reads is dropped, and the others hear everything", async () => {
    const up = startTestServer({ projects: [fakeProject()] });
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
    // The one that heard everything has left by itself; the deaf one must have been made to.
    expect(await sseClients(up.url("/metrics"))).toBe(0);
    deaf.destroy();
    up.stopping.abort();
    await up.server.stop();
  });

  test.each(["garbage", "-1", "100000000000000000000", "1.5", "999"])(
    "Last-Event-ID %p begins at the beginning",
    (last) =>
      withServer(async (up) => {
        const { id } = await makeFilm(up);
        const answer = await up.get(`/api/projects/${id}/events`, { "Last-Event-ID": last });
        expect(await readUntil(answer, "\nid: 3\n")).toContain("id: 1\n");
      }),
  );

  test("Last-Event-ID goes on behind that event", () =>
    withServer(async (up) => {
      const { id } = await makeFilm(up);
      const answer = await up.get(`/api/projects/${id}/events`, { "Last-Event-ID": "3" });
      expect(await readUntil(answer, "\nid: 5\n")).not.toContain("id: 3\n");
    }));

  test("a line break in a text adds no field to the stream", async () => {
    const up = startTestServer({ projects: [fakeProject()] });
    const message = "one\nid: 99\r\nevent: evil\n\ndata: x\u2028";
    up.service.update(ID, { events: [{ seq: 1, atMs: 0, type: "project", data: { status: "held", message } }] });
    const text = await readUntil(await fetch(up.url(`/api/projects/${ID}/events`)), "\n\n", "id: 1");
    expect(text.split("\n").filter((line) => /^(id|event):/.test(line))).toEqual(["id: 1", "event: project"]);
    up.stopping.abort();
    await up.server.stop();
  });
});

/** Text of a stream up to a mark (behind another one), then lets go of it. */
async function readUntil(answer: Response, mark: string, behind = ""): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const start = text.indexOf(behind);
    if (start >= 0 && text.indexOf(mark, start) >= 0) return text;
  }
  throw new Error(`the stream ended before ${JSON.stringify(mark)}: ${text.slice(-500)}`);
}

/** Sends a request; resolves with its status when the answer begins, and keeps the line open. */
function firstLine(port: number, request: string): Promise<{ socket: Socket; status: number }> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("error", () => resolve({ socket, status: 0 }));
    socket.once("data", (chunk) => resolve({ socket, status: statusIn(chunk.toString("latin1")) }));
  });
}

async function openSockets(port: number, n: number, text: string): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: n }, async () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
      socket.write(text);
      return socket;
    }),
  );
}

test("54 500 clients that send a byte now and then keep nobody waiting", () =>
  withServer(async (up) => {
    const heads = await openSockets(up.server.port, 250, "GET /api/health HTTP/1.1\r\nHost: l");
    const bodies = await openSockets(up.server.port, 250, "POST /api/generate HTTP/1.1\r\nContent-Length: 99\r\n\r\n{");
    const startedAt = performance.now();
    const answers = await fifty(() => up.get("/api/health"));
    expect(
      count(
        answers.map((answer) => answer.status),
        200,
      ),
    ).toBe(50);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    for (const socket of [...heads, ...bodies]) socket.destroy();
  }));

test("54 a body that does not come to its end in time is 408, and others are served meanwhile", async () => {
  const up = startTestServer({ projects: [] });
  const head = ["POST /api/generate HTTP/1.1", `Host: localhost:${up.server.port}`, "Content-Type: application/json"];
  const slow = exchange(up.server.port, [...head, "Content-Length: 99", "", "{"].join("\r\n"));
  await servesOthers(up);
  up.clock.wake();
  expect(statusIn(await slow)).toBe(408);
  await servesOthers(up);
  up.stopping.abort();
  await up.server.stop();
});

test("55 of 500 idle connections none is left after the idle time, and a new one is answered", async () => {
  const up = serveWorkshop(openWorkshop(), {}, silentLog, { idleSeconds: 1 });
  const request = `GET /api/health HTTP/1.1\r\nHost: localhost:${up.server.port}\r\n\r\n`;
  // Bun waits 12 s for the rest of a head, whatever the idle time.
  const sent = sized(1, 3) === 1 ? [request] : [request, "", request.slice(0, 30)];
  const opened = await Promise.all(sent.map((text) => openSockets(up.server.port, 500 / sent.length, text)));
  await Promise.all(opened.flat().map((socket) => new Promise((gone) => socket.resume().once("close", gone))));
  await servesOthers(up);
  await up.stop();
}, 30_000);

test("more requests under way than the server bears are 503 until one of them ends", async () => {
  const workshop = openWorkshop({ script: { clipMs: 60_000 } });
  const { id } = await workshop.service.create({ prompt: "x", sceneCount: 1 });
  const up = serveWorkshop(workshop, {}, silentLog, { requests: 10 });
  const lines = [`GET /api/projects/${id}/events HTTP/1.1`, `Host: localhost:${up.server.port}`, "", ""].join("\r\n");
  const opened = await Promise.all(Array.from({ length: 10 }, () => firstLine(up.server.port, lines)));
  expect(opened.map(({ status }) => status)).toEqual(Array(10).fill(200));
  const refused = await up.get("/api/projects");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  for (const { socket } of opened) socket.destroy();
  while ((await up.get("/api/health")).status !== 200);
  await up.stop();
});

test("56 1,000 requests on one line are answered in order", () =>
  withServer(async (up) => {
    const request = `GET /api/health HTTP/1.1\r\nHost: localhost:${up.server.port}\r\n\r\n`;
    const [socket] = await openSockets(up.server.port, 1, request.repeat(1_000));
    let answers = 0;
    await new Promise<void>((resolve) => {
      socket?.on("data", (chunk) => {
        answers += chunk.toString("latin1").split("HTTP/1.1 200").length - 1;
        if (answers >= 1_000) resolve();
      });
      socket?.on("close", () => resolve());
    });
    socket?.destroy();
    expect(answers).toBe(1_000);
  }));

describe("57 limits", () => {
  test("more changes than allowed are 429 with Retry-After, whatever address they claim", () =>
    withServer(
      async (up) => {
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, n) => up.post("/api/estimate", FILM, { "X-Forwarded-For": `10.0.0.${n}` })),
        );
        const refused = answers.filter((answer) => answer.status === 429);
        expect(refused).toHaveLength(3);
        expect(refused.every((answer) => Number(answer.headers.get("retry-after")) > 0)).toBe(true);
        expect((await up.get("/api/projects")).status).toBe(200);
      },
      { changesPerMinute: 3 },
    ));

  test("more unfinished projects than allowed are 429 with Retry-After", () =>
    during(serveWorkshop(openWorkshop({ script: { clipMs: 60_000 } }), { maxActiveProjects: 1 }), async (up) => {
      expect((await up.post("/api/generate", FILM)).status).toBe(202);
      const refused = await up.post("/api/generate", FILM, { "Idempotency-Key": "k" });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
      expect(await up.service.list()).toHaveLength(1);
    }));
});

test("58 line breaks in what is given back stay where they are", () =>
  withServer(async (up) => {
    for (const path of ["/api/projects/x%0d%0aX-Evil:1", "/api/projects/%0d%0a/scenes/0/start.png?w=1%0d%0aX-Evil:1"])
      expect((await up.get(path)).headers.get("x-evil")).toBeNull();
    const answer = await up.get("/api/health", { "X-Request-Id": "short" });
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect((await up.get("/api/health", { "X-Request-Id": "from-a-proxy.1" })).headers.get("x-request-id")).toBe(
      "from-a-proxy.1",
    );
  }));

test("59 a prompt that is a page is answered as JSON that nothing runs", () =>
  withServer(async (up) => {
    const prompt = "<svg onload=alert(1)><script>alert(1)</script>";
    const { id } = await up.service.create({ prompt, sceneCount: 1 });
    for (const path of [`/api/projects/${id}`, "/api/projects", `/api/projects/${id}/scenes`]) {
      const { headers } = await up.get(path);
      expect(headers.get("content-type")).toStartWith("application/json");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  }));

test("60 an answer to what went wrong inside says nothing of the inside", async () => {
  const up = startTestServer({ projects: [fakeProject()] });
  up.service.failNext("list", new Error("SQLITE_CORRUPT in /srv/films/vidpipe.db, key AIzaSyD-0123456789"));
  const answer = await fetch(up.url("/api/projects"));
  expect([answer.status, await answer.text()]).toEqual([500, '{"detail":"internal error"}']);
  await up.server.stop();
});

test("63 without a token the server tells that it lives and is ready, and nothing else", () =>
  withServer(
    async (up) => {
      const read = async (path: string) => (await fetch(up.url(path))).json();
      expect(await read("/api/health")).toEqual({ status: "ok", token_required: true });
      expect(await read("/api/ready")).toEqual({ status: "ready" });
      expect((await fetch(up.url("/metrics"))).status).toBe(401);
      expect(await (await up.get("/api/health")).json()).toMatchObject({ version: "2.0.0-test" });
      expect(Object(await (await up.get("/api/ready")).json()).checks).toHaveLength(4);
    },
    { tokens: TOKENS },
  ));

test("64 a server that is told to stop ends streams and waits, refuses what is new, and is gone", async () => {
  const up = serveWorkshop(openWorkshop({ script: { clipMs: 60_000 } }));
  const { id } = await up.service.create({ prompt: "x", sceneCount: 1 });
  const stream = await up.get(`/api/projects/${id}/events`);
  const ended = stream.text();
  const waiting = up.get(`/api/projects/${id}/status?wait=300`);
  await readUntilStage(up, id);
  const startedAt = performance.now();
  await up.stop();
  expect(await ended).toContain("event: step");
  expect((await waiting).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(
    await up.get("/api/health").then(
      () => "answered",
      () => "gone",
    ),
  ).toBe("gone");
});

async function readUntilStage({ service }: WorkshopServer, id: Parameters<WorkshopServer["service"]["get"]>[0]) {
  for await (const { project } of service.watch(id, new AbortController().signal))
    if (project.status === "video_gen") return;
}

test("65 a server that ran out of file descriptors recovers", async () => {
  const fixture = join(import.meta.dir, "fixtures/tight-server.ts");
  const child = Bun.spawn(["bash", "-c", `ulimit -n 64 && exec ${process.execPath} ${fixture}`], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  const url = new TextDecoder().decode(value).trim();
  const { port } = new URL(url);
  const sockets = await openSockets(Number(port), 200, "GET / HT");
  for (const socket of sockets) socket.destroy();
  const startedAt = performance.now();
  const answer = await fetch(`${url}api/health`, { signal: AbortSignal.timeout(5_000) });
  expect(answer.status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  child.kill("SIGKILL");
  await child.exited;
});
