import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { readGoogleError } from "../../../src/providers/google/error-body.ts";
import { failureSignalsOf, RETRY_AFTER_BOUNDS_MS } from "../../../src/providers/google/failure-signals.ts";
import {
  type CallPurpose,
  callFailure,
  failureCode,
  nextPacificMidnightMs,
} from "../../../src/providers/google/failures.ts";
import { createRedaction } from "../../../src/providers/google/redaction.ts";
import { newTrace, type Trace } from "../../../src/providers/google/wire.ts";
import { never } from "../../support/never.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const PURPOSE: CallPurpose = { what: "the clip", paid: true, mode: "gemini", model: "model-1", successor: "model-2" };

const traced = (change: Partial<Trace>): Trace => ({
  ...newTrace({ signal: never, maxBytes: 1_000, paid: true, alive: () => {} }),
  sent: true,
  ...change,
});
const codeOf = (thrown: unknown, trace: Partial<Trace>, paid = true): string =>
  failureCode(failureSignalsOf(thrown, traced(trace), null, NOW_MS), paid);

/** An error as the SDK's models.* methods throw it: the body as JSON in the message, nothing else. */
const apiError = (status: number, body: unknown) =>
  Object.assign(new Error(JSON.stringify(body)), { name: "ApiError", status });
const networkError = (code: string) => Object.assign(new TypeError("The socket connection was closed"), { code });

describe("what the SDK throws, without help from the wire", () => {
  test.each([
    [
      "an ApiError",
      apiError(403, { error: { code: 403, status: "PERMISSION_DENIED", message: "no" } }),
      "provider.no_permission",
    ],
    [
      "a body in a body",
      apiError(429, {
        error: {
          message: '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"x"}}',
          code: 429,
          status: "Too Many Requests",
        },
      }),
      "provider.quota",
    ],
    [
      "text as a body",
      apiError(503, { error: { message: "upstream connect error", code: 503, status: "Service Unavailable" } }),
      "provider.unclear",
    ],
    [
      "an array as a body",
      apiError(401, [{ error: { code: 401, status: "UNAUTHENTICATED", message: "no" } }]),
      "provider.bad_key",
    ],
    [
      "an interactions error",
      Object.assign(new Error("400 bad"), {
        status: 400,
        error: { message: "bad", code: "invalid_request" },
        headers: new Headers(),
      }),
      "provider.invalid_request",
    ],
    ["a refused connection", networkError("ECONNREFUSED"), "provider.unreachable"],
    ["a name nobody knows", networkError("ENOTFOUND"), "provider.unreachable"],
    ["a bad certificate", networkError("SELF_SIGNED_CERT_IN_CHAIN"), "provider.unreachable"],
    ["a broken connection", networkError("ECONNRESET"), "provider.unclear"],
    [
      "a code only in words",
      new Error("Unexpected HTTP client error: TypeError: ECONNREFUSED: no"),
      "provider.unreachable",
    ],
    ["a syntax error", new SyntaxError("JSON Parse error"), "provider.unclear"],
    ["an abort", new DOMException("The operation was aborted.", "AbortError"), "provider.unclear"],
  ])("%s", (_, thrown, code) => {
    expect(codeOf(thrown, {})).toBe(code);
  });
});

describe("what Google says of a quota", () => {
  const quotas = (...quotas: readonly (readonly [id: string, value: string])[]) => [
    { violations: quotas.map(([quotaId, quotaValue]) => ({ quotaId, quotaValue })) },
    { retryDelay: "31s" },
  ];
  const info = (limit: string, value: string) => [
    { reason: "RATE_LIMIT_EXCEEDED", metadata: { quota_limit: limit, quota_limit_value: value } },
  ];
  // Its help and links come before the line that counts, which is cut off for people.
  const long = `You exceeded your current quota, please check your plan and billing details. ${"See the page on rate limits. ".repeat(12)}`;
  test.each([
    ["nothing", "Resource exhausted. Please try again later.", [], "provider.quota"],
    ["its plan", "You exceeded your current quota, please check your plan and billing details.", [], "provider.quota"],
    ["the day's, in words", "Quota exceeded for requests per day.", [], "provider.quota_day"],
    ["the day's, as a metric", "Quota exceeded for metric: generate_requests_per_day", [], "provider.quota_day"],
    ["the day's, in another word", "Your daily limit is reached", [], "provider.quota_day"],
    ["the day's, in the end", `${long} * limit: RPD`, [], "provider.quota_day"],
    ["the day's, by its id", "no", quotas(["GenerateRequestsPerDayPerProjectPerModel", "250"]), "provider.quota_day"],
    ["both", "no", quotas(["RequestsPerMinute", "10"], ["RequestsPerDay", "250"]), "provider.quota_day"],
    ["the minute's, and help on daily ones", "Raise your daily quota", quotas(["PerMinute", "10"]), "provider.quota"],
    ["the day's, in its information", "no", info("GenerateRequestsPerDayPerProject", "100"), "provider.quota_day"],
    ["that it is 0", "no", quotas(["GenerateRequestsPerDay-FreeTier", "0"]), "provider.billing"],
    ["that one of two is 0", "no", quotas(["RequestsPerMinute", "10"], ["RequestsPerDay", "0"]), "provider.billing"],
    ["that it is 0, in its information", "no", info("RequestsPerMinutePerProject", "0"), "provider.billing"],
    ["that it is 0, in the end", `${long} * metric: free_tier_requests, limit: 0, model: x`, [], "provider.billing"],
    ["that it is half", "limit: 0.5", [], "provider.quota"],
  ] as const)("%s", (_, message, details, code) => {
    const body = JSON.stringify({ error: { code: 429, status: "RESOURCE_EXHAUSTED", message, details } });
    expect(codeOf(new Error("x"), { status: 429, body })).toBe(code);
    // A look at what was bought goes on at its own pace.
    const free = code === "provider.quota_day" ? "provider.quota" : code;
    expect(codeOf(new Error("x"), { status: 429, body }, false)).toBe(free);
  });
});

describe("before a request has left", () => {
  test.each([
    ["Could not load the default credentials.", "provider.not_configured"],
    ["invalid_grant: reauth related error", "provider.bad_key"],
    ["something of our own", "provider.invalid_request"],
  ])("%s", (message, code) => {
    expect(codeOf(new Error(message), { sent: false })).toBe(code);
  });
});

test("no failure of a free look is final for the operation, except what the user must mend", () => {
  const final = new Set(["provider.bad_key", "provider.no_permission", "provider.billing", "provider.not_configured"]);
  const again = new Set(["provider.unreachable", "provider.quota", "provider.overloaded", "provider.gone"]);
  for (let status = 200; status < 600; status += 1) {
    const code = codeOf(new Error("x"), { status, body: '{"error":{"status":"UNAVAILABLE","message":"x"}}' }, false);
    expect(final.has(code) || again.has(code)).toBeTrue();
  }
});

const junk = fc.oneof(
  fc.anything(),
  fc.string().map((text) => new Error(text)),
  fc.jsonValue().map((value) => apiError(400, value)),
  fc.record({
    status: fc.anything(),
    body: fc.anything(),
    error: fc.anything(),
    code: fc.anything(),
    headers: fc.anything(),
  }),
);
const traces = fc.record({
  sent: fc.boolean(),
  status: fc.option(fc.integer({ min: 100, max: 599 })),
  body: fc.option(fc.oneof(fc.string(), fc.json())),
  networkCode: fc.option(fc.string()),
});

test("whatever is thrown becomes one of our failures, in one line", () => {
  fc.assert(
    fc.property(junk, traces, fc.boolean(), (thrown, trace, paid) => {
      const signals = failureSignalsOf(thrown, traced(trace), null, NOW_MS);
      const failure = callFailure(signals, { ...PURPOSE, paid }, NOW_MS, (text) => text);
      expect(failure).toBeInstanceOf(VidpipeError);
      expect(failure.message).not.toMatch(/[\p{Cc}]/u);
      expect(failure.message.length).toBeLessThan(900);
    }),
    { numRuns: 500 },
  );
}, 0);

test("whatever Google asks for, the wait stays within bounds", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.string(), fc.integer(), fc.date().map(String)), (asked) => {
      let headers: Headers;
      try {
        headers = new Headers({ "retry-after": String(asked) });
      } catch {
        return;
      }
      const { retryAfterMs } = failureSignalsOf(new Error("x"), traced({ status: 429, headers }), null, NOW_MS);
      if (retryAfterMs === null) return;
      expect(retryAfterMs).toBeGreaterThanOrEqual(RETRY_AFTER_BOUNDS_MS.min);
      expect(retryAfterMs).toBeLessThanOrEqual(RETRY_AFTER_BOUNDS_MS.max);
    }),
  );
}, 0);

test("an error body is read whatever it is", () => {
  fc.assert(fc.property(fc.anything(), (raw) => void readGoogleError(raw)));
  fc.assert(fc.property(fc.json(), (raw) => void readGoogleError(raw)));
}, 0);

test("HTML becomes its words", () => {
  const page =
    "<html><head><title>Error</title><style>p{}</style></head><body>502.\n<b>That's</b> an error.</body></html>";
  expect(readGoogleError(page)?.message).toBe("502. That's an error.");
});

describe("secrets", () => {
  const redact = createRedaction(["our-own-key-1234", null]);

  test.each([
    "our-own-key-1234",
    `AIza${"x".repeat(35)}`,
    `AQ.${"y".repeat(40)}`,
    `ya29.${"z".repeat(40)}`,
    "Bearer abcdefghijkl",
  ])("%s is taken out of a message", (secret) => {
    const signals = failureSignalsOf(
      new Error(`Consumer 'api_key:${secret}' has been suspended.`),
      traced({ status: 403 }),
      null,
      NOW_MS,
    );
    expect(callFailure(signals, PURPOSE, NOW_MS, redact).message).not.toContain(secret.slice(-10));
  });
});

describe("midnight Pacific", () => {
  test.each([
    ["2026-11-22T12:00:00Z", "2026-11-23T08:00:00.000Z"],
    ["2026-07-01T06:59:59Z", "2026-07-01T07:00:00.000Z"],
    // Clocks go back at 09:00 UTC on 1 November 2026 and forward at 10:00 UTC on 14 March 2027.
    ["2026-11-01T07:30:00Z", "2026-11-02T08:00:00.000Z"],
    ["2027-03-14T08:30:00Z", "2027-03-15T07:00:00.000Z"],
  ])("after %s is %s", (now, midnight) => {
    expect(new Date(nextPacificMidnightMs(Date.parse(now))).toISOString()).toBe(midnight);
  });

  test("is always ahead and never more than 25 hours away", () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2035, 0, 1) }), (nowMs) => {
        const ahead = nextPacificMidnightMs(nowMs) - nowMs;
        expect(ahead).toBeGreaterThan(0);
        expect(ahead).toBeLessThanOrEqual(25 * 3_600_000);
      }),
    );
  }, 0);
});
