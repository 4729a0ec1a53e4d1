import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Estimate, FilmRequest, ProviderOptions } from "./api-types.ts";
import { api, send } from "./client.ts";
import { type Followed, type Follower, follow, NOTHING } from "./follow.ts";
import { type Access, session } from "./session.ts";

/** Epoch ms, renewed every second while `ticking`. */
export function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    setNow(Date.now());
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

export function useAccess(): Access {
  const [access, setAccess] = useState(session.current);
  useEffect(() => session.subscribe(() => setAccess(session.current())), []);
  return access;
}

/** A project and everything about it, as it changes. */
export function useProject(id: string): Followed & { wake(): void } {
  const [state, setState] = useState(NOTHING);
  const follower = useRef<Follower | null>(null);
  const { entries } = useAccess();
  useEffect(() => {
    setState(NOTHING);
    const own = follow(id, setState);
    follower.current = own;
    return own.stop;
  }, [id, entries]);
  return { ...state, wake: useCallback(() => follower.current?.wake(), []) };
}

/**
 * An address the browser can show. With a token pictures are fetched and shown from memory, because an `img`
 * cannot send one; null until there is something to show.
 */
export function useMediaUrl(url: string | null): string | null {
  const { token, entries } = useAccess();
  const [blobUrl, setBlobUrl] = useState<string | null>(null);
  useEffect(() => {
    setBlobUrl(null);
    if (token === null || url === null) return;
    const gone = new AbortController();
    let made: string | undefined;
    send(url, { signal: gone.signal })
      .then((response) => response.blob())
      .then((blob) => {
        if (gone.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setBlobUrl(made);
      })
      .catch(() => undefined);
    return () => {
      gone.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [url, token, entries]);
  return token === null ? url : blobUrl;
}

/** What a new film may be; null until the server has said. */
export function useChoices(): ProviderOptions | null {
  const [choices, setChoices] = useState<ProviderOptions | null>(null);
  const { entries } = useAccess();
  useEffect(() => {
    const gone = new AbortController();
    // Without an answer the form offers what it knows itself, and the server says what it refuses.
    api.choices(gone.signal).then(setChoices, () => undefined);
    return () => gone.abort();
  }, [entries]);
  return choices;
}

/** Ms without typing before the server is asked again. */
const settleMs = 250;

export interface Priced {
  readonly estimate: Estimate | null;
  /** Why there is none. */
  readonly problem: string | null;
}

/** What a film would take, asked again whenever it changes; the old figures stay until there are new ones. */
export function useEstimate(film: FilmRequest | null): Priced {
  const [priced, setPriced] = useState<Priced>({ estimate: null, problem: null });
  const { entries } = useAccess();
  // Compared by content: every render makes a new object.
  const asked = film && JSON.stringify(film);
  useEffect(() => {
    if (film === null) return;
    const gone = new AbortController();
    const timer = setTimeout(() => {
      api.estimate(film, gone.signal).then(
        (estimate) => setPriced({ estimate, problem: null }),
        (error: unknown) => {
          if (!gone.signal.aborted) setPriced({ estimate: null, problem: messageOf(error) });
        },
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [asked, entries]);
  return priced;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface Action {
  readonly busy: boolean;
  readonly problem: string | null;
  run(work: () => Promise<unknown>): void;
}

/** Something a button starts: not twice at once, and with its failure in words. */
export function useAction(): Action {
  const [state, setState] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null });
  const underWay = useRef(new Set<object>());
  const run = useCallback((work: () => Promise<unknown>) => {
    if (underWay.current.size > 0) return;
    underWay.current.add(work);
    setState({ busy: true, problem: null });
    const end = (problem: string | null) => {
      underWay.current.clear();
      setState({ busy: false, problem });
    };
    work().then(
      () => end(null),
      (error: unknown) => end(messageOf(error)),
    );
  }, []);
  return { ...state, run };
}
