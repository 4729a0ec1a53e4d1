/**
 * Load on the compiled server beside a bare Hono, compiled too, in the same run and in turns; loopback, on whatever
 * the machine gives. Throughput is wrk's (`apt-get install wrk`).
 *
 *   bun test/bench/http.ts [--rounds 7] [--watch 600]
 */
import { parseArgs } from "node:util";
import { removeFolders } from "../support/binary.ts";
import { type Contender, startBusyVidpipe, startHello } from "./http-contenders.ts";
import { audience, latencies, throughput } from "./http-load.ts";

const finished = 1_000;
const running = 20;
const windowSeconds = 2;
const steadyRps = 500;
const steadySeconds = 10;
const watchers = 1_000;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.floor(sorted.length * p)] ?? 0;
const line = (name: string, text: string): void => console.log(`  ${name.padEnd(34)} ${text}`);

async function compareThroughput(hello: Contender, vidpipe: Contender, rounds: number): Promise<void> {
  const paths = [
    ["bare Hono hello", hello, "/hello"],
    ["GET /api/health", vidpipe, "/api/health"],
    ["GET status", vidpipe, `/api/projects/${vidpipe.id}/status`],
  ] as const;
  const rates = new Map<string, number[]>(paths.map(([name]) => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= rounds; round++)
    for (const [name, contender, path] of paths) {
      const rate = await throughput(contender, path, windowSeconds);
      if (round > 0) rates.get(name)?.push(rate);
    }
  const bare = rates.get("bare Hono hello") ?? [];
  for (const [name, all] of rates) {
    const ratio = median(all.map((rate, round) => rate / (bare[round] ?? Number.NaN)));
    line(name, `${median(all).toFixed(0).padStart(7)} requests/s  ${(ratio * 100).toFixed(0)} %`);
  }
}

async function compareLatency(hello: Contender, vidpipe: Contender): Promise<void> {
  for (const [name, contender, path] of [
    ["bare Hono hello", hello, "/hello"],
    ["GET status", vidpipe, `/api/projects/${vidpipe.id}/status`],
  ] as const) {
    const sorted = await latencies(contender, path, steadyRps, steadySeconds);
    const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
    line(
      `${name}, ${steadyRps} a second`,
      `p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  (${sorted.length} answers)`,
    );
  }
}

/** Prints the comparison. Without wrk there are no rates. */
export async function httpBench({ rounds = 3, watchSeconds = 15 } = {}): Promise<void> {
  const [hello, vidpipe] = [await startHello(), await startBusyVidpipe(finished, running)];
  console.log(`\nHTTP: status of one of ${running} running projects, ${finished} finished ones in the database`);
  if (Bun.which("wrk") === null) line("throughput", "not measured: apt-get install wrk");
  else await compareThroughput(hello, vidpipe, rounds);
  await compareLatency(hello, vidpipe);
  await hello.stop();
  const { ms, openMiB, growthMiB } = await audience(vidpipe, watchers, watchSeconds);
  await vidpipe.stop();
  line(
    `${watchers} watchers`,
    `last heard after ${ms.toFixed(0)} ms; ${openMiB.toFixed(0)} MiB to open, ${growthMiB.toFixed(1)} MiB more after ${watchSeconds} s`,
  );
  removeFolders();
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "7" }, watch: { type: "string", default: "15" } },
  });
  await httpBench({ rounds: Number(values.rounds), watchSeconds: Number(values.watch) });
  process.exit(0);
}
