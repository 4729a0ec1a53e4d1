import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectEvent } from "../../src/domain/facts.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { roundUsd } from "../../src/domain/money.ts";
import type { Clock, ProcessIdentity } from "../../src/ports/runtime.ts";
import type { Delivery, HeldKey, IdempotencyStore, KeyEntry, Metrics, Outbox, Trash } from "../../src/ports/server.ts";
import { checkHeldKey, isFreeKey } from "../../src/storage/key-rules.ts";
import { createDriverCheck } from "../../src/storage/lease-rules.ts";
import { isWebhookEvent } from "../../src/storage/write-set.ts";
import type { Entry } from "./memory-repository.ts";

type Entries = ReadonlyMap<ProjectId, Entry>;

/** Which processes live, as the repository knows it. */
interface SignsOfLife {
  readonly clock: Pick<Clock, "now" | "monotonic" | "sinceBoot">;
  readonly heartbeats: Map<string, number>;
}

/** What a server stores beside films, in plain Maps. `read` gives a project's facts unless it is in the trash. */
export function createMemoryServerStore(
  entries: Entries,
  read: (id: ProjectId) => Entry,
  signs: SignsOfLife,
  nextChange: () => number,
) {
  const messages = new Map<string, Delivery>();
  const requestKeys = new Map<string, KeyEntry>();
  return {
    trash: memoryTrash(entries, read, nextChange),
    keys: memoryKeys(requestKeys, signs),
    /** Checks that a key may be settled. Returns what settles it, once the rest is written. */
    settling(held: HeldKey | undefined): () => void {
      const entry = held && requestKeys.get(held.key);
      if (held !== undefined) checkHeldKey(entry, held);
      return () => entry && requestKeys.set(entry.key, { ...entry, settledAtMs: signs.clock.now() });
    },
    outbox: memoryOutbox(messages, read),
    metrics: async () => figuresOf(entries),
    /** Writes the messages that events call for. */
    enqueue(id: ProjectId, url: string | null, fresh: readonly ProjectEvent[]): void {
      if (url === null) return;
      for (const { seq, atMs, data } of fresh.filter(isWebhookEvent))
        messages.set(`${id} ${seq}`, {
          projectId: id,
          seq,
          eventAtMs: atMs,
          event: data,
          url,
          state: "pending",
          attempts: 0,
          dueAtMs: atMs,
          lastStatus: null,
          lastError: null,
        });
    },
  };
}

function memoryTrash(entries: Entries, read: (id: ProjectId) => Entry, nextChange: () => number): Trash {
  const inBin = (id: ProjectId): Entry => {
    const entry = entries.get(id);
    return entry === undefined || entry.discardedAtMs === null ? read(id) : entry;
  };
  return {
    async discard(id, nowMs, check) {
      const entry = read(id);
      check({ ...entry.facts, committedTodayUsd: 0 });
      entry.discardedAtMs = nowMs;
      entry.owner = null;
      entry.changed = nextChange();
    },
    async restore(id) {
      const entry = entries.get(id);
      if (entry === undefined || entry.discardedAtMs === null || entry.emptied) throw notThere(id);
      entry.discardedAtMs = null;
      entry.changed = nextChange();
    },
    async expired(beforeMs) {
      return [...entries]
        .filter(([, entry]) => entry.discardedAtMs !== null && entry.discardedAtMs < beforeMs && !entry.emptied)
        .map(([id]) => id)
        .sort((a, b) => (a < b ? -1 : 1));
    },
    async empty(id) {
      const entry = inBin(id);
      if (entry.discardedAtMs === null) throw notThere(id);
      const { submits, project } = entry.facts;
      const steps = entry.facts.steps.filter((step) => submits.some((submit) => submit.stepId === step.id));
      const forgotten = submits.map((submit) => ({ ...submit, replyId: null, resultId: null, reason: null }));
      const request = { ...project.request, prompt: "(deleted)" };
      entry.facts = { project: { ...project, request, message: null }, steps, artifacts: [], submits: forgotten };
      entry.events = [];
      entry.emptied = true;
      entry.changed = nextChange();
    },
  };
}

const notThere = (id: ProjectId) => new VidpipeError("project.not_found", `there is no project ${id}`);

function memoryKeys(entries: Map<string, KeyEntry>, { clock, heartbeats }: SignsOfLife): IdempotencyStore {
  const checks = new WeakMap<ProcessIdentity, ReturnType<typeof createDriverCheck>>();
  const isFree = (entry: KeyEntry, owner: ProcessIdentity): boolean => {
    const check = checks.get(owner) ?? createDriverCheck({ owner, clock });
    checks.set(owner, check);
    return isFreeKey(entry, heartbeats.get(entry.owner ?? "") ?? null, check);
  };
  return {
    async claim(claim, owner) {
      const { self } = owner;
      heartbeats.set(self, clock.sinceBoot());
      const known = entries.get(claim.key) ?? { ...claim, owner: self, settledAtMs: null, answer: null };
      const isTaken = known.owner !== self && isFree(known, owner);
      const entry = isTaken ? { ...known, owner: self, projectId: claim.projectId } : known;
      entries.set(claim.key, entry);
      return entry;
    },
    async recordAnswer(key, answer) {
      const entry = entries.get(key);
      if (entry === undefined || entry.answer !== null) return;
      entries.set(key, { ...entry, answer, settledAtMs: entry.settledAtMs ?? clock.now() });
    },
    async forget({ key, owner }) {
      const entry = entries.get(key);
      if (entry?.owner === owner && entry.settledAtMs === null) entries.delete(key);
    },
    async prune(beforeMs) {
      for (const [key, entry] of entries) if (entry.createdAtMs < beforeMs) entries.delete(key);
    },
  };
}

function memoryOutbox(messages: Map<string, Delivery>, read: (id: ProjectId) => Entry): Outbox {
  const nameOf = ({ projectId, seq }: Pick<Delivery, "projectId" | "seq">) => `${projectId} ${seq}`;
  const pending = () => [...messages.values()].filter((message) => message.state === "pending");
  const put = (message: Delivery) => messages.set(nameOf(message), message);
  return {
    async claim(nowMs, leaseMs, limit) {
      const due = pending()
        .filter((message) => message.dueAtMs <= nowMs)
        .toSorted((a, b) => a.dueAtMs - b.dueAtMs)
        .slice(0, limit)
        .map((message) => ({ ...message, attempts: message.attempts + 1, dueAtMs: nowMs + leaseMs }));
      for (const message of due) put(message);
      return due;
    },
    async record(delivery, outcome) {
      const message = messages.get(nameOf(delivery));
      if (message !== undefined) put({ ...message, ...outcome });
    },
    async abandon(url, reason) {
      for (const message of pending()) if (message.url === url) put({ ...message, state: "failed", lastError: reason });
    },
    async of(id) {
      read(id);
      return [...messages.values()].filter((message) => message.projectId === id).toSorted((a, b) => a.seq - b.seq);
    },
  };
}

function figuresOf(entries: Entries): Metrics {
  const all = [...entries.values()];
  const steps = all.flatMap((entry) => entry.facts.steps);
  const done = steps.filter((step) => step.status === "done");
  const submits = all.flatMap((entry) => entry.facts.submits);
  const lasting = (step: (typeof steps)[number]) => ((step.finishedAtMs ?? 0) - (step.startedAtMs ?? 0)) / 1_000;
  return {
    projects: Object.fromEntries(
      [
        ...Map.groupBy(
          all.filter((e) => e.discardedAtMs === null),
          (e) => e.facts.project.status,
        ),
      ].map(([status, group]) => [status, group.length]),
    ),
    steps: [...Map.groupBy(steps, (step) => `${step.kind} ${step.status}`).values()].flatMap((group) =>
      group.slice(0, 1).map(({ kind, status }) => ({ kind, status, count: group.length })),
    ),
    finished: [...Map.groupBy(done, (step) => step.kind)].map(([kind, group]) => ({
      kind,
      count: group.length,
      seconds: group.reduce((sum, step) => sum + (step.startedAtMs === null ? 0 : lasting(step)), 0),
    })),
    submits: [...Map.groupBy(submits, (submit) => `${submit.model} ${submit.state}`).values()].flatMap((group) =>
      group.slice(0, 1).map(({ model, state }) => ({
        model,
        state,
        count: group.length,
        usd: roundUsd(group.reduce((sum, submit) => sum + submit.usd, 0)),
      })),
    ),
  };
}
