import type { Context } from "hono";
import { API_HEADERS, refusal } from "../error-response.ts";

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

/** Whose pages may do what. */
export interface OriginRule {
  /** The answer to what another site's page makes a browser send, and to preflights of those that may. */
  check(c: Context): Response | undefined;
  /** Lets a page of an allowed origin read an answer with these headers. */
  finish(c: Context, headers: Headers): void;
}

/**
 * Refuses what another site's page makes a browser send. The Host header was checked before, so a page whose
 * Origin equals it is this server's own. hono/csrf only looks at form content types.
 * Pages of `allowedOrigins` may do what the user could; nobody else gets a CORS header.
 */
export function createOriginRule(allowedOrigins: readonly string[]): OriginRule {
  const allowed = new Set(allowedOrigins);
  const friendOf = (c: Context): string | undefined => {
    if (allowed.size === 0) return undefined;
    const origin = c.req.header("origin") ?? "";
    return allowed.has(origin) ? origin : undefined;
  };
  return {
    check(c) {
      const friend = friendOf(c);
      if (friend === undefined && !SAFE_METHODS.has(c.req.method) && !comesFromHere(c.req.raw.headers))
        return refusal(403, "this request comes from another site's page, which may not change anything here");
      if (friend === undefined || c.req.method !== "OPTIONS") return undefined;
      return new Response(null, { status: 204, headers: { ...API_HEADERS, ...CORS_HEADERS } });
    },
    finish(c, headers) {
      const friend = friendOf(c);
      if (friend === undefined) return;
      headers.set("Access-Control-Allow-Origin", friend);
      headers.set("Access-Control-Expose-Headers", READABLE_HEADERS);
      headers.append("Vary", "Origin");
    },
  };
}

function comesFromHere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && !OWN_SITES.has(site)) return false;
  const origin = headers.get("origin");
  const host = headers.get("host");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}
