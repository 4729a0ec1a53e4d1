import { hc } from "hono/client";
import type { ApiRoutes } from "../../../api/client.ts";
import type { FilmRequest, ListPage, ProjectStatus, ResumeChoice } from "./api-types.ts";
import { session } from "./session.ts";

/** The server refused a request. `message` is its own text for the user. */
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
    super("The server cannot be reached. Films in progress continue on the server.", { cause });
  }
}

export const projectUrl = (id: string): string => `/api/projects/${encodeURIComponent(id)}`;

/** Addresses of a project's pictures; scenes count from 0. */
export const mediaUrl = {
  /** `width`: of a thumbnail, pixels. */
  still: (id: string, scene: number, end: "start" | "end", width?: number): string =>
    `${projectUrl(id)}/scenes/${scene}/${end}.png${width === undefined ? "" : `?w=${width}`}`,
  clip: (id: string, scene: number): string => `${projectUrl(id)}/scenes/${scene}/clip.mp4`,
  /** The newest film, also while another one is being made. */
  film: (id: string): string => `${projectUrl(id)}/film.mp4`,
  events: (id: string): string => `${projectUrl(id)}/events`,
};

/** The changes of the list of films. */
export const eventsUrl = "/api/events";

/** One request with the session's token. @throws Refusal, Unreachable; a DOMException when `signal` aborts */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  const { token } = session.current();
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new Unreachable(cause);
  });
  return accepted(response);
}

/** An answer that is no refusal. @throws Refusal */
export async function accepted(response: Response): Promise<Response> {
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

/** The routes of this page's own server. It has the same version, so its answers are not checked. */
const routes = hc<ApiRoutes>("", {
  fetch: (input: RequestInfo | URL, init?: RequestInit) => send(String(input), init),
}).api;
/** The routes of one project. */
export const projectRoutes = routes.projects[":id"];
/** The project in a path. */
export const withId = (id: string) => ({ param: { id: encodeURIComponent(id) } });

/** Options of a request: its signal, and the key that makes what costs money be bought once. */
export const sending = ({ signal, key }: { readonly signal?: AbortSignal | undefined; readonly key?: string }) => ({
  ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
  ...(signal !== undefined && { init: { signal } }),
});

/** The content of an answer. */
export const read = async <T>(answer: Promise<{ json(): Promise<T> }>): Promise<T> => (await answer).json();

/** An answer that this page has no use for. */
export const expected = (status: number): never => {
  throw new Error(`The server answered with another status than ${status}.`);
};

/** The body for a film. Its storyboard may come from a file, so its type is not known to hono's client. */
const filmBody = ({ storyboard, ...film }: FilmRequest) => ({
  json: film,
  init: { body: JSON.stringify({ ...film, ...(storyboard && { storyboard }) }) },
});

/** Which page of the list. */
interface ListQuery {
  readonly limit: number;
  readonly cursor: string | null;
  readonly words: string;
  readonly statuses: readonly ProjectStatus[] | null;
}

export const api = {
  async list({ limit, cursor, words, statuses }: ListQuery, signal: AbortSignal): Promise<ListPage> {
    const query = {
      limit: String(limit),
      ...(cursor !== null && { cursor }),
      ...(words !== "" && { q: words }),
      ...(statuses !== null && { status: statuses.join(",") }),
    };
    const answer = await (await routes.projects.$get({ query }, sending({ signal }))).json();
    // Asked with a limit, it answers a page and not v1's bare list.
    return Array.isArray(answer) ? { projects: [], next_cursor: null, counts: {} } : answer;
  },
  project: (id: string, signal: AbortSignal) => read(projectRoutes.$get(withId(id), sending({ signal }))),
  storyboard: (id: string, signal: AbortSignal) => read(projectRoutes.storyboard.$get(withId(id), sending({ signal }))),
  choices: (signal: AbortSignal) => read(routes.choices.$get({}, sending({ signal }))),
  estimate(film: FilmRequest, signal: AbortSignal) {
    const { json, init } = filmBody(film);
    return read(routes.estimate.$post({ json }, { init: { ...init, signal } }));
  },
  generate(film: FilmRequest, key: string) {
    const { json, init } = filmBody(film);
    return read(routes.generate.$post({ json }, { ...sending({ key }), init }));
  },
  async resume(id: string, json: ResumeChoice, key: string) {
    const answer = await projectRoutes.resume.$post({ ...withId(id), json }, sending({ key }));
    return answer.status === 202 ? answer.json() : expected(202);
  },
  /** What resuming with this choice would buy, and the cap it would set; buys nothing. */
  async resumeOffer(id: string, choice: ResumeChoice, signal: AbortSignal) {
    const json = { ...choice, dry_run: true };
    const answer = await projectRoutes.resume.$post({ ...withId(id), json }, sending({ signal }));
    return answer.status === 200 ? answer.json() : expected(200);
  },
  cancel: (id: string) => read(projectRoutes.cancel.$post({ ...withId(id), json: {} })),
  stitch: (id: string, crossfade: number) => read(projectRoutes.stitch.$post({ ...withId(id), json: { crossfade } })),
  discard: (id: string) => read(projectRoutes.$delete(withId(id))),
  restore: (id: string) => read(projectRoutes.restore.$post({ ...withId(id), json: {} })),
};
