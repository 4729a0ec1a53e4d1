import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Revision } from "../../src/domain/direction.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectEvent, ProjectFacts } from "../../src/domain/facts.ts";
import { type ProjectId, ProjectIdPrefix } from "../../src/domain/ids.ts";
import { roundUsd, type SubmitState } from "../../src/domain/money.ts";
import type { ModelSelection } from "../../src/domain/project.ts";
import type { Step, StepOrder, Submit } from "../../src/domain/step.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import type { ListFilter, ProjectListItem } from "../../src/ports/server.ts";
import { type DueStepRow, workOf } from "../../src/storage/due-work.ts";
import { hasWords, wordsOf } from "../../src/storage/film-text.ts";
import { checkFence } from "../../src/storage/lease-rules.ts";
import { dayStartMs } from "../../src/storage/sqlite/rows.ts";
import { creationEvents, firstRevision, writeSetOf } from "../../src/storage/write-set.ts";
import { createMemoryLeases } from "./memory-leases.ts";
import { createMemoryServerStore } from "./memory-server-store.ts";

type Facts = Omit<ProjectFacts, "committedTodayUsd">;

export interface Entry {
  facts: Facts;
  owner: string | null;
  events: readonly ProjectEvent[];
  revisions: readonly Revision[];
  readonly webhookUrl: string | null;
  /** Number of its newest change in the list. */
  changed: number;
  discardedAtMs: number | null;
  emptied: boolean;
}

const LIVE: readonly SubmitState[] = ["intent", "open"];

/** The Repository and the Leases over plain Maps: same promises as the database, nothing survives it. */
export function createMemoryRepository(
  deps: { readonly clock: Pick<Clock, "now" | "monotonic" | "sinceBoot"> } = {
    clock: { now: () => Date.now(), monotonic: () => performance.now(), sinceBoot: () => performance.now() },
  },
): ProjectDatabase {
  const entries = new Map<ProjectId, Entry>();
  const heartbeats = new Map<string, number>();
  const { clock } = deps;
  let changes = 0;
  const nextChange = (): number => ++changes;

  const entryOf = (id: ProjectId): Entry => {
    const entry = entries.get(id);
    if (entry === undefined || entry.discardedAtMs !== null)
      throw new VidpipeError("project.not_found", `there is no project ${id}`);
    return entry;
  };
  const serverStore = createMemoryServerStore(entries, entryOf, { clock, heartbeats }, nextChange);
  const kept = () => [...entries.values()].filter((entry) => entry.discardedAtMs === null);
  const committedTodayUsd = (): number => {
    const since = dayStartMs(clock.now());
    const counted = [...entries.values()]
      .flatMap((entry) => entry.facts.submits)
      .filter((submit) => submit.createdAtMs >= since && submit.state !== "released");
    return roundUsd(counted.reduce((sum, submit) => sum + submit.usd, 0));
  };
  const read = (entry: Entry): ProjectFacts =>
    structuredClone({ ...entry.facts, committedTodayUsd: committedTodayUsd() });
  const newestFirst = (): Entry[] =>
    kept().sort(
      (a, b) =>
        b.facts.project.createdAtMs - a.facts.project.createdAtMs || (a.facts.project.id < b.facts.project.id ? 1 : -1),
    );

  const listed = ({ statuses, limit, after }: ListFilter): readonly ProjectListItem[] => {
    const all = newestFirst();
    const from = after === undefined ? 0 : all.findIndex(({ facts }) => facts.project.id === after.id) + 1;
    return all
      .slice(from)
      .filter(({ facts }) => statuses?.includes(facts.project.status) ?? true)
      .slice(0, limit)
      .map(itemOf);
  };

  return {
    async create(project, steps, owner, webhookUrl = null, artifacts = [], key) {
      const settle = serverStore.settling(key);
      if (entries.has(project.id)) throw conflict(`project ${project.id} exists`);
      const facts = { project, steps, artifacts, submits: [] };
      checkUnique(facts);
      entries.set(project.id, {
        facts: structuredClone(facts),
        owner,
        events: numbered([], creationEvents(project, steps)),
        revisions: [firstRevision(project)],
        webhookUrl,
        changed: nextChange(),
        discardedAtMs: null,
        emptied: false,
      });
      heartbeats.set(owner, clock.sinceBoot());
      settle();
    },
    async admit({ revisions, events, ...facts }) {
      const others = [...entries.values()].map((entry) => entry.facts);
      const idsOf = ({ project, steps, artifacts, submits }: Facts) =>
        [project, ...steps, ...artifacts, ...submits].map((row) => row.id);
      const known = new Set(others.flatMap(idsOf));
      if (idsOf(facts).some((id) => known.has(id))) throw conflict(`project ${facts.project.id} exists`);
      checkUnique(facts);
      const entry = { facts, revisions, events, owner: null, webhookUrl: null, changed: nextChange() };
      entries.set(facts.project.id, structuredClone({ ...entry, discardedAtMs: null, emptied: false }));
    },
    async facts(id) {
      return read(entryOf(id));
    },
    async status(id) {
      const { status, message, createdAtMs, updatedAtMs } = entryOf(id).facts.project;
      return { id, status, message, createdAtMs, updatedAtMs };
    },
    async findByPrefix(prefix, limit) {
      return kept()
        .map((entry) => entry.facts.project.id)
        .filter((id) => id.startsWith(prefix))
        .sort(byText)
        .slice(0, limit);
    },
    list: async (filter) => listed(filter),
    heads: async (filter) =>
      listed(filter).map(({ hasStill: _still, title: _title, durationSeconds: _seconds, ...head }) => head),
    async search({ text, limit, ...filter }) {
      const words = wordsOf(text);
      const { success, data: prefix = "" } = ProjectIdPrefix.safeParse(text.trim());
      const named = success ? listed(filter).filter(({ id }) => id.startsWith(prefix)) : [];
      if (named.length > 0 && filter.after === undefined)
        return { items: named.toSorted((a, b) => byText(a.id, b.id)).slice(0, limit), next: null };
      const found = listed(filter).filter(({ title, prompt }) => hasWords(`${title ?? ""}\n${prompt}`, words));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const next = last !== undefined && found.length > limit ? last : null;
      return { items, next: next && { createdAtMs: next.createdAtMs, id: next.id } };
    },
    lastChange: async () => changes,
    async changes(after, limit) {
      return [...entries.values()]
        .filter(({ changed }) => changed > after)
        .toSorted((a, b) => a.changed - b.changed)
        .slice(0, limit)
        .map((entry) => {
          const { changed: number, discardedAtMs } = entry;
          return { number, id: entry.facts.project.id, item: discardedAtMs === null ? itemOf(entry) : null };
        });
    },
    async change(id, fence, decide, key) {
      const settle = serverStore.settling(key);
      const entry = entryOf(id);
      const before = read(entry);
      checkFence(before, fence);
      const changes = decide(before);
      if (changes.length === 0) {
        settle();
        return before;
      }
      const writes = writeSetOf(before, changes, clock.now());
      checkUnique(writes.facts);
      const { committedTodayUsd: _, ...facts } = writes.facts;
      entry.facts = structuredClone(facts);
      entry.changed = nextChange();
      const past = entry.events.length;
      entry.events = numbered(entry.events, writes.events);
      entry.revisions = [...entry.revisions, ...writes.revisions];
      serverStore.enqueue(id, entry.webhookUrl, entry.events.slice(past));
      settle();
      return read(entry);
    },
    async standstill(id, act) {
      const entry = entries.get(id);
      if (entry === undefined || entry.emptied) return act(null);
      return entry.discardedAtMs === null ? act(read(entry)) : undefined;
    },
    async work(owner, nowMs) {
      return workOf(
        [...entries.values()].filter((entry) => entry.owner === owner).flatMap((entry) => inPlay(entry.facts)),
        nowMs,
      );
    },
    leasesOf: (process) => createMemoryLeases({ entries, heartbeats, entryOf }, process),
    async events(id, afterSeq, limit) {
      return entryOf(id)
        .events.filter((event) => event.seq > afterSeq)
        .slice(0, limit);
    },
    async inspect() {
      return [{ topic: "database", level: "ok", message: "kept in memory", fix: null }];
    },
    async recount() {},
    checkedAtMs: async () => null,
    check: async () => null,
    async revisions(id) {
      return structuredClone(entryOf(id).revisions);
    },
    async backUp(destination, { replace }) {
      const target = resolve(destination);
      if (!replace && existsSync(target))
        throw new VidpipeError("input.invalid", `cannot back up to ${target}: the file is there already`);
      const text = JSON.stringify([...entries.values()].map((entry) => ({ ...entry, owner: null })));
      await Bun.write(target, text);
      return { path: target, projects: kept().length, bytes: Buffer.byteLength(text) };
    },
    countProjects: async () => (await serverStore.metrics()).projects,
    metrics: serverStore.metrics,
    trash: serverStore.trash,
    keys: serverStore.keys,
    outbox: serverStore.outbox,
    close() {},
  };
}

const conflict = (what: string): VidpipeError => new VidpipeError("project.conflict", what);

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

const isUnderWay = (step: Step): boolean => step.status === "running" || step.status === "waiting";

const numbered = (past: readonly ProjectEvent[], fresh: readonly Omit<ProjectEvent, "seq">[]): ProjectEvent[] => [
  ...past,
  ...fresh.map((event, place) => ({ seq: past.length + place + 1, ...event })),
];

/** The database's unique indexes. */
function checkUnique({ steps, artifacts, submits }: Facts): void {
  const unique = (what: string, keys: readonly string[]) => {
    if (new Set(keys).size < keys.length) throw conflict(`${what} twice`);
  };
  const counted = submits.filter((submit: Submit) => submit.state !== "released");
  unique(
    "step id",
    steps.map((step) => step.id),
  );
  unique(
    "take",
    steps.map((step) => `${step.kind} ${step.position} ${step.take}`),
  );
  unique(
    "artifact id",
    artifacts.map((artifact) => artifact.id),
  );
  unique(
    "submit id",
    submits.map((submit) => submit.id),
  );
  unique(
    "attempt",
    counted.map((submit) => `${submit.stepId} ${submit.attempt}`),
  );
  unique(
    "live submit",
    counted.filter((submit) => LIVE.includes(submit.state)).map((submit) => submit.stepId),
  );
}

/** Provider, model and kind. */
const laneOf = (models: ModelSelection, order: StepOrder): string =>
  `${models.provider}/${"model" in order ? order.model : "ffmpeg"}/${order.kind}`;

const inPlay = ({ project, steps }: Facts): DueStepRow[] =>
  steps
    .filter((step) => step.status === "queued" || isUnderWay(step))
    .map((step) => ({
      ...step,
      lane: laneOf(project.models, step.order),
      hasOperation: step.operation !== null,
      project,
    }));

function itemOf({ facts: { project, artifacts, steps } }: Entry): ProjectListItem {
  const { id, request, status, direction, createdAtMs, updatedAtMs } = project;
  return {
    id,
    prompt: request.prompt,
    status,
    hasStill: artifacts.some((artifact) => artifact.role === "keyframe" && artifact.position === 0),
    title: direction.storyboard?.title ?? titleOf(steps),
    durationSeconds: artifacts.findLast(({ role }) => role === "final")?.media?.durationSeconds ?? null,
    createdAtMs,
    updatedAtMs,
  };
}

function titleOf(steps: readonly Step[]): string | null {
  const result = steps.findLast(({ kind, status }) => kind === "storyboard" && status === "done")?.result;
  return result?.kind === "storyboard" ? result.storyboard.title : null;
}
