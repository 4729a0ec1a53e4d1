import type { Project, Storyboard } from "./api-types.ts";
import { api, mediaUrl, Refusal, send, Unreachable } from "./client.ts";
import { readStream } from "./sse.ts";
import { type HistoryEvent, historyEvent } from "./steps.ts";
import { seen } from "./visible.ts";
import { isSettled } from "./words.ts";

/** Everything the page knows of one project. */
export interface Followed {
  readonly project: Project | null;
  readonly storyboard: Storyboard | null;
  /** Revision that the storyboard is of, or an earlier one: an edit of it that comes too late is refused. */
  readonly storyboardRevision: number;
  /** Oldest first, without gaps. */
  readonly history: readonly HistoryEvent[];
  /** False while the server cannot be reached; it is tried again by itself. */
  readonly online: boolean;
  /** Why the project cannot be shown at all. */
  readonly problem: Error | null;
}

export const NOTHING: Followed = {
  project: null,
  storyboard: null,
  storyboardRevision: -1,
  history: [],
  online: true,
  problem: null,
};

/** Ms between two reads of a settled project, in case it is changed elsewhere. */
const restMs = 10_000;
/** Ms before the first retry after the connection was lost; doubles up to the cap. */
const firstRetryMs = 400;
const maxRetryMs = 5_000;
/** Ms in which events are gathered before the page is drawn again. */
const gatherMs = 80;

/** Follows a project by its event stream, for ever, through lost connections; tells `listener` of every change. */
export function follow(id: string, listener: (state: Followed) => void) {
  const ended = new AbortController();
  let pause = new AbortController();
  let hiding = new AbortController();
  let state = NOTHING;
  let shown: ReturnType<typeof setTimeout> | undefined;

  function put(change: Partial<Followed>): void {
    state = { ...state, ...change };
    shown ??= setTimeout(() => {
      shown = undefined;
      if (!ended.signal.aborted) listener(state);
    }, gatherMs);
  }

  function rest(ms: number): Promise<void> {
    pause = new AbortController();
    const woken = AbortSignal.any([pause.signal, ended.signal]);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      woken.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async function look(): Promise<Project> {
    const project = await api.project(id, ended.signal);
    put({ project, online: true, problem: null });
    if (project.scene_count > 0 && state.storyboardRevision !== project.revision) {
      const storyboard = await api.storyboard(project.project_id, ended.signal);
      put({ storyboard, storyboardRevision: project.revision });
    }
    return project;
  }

  async function listen(): Promise<void> {
    const last = state.history.at(-1)?.seq ?? 0;
    const headers = { Accept: "text/event-stream", "Last-Event-ID": String(last) };
    const signal = AbortSignal.any([ended.signal, hiding.signal]);
    const { body } = await send(mediaUrl.events(id), { headers, signal });
    if (body === null) return;
    const looking = createOneAtATime(look);
    for await (const message of readStream(body)) {
      const event = historyEvent(message);
      if (event === undefined || event.seq <= (state.history.at(-1)?.seq ?? 0)) continue;
      put({ history: [...state.history, event] });
      looking.request();
    }
    await looking.idle();
  }

  /** One look and then the stream, until it ends or the page is hidden. */
  async function turn(): Promise<void> {
    await seen(ended.signal);
    hiding = new AbortController();
    const before = await look();
    await listen();
    const after = await look();
    if (before.updated_at === after.updated_at) await rest(isSettled(after.status) ? restMs : firstRetryMs);
  }

  async function run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!ended.signal.aborted) {
      const failure = await turn().then(
        () => null,
        (error: unknown) => ({ error }),
      );
      if (ended.signal.aborted) return;
      if (failure === null || hiding.signal.aborted) {
        retryMs = firstRetryMs;
        continue;
      }
      put(problemOf(failure.error));
      if (isFinal(failure.error)) return;
      await rest(retryMs);
      retryMs = Math.min(maxRetryMs, retryMs * 2);
    }
  }

  const hide = () => document.hidden && hiding.abort();
  document.addEventListener("visibilitychange", hide);
  void run();
  return {
    /** Look again now: the user did something. */
    wake: () => pause.abort(),
    stop: () => {
      ended.abort();
      document.removeEventListener("visibilitychange", hide);
      clearTimeout(shown);
    },
  };
}

export type Follower = ReturnType<typeof follow>;

/** A stream that breaks off looks like an unreachable server; a refusal is an answer. */
const problemOf = (error: unknown): Partial<Followed> =>
  error instanceof Refusal ? { online: true, problem: error } : { online: !isLost(error) };

/** Whether asking again would get the same answer: the film is not found, or the token is refused. */
const isFinal = (error: unknown): boolean => error instanceof Refusal && [401, 404].includes(error.status);

const isLost = (error: unknown): boolean => error instanceof Unreachable || error instanceof TypeError;

/** Runs `task` when asked, never twice at once; what is asked meanwhile becomes one more run. */
function createOneAtATime(task: () => Promise<unknown>) {
  let running: Promise<void> | undefined;
  let again = false;
  async function loop(): Promise<void> {
    do {
      again = false;
      await task().catch(() => undefined);
    } while (again);
    running = undefined;
  }
  return {
    request(): void {
      again = true;
      running ??= loop();
    },
    idle: () => running ?? Promise.resolve(),
  };
}
