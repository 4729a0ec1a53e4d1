import type { TypedResponse } from "hono";
import { type Context, Hono } from "hono";
import type { JSONParsed } from "hono/utils/types";
import { isSettled } from "../../domain/lifecycle.ts";
import type { Clock } from "../../ports/runtime.ts";
import type { StatusRow } from "../../ports/server.ts";
import type { ProjectService } from "../../services/projects.ts";
import { API_HEADERS, refusal } from "../error-response.ts";
import type { EventHub } from "../events/event-hub.ts";
import { connectionOf } from "../middleware/connection.ts";
import { described } from "../openapi/describe-route.ts";
import { EventsQuery, projectIdOf, query, StatusQuery } from "../schemas/query.ts";
import { StatusAnswer, statusAnswer } from "../schemas/responses.ts";

export interface EventDeps {
  readonly service: ProjectService;
  readonly feed: EventHub;
  readonly clock: Clock;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** How a project stands, as it changes. */
export function eventRoutes({ service, feed, clock, stopping }: EventDeps) {
  /** How it stands once its status is another than at first, or the time is over. */
  async function awaitChange(c: Context, first: StatusRow, seconds: number): Promise<StatusRow> {
    // The wait has its own end; the server's idle time is shorter.
    connectionOf(c).setIdleTimeout(0);
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, c.req.raw.signal, stopping]);
    void clock.sleep(seconds * 1_000, signal).then(() => over.abort());
    let last: StatusRow = first;
    try {
      for await (const { project } of service.watch(first.id, signal)) {
        last = project;
        if (project.status !== first.status) break;
      }
    } finally {
      over.abort();
    }
    return last;
  }

  return new Hono()
    .get(
      "/projects/:id/status",
      described("How a project stands; with `wait`, when that changes", { 200: StatusAnswer }),
      query(StatusQuery),
      async (c) => {
        const first = await service.status(await projectIdOf(service, c.req.param("id")));
        const { wait = 0, known = first.status } = c.req.valid("query");
        const waits = wait > 0 && known === first.status && !isSettled(first.status);
        return writtenJson(waits ? await awaitChange(c, first, wait) : first, statusAnswer);
      },
    )
    .get(
      "/projects/:id/events",
      described("What happens to a project, as server-sent events", { 200: "text/event-stream" }),
      query(EventsQuery),
      async (c) => {
        const id = await projectIdOf(service, c.req.param("id"));
        await service.status(id);
        const after = lastEventId(c.req.header("last-event-id")) ?? c.req.valid("query").after ?? 0;
        const line = connectionOf(c);
        // A reader whose socket is full would be kept for ever by the endless idle time: let it run out.
        const stream = feed.open(id, after, () => line.setIdleTimeout(1));
        if (stream === undefined)
          return refusal(503, "too many clients are watching; ask for the status with ?wait=30 instead", {
            "Retry-After": "10",
          });
        line.setIdleTimeout(0);
        return new Response(stream, { headers: STREAM_HEADERS });
      },
    );
}

const STREAM_HEADERS = {
  ...API_HEADERS,
  "Content-Type": "text/event-stream; charset=utf-8",
  // nginx and others would hold events back.
  "X-Accel-Buffering": "no",
};

/** The number a browser sends when it connects again; anything else counts as none. */
const lastEventId = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : undefined;

/** Made once: filling in headers one by one costs more than all the rest of a small answer. */
const HEADERS = new Headers({ ...API_HEADERS, "Content-Type": "application/json" });

/** Text by value; a value is not changed once it was written. */
const texts = new WeakMap<object, string>();

/**
 * The answer that `c.json(shown(value))` would be. The text is written once for each value, so it is for values that
 * many requests share.
 */
export function writtenJson<V extends object, Shown>(
  value: V,
  shown: (value: V) => Shown,
): Response & TypedResponse<JSONParsed<Shown>, 200, "json">;

export function writtenJson<V extends object>(value: V, shown: (value: V) => unknown): Response {
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(shown(value));
    texts.set(value, text);
  }
  return new Response(text, { headers: HEADERS });
}
