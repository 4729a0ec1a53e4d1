import type { MiddlewareHandler } from "hono";
import { API_HEADERS, refusal } from "./refusal.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** `none` is the user's own doing, e.g. a bookmark; programs send no such header. */
const OWN_SITES = new Set(["same-origin", "none"]);

/** What pages of allowed origins may send and read. */
const CORS_HEADERS = {
  "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
  "Access-Control-Max-Age": "600",
} as const;
const READABLE_HEADERS = "ETag, Retry-After, X-Request-Id, Idempotency-Replayed";

/**
 * Refuses what another site's page makes a browser send. The Host header was checked before, so a page whose
 * Origin equals it is this server's own. hono/csrf only looks at form content types.
 * Pages of `allowedOrigins` may do what the user could; nobody else gets a CORS header.
 */
export function sameOrigin(allowedOrigins: readonly string[] = []): MiddlewareHandler {
  const allowed = new Set(allowedOrigins);
  return async (c, next) => {
    const origin = c.req.header("origin") ?? "";
    const isFriend = allowed.has(origin);
    if (isFriend && c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined)
      return new Response(null, {
        status: 204,
        headers: { ...API_HEADERS, ...CORS_HEADERS, ...originHeaders(origin) },
      });
    if (!SAFE_METHODS.has(c.req.method) && !isFriend && !comesFromHere(c.req.raw.headers))
      return refusal(403, "this request comes from another site's page, which may not change anything here");
    await next();
    if (isFriend) for (const [name, value] of Object.entries(originHeaders(origin))) c.res.headers.set(name, value);
  };
}

const originHeaders = (origin: string) => ({
  "Access-Control-Allow-Origin": origin,
  "Access-Control-Expose-Headers": READABLE_HEADERS,
  Vary: "Origin",
});

function comesFromHere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && !OWN_SITES.has(site)) return false;
  const origin = headers.get("origin");
  const host = headers.get("host");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}
