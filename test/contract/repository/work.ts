import { describe, expect, test } from "bun:test";
import {
  CLIP_ORDER,
  KEYFRAME_ORDER,
  NOON_MS,
  project,
  projectId,
  STITCH_ORDER,
  STORYBOARD_ORDER,
  step,
  stepId,
} from "../../storage/samples.ts";
import { type Bench, failureOf } from "./bench.ts";

const one = projectId(1);
const operation = { name: "operations/1", submittedAtMs: NOON_MS, polls: 0 };

/** What there is to do in the projects of an owner. */
export function describeWork(bench: Bench): void {
  describe(`${bench.name}: work`, () => {
    test("is what is due now, oldest first, and when the next thing is", async () => {
      const steps = [
        step(11, 1, KEYFRAME_ORDER, { position: 2, dueAtMs: NOON_MS }),
        step(12, 1, KEYFRAME_ORDER, { position: 1, dueAtMs: NOON_MS }),
        step(13, 1, STORYBOARD_ORDER, { dueAtMs: NOON_MS - 1 }),
        step(14, 1, CLIP_ORDER, { dueAtMs: NOON_MS + 9 }),
        step(15, 1, CLIP_ORDER, { position: 1, dueAtMs: NOON_MS + 4, status: "waiting", operation }),
        step(16, 1, CLIP_ORDER, { position: 2, status: "done" }),
      ];
      await bench.repository.create(project(1), steps, "a");
      const work = await bench.repository.work("a", NOON_MS);
      expect(work.due.map((due) => due.id)).toEqual([stepId(13), stepId(12), stepId(11)]);
      expect(work.nextDueAtMs).toBe(NOON_MS + 4);
      expect((await bench.repository.work("a", NOON_MS + 9)).nextDueAtMs).toBeNull();
    });

    test("names each step's lane: provider, model and kind", async () => {
      const steps = [STORYBOARD_ORDER, KEYFRAME_ORDER, CLIP_ORDER, STITCH_ORDER].map((order, place) =>
        step(11 + place, 1, order),
      );
      await bench.repository.create(project(1), steps, "a");
      const { due } = await bench.repository.work("a", NOON_MS);
      expect(due[0]).toEqual({
        id: stepId(11),
        projectId: one,
        kind: "storyboard",
        position: 0,
        status: "queued",
        dueAtMs: NOON_MS,
        lane: "studio/writer-1/storyboard",
      });
      expect(due.map((step) => step.lane).slice(1)).toEqual([
        "studio/painter-1/keyframe",
        "studio/camera-1/clip",
        "studio/ffmpeg/stitch",
      ]);
    });

    test("under way are running steps and those a provider works on, due or not", async () => {
      const steps = [
        step(11, 1, STORYBOARD_ORDER, { status: "running" }),
        step(12, 1, CLIP_ORDER, { status: "waiting", operation }),
        step(13, 1, CLIP_ORDER, { status: "waiting", operation, position: 1, dueAtMs: NOON_MS + 5 }),
        step(14, 1, CLIP_ORDER, { status: "waiting", position: 2 }),
        step(15, 1, CLIP_ORDER, { status: "ambiguous", position: 3 }),
      ];
      await bench.repository.create(project(1), steps, "a");
      const work = await bench.repository.work("a", NOON_MS);
      expect(work.active.map((step) => step.id)).toEqual([stepId(11), stepId(12), stepId(13)]);
      expect(work.due.map((step) => step.id)).toEqual([stepId(12), stepId(14)]);
    });

    test("of a held project waits, but what a budget has bought is still looked after", async () => {
      const rows = (n: number) => [
        step(n * 10 + 1, n, CLIP_ORDER),
        step(n * 10 + 2, n, CLIP_ORDER, { status: "waiting", operation, position: 1 }),
      ];
      const held = (reason: "budget" | "disk") => ({ hold: { reason, message: "stopped" } });
      await bench.repository.create(project(1, held("budget")), rows(1), "a");
      await bench.repository.create(project(2, held("disk")), rows(2), "a");
      const work = await bench.repository.work("a", NOON_MS);
      expect(work.due.map((step) => step.id)).toEqual([stepId(12)]);
    });

    test("of a cancelled project is not shown", async () => {
      await bench.repository.create(project(2, { cancelled: true }), [step(21, 2, CLIP_ORDER)], "a");
      expect((await bench.repository.work("a", NOON_MS)).due).toEqual([]);
    });

    test("belongs to the projects one drives, all of them together", async () => {
      await bench.repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a");
      await bench.repository.create(project(2), [step(21, 2, CLIP_ORDER)], "b");
      await bench.repository.create(project(3), [step(31, 3, CLIP_ORDER)], "a");
      expect((await bench.repository.work("a", NOON_MS)).due.map((step) => step.id)).toEqual([stepId(11), stepId(31)]);
      expect(await bench.repository.work("c", NOON_MS)).toEqual({ due: [], active: [], nextDueAtMs: null });
    });
  });

  test(`${bench.name}: inspect finds a new repository sound`, async () => {
    const findings = await bench.repository.inspect();
    expect(findings.map((finding) => finding.level)).toEqual(findings.map(() => "ok"));
    expect(findings.length).toBeGreaterThan(0);
    expect(await failureOf(bench.repository.inspect())).toBeUndefined();
  });
}
