import { type Context, Hono } from "hono";
import { isSettled } from "../../domain/lifecycle.ts";
import type { StatusRow } from "../../ports/server.ts";
import { errorResponse } from "../error-response.ts";
import { connectionOf } from "../middleware/connection.ts";
import { query } from "../middleware/query.ts";
import { described } from "../openapi/route-docs.ts";
import { EventsQuery, FilmEventsQuery, projectIdOf, StatusQuery } from "../schemas/query.ts";
import { StatusAnswer, statusAnswer } from "../schemas/responses.ts";
import type { RouteDeps } from "./route-deps.ts";

/** The status of a project, now and as it changes. */
export function eventRoutes({ service, hub, clock, stopping }: RouteDeps) {
  /** The status once it differs from the first one, or when the time is over. */
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
      described("The status of a project; with `wait`, the answer comes when it changes", { 200: StatusAnswer }),
      query(StatusQuery),
      async (c) => {
        const first = await service.status(await projectIdOf(service, c.req.param("id")));
        const { wait = 0, known = first.status } = c.req.valid("query");
        const waits = wait > 0 && known === first.status && !isSettled(first.status);
        return c.json(statusAnswer(waits ? await awaitChange(c, first, wait) : first));
      },
    )
    .get(
      "/events",
      described("The list of films as it changes, as server-sent events", { 200: "text/event-stream" }),
      query(FilmEventsQuery),
      (c) => {
        const after = lastEventId(c.req.header("last-event-id")) ?? c.req.valid("query").after;
        return streamed(c, (onDrop) => hub.openFilms(after, onDrop));
      },
    )
    .get(
      "/projects/:id/events",
      described("The events of a project, as server-sent events", { 200: "text/event-stream" }),
      query(EventsQuery),
      async (c) => {
        const id = await projectIdOf(service, c.req.param("id"));
        await service.status(id);
        const after = lastEventId(c.req.header("last-event-id")) ?? c.req.valid("query").after ?? 0;
        return streamed(c, (onDrop) => hub.open(id, after, onDrop));
      },
    );
}

/** Answers with a stream of events; `open` gives none when there are too many clients. */
function streamed(c: Context, open: (onDrop: () => void) => ReadableStream<Uint8Array> | undefined): Response {
  const line = connectionOf(c);
  // Without an idle timeout a client whose socket is full would stay connected forever: set a short one.
  const stream = open(() => line.setIdleTimeout(1));
  if (stream === undefined)
    return errorResponse(
      "server.unavailable",
      "too many clients are watching; ask for the status with ?wait=30 instead",
      { headers: { "Retry-After": "10" } },
    );
  line.setIdleTimeout(0);
  return new Response(stream, { headers: STREAM_HEADERS });
}

const STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // nginx and others would buffer events.
  "X-Accel-Buffering": "no",
};

/** The number a browser sends when it connects again; anything else counts as none. */
const lastEventId = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
