import type { Context } from "hono";
import type { Clock, Log, RandomSource } from "../../ports/runtime.ts";
import { type ApiEnv, callerName } from "./auth.ts";

/** An id that a proxy gave a request, to find it again in both logs. */
const GIVEN_ID = /^[\w.-]{8,64}$/;

/** Classes of status, by their first digit. */
const OUTCOMES = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Gives every request an id, answers with it, counts, and logs one line of what came and how it went. */
export interface RequestLog {
  /** Returns when it began, monotonic ms. */
  begin(c: Context<ApiEnv>): number;
  end(c: Context<ApiEnv>, answer: Response, startedAt: number): void;
  /** Answers since the start, by class of status: `2xx` and so on. */
  readonly answers: ReadonlyMap<string, number>;
}

export interface RequestLogDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Pick<RandomSource, "id">;
}

export function createRequestLog({ log, clock, random }: RequestLogDeps): RequestLog {
  const answers = new Map<string, number>();
  return {
    answers,
    begin(c) {
      const given = c.req.header("x-request-id");
      const id = given !== undefined && GIVEN_ID.test(given) ? given : random.id();
      c.set("requestId", id);
      return clock.monotonic();
    },
    end(c, { status, headers }, startedAt) {
      const id = c.get("requestId");
      headers.set("X-Request-Id", id);
      const outcome = OUTCOMES[Math.floor(status / 100)] ?? "other";
      answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
      const ms = Math.round((clock.monotonic() - startedAt) * 10) / 10;
      // Never the query: what is in it may be secret.
      log.info("request", { id, method: c.req.method, path: c.req.path, status, ms, caller: callerName(c) });
    },
  };
}
