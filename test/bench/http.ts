/**
 * Load on the compiled server beside a bare Hono, compiled too, in the same run and in turns; loopback, on whatever
 * the machine gives. Throughput is wrk's (`apt-get install wrk`).
 *
 *   bun test/bench/http.ts [--rounds 7] [--rates] [--watch 600] [--beside OTHER_VIDPIPE]
 */
import { parseArgs } from "node:util";
import { removeFolders } from "../support/binary.ts";
import { type Contender, startBusyVidpipe, startHello } from "./http-contenders.ts";
import { audience, latencies, type Throughput, throughput } from "./http-load.ts";

const finished = 1_000;
const running = 20;
const windowSeconds = 2;
const steadyRps = 500;
const steadySeconds = 10;
const watchers = 1_000;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.floor(sorted.length * p)] ?? 0;
const line = (name: string, text: string): void => console.log(`  ${name.padEnd(34)} ${text}`);

type Path = readonly [name: string, contender: Contender, path: string];

async function compareThroughput(paths: readonly Path[], rounds: number): Promise<void> {
  const measured = new Map<string, Throughput[]>(paths.map(([name]) => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= rounds; round++)
    for (const [name, contender, path] of paths) {
      const one = await throughput(contender, path, windowSeconds);
      if (round > 0) measured.get(name)?.push(one);
    }
  const [bare = []] = measured.values();
  for (const [name, all] of measured) {
    const ratio = median(all.map(({ perSecond }, round) => perSecond / (bare[round]?.perSecond ?? Number.NaN)));
    const rate = median(all.map(({ perSecond }) => perSecond)).toFixed(0);
    const cpu = all.map(({ cpuUs }) => cpuUs);
    const us = `${median(cpu).toFixed(1)} µs of CPU each (least ${Math.min(...cpu).toFixed(1)})`;
    line(name, `${rate.padStart(7)} requests/s  ${(ratio * 100).toFixed(0)} %  ${us}`);
  }
}

async function compareLatency(paths: readonly Path[]): Promise<void> {
  for (const [name, contender, path] of paths) {
    const sorted = await latencies(contender, path, steadyRps, steadySeconds);
    const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
    line(
      `${name}, ${steadyRps} a second`,
      `p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  (${sorted.length} answers)`,
    );
  }
}

/** What to measure, and beside which other program. */
interface HttpBench {
  readonly rounds?: number;
  readonly watchSeconds?: number;
  /** Another compiled vidpipe to measure in the same turns, e.g. an older one. */
  readonly beside?: string | undefined;
  /** Only the rates. */
  readonly only?: boolean;
}

/** Prints the comparison. Without wrk there are no rates. */
export async function httpBench({ rounds = 3, watchSeconds = 15, beside, only = false }: HttpBench = {}) {
  const [hello, vidpipe] = [await startHello(), await startBusyVidpipe(finished, running)];
  const other = beside === undefined ? undefined : await startBusyVidpipe(finished, running, beside);
  const status = ({ id }: Contender): string => `/api/projects/${id}/status`;
  console.log(`\nHTTP: status of one of ${running} running projects, ${finished} finished ones in the database`);
  const paths: readonly Path[] = [
    ["bare Hono hello", hello, "/hello"],
    ["GET /api/health", vidpipe, "/api/health"],
    ["GET status", vidpipe, status(vidpipe)],
    ...(other === undefined ? [] : [["GET status of the other", other, status(other)] as const]),
  ];
  if (Bun.which("wrk") === null) line("throughput", "not measured: apt-get install wrk");
  else await compareThroughput(paths, rounds);
  if (!only) await compareLatency(paths.filter(([name]) => name !== "GET /api/health"));
  await other?.stop();
  if (!only) await watchFor(vidpipe, watchSeconds);
  await hello.stop();
  await vidpipe.stop();
  removeFolders();
}

async function watchFor(vidpipe: Contender, seconds: number): Promise<void> {
  const { heardMs, openMiB, grownMiB, cpuShare } = await audience(vidpipe, watchers, seconds);
  const [p50, last] = [percentile(heardMs, 0.5), heardMs.at(-1) ?? Number.NaN];
  line(`${watchers} watchers for ${seconds} s`, `took ${openMiB.toFixed(0)} MiB to open`);
  const growth = grownMiB.map((mib) => mib.toFixed(1)).join(", ");
  line("  memory beyond that, by tenths", `${growth} MiB; ${(cpuShare * 100).toFixed(1)} % of a processor`);
  line("  fan-out of one event", `half have it after ${p50.toFixed(0)} ms, all after ${last.toFixed(0)} ms`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "7" },
      watch: { type: "string", default: "15" },
      beside: { type: "string" },
      rates: { type: "boolean", default: false },
    },
  });
  const { rounds, watch, beside, rates } = values;
  await httpBench({ rounds: Number(rounds), watchSeconds: Number(watch), beside, only: rates });
  process.exit(0);
}
