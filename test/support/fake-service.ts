import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectEvent } from "../../src/domain/facts.ts";
import { ProjectId, ProjectIdPrefix } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import type { Offer } from "../../src/domain/price.ts";
import { parseCrossfade, parseRequest, type RequestDefaults } from "../../src/domain/request.ts";
import type { ProjectView, WatchTick } from "../../src/domain/view.ts";
import { type Receipt, receiptOf } from "../../src/planning/receipt.ts";
import type { ListFilter, ProjectListItem } from "../../src/ports/server.ts";
import type { ProjectService } from "../../src/services/projects.ts";

type Method = Exclude<keyof ProjectService, "watch">;

/** One change of a project's story: what a watcher sees next. */
export type Turn = Partial<ProjectView> & { readonly events?: readonly ProjectEvent[] };

const FREE: Offer = {
  price: {
    provider: "offline",
    scenes: 5,
    scenesAreGiven: false,
    maxScenes: 15,
    lines: [],
    totalUsd: 0,
    mostUsd: 0,
  },
  capUsd: 0,
  formerCapUsd: null,
  committedUsd: 0,
  notices: [],
};

export interface FakeServiceOptions {
  /** What every estimate says; free unless given. */
  readonly estimate?: Offer;
  /** What every project has bought; nothing unless given. */
  readonly receipt?: Receipt;
  /** Projects that are already there. */
  readonly projects?: readonly ProjectView[];
  /** What happens, tick by tick, to a project once it is created, resumed or stitched again. */
  readonly story?: readonly Turn[];
  /** How many projects `recover` takes up. */
  readonly orphans?: number;
}

/** An in-memory Service that plays a story; every call is noted. */
export interface FakeService extends ProjectService {
  readonly calls: readonly { readonly method: keyof ProjectService; readonly args: readonly unknown[] }[];
  callsTo(method: keyof ProjectService): readonly (readonly unknown[])[];
  /** The next call of this method throws. */
  failNext(method: keyof ProjectService, failure: Error): void;
  /** Changes a project and wakes its watchers. */
  update(id: ProjectId, change: Turn): ProjectView;
}

const itemOf = ({ id, status, request: { prompt }, createdAtMs, updatedAtMs }: ProjectView): ProjectListItem => ({
  id,
  prompt,
  status,
  hasStill: false,
  title: null,
  durationSeconds: null,
  createdAtMs,
  updatedAtMs,
});

/** Moment at which every fake project was made, epoch ms. */
export const FAKE_NOW_MS = Date.UTC(2026, 10, 22, 12, 0, 0);

/** The n-th project id: UUIDv7s one millisecond apart. */
export function fakeProjectId(n: number): ProjectId {
  const time = (FAKE_NOW_MS + n).toString(16).padStart(12, "0");
  return ProjectId.parse(`${time.slice(0, 8)}-${time.slice(8)}-7abc-8def-${n.toString(16).padStart(12, "0")}`);
}

/** A pending project, with what the test wants different. */
export function fakeProject(change: Partial<ProjectView> = {}): ProjectView {
  return {
    id: fakeProjectId(1),
    request: {
      prompt: "A cat exploring Tokyo at night",
      style: "cinematic",
      aspectRatio: "16:9",
      clipDurationSeconds: 6,
      sceneCount: null,
      maxScenes: 15,
      seed: null,
      crossfadeSeconds: 0,
    },
    models: {
      provider: "offline",
      textModel: "offline-text",
      imageModel: "offline-image",
      videoModel: "offline-video",
      options: {},
    },
    status: "pending",
    message: null,
    until: "film",
    revision: 0,
    waits: [],
    storyboard: null,
    stages: (["storyboard", "keyframe", "clip", "stitch"] as const).map((kind) => ({
      kind,
      done: 0,
      total: kind === "storyboard" || kind === "stitch" ? 1 : null,
      running: 0,
      startedAtMs: null,
      finishedAtMs: null,
    })),
    scenes: [],
    missingScenes: [],
    seams: [],
    final: null,
    animatic: null,
    spend: { reservedUsd: 0, spentUsd: 0, unknownUsd: 0 },
    maxCostUsd: null,
    createdAtMs: FAKE_NOW_MS,
    updatedAtMs: FAKE_NOW_MS,
    ...change,
  };
}

/** The last turn of most stories: the film is there, and perhaps how it was joined. */
export function fakeComplete(
  path = "/films/final.mp4",
  report: Readonly<Record<string, unknown>> | null = null,
): Partial<ProjectView> {
  return {
    status: "complete",
    final: { key: "final.mp4", path, bytes: 1_234_567, durationSeconds: 24, report },
  };
}

const DEFAULTS: RequestDefaults = {
  style: "cinematic",
  aspectRatio: "16:9",
  clipDurationSeconds: 6,
  maxScenes: 15,
  crossfadeSeconds: 0,
};

export function createFakeService(options: FakeServiceOptions = {}): FakeService {
  const projects = new Map<string, ProjectView>((options.projects ?? []).map((p) => [p.id, p]));
  const calls: { method: keyof ProjectService; args: readonly unknown[] }[] = [];
  const failures = new Map<keyof ProjectService, Error>();
  const stories = new Map<string, Turn[]>();
  const history = new Map<string, ProjectEvent[]>();
  const watchers = new Map<string, Set<() => void>>();
  const everyones = new Set<() => void>();
  const changed = new Map<ProjectId, number>();
  let last = 0;

  const note = (method: keyof ProjectService, ...args: unknown[]): void => {
    calls.push({ method, args });
    const failure = failures.get(method);
    failures.delete(method);
    if (failure) throw failure;
  };

  const find = (id: ProjectId): ProjectView => {
    const project = projects.get(id);
    if (!project) throw new VidpipeError("project.not_found", `no project ${id}`);
    return project;
  };

  const listed = ({ statuses, limit }: ListFilter): ProjectListItem[] =>
    [...projects.values()]
      .filter(({ status }) => statuses?.includes(status) ?? true)
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs || b.id.localeCompare(a.id))
      .slice(0, limit)
      .map(itemOf);

  const update = (id: ProjectId, { events = [], ...change }: Turn): ProjectView => {
    const project = { ...find(id), ...change };
    projects.set(id, project);
    changed.delete(id);
    changed.set(id, ++last);
    history.set(id, [...(history.get(id) ?? []), ...events]);
    for (const wake of [...(watchers.get(id) ?? []), ...everyones]) wake();
    return project;
  };

  const begin = (id: ProjectId, change: Turn): ProjectView => {
    stories.set(id, [...(options.story ?? [])]);
    return update(id, change);
  };

  const nextChange = (id: ProjectId, signal: AbortSignal): Promise<void> => {
    const told = stories.get(id)?.shift();
    if (told) {
      update(id, told);
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const mine = watchers.get(id) ?? new Set();
    watchers.set(id, mine.add(resolve));
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    return promise.finally(() => mine.delete(resolve));
  };

  async function* watch(id: ProjectId, signal: AbortSignal, afterSeq = 0): AsyncGenerator<WatchTick> {
    note("watch", id, afterSeq);
    let seq = afterSeq;
    for (;;) {
      if (signal.aborted) return;
      const events = (history.get(id) ?? []).filter((event) => event.seq > seq);
      seq = events.at(-1)?.seq ?? seq;
      const project = find(id);
      yield { project, events };
      if (isSettled(project.status) && !stories.get(id)?.length) return;
      await nextChange(id, signal);
    }
  }

  const service: Pick<ProjectService, Method> = {
    create: async (input, createOptions) => {
      note("create", input, createOptions);
      const request = parseRequest(input, DEFAULTS);
      const project = fakeProject({ id: fakeProjectId(projects.size + 1), request });
      projects.set(project.id, project);
      return begin(project.id, {});
    },
    resolve: async (typed) => {
      note("resolve", typed);
      const prefix = ProjectIdPrefix.safeParse(typed);
      if (!prefix.success) throw new VidpipeError("input.invalid", prefix.error.issues[0]?.message ?? "not an id");
      const found = [...projects.values()].filter((p) => p.id.startsWith(prefix.data));
      if (found.length > 1) throw new VidpipeError("project.ambiguous_id", `${typed} is the start of several projects`);
      const [only] = found;
      if (!only) throw new VidpipeError("project.not_found", `no project starts with ${typed}`);
      return only.id;
    },
    get: async (id) => {
      note("get", id);
      return find(id);
    },
    isDriven: async () => true,
    status: async (id) => {
      note("status", id);
      const { status, message, createdAtMs, updatedAtMs } = find(id);
      return { id, status, message, createdAtMs, updatedAtMs };
    },
    list: async (filter = {}) => {
      note("list", filter);
      return listed(filter);
    },
    async *every() {
      note("every");
      yield listed({});
    },
    search: async ({ text, ...filter }) => {
      note("search", { text, ...filter });
      const items = listed(filter).filter(({ prompt }) => prompt.toLowerCase().includes(text.toLowerCase()));
      return { items, next: null };
    },
    counts: async () =>
      Object.fromEntries(
        [...Map.groupBy(projects.values(), ({ status }) => status)].map(([status, films]) => [status, films.length]),
      ),
    lastChange: async () => last,
    changes: async (after, limit) =>
      [...changed]
        .filter(([, number]) => number > after)
        .toSorted(([, a], [, b]) => a - b)
        .slice(0, limit)
        .map(([id, number]) => ({ number, id, item: itemOf(find(id)) })),
    choices: () => {
      note("choices");
      return {
        defaults: DEFAULTS,
        providers: [{ name: "offline", aliases: ["animatic"], label: "Offline", local: true, clipSeconds: [4, 6, 8] }],
      };
    },
    explainStitch: async (id, crossfade) => {
      note("explainStitch", id, crossfade);
      return [
        ["PIECE", "HOW"],
        ["clip 1", "copy"],
      ];
    },
    requireDrivable() {},
    estimateResume: async (id, resumeOptions) => {
      note("estimateResume", id, resumeOptions);
      return options.estimate ?? FREE;
    },
    admit: async (input, admitOptions) => {
      note("admit", input, admitOptions);
      return options.estimate ?? FREE;
    },
    estimate: (input, estimateOptions) => {
      note("estimate", input, estimateOptions);
      const { sceneCount, maxScenes } = parseRequest(input, DEFAULTS);
      const counts = { scenesAreGiven: sceneCount !== null, maxScenes: sceneCount ?? maxScenes };
      return options.estimate ?? { ...FREE, price: { ...FREE.price, ...counts, scenes: sceneCount ?? 5 } };
    },
    receipt: async (id) => {
      note("receipt", id);
      find(id);
      return options.receipt ?? receiptOf({ steps: [], artifacts: [], submits: [] });
    },
    subscribe: (id, listener) => {
      const mine = watchers.get(id) ?? new Set();
      watchers.set(id, mine.add(listener));
      return () => void mine.delete(listener);
    },
    subscribeAll: (listener) => {
      everyones.add(listener);
      return () => void everyones.delete(listener);
    },
    resume: async (id, resumeOptions) => {
      note("resume", id, resumeOptions);
      if (find(id).status === "complete") throw new VidpipeError("project.conflict", "nothing to resume");
      return begin(id, { status: "pending", waits: [], message: null });
    },
    cancel: async (id) => {
      note("cancel", id);
      const { status } = find(id);
      if (status === "complete" || status === "cancelled")
        throw new VidpipeError("project.conflict", `already ${status}`);
      return update(id, { status: "cancelled" });
    },
    restitch: async (id, crossfadeSeconds, boundaryFrame) => {
      note("restitch", id, crossfadeSeconds, ...(boundaryFrame === undefined ? [] : [boundaryFrame]));
      const request = { ...find(id).request, crossfadeSeconds: parseCrossfade(crossfadeSeconds) };
      return begin(id, { status: "stitching", final: null, request });
    },
    events: async (id, afterSeq, limit) => {
      note("events", id, afterSeq, limit);
      return (history.get(find(id).id) ?? []).filter((event) => event.seq > afterSeq).slice(0, limit);
    },
    finalPath: async (id) => {
      note("finalPath", id);
      const { final, status } = find(id);
      if (final === null) throw new VidpipeError("project.conflict", `no film yet: the project is ${status}`);
      return final.path;
    },
    exportFinal: async (id, destination) => note("exportFinal", id, destination),
    checkDestination: async (destination) => note("checkDestination", destination),
    recover: async () => {
      note("recover");
      return options.orphans ?? 0;
    },
    stop: async () => note("stop"),
  };

  return {
    ...service,
    watch,
    calls,
    callsTo: (method) => calls.filter((call) => call.method === method).map((call) => call.args),
    failNext: (method, failure) => void failures.set(method, failure),
    update,
  };
}
