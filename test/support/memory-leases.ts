import type { ProjectId } from "../../src/domain/ids.ts";
import type { Step } from "../../src/domain/step.ts";
import type { Leases } from "../../src/ports/leases.ts";
import type { ProcessIdentity } from "../../src/ports/runtime.ts";
import { createDriverCheck, type LeaseClock, needsDriver } from "../../src/storage/lease-rules.ts";
import type { Entry } from "./memory-repository.ts";

/** What the leases share with the repository in memory. */
export interface LeasedEntries {
  readonly entries: ReadonlyMap<ProjectId, Entry>;
  /** Last sign of life of each owner, ms since the machine started. */
  readonly heartbeats: Map<string, number>;
  /** @throws VidpipeError project.not_found */
  readonly entryOf: (id: ProjectId) => Entry;
}

/** The leases of one process over plain Maps. */
export function createMemoryLeases(
  { entries, heartbeats, entryOf }: LeasedEntries,
  { owner, clock }: { readonly owner: ProcessIdentity; readonly clock: LeaseClock },
): Leases {
  const { self } = owner;
  const isUndriven = createDriverCheck({ owner, clock });
  const isFree = ({ owner: driver }: Entry): boolean =>
    isUndriven({ owner: driver, heartbeatAtMs: driver === null ? null : (heartbeats.get(driver) ?? null) });
  const renew = () => heartbeats.set(self, clock.sinceBoot());
  const mine = () => [...entries.values()].filter((entry) => entry.owner === self);
  const orphans = (): ProjectId[] =>
    [...entries.values()]
      .filter((entry) => entry.discardedAtMs === null && isFree(entry))
      .map((entry) => entry.facts)
      .filter(({ project, steps }) => needsDriver(project.status, steps.some(isUnderWay)))
      .map(({ project }) => project.id)
      .sort(byText);
  function own(entry: Entry): number {
    const { project } = entry.facts;
    const epoch = project.epoch + 1;
    entry.owner = self;
    entry.facts = { ...entry.facts, project: { ...project, epoch } };
    return epoch;
  }

  return {
    async acquire(id) {
      const entry = entryOf(id);
      const isHeld = entry.owner === self;
      if (!isHeld && !isFree(entry)) return undefined;
      renew();
      return isHeld ? entry.facts.project.epoch : own(entry);
    },
    async acquireOrphans() {
      renew();
      return orphans().map((id) => ({ id, epoch: own(entryOf(id)) }));
    },
    async release(id) {
      for (const entry of mine()) if ((id ?? entry.facts.project.id) === entry.facts.project.id) entry.owner = null;
    },
    async renew() {
      renew();
      return mine()
        .map((entry) => entry.facts.project.id)
        .sort(byText);
    },
    driver: async (id) => entryOf(id).owner,
    orphans: async () => orphans(),
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

const isUnderWay = ({ status }: Step): boolean => status === "running" || status === "waiting";
