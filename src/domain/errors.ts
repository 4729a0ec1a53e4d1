import type { Way } from "./way.ts";

/** What may be done after a failure without asking anyone. */
export type RetryClass =
  /** The same call would fail again. */
  | "never"
  /** Passing fault: try again after exponential backoff with jitter. */
  | "backoff"
  /**
   * The service takes no more for now, or is not there: wait at least what it said, in every film that uses its model.
   * No try counts unless the user has set how many there may be.
   */
  | "slow_down"
  /** The login is not accepted: a server reads it again and waits for another one, a command ends. */
  | "login";

/** What a failed paid call has cost: nothing for certain, unknown, or its whole price (it was answered). */
export type ChargeClass = "none" | "unknown" | "full";

/** What a failure is about. `storage`: the disk or the database of this machine; `media`: a file, or ffmpeg. */
export type FailureArea =
  | "input"
  | "config"
  | "project"
  | "server"
  | "storage"
  | "media"
  | "provider"
  | "money"
  | "run"
  | "internal";

interface FailureClass {
  readonly area: FailureArea;
  readonly retry: RetryClass;
  readonly charge: ChargeClass;
  /** Status the HTTP API answers with when a request meets this failure. */
  readonly http: 400 | 402 | 404 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503 | 507;
  /** Exit code of the CLI: 1 failed, 2 usage or configuration, 3 waiting for the user, 130 interrupted. */
  readonly exit: 1 | 2 | 3 | 130;
}

/** Every failure vidpipe knows, with its consequences. A code that lacks an entry does not exist. */
export const FAILURES = {
  "input.invalid": { area: "input", retry: "never", charge: "none", http: 422, exit: 2 },
  "input.malformed": { area: "input", retry: "never", charge: "none", http: 400, exit: 2 },
  "input.too_large": { area: "input", retry: "never", charge: "none", http: 413, exit: 2 },
  "input.too_slow": { area: "input", retry: "never", charge: "none", http: 408, exit: 2 },
  "input.media_type": { area: "input", retry: "never", charge: "none", http: 415, exit: 2 },
  "config.invalid": { area: "config", retry: "never", charge: "none", http: 500, exit: 2 },
  "config.untrusted": { area: "config", retry: "never", charge: "none", http: 500, exit: 2 },
  "project.not_found": { area: "project", retry: "never", charge: "none", http: 404, exit: 2 },
  "project.ambiguous_id": { area: "project", retry: "never", charge: "none", http: 400, exit: 2 },
  "project.conflict": { area: "project", retry: "never", charge: "none", http: 409, exit: 2 },
  "project.busy": { area: "project", retry: "backoff", charge: "none", http: 409, exit: 1 },
  "server.unavailable": { area: "server", retry: "never", charge: "none", http: 503, exit: 2 },
  "server.too_many": { area: "server", retry: "slow_down", charge: "none", http: 429, exit: 1 },
  "storage.full": { area: "storage", retry: "never", charge: "none", http: 507, exit: 1 },
  "storage.io": { area: "storage", retry: "backoff", charge: "none", http: 500, exit: 1 },
  "storage.busy": { area: "storage", retry: "backoff", charge: "none", http: 503, exit: 1 },
  "storage.unusable": { area: "storage", retry: "never", charge: "none", http: 500, exit: 2 },
  "storage.not_adopted": { area: "storage", retry: "never", charge: "none", http: 409, exit: 2 },
  "storage.damaged": { area: "storage", retry: "never", charge: "none", http: 500, exit: 1 },
  "media.ffmpeg_missing": { area: "media", retry: "never", charge: "none", http: 503, exit: 2 },
  "media.ffmpeg_unfit": { area: "media", retry: "never", charge: "none", http: 503, exit: 2 },
  "media.ffmpeg_failed": { area: "media", retry: "backoff", charge: "none", http: 500, exit: 1 },
  "media.invalid": { area: "media", retry: "backoff", charge: "none", http: 500, exit: 1 },
  "provider.invalid_request": { area: "provider", retry: "never", charge: "none", http: 422, exit: 1 },
  "provider.not_configured": { area: "provider", retry: "login", charge: "none", http: 503, exit: 2 },
  "provider.bad_key": { area: "provider", retry: "login", charge: "none", http: 502, exit: 2 },
  "provider.no_permission": { area: "provider", retry: "never", charge: "none", http: 502, exit: 2 },
  "provider.billing": { area: "provider", retry: "never", charge: "none", http: 502, exit: 1 },
  "provider.model_unavailable": { area: "provider", retry: "never", charge: "none", http: 422, exit: 2 },
  "provider.quota": { area: "provider", retry: "slow_down", charge: "none", http: 503, exit: 1 },
  "provider.quota_day": { area: "provider", retry: "slow_down", charge: "none", http: 503, exit: 1 },
  "provider.overloaded": { area: "provider", retry: "slow_down", charge: "none", http: 503, exit: 1 },
  "provider.unreachable": { area: "provider", retry: "slow_down", charge: "none", http: 502, exit: 1 },
  "provider.unclear": { area: "provider", retry: "backoff", charge: "unknown", http: 502, exit: 1 },
  "provider.failed": { area: "provider", retry: "backoff", charge: "none", http: 502, exit: 1 },
  "provider.refused": { area: "provider", retry: "never", charge: "none", http: 422, exit: 3 },
  "provider.gone": { area: "provider", retry: "backoff", charge: "unknown", http: 502, exit: 3 },
  "provider.truncated": { area: "provider", retry: "never", charge: "full", http: 502, exit: 3 },
  "provider.bad_answer": { area: "provider", retry: "never", charge: "full", http: 502, exit: 3 },
  "money.over_budget": { area: "money", retry: "never", charge: "none", http: 402, exit: 3 },
  "money.day_cap": { area: "money", retry: "never", charge: "none", http: 402, exit: 1 },
  "money.not_confirmed": { area: "money", retry: "never", charge: "none", http: 402, exit: 3 },
  "run.interrupted": { area: "run", retry: "never", charge: "none", http: 503, exit: 130 },
  "run.lease_lost": { area: "run", retry: "never", charge: "none", http: 409, exit: 1 },
  internal: { area: "internal", retry: "never", charge: "unknown", http: 500, exit: 1 },
} as const satisfies Record<string, FailureClass>;

export type FailureCode = keyof typeof FAILURES;

/** The consequences of a failure code. */
export const failureClass = (code: FailureCode): FailureClass => FAILURES[code];

export interface FailureDetails {
  readonly cause?: unknown;
  /** The service asked to wait at least this long before the next call, in ms. */
  readonly retryAfterMs?: number;
  /** Facts for logs and JSON output; never secrets. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  /** What was wrong in the input, by its public name: `crossfade`, or `storyboard.scenes.2.duration`, places from 0. */
  readonly field?: string;
  /** What can be done instead, in order. */
  readonly ways?: readonly Way[];
  /** Everything that is wrong, a line each, where it is more than the message's one thing. */
  readonly problems?: readonly string[];
}

/**
 * The one error type that crosses a room's door. `message` is one line for the user:
 * what happened, what is safe, what to do next.
 */
export class VidpipeError extends Error {
  override readonly name = "VidpipeError";
  readonly code: FailureCode;
  readonly retryAfterMs: number | undefined;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** The field of the input that is at fault; undefined where none is, or several are together. */
  readonly field: string | undefined;
  readonly ways: readonly Way[];
  /** Everything that is wrong, a line each: the message alone, or the parts that it is joined from. */
  readonly problems: readonly string[];

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.facts = details.facts ?? {};
    this.field = details.field;
    this.ways = details.ways ?? [];
    this.problems = details.problems ?? [message];
  }
}

/** The failure of one field of the input. */
export const invalidInput = (field: string, message: string): VidpipeError =>
  new VidpipeError("input.invalid", message, { field });

/** A failure with another field at fault: what was checked stands there in the user's input. */
export const atField = ({ code, message, facts, cause }: VidpipeError, field: string): VidpipeError =>
  new VidpipeError(code, message, { facts, cause, field });

/** Most problems that one message holds; the rest are in `problems`. */
const MAX_JOINED = 5;

/** Several failures of one check as one, with the code and the field of the first. */
export function joined(first: VidpipeError, ...others: readonly VidpipeError[]): VidpipeError {
  if (others.length === 0) return first;
  const problems = [first, ...others].flatMap((failure) => failure.problems);
  const { code, facts, field, cause } = first;
  const rest = problems.length - MAX_JOINED;
  const message = [...problems.slice(0, MAX_JOINED), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
  return new VidpipeError(code, message, { facts, cause, problems, ...(field !== undefined && { field }) });
}

/** Makes every check, whatever the others said. @throws VidpipeError with all that was refused, joined */
export function checkAll(...checks: readonly (() => void)[]): void {
  const [first, ...others] = checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (thrown) {
      return [asVidpipeError(thrown)];
    }
  });
  if (first !== undefined) throw joined(first, ...others);
}

/** Any thrown thing as a VidpipeError; what is not classified is `internal`. */
export function asVidpipeError(thrown: unknown): VidpipeError {
  if (thrown instanceof VidpipeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new VidpipeError("internal", message, { cause: thrown });
}
