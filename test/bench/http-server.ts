/** A server for the load bench, in a process of its own: `hello` is a bare Hono, `vidpipe` has a full database. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { ProjectId, StepId } from "../../src/domain/ids.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { createSystemClock } from "../../src/system.ts";
import { openWorkshop, serveWorkshop } from "../api/workshop.ts";
import { project, STORYBOARD_ORDER, step } from "../storage/samples.ts";
import { silentLog } from "../storage/silent-log.ts";

/** Finished projects in the database, and projects that wait for clips meanwhile. */
const finished = 1_000;
const running = 20;

/** What the bench is told. */
interface Served {
  readonly url: string;
  /** A project to ask about. */
  readonly id: string;
  /** What is to be removed afterwards. */
  readonly folder: string | null;
}

async function serveVidpipe(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-bench-"));
  const repository = await createSqliteRepository(
    { path: join(folder, "vidpipe.db") },
    { clock: createSystemClock(), log: silentLog },
  );
  for (let n = 1; n <= finished; n++) {
    const id = ProjectId.parse(Bun.randomUUIDv7());
    const steps = Array.from({ length: 12 }, (_, position) =>
      step(1, 1, STORYBOARD_ORDER, { id: StepId.parse(Bun.randomUUIDv7()), projectId: id, position, status: "done" }),
    );
    await repository.create(project(n, { id, status: "complete" }), steps, "nobody");
  }
  const workshop = openWorkshop({ repository, script: { clipMs: 3_600_000 }, pollMs: 15_000 });
  const ids: string[] = [];
  for (let n = 0; n < running; n++)
    ids.push((await workshop.service.create({ prompt: `Film ${n}`, sceneCount: 4 })).id);
  // Quiet at last: every project has its stills and waits for clips.
  for (const id of ids)
    for await (const { project: film } of workshop.service.watch(ProjectId.parse(id), new AbortController().signal))
      if (film.status === "video_gen") break;
  const { server } = serveWorkshop(workshop, { maxWatchers: 2_000 });
  return { url: server.url, id: ids[0] ?? "", folder };
}

async function serveHello(): Promise<Served> {
  const app = new Hono().get("/hello", (c) => c.json({ hello: "world" }));
  return { url: Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch }).url.href, id: "", folder: null };
}

process.stdout.write(`${JSON.stringify(await (Bun.argv[2] === "hello" ? serveHello() : serveVidpipe()))}\n`);
