import { afterAll, describe, expect, test } from "bun:test";
import type { FailureCode } from "../../../src/domain/errors.ts";
import type { FaultName } from "../../support/google-fake/faults.ts";
import { FAKE_API_KEY } from "../../support/google-fake/routing.ts";
import { never } from "../../support/never.ts";
import {
  bench,
  clipOrder,
  createSteppedClock,
  FILMING,
  failureOf,
  keyframeOrder,
  removeFiles,
  STILLS,
} from "./harness.ts";

afterAll(removeFiles);

/** What each fault of a paid request means, how long it says to wait, and whether the fake was left with a bill. */
const TABLE: readonly (readonly [FaultName, FailureCode, { waitMs?: number; billed?: boolean }?])[] = [
  ["quota_retry_info", "provider.quota", { waitMs: 58_930 }],
  ["quota_retry_after", "provider.quota", { waitMs: 7_000 }],
  ["quota_bare", "provider.quota"],
  ["quota_retry_after_garbage", "provider.quota"],
  ["quota_retry_after_zero", "provider.quota", { waitMs: 1_000 }],
  ["quota_retry_after_negative", "provider.quota", { waitMs: 1_000 }],
  ["quota_retry_after_huge", "provider.quota", { waitMs: 3_600_000 }],
  ["quota_retry_info_huge", "provider.quota", { waitMs: 3_600_000 }],
  ["malformed_quota", "provider.quota"],
  ["double_encoded", "provider.quota"],
  ["quota_per_day", "provider.quota_day", { waitMs: 20 * 3_600_000 }],
  ["overloaded", "provider.overloaded"],
  ["key_invalid", "provider.bad_key"],
  ["unauthenticated", "provider.bad_key"],
  ["no_permission", "provider.no_permission"],
  ["array_error", "provider.no_permission"],
  ["billing_disabled", "provider.billing"],
  ["credits_exhausted", "provider.billing"],
  ["model_retired", "provider.model_unavailable"],
  ["bad_request", "provider.invalid_request"],
  ["safety_400", "provider.refused"],
  ["conflict", "provider.unclear"],
  ["too_early", "provider.unclear"],
  ["overloaded_text", "provider.unclear"],
  ["html_error", "provider.unclear"],
  ["internal_error", "provider.unclear"],
  ["gateway_timeout", "provider.unclear"],
  ["malformed_error", "provider.unclear"],
  ["redirected", "provider.unclear"],
  ["reset_before_reading", "provider.unclear"],
  ["execute_and_reset", "provider.unclear", { billed: true }],
  ["execute_and_cut_off", "provider.unclear", { billed: true }],
  ["execute_and_409", "provider.unclear", { billed: true }],
  ["execute_and_425", "provider.unclear", { billed: true }],
  ["execute_and_500", "provider.unclear", { billed: true }],
  ["execute_and_504", "provider.unclear", { billed: true }],
  ["execute_and_empty", "provider.unclear", { billed: true }],
];

/** Answers that are whole and name no job of ours. */
const USELESS: readonly (readonly [FaultName, string, { billed: boolean }])[] = [
  ["malformed_json", "Google's answer is not JSON", { billed: false }],
  ["empty_answer", "Google took the request and answered with no operation", { billed: false }],
  ["execute_and_garbage", "Google's answer is not JSON", { billed: true }],
  ["execute_and_page", "Google's answer is not JSON (Sign in to the network)", { billed: true }],
  ["execute_and_nothing", "Google took the request and answered with no operation", { billed: true }],
  ["execute_and_error", "Google answered with an error (INTERNAL: Internal error encountered.)", { billed: true }],
  ["wrong_operation_name", "an operation that is not ours", { billed: true }],
  ["distant_operation_name", "an operation that is not ours", { billed: true }],
];

describe.each(FILMING)("a clip's request on $title", ({ mode, video }) => {
  test.each(TABLE)("%s is %s", async (fault, code, { waitMs, billed = false } = {}) => {
    const { fake, provider, models } = bench({ mode, video });
    fake.script({ on: "submit", fault });
    const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    expect(failure).toMatchObject({ code, retryAfterMs: waitMs });
    expect(failure.message).not.toMatch(/[\n\r]/);
    expect(JSON.stringify([failure.message, failure.facts, failure.cause])).not.toContain(FAKE_API_KEY);
    expect(fake.requests.filter(({ route }) => route === "submit")).toHaveLength(1);
    expect(fake.bill).toHaveLength(billed ? 1 : 0);
  });

  test.each(USELESS)("%s is answered, and of no use: %s", async (fault, reason, { billed }) => {
    const { fake, provider, models } = bench({ mode, video });
    fake.script({ on: "submit", fault });
    const answer = await provider.startClip(clipOrder(models), models, STILLS, never, null);
    const read = provider.readOperation(clipOrder(models), models, null, answer);
    expect(read).toEqual({ kind: "unusable", reason: expect.stringContaining(reason) });
    expect(fake.requests.filter(({ route }) => route === "submit")).toHaveLength(1);
    expect(fake.bill).toHaveLength(billed ? 1 : 0);
  });

  test("an operation of another project is not taken for ours", async () => {
    const { fake, provider, models } = bench({ mode, video });
    fake.script({ on: "submit", fault: "foreign_operation_name" });
    const answer = await provider.startClip(clipOrder(models), models, STILLS, never, null);
    expect(provider.readOperation(clipOrder(models), models, null, answer).kind).toBe("unusable");
  });

  test("a request that breaks on a kept connection is not sent again underneath", async () => {
    const { fake, provider, models } = bench({ mode, video });
    for (let turn = 0; turn < 3; turn += 1)
      await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
    for (const fault of ["execute_and_reset", "reset_before_reading"] as const) fake.script({ on: "submit", fault });
    const start = () => failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    expect([(await start()).code, (await start()).code]).toEqual(["provider.unclear", "provider.unclear"]);
    expect(fake.requests.filter(({ route }) => route === "submit")).toHaveLength(2);
    expect(fake.bill.filter(({ kind }) => kind === "clip")).toHaveLength(1);
  });

  test("a refused connection is unreachable, and nothing was sent", async () => {
    const { fake, provider, models } = bench({ mode, video });
    await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
    fake.stop();
    const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    expect(failure).toMatchObject({ code: "provider.unreachable", facts: { network: "ECONNREFUSED", charged: false } });
  });

  test("a hang is unclear once the limit has passed, and the request is not sent again", async () => {
    const clock = createSteppedClock();
    const { fake, provider, models } = bench({ mode, video, clock });
    fake.script({ on: "submit", fault: "execute_and_hang" });
    const failing = failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    await fake.arrived("submit");
    await clock.step(120_000);
    expect((await failing).code).toBe("provider.unclear");
    expect(fake.bill).toHaveLength(1);
  });

  test("stopping while the answer is on its way is unclear", async () => {
    const { fake, provider, models } = bench({ mode, video });
    const stop = new AbortController();
    fake.script({ on: "submit", fault: "execute_and_hang" });
    const failing = failureOf(provider.startClip(clipOrder(models), models, STILLS, stop.signal, null));
    await fake.arrived("submit");
    stop.abort();
    expect((await failing).code).toBe("provider.unclear");
  });

  test("stopping before the request leaves sends nothing", async () => {
    const { fake, provider, models } = bench({ mode, video });
    const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, AbortSignal.abort(), null));
    expect(failure).toMatchObject({ code: "run.interrupted", facts: { sent: false, charged: false } });
    expect(fake.requests).toEqual([]);
  });
});

test("a date in Retry-After is a wait from now", async () => {
  const { fake, provider, models } = bench({ clock: createSteppedClock(Date.now()) });
  fake.script({ on: "submit", fault: "quota_retry_after_date" });
  const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
  expect(failure.retryAfterMs).toBeGreaterThan(60_000);
  expect(failure.retryAfterMs).toBeLessThanOrEqual(120_000);
});

test("a used-up day says when the quota starts again", async () => {
  const { fake, provider, models } = bench();
  fake.script({ on: "submit", fault: "quota_per_day" });
  const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
  expect(failure.facts.resets_at).toBe("2026-11-23T08:00:00.000Z");
  expect(failure.message).toContain("2026-11-23 08:00 UTC");
});

test("a retired model names its successor", async () => {
  const { fake, provider, models } = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
  fake.script({ on: "submit", fault: "model_retired" });
  const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
  expect(failure.message).toContain("gemini-omni-1.2-flash");
});

describe("logging in to Vertex AI", () => {
  test("a refused token is a bad login, and no request was sent", async () => {
    const { fake, provider, models } = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    fake.script({ on: "token", fault: "login_refused", times: 99 });
    const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    expect(failure).toMatchObject({ code: "provider.bad_key", facts: { sent: false, charged: false } });
    expect(fake.requests.filter(({ route }) => route === "submit")).toEqual([]);
  });

  test("a missing credential file names the three ways to log in", async () => {
    const { provider, models } = bench({ mode: "vertex", config: { credentialsFile: "/nowhere/credential.json" } });
    const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    expect(failure.code).toBe("provider.not_configured");
    for (const way of ["GEMINI_API_KEY", "gcloud auth application-default login", "GOOGLE_APPLICATION_CREDENTIALS"])
      expect(failure.message).toContain(way);
  });

  test("a request that the stop overtook in the login never leaves", async () => {
    const { fake, provider, models } = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    const stop = new AbortController();
    const release = fake.hold("token");
    const start = (signal: AbortSignal) => provider.startClip(clipOrder(models), models, STILLS, signal, null);
    const failing = failureOf(start(stop.signal));
    await fake.arrived("token");
    stop.abort();
    expect((await failing).code).toBe("run.interrupted");
    const later = start(never);
    release();
    await later;
    expect(fake.requests.filter(({ route }) => route === "submit")).toHaveLength(1);
  });
});
