import { Database } from "bun:sqlite";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { Change, ProjectFacts } from "../../src/domain/facts.ts";
import { SubmitId } from "../../src/domain/ids.ts";
import { isRejected } from "../../src/domain/money.ts";
import type { Step, Submit } from "../../src/domain/step.ts";
import type { ArtifactStore } from "../../src/ports/files.ts";
import type { Leases } from "../../src/ports/leases.ts";
import type { ModelProvider, PaidAnswer } from "../../src/ports/provider.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import { type StoreHabits, sha256Of } from "./disk.ts";
import type { Environment } from "./environment.ts";
import { PROFILES, type Profile } from "./faults.ts";
import type { SimProcess } from "./loop.ts";

/** Where a planted bug may reach. */
export interface Bench {
  readonly process: SimProcess;
  readonly environment: Environment;
}

/** A planted bug: ports that do not do what they promise, or change what the product decides on its way to them. */
export interface Sabotage {
  readonly repository?: (real: Repository, bench: Bench) => Repository;
  readonly leases?: (leasesBy: (clock: Clock) => Leases, clock: Clock) => Leases;
  readonly artifacts?: (real: ArtifactStore, bench: Bench) => ArtifactStore;
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

/** A repository that shows decisions other facts than it holds. */
const seeing = (shown: (facts: ProjectFacts) => ProjectFacts) => (real: Repository) => ({
  ...real,
  change: ((id, fence, decide) =>
    real.change(id, fence, (facts) => decide(shown(facts)))) satisfies Repository["change"],
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

/** What the user agreed to is not written down. */
function withoutWord(change: Change): Change {
  if (change.type !== "advance" || change.patch === undefined) return change;
  const { approvals: _, ...patch } = change.patch;
  return { ...change, patch };
}

/** A command that moves a step which stands like this comes to nothing. */
const deafTo =
  (status: Step["status"]) =>
  (changes: readonly Change[], { steps }: ProjectFacts): readonly Change[] => {
    const those = new Set(steps.flatMap((step) => (step.status === status ? step.id : [])));
    return changes.some((change) => change.type === "advance" && those.has(change.stepId)) ? [] : changes;
  };

/** A step that is claimed to be made from its kept answer is bought once more instead. */
function boughtAgain(changes: readonly Change[], { submits }: ProjectFacts): readonly Change[] {
  return changes.flatMap((change): readonly Change[] => {
    if (change.type !== "advance" || change.event !== "claim") return [change];
    const kept = submits.findLast((s) => s.stepId === change.stepId && s.state === "intent" && s.replyId !== null);
    if (kept === undefined) return [change];
    const id = SubmitId.parse(Bun.randomUUIDv7());
    const twin: Submit = { ...kept, id, attempt: kept.attempt + 1, replyId: null, resultId: null };
    return [{ type: "settle_submit", submitId: kept.id, state: "spent" }, change, { type: "add_submit", submit: twin }];
  });
}

/** An answer is looked at first, and stored a while later. */
const storedLate = (real: ArtifactStore, { process, environment }: Bench): ArtifactStore => ({
  ...real,
  async put(slot, write) {
    if (!slot.name.startsWith("answer-")) return real.put(slot, write);
    const folder = mkdtempSync(join(environment.disk.root, "early-"));
    const path = join(folder, "answer");
    const written = await write(path);
    const bytes = readFileSync(path);
    const sha256 = sha256Of(bytes);
    const key = `${slot.projectId}/${slot.name}-${sha256.slice(0, 12)}.${slot.extension}`;
    void environment.loop.sleep(process, 3_000).then(() => real.put(slot, write).catch(() => {}));
    return { key, sha256, bytes: bytes.length, written };
  },
});

/** Finds the answer of any call of the film. */
const findsAny = (real: ArtifactStore): ArtifactStore => ({
  ...real,
  async find(id, name) {
    const own = await real.find(id, name);
    const other = (await real.files()).find(({ key }) => key.startsWith(`${id}/answer-`) && key !== own?.key);
    const [, otherName] = /\/(.*)-[0-9a-f]{12}\.[a-z0-9]+$/.exec(other?.key ?? "") ?? [];
    return otherName === undefined ? own : real.find(id, otherName);
  },
});

const isLateReply = (change: Change, { submits }: ProjectFacts): boolean =>
  change.type === "settle_submit" &&
  change.patch?.replyId != null &&
  submits.some(({ id, state }) => id === change.submitId && state === "unknown");

/** The planted bugs, twelve of the ports, eight of purchases and three dead ends: a run that does not catch all of them proves nothing. */
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
    seed: 5,
    breaks: /9\.1|before the provider allows/,
    sabotage: { provider: resending(({ code }) => /overloaded|unreachable|quota/.test(code)) },
  },
  {
    name: "resend on timeout",
    profile: profile("flaky-net"),
    seed: 13,
    breaks: /twice under one intent/,
    sabotage: { provider: resending(({ code }) => code === "provider.unclear") },
  },
  {
    name: "an answer gets no row",
    profile: profile("crashy"),
    seed: 1,
    breaks: /9\.2/,
    sabotage: {
      repository: editing((changes) =>
        changes.some((change) => change.type === "settle_submit" && change.patch?.replyId != null) ? [] : changes,
      ),
    },
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
    seed: 2,
    breaks: /9\.2/,
    sabotage: { habits: { renamesBeforeItReturns: false } },
  },
  {
    name: "no sha256 on resume",
    profile: profile("disk"),
    seed: 25,
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
    seed: 2,
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
    seed: 16,
    breaks: /before the provider allows/,
    sabotage: { provider: deaf },
  },
  {
    name: "collection without grace",
    profile: profile("two-process"),
    seed: 90,
    breaks: /9\.2|9\.4/,
    sabotage: { habits: { sweepsAnything: true } },
  },
  {
    name: "bought although its answer is kept",
    profile: profile("crashy"),
    seed: 3,
    breaks: /although its answer is kept|beyond the law/,
    sabotage: { repository: editing(boughtAgain) },
  },
  {
    name: "looked at before it is stored",
    profile: profile("crashy"),
    seed: 1,
    breaks: /9\.2/,
    sabotage: { artifacts: storedLate },
  },
  {
    name: "an approval counts twice",
    profile: profile("greedy-provider"),
    seed: 1,
    breaks: /beyond the law/,
    sabotage: {
      repository: editing((changes) =>
        changes.map((change) =>
          change.type === "advance" && change.patch?.approvals !== undefined
            ? { ...change, patch: { ...change.patch, approvals: change.patch.approvals + 1 } }
            : change,
        ),
      ),
    },
  },
  {
    name: "a repeat is not counted",
    profile: profile("greedy-provider"),
    seed: 1,
    breaks: /beyond the law/,
    sabotage: {
      repository: editing((changes) =>
        changes.map((change) =>
          change.type === "add_submit" && change.submit.because === "repeat"
            ? { ...change, submit: { ...change.submit, because: "complaint" as const } }
            : change,
        ),
      ),
    },
  },
  {
    name: "a charged failure is released",
    profile: profile("greedy-provider"),
    seed: 1,
    breaks: /billed but its submit is released/,
    sabotage: {
      repository: editing((changes) =>
        changes.map((change) =>
          change.type === "settle_submit" && change.state === "spent" && isRejected(change.patch?.verdict ?? null)
            ? { ...change, state: "released" as const }
            : change,
        ),
      ),
    },
  },
  {
    name: "a late answer is dropped",
    profile: profile("hostile"),
    seed: 7,
    breaks: /is not kept/,
    sabotage: {
      repository: editing((changes, facts) => (changes.some((change) => isLateReply(change, facts)) ? [] : changes)),
    },
  },
  {
    name: "the day's money is forgotten",
    profile: { ...profile("calm"), dayCaps: 1 },
    seed: 1,
    breaks: /over the cap of the day/,
    sabotage: { repository: seeing((facts) => ({ ...facts, committedTodayUsd: 0 })) },
  },
  {
    name: "the answer of another piece is used",
    profile: profile("crashy"),
    seed: 3,
    breaks: /9\.2/,
    sabotage: { artifacts: findsAny },
  },
  {
    name: "the word to buy again is dropped",
    profile: profile("greedy-provider"),
    seed: 1,
    breaks: /9\.4 to buy|9\.8/,
    sabotage: { repository: editing((changes) => changes.map(withoutWord)) },
  },
  {
    name: "what was left out cannot be taken up again",
    profile: profile("greedy-provider"),
    seed: 2,
    breaks: /9\.8/,
    sabotage: { repository: editing(deafTo("skipped")) },
  },
  {
    name: "what failed cannot be tried again",
    profile: profile("flaky-net"),
    seed: 7,
    breaks: /9\.8/,
    sabotage: { repository: editing(deafTo("failed")) },
  },
];
