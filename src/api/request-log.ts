import type { MiddlewareHandler } from "hono";
import type { Chance, Clock, Log } from "../ports.ts";
import type { ApiEnv } from "./access.ts";

/** An id that a proxy gave a request, to find it again in both logs. */
const GIVEN_ID = /^[\w.-]{8,64}$/;

/** Gives every request an id, answers with it and logs one line of what came and how it went. Never the query. */
export function requestLog(deps: {
  readonly log: Log;
  readonly clock: Clock;
  readonly chance: Pick<Chance, "id">;
  /** Counts answers by class of status. */
  readonly answers: Map<string, number>;
}): MiddlewareHandler<ApiEnv> {
  const { log, clock, chance, answers } = deps;
  return async (c, next) => {
    const given = c.req.header("x-request-id") ?? "";
    const id = GIVEN_ID.test(given) ? given : chance.id();
    c.set("requestId", id);
    c.header("X-Request-Id", id);
    const startedAtMs = clock.monotonic();
    await next();
    if (!c.res.headers.has("X-Request-Id")) c.res.headers.set("X-Request-Id", id);
    const outcome = `${Math.floor(c.res.status / 100)}xx`;
    answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
    log.info("request", {
      id,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round((clock.monotonic() - startedAtMs) * 10) / 10,
      caller: c.get("caller")?.name ?? null,
    });
  };
}
