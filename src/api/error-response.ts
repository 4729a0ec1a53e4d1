import { failureClass, VidpipeError } from "../domain/errors.ts";
import type { Log } from "../ports/runtime.ts";
/** Sent with every answer: nothing here is ever a page, a frame or a cache entry. */
export const API_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** An answer that says no: `{"detail": "..."}`, as in v1. */
export const refusal = (status: number, detail: string, headers: Record<string, string> = {}): Response =>
  Response.json({ detail }, { status, headers: { ...API_HEADERS, ...headers } });

/** A message for somebody who may not be at this machine: absolute paths shrink to the name at their end. */
export const withoutPaths = (message: string): string =>
  message.replace(/(?<![\w.:/])(?:\/[\w.@+~%-]+)+/g, (path) => path.slice(path.lastIndexOf("/") + 1));

/**
 * The answer to a request that failed. What nobody classified is `internal error`: its message may hold anything,
 * so only the log has it, with the facts of the request.
 */
export function answerFailure(error: Error, log: Log, request: Readonly<Record<string, string>> = {}): Response {
  const failure = error instanceof VidpipeError && error.code !== "internal" ? error : undefined;
  const status = failure ? failureClass(failure.code).http : 500;
  if (status >= 500)
    log.error("request failed", { ...request, status, code: failure?.code ?? "internal", error: causesOf(error) });
  if (!failure) return refusal(500, "internal error");
  const wait = failure.retryAfterMs;
  return refusal(
    status,
    status >= 500 ? withoutPaths(failure.message) : failure.message,
    wait === undefined ? {} : { "Retry-After": String(Math.ceil(wait / 1000)) },
  );
}

/** An error with its stack and those behind it, for the log. */
function causesOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${causesOf(error.cause)}` : own;
}
