import { durationMs, type GoogleError, readGoogleError } from "./error-body.ts";
import type { Trace } from "./wire.ts";

/** Everything known about a call that went wrong, in one shape for all ways the SDK fails. */
export interface FailureSignals {
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** RPC name or the Interactions API's word; "" when the body had none. */
  readonly rpc: string;
  /** Google's own words in one line, or the error's. */
  readonly message: string;
  readonly reasons: readonly string[];
  /** What was said of a quota: it is the day's, or there is none at all; null: nothing. */
  readonly quota: "day" | "none" | null;
  /** Code of a failed connection, e.g. ECONNRESET; "" when it did not fail. */
  readonly network: string;
  /** Ms Google asked us to wait, within bounds; null when it did not. */
  readonly retryAfterMs: number | null;
  /** Why we stopped waiting ourselves; null when we did not. */
  readonly stopped: "timeout" | "interrupted" | null;
  /** A request was handed to the network. */
  readonly sent: boolean;
  /** A host that vidpipe does not talk to; null when none was asked for. */
  readonly foreignHost: string | null;
}

/** Shortest and longest wait that is believed; the rest is clamped. */
export const RETRY_AFTER_BOUNDS_MS = { min: 1_000, max: 3_600_000 } as const;

const NETWORK_CODE = /\b(E[A-Z]{4,}|ConnectionRefused|ConnectionClosed|FailedToOpenSocket|[A-Z]+_[A-Z_]*CERT[A-Z_]*)\b/;

const field = (thrown: unknown, name: string): unknown =>
  typeof thrown === "object" && thrown !== null && name in thrown ? Reflect.get(thrown, name) : undefined;
const word = (value: unknown): string => (typeof value === "string" ? value : "");
const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599 ? value : null;

/** Reads the signals of a failure. Never throws, whatever was thrown. */
export function failureSignalsOf(
  thrown: unknown,
  trace: Trace,
  stopped: FailureSignals["stopped"],
  nowMs: number,
): FailureSignals {
  const error = googleErrorOf(thrown, trace);
  const headers = trace.headers ?? headersOf(thrown);
  const waits = [error?.retryDelayMs ?? null, headerWaitMs(headers, nowMs), messageWaitMs(error?.message ?? "")].filter(
    (ms) => ms !== null,
  );
  return {
    status: trace.status ?? count(field(thrown, "status")) ?? count(field(thrown, "statusCode")),
    rpc: error?.status ?? "",
    message: error?.message ?? "",
    reasons: error?.reasons ?? [],
    quota: error?.quota ?? null,
    network: trace.networkCode ?? networkCodeOf(thrown),
    retryAfterMs: waits.length === 0 ? null : clampedWait(Math.max(...waits)),
    stopped,
    sent: trace.sent,
    foreignHost: trace.foreignHost,
  };
}

/** The body as it came tells more than what the SDK made of it. */
function googleErrorOf(thrown: unknown, trace: Trace): GoogleError | null {
  if (trace.body !== null) return readGoogleError(trace.body);
  const sources = [field(thrown, "body"), field(thrown, "error"), field(thrown, "message"), thrown];
  const errors = sources.map((source) => readGoogleError(source)).filter((error) => error !== null);
  return errors.find((error) => error.status !== "") ?? errors[0] ?? null;
}

function headersOf(thrown: unknown): Headers | null {
  const headers = field(thrown, "headers");
  return headers instanceof Headers ? headers : null;
}

function networkCodeOf(thrown: unknown): string {
  const own = word(field(thrown, "code")) || word(field(field(thrown, "cause"), "code"));
  if (own !== "") return own;
  return NETWORK_CODE.exec(word(field(thrown, "message")))?.[1] ?? "";
}

/** Retry-After is seconds or an HTTP date; the SDK's own APIs also know retry-after-ms. */
function headerWaitMs(headers: Headers | null, nowMs: number): number | null {
  const exact = headers?.get("retry-after-ms");
  if (exact && Number.isFinite(Number(exact))) return Number(exact);
  const value = headers?.get("retry-after")?.trim();
  if (!value) return null;
  if (/^[+-]?\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - nowMs;
}

function messageWaitMs(message: string): number | null {
  const match = /retry in (\d+(?:\.\d+)?s)\b/i.exec(message);
  return match?.[1] === undefined ? null : durationMs(match[1]);
}

const clampedWait = (ms: number): number =>
  Math.min(RETRY_AFTER_BOUNDS_MS.max, Math.max(RETRY_AFTER_BOUNDS_MS.min, Math.ceil(ms)));
