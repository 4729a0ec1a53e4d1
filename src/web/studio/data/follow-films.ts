import type { Counts, FilmChange, ListedFilm, ProjectStatus } from "./api-types.ts";
import { api, eventsUrl, Refusal, send, Unreachable } from "./client.ts";
import { messageOf } from "./hooks.ts";
import { applied } from "./listed-films.ts";
import { readStream } from "./sse.ts";
import { seen } from "./visible.ts";

/** Which films are looked at. */
export interface FilmQuery {
  /** Every word must be in the title or the prompt; the start of an id will do, too. */
  readonly words: string;
  /** null: all of them. */
  readonly statuses: readonly ProjectStatus[] | null;
}

export interface FilmList {
  /** Newest first, as far as they were asked for; null until the first answer. */
  readonly films: readonly ListedFilm[] | null;
  /** Whether there are more. */
  readonly more: boolean;
  /** How many films there are by status, whatever is looked at. */
  readonly counts: Counts;
  readonly online: boolean;
  readonly problem: string | null;
}

export const NO_LIST: FilmList = { films: null, more: false, counts: {}, online: true, problem: null };

/** Films shown at first, and added by each "Show more". */
export const pageSize = 24;
/** Pages asked for until there is something to show: a search looks only some films through at a time. */
const mostRounds = 20;
/** Ms before the first retry after the connection was lost; doubles up to the cap. */
const firstRetryMs = 400;
const maxRetryMs = 5_000;
/** Ms between two looks where the server has no stream to spare. */
const lookMs = 15_000;

/** Follows the films of a query by the one stream of the list's changes; tells `listener` of every change. */
export function followFilms(query: FilmQuery, listener: (list: FilmList) => void) {
  const ended = new AbortController();
  let hiding = new AbortController();
  let list = NO_LIST;
  let cursor: string | null = null;
  let wanted = pageSize;
  let lastId: string | null = null;
  let loading: Promise<void> = Promise.resolve();

  function put(change: Partial<FilmList>): void {
    list = { ...list, ...change };
    if (!ended.signal.aborted) listener(list);
  }

  /** Reads on until there are as many films as wanted, or no more. */
  async function fill(films: readonly ListedFilm[]): Promise<void> {
    let known = films;
    let counts: Counts = list.counts;
    let round = 0;
    do {
      const page = await api.list({ ...query, limit: pageSize, cursor }, ended.signal);
      known = applied(
        known,
        page.projects.map((film) => ({ film })),
        { isWhole: true },
      );
      ({ next_cursor: cursor, counts } = page);
    } while (cursor !== null && known.length < wanted && ++round < mostRounds);
    put({ films: known, more: cursor !== null, counts, online: true, problem: null });
  }

  /** One after the other: a list that is read while it is read on would have gaps. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    loading = loading.catch(() => undefined).then(work);
    return loading;
  }

  const reload = () =>
    inTurn(() => {
      cursor = null;
      return fill([]);
    });

  async function take(event: string, data: unknown): Promise<void> {
    if (event === "start") return reload();
    if (event === "counts") return put({ counts: Object(data) });
    const change: FilmChange = event === "gone" ? { goneId: Object(data).project_id } : { film: Object(data) };
    await inTurn(async () => {
      const films = applied(list.films ?? [], [change], { ...query, isWhole: cursor === null });
      put({ films });
    });
  }

  async function listen(): Promise<void> {
    await seen(ended.signal);
    hiding = new AbortController();
    const headers = { Accept: "text/event-stream", ...(lastId !== null && { "Last-Event-ID": lastId }) };
    const signal = AbortSignal.any([ended.signal, hiding.signal]);
    const { body } = await send(eventsUrl, { headers, signal });
    put({ online: true });
    if (body === null) return;
    for await (const message of readStream(body)) {
      await take(message.event, JSON.parse(message.data));
      lastId = message.id ?? lastId;
    }
  }

  async function run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!ended.signal.aborted) {
      const restMs = await listen().then(
        () => firstRetryMs,
        (error: unknown) => afterFailure(error, retryMs),
      );
      if (restMs === null) return;
      retryMs = restMs === retryMs ? Math.min(maxRetryMs, retryMs * 2) : firstRetryMs;
      await pause(restMs);
    }
  }

  /** Ms until the stream is opened again; null: never. */
  async function afterFailure(error: unknown, retryMs: number): Promise<number | null> {
    if (ended.signal.aborted) return null;
    if (hiding.signal.aborted) return 0;
    const status = error instanceof Refusal ? error.status : null;
    // Too many are watching: the list is looked at from time to time.
    if (status === 503 && (await isRead())) return lookMs;
    put(problemOf(error));
    return status === 401 ? null : retryMs;
  }

  /** Reads the list without a stream. */
  const isRead = (): Promise<boolean> =>
    reload().then(
      () => true,
      () => false,
    );

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      ended.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });

  const hide = () => document.hidden && hiding.abort();
  document.addEventListener("visibilitychange", hide);
  void run();
  return {
    showMore(): void {
      wanted = (list.films?.length ?? 0) + pageSize;
      void inTurn(() => fill(list.films ?? [])).catch((error: unknown) => put({ problem: messageOf(error) }));
    },
    stop: () => {
      ended.abort();
      document.removeEventListener("visibilitychange", hide);
    },
  };
}

function problemOf(error: unknown): Pick<FilmList, "online" | "problem"> {
  const isLost = error instanceof Unreachable || error instanceof TypeError;
  return { online: !isLost, problem: isLost ? null : messageOf(error) };
}

export type FilmsFollower = ReturnType<typeof followFilms>;
