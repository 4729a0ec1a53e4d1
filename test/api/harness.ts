import { connect } from "node:net";
import { type ApiSettings, createApi } from "../../src/api/app.ts";
import type { Bind } from "../../src/api/middleware/host-check.ts";
import { startServer } from "../../src/api/server.ts";
import type { Clock, Log } from "../../src/ports/runtime.ts";
import type { Operations } from "../../src/services/operations.ts";
import { createFakeService, type FakeService, type FakeServiceOptions } from "../support/fake-service.ts";
import { openTestServer } from "./test-server.ts";

/** A log that keeps its errors. */
export function createRecordingLog(): Log & {
  readonly errors: { message: string; fields: object }[];
  readonly warnings: string[];
} {
  const warnings: string[] = [];
  const errors: { message: string; fields: object }[] = [];
  const drop = () => {};
  return {
    debug: drop,
    info: drop,
    warn: (message) => warnings.push(message),
    error: (message, fields = {}) => errors.push({ message, fields }),
    errors,
    warnings,
  };
}

export interface TestApiOptions extends FakeServiceOptions {
  readonly settings?: Partial<ApiSettings>;
  /** Instead of a clock that stands still. */
  readonly clock?: Clock;
  /** Instead of those over nothing. */
  readonly operations?: Operations;
}

/** The API over a fake service, asked without a socket. */
export function createTestApi({
  settings = {},
  clock = createHeldClock(),
  operations,
  ...options
}: TestApiOptions = {}) {
  const service: FakeService = createFakeService(options);
  const log = createRecordingLog();
  const stopping = new AbortController();
  const random = { id: () => "00000000-0000-7000-8000-000000000000" };
  const server = openTestServer();
  const deps = {
    service,
    editing: server.editing,
    assets: server.assets,
    trash: server.trash,
    operations: operations ?? server.operations,
    idempotency: server.idempotency,
    version: "2.0.0-test",
    log,
    clock,
    random,
    stopping: stopping.signal,
  };
  const api = createApi({ ...deps, settings });
  return {
    api,
    service,
    log,
    stopping,
    get: async (path: string) => api.request(path),
    post: async (path: string, body?: unknown, headers: Record<string, string> = {}) =>
      api.request(path, {
        method: "POST",
        ...(body === undefined ? { headers } : { body: JSON.stringify(body), headers: { ...JSON_TYPE, ...headers } }),
      }),
  };
}

export const JSON_TYPE = { "Content-Type": "application/json" };

/** A clock whose sleeps end only when the test says so, or by their signal. */
export function createHeldClock(): Clock & { wake(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    now: () => 0,
    monotonic: () => 0,
    sinceBoot: () => 0,
    wake: resolve,
    sleep: (_ms, signal) =>
      Promise.race([
        promise,
        new Promise<void>((end) => signal.addEventListener("abort", () => end(), { once: true })),
      ]),
  };
}

/** The API behind a real server on a free loopback port. */
export function startTestServer(options: TestApiOptions & Partial<Omit<Bind, "port">> = {}) {
  const { host = "127.0.0.1", allowedHosts = [], ownAddresses = () => [], ...rest } = options;
  const clock = createHeldClock();
  const { api, service, log, stopping } = createTestApi({ clock, ...rest });
  const server = startServer(api, { host, port: 0, allowedHosts, ownAddresses }, { clock, log });
  return { server, service, log, clock, stopping, url: (path: string) => new URL(path, server.url).href };
}

/** What comes back for bytes sent as they are, until the line is closed or the head of an answer is there. */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    const settle = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      if (/\r\n\r\n/.test(answer)) settle();
    });
    socket.on("close", settle);
    socket.on("error", settle);
    socket.write(bytes);
  });
}
