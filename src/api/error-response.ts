import { z } from "zod";
import { FAILURES, type FailureCode, failureClass, VidpipeError } from "../domain/errors.ts";
import type { Way } from "../domain/way.ts";
import type { Log } from "../ports/runtime.ts";
import { WayAnswer } from "./schemas/ways.ts";

/** Sent with every answer: nothing here is ever a page, a frame or a cache entry. */
export const API_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** Errors of the HTTP layer only, with their status. All others have a failure code of the domain. */
export const HTTP_ERRORS = {
  "http.unauthorized": 401,
  "http.read_only_token": 403,
  "http.cross_site": 403,
  "http.not_found": 404,
  "http.method_not_allowed": 405,
  "http.url_too_long": 414,
  "http.wrong_host": 421,
} as const;

type HttpErrorCode = keyof typeof HTTP_ERRORS;
/** What kind of error an answer reports. */
export type ErrorCode = FailureCode | HttpErrorCode;

const isHttpError = (code: ErrorCode): code is HttpErrorCode => Object.hasOwn(HTTP_ERRORS, code);

/**
 * The body of every error: v1's `detail`, and the members of RFC 9457 that a program acts on. The content type stays
 * `application/json`, because clients of v1 read bodies of that type only.
 */
export const ErrorAnswer = z
  .strictObject({
    detail: z.string().describe("What happened, what is safe and what to do next, for people."),
    code: z.enum(Object.keys({ ...FAILURES, ...HTTP_ERRORS })).describe("What kind of error it is, for programs."),
    status: z.int().describe("The HTTP status."),
    field: z
      .string()
      .exactOptional()
      .describe("The first field at fault in the body or the query, e.g. crossfade or storyboard.scenes.2.duration."),
    ways: z.array(WayAnswer).exactOptional().describe("What can be done instead."),
  })
  .meta({ id: "Error" });

interface ErrorOptions {
  readonly field?: string | undefined;
  readonly ways?: readonly Way[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to a request that is refused or failed. */
export function errorResponse(
  code: ErrorCode,
  detail: string,
  { field, ways = [], headers }: ErrorOptions = {},
): Response {
  const status = isHttpError(code) ? HTTP_ERRORS[code] : failureClass(code).http;
  const body: z.infer<typeof ErrorAnswer> = {
    detail,
    code,
    status,
    ...(field !== undefined && { field }),
    ...(ways.length > 0 && { ways: [...ways] }),
  };
  return Response.json(body, { status, headers: { ...API_HEADERS, ...headers } });
}

/** A message for people who may not be at this machine: absolute paths shrink to their last name. */
export const withoutPaths = (message: string): string =>
  message.replace(/(?<![\w.:/])(?:\/[\w.@+~%-]+)+/g, (path) => path.slice(path.lastIndexOf("/") + 1));

/**
 * The answer to a request that threw. An unclassified error is `internal error`: its message may hold anything, so only
 * the log has it, with the facts of the request.
 */
export function failureResponse(error: Error, log: Log, request: Readonly<Record<string, string>> = {}): Response {
  const failure = error instanceof VidpipeError && error.code !== "internal" ? error : undefined;
  const code = failure?.code ?? "internal";
  const { http: status } = failureClass(code);
  if (status >= 500) log.error("request failed", { ...request, status, code, error: withCauses(error) });
  if (!failure) return errorResponse("internal", "internal error");
  const { message, field, ways, retryAfterMs } = failure;
  return errorResponse(code, status >= 500 ? withoutPaths(message) : message, {
    field,
    ways,
    ...(retryAfterMs !== undefined && { headers: { "Retry-After": String(Math.ceil(retryAfterMs / 1_000)) } }),
  });
}

/** An error with its stack and those of its causes, for the log. */
function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${withCauses(error.cause)}` : own;
}
