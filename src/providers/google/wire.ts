import { AsyncLocalStorage } from "node:async_hooks";
import type { PaidAnswer } from "../../ports/provider.ts";

/** Longest error body that is kept; Google's are a few KiB. */
const MAX_ERROR_BODY_CHARACTERS = 65_536;

/** What was seen on the wire during one call. The SDK hides most of it from its callers. */
export interface Trace {
  /** Stops the request however the SDK treats its own signal; once aborted, nothing leaves any more. */
  readonly signal: AbortSignal;
  /** Most bytes of the answer that are read. */
  readonly maxBytes: number;
  /** It costs money: the answer is kept as it came, and a second request never leaves. */
  readonly paid: boolean;
  /** Told of every piece of the answer. */
  readonly alive: () => void;
  /** A request was handed to the network; whether it arrived is another matter. */
  sent: boolean;
  status: number | null;
  headers: Headers | null;
  /** Start of a failed answer's body. */
  body: string | null;
  /** What a paid request was answered, whole; null while there is none, and where it broke off or was empty. */
  answer: PaidAnswer | null;
  /** Code of a failed connection, e.g. ECONNREFUSED. */
  networkCode: string | null;
  /** A request was stopped because its host is not one vidpipe talks to. */
  foreignHost: string | null;
}

export const newTrace = (call: Pick<Trace, "signal" | "maxBytes" | "paid" | "alive">): Trace => ({
  ...call,
  sent: false,
  status: null,
  headers: null,
  body: null,
  answer: null,
  networkCode: null,
  foreignHost: null,
});

/** The one way out to the network, with a record of what went over it. */
export interface Wire {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Runs something whose requests are recorded in `trace`. */
  observe<T>(trace: Trace, run: () => Promise<T>): Promise<T>;
}

/** True for Google's API hosts over TLS, the only ones that may see a key besides those of the configuration. */
export const isGoogleHost = (url: URL): boolean =>
  url.protocol === "https:" && (url.hostname === "googleapis.com" || url.hostname.endsWith(".googleapis.com"));

/** A fetch that talks to `origins` and Google's hosts only, never follows a redirect, and has no hidden timeout. */
export function createWire(origins: ReadonlySet<string>): Wire {
  const traces = new AsyncLocalStorage<Trace>();
  async function send(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const trace = admitted(traces.getStore(), url, origins);
    const given = init.signal ?? (input instanceof Request ? input.signal : null);
    const signal = given === null ? trace.signal : AbortSignal.any([trace.signal, given]);
    // Bun gives up a silent request after five minutes unless told not to; the calls have their own limits.
    const options: RequestInit & { timeout: false } = { ...init, redirect: "manual", signal, timeout: false };
    // HTTPS_PROXY gets to see a tunnel. An unencrypted request is to this machine: a proxy would read the key in it.
    if (url.protocol === "http:") Object.assign(options, { proxy: false });
    trace.sent = true;
    try {
      return await recorded(trace, await fetch(input, options));
    } catch (thrown) {
      trace.networkCode ??= codeOf(thrown);
      throw thrown;
    }
  }
  return { fetch: send, observe: (trace, run) => traces.run(trace, run) };
}

function admitted(trace: Trace | undefined, url: URL, origins: ReadonlySet<string>): Trace {
  if (trace === undefined) throw new TypeError("a request outside a recorded call");
  if (trace.paid && trace.sent) throw new TypeError("a paid request is sent once");
  if (origins.has(url.origin) || isGoogleHost(url)) return trace;
  trace.foreignHost = url.host;
  throw new TypeError(`${url.host} is not a host of this provider`);
}

async function recorded(trace: Trace, response: Response): Promise<Response> {
  trace.status = response.status;
  trace.headers = response.headers;
  if (response.ok) return trace.paid ? await kept(trace, response) : limited(response, trace.maxBytes, trace.alive);
  const body = (await limited(response, MAX_ERROR_BODY_CHARACTERS * 4).text()).slice(0, MAX_ERROR_BODY_CHARACTERS);
  trace.body = body;
  return new Response(body, { status: response.status, headers: response.headers });
}

/** Keeps the whole of a paid answer. The SDK is given an empty one: what it would make of it is of no interest. */
async function kept(trace: Trace, response: Response): Promise<Response> {
  const bytes = await limited(response, trace.maxBytes, trace.alive).bytes();
  if (bytes.byteLength > 0) trace.answer = { bytes, mediaType: mediaTypeOf(response.headers) };
  return new Response("{}", { headers: { "content-type": "application/json" } });
}

function mediaTypeOf(headers: Headers): string {
  const [type = ""] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  return /^[\w.+-]+\/[\w.+-]+$/.test(type.trim()) ? type.trim() : "application/octet-stream";
}

/** An answer that fails while it is read once it is longer than allowed. */
function limited(response: Response, maxBytes: number, alive = () => {}): Response {
  const claimed = Number(response.headers.get("content-length") ?? 0);
  if (claimed > maxBytes) {
    void response.body?.cancel();
    throw new RangeError(`an answer of ${claimed} bytes is over the limit of ${maxBytes}`);
  }
  if (response.body === null) return response;
  let seen = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      seen += chunk.byteLength;
      alive();
      if (seen > maxBytes) controller.error(new RangeError(`an answer is over the limit of ${maxBytes} bytes`));
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { status: response.status, headers: response.headers });
}

function codeOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !("code" in thrown)) return null;
  return typeof thrown.code === "string" ? thrown.code : null;
}

/** Google's seeds are signed 32-bit numbers; ours are unsigned. */
const SEED_LIMIT = 2 ** 31;

/** The seed as Google takes it, or nothing. */
export const googleSeed = (seed: number | null): { seed?: number } =>
  seed === null ? {} : { seed: seed % SEED_LIMIT };

/** Bytes as JSON carries them. */
export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
