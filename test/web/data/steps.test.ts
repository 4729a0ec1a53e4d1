import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type HistoryEvent, historyEvent, lanesOf, remainingMs, stepsOf } from "../../../src/web/studio/data/steps.ts";

let seq = 0;
const step = (kind: string, position: number, status: string, atMs: number, take = 1): HistoryEvent => ({
  seq: ++seq,
  atMs,
  type: "step",
  data: { kind, position, take, status, message: null },
});

describe("steps", () => {
  test("count from the moment they first run, through waiting, to their end", () => {
    const steps = stepsOf([
      step("clip", 0, "queued", 1_000),
      step("clip", 0, "running", 2_000),
      step("clip", 0, "waiting", 3_000),
      step("clip", 0, "running", 60_000),
      step("clip", 0, "done", 61_000),
    ]);
    expect(steps.get("clip 0")).toMatchObject({ status: "done", startedAtMs: 2_000, endedAtMs: 61_000 });
  });

  test("begin anew when they are put back in line", () => {
    const steps = stepsOf([step("clip", 0, "running", 1_000), step("clip", 0, "queued", 2_000)]);
    expect(steps.get("clip 0")).toMatchObject({ status: "queued", startedAtMs: null, endedAtMs: null });
  });

  test("show the newest take", () => {
    const steps = stepsOf([step("keyframe", 1, "done", 1_000), step("keyframe", 1, "running", 5_000, 2)]);
    expect(steps.get("keyframe 1")).toMatchObject({ take: 2, status: "running", startedAtMs: 5_000 });
  });

  test("are not moved by late news of an older take", () => {
    const steps = stepsOf([step("keyframe", 1, "running", 5_000, 2), step("keyframe", 1, "done", 6_000)]);
    expect(steps.get("keyframe 1")).toMatchObject({ take: 2, status: "running" });
  });

  test("ignore money, projects and kinds they do not know", () => {
    const money: HistoryEvent = { seq: 1, atMs: 0, type: "money", data: { state: "spent", usd: 1 } };
    expect(stepsOf([money, step("poster", 0, "done", 1)]).size).toBe(0);
  });
});

describe("lanes", () => {
  test("have one still more than scenes", () => {
    const lanes = lanesOf(new Map(), 4);
    expect(lanes.map((lane) => lane.steps.length)).toEqual([1, 5, 4, 1]);
  });

  test("know neither stills nor clips before the storyboard", () => {
    expect(lanesOf(new Map(), null).map((lane) => lane.steps.length)).toEqual([1, 0, 0, 1]);
  });

  test("count what is done or left out", () => {
    const steps = stepsOf([step("clip", 0, "done", 1), step("clip", 1, "skipped", 2), step("clip", 2, "refused", 3)]);
    expect(lanesOf(steps, 3)[2]?.done).toBe(2);
  });

  test("tell how long they still take by their pace so far", () => {
    const steps = stepsOf([
      step("clip", 0, "running", 0),
      step("clip", 1, "running", 0),
      step("clip", 0, "done", 10_000),
    ]);
    const [, , clips] = lanesOf(steps, 3);
    expect(clips && remainingMs(clips, 14_000)).toBe(16_000);
  });

  test("tell nothing when they take longer than their pace", () => {
    const steps = stepsOf([step("clip", 0, "running", 0), step("clip", 0, "done", 1_000)]);
    const [, , clips] = lanesOf(steps, 2);
    expect(clips && remainingMs(clips, 99_000)).toBeNull();
  });
});

describe("a stream message", () => {
  const at = "2026-11-22T18:00:00.000Z";

  test("becomes history", () => {
    const data = JSON.stringify({ seq: 7, at, kind: "clip", position: 2, take: 1, status: "done", message: null });
    expect(historyEvent({ id: "7", event: "step", data })).toMatchObject({
      seq: 7,
      atMs: Date.parse(at),
      type: "step",
      data: { kind: "clip", position: 2 },
    });
  });

  test("without number, time or JSON is no history, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string()), (data, id) => {
        expect(historyEvent({ id: id === "7" ? null : id, event: "step", data })).toBeUndefined();
      }),
    );
  }, 0);
});
