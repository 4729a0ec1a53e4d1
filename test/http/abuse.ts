import { expect, test } from "bun:test";
import { connect } from "node:net";
import type { WorkshopServer } from "../api/workshop.ts";

/** Ms in which the server must answer somebody else after whatever was done to it. */
const patienceMs = 1_000;

/** What a case works with. */
export interface Target extends WorkshopServer {
  /** `Host: ...` of the server. */
  readonly host: string;
  /** `Authorization: ...` of the token that may spend. */
  readonly bearer: string;
  /** A finished project, and one that is not. */
  readonly finished: string;
  readonly other: string;
  /** Status of what comes back for lines sent as they are; 0 when the line is cut without a word. */
  status(lines: readonly string[], body?: string | Uint8Array): Promise<number>;
  /** All of what comes back. */
  raw(bytes: string | Uint8Array): Promise<string>;
}

/** How many projects a case may add. */
interface CaseOptions {
  readonly creates?: number;
}

/** Declares a case of the list: what it does, that nothing came of it, and that others are served at once. */
export function abuse(
  n: number,
  title: string,
  target: () => Target,
  run: (up: Target) => Promise<void>,
  options: CaseOptions = {},
) {
  test(`${n} ${title}`, async () => {
    const up = target();
    const before = await standing(up);
    await run(up);
    await servesOthers(up);
    expect(await standing(up)).toEqual({ ...before, projects: before.projects + (options.creates ?? 0) });
  });
}

/** Somebody else is answered at once. */
export async function servesOthers({ url }: Pick<Target, "url">): Promise<void> {
  const startedAt = performance.now();
  expect((await fetch(url("/api/health"))).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(patienceMs);
}

/** What a request without an effect leaves as it was. */
async function standing({ service, finished, other }: Target) {
  const list = await service.list();
  const kept = list.filter(({ id }) => id === finished || id === other).map(({ id, status }) => `${id} ${status}`);
  return { projects: list.length, kept };
}

/** Sends bytes and collects what comes back until the line is closed or a whole answer is there. */
export function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
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

/** Status of a raw answer. */
export const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
