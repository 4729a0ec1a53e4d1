import { VidpipeError } from "../domain/errors.ts";
import type { Clock, Log } from "../ports/runtime.ts";
import { errorResponse, failureResponse } from "./error-response.ts";
import type { ServerEnv } from "./middleware/connection.ts";
import { type Bind, createHostRule, type HostRule, wrongHost } from "./middleware/host-check.ts";

/** Limits of a server, where no others are given. */
const LIMITS = {
  /** Seconds without a byte in either direction before a connection is closed. */
  idleSeconds: 30,
  /**
   * Most concurrent requests, event streams among them; the next one gets 503. Bun does not limit connections: those
   * without a request cost only a socket until their idle time is over.
   */
  requests: 2_048,
};
/**
 * Bytes of a body at which Bun itself answers a bare 413. The API's own lower limits (1 MiB, 20 for a picture, 512 for a
 * video) answer with a reason. Bun does not buffer an unread body, so it costs no memory.
 */
const maxRequestBodySize = 528 * 1024 * 1024;
/** Longest URL, characters; ours have a few hundred at most. */
const maxUrlCharacters = 8_192;
/** Ms that running requests get to finish after `stop`; container runtimes kill after 10 s. */
const drainMs = 8_000;

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8000/`. */
  readonly url: string;
  readonly port: number;
  /** Accepts no new connection, lets running requests finish within 8 s, then closes the rest. */
  stop(): Promise<void>;
}

/** What answers requests: a Hono app, or anything with its `fetch`. */
export interface RequestHandler {
  fetch(request: Request, env: ServerEnv): Response | Promise<Response>;
}

/**
 * Listens for HTTP. `port` 0 picks a free one.
 * @throws VidpipeError server.unavailable when it cannot listen there
 */
export function startServer(
  api: RequestHandler,
  bind: Bind,
  deps: { clock: Clock; log: Log },
  limits: Partial<typeof LIMITS> = {},
): RunningServer {
  const { idleSeconds, requests } = { ...LIMITS, ...limits };
  const closing = new AbortController();
  const server = listen(bind, idleSeconds, deps.log, (request, own) =>
    closing.signal.aborted || own.pendingRequests > requests
      ? turnAway(closing.signal.aborted ? "is stopping" : "is busy with other requests")
      : answer(api, request, rule, { line: { setIdleTimeout: (seconds) => own.timeout(request, seconds) } }),
  );
  const port = server.port ?? bind.port;
  const rule = createHostRule({ ...bind, port });
  let stopping: Promise<void> | undefined;
  return {
    url: server.url.href,
    port,
    stop: () => {
      closing.abort();
      stopping ??= drain(server, deps.clock);
      return stopping;
    },
  };
}

const turnAway = (why: string): Response =>
  errorResponse("server.unavailable", `this server ${why}: try again in a moment`, {
    headers: { "Retry-After": "5", Connection: "close" },
  });

/** What is checked before the API sees a request: Host, length of the URL, method. */
function answer(
  api: RequestHandler,
  request: Request,
  allowed: HostRule,
  env: ServerEnv,
): Response | Promise<Response> {
  const host = request.headers.get("host");
  if (!allowed(host)) return errorResponse("http.wrong_host", wrongHost(host));
  if (request.url.length > maxUrlCharacters)
    return errorResponse(
      "http.url_too_long",
      `the URL is longer than ${maxUrlCharacters} characters (${request.url.length} came): put long texts into the body`,
    );
  if (request.method === "CONNECT")
    return errorResponse("http.method_not_allowed", "this is not a proxy", { headers: { Allow: "GET, HEAD, POST" } });
  // Hono would answer HEAD with Content-Length 0; Bun leaves out the body itself and keeps the true length.
  return api.fetch(request.method === "HEAD" ? new Request(request, { method: "GET" }) : request, env);
}

type Answer = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

function listen({ host, port }: Bind, idleTimeout: number, log: Log, fetch: Answer) {
  try {
    return Bun.serve({
      hostname: host,
      port,
      idleTimeout,
      maxRequestBodySize,
      development: false,
      // Without this Bun lets a second server take half of the connections, silently (SO_REUSEPORT, its production default).
      reusePort: false,
      fetch,
      error: (error) => failureResponse(error, log),
    });
  } catch (cause) {
    throw new VidpipeError("server.unavailable", whyNot(cause, `${host}:${port}`), { cause });
  }
}

function whyNot(cause: unknown, address: string): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `${address} is in use by another program: stop that one, or choose another port with --port`;
    case "EACCES":
      return `not permitted to listen on ${address}: choose a port from 1024 up with --port`;
    default:
      return `cannot listen on ${address} (${code ?? cause}): --host must be an address of this machine`;
  }
}

async function drain(server: Bun.Server<undefined>, clock: Clock): Promise<void> {
  const drained = new AbortController();
  await Promise.race([server.stop(), clock.sleep(drainMs, drained.signal)]);
  drained.abort();
  await server.stop(true);
}
