import { describe, expect, test } from "bun:test";
import {
  asVidpipeError,
  atField,
  FAILURES,
  type FailureCode,
  failureClass,
  invalidInput,
  VidpipeError,
} from "../../src/domain/errors.ts";

/**
 * Every code: what may be done by itself, what a failed paid call has cost, HTTP status, exit code. Written by hand:
 * a change of money or of what is promised to callers has to be made in both places.
 */
const TABLE: Readonly<Record<FailureCode, readonly [retry: string, charge: string, http: number, exit: number]>> = {
  "input.invalid": ["never", "none", 422, 2],
  "input.malformed": ["never", "none", 400, 2],
  "input.too_large": ["never", "none", 413, 2],
  "input.too_slow": ["never", "none", 408, 2],
  "input.media_type": ["never", "none", 415, 2],
  "config.invalid": ["never", "none", 500, 2],
  "config.untrusted": ["never", "none", 500, 2],
  "project.not_found": ["never", "none", 404, 2],
  "project.ambiguous_id": ["never", "none", 400, 2],
  "project.conflict": ["never", "none", 409, 2],
  "project.busy": ["backoff", "none", 409, 1],
  "server.unavailable": ["never", "none", 503, 2],
  "server.too_many": ["slow_down", "none", 429, 1],
  "storage.full": ["never", "none", 507, 1],
  "storage.io": ["backoff", "none", 500, 1],
  "storage.busy": ["backoff", "none", 503, 1],
  "storage.unusable": ["never", "none", 500, 2],
  "storage.not_adopted": ["never", "none", 409, 2],
  "storage.damaged": ["never", "none", 500, 1],
  "media.ffmpeg_missing": ["never", "none", 503, 2],
  "media.ffmpeg_unfit": ["never", "none", 503, 2],
  "media.ffmpeg_failed": ["backoff", "none", 500, 1],
  "media.invalid": ["backoff", "none", 500, 1],
  "provider.invalid_request": ["never", "none", 422, 1],
  "provider.not_configured": ["login", "none", 503, 2],
  "provider.bad_key": ["login", "none", 502, 2],
  "provider.no_permission": ["never", "none", 502, 2],
  "provider.billing": ["never", "none", 502, 1],
  "provider.model_unavailable": ["never", "none", 422, 2],
  "provider.quota": ["slow_down", "none", 503, 1],
  "provider.quota_day": ["slow_down", "none", 503, 1],
  "provider.overloaded": ["slow_down", "none", 503, 1],
  "provider.unreachable": ["slow_down", "none", 502, 1],
  // The answer was lost: it may have been charged.
  "provider.unclear": ["backoff", "unknown", 502, 1],
  "provider.failed": ["backoff", "none", 502, 1],
  "provider.refused": ["never", "none", 422, 3],
  // It was taken on, and the provider does not know it any more.
  "provider.gone": ["backoff", "unknown", 502, 3],
  // There was an answer, and it was paid for, but it is of no use.
  "provider.truncated": ["never", "full", 502, 3],
  "provider.bad_answer": ["never", "full", 502, 3],
  "money.over_budget": ["never", "none", 402, 3],
  "money.day_cap": ["never", "none", 402, 1],
  "money.not_confirmed": ["never", "none", 402, 3],
  "run.interrupted": ["never", "none", 503, 130],
  "run.lease_lost": ["never", "none", 409, 1],
  internal: ["never", "unknown", 500, 1],
};

test("each code has the consequences that are promised", () => {
  const said = Object.entries(FAILURES).map(([code, { retry, charge, http, exit }]) => [
    code,
    [retry, charge, http, exit],
  ]);
  expect(Object.fromEntries(said)).toEqual(TABLE);
});

test("a code's class is its line in the table", () => {
  expect(failureClass("provider.unclear")).toEqual({
    area: "provider",
    retry: "backoff",
    charge: "unknown",
    http: 502,
    exit: 1,
  });
});

describe("a failure", () => {
  test("names the field at fault, and another one where it stood in another place", () => {
    const cause = new Error("no such length");
    const facts = { seconds: 5 };
    const failure = new VidpipeError("input.invalid", "clips of 5 s", { cause, facts, field: "clip_duration" });
    expect(failure.field).toBe("clip_duration");
    expect(new VidpipeError("input.invalid", "clips of 5 s").field).toBeUndefined();
    const { code, message, ...moved } = atField(failure, "storyboard.scenes.1.duration");
    expect({ code, message }).toEqual({ code: "input.invalid", message: "clips of 5 s" });
    expect(moved).toMatchObject({ facts, field: "storyboard.scenes.1.duration" });
    expect(atField(failure, "x").cause).toBe(cause);
  });

  test("of one field of the input is stated in short", () => {
    const { code, message, field } = invalidInput("take", "take 7 does not exist");
    expect({ code, message, field }).toEqual({
      code: "input.invalid",
      message: "take 7 does not exist",
      field: "take",
    });
  });

  test("carries what it was given, and nothing by itself", () => {
    const cause = new Error("below");
    const full = new VidpipeError("storage.io", "no luck", { cause, retryAfterMs: 7, facts: { a: 1 } });
    expect([full.name, full.code, full.message, full.cause, full.retryAfterMs, full.facts]).toEqual([
      "VidpipeError",
      "storage.io",
      "no luck",
      cause,
      7,
      { a: 1 },
    ]);
    const bare = new VidpipeError("storage.io", "no luck");
    expect([bare.retryAfterMs, bare.facts, Object.hasOwn(bare, "cause")]).toEqual([undefined, {}, false]);
  });

  test("that nobody classified is our own fault, with its words and its cause", () => {
    const known = new VidpipeError("storage.io", "no luck");
    expect(asVidpipeError(known)).toBe(known);
    const oops = new TypeError("oops");
    expect(asVidpipeError(oops)).toMatchObject({ code: "internal", message: "oops", cause: oops });
    expect(asVidpipeError("words")).toMatchObject({ code: "internal", message: "words", cause: "words" });
    expect(asVidpipeError(undefined)).toMatchObject({ code: "internal", message: "undefined" });
  });
});
