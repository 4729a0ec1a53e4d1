import type { MiddlewareHandler } from "hono";
import { quote } from "../../domain/refusal.ts";
import { howToSet, ORIGIN, variableOf } from "../../domain/settings.ts";
import type { Log } from "../../ports/runtime.ts";
import { errorResponse } from "../error-response.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** `none` is the user's own doing, e.g. a bookmark; programs send no such header. */
const OWN_SITES = new Set(["same-origin", "none"]);
const KEY = "server.allowed_origins";

/** What pages of allowed origins may send, unless they say what they want to send. */
const USUAL_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Range";
const HEADER_LIST = /^[\w-]{1,60}(?:\s*,\s*[\w-]{1,60}){0,30}$/;
/** What they may read beside what every page may. */
const READABLE_HEADERS =
  "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Idempotency-Replayed, Retry-After, X-Request-Id";

/**
 * Refuses what another site's page makes a browser send. The Host header was checked before, so a page whose
 * Origin equals it is this server's own. Not hono/csrf, which only looks at form content types.
 */
export const csrf =
  (allowedOrigins: ReadonlySet<string>): MiddlewareHandler =>
  async (c, next) => {
    const { headers } = c.req.raw;
    if (!SAFE_METHODS.has(c.req.method) && !isOwnPage(headers) && !allowedOrigins.has(headers.get("origin") ?? ""))
      return errorResponse("http.cross_site", refusalOf(headers, allowedOrigins));
    await next();
  };

function isOwnPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  return (site === null || OWN_SITES.has(site)) && isOwnOrigin(headers);
}

function isOwnOrigin(headers: Headers): boolean {
  const origin = headers.get("origin");
  const host = headers.get("host");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}

/** Why a page may not, and what its owner can do about it. */
function refusalOf(headers: Headers, allowed: ReadonlySet<string>): string {
  const origin = headers.get("origin");
  const may = "may not change anything here";
  if (isOwnOrigin(headers) || origin === null) {
    const site = quote(headers.get("sec-fetch-site"));
    return `this request comes from another site's page (Sec-Fetch-Site: ${site}), which ${may}: send it from this server's own page, or ${addTo(allowed, "http://localhost:5173")} if that is the origin of your page`;
  }
  if (!ORIGIN.test(origin))
    return `this request comes from a page without an address of its own (Origin: ${quote(origin)}), which ${may}: serve the page over http, then ${addTo(allowed, "http://localhost:5173")} if that is its origin`;
  return `this request comes from a page of ${origin}, which ${may}: if the page is yours, ${addTo(allowed, origin)} and start the server again`;
}

const addTo = (allowed: ReadonlySet<string>, origin: string): string =>
  allowed.size === 0
    ? howToSet(KEY, origin)
    : `add ${origin} to ${KEY} (environment: ${variableOf(KEY)}, separated by commas)`;

/** Most origins that a log tells of: pages can make up any number. */
const MAX_TOLD = 20;

/**
 * Lets pages of `allowedOrigins` send requests and read the answers, and show pictures and films in their own elements.
 * Not hono/cors, which answers the preflights of every other origin too. The browser hides an answer from a page of
 * another origin, so the log tells the server's owner, once for each.
 */
export function cors(allowedOrigins: ReadonlySet<string>, log: Pick<Log, "warn">): MiddlewareHandler {
  const told = new Set<string>();
  function tell(headers: Headers): void {
    const origin = headers.get("origin") ?? "";
    if (isOwnOrigin(headers) || !ORIGIN.test(origin) || told.has(origin) || told.size >= MAX_TOLD) return;
    told.add(origin);
    log.warn(`a page of ${origin} cannot use this server: if the page is yours, ${addTo(allowedOrigins, origin)}`);
  }

  return async (c, next) => {
    const { headers } = c.req.raw;
    const origin = headers.get("origin");
    const isPreflight = c.req.method === "OPTIONS" && headers.has("access-control-request-method");
    if (origin !== null && allowedOrigins.has(origin)) {
      if (isPreflight) c.res = new Response(null, { status: 204, headers: preflightHeaders(headers) });
      else await next();
      letRead(c.res.headers, origin);
      return;
    }
    tell(headers);
    if (isPreflight && !isOwnOrigin(headers))
      return errorResponse("http.cross_site", refusalOf(headers, allowedOrigins));
    await next();
    if (origin === null && allowedOrigins.has(originOf(headers.get("referer")))) letShow(c.res.headers);
  };
}

/** Lets the scripts of a page read an answer. */
function letRead(headers: Headers, origin: string): void {
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Access-Control-Expose-Headers", READABLE_HEADERS);
  headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  headers.append("Vary", "Origin");
}

/**
 * Lets the elements of a page show a picture or a film. They send no Origin, but the page's address as the referrer; no
 * page can make its browser name another one.
 */
function letShow(headers: Headers): void {
  headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  headers.append("Vary", "Referer");
}

/** A page that was named may send any header: none of them gives it more than its requests have. */
function preflightHeaders(headers: Headers): Readonly<Record<string, string>> {
  const wanted = headers.get("access-control-request-headers") ?? "";
  return {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": HEADER_LIST.test(wanted) ? wanted : USUAL_HEADERS,
    "Access-Control-Max-Age": "600",
  };
}

const originOf = (referer: string | null): string => (referer === null ? "" : (URL.parse(referer)?.origin ?? ""));
