import { type Context, Hono, type MiddlewareHandler } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { VidpipeError } from "../domain/errors.ts";
import type { Log } from "../ports/runtime.ts";
import type { Idempotency } from "../services/idempotency.ts";
import { API_HEADERS, errorResponse, failureResponse } from "./error-response.ts";
import { createEventHub } from "./events/event-hub.ts";
import { type AccessToken, type ApiEnv, auth, createAccess } from "./middleware/auth.ts";
import { requestBodyLimit } from "./middleware/body-limit.ts";
import { cors, csrf } from "./middleware/csrf.ts";
import { createIdempotentRequests } from "./middleware/idempotency.ts";
import { rateLimit } from "./middleware/rate-limit.ts";
import { representation } from "./middleware/representation.ts";
import { requestLog } from "./middleware/request-log.ts";
import { referencePage } from "./openapi/docs-page.ts";
import { openApiDocument } from "./openapi/document.ts";
import { assetRoutes } from "./routes/assets.ts";
import { editingRoutes } from "./routes/editing.ts";
import { eventRoutes } from "./routes/events.ts";
import { listRoutes } from "./routes/list.ts";
import { operationsRoutes } from "./routes/operations.ts";
import { projectRoutes } from "./routes/projects.ts";
import { referenceRoutes } from "./routes/references.ts";
import type { RouteDeps, RouteServices } from "./routes/route-deps.ts";
import { trashRoutes } from "./routes/trash.ts";

/** The web page, served beside the API; `answer` is undefined for every path that is not one of its files. */
export interface PageSource {
  answer(request: Request): Promise<Response | undefined>;
}

export interface ApiDeps extends RouteServices {
  readonly idempotency: Idempotency;
  readonly log: Log;
  readonly settings?: Partial<ApiSettings>;
  readonly page?: PageSource;
}

/** Access to the API and its limits. */
export interface ApiSettings {
  /** Without any, every client that reaches the server may do everything. */
  readonly tokens: readonly AccessToken[];
  /** Origins of other sites whose pages may use the API, e.g. `https://films.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Requests of one token that change something, per minute. */
  readonly changesPerMinute: number;
  /** Most unfinished projects at a time. */
  readonly maxActiveProjects: number;
  /** Most event stream clients at a time. */
  readonly maxWatchers: number;
}

const DEFAULT_SETTINGS: ApiSettings = {
  tokens: [],
  allowedOrigins: [],
  changesPerMinute: 600,
  maxActiveProjects: 500,
  maxWatchers: 1_024,
};

/** The HTTP API: v1's seven endpoints and what came after. The server checks the Host header before. */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const { version, page, clock, log } = deps;
  const settings = { ...DEFAULT_SETTINGS, ...deps.settings };
  const allowedOrigins = new Set(settings.allowedOrigins);
  const access = createAccess(settings.tokens);
  const answerCounts = new Map<string, number>();
  const idempotent = createIdempotentRequests(deps.idempotency, deps.service);
  const hub = createEventHub({ service: deps.service, clock, maxReaders: settings.maxWatchers });
  deps.stopping.addEventListener("abort", () => hub.close(), { once: true });

  async function admit(): Promise<void> {
    if ((await deps.operations.active()) < settings.maxActiveProjects) return;
    const message = `${settings.maxActiveProjects} projects are in progress: wait until one is finished, or raise server.max_active_projects`;
    throw new VidpipeError("server.too_many", message, { retryAfterMs: 60_000 });
  }

  const api = new Hono<ApiEnv>();
  api.use(requestLog({ ...deps, answerCounts }), securityHeaders);
  api.use(cors(allowedOrigins, log), csrf(allowedOrigins));
  if (page !== undefined) api.use(pageFiles(page));
  api.use(auth(access), rateLimit(settings.changesPerMinute, clock), requestBodyLimit(clock), representation);
  api.use(methodNotAllowed({ app: api, onMethodNotAllowed }));
  addRoutes(api, { ...deps, idempotent, hub, admit, isGuarded: access.isGuarded, answerCounts });
  addReference(api, version);
  api.notFound(() => errorResponse("http.not_found", "not found"));
  api.onError((error, c) =>
    failureResponse(error, log, { request: c.get("requestId"), method: c.req.method, path: c.req.path }),
  );
  return api;
}

/** Adds the security headers that an answer lacks; files and pages have values of their own for some of them. */
const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of Object.entries(API_HEADERS)) if (!headers.has(name)) headers.set(name, value);
};

/** Answers with the page's files. They need no token: the page asks for one itself. */
const pageFiles =
  (page: PageSource): MiddlewareHandler =>
  async (c, next) =>
    c.req.path.startsWith("/api/") ? next() : ((await page.answer(c.req.raw)) ?? next());

function onMethodNotAllowed({ req }: Context, methods: string[]): Response {
  const allowed = methods.join(", ");
  const detail = `${req.method} is not possible here, only ${allowed}`;
  return errorResponse("http.method_not_allowed", detail, { headers: { Allow: allowed } });
}

/** Adds all routes. The typed client is made from the type of what this returns. */
export function addRoutes(api: Hono<ApiEnv>, deps: RouteDeps) {
  return api
    .route("/", operationsRoutes(deps))
    .route("/api", listRoutes(deps))
    .route("/api", projectRoutes(deps))
    .route("/api", editingRoutes(deps))
    .route("/api", referenceRoutes(deps))
    .route("/api", assetRoutes(deps))
    .route("/api", eventRoutes(deps))
    .route("/api", trashRoutes(deps));
}

/** Adds the reference of all routes that were added before; it is made when it is first asked for. */
function addReference(api: Hono<ApiEnv>, version: string): void {
  const make = async () => {
    const document = await openApiDocument(api, version);
    return { document, page: referencePage(document) };
  };
  let made: ReturnType<typeof make> | undefined;
  const reference = () => (made ??= make());
  api.get("/api/openapi.json", async (c) => c.json((await reference()).document));
  api.get("/api/docs", async (c) => {
    const { html, policy } = (await reference()).page;
    return c.html(html, 200, { "Content-Security-Policy": policy });
  });
}
