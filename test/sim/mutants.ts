import { Database } from "bun:sqlite";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { Change, ProjectFacts } from "../../src/domain/facts.ts";
import type { Leases } from "../../src/ports/leases.ts";
import type { ModelProvider, PaidAnswer } from "../../src/ports/provider.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import type { StoreHabits } from "./disk.ts";
import type { Environment } from "./environment.ts";
import { PROFILES, type Profile } from "./faults.ts";
import type { SimProcess } from "./loop.ts";

/** Where a planted bug may reach. */
export interface Bench {
  readonly process: SimProcess;
  readonly environment: Environment;
}

/** A planted bug: ports that do not do what they promise. The product's own code is untouched. */
export interface Sabotage {
  readonly repository?: (real: Repository, bench: Bench) => Repository;
  readonly leases?: (leasesBy: (clock: Clock) => Leases, clock: Clock) => Leases;
  readonly provider?: (real: ModelProvider, bench: Bench) => ModelProvider;
  readonly habits?: Partial<StoreHabits>;
  readonly database?: (path: string) => void;
}

export interface Mutant {
  readonly name: string;
  readonly sabotage: Sabotage;
  /** Profile whose faults bring the bug out. */
  readonly profile: Profile;
  /** A seed that caught it before: tried first. */
  readonly seed: number;
  /** What the run that catches it must say: another complaint would be another bug. */
  readonly breaks: RegExp;
}

const profile = (name: string): Profile => {
  const found = PROFILES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new RangeError(`no profile ${name}`);
  return found;
};

/** A repository whose decisions pass through `edit` before they are written. */
const editing =
  (edit: (changes: readonly Change[], facts: ProjectFacts) => readonly Change[]) => (real: Repository) => ({
    ...real,
    change: ((id, fence, decide) =>
      real.change(id, fence, (facts) => edit(decide(facts), facts))) satisfies Repository["change"],
  });

const failureOf = (thrown: unknown): VidpipeError | null => (thrown instanceof VidpipeError ? thrown : null);

/** Calls again while `again` says so, as a client library does behind everyone's back. */
const resending = (again: (failure: VidpipeError) => boolean) => (real: ModelProvider) => ({
  ...real,
  startClip(...args: Parameters<ModelProvider["startClip"]>): Promise<PaidAnswer> {
    const send = (triesLeft: number): Promise<PaidAnswer> =>
      real.startClip(...args).catch((thrown: unknown) => {
        const failure = failureOf(thrown);
        if (failure !== null && triesLeft > 0 && again(failure)) return send(triesLeft - 1);
        throw thrown;
      });
    return send(2);
  },
});

/** Everything but the operation's name is committed first; the name follows in a transaction of its own. */
function lateName(real: Repository, { process, environment }: Bench): Repository {
  return {
    ...real,
    async change(id, fence, decide) {
      const named: Change[] = [];
      const facts = await real.change(id, fence, (now) => {
        const changes = decide(now);
        named.push(...changes.filter((change) => change.type === "settle_submit" && change.state === "open"));
        return changes
          .filter((change) => !named.includes(change))
          .map((change) =>
            named.length > 0 && change.type === "advance" && change.event === "wait"
              ? { ...change, patch: { ...change.patch, operation: null } }
              : change,
          );
      });
      if (named.length === 0) return facts;
      await environment.loop.gate(process, `${process.name} awaits inside a transaction`);
      return real.change(id, null, () => named);
    },
  };
}

/** Judges leases by clocks that run ahead, so that a live process seems silent at once; it renews by the right one. */
const hasty = (leasesBy: (clock: Clock) => Leases, clock: Clock): Leases => {
  let watched = 0;
  const monotonic = () => clock.monotonic() + ++watched * 11_000;
  const ahead = leasesBy({ ...clock, monotonic, sinceBoot: () => clock.sinceBoot() + 31_000 });
  return { ...ahead, renew: leasesBy(clock).renew };
};

/** Gives up on an operation after a few looks, and calls it failed. */
function impatient(real: ModelProvider): ModelProvider {
  const looks = new Map<string, number>();
  return {
    ...real,
    async checkClip(name, ...rest) {
      const check = await real.checkClip(name, ...rest);
      const count = (looks.get(name) ?? 0) + 1;
      looks.set(name, count);
      if (check.kind !== "running" || count < 3) return check;
      return { kind: "failed", reason: "timed out", retryable: true, charged: false };
    },
  };
}

/** Forgets how long the provider asked to wait. */
function deaf(real: ModelProvider): ModelProvider {
  const heard = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (thrown) {
      const failure = failureOf(thrown);
      throw failure?.code === "provider.quota" ? new VidpipeError(failure.code, failure.message) : thrown;
    }
  };
  return {
    ...real,
    writeStoryboard: (...args) => heard(real.writeStoryboard(...args)),
    drawKeyframe: (...args) => heard(real.drawKeyframe(...args)),
    startClip: (...args) => heard(real.startClip(...args)),
  };
}

function dropUniqueIndexes(path: string): void {
  const client = new Database(path);
  client.run("DROP INDEX IF EXISTS submits_one_live");
  client.run("DROP INDEX IF EXISTS submits_attempt");
  client.close();
}

/** The twelve planted bugs of the reliability plan: a run that does not catch all of them proves nothing. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "no intent commit",
    profile: profile("calm"),
    seed: 1,
    breaks: /without a committed intent/,
    sabotage: { repository: editing((changes) => changes.filter((change) => change.type !== "add_submit")) },
  },
  {
    name: "SDK retry on",
    profile: profile("flaky-net"),
    seed: 26,
    breaks: /9\.1|before the provider allows/,
    sabotage: { provider: resending(({ code }) => /overloaded|unreachable|quota/.test(code)) },
  },
  {
    name: "resend on timeout",
    profile: profile("flaky-net"),
    seed: 2,
    breaks: /twice under one intent/,
    sabotage: { provider: resending(({ code }) => code === "provider.unclear") },
  },
  {
    name: "operation name written after an await",
    profile: profile("crashy"),
    seed: 1,
    breaks: /9\.1/,
    sabotage: { repository: lateName },
  },
  {
    name: "rename before fsync",
    profile: profile("disk"),
    seed: 14,
    breaks: /9\.2/,
    sabotage: { habits: { syncsBeforeRename: false } },
  },
  {
    name: "row before rename",
    profile: profile("calm"),
    seed: 1,
    breaks: /9\.2/,
    sabotage: { habits: { renamesBeforeItReturns: false } },
  },
  {
    name: "no sha256 on resume",
    profile: profile("disk"),
    seed: 5,
    breaks: /9\.2/,
    sabotage: { habits: { checksHashes: false } },
  },
  {
    name: "poll timeout is terminal",
    profile: profile("calm"),
    seed: 2,
    breaks: /9\.1/,
    sabotage: { provider: impatient },
  },
  {
    name: "lease by wall clock",
    profile: profile("two-process"),
    seed: 5,
    breaks: /9\.1|which is live/,
    sabotage: { leases: hasty },
  },
  {
    name: "missing UNIQUE",
    profile: profile("calm"),
    seed: 1,
    breaks: /lets anybody order one thing twice|lets anybody count/,
    sabotage: { database: dropUniqueIndexes },
  },
  {
    name: "Retry-After ignored",
    profile: profile("greedy-429"),
    seed: 3,
    breaks: /before the provider allows/,
    sabotage: { provider: deaf },
  },
  {
    name: "collection without grace",
    profile: profile("two-process"),
    seed: 75,
    breaks: /9\.2|9\.4/,
    sabotage: { habits: { sweepsAnything: true } },
  },
];
