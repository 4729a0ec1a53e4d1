import type { ProjectId } from "../../src/domain/ids.ts";
import type { BoundaryFrame } from "../../src/domain/transition.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import { createChangeFeed } from "../../src/engine/change-feed.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { createScheduler, type Scheduler } from "../../src/engine/scheduler.ts";
import type { ArtifactStore } from "../../src/ports/files.ts";
import type { Leases, ProjectDatabase } from "../../src/ports/leases.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import type { ModelProvider } from "../../src/ports/provider.ts";
import type { Log } from "../../src/ports/runtime.ts";
import type { World } from "../../src/ports/world.ts";
import { createCommands } from "../../src/services/commands.ts";
import { createEditingService, type EditingService } from "../../src/services/editing.ts";
import { createProjectService, type ProjectService } from "../../src/services/projects.ts";
import { createTransferService, type TransferService } from "../../src/services/transfer.ts";
import { createUserFiles } from "../../src/storage/files/user-files.ts";
import { createFakeCaptions } from "./fake-captions.ts";
import { createFakeMedia } from "./fake-media.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { createMemoryArtifacts } from "./memory-artifacts.ts";
import { createMemoryRepository } from "./memory-repository.ts";
import { never } from "./never.ts";
import { createScriptedProvider, type Script, type ScriptedProvider } from "./scripted-provider.ts";

/** The default request of tests; only the prompt is not from the configuration. */
export const DEFAULTS = {
  style: "cinematic",
  aspectRatio: "16:9",
  clipDurationSeconds: 6,
  maxScenes: 15,
  crossfadeSeconds: 0,
} as const;

export const POLICY: Policy = {
  retryMaxAttempts: 5,
  waitMaxAttempts: Number.POSITIVE_INFINITY,
  awaitsLogin: false,
  retryBaseMs: 2_000,
  pollMs: 15_000,
  overdueAfterPolls: 40,
  onAmbiguous: "ask",
  refusal: null,
  onRefused: "hold",
  maxCostPerDayUsd: null,
  laneLimit: (step) => (step.kind === "stitch" ? 1 : 8),
  laneSpacingMs: () => 0,
  freeFloorBytes: 1,
};

/** What survives the death of a process: the disk and the outside world. */
export interface TestStores<Provider extends ModelProvider = ScriptedProvider> {
  readonly clock: ManualClock;
  readonly repository: ProjectDatabase;
  readonly artifacts: ArtifactStore;
  readonly provider: Provider;
  /** The provider's calls take real time, in which virtual time stands still. */
  readonly isRemote?: boolean;
  readonly live: Set<string>;
}

/** One simulated process. */
export interface TestApp<Provider extends ModelProvider = ScriptedProvider> extends TestStores<Provider> {
  readonly world: World;
  readonly scheduler: Scheduler;
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly transfer: TransferService;
  readonly owner: string;
  readonly leases: Leases;
  /** Kills the process: calls that are still under way have no effect any more. */
  kill(): void;
  /** Runs virtual time until the project is settled. */
  settle(id: ProjectId): Promise<ProjectView>;
  /** Creates a project and runs it until it is settled. */
  film(prompt?: string, scenes?: number): Promise<ProjectView>;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A process that can die. */
interface Life {
  alive(): boolean;
  /** Settles when it dies. */
  readonly death: Promise<void>;
}

/** Counts every call of a port as work, so that virtual time waits for it until the caller is dead. */
function tracked<Port extends object>(port: Port, clock: ManualClock, { alive, death }: Life): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (!alive()) return new Promise(() => {});
        const answer: unknown = Reflect.apply(member, target, args);
        if (!(answer instanceof Promise)) return answer;
        // A call inside another one never ends once its process is dead, so the outer call must not be awaited.
        return clock.busy(Promise.race([answer, death])).then((value) => (alive() ? value : new Promise(() => {})));
      };
    },
  });
}

export function createTestStores(script: Script = {}): TestStores {
  const clock = createManualClock();
  const provider = createScriptedProvider(clock, script);
  return {
    clock,
    provider,
    repository: createMemoryRepository({ clock }),
    artifacts: createMemoryArtifacts(),
    live: new Set(),
  };
}

/** What is special about a process. */
export interface ProcessChanges {
  readonly policy?: Partial<Policy>;
  readonly media?: MediaTool;
  readonly boundaryFrame?: BoundaryFrame;
  readonly log?: Log;
}

let processes = 0;

/** An app as one process over these stores; several apps may share them. */
export function createTestApp<Provider extends ModelProvider = ScriptedProvider>(
  stores: TestStores<Provider>,
  changes: ProcessChanges = {},
): TestApp<Provider> {
  const { clock, live } = stores;
  const owner = `process-${++processes}`;
  live.add(owner);
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  const life: Life = { alive: () => live.has(owner), death };
  const policy = { ...POLICY, ...changes.policy };
  const provider: ModelProvider = stores.isRemote ? tracked(stores.provider, clock, life) : stores.provider;
  const identity = { self: owner, isLive: (other: string) => live.has(other) };
  const world: World = {
    providers: new Map([[provider.name, provider]]),
    media: tracked(changes.media ?? createFakeMedia(), clock, life),
    captions: createFakeCaptions(),
    artifacts: tracked(stores.artifacts, clock, life),
    repository: tracked(stores.repository, clock, life),
    clock,
    leases: tracked(stores.repository.leasesOf({ owner: identity, clock }), clock, life),
    owner: identity,
    random: { number: () => 0.5, id: () => Bun.randomUUIDv7() },
    log: changes.log ?? silent,
  };
  const feed = createChangeFeed();
  const scheduler = createScheduler(world, policy, feed);
  const commands = createCommands(world, scheduler, feed, policy, 0.5);
  const service = createProjectService({
    world,
    commands,
    scheduler,
    feed,
    policy,
    defaults: DEFAULTS,
    boundaryFrame: changes.boundaryFrame ?? "keep",
    maxCostUsd: null,
    chooseProvider: () => provider,
    requireCredentials: () => {},
  });
  async function settle(id: ProjectId): Promise<ProjectView> {
    const last = async () => {
      let view: ProjectView | undefined;
      for await (const tick of service.watch(id, new AbortController().signal)) view = tick.project;
      if (view === undefined) throw new Error("no tick");
      return view;
    };
    return clock.run(last());
  }
  const editing = createEditingService({ world, commands, policy, maxCostUsd: null });
  const outside = tracked(createUserFiles(), clock, life);
  const transfer = createTransferService({ world, outside, commands, software: "vidpipe 9.9.9", freeFloorBytes: 1 });
  return {
    ...stores,
    world,
    scheduler,
    service,
    editing,
    transfer,
    owner,
    leases: world.leases,
    kill() {
      live.delete(owner);
      die();
    },
    settle,
    async film(prompt = "A cat at night.", scenes = 3) {
      const { id } = await clock.run(service.create({ prompt, sceneCount: scenes }, {}, never));
      return settle(id);
    },
  };
}
