import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VidpipeError } from "../../../../src/domain/errors.ts";
import { QUALITIES } from "../../../../src/media/stitch/encode/quality.ts";
import { encodeArgs } from "../../../../src/media/stitch/encode/video-args.ts";
import type { ClipLayout } from "../../../../src/media/stitch/format/clip-layout.ts";
import { explainPlan } from "../../../../src/media/stitch/plan/explain.ts";
import { keptLayouts } from "../../../../src/media/stitch/plan/kept-length.ts";
import { encodedFrames, planStitch } from "../../../../src/media/stitch/plan/plan.ts";
import { soundSpans } from "../../../../src/media/stitch/sound/sound-args.ts";
import type { LastFrame } from "../../../../src/ports/media.ts";
import { film720, layout } from "../layouts.ts";

type Keep = readonly (number | null)[];

const planned = (clips: readonly ClipLayout[], keep: Keep, fade = 0, lastFrames: readonly LastFrame[] = []) =>
  planStitch(keptLayouts(clips, keep), fade, undefined, lastFrames);

describe("a clip that is cut to a length", () => {
  test("is copied up to it where packets allow that", () => {
    const plan = planned([layout(), layout({ frames: 144 })], [6, null]);
    expect(plan.segments).toEqual([
      { kind: "copy", clip: 0, from: 0, to: 144 },
      { kind: "copy", clip: 1, from: 0, to: 144 },
    ]);
    expect(plan.frames).toBe(288);
    expect(explainPlan(plan)[0]).toEqual(["clip 1", "copy", "144", "packets copied; cut from 8.00 s to 6.00 s"]);
  });

  test("has only the frames between the last clean end and the cut encoded", () => {
    const plan = planned([layout({ cleanEnds: [100, 142, 146, 192] }), layout()], [6, null]);
    expect(plan.segments.slice(0, 2)).toEqual([
      { kind: "copy", clip: 0, from: 0, to: 142 },
      { kind: "encode", clip: 0, from: 142, to: 144 },
    ]);
    expect(explainPlan(plan)[0]?.[3]).toBe(
      "packets copied; cut from 8.00 s to 6.00 s; 2 frames before the cut encoded",
    );
  });

  test("passes into the next by a fade that ends at the cut, and shows nothing behind it", () => {
    const clips = [layout({ path: "/a.mp4" }), layout({ path: "/b.mp4" })];
    const plan = planned(clips, [6, null], 0.5);
    const window = { kind: "window", left: 0, from: 132, fade: 12, to: 24 } as const;
    expect(plan.segments[1]).toEqual(window);
    expect(plan.frames).toBe(144 + 192 - 12);
    const encoder = { quality: QUALITIES.standard, tonemap: false };
    const args = encodeArgs(plan, keptLayouts(clips, [6, null]), window, encoder, "/out.mp4").join(" ");
    expect(args).toContain("[0:V:0]settb=1/24,setpts=N,fps=24/1,trim=end_frame=12,");
    expect(args).toContain("[1:V:0]settb=1/24,setpts=N,fps=24/1,format=");
  });

  test("loses its last frame too where that is to go", () => {
    const plan = planned([layout(), layout()], [6, null], 0, ["drop"]);
    expect(plan.segments[0]).toEqual({ kind: "copy", clip: 0, from: 0, to: 143 });
    expect(plan.clips[0]).toMatchObject({ frames: 143, cut: { fromSeconds: 8, toSeconds: 6 } });
  });

  test("lets no fade be longer than half of what is left", () => {
    expect(() => planned([layout(), layout()], [1, null], 0.6)).toThrow(
      "longer than half of clip 1; use 0.5 s or less",
    );
  });

  test("counts what is left when the film's format is chosen", () => {
    const fast = layout({ format: { ...film720, frameRate: { num: 30, den: 1 } }, frames: 240 });
    expect(planned([fast, layout({ frames: 144 })], [null, null]).format.frameRate.num).toBe(30);
    const plan = planned([fast, layout({ frames: 144 })], [4, null]);
    expect([plan.format.frameRate.num, plan.clips[0]?.frames]).toEqual([24, 96]);
  });

  test("of a varying rate is cut by time", () => {
    const odd = layout({ regular: false, oddity: "its frame rate varies", frames: 50, pictureSeconds: 8 });
    const plan = planned([odd, layout()], [6, null]);
    expect(plan.segments[0]).toEqual({ kind: "encode", clip: 0, from: 0, to: 144 });
    expect(plan.clips[0]?.reason).toBe("its frame rate varies; cut from 8.00 s to 6.00 s");
  });

  test("at an NTSC rate is cut at the nearest frame", () => {
    const format = { ...film720, frameRate: { num: 30_000, den: 1_001 } };
    expect(planned([layout({ format, frames: 240 })], [6]).frames).toBe(180);
  });
});

test.each([[null], [8], [8.01], [60], [7.99]])("a clip of 8 s of which %p s are kept is shown whole", (seconds) => {
  const clips = [layout(), layout()];
  expect(keptLayouts(clips, [seconds, null])).toEqual(clips);
  expect(planned(clips, [seconds, null])).toEqual(planStitch(clips, 0));
});

test.each([[[0, null]], [[-1, null]], [[Number.NaN, null]], [[Infinity, null]], [[6]], [[6, 6, 6]]])(
  "lengths of %p are refused",
  (keep) => {
    expect(() => keptLayouts([layout(), layout()], keep)).toThrow(VidpipeError);
  },
);

test("for any lengths the film is the sum of what is kept less the fades, its sound as long, and never more is encoded than one group a cut", () => {
  const gop = 24;
  const clipAndKeep = fc.record({
    frames: fc.integer({ min: 26, max: 240 }),
    keep: fc.option(fc.integer({ min: 26, max: 260 })),
  });
  fc.assert(
    fc.property(
      fc.array(clipAndKeep, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 13 }),
      (list, fade) => {
        const clips = list.map(({ frames }) => layout({ frames, gop, cleanEnds: [...everyThird(frames), frames] }));
        const keep = list.map(({ keep }) => (keep === null ? null : keep / 24));
        const plan = planned(clips, keep, fade / 24);
        const shown = list.map(({ frames, keep }) => Math.min(frames, keep ?? frames));
        const frames = shown.reduce((sum, count) => sum + count, 0) - fade * (list.length - 1);
        expect(plan.clips.map((clip) => clip.frames)).toEqual(shown);
        expect(plan.frames).toBe(frames);
        expect(soundSpans(plan).at(-1)?.end).toBe(frames * 2_000);
        if (fade === 0) expect(encodedFrames(plan)).toBeLessThan(3 * list.length);
        const cut = plan.clips.map((clip) => clip.cut !== undefined);
        expect(cut).toEqual(list.map(({ frames, keep }) => keep !== null && keep < frames));
      },
    ),
  );
});

const everyThird = (frames: number): number[] =>
  Array.from({ length: Math.floor((frames - 1) / 3) }, (_, index) => (index + 1) * 3);
