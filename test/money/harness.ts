/** The whole program over Google's wire formats in virtual time: what it buys is on the bill of the other side. */
import { createApi } from "../../src/api/app.ts";
import { ProjectId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { ModelProvider } from "../../src/ports/provider.ts";
import { createAssets } from "../../src/services/assets.ts";
import { createIdempotency } from "../../src/services/idempotency.ts";
import { createOperations } from "../../src/services/operations.ts";
import { createProjectTrash } from "../../src/services/trash.ts";
import { createCli } from "../cli/harness.ts";
import { type Bench, type BenchOptions, bench, createEagerClock } from "../providers/google/harness.ts";
import type { BillEntry } from "../support/google-fake/bill.ts";
import type { FaultName, Route } from "../support/google-fake/faults.ts";
import type { GoogleFake } from "../support/google-fake/google-fake.ts";
import { clipHead } from "../support/google-fake/media.ts";
import { createHeaderMedia } from "../support/header-media.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";
import { createTestApp, type ProcessChanges, type TestApp, type TestStores } from "../support/test-app.ts";
import { CLIP_SECONDS, type Mode, VIDEO_MODELS } from "../support/wire.ts";

/** The disk, the database and Google: what is left when a process dies. */
export interface Ground extends TestStores<ModelProvider> {
  readonly mode: Mode;
  readonly fake: GoogleFake;
  readonly google: Bench;
}

const open: GoogleFake[] = [];
/** For `afterEach` of every file. */
export function stopFakes(): void {
  for (const fake of open.splice(0)) fake.stop();
}

export function createGround(mode: Mode = "veo", options: Omit<BenchOptions, "mode" | "video" | "clock"> = {}): Ground {
  const clock = createManualClock();
  const google = bench({
    ...options,
    fake: { encode: clipHead, ...options.fake },
    mode: mode === "veo" ? "vertex" : "gemini",
    video: VIDEO_MODELS[mode],
    // The provider's own pauses are not what is tried here; its calls take real time.
    clock: { ...createEagerClock(), now: clock.now, monotonic: clock.monotonic },
  });
  open.push(google.fake);
  return {
    mode,
    google,
    fake: google.fake,
    provider: google.provider,
    isRemote: true,
    clock,
    repository: createMemoryRepository({ clock }),
    artifacts: createMemoryArtifacts(),
    live: new Set(),
  };
}

/** A new process on this ground. */
export const start = (ground: Ground, changes: ProcessChanges = {}): TestApp<ModelProvider> =>
  createTestApp(ground, { media: createHeaderMedia(), ...changes });

export const request = ({ mode }: Pick<Ground, "mode">, scenes = 1) => ({
  prompt: "A cat finds a lantern",
  sceneCount: scenes,
  clipDurationSeconds: CLIP_SECONDS[mode],
});

/** Orders a film and runs it until it rests. */
export async function film(app: TestApp<ModelProvider>, ground: Ground, scenes = 1): Promise<ProjectView> {
  const { id } = await ground.clock.run(app.service.create(request(ground, scenes), {}, never));
  return app.settle(id);
}

/** The user's command to go on, until the film rests. */
export async function goOn(
  app: TestApp<ModelProvider>,
  id: ProjectId,
  options: ResumeOptions = {},
): Promise<ProjectView> {
  await app.clock.run(app.service.resume(id, options, never));
  return app.settle(id);
}

/** Resolves when a film rests; for use beside something else that may come first. */
export async function atRest({ service }: TestApp<ModelProvider>, id: ProjectId): Promise<void> {
  for await (const { project } of service.watch(id, never)) if (isSettled(project.status)) return;
}

/** What was charged, by kind. */
export function billOf({ fake }: Pick<Ground, "fake">) {
  const of = (kind: BillEntry["kind"]) => fake.bill.filter((entry) => entry.kind === kind && entry.charged).length;
  return { text: of("text"), image: of("image"), clip: of("clip") };
}

/** Every paid call as `kind state`, with why it was allowed where it was not the first, oldest first. */
export async function ledgerOf({ repository }: Pick<Ground, "repository">, id: ProjectId): Promise<string[]> {
  const { steps, submits } = await repository.facts(id);
  return submits.map(({ stepId, state, because }) => {
    const kind = steps.find((step) => step.id === stepId)?.kind;
    return `${kind} ${state}${because === "first" ? "" : ` (${because})`}`;
  });
}

/** The fault, planned for so many requests. */
export const plan = ({ fake }: Pick<Ground, "fake">, on: Route, fault: FaultName, times = 99, after = 0): void =>
  fake.script({ on, fault, times, after });

/** `vidpipe resume` with these flags as a process of its own. */
export async function resume(ground: Ground, id: ProjectId, ...flags: string[]) {
  const cli = createCli({ ground, changes: { media: createHeaderMedia() } });
  const { exitCode, stderr } = await cli.run("resume", id, "--yes", ...flags);
  return { exitCode, words: stderr };
}

/** What a caller of the HTTP API gets. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The HTTP API of a process, asked without a socket. */
export function apiOf(app: TestApp<ModelProvider>) {
  const { world, service, editing, scheduler, clock } = app;
  const api = createApi({
    service,
    editing,
    assets: createAssets(world),
    trash: createProjectTrash(world, 60_000),
    operations: createOperations(world, 1, scheduler.closedLanes),
    idempotency: createIdempotency(world),
    version: "9.9.9",
    log: world.log,
    clock,
    random: world.random,
    stopping: never,
  });
  async function answered(asked: Response | Promise<Response>): Promise<ApiAnswer> {
    const response = await asked;
    return { status: response.status, body: Object(await response.json()) };
  }
  return {
    get: (path: string) => answered(api.request(path)),
    post: (path: string, body: object, headers: Record<string, string> = {}) =>
      answered(
        api.request(path, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body),
        }),
      ),
  };
}

/** How a film that was ordered on the command line ended, as the command and the API tell it. */
export interface End {
  readonly id: ProjectId;
  readonly exitCode: number;
  /** Everything that was said on stderr. */
  readonly words: string;
  readonly status: string;
  readonly api: ApiAnswer;
}

/** `vidpipe generate` as a process of its own, and then a look at the film through the API of another one. */
export async function generate(
  ground: Ground,
  changes: ProcessChanges = {},
  scenes = 1,
  seconds: number = CLIP_SECONDS[ground.mode],
): Promise<End> {
  const { prompt } = request(ground);
  const cli = createCli({ ground, changes: { media: createHeaderMedia(), ...changes } });
  const args = ["--scenes", String(scenes), "--clip-duration", String(seconds), "--yes"];
  const { exitCode, stderr } = await cli.run("generate", prompt, ...args);
  const [project] = await ground.repository.list({});
  const id = ProjectId.parse(project?.id);
  const app = start(ground);
  const api = await ground.clock.run(apiOf(app).get(`/api/projects/${id}`));
  app.kill();
  return { id, exitCode, words: stderr, status: String(api.body.status), api };
}

const countOf = ({ fake }: Ground, on: Route) => fake.requests.filter(({ route }) => route === on).length;

/** Starts a process on what a dead one left, and kills it when its next paid call is billed or the film rests. */
export async function startAndKill(
  ground: Ground,
  id: ProjectId,
  on: Route,
  changes: ProcessChanges = {},
): Promise<void> {
  const next = ground.fake.arrived(on, countOf(ground, on) + 1);
  const app = start(ground, changes);
  await ground.clock.run(app.service.recover(never));
  await ground.clock.run(Promise.race([next, atRest(app, id)]));
  app.kill();
}
