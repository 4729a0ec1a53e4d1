/** What a paid call gives is what came over the wire, to the byte, whatever it is. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { PaidAnswer } from "../../../src/ports/provider.ts";
import { createGoogleProvider } from "../../../src/providers/google/provider.ts";
import { FAKE_API_KEY } from "../../support/google-fake/routing.ts";
import { never } from "../../support/never.ts";
import {
  bench,
  clipOrder,
  createSteppedClock,
  failureOf,
  keyframeOrder,
  LOCAL_CONFIG,
  REQUEST,
  removeFiles,
  STILLS,
  storyboardOrder,
} from "./harness.ts";

afterAll(removeFiles);

const open: { stop(closeActive: boolean): unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.stop(true);
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A stepped clock that says when it is next looked at: as every piece of an answer arrives. */
function createWatchedClock() {
  const clock = createSteppedClock();
  let next = Promise.withResolvers<void>();
  return {
    ...clock,
    monotonic: () => {
      next.resolve();
      return clock.monotonic();
    },
    looked: (): Promise<void> => {
      next = Promise.withResolvers<void>();
      return next.promise;
    },
  };
}

/** A provider that finds Google at an address, and each of its paid calls. */
function providerAt(geminiBaseUrl: string) {
  const clock = createWatchedClock();
  const provider = createGoogleProvider({ ...LOCAL_CONFIG, geminiBaseUrl }, { clock, log: silent });
  const models = provider.selectModels(REQUEST);
  const calls: Record<CallName, () => Promise<PaidAnswer>> = {
    storyboard: () => provider.writeStoryboard(storyboardOrder(models), models, null, never),
    still: () => provider.drawKeyframe(keyframeOrder(models, true), models, null, never),
    clip: () => provider.startClip(clipOrder(models), models, STILLS, never, null),
  };
  return { provider, models, calls, clock };
}

/** The same where every request is answered so, and how many came. */
function answering(answer: (request: Request) => Response | Promise<Response>) {
  let requests = 0;
  const arrived = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    fetch: (request) => {
      requests += 1;
      arrived.resolve();
      return answer(request);
    },
    error: () => new Response(null, { status: 500 }),
  });
  open.push(server);
  return { ...providerAt(`http://127.0.0.1:${server.port}`), requests: () => requests, arrived: arrived.promise };
}

const CALLS = ["storyboard", "still", "clip"] as const;
type CallName = (typeof CALLS)[number];

const latin = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const everyByte = Uint8Array.from({ length: 70_000 }, (_, n) => n % 256);

describe.each(CALLS)("the answer to a %s's request", (name) => {
  test.each([
    [
      "JSON with its own spacing",
      latin('\n{ "candidates" : [ ] ,\t"id":"v1_x" }\r\n'),
      "application/json; charset=UTF-8",
    ],
    ["JSON behind a byte order mark", latin('\xef\xbb\xbf{"id":"v1_x"}'), "application/json"],
    ["half a JSON text", latin('{"candidates":[{"conte'), "application/json"],
    ["a page", latin("<!DOCTYPE html><p>Sign in</p>"), "text/html"],
    ["every byte there is", everyByte, "application/octet-stream"],
    ["a list of events", latin('data: {"candidates":[]}\n\n'), "text/event-stream"],
    ["an error", latin('{"error":{"code":13,"message":"no"}}'), "application/json"],
    ["one byte", latin("x"), "application/json"],
  ])("is kept when it is %s", async (_, bytes, contentType) => {
    const at = answering(() => new Response(bytes, { headers: { "content-type": contentType } }));
    const answer = await at.calls[name]();
    expect(Buffer.compare(answer.bytes, bytes)).toBe(0);
    expect(answer.mediaType).toBe(contentType.split(";")[0] ?? "");
    expect(at.requests()).toBe(1);
  });

  test("is kept as it was before it was packed for the way", async () => {
    const body = latin(JSON.stringify({ candidates: [], padding: "x".repeat(5_000) }));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const at = answering(() => new Response(gzipSync(body), { headers }));
    expect(Buffer.compare((await at.calls[name]()).bytes, body)).toBe(0);
  });

  test.each(["", "nonsense", "text/html/../x", "a".repeat(5_000)])("has a media type when it says %p", async (type) => {
    const at = answering(() => new Response(latin("{}"), { headers: { "content-type": type } }));
    expect((await at.calls[name]()).mediaType).toBe("application/octet-stream");
  });

  test("is kept with any status that says it was answered", async () => {
    for (const status of [200, 201, 202, 203]) {
      const at = answering(() => new Response("{}", { status }));
      expect((await at.calls[name]()).bytes.byteLength).toBe(2);
    }
  });

  test.each([204, 205])("was lost when there is nothing in it: %p", async (status) => {
    const at = answering(() => new Response(null, { status }));
    const failure = await failureOf(at.calls[name]());
    expect(failure).toMatchObject({ code: "provider.unclear", facts: { http_status: status, sent: true } });
    expect(failure.message).toContain("an empty answer");
    expect(at.requests()).toBe(1);
  });

  test.each([
    ["a length that it does not reach", 'Content-Length: 100\r\n\r\n{"candidates":[]'],
    ["pieces without a last one", 'Transfer-Encoding: chunked\r\n\r\n10\r\n{"candidates":[]\r\n'],
    ["half a piece", 'Transfer-Encoding: chunked\r\n\r\n20\r\n{"candidates":[]'],
  ])("was lost when it breaks off midway: %s", async (_, rest) => {
    let requests = 0;
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          if (!bytes.toString("latin1").startsWith("POST ")) return;
          requests += 1;
          socket.end(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${rest}`);
        },
      },
    });
    open.push(listener);
    const failure = await failureOf(providerAt(`http://127.0.0.1:${listener.port}`).calls[name]());
    expect(failure.code).toBe("provider.unclear");
    expect(failure.message).toEndWith("was lost (ECONNRESET); it may have been charged");
    expect(failure.facts).toMatchObject({ http_status: 200, network: "ECONNRESET" });
    expect(failure.facts).not.toHaveProperty("charged");
    expect(requests).toBe(1);
  });

  test("may take as long as it keeps coming", async () => {
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const at = answering(() => new Response(body.readable));
    const buying = at.calls[name]();
    await at.arrived;
    const pieces = Array.from({ length: 8 }, (_, n) => latin(`piece ${n} `));
    for (const piece of pieces) {
      const seen = at.clock.looked();
      await writer.write(piece);
      await seen;
      await at.clock.step(100_000);
    }
    await writer.close();
    expect(Buffer.from((await buying).bytes)).toEqual(Buffer.concat(pieces));
  });
});

test("what Google wrote and what is kept are the same bytes, and the reader's picture is in them", async () => {
  const { fake, provider, models } = bench();
  const order = keyframeOrder(models, true);
  const answer = await provider.drawKeyframe(order, models, null, never);
  const json = JSON.parse(Buffer.from(answer.bytes).toString());
  const read = provider.readKeyframe(order, answer);
  if (read.kind !== "content") throw new Error(read.reason);
  expect(Buffer.from(read.content.bytes).toString("base64")).toBe(json.candidates[0].content.parts[0].inlineData.data);
  expect(json.usageMetadata.totalTokenCount).toBe(2_300);
  expect(fake.bill).toHaveLength(1);
});

test("no key is in a reading, whatever Google quotes", () => {
  const { provider, models } = answering(() => new Response());
  const bytes = latin(JSON.stringify({ error: { message: `key ${FAKE_API_KEY} of AIza${"x".repeat(35)}` } }));
  const read = provider.readOperation(clipOrder(models), models, null, { bytes, mediaType: "application/json" });
  expect(read).toEqual({ kind: "unusable", reason: "Google answered with an error (key [secret] of [secret])" });
});
