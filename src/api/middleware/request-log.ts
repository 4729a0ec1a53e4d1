import type { MiddlewareHandler } from "hono";
import type { Clock, Log, RandomSource } from "../../ports/runtime.ts";
import { type ApiEnv, callerName } from "./auth.ts";

/** An id that a proxy gave a request, to find it again in both logs. */
const GIVEN_ID = /^[\w.-]{8,64}$/;

/** Classes of status, by their first digit. */
const STATUS_CLASSES = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

export interface RequestLogDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Pick<RandomSource, "id">;
  /** Answers since the start, by class of status (`2xx` and so on): counted here. */
  readonly answerCounts: Map<string, number>;
}

/** Gives every request an id, answers with it, counts the answer, and logs one line of what came and how it went. */
export const requestLog =
  ({ log, clock, random, answerCounts }: RequestLogDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const startedAt = clock.monotonic();
    const given = c.req.header("x-request-id");
    const id = given !== undefined && GIVEN_ID.test(given) ? given : random.id();
    c.set("requestId", id);
    await next();
    const { status, headers } = c.res;
    headers.set("X-Request-Id", id);
    const statusClass = STATUS_CLASSES[Math.floor(status / 100)] ?? "other";
    answerCounts.set(statusClass, (answerCounts.get(statusClass) ?? 0) + 1);
    const ms = Math.round((clock.monotonic() - startedAt) * 10) / 10;
    // Never the query: what is in it may be secret.
    log.info("request", { id, method: c.req.method, path: c.req.path, status, ms, caller: callerName(c) });
  };
