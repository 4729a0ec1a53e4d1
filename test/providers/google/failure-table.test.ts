import { describe, expect, test } from "bun:test";
import type { FailureSignals } from "../../../src/providers/google/failure-signals.ts";
import { callFailure, failureCode } from "../../../src/providers/google/failures.ts";

const PURPOSE = { what: "the clip", mode: "gemini", model: "model-1", successor: "model-2" } as const;
const NOW_MS = Date.UTC(2026, 10, 22, 12);

const signs = (changes: Partial<FailureSignals>): FailureSignals => ({
  status: null,
  rpc: "",
  message: "no luck",
  reasons: [],
  network: "",
  retryAfterMs: null,
  stopped: null,
  sent: true,
  foreignHost: null,
  quota: null,
  ...changes,
});

const failureOf = (changes: Partial<FailureSignals>, paid: boolean) =>
  callFailure(signs(changes), { ...PURPOSE, paid }, NOW_MS, (text) => text);

/**
 * What each HTTP status means: from, to, for a paid call, for a free one. Written from what Google documents and from
 * what may have been charged, not from the code.
 */
type Row = readonly [from: number, to: number, paid: string, free: string];

/** Google, or something between it and us, answered a request that had been sent, and said no more than the status. */
const ANSWERED: readonly Row[] = [
  [400, 400, "provider.invalid_request", "provider.unreachable"],
  [401, 401, "provider.bad_key", "provider.bad_key"],
  [402, 402, "provider.billing", "provider.billing"],
  [403, 403, "provider.no_permission", "provider.no_permission"],
  [404, 404, "provider.model_unavailable", "provider.gone"],
  [405, 407, "provider.invalid_request", "provider.unreachable"],
  // Somebody stopped waiting, or the request met another: nobody knows whether the work was done.
  [408, 409, "provider.unclear", "provider.unreachable"],
  [410, 410, "provider.model_unavailable", "provider.gone"],
  [411, 424, "provider.invalid_request", "provider.unreachable"],
  [425, 425, "provider.unclear", "provider.unreachable"],
  [426, 428, "provider.invalid_request", "provider.unreachable"],
  [429, 429, "provider.quota", "provider.quota"],
  [430, 498, "provider.invalid_request", "provider.unreachable"],
  [499, 499, "provider.unclear", "provider.unreachable"],
  // Whatever went wrong went wrong after the request was taken.
  [500, 599, "provider.unclear", "provider.unreachable"],
];

/** The same, with one of Google's own names in the body: only then does a 503 say that nothing was begun. */
const ANSWERED_BY_GOOGLE: readonly Row[] = [
  ...ANSWERED.slice(0, -1),
  [500, 502, "provider.unclear", "provider.unreachable"],
  [503, 503, "provider.overloaded", "provider.overloaded"],
  [504, 599, "provider.unclear", "provider.unreachable"],
];

/** The login was answered so, before the request itself was sent. */
const LOGIN: readonly Row[] = [
  [400, 499, "provider.bad_key", "provider.bad_key"],
  [500, 599, "provider.unreachable", "provider.unreachable"],
];

const TABLES = [
  ["answered", { sent: true }, ANSWERED],
  ["answered by Google", { sent: true, rpc: "UNAVAILABLE" }, ANSWERED_BY_GOOGLE],
  ["answered with a name that is not Google's", { sent: true, rpc: "Service Unavailable" }, ANSWERED],
  ["answered before it was sent", { sent: false }, LOGIN],
] as const satisfies readonly (readonly [string, Partial<FailureSignals>, readonly Row[]])[];

describe.each(TABLES)("a call that was %s", (_, how, rows) => {
  const statuses = rows.flatMap(([from, to, paid, free]) =>
    Array.from({ length: to - from + 1 }, (__, n) => [from + n, paid, free] as const),
  );

  test("is judged at each status from 400 to 599", () => {
    expect(statuses.map(([status]) => status)).toEqual(Array.from({ length: 200 }, (__, n) => 400 + n));
  });

  test.each(statuses)("with %p: %s when it is paid, %s when it is free", (status, paid, free) => {
    const codes: string[] = [true, false].map((isPaid) => failureOf({ ...how, status }, isPaid).code);
    expect(codes).toEqual([paid, free]);
  });

  test("says that nothing was charged exactly where the answer cannot be that of a finished call", () => {
    const silent = statuses.flatMap(([status]) =>
      failureOf({ ...how, status }, true).facts.charged === false ? [] : status,
    );
    expect(silent).toEqual(rows.flatMap(([from, to, paid]) => (paid === "provider.unclear" ? range(from, to) : [])));
  });
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe("a call without an answer", () => {
  test.each([
    // Sent, network code, stopped by us, paid, free.
    [true, "", null, "provider.unclear", "provider.unreachable"],
    [true, "ECONNRESET", null, "provider.unclear", "provider.unreachable"],
    [true, "EPIPE", null, "provider.unclear", "provider.unreachable"],
    [true, "", "timeout", "provider.unclear", "provider.unreachable"],
    [true, "", "interrupted", "provider.unclear", "run.interrupted"],
    // The connection never came to be, so not a byte has left.
    [true, "ECONNREFUSED", null, "provider.unreachable", "provider.unreachable"],
    [true, "ENOTFOUND", null, "provider.unreachable", "provider.unreachable"],
    [true, "CERT_HAS_EXPIRED", null, "provider.unreachable", "provider.unreachable"],
    [false, "", null, "provider.invalid_request", "provider.unreachable"],
    [false, "ECONNRESET", null, "provider.unreachable", "provider.unreachable"],
    [false, "ENOENT", null, "provider.not_configured", "provider.not_configured"],
    [false, "", "timeout", "provider.unreachable", "provider.unreachable"],
    [false, "", "interrupted", "run.interrupted", "run.interrupted"],
  ] as const)(
    "sent %p, %p, stopped by %p: %s when it is paid, %s when it is free",
    (sent, network, stopped, paid, free) => {
      const codes = [true, false].map((isPaid) => failureCode(signs({ sent, network, stopped }), isPaid));
      expect(codes).toEqual([paid, free]);
    },
  );

  test("is in doubt whatever else it seems to say", () => {
    const words = {
      reasons: ["API_KEY_INVALID", "BILLING_DISABLED"],
      message: "API key not valid",
      rpc: "UNAVAILABLE",
    };
    expect(failureCode(signs(words), true)).toBe("provider.unclear");
  });

  test("to a host that is not Google's was not sent", () => {
    expect(failureCode(signs({ sent: false, foreignHost: "evil.example" }), true)).toBe("provider.unreachable");
  });
});

describe("words that say more than the status", () => {
  test.each([
    [400, { message: "blocked: support codes: 58061214" }, "provider.refused"],
    [400, { rpc: "PROHIBITED_CONTENT" }, "provider.refused"],
    [403, { message: "violates our usage guidelines" }, "provider.no_permission"],
    [500, { message: "safety filter" }, "provider.unclear"],
    [400, { reasons: ["API_KEY_INVALID"] }, "provider.bad_key"],
    [403, { reasons: ["CREDENTIALS_MISSING"] }, "provider.bad_key"],
    [400, { message: "API key not valid. Please pass a valid API key." }, "provider.bad_key"],
    [500, { message: "API key not valid" }, "provider.unclear"],
    [399, { message: "API key not valid" }, "provider.unclear"],
    [403, { reasons: ["BILLING_DISABLED"] }, "provider.billing"],
    [429, { message: "Your prepaid credits are depleted." }, "provider.billing"],
    [500, { message: "Your credits are depleted." }, "provider.unclear"],
    [400, { message: "billing is not enabled" }, "provider.billing"],
    [403, { message: "billing is not enabled" }, "provider.billing"],
    [404, { message: "billing is not enabled" }, "provider.model_unavailable"],
    [429, { message: "billing details" }, "provider.quota"],
    [429, { quota: "day" }, "provider.quota_day"],
    [429, { quota: "none" }, "provider.billing"],
    [400, { quota: "day" }, "provider.invalid_request"],
    [403, { quota: "none" }, "provider.no_permission"],
    [503, { rpc: "overloaded" }, "provider.overloaded"],
    [529, { rpc: "overloaded_error" }, "provider.overloaded"],
    [529, { rpc: "" }, "provider.unclear"],
    [500, { rpc: "overloaded" }, "provider.unclear"],
    [500, { rpc: "RESOURCE_EXHAUSTED" }, "provider.unclear"],
    [399, {}, "provider.unclear"],
    [200, {}, "provider.unclear"],
    [600, {}, "provider.unclear"],
  ] as const)("%p, %p: %s", (status, more, code) => {
    expect(failureCode(signs({ status, ...more }), true)).toBe(code);
  });

  test.each([
    ["invalid_grant: reauth related error", "provider.bad_key"],
    ["invalid_client", "provider.bad_key"],
    ["Could not load the default credentials.", "provider.not_configured"],
    ["unexpected token in the key file", "provider.not_configured"],
  ] as const)("before it was sent, %s: %s", (message, code) => {
    expect(failureCode(signs({ sent: false, message }), true)).toBe(code);
  });

  test("a day's quota is a short wait for a look, which goes on at any time", () => {
    const day = signs({ status: 429, quota: "day" });
    expect(failureCode(day, false)).toBe("provider.quota");
    expect(failureCode(signs({ status: 400, rpc: "SAFETY" }), false)).toBe("provider.unreachable");
  });
});

describe("what is not there any more", () => {
  const unknown = signs({ status: 400, rpc: "invalid_request", message: "Invalid interaction name" });
  const forbidden = signs({ status: 403, rpc: "PERMISSION_DENIED", message: "or it may not exist" });

  test.each([
    [unknown, false, false, "provider.gone"],
    [unknown, true, false, "provider.invalid_request"],
    [{ ...unknown, sent: false }, false, false, "provider.bad_key"],
    // A file store that tells nobody whether there was a file.
    [forbidden, false, true, "provider.gone"],
    [forbidden, false, false, "provider.no_permission"],
    [forbidden, true, true, "provider.no_permission"],
    [{ ...forbidden, reasons: ["BILLING_DISABLED"] }, false, true, "provider.billing"],
    [{ ...forbidden, sent: false }, false, true, "provider.bad_key"],
  ] as const)("%j, paid %p, absence hidden %p: %s", (signals, paid, hidesAbsence, code) => {
    expect(failureCode(signals, paid, { hidesAbsence })).toBe(code);
  });

  test("a model that is asked for is one that is not offered", () => {
    expect(failureCode(signs({ status: 404 }), false, { ofModel: true })).toBe("provider.model_unavailable");
  });

  test.each([
    [true, "counts as charged"],
    [false, "may have been charged"],
  ])("made before %p: %s", (made, words) => {
    const failure = callFailure(signs({ status: 404 }), { ...PURPOSE, paid: false, made }, NOW_MS, (text) => text);
    expect([failure.code, failure.facts.charged]).toEqual(["provider.gone", made]);
    expect(failure.message).toContain(words);
  });
});

describe("what the failure carries", () => {
  test.each([
    [429, 7_000],
    [409, undefined],
    [503, undefined],
    [500, undefined],
    [400, undefined],
  ])("the wait that was asked for, with %p: %p", (status, retryAfterMs) => {
    expect(failureOf({ status, retryAfterMs: 7_000 }, true).retryAfterMs).toBe(retryAfterMs);
  });

  test("what is known of the call, and no more", () => {
    expect(failureOf({ status: 403 }, true).facts).toEqual({
      model: "model-1",
      sent: true,
      http_status: 403,
      charged: false,
    });
    expect(failureOf({ network: "ECONNRESET" }, true).facts).toEqual({
      model: "model-1",
      sent: true,
      network: "ECONNRESET",
    });
    const day = failureOf({ status: 429, quota: "day", retryAfterMs: 7_000 }, true);
    expect(day.retryAfterMs).toBe(Date.parse("2026-11-23T08:00:00.000Z") - NOW_MS);
    expect(day.facts).toEqual({
      model: "model-1",
      sent: true,
      http_status: 429,
      charged: false,
      resets_at: "2026-11-23T08:00:00.000Z",
    });
    expect(day.message).toBe(
      "today's quota for model-1 is used up; nothing was charged: it starts again at midnight Pacific time (2026-11-23 08:00 UTC), and the film goes on by itself then",
    );
  });

  test.each([
    [
      { status: 400 },
      true,
      "Google rejected the request for the clip (no luck); nothing was charged: change the prompt or the settings and resume",
    ],
    [
      { status: 404 },
      true,
      "model-1 does not answer any more (no luck); nothing was charged: what is made is kept, and another model can make the rest, such as model-2",
    ],
    [
      { status: 429 },
      true,
      "Google's rate limit for model-1 is reached (no luck); nothing was charged: vidpipe slows down and tries again",
    ],
    [
      { status: 429, retryAfterMs: 7_001 },
      false,
      "Google's rate limit for model-1 is reached (no luck); what was bought is safe at Google: vidpipe waits 8 s and tries again",
    ],
    [
      { stopped: "timeout" },
      true,
      "Google's answer for the clip was lost (no answer in time); it may have been charged",
    ],
    [
      { network: "ECONNRESET", message: "verbose" },
      true,
      "Google's answer for the clip was lost (ECONNRESET); it may have been charged",
    ],
    [
      { status: 200, network: "ECONNRESET", message: "verbose" },
      true,
      "Google's answer for the clip was lost (ECONNRESET); it may have been charged",
    ],
    [
      { status: 300, network: "ECONNRESET" },
      true,
      "Google's answer for the clip was lost (no luck); it may have been charged",
    ],
    [
      { status: 500, network: "ECONNRESET" },
      true,
      "Google's answer for the clip was lost (no luck); it may have been charged",
    ],
    [
      { status: 500, message: '{"half": ' },
      true,
      "Google's answer for the clip was lost (HTTP 500); it may have been charged",
    ],
    [{ message: "" }, true, "Google's answer for the clip was lost (no connection); it may have been charged"],
    [
      { status: 401, message: "No luck... " },
      true,
      "Google did not accept the login for the clip (No luck); nothing was charged: check GEMINI_API_KEY (https://aistudio.google.com/apikey), then resume; a server goes on by itself",
    ],
    [
      { sent: false, foreignHost: "evil.example" },
      true,
      "Google was not reached for the clip (it points at evil.example, which is not Google's); nothing was charged: it is tried again by itself; check the network, and the address if one is configured",
    ],
    [
      { network: "ECONNREFUSED" },
      true,
      "Google was not reached for the clip (ECONNREFUSED); nothing was charged: it is tried again by itself; check the network, and the address if one is configured",
    ],
    [
      { status: 429, quota: "none" },
      true,
      "this Google account has no quota at all for model-1 (no luck); nothing was charged: enable billing for it or choose another model, then resume",
    ],
    [{ sent: false, stopped: "interrupted" }, true, "stopped before the clip was there; nothing was charged"],
  ] as const)("a sentence for people: %p, paid %p", (changes, paid, message) => {
    expect(failureOf(changes, paid).message).toBe(message);
  });

  test("a model without a successor is told so", () => {
    const purpose = { ...PURPOSE, paid: true, successor: PURPOSE.model };
    const { message } = callFailure(signs({ status: 404 }), purpose, NOW_MS, (text) => text);
    expect(message).toEndWith("what is made is kept, and another model can make the rest");
  });
});

test.each([
  ["2026-11-22T12:00:00.300Z", "2026-11-23T08:00:00.000Z"],
  ["2026-11-22T08:00:00.000Z", "2026-11-23T08:00:00.000Z"],
  ["2026-11-22T07:59:59.999Z", "2026-11-22T08:00:00.000Z"],
  ["2026-11-22T23:59:59.001Z", "2026-11-23T08:00:00.000Z"],
])("a day's quota that is used up at %s resets at %s", (now, reset) => {
  const day = signs({ status: 429, quota: "day" });
  const { facts } = callFailure(day, { ...PURPOSE, paid: true }, Date.parse(now), (text) => text);
  expect(facts.resets_at).toBe(reset);
});
