/**
 * Google on loopback: the REST formats of Vertex AI, the Gemini API, its file store, Cloud Storage and the token
 * service, with scripted faults and a bill of its own. The real SDK talks to it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { json, rpcError } from "./answers.ts";
import { type BillEntry, createBill } from "./bill.ts";
import type { TestServer } from "./clips.ts";
import {
  createScript,
  DOOR_FAULTS,
  type FaultName,
  isDoorFault,
  isFaultName,
  isLostFault,
  LOST_FAULTS,
  ROUTES,
  type Route,
  readStatusFault,
  type ScriptEntry,
  statusAnswer,
} from "./faults.ts";
import { createJobs } from "./jobs.ts";
import type { MakeClip } from "./media.ts";
import { callOf, loginProblem, perform } from "./routing.ts";

export const FAKE_PROJECT = "fake-project";

export interface FakeOptions {
  readonly port?: number;
  /** Looks at a clip before it is done; 1 unless given. */
  readonly pollsUntilDone?: number;
  /** Ms a clip takes besides. */
  readonly clipMs?: number;
  /** Makes the clips; ffmpeg unless given. */
  readonly encode?: MakeClip;
  /** File that gets a line for every entry of the bill. */
  readonly billPath?: string;
}

export interface SeenRequest {
  readonly route: Route | "other";
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface GoogleFake {
  readonly url: string;
  /** What was ordered, charged or not. */
  readonly bill: readonly BillEntry[];
  readonly requests: readonly SeenRequest[];
  script(entry: ScriptEntry): void;
  /** Resolves when so many requests of a route have arrived since the start. */
  arrived(route: Route, count?: number): Promise<void>;
  /** Keeps the requests of a route waiting for their proper answer until the function it gives is called. */
  hold(route: Route): () => void;
  /** Writes an external_account credential that logs in here; gives its path. */
  writeCredential(folder: string): string;
  stop(): void;
}

export function createGoogleFake(options: FakeOptions = {}): GoogleFake {
  const bill = createBill(options.billPath ?? null);
  const jobs = createJobs({ polls: options.pollsUntilDone ?? 1, ms: options.clipMs ?? 0 }, bill, options.encode);
  const testServer: TestServer = { jobs, bill };
  const script = createScript();
  const requests: SeenRequest[] = [];
  const waiting: { route: Route; count: number; resolve: () => void }[] = [];
  const over = Promise.withResolvers<Response>();
  const held = new Map<Route, Promise<void>>();
  const count = (route: Route) => requests.filter((request) => request.route === route).length;

  function seen(request: Request, url: URL, route: SeenRequest["route"], body: unknown): void {
    const headers = Object.fromEntries(request.headers);
    requests.push({ route, method: request.method, path: url.pathname, headers, body });
    for (const waiter of waiting.splice(0))
      if (count(waiter.route) >= waiter.count) waiter.resolve();
      else waiting.push(waiter);
  }

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const control = await controlAnswer(request, url, bill.entries, requests, script);
    if (control !== null) return control;
    const call = callOf(request.method, url);
    if (call === null) {
      seen(request, url, "other", undefined);
      return rpcError({ code: 404, status: "NOT_FOUND", message: `No such path: ${url.pathname}` });
    }
    const fault = script.next(call.route);
    const body = fault === "reset_before_reading" ? undefined : parsed(await request.text());
    seen(request, url, call.route, body);
    await held.get(call.route);
    return (
      (await atTheDoor(fault)) ??
      (await lost(fault, loginProblem(call, request) ?? (await perform(call, body, url, fault, testServer))))
    );
  }

  async function atTheDoor(fault: FaultName | null): Promise<Response | null> {
    if (fault === null) return null;
    if (fault === "hang") return await over.promise;
    const bare = readStatusFault(fault);
    if (bare?.executed === false) return statusAnswer(bare.status);
    return isDoorFault(fault) ? DOOR_FAULTS[fault]() : null;
  }

  /** The answer as it arrives, when the work was done and the fault is on the way back. */
  async function lost(fault: FaultName | null, real: Response): Promise<Response> {
    if (fault === null) return real;
    if (fault === "execute_and_hang") return await over.promise;
    const bare = readStatusFault(fault);
    if (bare?.executed === true) return statusAnswer(bare.status);
    return isLostFault(fault) ? await LOST_FAULTS[fault](real) : real;
  }

  const server = Bun.serve({
    port: options.port ?? 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: 256 * 2 ** 20,
    development: false,
    fetch: answer,
    error: (thrown) => rpcError({ code: 500, status: "INTERNAL", message: `the fake broke: ${thrown.message}` }),
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    bill: bill.entries,
    requests,
    script: (entry) => script.add(entry),
    arrived: (route, wanted = 1) =>
      count(route) >= wanted
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ route, count: wanted, resolve })),
    hold: (route) => {
      const gate = Promise.withResolvers<void>();
      held.set(route, gate.promise);
      return () => {
        held.delete(route);
        gate.resolve();
      };
    },
    writeCredential: (folder) => writeCredential(folder, url),
    stop: () => {
      over.resolve(new Response(null, { status: 503 }));
      void server.stop(true);
    },
  };
}

/** `GET /__bill`, `GET /__requests`, `POST /__script {on, fault, times, after}`: how another process drives the fake. */
async function controlAnswer(
  request: Request,
  url: URL,
  bill: readonly BillEntry[],
  requests: readonly SeenRequest[],
  script: { add(entry: ScriptEntry): void },
): Promise<Response | null> {
  if (url.pathname === "/__bill") return json(bill);
  if (url.pathname === "/__requests") return json(requests.map(({ route, method, path }) => ({ route, method, path })));
  if (url.pathname !== "/__script") return null;
  const { on, fault, times, after } = Object(await request.json());
  const route = ROUTES.find((known) => known === on);
  if (route === undefined || typeof fault !== "string" || !isFaultName(fault))
    return json({ error: "no such fault" }, 400);
  script.add({ on: route, fault, times: Number(times ?? 1), after: Number(after ?? 0) });
  return json({});
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function writeCredential(folder: string, url: string): string {
  mkdirSync(folder, { recursive: true });
  const subject = join(folder, "subject-token.txt");
  const path = join(folder, "credential.json");
  writeFileSync(subject, "fake-subject-token");
  writeFileSync(
    path,
    JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/fake/providers/fake",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${url}/token`,
      credential_source: { file: subject },
    }),
  );
  return path;
}
