import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VidpipeError } from "../../../../src/domain/errors.ts";
import { TRANSITION_KINDS, type Transition } from "../../../../src/domain/transition.ts";
import type { ClipLayout } from "../../../../src/media/stitch/format/clip-layout.ts";
import { explainPlan } from "../../../../src/media/stitch/plan/explain.ts";
import {
  encodedFrames,
  planStitch,
  type Segment,
  type StitchPlan,
  segmentFrames,
} from "../../../../src/media/stitch/plan/plan.ts";
import { soundSpans } from "../../../../src/media/stitch/sound/sound-args.ts";
import { planFilm } from "../../../../src/media/stitch/stitch.ts";
import type { LastFrame } from "../../../../src/ports/media.ts";
import { film720, layout, sps } from "../layouts.ts";

const withFormat = (over: Partial<ClipLayout["format"]>): Partial<ClipLayout> => ({ format: { ...film720, ...over } });

function refusal(work: () => unknown): VidpipeError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof VidpipeError) return thrown;
    throw thrown;
  }
  throw new Error("was not refused");
}

describe("hard cuts", () => {
  test("plain clips are copied whole", () => {
    const plan = planStitch([layout(), layout({ frames: 191 })], 0);
    expect(plan.segments).toEqual([
      { kind: "copy", clip: 0, from: 0, to: 192 },
      { kind: "copy", clip: 1, from: 0, to: 191 },
    ]);
    expect(plan.joins).toEqual([{ kind: "cut", fade: 0, dropped: 0, treatment: "copy", reason: "hard cut" }]);
  });

  test("a clip whose first frame is no clean start is encoded up to the first that is", () => {
    const plan = planStitch([layout(), layout({ cleanStarts: [48, 96] })], 0);
    expect(plan.segments.slice(1)).toEqual([
      { kind: "encode", clip: 1, from: 0, to: 48 },
      { kind: "copy", clip: 1, from: 48, to: 192 },
    ]);
  });

  test("a fade shorter than half a frame is a hard cut", () => {
    expect(planStitch([layout(), layout()], 0.02).joins).toMatchObject([{ kind: "cut", fade: 0 }]);
  });
});

describe("the duplicate frame at a hard cut", () => {
  const bFrames = () => layout({ cleanEnds: [100, 186, 188, 192] });
  const joined = (clips: readonly ClipLayout[], ...lastFrames: readonly LastFrame[]) =>
    planStitch(clips, 0, undefined, lastFrames);

  test("is left out for nothing where the packets before it are whole without it", () => {
    const plan = joined([layout(), layout()], "drop_if_free");
    expect(plan.segments).toEqual([
      { kind: "copy", clip: 0, from: 0, to: 191 },
      { kind: "copy", clip: 1, from: 0, to: 192 },
    ]);
    expect(plan.joins).toMatchObject([{ dropped: 1, reason: "hard cut, the duplicate frame before it is left out" }]);
    expect(explainPlan(plan)[0]?.slice(0, 3)).toEqual(["clip 1", "copy", "191"]);
  });

  test("stays where others are decoded from it, unless it must go: then those are encoded", () => {
    expect(joined([bFrames(), layout()], "drop_if_free").joins).toMatchObject([
      { dropped: 0, reason: "hard cut, the duplicate frame stays: other frames are decoded from it" },
    ]);
    const plan = joined([bFrames(), layout()], "drop");
    expect(plan.segments.slice(0, 2)).toEqual([
      { kind: "copy", clip: 0, from: 0, to: 188 },
      { kind: "encode", clip: 0, from: 188, to: 191 },
    ]);
    expect(plan.joins[0]?.reason).toBe(
      "hard cut, the duplicate frame before it is left out; 3 frames before it encoded",
    );
  });

  test("costs nothing in a clip that is encoded anyway", () => {
    const plan = joined([layout({ oddity: "it is interlaced", cleanEnds: [192] }), layout()], "drop_if_free");
    expect(plan.segments[0]).toEqual({ kind: "encode", clip: 0, from: 0, to: 191 });
  });

  test("stays where all sound could be copied but for it, unless it must go or the sound is evened out", () => {
    // 8 s are 375 packets of sound to the sample; a frame less is between two packets.
    const list = [layout({ soundPackets: 376 }), layout({ soundPackets: 376 }), layout({ soundPackets: 376 })];
    const dropped = (word: LastFrame, loudnessLufs: number | null = null, clips = list) =>
      planFilm(clips, { crossfadeSeconds: 0, lastFrames: [word, word], loudnessLufs }).joins.map(
        (join) => join.dropped,
      );
    expect(dropped("drop_if_free")).toEqual([0, 0]);
    expect(dropped("drop_if_free", -14)).toEqual([1, 1]);
    expect(dropped("drop_if_free", null, [...list.slice(1), layout()])).toEqual([1, 1]);
    expect(dropped("drop")).toEqual([1, 1]);
    const { joins } = planFilm(list, { crossfadeSeconds: 0, lastFrames: ["drop_if_free", "keep"] });
    expect(joins.map(({ reason }) => reason)).toEqual([
      "hard cut, the duplicate frame stays: without it all sound would be encoded",
      "hard cut",
    ]);
  });

  test("is kept at fades, at the film's end and where nothing would be left of the clip", () => {
    const drops = ["drop", "drop", "drop"] as const;
    const half = { kind: "crossfade", seconds: 1 / 24 } as const;
    const list = [layout({ frames: 1 }), layout(), layout({ frames: 2 }), layout()];
    const plan = planStitch(list, 0, [{ kind: "cut", seconds: 0 }, half, { kind: "cut", seconds: 0 }], drops);
    expect(plan.joins.map(({ dropped }) => dropped)).toEqual([0, 0, 0]);
    expect(joined([layout()], ...drops).frames).toBe(192);
  });
});

describe("crossfades", () => {
  test("only the way to the next clean cut is encoded", () => {
    const plan = planStitch([layout(), layout(), layout()], 0.5);
    expect(plan.segments).toEqual([
      { kind: "copy", clip: 0, from: 0, to: 180 },
      { kind: "window", left: 0, from: 180, fade: 12, to: 24 },
      { kind: "copy", clip: 1, from: 24, to: 180 },
      { kind: "window", left: 1, from: 180, fade: 12, to: 24 },
      { kind: "copy", clip: 2, from: 24, to: 192 },
    ]);
    expect(encodedFrames(plan)).toBe(48);
  });

  test("a copy may end where B-frames allow it", () => {
    const plan = planStitch([layout({ cleanEnds: [100, 177, 181, 192] }), layout()], 0.5);
    expect(plan.segments[1]).toEqual({ kind: "window", left: 0, from: 177, fade: 12, to: 24 });
  });

  test("a clip without a keyframe between its fades is encoded, in a part of its own", () => {
    const plan = planStitch([layout(), layout({ gop: 999 }), layout()], 0.5);
    expect(plan.clips[1]).toMatchObject({ frames: 192, treatment: "encode", reason: "no keyframe between its fades" });
    expect(plan.segments.slice(1, 4)).toEqual([
      { kind: "window", left: 0, from: 180, fade: 12, to: 12 },
      { kind: "encode", clip: 1, from: 12, to: 180 },
      { kind: "window", left: 1, from: 180, fade: 12, to: 24 },
    ]);
  });

  test("the first clip is copied up to its fade even with one keyframe", () => {
    const plan = planStitch([layout({ gop: 999 }), layout({ gop: 999 })], 0.5);
    expect(plan.segments[0]).toEqual({ kind: "copy", clip: 0, from: 0, to: 180 });
  });

  test("a clip of exactly two fades has no body", () => {
    const plan = planStitch([layout(), layout({ frames: 24 }), layout()], 0.5);
    expect(plan.segments.map((segment) => segment.kind)).toEqual(["copy", "window", "window", "copy"]);
    expect(plan.frames).toBe(192 + 24 + 192 - 24);
  });

  test("a clip of one frame has nothing to blend, and a cut is the way out", () => {
    const error = refusal(() => planStitch([layout(), layout({ frames: 1 })], 0.5));
    expect(error.message).toBe("clip 2 has 1 frame; a crossfade needs at least 2 frames: use a cut there");
  });

  test("one clip has no fade to be too long", () => {
    expect(planStitch([layout({ frames: 1 })], 3).frames).toBe(1);
  });

  test.each([Number.NaN, -0.5, Number.POSITIVE_INFINITY])("a crossfade of %p s is refused", (seconds) => {
    expect(refusal(() => planStitch([layout(), layout()], seconds)).code).toBe("input.invalid");
  });

  test("a crossfade over half a clip names the clip and what fits", () => {
    const error = refusal(() => planStitch([layout(), layout({ frames: 25 })], 0.6));
    expect(error.message).toBe("a crossfade of 0.6 s is longer than half of clip 2; use 0.5 s or less");
  });

  test("a transition over half of one of its own clips is refused, however long the others are", () => {
    const list = [layout(), layout(), layout({ frames: 25 }), layout({ frames: 13 })];
    const dip = { kind: "dip", seconds: 2 } as const;
    const short = { kind: "crossfade", seconds: 0.25 } as const;
    expect(planStitch(list, 9, [dip, short, short]).frames).toBe(192 + 192 + 25 + 13 - 48 - 6 - 6);
    expect(refusal(() => planStitch(list, 0, [dip, dip, short])).message).toBe(
      "a dip of 2 s is longer than half of clip 3; use 0.5 s or less",
    );
    expect(refusal(() => planStitch(list, 0, [dip, short])).code).toBe("input.invalid");
  });

  test("no clips are refused", () => {
    expect(refusal(() => planStitch([], 0)).code).toBe("input.invalid");
  });
});

describe("clips that differ", () => {
  test.each<[string, Partial<ClipLayout>, string]>([
    ["size", withFormat({ size: { width: 640, height: 360 } }), "640x360, the film is 1280x720"],
    ["rate", withFormat({ frameRate: { num: 30, den: 1 } }), "30 fps, the film has 24"],
    [
      "colours",
      withFormat({ colour: { ...film720.colour, space: "smpte170m" } }),
      "its colours are BT.601, the film's BT.709",
    ],
    ["parameter sets", { parameterSets: [sps(0, 2)] }, "its parameter sets clash"],
    ["an oddity", { oddity: "it is interlaced" }, "it is interlaced"],
  ])("another %s is encoded, with the reason", (_, over, reason) => {
    const plan = planStitch([layout(), layout(over), layout()], 0.5);
    expect(plan.clips.map((clip) => clip.treatment)).toEqual(["copy", "encode", "copy"]);
    expect(plan.clips[1]?.reason).toBe(reason);
    expect(plan.format).toEqual(film720);
  });

  test("the film takes the format that most of its seconds have, not most of its frames", () => {
    const fast = layout({ frames: 300, ...withFormat({ frameRate: { num: 60, den: 1 } }), pictureSeconds: 5 });
    expect(planStitch([fast, layout()], 0).format.frameRate).toEqual({ num: 24, den: 1 });
  });

  test("parameter sets with ids of their own are merged, and what is encoded gets others", () => {
    const plan = planStitch([layout(), layout({ parameterSets: [sps(1, 2)] })], 0.5);
    expect(plan.clips.map((clip) => clip.treatment)).toEqual(["copy", "copy"]);
    expect(plan.setIds).toEqual({ windows: 2, long: 3 });
  });

  test("a clip of another rate counts by its exact span", () => {
    const odd = layout({ ...withFormat({ frameRate: { num: 30000, den: 1001 } }), frames: 240, pictureSeconds: 8.008 });
    expect(planStitch([layout({ frames: 240 }), odd], 0).clips[1]?.frames).toBe(192);
  });

  test("a film of nothing but odd clips is made playable", () => {
    const odd = layout({ oddity: "its size is odd", ...withFormat({ size: { width: 161, height: 97 } }) });
    const plan = planStitch([odd, odd], 0);
    expect(plan.format.size).toEqual({ width: 160, height: 96 });
    expect(plan.segments.map((segment) => segment.kind)).toEqual(["encode", "encode"]);
  });
});

test("the kind of each join is explained", () => {
  const transitions = [
    { kind: "cut", seconds: 0 },
    { kind: "dip", seconds: 0.5 },
  ] as const;
  const rows = explainPlan(planStitch([layout(), layout(), layout()], 1, transitions));
  expect(rows.filter(([what]) => what?.startsWith("join"))).toEqual([
    ["join 1-2", "copy", "0", "hard cut"],
    ["join 2-3", "window", "24", "12 frames of dip, 0 before and 12 after to reach clean cuts"],
  ]);
});

test("a plan is explained row by row", () => {
  const plan = planStitch([layout(), layout({ oddity: "it is interlaced" })], 0.5);
  expect(explainPlan(plan)).toEqual([
    ["clip 1", "copy", "192", "packets copied"],
    ["join 1-2", "window", "12", "12 frames blended, 0 before and 0 after to reach clean cuts"],
    ["clip 2", "encode", "192", "it is interlaced"],
    ["size", "1280x720", "", "all clips have it"],
    ["rate", "24 fps", "", "all clips have it"],
    ["colour", "BT.709", "", "all clips of that size and rate have it"],
    ["film", "180 copied, 192 encoded (52%)", "372", "1280x720 at 24 fps, 15.5 s, 1 windows"],
  ]);
});

/** Clips of any length, with keyframes and clean ends anywhere, some odd. */
const clips = fc.array(
  fc
    .record({
      frames: fc.integer({ min: 1, max: 120 }),
      starts: fc.array(fc.nat(119), { maxLength: 6 }),
      ends: fc.array(fc.nat(119), { maxLength: 30 }),
      oddity: fc.constantFrom(null, null, null, "it is interlaced"),
      clash: fc.boolean(),
    })
    .map(({ frames, starts, ends, oddity, clash }) => {
      const below = (places: readonly number[]) =>
        [...new Set(places.filter((place) => place < frames))].sort((a, b) => a - b);
      const parameterSets = [sps(0, clash ? 1 : 2)];
      const cleanEnds = [...below(ends).filter((place) => place > 0), frames];
      return layout({ frames, cleanStarts: below(starts), cleanEnds, oddity, parameterSets });
    }),
  { minLength: 1, maxLength: 8 },
);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const blend = fc.constantFrom(...TRANSITION_KINDS.filter((kind) => kind !== "cut"));
/** Joined by the film's crossfade, or each in a way of its own; cuts are as common as the longest fades. */
const lastFrame = fc.constantFrom<LastFrame>("keep", "drop_if_free", "drop");
const films = fc
  .tuple(
    clips,
    share,
    fc.option(fc.array(fc.tuple(blend, share), { minLength: 7, maxLength: 7 })),
    fc.array(lastFrame, { minLength: 7, maxLength: 7 }),
  )
  .map(([list, ofAll, ofEach, lastFrames]) => {
    const most = (some: readonly ClipLayout[]) => Math.min(...some.map((clip) => clip.frames)) / 2;
    if (ofEach === null) {
      const fade = list.length > 1 ? Math.floor(most(list) * ofAll) : 0;
      const fades = list.slice(1).map(() => fade);
      const kept = planStitch(list, fade / 24);
      return { list, fades, lastFrames, kept, plan: planStitch(list, fade / 24, undefined, lastFrames) };
    }
    const transitions = ofEach.slice(0, list.length - 1).map(([kind, ofThis], left): Transition => {
      const fade = Math.floor(most(list.slice(left, left + 2)) * ofThis);
      return fade === 0 ? { kind: "cut", seconds: 0 } : { kind, seconds: fade / 24 };
    });
    const fades = transitions.map(({ seconds }) => Math.round(seconds * 24));
    const kept = planStitch(list, 10, transitions);
    return { list, fades, transitions, lastFrames, kept, plan: planStitch(list, 10, transitions, lastFrames) };
  });

/** Every (clip, frame) that a segment shows. */
function sourcesOf(segment: Segment, plan: StitchPlan): string[] {
  const run = (clip: number, from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `${clip}:${from + index}`);
  if (segment.kind !== "window") return run(segment.clip, segment.from, segment.to);
  const left = plan.clips[segment.left]?.frames ?? 0;
  return [...run(segment.left, segment.from, left), ...run(segment.left + 1, 0, segment.to)];
}

describe("for any clips and any fade", () => {
  test("the film has the sum of the clips less the overlaps and what is left out, and its segments add up to it", () => {
    fc.assert(
      fc.property(films, ({ list, fades, plan }) => {
        const sum = list.reduce((frames, clip) => frames + clip.frames, 0);
        const dropped = plan.joins.reduce((frames, join) => frames + join.dropped, 0);
        expect(plan.frames).toBe(fades.reduce((frames, fade) => frames - fade, sum) - dropped);
        expect(plan.segments.reduce((frames, segment) => frames + segmentFrames(segment, plan.clips), 0)).toBe(
          plan.frames,
        );
      }),
    );
  }, 0);

  test("each join blends as it was asked, and cuts have no window", () => {
    fc.assert(
      fc.property(films, ({ fades, transitions, plan }) => {
        expect(plan.joins.map(({ fade }) => fade)).toEqual(fades);
        if (transitions !== undefined)
          expect(plan.joins.map(({ kind }) => kind)).toEqual(transitions.map(({ kind }) => kind));
        const windows = plan.segments.flatMap((segment) => (segment.kind === "window" ? [segment] : []));
        expect(windows.map(({ left, fade }) => [left, fade])).toEqual(
          fades.flatMap((fade, left) => (fade > 0 ? [[left, fade]] : [])),
        );
        const spans = soundSpans(plan);
        expect(spans.slice(1).map(({ start }, left) => (spans[left]?.end ?? 0) - start)).toEqual(
          fades.map((fade) => fade * 2_000),
        );
      }),
    );
  }, 0);

  test("every source frame is shown exactly once, in order, save the last ones that are left out", () => {
    fc.assert(
      fc.property(films, ({ list, plan }) => {
        const shown = plan.segments.flatMap((segment) => sourcesOf(segment, plan));
        const all = list.flatMap((clip, index) =>
          Array.from({ length: clip.frames - (plan.joins[index]?.dropped ?? 0) }, (_, frame) => `${index}:${frame}`),
        );
        expect(shown).toEqual(all);
      }),
    );
  }, 0);

  test("a frame is left out only at cuts, always where it must go, and never at a price where it need not", () => {
    fc.assert(
      fc.property(films, ({ list, fades, lastFrames, kept, plan }) => {
        const shown = plan.joins.map(({ dropped }, left) => [lastFrames[left], dropped === 1]);
        const possible = fades.map(
          (fade, left) => fade === 0 && (list[left]?.frames ?? 0) - (fades[left - 1] ?? 0) > 1,
        );
        const sure = lastFrames.map((word, left) => word === "drop" && possible[left]);
        const ruledOut = lastFrames.map((word, left) => word === "keep" || possible[left] === false);
        expect(shown.filter(([, dropped], left) => (sure[left] && !dropped) || (ruledOut[left] && dropped))).toEqual(
          [],
        );
        if (!lastFrames.includes("drop")) expect(encodedFrames(plan)).toBeLessThanOrEqual(encodedFrames(kept));
      }),
    );
  }, 0);

  test("copies start and end only at clean cuts of clips that may be copied", () => {
    fc.assert(
      fc.property(films, ({ list, plan }) => {
        for (const segment of plan.segments) {
          if (segment.kind !== "copy") continue;
          const clip = list[segment.clip];
          expect(clip?.oddity).toBeNull();
          expect(clip?.cleanStarts).toContain(segment.from);
          expect(clip?.cleanEnds).toContain(segment.to);
        }
      }),
    );
  }, 0);

  test("the sound of each clip lies under its picture to the sample, whatever the frame rate", () => {
    const rates = fc.constantFrom(
      { num: 24, den: 1 },
      { num: 24000, den: 1001 },
      { num: 30000, den: 1001 },
      { num: 25, den: 1 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 20, max: 500 }), { minLength: 1, maxLength: 40 }),
        rates,
        (counts, frameRate) => {
          const list = counts.map((frames) => layout({ frames, ...withFormat({ frameRate }) }));
          const plan = planStitch(list, (10 * frameRate.den) / frameRate.num);
          let first = 0;
          for (const [index, span] of soundSpans(plan).entries()) {
            const exact = (frame: number) => (frame * 48_000 * frameRate.den) / frameRate.num;
            expect(Math.abs(span.start - exact(first))).toBeLessThanOrEqual(0.5);
            expect(Math.abs(span.end - exact(first + (counts[index] ?? 0)))).toBeLessThanOrEqual(0.5);
            first += (counts[index] ?? 0) - (plan.joins[index]?.fade ?? 0);
          }
        },
      ),
    );
  }, 0);
});
