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
const spacedBy = (ms: number) => createGate({ ...POLICY, laneSpacingMs: () => ms });

describe("a lane whose model asks to slow down", () => {
  test("opens when the longest wait that was asked for is over, in whatever order the answers came", () => {
    for (const [first, second] of [
      [30_000, 5_000],
      [5_000, 30_000],
    ] as const) {
      const gate = spacedBy(0);
      gate.ended(step(1), slowDown(first), 1_000, RANDOM);
      gate.ended(step(2), slowDown(second), 2_000, RANDOM);
      expect(gate.opensAt(step(3))).toBe(first > second ? 32_000 : 33_000);
    }
  });

  test("waits longer with every such answer when nobody says how long", () => {
    const gate = spacedBy(0);
    const opensAt = [1, 2, 3].map((n) => {
      gate.ended(step(n), slowDown(), 1_000, RANDOM);
      return gate.opensAt(step(9));
    });
    expect(opensAt).toEqual([2_500, 4_000, 7_000]);
  });

  test("is slow until the call that was sent to probe it fares better", () => {
    const gate = spacedBy(0);
    gate.ended(step(1), slowDown(), 0, RANDOM);
    expect([gate.isSlow(step(2)), gate.slowLanes()]).toEqual([true, ["veo"]]);
    // One that was under way before says nothing of how the lane is now.
    gate.ended(step(2), null, 100, RANDOM);
    expect(gate.isSlow(step(2))).toBe(true);
    gate.started(step(3), 2_000);
    gate.ended(step(3), null, 3_000, RANDOM);
    expect([gate.isSlow(step(4)), gate.slowLanes(), gate.opensAt(step(4))]).toEqual([false, [], 1_500]);
  });

  test("lets one call go ahead, and the others wait for it, at most ten minutes", () => {
    const gate = spacedBy(0);
    gate.ended(step(1), slowDown(), 0, RANDOM);
    gate.started(step(2), 2_000);
    expect(gate.opensAt(step(3))).toBe(602_000);
    gate.ended(step(2), slowDown(), 3_000, RANDOM);
    // The second such answer in a row: 3,000 ms, and no probe that keeps it shut any more.
    expect(gate.opensAt(step(3))).toBe(6_000);
  });

  test("stays shut for its probe when another call comes back meanwhile", () => {
    for (const failed of [null, failure("provider.unreachable")]) {
      const gate = spacedBy(0);
      gate.ended(step(1), slowDown(), 0, RANDOM);
      gate.started(step(2), 2_000);
      gate.ended(step(3), failed, 3_000, RANDOM);
      expect([gate.opensAt(step(4)), gate.isSlow(step(4))]).toEqual([602_000, true]);
    }
  });

  test("counts from the first again once a probe went well", () => {
    const gate = spacedBy(0);
    gate.ended(step(1), slowDown(), 0, RANDOM);
    gate.ended(step(2), slowDown(), 0, RANDOM);
    gate.started(step(3), 5_000);
    gate.ended(step(3), null, 6_000, RANDOM);
    gate.ended(step(4), slowDown(), 10_000, RANDOM);
    expect(gate.opensAt(step(5))).toBe(11_500);
  });

  test("stays as it is when the probe fails for another reason: that is no wish to slow down", () => {
    const gate = spacedBy(0);
    gate.ended(step(1), slowDown(), 0, RANDOM);
    gate.started(step(2), 2_000);
    gate.ended(step(2), failure("provider.unreachable"), 3_000, RANDOM);
    expect([gate.isSlow(step(3)), gate.opensAt(step(3))]).toEqual([false, 1_500]);
  });

  test("is a lane of its own: others go on", () => {
    const gate = spacedBy(0);
    gate.ended(step(1, "veo"), slowDown(60_000), 0, RANDOM);
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
    ["provider.unreachable", false],
    ["provider.quota_day", false],
    ["provider.unclear", false],
  ] as const)("%s asks for it: %p", (code, slow) => {
    const gate = spacedBy(0);
    gate.ended(step(1), failure(code, 9_000), 0, RANDOM);
    expect([gate.isSlow(step(2)), gate.opensAt(step(2))]).toEqual([slow, slow ? 10_000 : 0]);
  });
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
    gate.ended(step(1), slowDown(60_000), 0, RANDOM);
    gate.started(step(2), 1_000);
    gate.ended(step(2), null, 2_000, RANDOM);
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
