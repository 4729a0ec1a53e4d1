import type { Context } from "hono";
import type { Clock, Log } from "../../ports/runtime.ts";
import { API_HEADERS, answerFailure } from "../error-response.ts";
import type { RouteHandler } from "../openapi/describe-route.ts";
import { type Access, type ApiEnv, createAccessCheck } from "./auth.ts";
import { createBodyBounds } from "./body-limit.ts";
import { createOriginRule } from "./csrf.ts";
import { createRateLimit } from "./rate-limit.ts";
import type { RequestLog } from "./request-log.ts";

/** Paths that answer without a token; they tell nothing of anybody's films. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/api/health", "/api/ready", "/api/openapi.json", "/api/docs"]);

export interface GateDeps {
  readonly access: Access;
  readonly requests: RequestLog;
  readonly clock: Clock;
  readonly log: Log;
  /** See ApiSettings. */
  readonly allowedOrigins: readonly string[];
  readonly changesPerMinute: number;
}

/** What is for everybody and asked before all else; undefined when a request is not for it. */
type Open = (request: Request) => Promise<Response | undefined>;

/** Puts a route behind everything that a request must pass, and dresses its answer. */
export type Gate = (route: RouteHandler, open?: Open) => (c: Context<ApiEnv>) => Promise<Response>;

/**
 * What every request passes before its route: an id, whose page sent it, who sends it, how often, how long its body is;
 * and behind it: failures become answers, every answer gets its headers and its line in the log.
 * It wraps each route and is no step of Hono's chain: a chain costs every request several promises.
 */
export function createGate({ access, requests, clock, log, allowedOrigins, changesPerMinute }: GateDeps): Gate {
  const origins = createOriginRule(allowedOrigins);
  const mayEnter = createAccessCheck(access, OPEN_PATHS);
  const isSlowEnough = createRateLimit(changesPerMinute, clock);
  const withBody = createBodyBounds(clock);
  const refusalOf = (c: Context<ApiEnv>) => origins.check(c) ?? mayEnter(c) ?? isSlowEnough(c);

  async function answerOf(c: Context<ApiEnv>, route: RouteHandler, open: Open | undefined): Promise<Response> {
    try {
      const early = (open && (await open(c.req.raw))) ?? refusalOf(c);
      if (early !== undefined) return early;
      return await (c.req.method === "GET" ? route(c) : withBody(c, () => route(c)));
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      return answerFailure(error, log, { request: c.get("requestId"), method: c.req.method, path: c.req.path });
    }
  }

  return (route, open) => async (c) => {
    const startedAt = requests.begin(c);
    const answer = await answerOf(c, route, open);
    dress(answer.headers);
    origins.finish(c, answer.headers);
    requests.end(c, answer, startedAt);
    return answer;
  };
}

const HEADERS = Object.entries(API_HEADERS);

/** Files, streams and refusals bring these headers, some of them with a value of their own. */
function dress(headers: Headers): void {
  if (headers.has("X-Content-Type-Options")) return;
  for (const [name, value] of HEADERS) headers.set(name, value);
}
