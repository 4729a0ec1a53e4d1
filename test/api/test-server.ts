import { type ApiSettings, createApi } from "../../src/api/app.ts";
import { startServer } from "../../src/api/server.ts";
import { createChangeFeed } from "../../src/engine/change-feed.ts";
import { createScheduler } from "../../src/engine/scheduler.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import type { ArtifactStore } from "../../src/ports/files.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import type { Clock, Log } from "../../src/ports/runtime.ts";
import type { World } from "../../src/ports/world.ts";
import { createAssets } from "../../src/services/assets.ts";
import { createCommands } from "../../src/services/commands.ts";
import { createEditingService } from "../../src/services/editing.ts";
import { createIdempotency } from "../../src/services/idempotency.ts";
import { createOperations } from "../../src/services/operations.ts";
import { createProjectService, type ProjectService } from "../../src/services/projects.ts";
import { createProjectTrash } from "../../src/services/trash.ts";
import { createFakeCaptions } from "../support/fake-captions.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";
import { createScriptedProvider, type Script } from "../support/scripted-provider.ts";
import { DEFAULTS, POLICY } from "../support/test-app.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Ms that deleted projects of tests can be taken back. */
export const BIN_MS = 60_000;

export interface TestServerOptions {
  readonly script?: Script;
  /** Instead of one in memory that goes with the workshop. */
  readonly repository?: ProjectDatabase;
  /** Instead of files of this test process that nothing checks. */
  readonly artifacts?: ArtifactStore;
  readonly clock?: Clock;
  readonly webhookUrl?: string;
  /** Throws when messages may not be sent to a URL; left out, they may go anywhere. */
  readonly checkWebhook?: (url: string) => void;
  /** Ms between two polls of a clip. */
  readonly pollMs?: number;
  /** The processes that live, of several servers over one repository; left out, only this server does. */
  readonly live?: Set<string>;
}

/** The whole program without its faces: real decisions over a scripted provider and a fake ffmpeg, in real time. */
export function openTestServer(options: TestServerOptions = {}) {
  const clock = options.clock ?? createSystemClock();
  const provider = createScriptedProvider(clock, options.script ?? {});
  const repository = options.repository ?? createMemoryRepository({ clock });
  const artifacts = options.artifacts ?? createMemoryArtifacts();
  const self = `workshop-${Bun.randomUUIDv7()}`;
  const { live = new Set<string>() } = options;
  live.add(self);
  const owner = { self, isLive: (other: string) => live.has(other) };
  const world: World = {
    providers: new Map([[provider.name, provider]]),
    media: createFakeMedia(),
    captions: createFakeCaptions(),
    artifacts,
    repository,
    clock,
    leases: repository.leasesOf({ owner, clock }),
    owner,
    random: { number: () => 0.5, id: () => Bun.randomUUIDv7() },
    log: silent,
  };
  const policy = { ...POLICY, pollMs: options.pollMs ?? 10, retryBaseMs: 1 };
  const feed = createChangeFeed();
  const scheduler = createScheduler(world, policy, feed);
  const commands = createCommands(world, scheduler, feed, policy);
  const service: ProjectService = createProjectService({
    world,
    commands,
    scheduler,
    feed,
    policy,
    defaults: DEFAULTS,
    maxCostUsd: null,
    webhookUrl: options.webhookUrl ?? null,
    ...(options.checkWebhook && { checkWebhook: options.checkWebhook }),
    chooseProvider: () => provider,
    requireCredentials: () => {},
  });
  const server = {
    assets: createAssets(world),
    trash: createProjectTrash(world, BIN_MS),
    operations: createOperations(world, 1, scheduler.closedLanes),
    idempotency: createIdempotency(world),
  };
  const editing = createEditingService({ world, commands, policy, maxCostUsd: null });
  return { world, provider, repository, artifacts, service, editing, ...server };
}

export type TestServer = ReturnType<typeof openTestServer>;

/** Makes a film and waits until it is settled. */
export async function makeFilm({ service }: Pick<TestServer, "service">, prompt = "A cat at night.", scenes = 2) {
  const { id } = await service.create({ prompt, sceneCount: scenes }, {}, never);
  for await (const _ of service.watch(id, new AbortController().signal));
  return service.get(id);
}

/** Tokens of guarded test servers. */
export const SPEND_TOKEN = "spend-0123456789abcdef0123456789abcdef";
export const READ_TOKEN = "read-0123456789abcdef0123456789abcdef0";
export const TOKENS = [
  { name: "main", token: SPEND_TOKEN, scope: "spend" },
  { name: "viewer", token: READ_TOKEN, scope: "read" },
] as const;

/** A workshop behind a real server on a free loopback port. */
export function serveTestServer(
  testServer: TestServer,
  settings: Partial<ApiSettings> = {},
  log: Log = silent,
  limits: Parameters<typeof startServer>[3] = {},
) {
  const { service, editing, assets, trash, operations, idempotency, world } = testServer;
  const stopping = new AbortController();
  const deps = {
    service,
    editing,
    assets,
    trash,
    operations,
    idempotency,
    version: "2.0.0-test",
    log,
    clock: world.clock,
    random: world.random,
  };
  const api = createApi({ ...deps, stopping: stopping.signal, settings });
  const server = startServer(api, { host: "127.0.0.1", port: 0 }, { clock: world.clock, log }, limits);
  const token = settings.tokens?.find(({ scope }) => scope === "spend")?.token;
  const auth = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const url = (path: string) => new URL(path, server.url).href;
  return {
    ...testServer,
    server,
    url,
    auth,
    get: (path: string, headers: Record<string, string> = {}) => fetch(url(path), { headers: { ...auth, ...headers } }),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(url(path), {
        method: "POST",
        headers: { "Content-Type": "application/json", ...auth, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async stop() {
      stopping.abort();
      await Promise.all([server.stop(), service.stop()]);
    },
  };
}

export type RunningTestServer = ReturnType<typeof serveTestServer>;
