/** The access token of this tab. It is gone when the tab is closed and is never written anywhere else. */
const KEY = "vidpipe-token";

type Listener = () => void;
const listeners = new Set<Listener>();
let asking = false;
let entries = 0;

/** What the page knows about its own access. */
export interface Access {
  readonly token: string | null;
  /** The server wants a token, or refused the one it got. */
  readonly asking: boolean;
  /** Grows whenever a token is entered or forgotten: then all data is requested again, even with the same token. */
  readonly entries: number;
}

const current = (): Access => ({ token: sessionStorage.getItem(KEY), asking, entries });

export const session = {
  current,
  /** The server refused the token: ask the user for one. */
  refuse(): void {
    if (asking) return;
    asking = true;
    tell();
  },
  enter(token: string): void {
    sessionStorage.setItem(KEY, token);
    asking = false;
    entries++;
    tell();
  },
  /** Removes the token and everything that was seen or written with it. */
  leave(): void {
    sessionStorage.clear();
    asking = true;
    entries++;
    tell();
  },
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function tell(): void {
  for (const listener of [...listeners]) listener();
}
