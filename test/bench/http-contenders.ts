/** What the load bench compares, each compiled and in a process of its own: a bare Hono, and vidpipe with a full database. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { buildBinary } from "../../scripts/build.ts";
import { ProjectId, StepId } from "../../src/domain/ids.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { project, STORYBOARD_ORDER, step } from "../storage/samples.ts";
import { silentLog } from "../storage/silent-log.ts";
import { bareEnvironment, emptyFolder } from "../support/binary.ts";
import { createGoogleFake } from "../support/google-fake/google-fake.ts";
import { CLIP_SECONDS, environmentFor } from "../support/wire.ts";

/** A server under load. */
export interface Contender {
  readonly url: URL;
  /** A project to ask about. */
  readonly id: string;
  rssMiB(): Promise<number>;
  /** Processor time that it has taken so far, µs. */
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

/** Ms between two looks at whether the films have got far enough. */
const lookMs = 200;
const dayMs = 24 * 3_600_000;
/** The unit of processor time in /proc: Linux counts hundredths of a second. */
const usPerTick = 10_000;

export async function startHello(): Promise<Contender> {
  const folder = emptyFolder("hello");
  const source = join(import.meta.dir, "fixtures", "hello.ts");
  const outfile = join(folder, "hello");
  const built = await Bun.build({ entrypoints: [source], target: "bun", compile: { outfile } });
  if (!built.success) throw new AggregateError(built.logs, "the bare Hono does not build");
  return start([outfile], folder, {});
}

/** The compiled server with a fake Google. */
export interface VidpipeServer extends Contender {
  /** Asks for a film of so many scenes; gives its id. */
  ask(n: number, scenes: number): Promise<string>;
  countComplete(): Promise<number>;
  /** How many places the films finished away from the order in which they were asked for, at most. */
  mostOvertaken(): Promise<number>;
}

export interface VidpipeOptions {
  /** Films in the database that are finished already. */
  readonly finished?: number;
  /** Ms that the fake takes for a clip. */
  readonly clipMs: number;
  readonly pollSeconds: number;
  /** A compiled vidpipe instead of one of this checkout. */
  readonly program?: string | undefined;
}

export async function startVidpipe({
  finished = 0,
  clipMs,
  pollSeconds,
  program,
}: VidpipeOptions): Promise<VidpipeServer> {
  const folder = emptyFolder("load");
  const binary = program ?? join(folder, "vidpipe");
  if (program === undefined) await buildBinary(binary);
  await fillDatabase(join(folder, "vidpipe-data"), finished);
  const google = createGoogleFake({ clipMs });
  const env = { ...environmentFor("omni", google), VIDPIPE_PIPELINE__VIDEO_POLL_INTERVAL: String(pollSeconds) };
  const server = await start([binary, "serve", "--port", "0"], folder, env);
  const list = async () => ListItems.parse(await (await fetch(new URL("/api/projects", server.url))).json());
  return {
    ...server,
    ask: (n, scenes) => ask(server.url, n, scenes),
    countComplete: async () => (await list()).filter(({ status }) => status === "complete").length,
    async mostOvertaken() {
      const byAge = (await list()).toReversed();
      const byEnd = byAge.toSorted((a, b) => a.updated_at.localeCompare(b.updated_at));
      return Math.max(...byEnd.map((film, place) => Math.abs(place - byAge.indexOf(film))));
    },
    async stop() {
      await server.stop();
      google.stop();
    },
  };
}

/** The compiled server with so many finished films, and so many that wait for their clips; `id` is one of these. */
export async function startBusyVidpipe(finished: number, running: number, program?: string): Promise<Contender> {
  const server = await startVidpipe({ finished, clipMs: dayMs, pollSeconds: 15, program });
  const ids = await Promise.all(Array.from({ length: running }, (_, n) => server.ask(n, 2)));
  for (const id of ids) await untilClips(server.url, id);
  return { ...server, id: ids[0] ?? "" };
}

const ListItems = z.array(z.object({ status: z.string(), updated_at: z.string() }));

async function start(command: string[], folder: string, env: Record<string, string>): Promise<Contender> {
  const child = Bun.spawn(command, {
    cwd: folder,
    env: bareEnvironment(folder, env),
    stdio: ["ignore", "pipe", Bun.file(join(folder, "log"))],
  });
  const { value } = await child.stdout.getReader().read();
  return {
    url: new URL(new TextDecoder().decode(value).trim()),
    id: "",
    async rssMiB() {
      const status = await Bun.file(`/proc/${child.pid}/status`).text();
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
    },
    async cpuUs() {
      const stat = await Bun.file(`/proc/${child.pid}/stat`).text();
      const [user = "", system = ""] = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .slice(11, 13);
      return (Number(user) + Number(system)) * usPerTick;
    },
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function fillDatabase(folder: string, finished: number): Promise<void> {
  mkdirSync(folder);
  const deps = { clock: createSystemClock(), log: silentLog };
  const repository = await createSqliteRepository({ path: join(folder, "vidpipe.db") }, deps);
  for (let n = 1; n <= finished; n++) {
    const id = ProjectId.parse(Bun.randomUUIDv7());
    const steps = Array.from({ length: 12 }, (_, position) =>
      step(1, 1, STORYBOARD_ORDER, { id: StepId.parse(Bun.randomUUIDv7()), projectId: id, position, status: "done" }),
    );
    await repository.create(project(n, { id, status: "complete" }), steps, "nobody");
  }
  repository.close();
}

async function ask(server: URL, n: number, scenes: number): Promise<string> {
  const answer = await fetch(new URL("/api/generate", server), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ prompt: `Film ${n}`, scenes, clip_duration: CLIP_SECONDS.omni, provider: "google" }),
  });
  const { project_id: id, detail } = Object(await answer.json());
  if (answer.status !== 202) throw new Error(`no film: ${detail}`);
  return String(id);
}

async function untilClips(server: URL, id: string): Promise<void> {
  for (;;) {
    const { status } = Object(await (await fetch(new URL(`/api/projects/${id}/status`, server))).json());
    if (status === "video_gen") return;
    if (["failed", "held"].includes(status)) throw new Error(`film ${id} is ${status}`);
    await Bun.sleep(lookMs);
  }
}
