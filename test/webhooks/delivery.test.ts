import { afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { withoutPaths } from "../../src/api/error-response.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import type { Delivery } from "../../src/ports/server.ts";
import { createWebhookDelivery, outcomeOf } from "../../src/webhooks/delivery.ts";
import { createSender, type SendResult } from "../../src/webhooks/send.ts";
import { bodyOf, sign, signatureOf } from "../../src/webhooks/signature.ts";
import { createHeldClock } from "../api/harness.ts";
import { makeFilm, openTestServer } from "../api/test-server.ts";
import { NOON_MS, projectId } from "../storage/samples.ts";
import { silentLog } from "../storage/silent-log.ts";
import { never } from "../support/never.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OLDER = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;

const delivery: Delivery = {
  projectId: projectId(1),
  seq: 7,
  eventAtMs: NOON_MS,
  event: { status: "failed", message: "cannot read /home/kim/films/x.mp4" },
  url: "https://hooks.example.com/",
  state: "pending",
  attempts: 1,
  dueAtMs: NOON_MS,
  lastStatus: null,
  lastError: null,
};

describe("a message", () => {
  const body = bodyOf(delivery, withoutPaths);

  test("says what happened, and nothing of this machine", () => {
    expect(JSON.parse(body)).toEqual({
      type: "project.failed",
      timestamp: "2026-11-22T12:00:00.000Z",
      data: {
        project_id: projectId(1),
        status: "failed",
        error_message: "cannot read x.mp4",
        status_url: `/api/projects/${projectId(1)}/status`,
        download_url: null,
      },
    });
  });

  test("keeps id and body over all attempts, while time and signature go on", () => {
    const [first, again] = [sign(delivery, body, [SECRET], NOON_MS), sign(delivery, body, [SECRET], NOON_MS + 5_000)];
    expect(first.headers["webhook-id"]).toBe(again.headers["webhook-id"]);
    expect(first.body).toBe(again.body);
    expect(first.headers["webhook-signature"]).not.toBe(again.headers["webhook-signature"]);
  });

  test("is signed as the specification's own example", () => {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const text = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
    expect(signatureOf(text, secret)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("is signed with every secret in force", () => {
    const { headers } = sign(delivery, body, [SECRET, OLDER], NOON_MS);
    const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const expected = [SECRET, OLDER].map((secret) => {
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      return `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
    });
    expect(headers["webhook-signature"]).toBe(expected.join(" "));
  });
});

describe("what is to become of it", () => {
  const after = (result: SendResult, attempts = 1) => outcomeOf({ ...delivery, attempts }, result, NOON_MS, 0.5);
  const answered = (status: number, retryAfter?: string): SendResult => ({ status, retryAfter });

  test.each([200, 202, 204])("%d is delivered", (status) => expect(after(answered(status)).state).toBe("delivered"));
  test.each([301, 307, 400, 404, 429, 500, 503])("%d is tried again", (status) => {
    expect(after(answered(status))).toMatchObject({ state: "pending", dueAtMs: NOON_MS + 5_000, lastStatus: status });
  });
  test("410 is the end", () => expect(after(answered(410)).state).toBe("failed"));
  test("no answer is tried again", () =>
    expect(after({ error: "refused" })).toMatchObject({ state: "pending", lastError: "refused" }));
  test.each([
    ["120", 120_000],
    ["0", 5_000],
    ["-5", 5_000],
    ["soon", 5_000],
    ["99999999", 86_400_000],
    ["Sun, 22 Nov 2026 12:01:00 GMT", 60_000],
  ])("Retry-After %s waits %d ms", (asked, ms) => expect(after(answered(503, asked)).dueAtMs - NOON_MS).toBe(ms));
  test("attempts are further and further apart, and end after three days", () => {
    const waits = Array.from({ length: 10 }, (_, n) => after(answered(500), n + 1)).map(({ state, dueAtMs }) =>
      state === "pending" ? dueAtMs - NOON_MS : 0,
    );
    expect(waits.slice(0, 9)).toEqual(waits.slice(0, 9).toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBe(0);
    expect(waits.reduce((sum, ms) => sum + ms, 0) / 3_600_000).toBeCloseTo(75.6, 1);
  });
});

describe("sending", () => {
  const servers: Bun.Server<undefined>[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop(true))));

  /** A receiver on loopback, and a sender for which its name leads where the test says. */
  function receiver(
    answer: (request: Request) => Response | Promise<Response>,
    addresses = ["127.0.0.1"],
    isAllowed = true,
  ) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    servers.push(server);
    const host = `hooks.example.com:${server.port}`;
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return addresses;
    };
    const send = createSender({ clock: createHeldClock(), resolve, allowedHosts: isAllowed ? [host] : [] });
    const message = { body: "{}", headers: { "webhook-id": "msg_1" } };
    return { asked, url: `http://${host}/in`, send: (url = `http://${host}/in`) => send(url, message, never) };
  }

  test("dials the address that was checked, under the name that was asked for", async () => {
    const hosts: (string | null)[] = [];
    const { asked, send, url } = receiver((request) => {
      hosts.push(request.headers.get("host"), request.headers.get("webhook-id"));
      return new Response(null, { status: 204 });
    });
    expect(await send()).toEqual({ status: 204, retryAfter: undefined });
    expect(hosts).toEqual([new URL(url).host, "msg_1"]);
    expect(asked).toEqual(["hooks.example.com"]);
  });

  test("does not follow a redirect", async () => {
    let requests = 0;
    const { send } = receiver(() => {
      requests += 1;
      return Response.redirect("http://169.254.169.254/", 302);
    });
    expect(await send()).toMatchObject({ status: 302 });
    expect(requests).toBe(1);
  });

  test.each(["127.0.0.1", "8.8.8.8 10.0.0.1", "::ffff:a00:1"])("never dials a name that leads to %s", async (list) => {
    const sender = createSender({ clock: createHeldClock(), resolve: async () => list.split(" "), allowedHosts: [] });
    const result = await sender("https://hooks.example.com/", { body: "{}", headers: {} }, never);
    expect(result).toEqual({ error: "hooks.example.com leads into a private network" });
  });

  test("a receiver that never answers is given up", async () => {
    const clock = createHeldClock();
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Promise<Response>(() => {}) });
    servers.push(server);
    const host = `localhost:${server.port}`;
    const send = createSender({ clock, resolve: async () => ["127.0.0.1"], allowedHosts: [host] });
    const sent = send(`http://${host}/`, { body: "{}", headers: {} }, never);
    clock.wake();
    expect(await sent).toEqual({ error: "no answer in time" });
  });

  test("a receiver that talks for ever is cut off", async () => {
    const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
    const { send } = receiver(() => new Response(endless()));
    expect(await send()).toMatchObject({ status: 200 });
  });
});

describe("from a film to its webhook", () => {
  test("at least once, until it is taken, and the log shows it", async () => {
    const url = "https://hooks.example.com/in?key=1";
    const testServer = openTestServer({ webhookUrl: url });
    const film = await makeFilm(testServer);
    const answers = [503, 200];
    const sent: string[] = [];
    const told: Record<string, unknown>[] = [];
    let nowMs = Date.now();
    const delivery = createWebhookDelivery({
      outbox: testServer.repository.outbox,
      clock: { ...createSystemClock(), now: () => nowMs },
      random: { number: () => 0.5 },
      log: { ...silentLog, debug: (message, fields) => void told.push({ message, ...fields }) },
      secrets: [SECRET],
      presentable: withoutPaths,
      async send(to, message) {
        sent.push(`${to} ${message.headers["webhook-id"]}`);
        return { status: answers.shift() ?? 500, retryAfter: undefined };
      },
    });
    expect(await delivery.deliverDue(never)).toBe(1);
    expect(await delivery.deliverDue(never)).toBe(0);
    nowMs += 6_000;
    expect(await delivery.deliverDue(never)).toBe(1);
    nowMs += 1e9;
    expect(await delivery.deliverDue(never)).toBe(0);
    expect(new Set(sent).size).toBe(1);
    expect(sent).toHaveLength(2);
    expect(told).toMatchObject([
      { message: "webhook sent", project: film.id, attempt: 1, state: "pending", answered: 503 },
      { message: "webhook sent", project: film.id, attempt: 2, state: "delivered", answered: 200 },
    ]);
    expect(JSON.stringify(told)).not.toContain("key=1");
    const [log] = await testServer.operations.deliveries(film.id);
    expect(log).toMatchObject({ state: "delivered", attempts: 2, lastStatus: 200, event: { status: "complete" } });
    await testServer.service.stop();
  });
});
