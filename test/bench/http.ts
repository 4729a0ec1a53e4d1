/** Load on the HTTP API beside a bare Hono in the same run; loopback, two processes, what the machine gives. */
import { rmSync } from "node:fs";
import { join } from "node:path";

const connections = 32;
/** Windows in which throughput is measured, the contenders in turn; the best of each counts: others use this machine. */
const windows = 6;
const windowMs = 700;
const steadyRps = 500;
const steadySeconds = 6;
const watchers = 1_000;
const watchSeconds = 15;

interface Child {
  readonly url: URL;
  readonly id: string;
  rssMiB(): Promise<number>;
  stop(): Promise<void>;
}

async function startServer(kind: "hello" | "vidpipe"): Promise<Child> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "http-server.ts"), kind], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  const { url, id, folder }: { url: string; id: string; folder: string | null } = JSON.parse(
    new TextDecoder().decode(value),
  );
  return {
    url: new URL(url),
    id,
    async rssMiB() {
      const status = await Bun.file(`/proc/${child.pid}/status`).text();
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
    },
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      if (folder !== null) rmSync(folder, { recursive: true });
    },
  };
}

/** One kept-alive connection that sends a request and calls back when its answer is there. */
async function openLine({ url }: Child, path: string, onAnswer: () => void) {
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

/** Requests a second when every connection asks again as soon as it is answered. */
async function throughput(child: Child, path: string): Promise<number> {
  let answers = 0;
  const over = new AbortController();
  const done = over.signal;
  const lines = await Promise.all(
    Array.from({ length: connections }, async () => {
      const line = await openLine(child, path, () => {
        answers += 1;
        if (!done.aborted) line.send();
      });
      return line;
    }),
  );
  for (const line of lines) line.send();
  await Bun.sleep(300);
  const before = answers;
  const startedAt = performance.now();
  await Bun.sleep(windowMs);
  const rate = ((answers - before) / (performance.now() - startedAt)) * 1_000;
  over.abort();
  await Bun.sleep(50);
  for (const line of lines) line.close();
  return rate;
}

/** Latencies in ms at a fixed rate, counted from when each request was due: waiting in line counts. */
async function latencies(child: Child, path: string): Promise<number[]> {
  const taken: number[] = [];
  const free: { send(): void; dueAt: number }[] = [];
  const waiting: number[] = [];
  const lines = await Promise.all(
    Array.from({ length: connections }, async () => {
      const line = await openLine(child, path, () => {
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
  for (let n = 0; n < steadyRps * steadySeconds; n++) {
    const dueAt = startedAt + (n * 1_000) / steadyRps;
    if (dueAt > performance.now()) await Bun.sleep(dueAt - performance.now());
    waiting.push(dueAt);
    pump();
  }
  await Bun.sleep(500);
  for (const line of lines) line.close();
  return taken.toSorted((a, b) => a - b);
}

const percentile = (sorted: readonly number[], p: number): number => sorted[Math.floor(sorted.length * p)] ?? 0;

/** Ms from a change until the last of all watchers has heard of it, and what they cost in memory. */
async function fanOut(child: Child) {
  const before = await child.rssMiB();
  let heard = 0;
  const all = Promise.withResolvers<void>();
  const head = `GET /api/projects/${child.id}/events HTTP/1.1\r\nHost: ${child.url.host}\r\n\r\n`;
  const sockets = await Promise.all(
    Array.from({ length: watchers }, async () => {
      let knows = false;
      const socket = await Bun.connect({
        hostname: child.url.hostname,
        port: Number(child.url.port),
        socket: {
          data(_, chunk) {
            if (knows || !chunk.includes('"status":"cancelled"')) return;
            knows = true;
            heard += 1;
            if (heard === watchers) all.resolve();
          },
        },
      });
      socket.write(head);
      return socket;
    }),
  );
  await Bun.sleep(2_000);
  const opened = await child.rssMiB();
  await Bun.sleep(watchSeconds * 1_000);
  const later = await child.rssMiB();
  const startedAt = performance.now();
  await fetch(new URL(`/api/projects/${child.id}/cancel`, child.url), { method: "POST" });
  await all.promise;
  const ms = performance.now() - startedAt;
  for (const socket of sockets) socket.end();
  return { ms, openMiB: opened - before, growthMiB: later - opened };
}

/** Prints the comparison. */
export async function httpBench(): Promise<void> {
  const hello = await startServer("hello");
  const vidpipe = await startServer("vidpipe");
  const path = `/api/projects/${vidpipe.id}/status`;
  let [bare, health, rate] = [0, 0, 0];
  for (let n = 0; n < windows; n++) {
    bare = Math.max(bare, await throughput(hello, "/hello"));
    health = Math.max(health, await throughput(vidpipe, "/api/health"));
    rate = Math.max(rate, await throughput(vidpipe, path));
  }
  const bareLatency = await latencies(hello, "/hello");
  const latency = await latencies(vidpipe, path);
  await hello.stop();
  const { ms, openMiB, growthMiB } = await fanOut(vidpipe);
  await vidpipe.stop();
  console.log("\nHTTP: status of one of 20 running projects, 1,000 finished ones in the database");
  const rows = [
    ["bare Hono hello", bare, 1],
    ["GET /api/health", health, health / bare],
    ["GET status", rate, rate / bare],
  ] as const;
  for (const [name, rps, ratio] of rows)
    console.log(`  ${name.padEnd(34)} ${rps.toFixed(0).padStart(7)} rps  ${(ratio * 100).toFixed(0)} %`);
  for (const [name, sorted] of [
    ["bare Hono hello", bareLatency],
    ["GET status", latency],
  ] as const)
    console.log(
      `  ${`${name} at ${steadyRps} rps`.padEnd(34)} p50 ${percentile(sorted, 0.5).toFixed(1)} ms  p99 ${percentile(sorted, 0.99).toFixed(1)} ms  (${sorted.length} answers)`,
    );
  console.log(
    `  ${`${watchers} watchers`.padEnd(34)} fan-out ${ms.toFixed(0)} ms, ${openMiB.toFixed(0)} MiB to open, ${growthMiB.toFixed(1)} MiB more after ${watchSeconds} s`,
  );
}

if (import.meta.main) await httpBench();
