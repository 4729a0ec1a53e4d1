import { Hono } from "hono";
import { VidpipeError } from "../domain/errors.ts";
import type { Clock, Log, RandomSource } from "../ports/runtime.ts";
import type { Assets } from "../services/assets.ts";
import type { EditingService } from "../services/editing.ts";
import type { Idempotency } from "../services/idempotency.ts";
import type { Operations } from "../services/operations.ts";
import type { ProjectService } from "../services/projects.ts";
import type { ProjectTrash } from "../services/trash.ts";
import { API_HEADERS } from "./error-response.ts";
import { createEventHub } from "./events/event-hub.ts";
import { type AccessToken, type ApiEnv, createAccess } from "./middleware/auth.ts";
import { createIdempotentRequests } from "./middleware/idempotency.ts";
import { createGate } from "./middleware/pipeline.ts";
import { createRequestLog } from "./middleware/request-log.ts";
import { createNoRouteAnswer } from "./not-found.ts";
import { routesOf } from "./openapi/describe-route.ts";
import { referencePage } from "./openapi/docs-page.ts";
import { documentedRoutes, openApi } from "./openapi/openapi.ts";
import { assetRoutes } from "./routes/assets.ts";
import { editingRoutes } from "./routes/editing.ts";
import { eventRoutes } from "./routes/events.ts";
import { operationsRoutes } from "./routes/operations.ts";
import { projectRoutes } from "./routes/projects.ts";
import { referenceRoutes } from "./routes/references.ts";
import { trashRoutes } from "./routes/trash.ts";
import { createThumbnails } from "./thumbnails.ts";

/** The web page, served beside the API; undefined when a request is none of its files'. */
export interface PageSource {
  answer(request: Request): Promise<Response | undefined>;
}

export interface ApiDeps {
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly assets: Assets;
  readonly trash: ProjectTrash;
  readonly operations: Operations;
  readonly idempotency: Idempotency;
  /** What `/api/health` says. */
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Pick<RandomSource, "id">;
  /** Aborts when the server stops: streams end, waits are answered. */
  readonly stopping: AbortSignal;
  readonly settings?: Partial<ApiSettings>;
  readonly page?: PageSource;
}

/** Who may use the API, and how much of it. */
export interface ApiSettings {
  /** Without any, everybody who reaches the server may do everything. */
  readonly tokens: readonly AccessToken[];
  /** Origins of other sites whose pages may use the API, e.g. `https://films.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Requests of one token that change something, per minute. */
  readonly changesPerMinute: number;
  /** Projects that may be unfinished at once. */
  readonly maxActiveProjects: number;
  /** Clients that may watch at once. */
  readonly maxWatchers: number;
}

const USUAL: ApiSettings = {
  tokens: [],
  allowedOrigins: [],
  changesPerMinute: 600,
  maxActiveProjects: 500,
  maxWatchers: 1_024,
};

/** The HTTP API: v1's seven endpoints and what came after. The Host header is the server's business. */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const { version, page } = deps;
  const settings = { ...USUAL, ...deps.settings };
  const access = createAccess(settings.tokens);
  const requests = createRequestLog(deps);
  const book = new Hono<ApiEnv>();
  addRoutes(book, { ...deps, settings, isGuarded: access.isGuarded, answers: requests.answers });
  addReference(book, version);
  const behindGate = createGate({ ...deps, ...settings, access, requests });
  const api = new Hono<ApiEnv>();
  for (const { method, path, handler } of routesOf(book)) api.on(method, path, behindGate(handler));
  const noRoute = createNoRouteAnswer(book);
  // The page's files are for everybody: it asks for a token itself.
  api.notFound(behindGate((c) => noRoute(c.req.method, c.req.path), page?.answer));
  return api;
}

interface RouteDeps extends ApiDeps {
  readonly settings: ApiSettings;
  readonly isGuarded: boolean;
  readonly answers: ReadonlyMap<string, number>;
}

/** All routes. Its type is what the typed client is made from. */
export function addRoutes(api: Hono<ApiEnv>, deps: RouteDeps) {
  const { service, editing, assets, trash, operations, idempotency, clock, stopping, settings } = deps;
  const idempotent = createIdempotentRequests(idempotency);
  const feed = createEventHub({ service, clock, maxReaders: settings.maxWatchers });
  stopping.addEventListener("abort", () => feed.close(), { once: true });

  async function admit(): Promise<void> {
    if ((await operations.active()) < settings.maxActiveProjects) return;
    const message = `${settings.maxActiveProjects} projects are being made: wait until one is finished`;
    throw new VidpipeError("server.too_many", message, { retryAfterMs: 60_000 });
  }

  return api
    .route("/", operationsRoutes({ ...deps, feed }))
    .route("/api", projectRoutes({ service, idempotent, admit }))
    .route("/api", editingRoutes({ service, editing, assets, idempotent }))
    .route("/api", referenceRoutes({ service, editing }))
    .route("/api", assetRoutes({ service, assets, thumbnails: createThumbnails() }))
    .route("/api", eventRoutes({ service, feed, clock, stopping }))
    .route("/api", trashRoutes({ service, trash, operations }));
}

/** The reference of all routes that were added before, made when it is first asked for. */
function addReference(api: Hono<ApiEnv>, version: string): void {
  let made: { readonly spec: object; readonly html: string; readonly policy: string } | undefined;
  const reference = () => {
    if (made !== undefined) return made;
    const spec = openApi(documentedRoutes(api), version);
    made = { spec, ...referencePage(spec) };
    return made;
  };
  api.get("/api/openapi.json", (c) => c.json(reference().spec));
  api.get("/api/docs", (c) => {
    const { html, policy } = reference();
    return c.html(html, 200, { ...API_HEADERS, "Content-Security-Policy": policy });
  });
}
