import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Policy } from "../../src/engine/policy.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import type { Repository } from "../../src/ports/repository.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { type Audit, createAudit } from "./audit.ts";
import { createDisk, type Disk } from "./disk.ts";
import { createFaults, type FaultId, type Faults, PROFILES, type Profile } from "./faults.ts";
import { createLoop, type Loop, type SimProcess } from "./loop.ts";
import type { Sabotage } from "./mutants.ts";
import { createProviderFake, type ProviderFake } from "./provider-fake.ts";
import { createIds, createRandom, type Random } from "./random.ts";

/** How a run is to differ from what its seed alone would make of it. */
export interface RunOptions {
  readonly profile?: Profile;
  readonly sabotage?: Sabotage;
  /** Kill the process at exactly this boundary of a port, counted from 1; 0 or left out: as the seed says. */
  readonly crashAtPoint?: number;
  /** Faults left out, to make a failing run smaller. */
  readonly silent?: readonly FaultId[];
}

/** What outlives every process of one run: time, the disk, the provider, and the audit. */
export interface Environment {
  readonly seed: number;
  readonly profile: Profile;
  readonly loop: Loop;
  readonly faults: Faults;
  readonly random: Random;
  readonly ids: () => string;
  readonly disk: Disk;
  readonly providerFake: ProviderFake;
  readonly audit: Audit;
  readonly sabotage: Sabotage;
  readonly processes: SimProcess[];
  readonly ledgers: Repository[];
  /** The policy of the next process that starts. */
  policy: Policy;
  /** The policies of the processes, by name. */
  readonly policies: Map<string, Policy>;
  /** Boundaries of ports passed so far. */
  points: number;
  crashAtPoint: number;
  crashes: number;
  /** Boundary at which the process is stopped past its lease; 0 is never. */
  stopAtPoint: number;
  databasePath(): string;
  /** Kills a process: everything it waits for never comes. */
  kill(process: SimProcess): void;
  dispose(): void;
}

const folderOfRuns = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A policy within what configurations allow; `dayCaps` is the probability of a cap for the day. */
export function drawPolicy(random: Random, dayCaps = 0.1): Policy {
  const clips = 1 + random.below(3);
  const spacingMs = random.pick([0, 0, 500]);
  const retryMaxAttempts = 3 + random.below(3);
  return {
    retryMaxAttempts,
    // A user has set a limit in one film of four; nothing is drawn for it, so that old seeds stay what they are.
    waitMaxAttempts: retryMaxAttempts === 4 && clips === 1 ? retryMaxAttempts : Number.POSITIVE_INFINITY,
    awaitsLogin: false,
    retryBaseMs: random.pick([500, 1_000]),
    pollMs: random.pick([3_000, 5_000]),
    overdueAfterPolls: 6,
    onAmbiguous: random.pick(["ask", "ask", "ask", "retry", "skip"]),
    refusal: null,
    onRefused: random.pick(["hold", "hold", "skip", "fail"]),
    maxCostPerDayUsd: random.random(dayCaps) ? 4 : null,
    laneLimit: (step) => (step.kind === "clip" ? clips : step.kind === "stitch" ? 1 : 4),
    laneSpacingMs: (step) => (step.kind === "keyframe" ? spacingMs : 0),
    freeFloorBytes: 1_000,
  };
}

let blank: Promise<Uint8Array> | undefined;

/** A database as every run finds it: made once for all, since making one takes as long as half a film. */
export function blankDatabase(): Promise<Uint8Array> {
  blank ??= makeBlank();
  return blank;
}

async function makeBlank(): Promise<Uint8Array> {
  const root = mkdtempSync(join(folderOfRuns, "vidpipe-sim-"));
  const path = join(root, "blank.db");
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  (await createSqliteRepository({ path }, { clock: createSystemClock(), log })).close();
  const bytes = readFileSync(path);
  rmSync(root, { recursive: true });
  return bytes;
}

export function createTestStores(seed: number, database: Uint8Array, options: RunOptions = {}): Environment {
  const root = mkdtempSync(join(folderOfRuns, "vidpipe-sim-"));
  const random = createRandom(seed);
  const profile = options.profile ?? random.fork("profile").pick(PROFILES);
  const loop = createLoop(random.fork("schedule"));
  const faults = createFaults(profile, random.fork("faults"), new Set(options.silent));
  const isNamed = (key: string) =>
    [...audit.latest.values()].some(({ artifacts }) => artifacts.some((artifact) => artifact.key === key));
  const kill = (process: SimProcess) => environment.kill(process);
  const disk = createDisk({ root: join(root, "films"), loop, faults, random: random.fork("disk"), isNamed, kill });
  const processes: SimProcess[] = [];
  let generation = 0;
  const pathOf = (count: number): string => join(root, `vidpipe-${count}.db`);
  writeFileSync(pathOf(generation), database);

  /** What a dead machine leaves: the files as they are, without anybody's goodbye. */
  function databasePath(): string {
    if (processes.length === 0 || processes.some((process) => process.alive)) return pathOf(generation);
    generation += 1;
    for (const end of ["", "-wal"])
      if (existsSync(pathOf(generation - 1) + end))
        copyFileSync(pathOf(generation - 1) + end, pathOf(generation) + end);
    return pathOf(generation);
  }

  const policyOf = ({ name }: SimProcess): Policy => environment.policies.get(name) ?? environment.policy;
  const audit: Audit = createAudit({ loop, disk, policyOf });
  const providerFake = createProviderFake({ loop, faults, random: random.fork("cloud"), audit });
  const environment: Environment = {
    seed,
    profile,
    loop,
    faults,
    random,
    ids: createIds(random.fork("ids"), () => loop.wallMs()),
    disk,
    providerFake,
    audit,
    sabotage: options.sabotage ?? {},
    processes,
    ledgers: [],
    policy: drawPolicy(random.fork("policy"), profile.dayCaps),
    policies: new Map(),
    points: 0,
    crashAtPoint: options.crashAtPoint ?? 0,
    crashes: 0,
    stopAtPoint: 0,
    databasePath,
    kill(process) {
      if (!process.alive) return;
      process.alive = false;
      process.hasDied = true;
      environment.crashes += 1;
      faults.happened(phaseOf(environment, process));
      loop.note(`${process.name} crashes`);
    },
    dispose() {
      for (const ledger of environment.ledgers) ledger.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return environment;
}

/** The point of a paid call at which a process crashes. */
function phaseOf({ audit, disk }: Environment, process: SimProcess): FaultId {
  const intents = [...audit.latest.values()].flatMap(({ submits }) => submits.filter((s) => s.state === "intent"));
  const sends = intents.map((intent) => audit.sends.find((send) => send.submitId === intent.id));
  if (intents.some(({ replyId }) => replyId !== null)) return "F38";
  if (intents.some(({ id, projectId }) => disk.has(projectId, `answer-${id}`))) return "F39";
  if (sends.some((send) => send?.process === process && send.answered)) return "F4";
  if (sends.some((send) => send?.process === process)) return "F3";
  if (sends.some((send) => send === undefined)) return "F2";
  const due = [...audit.latest.values()].some(({ steps }) => steps.some((step) => step.status === "queued"));
  return due ? "F1" : "F5";
}
