import { VidpipeError } from "../../src/domain/errors.ts";
import { createChangeFeed } from "../../src/engine/change-feed.ts";
import { createScheduler } from "../../src/engine/scheduler.ts";
import type { ArtifactStore } from "../../src/ports/files.ts";
import type { Leases } from "../../src/ports/leases.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { Clock, Log } from "../../src/ports/runtime.ts";
import type { World } from "../../src/ports/world.ts";
import { createCommands } from "../../src/services/commands.ts";
import { createEditingService, type EditingService } from "../../src/services/editing.ts";
import { createProjectService, type ProjectService } from "../../src/services/projects.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { createFakeCaptions } from "../support/fake-captions.ts";
import { DEFAULTS } from "../support/test-app.ts";
import { GOOD_HABITS } from "./disk.ts";
import type { Environment } from "./environment.ts";
import type { SimProcess } from "./loop.ts";
import { createSimMedia } from "./sim-media.ts";

/** One simulated process: the real core and its own view of the world. */
export interface Incarnation {
  readonly process: SimProcess;
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly repository: Repository;
  readonly leases: Leases;
}

/** Ports whose calls read only: one boundary is enough for them. */
const READS = new Set([
  "facts",
  "findByPrefix",
  "list",
  "work",
  "driver",
  "orphans",
  "events",
  "revisions",
  "inspect",
  "files",
  "read",
  "intact",
  "freeBytes",
]);
/** Port calls in which the database may fail. */
const FRAGILE = new Set(["change", "work", "renew", "facts", "acquire", "acquireOrphans"]);

/** Starts a process in the environment. It does nothing by itself yet: `recover` makes it a server. */
export async function boot(environment: Environment): Promise<Incarnation> {
  const { loop, faults, disk, sabotage, providerFake } = environment;
  const path = environment.databasePath();
  const process: SimProcess = {
    name: `p${environment.processes.length + 1}`,
    alive: true,
    stoppedUntilMs: 0,
    hasDied: false,
    isEnding: false,
  };
  environment.processes.push(process);
  loop.note(`${process.name} starts`);
  const clock = loop.clockOf(process);
  const log = watchfulLog(environment, process);
  const ledger = await createSqliteRepository({ path }, { clock, log });
  environment.ledgers.push(ledger);
  sabotage.database?.(path);
  const bench = { process, environment };
  const isLive = (owner: string) => environment.processes.some((other) => other.name === owner && other.alive);
  const owner = { self: process.name, isLive };
  const leasesBy = (by: Clock) => ledger.leasesOf({ owner, clock: by });
  const ledgerLeases = leasesBy(clock);
  const leases = auditedLeases(sabotage.leases?.(leasesBy, clock) ?? ledgerLeases, environment, process);
  const audited = auditedRepository(ledger, environment, process);
  const repository = sabotage.repository?.(audited, bench) ?? audited;
  const habits = { ...GOOD_HABITS, ...sabotage.habits };
  const store = disk.storeOf(process, isLive, habits);
  const client = providerFake.clientOf(process);
  const provider = sabotage.provider?.(client, bench) ?? client;
  const random = environment.random.fork(process.name);
  const world: World = {
    providers: new Map([[provider.name, provider]]),
    media: createSimMedia({
      loop,
      faults,
      random: random.fork(`media ${process.name}`),
      process,
      kill: environment.kill,
    }),
    captions: createFakeCaptions(),
    artifacts: bounded<ArtifactStore>(sabotage.artifacts?.(store, bench) ?? store, environment, process),
    repository: bounded<Repository>(repository, environment, process),
    leases: bounded<Leases>(leases, environment, process),
    clock,
    owner,
    random: { number: () => random.next(), id: environment.ids },
    log,
  };
  const { policy } = environment;
  environment.policies.set(process.name, policy);
  const feed = createChangeFeed();
  const scheduler = createScheduler(world, policy, feed);
  const commands = createCommands(world, scheduler, feed, policy);
  const service = createProjectService({
    world,
    commands,
    scheduler,
    feed,
    policy,
    defaults: DEFAULTS,
    maxCostUsd: null,
    chooseProvider: () => provider,
    requireCredentials: () => {},
  });
  return {
    process,
    service,
    editing: createEditingService({ world, commands, policy, maxCostUsd: null }),
    repository: ledger,
    leases: ledgerLeases,
  };
}

/** Errors in a log that only a bug can cause end the run. */
function watchfulLog({ loop }: Environment, process: SimProcess): Log {
  const silent = () => {};
  return {
    debug: silent,
    info: silent,
    warn: silent,
    error(message, fields = {}) {
      const line = `${process.name} logs: ${message} ${JSON.stringify(fields)}`;
      loop.note(line);
      if (fields.code === "internal" || /cannot (claim|finish|wait|retry)|is not a function|undefined/.test(line))
        loop.fail(line);
    },
  };
}

/** The repository with a witness of everything it commits. */
function auditedRepository(ledger: Repository, { audit, loop }: Environment, process: SimProcess): Repository {
  const bugs = (thrown: unknown): never => {
    const bug =
      !(thrown instanceof VidpipeError) || thrown.code === "internal" || /recorded already/.test(thrown.message);
    if (bug)
      loop.fail(`9.3 a change was refused: ${thrown instanceof Error ? `${thrown.name} ${thrown.message}` : thrown}`);
    throw thrown;
  };
  return {
    ...ledger,
    async create(project, steps, owner) {
      await ledger.create(project, steps, owner).catch(bugs);
      audit.recorded({ project, steps, artifacts: [], submits: [], committedTodayUsd: 0 }, process);
      audit.taken(project.id, project.epoch, process);
    },
    async change(id, fence, decide) {
      const facts = await ledger.change(id, fence, decide).catch(bugs);
      audit.recorded(facts, process);
      return facts;
    },
  };
}

/** The leases with a witness of every one that changes hands. */
function auditedLeases(leases: Leases, { audit }: Environment, process: SimProcess): Leases {
  return {
    ...leases,
    async acquireOrphans() {
      const acquired = await leases.acquireOrphans();
      for (const { id, epoch } of acquired) audit.taken(id, epoch, process);
      return acquired;
    },
    async release(id) {
      await leases.release(id);
      audit.released(process);
    },
    async acquire(id) {
      const epoch = await leases.acquire(id);
      if (epoch !== undefined) audit.taken(id, epoch, process);
      return epoch;
    },
  };
}

/** A point at which a process may die or be stopped. */
async function boundary(environment: Environment, process: SimProcess, label: string): Promise<void> {
  environment.points += 1;
  if (environment.points === environment.crashAtPoint) environment.kill(process);
  if (environment.points === environment.stopAtPoint) {
    environment.faults.happened("F25");
    // Some stops are shorter than the lease: no process may take over meanwhile.
    const stopMs = environment.random.random(0.4)
      ? 1_000 + environment.random.below(8_000)
      : 25_000 + environment.random.below(35_000);
    process.stoppedUntilMs = environment.loop.elapsedMs() + stopMs;
    environment.loop.note(`${process.name} is stopped`);
  }
  await environment.loop.gate(process, label);
}

/** A port behind seeded boundaries, before and after each of its calls. */
function bounded<Port extends object>(port: Port, environment: Environment, process: SimProcess): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      const call = String(name);
      if (typeof member !== "function" || call === "pathOf" || call === "close") return member;
      return async (...args: unknown[]) => {
        if (!READS.has(call)) await boundary(environment, process, `${process.name} ${call}`);
        if (FRAGILE.has(call) && environment.faults.strikes("F23")) throw databaseTrouble(environment);
        const answer: unknown = await Reflect.apply(member, target, args);
        await boundary(environment, process, `${process.name} ${call} done`);
        return answer;
      };
    },
  });
}

const databaseTrouble = ({ random }: Environment): VidpipeError =>
  new VidpipeError(
    random.pick(["storage.busy", "storage.busy", "storage.full", "storage.io", "storage.unusable"]),
    "simulated trouble with the database",
  );
