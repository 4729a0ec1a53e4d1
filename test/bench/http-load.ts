/** Load on a server: as much as it takes (wrk), at a fixed rate, and many who only listen. */
import type { Contender } from "./http-contenders.ts";

const connections = 32;
/** Ms after the last request in which its answer may come. */
const tailMs = 1_000;

/** What a server did under all the load that it takes. */
export interface Throughput {
  readonly perSecond: number;
  /** Processor time of the server for one request, µs: on a busy machine it says more than the rate. */
  readonly cpuUs: number;
}

/** What wrk gets answered on 32 connections, from a process of its own. */
export async function throughput(to: Contender, path: string, seconds: number): Promise<Throughput> {
  const before = await to.cpuUs();
  const command = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, new URL(path, to.url).href];
  const child = Bun.spawn(command, { stdout: "pipe" });
  const report = await new Response(child.stdout).text();
  if (/Non-2xx/.test(report)) throw new Error(`wrk was refused: ${report}`);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1] ?? Number.NaN);
  const answers = Number(/(\d+) requests in/.exec(report)?.[1] ?? Number.NaN);
  return { perSecond, cpuUs: ((await to.cpuUs()) - before) / answers };
}

/** One kept-alive connection that sends a request and calls back when its answer is there. */
async function openLine({ url }: Contender, path: string, onAnswer: () => void) {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
  const socket = await Bun.connect({
    hostname: url.hostname,
    port: Number(url.port),
    socket: {
      data(_, chunk) {
        if (!chunk.toString("latin1").startsWith("HTTP/1.1 200")) throw new Error(`not answered: ${chunk.toString()}`);
        onAnswer();
      },
    },
  });
  return { send: () => socket.write(request), close: () => socket.end() };
}

/**
 * Latencies in ms, sorted, of requests sent at a fixed rate whether or not earlier ones are answered; each counts from
 * when it was due, so that waiting in line counts.
 */
export async function latencies(to: Contender, path: string, perSecond: number, seconds: number): Promise<number[]> {
  const taken: number[] = [];
  const free: { send(): void; dueAt: number }[] = [];
  const waiting: number[] = [];
  const lines = await Promise.all(
    Array.from({ length: connections }, async () => {
      const line = await openLine(to, path, () => {
        // A timer may be early by a part of a millisecond.
        taken.push(Math.max(0, performance.now() - own.dueAt));
        free.push(own);
        pump();
      });
      const own = { send: () => void line.send(), dueAt: 0 };
      free.push(own);
      return line;
    }),
  );
  const pump = (): void => {
    while (waiting.length > 0 && free.length > 0) {
      const line = free.pop();
      if (line === undefined) return;
      line.dueAt = waiting.shift() ?? 0;
      line.send();
    }
  };
  const startedAt = performance.now();
  for (let n = 0; n < perSecond * seconds; n++) {
    const dueAt = startedAt + (n * 1_000) / perSecond;
    if (dueAt > performance.now()) await Bun.sleep(dueAt - performance.now());
    waiting.push(dueAt);
    pump();
  }
  await Bun.sleep(tailMs);
  for (const line of lines) line.close();
  return taken.toSorted((a, b) => a - b);
}

export interface Audience {
  /** Ms from the request that changes something until each of them has heard of it, sorted. */
  readonly heardMs: readonly number[];
  /** What they took of memory, and what it grew by in each tenth of the time. */
  readonly openMiB: number;
  readonly grownMiB: readonly number[];
  /** Processor time of the server while they listened, as a part of that time. */
  readonly cpuShare: number;
}

/** So many clients watch one project for so long; then it is cancelled. */
export async function audience(to: Contender, watchers: number, seconds: number): Promise<Audience> {
  const { url, id } = to;
  const before = await to.rssMiB();
  const heardAt: number[] = [];
  const all = Promise.withResolvers<void>();
  const head = `GET /api/projects/${id}/events HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
  const sockets = await Promise.all(
    Array.from({ length: watchers }, async () => {
      let knows = false;
      const socket = await Bun.connect({
        hostname: url.hostname,
        port: Number(url.port),
        socket: {
          data(_, chunk) {
            if (knows || !chunk.includes('"status":"cancelled"')) return;
            knows = true;
            heardAt.push(performance.now());
            if (heardAt.length === watchers) all.resolve();
          },
          close() {
            if (!knows) all.reject(new Error("a watcher was sent away"));
          },
        },
      });
      socket.write(head);
      return socket;
    }),
  );
  await Bun.sleep(5_000);
  const [opened, cpuUs] = [await to.rssMiB(), await to.cpuUs()];
  const grownMiB: number[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    await Promise.race([Bun.sleep(seconds * 100), all.promise]);
    grownMiB.push((await to.rssMiB()) - opened);
  }
  const cpuShare = ((await to.cpuUs()) - cpuUs) / (seconds * 1_000_000);
  const startedAt = performance.now();
  await fetch(new URL(`/api/projects/${id}/cancel`, url), { method: "POST" });
  await all.promise;
  for (const socket of sockets) socket.end();
  return { heardMs: heardAt.map((at) => at - startedAt), openMiB: opened - before, grownMiB, cpuShare };
}
