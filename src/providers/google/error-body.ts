/** Google's error in one shape, whichever of its half-dozen forms it came in. */
export interface GoogleError {
  /** RPC name such as RESOURCE_EXHAUSTED, or the Interactions API's own word such as invalid_request; "" when absent. */
  readonly status: string;
  readonly message: string;
  /** Reasons of ErrorInfo and quota ids. */
  readonly reasons: readonly string[];
  /** Ms that RetryInfo asks for; null when it does not. */
  readonly retryDelayMs: number | null;
  /** What it says of a quota besides that it is reached: it is the day's, or there is none at all; null: nothing. */
  readonly quota: "day" | "none" | null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Google wraps errors in arrays and in JSON inside messages; no honest answer is deeper than this. */
const MAX_DEPTH = 4;

/** Reads an error from a body, a message or an object; plain text and HTML become a message. Never throws. */
export function readGoogleError(raw: unknown, depth = 0): GoogleError | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof raw === "string") {
    const json = parsed(raw);
    if (isRecord(json) || Array.isArray(json)) return readGoogleError(json, depth + 1);
    const words = { status: "", message: plainText(raw), reasons: [], retryDelayMs: null, quota: quotaOf(raw, []) };
    return raw.trim() === "" ? null : words;
  }
  if (Array.isArray(raw)) return readGoogleError(raw[0], depth + 1);
  if (!isRecord(raw)) return null;
  if (isRecord(raw.error) || Array.isArray(raw.error)) return readGoogleError(raw.error, depth + 1);
  return fromFields(raw, depth);
}

function fromFields(raw: Record<string, unknown>, depth: number): GoogleError | null {
  const message = text(raw.message);
  // A JSON body with the wrong content type comes as text inside another error.
  const inner = message.trimStart().startsWith("{") || message.trimStart().startsWith("[");
  const nested = inner ? readGoogleError(message, depth + 1) : null;
  if (nested !== null && nested.status !== "") return nested;
  const status = text(raw.status) || text(raw.code);
  if (message === "" && status === "") return null;
  const details = Array.isArray(raw.details) ? raw.details.filter(isRecord) : [];
  return {
    status,
    message: plainText(message),
    reasons: details.flatMap(reasonsOf),
    retryDelayMs: details.map((detail) => durationMs(text(detail.retryDelay))).find((ms) => ms !== null) ?? null,
    quota: quotaOf(message, details.flatMap(quotasOf)),
  };
}

const violationsOf = ({ violations }: Record<string, unknown>): Record<string, unknown>[] =>
  Array.isArray(violations) ? violations.filter(isRecord) : [];

const reasonsOf = (detail: Record<string, unknown>): string[] =>
  [text(detail.reason), ...violationsOf(detail).map((violation) => text(violation.quotaId))].filter(
    (word) => word !== "",
  );

/** The quotas that a QuotaFailure or an ErrorInfo names, with their limits. */
function quotasOf(detail: Record<string, unknown>): { readonly id: string; readonly limit: string }[] {
  const violated = violationsOf(detail).map(({ quotaId, quotaValue }) => ({
    id: text(quotaId),
    limit: `${quotaValue}`,
  }));
  const info = isRecord(detail.metadata) ? detail.metadata : {};
  const named = { id: text(info.quota_limit), limit: `${info.quota_limit_value}` };
  return [...violated, named].filter(({ id }) => id !== "");
}

const NO_QUOTA = /\blimit: ?0\b(?![.,]\d)/i;
const DAILY = /per[ _-]?day|\bdaily\b|\bRPD\b|per 24 hours/i;

/** Ids say more than words: Google's help speaks of daily quotas whichever is reached. */
function quotaOf(
  message: string,
  quotas: readonly { readonly id: string; readonly limit: string }[],
): GoogleError["quota"] {
  if (quotas.some(({ limit }) => limit === "0") || NO_QUOTA.test(message)) return "none";
  const words = quotas.length > 0 ? quotas.map(({ id }) => id) : [message];
  return words.some((word) => DAILY.test(word)) ? "day" : null;
}

/** A protobuf duration such as "58s" or "3.700s" in ms; null when it is not one. */
export function durationMs(duration: string): number | null {
  const match = /^(-?\d+(?:\.\d+)?)s$/.exec(duration.trim());
  return match === null ? null : Number(match[1]) * 1_000;
}

/** Text or HTML as one short line without control characters. */
export function plainText(raw: string): string {
  const visible = raw
    .slice(0, 4_000)
    .replace(/<(script|style|title)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return visible.length > 300 ? `${visible.slice(0, 299)}…` : visible;
}
