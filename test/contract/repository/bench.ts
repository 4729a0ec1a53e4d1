import { expect } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { Change, ProjectFacts } from "../../../src/domain/facts.ts";
import type { Leases, ProjectDatabase } from "../../../src/ports/leases.ts";
import type { Clock } from "../../../src/ports/runtime.ts";
import { NOON_MS, projectId } from "../../storage/samples.ts";
import type { ManualClock } from "../../support/manual-clock.ts";

/** A fresh repository per test, and what tests do with its project 1. */
export interface Bench {
  readonly name: string;
  readonly repository: ProjectDatabase;
  readonly clock: ManualClock;
  /**
   * The leases as the process `self` sees them, which takes others for alive as `isLive` says, so long after the start of
   * the machine; its own time is the clock's unless `monotonic` says otherwise.
   */
  leases(self?: string, isLive?: (owner: string) => boolean, sinceBootMs?: number, monotonic?: () => number): Leases;
  /** Changes project 1 in epoch 1 unless told otherwise. */
  change(changes: readonly Change[], fence?: { readonly epoch: number } | null): Promise<ProjectFacts>;
  /** Everything recorded of project 1. */
  everything(): Promise<readonly unknown[]>;
  /** The code a call fails with, having shown that it wrote nothing of project 1. */
  refused(call: () => Promise<unknown>): Promise<string | undefined>;
}

export function createBench(name: string, current: () => Pick<Bench, "repository" | "clock">): Bench {
  const one = projectId(1);
  const everything = async () => [
    await current().repository.facts(one),
    await current().repository.events(one, 0, 1_000),
  ];
  return {
    name,
    get repository() {
      return current().repository;
    },
    get clock() {
      return current().clock;
    },
    leases(self = "nobody", isLive = everyoneLives, sinceBootMs = NOON_MS, monotonic = current().clock.monotonic) {
      const { repository, clock } = current();
      const own: Clock = { ...clock, monotonic, sinceBoot: () => sinceBootMs };
      return repository.leasesOf({ owner: { self, isLive }, clock: own });
    },
    change: (changes, fence = { epoch: 1 }) => current().repository.change(one, fence, () => changes),
    everything,
    async refused(call) {
      const before = await everything();
      const code = await failureOf(call());
      expect(await everything()).toEqual(before);
      return code;
    },
  };
}

/** The code of the failure a call ends with; undefined when it succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (thrown) {
    return thrown instanceof VidpipeError ? thrown.code : String(thrown);
  }
}

export const everyoneLives = (): boolean => true;
export const everyoneIsDead = (): boolean => false;
