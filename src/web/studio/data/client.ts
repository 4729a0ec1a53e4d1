import type {
  Accepted,
  Discarded,
  Estimate,
  FilmRequest,
  ListedFilm,
  Project,
  ProviderOptions,
  ResumeChoice,
  Storyboard,
} from "./api-types.ts";
import { session } from "./session.ts";

/** The server answered, and said no. `message` is its own line for the user. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The server could not be reached. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  constructor(cause: unknown) {
    super("The server cannot be reached. Films go on being made where it runs.", { cause });
  }
}

export interface ListPage {
  readonly projects: readonly ListedFilm[];
  /** Where the next page starts; null on the last one. */
  readonly next_cursor: string | null;
}

export const projectUrl = (id: string): string => `/api/projects/${encodeURIComponent(id)}`;

/** Addresses of a project's pictures; scenes count from 0. */
export const mediaUrl = {
  /** `width` asks for a thumbnail of so many pixels. */
  still: (id: string, scene: number, end: "start" | "end", width?: number): string =>
    `${projectUrl(id)}/scenes/${scene}/${end}.png${width === undefined ? "" : `?w=${width}`}`,
  clip: (id: string, scene: number): string => `${projectUrl(id)}/scenes/${scene}/clip.mp4`,
  /** The newest film, also while another one is being made. */
  film: (id: string): string => `${projectUrl(id)}/film.mp4`,
  events: (id: string): string => `${projectUrl(id)}/events`,
};

/** One request with the session's token. @throws Refusal, Unreachable; a DOMException when `signal` aborts */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  const { token } = session.current();
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new Unreachable(cause);
  });
  if (response.ok) return response;
  if (response.status === 401) session.refuse();
  throw new Refusal(response.status, await detailOf(response));
}

async function detailOf(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => null);
  if (typeof answer === "object" && answer !== null && "detail" in answer && typeof answer.detail === "string")
    return answer.detail;
  return `The server answered with ${response.status}.`;
}

/** The API is this page's own server, of the same version: its answers are taken at their word. */
export async function read<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await send(url, init);
  return (await response.json()) as T;
}

export function post<T>(
  url: string,
  body: object,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<T> {
  return read<T>(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

/** Keys of what is being bought: the same request has the same key, so that sending it twice buys once. */
export interface IdempotentRequests {
  keyOf(request: object): string;
}

export function createIdempotentRequests(): IdempotentRequests {
  const keys = new Map<string, string>();
  return {
    keyOf(request) {
      const text = JSON.stringify(request);
      const key = keys.get(text) ?? randomKey();
      keys.set(text, key);
      return key;
    },
  };
}

/** 128 bits in hexadecimal; `randomUUID` is missing where the page comes over plain http from another machine. */
const randomKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const api = {
  list: (limit: number, cursor: string | null, signal: AbortSignal) =>
    read<ListPage>(`/api/projects?${new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) })}`, {
      signal,
    }),
  project: (id: string, signal: AbortSignal) => read<Project>(projectUrl(id), { signal }),
  storyboard: (id: string, signal: AbortSignal) => read<Storyboard>(`${projectUrl(id)}/storyboard`, { signal }),
  choices: (signal: AbortSignal) => read<ProviderOptions>("/api/choices", { signal }),
  estimate: (film: FilmRequest, signal: AbortSignal) => post<Estimate>("/api/estimate", film, {}, signal),
  generate: (film: FilmRequest, key: string) => post<Accepted>("/api/generate", film, { "Idempotency-Key": key }),
  resume: (id: string, choice: ResumeChoice, key: string) =>
    post<Accepted>(`${projectUrl(id)}/resume`, choice, { "Idempotency-Key": key }),
  cancel: (id: string) => post<Accepted>(`${projectUrl(id)}/cancel`, {}),
  stitch: (id: string, crossfade: number) => post<Accepted>(`${projectUrl(id)}/stitch`, { crossfade }),
  discard: (id: string) => read<Discarded>(projectUrl(id), { method: "DELETE" }),
  restore: (id: string) => post<Accepted>(`${projectUrl(id)}/restore`, {}),
};
