import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { requireToken } from "../../src/api/middleware/host-check.ts";
import { type RunningServer, startServer } from "../../src/api/server.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import { createHeldClock, createRecordingLog, createTestApi, sendRaw, startTestServer } from "./harness.ts";

const deps = () => ({ clock: createHeldClock(), log: createRecordingLog() });

describe("the door", () => {
  let up: ReturnType<typeof startTestServer>;
  beforeAll(() => {
    up = startTestServer();
  });
  afterAll(() => up.server.stop());

  test("answers on a loopback port", async () => {
    expect(await (await fetch(up.url("/api/health"))).json()).toEqual({ status: "ok", version: "2.0.0-test" });
  });

  test("HEAD has the headers of GET and no body", async () => {
    const get = await fetch(up.url("/api/health"));
    const head = await fetch(up.url("/api/health"), { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(String((await get.text()).length));
    expect(await head.text()).toBe("");
  });
});

test("a client that leaves in the middle of its body creates nothing and is no error", async () => {
  const { api, service, log } = createTestApi();
  const taken = Promise.withResolvers<{ answer: Promise<Response> }>();
  const watched = {
    fetch: (request: Request) => {
      const answer = Promise.resolve(api.fetch(request));
      taken.resolve({ answer });
      return answer;
    },
  };
  const server = startServer(watched, { host: "127.0.0.1", port: 0 }, deps());
  const socket = await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { data() {} } });
  socket.write(
    `POST /api/generate HTTP/1.1\r\nHost: localhost:${server.port}\r\nContent-Length: 100\r\n\r\n{"prompt":"A c`,
  );
  const { answer } = await taken.promise;
  socket.terminate();
  expect((await answer).status).toBe(400);
  expect(service.calls).toEqual([]);
  expect(log.errors).toEqual([]);
  await server.stop();
});

describe("a server open to the network", () => {
  let up: ReturnType<typeof startTestServer>;
  beforeAll(() => {
    up = startTestServer({ host: "0.0.0.0", allowedHosts: ["films.example.com"], ownAddresses: () => ["192.168.7.7"] });
  });
  afterAll(() => up.server.stop());
  const ask = (name: string) => sendRaw(up.server.port, `GET /api/health HTTP/1.1\r\nHost: ${name}\r\n\r\n`);

  test("answers to its own addresses and to the names it was given", async () => {
    for (const name of [`localhost:${up.server.port}`, `192.168.7.7:${up.server.port}`, "films.example.com"])
      expect(await ask(name)).toStartWith("HTTP/1.1 200 ");
  });

  test.each(["evil.com", "192.168.7.8:8080", "films.example.com.", "vidpipe"])("refuses %s", async (name) => {
    expect(await ask(name)).toStartWith("HTTP/1.1 421 ");
  });
});

describe("the token", () => {
  test.each(["0.0.0.0", "::", "192.168.7.7", "films.example.com"])("is needed to listen on %s", (host) => {
    expect(() => requireToken(host, [])).toThrow("set server.auth_token");
    expect(() => requireToken(host, [{}])).not.toThrow();
  });

  test.each(["127.0.0.1", "localhost", "::1", "127.8.8.8"])("is not needed to listen on %s", (host) => {
    expect(() => requireToken(host, [])).not.toThrow();
  });
});

describe("listening", () => {
  const failureOf = (bind: { host: string; port: number }): unknown => {
    try {
      startServer({ fetch: () => new Response() }, bind, deps());
    } catch (error) {
      return error;
    }
  };

  test("a port in use is named with what to do", async () => {
    const up = startTestServer();
    const failure = failureOf({ host: "127.0.0.1", port: up.server.port });
    expect(failure).toBeInstanceOf(VidpipeError);
    expect(failure).toMatchObject({
      code: "server.unavailable",
      message: `127.0.0.1:${up.server.port} is in use by another program: stop that one, or choose another port with --port`,
    });
    await up.server.stop();
  });

  test("an address of another machine is named", () => {
    const failure = failureOf({ host: "203.0.113.7", port: 0 });
    expect(failure).toMatchObject({ code: "server.unavailable" });
    expect(String(failure)).toContain("cannot listen on 203.0.113.7:0");
  });
});

describe("an error outside the API", () => {
  test("is 500 without a trace of it, and logged", async () => {
    const { clock, log } = deps();
    const broken = {
      fetch: () => {
        throw new Error("secret at /srv/vidpipe");
      },
    };
    const server = startServer(broken, { host: "127.0.0.1", port: 0 }, { clock, log });
    const response = await fetch(server.url);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"detail":"internal error","code":"internal","status":500}');
    expect(log.errors).toHaveLength(1);
    await server.stop();
  });
});

describe("stopping", () => {
  /** A server whose only request waits until the test lets it go. */
  function startHeld() {
    const { clock, log } = deps();
    const arrived = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<Response>();
    const api = {
      fetch: () => {
        arrived.resolve();
        return gate.promise;
      },
    };
    const server: RunningServer = startServer(api, { host: "127.0.0.1", port: 0 }, { clock, log });
    return { server, clock, arrived: arrived.promise, letGo: () => gate.resolve(new Response("done")) };
  }

  test("lets a request under way finish", async () => {
    const { server, arrived, letGo } = startHeld();
    const answer = fetch(server.url);
    await arrived;
    const stopped = server.stop();
    letGo();
    expect(await (await answer).text()).toBe("done");
    await stopped;
  });

  test("takes no new connection", async () => {
    const { server, arrived, letGo } = startHeld();
    const answer = fetch(server.url);
    await arrived;
    const stopped = server.stop();
    await expect(fetch(server.url)).rejects.toThrow();
    letGo();
    await Promise.all([answer, stopped]);
  });

  test("hangs up on what is not done in time", async () => {
    const { server, clock, arrived } = startHeld();
    const answer = fetch(server.url).then(
      () => "answered",
      () => "closed",
    );
    await arrived;
    const stopped = server.stop();
    clock.wake();
    await stopped;
    expect(await answer).toBe("closed");
  });

  test("twice is once", async () => {
    const { server } = startTestServer();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
  });
});
