import { describe, expect, test } from "bun:test";
import { type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import { ProjectId, StepId } from "../../src/domain/ids.ts";
import { createGate } from "../../src/engine/lane-throttle.ts";
import type { DueStep } from "../../src/ports/repository.ts";
import { POLICY } from "../support/test-app.ts";

const id = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const step = (n: number, lane = "veo"): DueStep => ({
  id: StepId.parse(id(n)),
  projectId: ProjectId.parse(id(99)),
  kind: "clip",
  position: 0,
  status: "queued",
  dueAtMs: 0,
  lane,
});
const failure = (code: FailureCode, retryAfterMs?: number): VidpipeError =>
  new VidpipeError(code, "no luck", retryAfterMs === undefined ? {} : { retryAfterMs });
const slowDown = (retryAfterMs?: number): VidpipeError => failure("provider.quota", retryAfterMs);

/** A first back-off is 1,500 ms in these tests, and half a base (1,000 ms) comes on top of what a service asks for. */
const RANDOM = 0.5;
/** A gate; `fails` is a call that began when it failed, unless another start is given, and is over. */
const spacedBy = (ms: number) => {
  const gate = createGate({ ...POLICY, laneSpacingMs: () => ms });
  const fails = (of: DueStep, why: VidpipeError, now: number, startedAt = now) => {
    const waitMs = gate.failed(of, startedAt, why, now, RANDOM);
    gate.ended(of, why);
    return waitMs;
  };
  return { ...gate, fails, slowLanes: () => gate.closed().map(({ lane }) => lane) };
};

describe("a lane whose model asks to slow down", () => {
  test("opens when the longest wait that was asked for is over, in whatever order the answers came", () => {
    for (const [first, second] of [
      [30_000, 5_000],
      [5_000, 30_000],
    ] as const) {
      const gate = spacedBy(0);
      gate.fails(step(1), slowDown(first), 1_000);
      gate.fails(step(2), slowDown(second), 2_000);
      expect(gate.opensAt(step(3))).toBe(first > second ? 32_000 : 33_000);
    }
  });

  test("waits longer with every such answer when nobody says how long", () => {
    const gate = spacedBy(0);
    const waits = Array.from({ length: 10 }, (_, n) => gate.fails(step(n), slowDown(), 400_000 * n));
    // It doubles up to five minutes, with a jitter of half of it.
    expect(waits).toEqual([1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 96_000, 192_000, 225_000, 225_000]);
  });

  test("counts one slow-down where calls that were under way together are told it", () => {
    const gate = spacedBy(0);
    for (const n of [1, 2, 3]) gate.fails(step(n), slowDown(), 1_000 + n, 0);
    expect(gate.opensAt(step(9))).toBe(2_503);
    expect(gate.fails(step(4), slowDown(), 3_000)).toBe(3_000);
  });

  test("says why it is closed and how long, and what the step waits is what the lane waits", () => {
    const gate = spacedBy(0);
    expect(gate.fails(step(1), slowDown(60_000), 1_000)).toBe(61_000);
    expect(gate.fails(step(2), slowDown(), 2_000, 500)).toBe(60_000);
    expect(gate.closed()).toEqual([
      { lane: "veo", because: { code: "provider.quota", message: "no luck" }, opensAt: 62_000 },
    ]);
  });

  test("sleeps until a day's quota starts again, and for an hour at most after any other wish", () => {
    const dayMs = 86_400_000;
    const waits = (["provider.quota_day", "provider.quota"] as const).map((code) =>
      spacedBy(0).fails(step(1), failure(code, dayMs), 0),
    );
    expect(waits).toEqual([dayMs + 1_000, 3_601_000]);
    expect(spacedBy(0).fails(step(1), failure("provider.quota_day", 9 * dayMs), 0)).toBe(25 * 3_600_000 + 1_000);
  });

  test("stays as it is when its probe is stopped, and opens by somebody's word", () => {
    const gate = spacedBy(0);
    gate.fails(step(1), slowDown(60_000), 0);
    gate.started(step(2), 61_000);
    expect([gate.ended(step(2), "stopped"), gate.slowLanes()]).toEqual([false, ["veo"]]);
    gate.open("veo", false);
    expect([gate.opensAt(step(3)), gate.isSlow(step(3))]).toEqual([0, true]);
    gate.open("veo", true);
    gate.open("no such lane", true);
    expect([gate.opensAt(step(3)), gate.isSlow(step(3))]).toEqual([0, false]);
  });

  test("is slow until the call that was sent to probe it fares better", () => {
    const gate = spacedBy(0);
    gate.fails(step(1), slowDown(), 0);
    expect([gate.isSlow(step(2)), gate.slowLanes()]).toEqual([true, ["veo"]]);
    // One that was under way before says nothing of how the lane is now.
    gate.ended(step(2), "answered");
    expect(gate.isSlow(step(2))).toBe(true);
    gate.started(step(3), 2_000);
    gate.ended(step(3), "answered");
    expect([gate.isSlow(step(4)), gate.slowLanes(), gate.opensAt(step(4))]).toEqual([false, [], 1_500]);
  });

  test("lets one call go ahead, and the others wait for it, at most ten minutes", () => {
    const gate = spacedBy(0);
    gate.fails(step(1), slowDown(), 0);
    gate.started(step(2), 2_000);
    expect(gate.opensAt(step(3))).toBe(602_000);
    gate.fails(step(2), slowDown(), 3_000);
    // The second such answer in a row: 3,000 ms, and no probe that keeps it shut any more.
    expect(gate.opensAt(step(3))).toBe(6_000);
  });

  test("stays shut for its probe when another call comes back meanwhile", () => {
    for (const failed of ["answered", failure("provider.failed")] as const) {
      const gate = spacedBy(0);
      gate.fails(step(1), slowDown(), 0);
      gate.started(step(2), 2_000);
      gate.ended(step(3), failed);
      expect([gate.opensAt(step(4)), gate.isSlow(step(4))]).toEqual([602_000, true]);
    }
  });

  test("counts from the first again once a probe went well", () => {
    const gate = spacedBy(0);
    gate.fails(step(1), slowDown(), 0);
    gate.fails(step(2), slowDown(), 0);
    gate.started(step(3), 5_000);
    gate.ended(step(3), "answered");
    gate.fails(step(4), slowDown(), 10_000);
    expect(gate.opensAt(step(5))).toBe(11_500);
  });

  test("stays as it is when the probe fails for another reason: that is no wish to slow down", () => {
    const gate = spacedBy(0);
    gate.fails(step(1), slowDown(), 0);
    gate.started(step(2), 2_000);
    expect(gate.fails(step(2), failure("provider.failed"), 3_000)).toBeNull();
    expect([gate.isSlow(step(3)), gate.opensAt(step(3))]).toEqual([false, 1_500]);
  });

  test("is a lane of its own: others go on", () => {
    const gate = spacedBy(0);
    gate.fails(step(1, "veo"), slowDown(60_000), 0);
    expect([gate.opensAt(step(2, "omni")), gate.isSlow(step(2, "omni")), gate.slowLanes()]).toEqual([
      0,
      false,
      ["veo"],
    ]);
  });

  test.each([
    ["provider.quota", true],
    ["provider.overloaded", true],
    ["server.too_many", true],
    ["provider.unreachable", true],
    ["provider.quota_day", true],
    ["provider.bad_key", true],
    ["provider.not_configured", true],
    ["provider.unclear", false],
    ["provider.billing", false],
  ] as const)("%s asks for it: %p", (code, slow) => {
    const gate = spacedBy(0);
    gate.fails(step(1), failure(code, 9_000), 0);
    expect([gate.isSlow(step(2)), gate.opensAt(step(2))]).toEqual([slow, slow ? 10_000 : 0]);
  });
});

test("a look at an operation that reaches nobody closes nothing, one that is told to slow down does", () => {
  const look: DueStep = { ...step(1), status: "waiting" };
  const closed = (code: FailureCode) => spacedBy(0).fails(look, failure(code, 9_000), 0);
  expect([closed("provider.unreachable"), closed("provider.overloaded"), closed("provider.bad_key")]).toEqual([
    null,
    10_000,
    10_000,
  ]);
});

describe("a lane whose starts are spaced", () => {
  test("opens that long after each start, and is slow from the beginning", () => {
    const gate = spacedBy(4_000);
    expect([gate.isSlow(step(1)), gate.opensAt(step(1)), gate.slowLanes()]).toEqual([true, 0, []]);
    gate.started(step(1), 1_000);
    expect(gate.opensAt(step(2))).toBe(5_000);
    gate.started(step(2), 5_000);
    expect(gate.opensAt(step(3))).toBe(9_000);
  });

  test("does not open early because a call starts while it is closed for longer", () => {
    const gate = spacedBy(4_000);
    gate.fails(step(1), slowDown(60_000), 0);
    gate.started(step(2), 1_000);
    gate.ended(step(2), "answered");
    expect(gate.opensAt(step(3))).toBe(61_000);
  });

  test("even by a millisecond is spaced", () => {
    const gate = spacedBy(1);
    gate.started(step(1), 1_000);
    expect([gate.opensAt(step(2)), gate.isSlow(step(2))]).toEqual([1_001, true]);
  });

  test("a lane without spacing opens at once", () => {
    const gate = spacedBy(0);
    gate.started(step(1), 1_000);
    expect([gate.opensAt(step(2)), gate.isSlow(step(2))]).toEqual([0, false]);
  });
});
