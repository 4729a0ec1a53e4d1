/**
 * What a full database costs: processor time of commands and requests beside a small one, and how long the server's main
 * thread is at it without a break. The large databases are made once and kept in the temp folder.
 *
 *   bun test/bench/scale.ts [--films 1,200,1000,100000] [--rounds 5]
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { buildBinary } from "../../scripts/build.ts";
import { bareEnvironment, emptyFolder, removeFolders } from "../support/binary.ts";
import { makeManyFilms } from "./many-films.ts";

/** Films in the database that the others are measured beside. */
const small = 200;
const requests = 40;
/** How often that many are sent: what the machine did beside it is in the least of them least. */
const batches = 4;
const kept = join(tmpdir(), "vidpipe-many-films");

/** Figures by what was measured, then by how many films there were. */
type Figures = Map<string, Map<number, number>>;

function note(figures: Figures, what: string, films: number, value: number): void {
  figures.set(what, (figures.get(what) ?? new Map<number, number>()).set(films, value));
}

const GENERATE = ["generate", "A fox in the snow", "--provider", "offline", "--scenes", "1", "--clip-duration", "1"];

/** Every command that looks at the database, by what it is given; `id` is a finished film in the middle of the list. */
const commandsFor = (id: string): Readonly<Record<string, readonly string[]>> => ({
  list: ["list"],
  "list --status failed": ["list", "--status", "failed"],
  "list --status held": ["list", "--status", "held"],
  status: ["status", id],
  "status, start of an id": ["status", id.slice(0, 13)],
  cost: ["cost", id],
  takes: ["takes", id],
  history: ["history", id],
  plan: ["plan", id],
  "generate --dry-run": [...GENERATE, "--dry-run"],
  "generate, a storyboard": [...GENERATE, "--until", "storyboard"],
  "resume of a finished film": ["resume", id],
});

/** Processor time of a command, ms. */
function cpuMsOf(binary: string, folder: string, args: readonly string[]): number {
  const child = Bun.spawnSync([binary, ...args], { cwd: folder, env: bareEnvironment(folder), stderr: "pipe" });
  const told = child.stderr.toString();
  if (/storage\.|internal|Usage/.test(told)) throw new Error(`${args.join(" ")}: ${told}`);
  return Number(child.resourceUsage.cpuTime.total) / 1_000;
}

/** Processor time of a process since its start, ms. */
function cpuMsSoFar(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const ns = readdirSync(folder).map((task) => readFileSync(`${folder}/${task}/schedstat`, "utf8").split(" ")[0]);
  return ns.reduce((sum, one) => sum + Number(one), 0) / 1e6;
}

/** A request, by what it asks; `ends` waits for what it started. */
interface Ask {
  readonly path: string;
  readonly body?: object;
  readonly times?: number;
  readonly ends?: string;
}

const requestsFor = (id: string): Readonly<Record<string, Ask>> => ({
  "GET status": { path: `/api/projects/${id}/status` },
  "GET project": { path: `/api/projects/${id}` },
  "GET page of 50": { path: "/api/projects?limit=50" },
  "GET page, held": { path: "/api/projects?limit=50&status=held" },
  "GET page, finished": { path: "/api/projects?limit=50&status=complete" },
  "search, many films": { path: "/api/projects?limit=50&q=violinist" },
  "search, few films": { path: "/api/projects?limit=50&q=take%20000150" },
  "search, no film": { path: "/api/projects?limit=50&q=nowhere" },
  "search, two letters": { path: "/api/projects?limit=50&q=zq" },
  "POST estimate": { path: "/api/estimate", body: { prompt: "A fox", provider: "offline", scenes: 1 } },
  "POST generate, a storyboard": {
    path: "/api/generate",
    body: { prompt: "A fox", provider: "offline", scenes: 1, clip_duration: 1, until: "storyboard" },
    times: 8,
    ends: "review",
  },
  "GET metrics": { path: "/metrics" },
  "GET whole list": { path: "/api/projects", times: 1 },
});

/** A running server. */
interface Server {
  readonly url: string;
  readonly pid: number;
  /** The longest stretch since it was last asked, ms. */
  longestMs(): Promise<number>;
  stop(): Promise<void>;
}

async function startServer(command: readonly string[], folder: string): Promise<Server> {
  let heard = Promise.withResolvers<number>();
  const child = Bun.spawn([...command, "serve", "--port", "0"], {
    cwd: folder,
    env: bareEnvironment(folder),
    stdio: ["ignore", "pipe", Bun.file(join(folder, "log"))],
    ipc: (message) => heard.resolve(Number(message)),
  });
  const { value } = await child.stdout.getReader().read();
  return {
    url: new TextDecoder().decode(value).trim(),
    pid: child.pid,
    longestMs() {
      heard = Promise.withResolvers<number>();
      child.send("how long");
      return heard.promise;
    },
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

const Made = z.object({ project_id: z.string() });
const Standing = z.object({ status: z.string() });

/** Sends a request and takes its whole answer. */
async function send(url: string, { path, body, ends }: Ask): Promise<void> {
  const headers = { "Accept-Encoding": "gzip", "Content-Type": "application/json" };
  const init = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(new URL(path, url), init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${text}`);
  if (ends === undefined) return;
  const { project_id: id } = Made.parse(JSON.parse(text));
  for (let status = ""; status !== ends; ) {
    const asked = await fetch(new URL(`/api/projects/${id}/status?wait=5`, url));
    ({ status } = Standing.parse(await asked.json()));
  }
}

/** Processor time of each request, ms, and of the start. */
async function requestCpu(binary: string, folder: string, films: number, id: string, figures: Figures): Promise<void> {
  const server = await startServer([binary], folder);
  await Bun.sleep(1_500);
  note(figures, "start of serve", films, cpuMsSoFar(server.pid));
  for (const [what, ask] of Object.entries(requestsFor(id))) {
    const { times = requests } = ask;
    await send(server.url, ask);
    const all: number[] = [];
    for (let batch = 0; batch < batches; batch++) {
      const before = cpuMsSoFar(server.pid);
      for (let n = 0; n < times; n++) await send(server.url, ask);
      all.push((cpuMsSoFar(server.pid) - before) / times);
    }
    note(figures, what, films, Math.min(...all));
  }
  await server.stop();
}

/** The longest stretch of the main thread in each request, ms of processor time. */
async function stretches(folder: string, films: number, id: string, figures: Figures): Promise<void> {
  const fixture = join(import.meta.dir, "fixtures", "measured-serve.ts");
  const server = await startServer([process.execPath, fixture], folder);
  await Bun.sleep(1_500);
  for (const [what, ask] of Object.entries(requestsFor(id))) {
    // What is done once, such as compiling, is no part of it.
    for (let n = 0; n < 4; n++) await send(server.url, ask);
    await server.longestMs();
    for (let n = 0; n < 6; n++) await send(server.url, ask);
    note(figures, what, films, await server.longestMs());
  }
  await server.stop();
}

function print(title: string, figures: Figures, sizes: readonly number[]): void {
  console.log(`\n${title}`);
  console.log(`  ${"".padEnd(30)}${sizes.map((films) => `${films}`.padStart(18)).join("")}`);
  for (const [what, row] of figures) {
    const base = row.get(small) ?? Number.NaN;
    const cells = sizes.map((films) => {
      const value = row.get(films) ?? Number.NaN;
      return `${value.toFixed(value < 20 ? 2 : 0)} ms ${(value / base).toFixed(2).padStart(6)} x`.padStart(18);
    });
    console.log(`  ${what.padEnd(30)}${cells.join("")}`);
  }
}

/** A folder with a database, and a film in it. */
interface Place {
  readonly folder: string;
  readonly id: string;
}

/** In turns, so that the machine's mood is shared; the first round warms up. */
function compareCommands(binary: string, places: ReadonlyMap<number, Place>, rounds: number, figures: Figures): void {
  const taken = new Map<string, number[]>();
  const measure = (films: number, { folder, id }: Place, isFirst: boolean) => {
    for (const [what, args] of Object.entries(commandsFor(id))) {
      const name = `${what}/${films}`;
      const all = [...(taken.get(name) ?? []), cpuMsOf(binary, folder, args)];
      if (!isFirst) taken.set(name, all);
      note(figures, what, films, Math.min(...all));
    }
  };
  for (let round = 0; round <= rounds; round++) for (const [films, place] of places) measure(films, place, round === 0);
}

/** Prints the comparison; needs `/proc`. */
export async function scaleBench({ films = [1, small, 1_000], rounds = 5 } = {}): Promise<void> {
  const sizes = [...new Set([...films, small])].toSorted((a, b) => a - b);
  const binary = join(emptyFolder("scale"), "vidpipe");
  await buildBinary(binary);
  const commands: Figures = new Map();
  const cpu: Figures = new Map();
  const longest: Figures = new Map();
  const folders = new Map<number, Place>();
  for (const size of sizes) {
    const folder = emptyFolder(`scale-${size}`);
    mkdirSync(join(folder, "vidpipe-data"));
    const id = await makeManyFilms(join(folder, "vidpipe-data", "vidpipe.db"), size, kept);
    folders.set(size, { folder, id });
  }
  compareCommands(binary, folders, rounds, commands);
  for (const [size, { folder, id }] of folders) {
    await requestCpu(binary, folder, size, id, cpu);
    await stretches(folder, size, id, longest);
  }
  print(`Commands: least processor time of ${rounds}, beside ${small} films`, commands, sizes);
  print(`Requests: least processor time of the server, beside ${small} films`, cpu, sizes);
  print("Requests: longest stretch of the server's main thread, processor time", longest, sizes);
  removeFolders();
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { films: { type: "string" }, rounds: { type: "string" } } });
  const films = (values.films ?? "1,200,1000,100000").split(",").map(Number);
  await scaleBench({ films, rounds: Number(values.rounds ?? 5) });
}
