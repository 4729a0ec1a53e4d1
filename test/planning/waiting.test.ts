import { describe, expect, test } from "bun:test";
import type { FailureCode } from "../../src/domain/errors.ts";
import type { Step } from "../../src/domain/step.ts";
import { resume } from "../../src/editing/run-control.ts";
import { plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import { isPutOff, waitingOf } from "../../src/planning/waiting.ts";
import { context, filmAt, NOW_MS, stepIn, withStep } from "../support/facts.ts";

const untilMs = Date.UTC(2026, 11, 1, 14, 5, 30);
const putOff = (code: FailureCode, changes: Partial<Step> = {}): Step => ({
  ...filmAt("clip").step,
  status: "queued",
  dueAtMs: untilMs,
  failure: { code, message: "no luck" },
  ...changes,
});

describe("what a film waits for by itself", () => {
  test.each([
    ["provider.overloaded", "no luck; next try at 2026-12-01 14:05 UTC", untilMs],
    ["provider.quota", "no luck; next try at 2026-12-01 14:05 UTC", untilMs],
    ["provider.unreachable", "no luck; next try at 2026-12-01 14:05 UTC", untilMs],
    // Their own words say when.
    ["provider.quota_day", "no luck", untilMs],
    ["money.day_cap", "no luck", untilMs],
    // Nobody knows when there will be another login.
    ["provider.bad_key", "waits for a login: no luck", null],
    ["provider.not_configured", "waits for a login: no luck", null],
  ] as const)("%s: %s", (code, message, until) => {
    expect(waitingOf([putOff(code)])).toEqual({ code, message, untilMs: until });
    expect(isPutOff(putOff(code, { status: "waiting" }))).toBe(true);
    expect(isPutOff(putOff(code, { status: "failed" }))).toBe(false);
  });

  test.each(["provider.failed", "provider.unclear", "media.invalid", "storage.busy"] as const)(
    "is nothing after %s: that is tried again soon, a few times",
    (code) => {
      expect(waitingOf([putOff(code)])).toBeNull();
    },
  );

  test("is nothing while something moves, and what is tried next where several wait", () => {
    const [first, other] = [putOff("provider.quota"), putOff("provider.overloaded", { dueAtMs: untilMs - 1 })];
    expect(waitingOf([])).toBeNull();
    expect(waitingOf([first, other])?.code).toBe("provider.overloaded");
    expect(waitingOf([first, putOff("provider.quota", { status: "running" })])).toBeNull();
    expect(waitingOf([first, putOff("provider.quota", { status: "waiting", failure: null })])).toBeNull();
  });

  test("holds up what was not tried yet of its kind, and nothing of another", () => {
    const first = putOff("provider.quota");
    expect(waitingOf([first, { ...first, failure: null }])?.code).toBe("provider.quota");
    expect(waitingOf([first, { ...filmAt("keyframe").step, status: "queued" }])).toBeNull();
  });
});

describe("a film whose step is put off", () => {
  const film = filmAt("clip");
  const failure = { code: "provider.overloaded" as const, message: "busy" };
  const facts = withStep(film.facts, film.step.id, { status: "queued", dueAtMs: untilMs, failure, attempts: 2 });

  test("says so in its status and its view, and asks for nothing", () => {
    const line = statusOf(facts, plan(facts));
    expect(line).toEqual({ status: "video_gen", message: "busy; next try at 2026-12-01 14:05 UTC" });
    const view = viewOf({ ...facts, project: { ...facts.project, ...line } }, plan(facts), (key) => key);
    expect([view.waiting, view.waits]).toEqual([
      { code: "provider.overloaded", message: "busy; next try at 2026-12-01 14:05 UTC", untilMs },
      [],
    ]);
    // A hold, or anything else that is told instead, is no waiting.
    expect(viewOf(facts, plan(facts), (key) => key).waiting).toBeUndefined();
  });

  test("is tried at once when its user says so, and nothing else is changed", () => {
    const tried = stepIn(resume(facts, {}, context).facts, film.step.id);
    expect(tried).toMatchObject({ status: "queued", dueAtMs: NOW_MS, attempts: 2 });
    const passing = withStep(facts, film.step.id, { failure: { ...failure, code: "provider.failed" } });
    expect(stepIn(resume(passing, {}, context).facts, film.step.id).dueAtMs).toBe(untilMs);
  });
});
