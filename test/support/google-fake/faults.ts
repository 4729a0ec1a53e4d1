/** Everything that can go wrong, by name. */
import { errorInfo, json, quotaError, rpcError } from "./answers.ts";

export const ROUTES = ["text", "image", "submit", "poll", "file", "download", "list", "token", "model"] as const;
export type Route = (typeof ROUTES)[number];

/** Ends the connection without an answer. */
export const reset = (): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.error(undefined);
      },
    }),
  );

const textError = (status: number, body: string, type: string): Response =>
  new Response(body, { status, headers: { "content-type": type } });

const html = (status: number, title: string): Response =>
  textError(
    status,
    `<!DOCTYPE html><html><head><title>${title}</title><style>p{}</style></head><body><p>${title}</p></body></html>`,
    "text/html",
  );

/** Answers at the door: nothing is done and nothing is billed. */
export const DOOR_FAULTS = {
  quota_retry_info: () => quotaError({ retryDelay: "58.93s" }),
  quota_retry_after: () => quotaError({ plain: true, retryAfter: "7" }),
  quota_bare: () => quotaError({ plain: true }),
  quota_retry_after_zero: () => quotaError({ plain: true, retryAfter: "0" }),
  quota_retry_after_negative: () => quotaError({ plain: true, retryAfter: "-1" }),
  quota_retry_after_huge: () => quotaError({ plain: true, retryAfter: "1000000000" }),
  quota_retry_after_date: () => quotaError({ plain: true, retryAfter: new Date(Date.now() + 120_000).toUTCString() }),
  quota_retry_after_garbage: () => quotaError({ plain: true, retryAfter: "soon" }),
  quota_retry_info_huge: () => quotaError({ retryDelay: "999999999s" }),
  quota_per_day: () => quotaError({ perDay: true, retryDelay: "3.700s" }),
  quota_zero: () => quotaError({ perDay: true, value: 0 }),
  overloaded: () =>
    rpcError({ code: 503, status: "UNAVAILABLE", message: "The model is overloaded. Please try again later." }),
  overloaded_text: () => textError(503, "upstream connect error", "text/plain"),
  html_error: () => html(502, "Error 502 (Server Error)!!1"),
  internal_error: () => rpcError({ code: 500, status: "INTERNAL", message: "Internal error encountered." }),
  gateway_timeout: () => rpcError({ code: 504, status: "DEADLINE_EXCEEDED", message: "Deadline exceeded." }),
  malformed_json: () => textError(200, '{"candidates":[{"conte', "application/json"),
  malformed_error: () => textError(500, '{"error":{"code":500,', "application/json"),
  malformed_quota: () => textError(429, '{"error":', "application/json"),
  empty_answer: () => json({}),
  double_encoded: () =>
    textError(
      429,
      JSON.stringify({ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "slow down" } }),
      "text/plain",
    ),
  array_error: () => json([{ error: { code: 403, status: "PERMISSION_DENIED", message: "not allowed" } }], 403),
  reset_before_reading: reset,
  key_invalid: () =>
    rpcError({
      code: 400,
      status: "INVALID_ARGUMENT",
      message: "API key not valid. Please pass a valid API key.",
      details: [errorInfo("API_KEY_INVALID")],
    }),
  unauthenticated: () =>
    rpcError({ code: 401, status: "UNAUTHENTICATED", message: "Request had invalid authentication credentials." }),
  no_permission: () => rpcError({ code: 403, status: "PERMISSION_DENIED", message: "Permission denied on resource." }),
  billing_disabled: () =>
    rpcError({
      code: 403,
      status: "PERMISSION_DENIED",
      message: "This API method requires billing to be enabled.",
      details: [errorInfo("BILLING_DISABLED")],
    }),
  credits_exhausted: () =>
    rpcError({ code: 402, status: "RESOURCE_EXHAUSTED", message: "Your prepaid credits are exhausted." }),
  model_retired: () =>
    rpcError({ code: 404, status: "NOT_FOUND", message: "This model is no longer available. Please use a newer one." }),
  not_found: () => rpcError({ code: 404, status: "NOT_FOUND", message: "Requested entity was not found." }),
  bad_request: () =>
    rpcError({ code: 400, status: "INVALID_ARGUMENT", message: "Multiple authentication credentials received." }),
  safety_400: () =>
    json({ error: { message: "The prompt was blocked by the safety filter.", code: "PROHIBITED_CONTENT" } }, 400),
  redirected: () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:9/elsewhere" } }),
  conflict: () =>
    rpcError({ code: 409, status: "ABORTED", message: "The request met another one that has not finished." }),
  too_early: () => textError(425, "Too Early", "text/plain"),
  login_refused: () => json({ error: "invalid_grant", error_description: "Token has been expired or revoked." }, 400),
} as const satisfies Record<string, () => Response>;

/** The answer's head and half of its body, and then nothing. */
async function cutOff(real: Response): Promise<Response> {
  const bytes = await real.bytes();
  async function* half() {
    yield bytes.subarray(0, Math.floor(bytes.byteLength / 2));
    // The server sends what it has before it goes on.
    await new Promise<void>((resolve) => setImmediate(resolve));
    throw new Error("cut off");
  }
  return new Response(half(), { status: real.status, headers: real.headers });
}

/** The work is done and billed; what comes back is this instead of the answer. */
export const LOST_FAULTS = {
  execute_and_reset: reset,
  execute_and_cut_off: cutOff,
  execute_and_409: () => DOOR_FAULTS.conflict(),
  execute_and_425: () => DOOR_FAULTS.too_early(),
  execute_and_page: () => html(200, "Sign in to the network"),
  execute_and_empty: () => new Response(null, { headers: { "content-type": "application/json" } }),
  execute_and_error: () => json({ error: { code: 13, status: "INTERNAL", message: "Internal error encountered." } }),
  execute_and_500: DOOR_FAULTS.internal_error,
  execute_and_504: DOOR_FAULTS.gateway_timeout,
  execute_and_garbage: () => textError(200, "{not json", "application/json"),
  execute_and_nothing: () => json({}),
  wrong_operation_name: () =>
    json({
      name: "projects/fake-project/locations/us-central1/publishers/google/models/other-model/operations/1",
      id: "../../files/1",
    }),
  distant_operation_name: () =>
    json({
      name: "projects/fake-project/locations/mars-north1/publishers/google/models/veo-3.1-fast-generate-001/operations/1",
      id: "a/b",
    }),
  foreign_operation_name: () =>
    json({
      name: "projects/other/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/1",
      id: "",
    }),
} as const satisfies Record<string, (real: Response) => Response | Promise<Response>>;

/** The answer itself is odd; the routes know how. */
export const ODD_FAULTS = {
  text_fenced: ["text"],
  text_trailing_comma: ["text"],
  text_counted_from_one: ["text"],
  text_counted_oddly: ["text"],
  text_extra_fields: ["text"],
  text_brace_after: ["text"],
  text_in_list: ["text"],
  text_too_long: ["text"],
  text_one_more: ["text"],
  text_one_fewer: ["text"],
  text_not_json: ["text"],
  text_wrong_count: ["text"],
  text_missing_field: ["text"],
  text_blocked: ["text"],
  text_refused: ["text"],
  text_truncated: ["text"],
  text_truncated_in_thought: ["text"],
  image_not_image: ["image"],
  image_missing: ["image"],
  image_refused: ["image"],
  image_words_only: ["image"],
  image_blocked: ["image"],
  image_thought_first: ["image"],
  image_thought_only: ["image"],
  image_none: ["image"],
  image_square: ["image"],
  never_done: ["submit"],
  error_3: ["submit"],
  error_3_refused: ["submit"],
  error_4: ["submit"],
  error_8: ["submit"],
  error_10: ["submit"],
  error_13: ["submit"],
  error_14: ["submit"],
  no_result: ["submit"],
  late_result: ["submit"],
  refused_absent: ["submit"],
  refused_empty: ["submit"],
  refused_not_charged: ["submit"],
  words_only: ["submit"],
  interaction_failed: ["submit"],
  interaction_incomplete: ["submit"],
  interaction_cancelled: ["submit"],
  interaction_over_budget: ["submit"],
  result_only_in_bucket: ["submit"],
  other_operation: ["submit"],
  video_truncated: ["submit"],
  video_empty: ["submit"],
  video_not_mp4: ["submit"],
  video_wrong_size: ["submit"],
  video_wrong_duration: ["submit"],
  video_longer: ["submit"],
  video_huge: ["submit"],
  video_endless: ["submit"],
  video_reset: ["submit"],
  video_elsewhere: ["submit"],
  video_is_a_page: ["submit"],
  redirected_home: ["submit"],
  redirected_elsewhere: ["submit"],
  file_processing: ["submit"],
  forgotten: ["submit"],
  forgotten_unbilled: ["submit"],
  file_expired: ["submit"],
  bucket_deleted: ["submit"],
} as const satisfies Record<string, readonly Route[]>;

export type DoorFault = keyof typeof DOOR_FAULTS;
export type LostFault = keyof typeof LOST_FAULTS;
export type OddFault = keyof typeof ODD_FAULTS;
/** A bare status, as something between Google and us answers it: at the door, or after the work was done and billed. */
export type StatusFault = `http_${number}` | `execute_and_http_${number}`;
export type FaultName = DoorFault | LostFault | OddFault | StatusFault | "hang" | "execute_and_hang";

/** The status of a bare answer and whether the work is done before; null for other faults. */
export function readStatusFault(fault: FaultName): { readonly status: number; readonly executed: boolean } | null {
  const [, executed, status] = /^(execute_and_)?http_([2-5]\d\d)$/.exec(fault) ?? [];
  return status === undefined ? null : { status: Number(status), executed: executed !== undefined };
}

export const statusAnswer = (status: number): Response => textError(status, "", "text/plain");

export const FAULT_NAMES: readonly string[] = [
  ...Object.keys(DOOR_FAULTS),
  ...Object.keys(LOST_FAULTS),
  ...Object.keys(ODD_FAULTS),
  "hang",
  "execute_and_hang",
];
export const isFaultName = (name: string): name is FaultName =>
  FAULT_NAMES.includes(name) || /^(execute_and_)?http_[2-5]\d\d$/.test(name);
export const isDoorFault = (name: string): name is DoorFault => name in DOOR_FAULTS;
export const isLostFault = (name: string): name is LostFault => name in LOST_FAULTS;

/** One planned fault. */
export interface ScriptEntry {
  readonly on: Route;
  readonly fault: FaultName;
  /** Requests of the route it hits; once unless given. */
  readonly times?: number;
  /** Requests of the route that pass first. */
  readonly after?: number;
}

/** The plan, and what is left of it. */
export interface Script {
  add(entry: ScriptEntry): void;
  /** The fault for the next request of a route; null: answer properly. */
  next(route: Route): FaultName | null;
}

export function createScript(): Script {
  const plan: { entry: ScriptEntry; passes: number; hits: number }[] = [];
  return {
    add: (entry) => {
      if (!isFaultName(entry.fault) || !ROUTES.includes(entry.on)) throw new Error(`no such fault: ${entry.fault}`);
      plan.push({ entry, passes: entry.after ?? 0, hits: entry.times ?? 1 });
    },
    next: (route) => {
      const planned = plan.find(({ entry, hits }) => entry.on === route && hits > 0);
      if (planned === undefined) return null;
      if (planned.passes > 0) {
        planned.passes -= 1;
        return null;
      }
      planned.hits -= 1;
      return planned.entry.fault;
    },
  };
}
