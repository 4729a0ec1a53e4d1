/**
 * 200 films asked for at once: in virtual time through all decisions, and with `--binary` through the compiled server
 * with a fake Google that makes its clips at once.
 *
 *   bun test/bench/queue.ts [--films 200] [--binary]
 */
import { parseArgs } from "node:util";
import { removeFolders } from "../support/binary.ts";
import { queueFilms, TIMES } from "../support/queue.ts";
import { startVidpipe, type VidpipeServer } from "./http-contenders.ts";

const scenes = 2;
const atOnce = 8;
/** Ms between two looks at the list. */
const lookMs = 1_000;
/** Ms between two loads of the page by somebody who looks on. */
const visitMs = 100;

/** Prints how long the films took beside the least that eight clips at once need, and the memory. */
export async function queueBench(films = 200): Promise<void> {
  const startedAt = performance.now();
  const { finishedAtMs, statuses } = await queueFilms(films, scenes);
  const leastMs = (films * scenes * TIMES.clipMs) / atOnce;
  const [first = 0] = finishedAtMs;
  const last = Math.max(...finishedAtMs);
  const mean = finishedAtMs.reduce((sum, ms) => sum + ms, 0) / films;
  const isFair = finishedAtMs.every((ms, n) => n === 0 || ms >= (finishedAtMs[n - 1] ?? 0));
  console.log(
    `\nQueue: ${films} films of ${scenes} scenes at once, ${atOnce} calls of a kind under way (virtual time)`,
  );
  console.log(`  complete ${statuses.filter((status) => status === "complete").length}, in order: ${isFair}`);
  console.log(`  first ${s(first)}, mean ${s(mean)}, last ${s(last)}; the clips alone need ${s(leastMs)}`);
  console.log(`  ${s(performance.now() - startedAt)} of real time`);
}

const s = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;

/** Somebody who opens the page again and again: what the browser asks for then, and how long each answer takes, ms. */
function visit(server: VidpipeServer, id: string) {
  const paths = ["/", "/api/projects?limit=50", `/api/projects/${id}`, `/api/projects/${id}/status`];
  const taken = new Map<string, number[]>(paths.map((path) => [path.replace(id, "ID"), []]));
  let isOver = false;
  const visits = (async () => {
    while (!isOver) {
      for (const path of paths) {
        const askedAt = performance.now();
        const answer = await fetch(new URL(path, server.url));
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`${path} is ${answer.status}`);
        taken.get(path.replace(id, "ID"))?.push(performance.now() - askedAt);
      }
      await Bun.sleep(visitMs);
    }
  })();
  return {
    async leave(): Promise<ReadonlyMap<string, readonly number[]>> {
      isOver = true;
      await visits;
      return taken;
    },
  };
}

const percentile = (values: readonly number[], p: number): string =>
  `${(values.toSorted((a, b) => a - b)[Math.floor(values.length * p)] ?? Number.NaN).toFixed(1)} ms`;

/** Prints the same for the compiled server, with its memory at a quarter, half and all of the films, and its page. */
async function binaryBench(films: number): Promise<void> {
  const server = await startVidpipe({ clipMs: 0, pollSeconds: 1 });
  const startedAt = performance.now();
  const first = await server.ask(0, 1);
  const visitor = visit(server, first);
  for (let n = 1; n < films; n++) await server.ask(n, 1);
  const rss = [await server.rssMiB()];
  console.log(
    `\nQueue: ${films} films of 1 scene at the compiled server; asked for in ${s(performance.now() - startedAt)}`,
  );
  for (let quarter = 1; quarter <= 4; quarter++) {
    while ((await server.countComplete()) < (films * quarter) / 4) await Bun.sleep(lookMs);
    rss.push(await server.rssMiB());
  }
  const visits = await visitor.leave();
  const order = await server.mostOvertaken();
  console.log(`  all complete after ${s(performance.now() - startedAt)}; out of order by at most ${order} places`);
  console.log(`  memory at the start and after each quarter: ${rss.map((mib) => mib.toFixed(0)).join(", ")} MiB`);
  console.log("  the page meanwhile, loaded ten times a second:");
  for (const [path, ms] of visits)
    console.log(
      `    GET ${path.padEnd(24)} p50 ${percentile(ms, 0.5)}  p99 ${percentile(ms, 0.99)}  most ${percentile(ms, 1 - Number.EPSILON)}  (${ms.length} answers)`,
    );
  await server.stop();
  removeFolders();
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { films: { type: "string", default: "200" }, binary: { type: "boolean", default: false } },
  });
  await queueBench(Number(values.films));
  if (values.binary) await binaryBench(Number(values.films));
  process.exit(0);
}
