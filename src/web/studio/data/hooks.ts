import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ProviderOptions } from "./api-types.ts";
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

/**
 * What the server answers, asked again when `about` changes; null until the first answer. A request that fails changes
 * nothing, and `ask` null asks nothing.
 */
export function useAnswer<T>(ask: ((signal: AbortSignal) => Promise<T>) | null, about: readonly unknown[]): T | null {
  const [answer, setAnswer] = useState<T | null>(null);
  const { entries } = useAccess();
  useEffect(() => {
    if (ask === null) return;
    const gone = new AbortController();
    ask(gone.signal).then(
      (given) => setAnswer(() => given),
      () => undefined,
    );
    return () => gone.abort();
  }, [...about, entries]);
  return answer;
}

/** The options for a new film. Until they are known the form offers its own, and the server says what it refuses. */
export const useChoices = (): ProviderOptions | null => useAnswer(api.choices, []);

/** Ms without typing before the server is asked again. */
const settleMs = 250;

/** What the server says of what was typed so far, or why it says nothing. */
export interface Preview<T> {
  readonly answer: T | null;
  readonly problem: string | null;
}

/** Asks the server whenever `asked` changes, after a pause; the old answer stays until there is a new one. */
export function usePreview<Q, T>(asked: Q | null, ask: (asked: Q, signal: AbortSignal) => Promise<T>): Preview<T> {
  const [state, setState] = useState<Preview<T>>({ answer: null, problem: null });
  const { entries } = useAccess();
  // Compared by content: every render makes a new object.
  const text = asked && JSON.stringify(asked);
  useEffect(() => {
    if (asked === null) return setState({ answer: null, problem: null });
    const gone = new AbortController();
    const timer = setTimeout(() => {
      ask(asked, gone.signal).then(
        (answer) => setState({ answer, problem: null }),
        (error: unknown) => {
          if (!gone.signal.aborted) setState({ answer: null, problem: messageOf(error) });
        },
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [text, entries]);
  return state;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface ActionState {
  readonly busy: boolean;
  readonly problem: string | null;
}

export interface Action extends ActionState {
  run(work: () => Promise<unknown>): void;
}

/** Something a button starts: not twice at once, and with its failure in words. */
export function useAction(): Action {
  const [state, setState] = useState<ActionState>({ busy: false, problem: null });
  const running = useRef<Promise<void> | null>(null);
  const end = (problem: string | null) => {
    running.current = null;
    setState({ busy: false, problem });
  };
  const run = (work: () => Promise<unknown>) => {
    if (running.current !== null) return;
    setState({ busy: true, problem: null });
    running.current = work().then(
      () => end(null),
      (error: unknown) => end(messageOf(error)),
    );
  };
  return { ...state, run };
}

/**
 * An action that may cost money. After a lost answer the same request has the same key, so that it is bought once;
 * after an answer it is a new decision with a new key.
 */
export function usePurchase() {
  const action = useAction();
  const keys = useRef(new Map<string, string>());
  const buy = (request: object, send: (key: string) => Promise<unknown>) =>
    action.run(async () => {
      const text = JSON.stringify(request);
      const key = keys.current.get(text) ?? randomKey();
      keys.current.set(text, key);
      await send(key);
      keys.current.clear();
    });
  return { ...action, buy };
}

/** 128 bits in hexadecimal; `randomUUID` is missing where the page comes over plain http from another machine. */
const randomKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
