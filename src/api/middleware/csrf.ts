import type { MiddlewareHandler } from "hono";
import { errorResponse } from "../error-response.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** `none` is the user's own doing, e.g. a bookmark; programs send no such header. */
const OWN_SITES = new Set(["same-origin", "none"]);

/** What pages of allowed origins may send and read. */
const CORS_HEADERS = {
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
  "Access-Control-Max-Age": "600",
} as const;
const READABLE_HEADERS = "ETag, Retry-After, X-Request-Id, Idempotency-Replayed";

/**
 * Refuses what another site's page makes a browser send. The Host header was checked before, so a page whose
 * Origin equals it is this server's own. Not hono/csrf, which only looks at form content types.
 */
export const csrf =
  (allowedOrigins: ReadonlySet<string>): MiddlewareHandler =>
  async (c, next) => {
    const { headers } = c.req.raw;
    if (!SAFE_METHODS.has(c.req.method) && !isOwnPage(headers) && !allowedOrigins.has(headers.get("origin") ?? ""))
      return errorResponse(
        "http.cross_site",
        "this request comes from another site's page, which may not change anything here",
      );
    await next();
  };

function isOwnPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && !OWN_SITES.has(site)) return false;
  const origin = headers.get("origin");
  const host = headers.get("host");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}

/**
 * Lets pages of `allowedOrigins` send requests and read the answers. Not hono/cors, which answers the preflights of
 * every other origin too.
 */
export const cors =
  (allowedOrigins: ReadonlySet<string>): MiddlewareHandler =>
  async (c, next) => {
    const origin = c.req.header("origin");
    if (origin === undefined || !allowedOrigins.has(origin)) return next();
    if (c.req.method === "OPTIONS") c.res = new Response(null, { status: 204, headers: CORS_HEADERS });
    else await next();
    c.res.headers.set("Access-Control-Allow-Origin", origin);
    c.res.headers.set("Access-Control-Expose-Headers", READABLE_HEADERS);
    c.res.headers.append("Vary", "Origin");
  };
