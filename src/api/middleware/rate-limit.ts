import type { MiddlewareHandler } from "hono";
import { VidpipeError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/runtime.ts";
import { type ApiEnv, callerName } from "./auth.ts";

/**
 * A token bucket for each caller's requests that change something: `perMinute` of them, all at once if need be.
 * The caller is the access token's; forwarded addresses can be made up by anyone.
 * @throws VidpipeError server.too_many, from the middleware
 */
export function rateLimit(perMinute: number, clock: Clock): MiddlewareHandler<ApiEnv> {
  /** By caller: requests that may be made at once, and when that was so, monotonic ms. */
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const perMs = perMinute / 60_000;

  /** Ms until the next request may come; 0 when it may come now. */
  function waitMs(name: string): number {
    const nowMs = clock.monotonic();
    const before = buckets.get(name) ?? { tokens: perMinute, atMs: nowMs };
    const tokens = Math.min(perMinute, before.tokens + (nowMs - before.atMs) * perMs);
    buckets.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    return tokens >= 1 ? 0 : (1 - tokens) / perMs;
  }

  return async (c, next) => {
    const retryAfterMs = c.req.method === "GET" ? 0 : waitMs(callerName(c));
    if (retryAfterMs === 0) return next();
    throw new VidpipeError(
      "server.too_many",
      `more than ${perMinute} changes a minute: slow down, or raise server.changes_per_minute`,
      { retryAfterMs },
    );
  };
}
