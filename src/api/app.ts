import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { Director } from "../director.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { Keeper } from "../keeper.ts";
import type { Chance, Clock, Log } from "../ports.ts";
import type { Service } from "../service.ts";
import { type Access, type AccessToken, type ApiEnv, createAccess, createAccessCheck } from "./access.ts";
import { createBodyBounds } from "./body-bounds.ts";
import { directorRoutes } from "./director-routes.ts";
import { createEventFeed } from "./event-feed.ts";
import { galleryRoutes } from "./gallery-routes.ts";
import { housekeepingRoutes } from "./housekeeping-routes.ts";
import { liveRoutes } from "./live-routes.ts";
import { createNoRouteAnswer } from "./methods.ts";
import { documentedRoutes, openApi } from "./openapi.ts";
import { operationsRoutes } from "./operations-routes.ts";
import { pictureRoutes } from "./picture-routes.ts";
import { createPurchases } from "./purchases.ts";
import { createRateLimit } from "./rate-limit.ts";
import { referencePage } from "./reference.ts";
import { API_HEADERS, answerFailure } from "./refusal.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { isOnlyDoc } from "./route-doc.ts";
import { projectRoutes } from "./routes.ts";
import { createOriginRule } from "./same-origin.ts";
import { createThumbnails } from "./thumbnails.ts";

/** The web page, served beside the API; undefined when a request is none of its files'. */
export interface PageSource {
  answer(request: Request): Promise<Response | undefined>;
}

export interface ApiDeps {
  readonly service: Service;
  readonly director: Director;
  readonly keeper: Keeper;
  /** What `/api/health` says. */
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly chance: Pick<Chance, "id">;
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

/** Paths that answer without a token; they tell nothing of anybody's films. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/api/health", "/api/ready", "/api/openapi.json", "/api/docs"]);

/** The HTTP API: v1's seven endpoints and what came after. The Host header is the server's business. */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const { version, log } = deps;
  const settings = { ...USUAL, ...deps.settings };
  const access = createAccess(settings.tokens);
  const requests = createRequestLog(deps);
  const book = new Hono<ApiEnv>();
  addRoutes(book, { ...deps, settings, isGuarded: access.isGuarded, answers: requests.answers });
  addReference(book, version);
  const api = new Hono<ApiEnv>();
  api.use(createGate({ ...deps, settings, access, requests }));
  api.on(["POST", "PUT", "PATCH", "DELETE"], "*", createBodyBounds(deps.clock));
  // Handlers that only describe a route stay in the book: each would cost every request a promise.
  for (const { method, path, handler } of book.routes) if (!isOnlyDoc(handler)) api.on(method, path, handler);
  const noRoute = createNoRouteAnswer(book);
  api.notFound((c) => noRoute(c.req.method, c.req.path));
  api.onError((error, c) =>
    answerFailure(error, log, { request: c.get("requestId"), method: c.req.method, path: c.req.path }),
  );
  return api;
}

interface GateDeps extends ApiDeps {
  readonly settings: ApiSettings;
  readonly access: Access;
  readonly requests: RequestLog;
}

/** What every request passes before its route. One step of Hono's chain, not six: each costs every request a promise. */
function createGate({ settings, access, requests, clock, page }: GateDeps): MiddlewareHandler<ApiEnv> {
  const origins = createOriginRule(settings.allowedOrigins);
  const mayEnter = createAccessCheck(access, OPEN_PATHS);
  const isSlowEnough = createRateLimit(settings.changesPerMinute, clock);
  const headers = Object.entries(API_HEADERS);
  const refusalOf = (c: Context<ApiEnv>) => origins.check(c) ?? mayEnter(c) ?? isSlowEnough(c);
  return async (c, next) => {
    const startedAt = requests.begin(c);
    // Set before, not after: that is cheaper. What is no JSON brings these headers itself.
    for (const [name, value] of headers) c.header(name, value);
    const answer = c.req.path.startsWith("/api/") ? refusalOf(c) : ((await page?.answer(c.req.raw)) ?? refusalOf(c));
    if (answer === undefined) await next();
    else c.res = answer;
    origins.finish(c);
    requests.end(c, startedAt);
  };
}

interface RouteDeps extends ApiDeps {
  readonly settings: ApiSettings;
  readonly isGuarded: boolean;
  readonly answers: ReadonlyMap<string, number>;
}

/** All routes. Its type is what the typed client is made from. */
export function addRoutes(api: Hono<ApiEnv>, deps: RouteDeps) {
  const { service, director, keeper, clock, stopping, settings } = deps;
  const purchases = createPurchases(keeper);
  const feed = createEventFeed({ service, clock, maxReaders: settings.maxWatchers });
  stopping.addEventListener("abort", () => feed.close(), { once: true });

  async function admit(): Promise<void> {
    if ((await keeper.active()) < settings.maxActiveProjects) return;
    const message = `${settings.maxActiveProjects} projects are being made: wait until one is finished`;
    throw new VidpipeError("server.too_many", message, { retryAfterMs: 60_000 });
  }

  return api
    .route("/", operationsRoutes({ ...deps, feed }))
    .route("/api", projectRoutes({ service, purchases, admit }))
    .route("/api", directorRoutes({ service, director, keeper, purchases }))
    .route("/api", pictureRoutes({ service, director }))
    .route("/api", galleryRoutes({ service, keeper, thumbnails: createThumbnails() }))
    .route("/api", liveRoutes({ service, feed, clock, stopping }))
    .route("/api", housekeepingRoutes({ service, keeper }));
}

/** The reference of all routes that were added before, made when it is first asked for. */
function addReference(api: Hono<ApiEnv>, version: string): void {
  let made: { readonly spec: object; readonly html: string; readonly policy: string } | undefined;
  const reference = () => {
    if (made !== undefined) return made;
    const routes = documentedRoutes(api);
    const spec = openApi(routes, version);
    made = { spec, ...referencePage(routes, spec) };
    return made;
  };
  api.get("/api/openapi.json", (c) => c.json(reference().spec));
  api.get("/api/docs", (c) => c.html(reference().html, 200, { "Content-Security-Policy": reference().policy }));
}
