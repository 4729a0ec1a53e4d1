import { describe, expect, test } from "bun:test";
import { shownRate, standardRate } from "../../../../src/domain/frame-rates.ts";
import { type FilmLook, PLAIN_LOOK } from "../../../../src/domain/media.ts";
import {
  atStandardRate,
  type ClipLayout,
  type PictureFormat,
} from "../../../../src/media/stitch/format/clip-layout.ts";
import { requireWritable } from "../../../../src/media/stitch/mp4/movie-boxes.ts";
import { adaptationRemarks, explainPlan } from "../../../../src/media/stitch/plan/explain.ts";
import { planStitch } from "../../../../src/media/stitch/plan/plan.ts";
import { film720, layout } from "../layouts.ts";

const fps = (num: number, den = 1) => ({ num, den });
const of = (format: Partial<PictureFormat>, seconds = 8, over: Partial<ClipLayout> = {}): ClipLayout => {
  const whole = { ...film720, ...format };
  const frames = Math.round((seconds * whole.frameRate.num) / whole.frameRate.den);
  return layout({ format: whole, frames, ...over });
};
const varying = { oddity: "its frame rate varies", regular: false } as const;
const filmOf = (clips: readonly ClipLayout[], look: Partial<FilmLook> = {}) =>
  planStitch(clips, 0, undefined, [], { ...PLAIN_LOOK, ...look });
const rateOf = (...args: Parameters<typeof filmOf>): string => shownRate(filmOf(...args).format.frameRate);

describe("the rate of a film", () => {
  test.each([
    [fps(24_000, 1_001), "23.976"],
    [fps(2_997, 100), "29.97"],
    [fps(64_350_000, 2_250_323), "30"],
    [fps(29_990, 1_000), "30"],
    [fps(241, 10), "24"],
    [fps(8), "24"],
    [fps(12), "24"],
    [fps(16), "24"],
    [fps(10), "30"],
    [fps(15), "30"],
    [fps(25, 2), "25"],
    [fps(1, 3), "24"],
    [fps(48), "50"],
    [fps(100), "50"],
    [fps(120_000, 1_001), "60"],
    [fps(240), "60"],
    [fps(144), "60"],
  ])("%p is meant as, or brought to, %p", (rate, standard) => {
    expect(shownRate(standardRate(rate))).toBe(standard);
  });

  test("is the one that the clips have for most seconds", () => {
    expect(rateOf([of({ frameRate: fps(30) }), of({}), of({ frameRate: fps(30) }, 1)])).toBe("30");
    expect(rateOf([of({ frameRate: fps(30) }), of({}, 9)])).toBe("24");
    expect(filmOf([of({}), of({}), of({ frameRate: fps(25) })]).why.rate).toBe(
      "2 of 3 clips have it, for most of the seconds",
    );
  });

  test("is kept where all clips share another one exactly, unless frames are to be made between theirs", () => {
    const local = [of({ frameRate: fps(16) }), of({ frameRate: fps(16) })];
    const kept = filmOf(local);
    expect([shownRate(kept.format.frameRate), ...kept.clips.map(({ treatment }) => treatment)]).toEqual([
      "16",
      "copy",
      "copy",
    ]);
    expect(rateOf(local, { interpolate: "blend" })).toBe("24");
    expect(rateOf([...local, of({ frameRate: fps(12) }, 4)])).toBe("24");
    expect(rateOf([of({ frameRate: fps(8) })])).toBe("24");
  });

  test("of clips with varying rates is a standard one that a film of ten hours can be counted in", () => {
    const clips = [of({ frameRate: fps(64_350_000, 2_250_323) }, 67, varying)];
    const { format, why } = filmOf(clips);
    expect(format.frameRate).toEqual(fps(30));
    expect(why.rate).toBe("the standard one for 28.596");
    expect(() => requireWritable(format, 36_000 * 30)).not.toThrow();
    for (const rate of [fps(24_000, 1_001), fps(60_000, 1_001), fps(16), fps(60)])
      expect(() =>
        requireWritable({ ...format, frameRate: rate }, Math.round((36_000 * rate.num) / rate.den)),
      ).not.toThrow();
    expect(() => requireWritable(format, 90_000 * 30)).toThrow("a film of that length cannot be written");
  });

  test("that differs from a standard one by rounding alone is that one, and its clips are copied", () => {
    const rounded = atStandardRate(of({ frameRate: fps(2_997, 100) }));
    expect(rounded.format.frameRate).toEqual(fps(30_000, 1_001));
    expect(rounded.pictureSeconds).toBe((240 * 1_001) / 30_000);
    const plan = filmOf([of({ frameRate: fps(30_000, 1_001) }), rounded]);
    expect(plan.clips.map(({ treatment }) => treatment)).toEqual(["copy", "copy"]);
    // A thousand seconds on, half a millisecond is passed.
    expect(atStandardRate(of({ frameRate: fps(2_997, 100) }, 1_000)).format.frameRate).toEqual(fps(2_997, 100));
    expect(atStandardRate(of({ frameRate: fps(24) }, 8, varying)).format.frameRate).toEqual(fps(24));
  });
});

describe("the size of a film", () => {
  const small = { size: { width: 640, height: 360 } };

  test("is the one that the clips have for most seconds, copied or not", () => {
    const sizes = (clips: readonly ClipLayout[]) => filmOf(clips).format.size;
    expect(sizes([of({}), of(small, 5), of(small, 5)])).toEqual(small.size);
    expect(sizes([of({}, 4), of(small, 20, { oddity: "its codec is hevc" })])).toEqual(small.size);
    // Of equally long ones the one that can be copied.
    expect(sizes([of(small, 8, { oddity: "its codec is hevc" }), of({})])).toEqual(film720.size);
  });

  test("and its rate are those of the clips that were made for it, whatever their user brought beside them", () => {
    const brought = { size: { width: 160, height: 96 }, frameRate: fps(30) };
    const { format, clips } = filmOf([of({}, 2), of(brought, 60, { isGuest: true }), of({}, 2)]);
    expect([format.size, shownRate(format.frameRate)]).toEqual([film720.size, "24"]);
    expect(clips.map(({ treatment }) => treatment)).toEqual(["copy", "encode", "copy"]);
    expect(filmOf([of(brought, 60, { isGuest: true })]).format.size).toEqual(brought.size);
  });

  test("may be given; then no other is copied", () => {
    const plan = filmOf([of({}), of(small)], { size: small.size });
    expect(plan.format.size).toEqual(small.size);
    expect(plan.clips.map(({ treatment }) => treatment)).toEqual(["encode", "copy"]);
    const none = filmOf([of({})], { size: { width: 1920, height: 1080 } });
    expect(none.format).toMatchObject({ size: { width: 1920, height: 1080 }, level: 0, colour: { space: "bt709" } });
  });
});

test("what is done to a clip can be read, and why the film is as it is", () => {
  const clips = [
    of({}),
    of({}),
    of({ size: { width: 640, height: 480 }, frameRate: fps(16) }, 4),
    of({ frameRate: fps(60) }, 1),
  ];
  const plan = filmOf(clips, { fit: "blur", interpolate: "mci" });
  expect(adaptationRemarks(plan)).toEqual([
    "clip 3 is 640x480: laid over a blurred copy of itself",
    "clip 3 has 16 fps: frames are made by following the motion to reach 24 fps",
    "clip 4 has 60 fps: frames are left out to reach 24 fps",
  ]);
  const rows = explainPlan(filmOf(clips));
  expect(rows.find(([what]) => what === "clip 3")?.[3]).toBe(
    "640x480, the film is 1280x720; shown between bars; frames are repeated to reach 24 fps",
  );
  expect(rows.find(([what]) => what === "size")).toEqual([
    "size",
    "1280x720",
    "",
    "3 of 4 clips have it, for most of the seconds",
  ]);
});

describe("the colours of a film", () => {
  const unknown = { range: "unknown", space: "unknown", transfer: "unknown", primaries: "unknown" };

  test("are those of most clips that can be copied, by what they mean and not by their tags", () => {
    const plan = filmOf([of({}), of({ colour: unknown })]);
    expect(plan.clips.map(({ treatment }) => treatment)).toEqual(["copy", "copy"]);
    expect(plan.format.colour).toEqual(film720.colour);
    expect(filmOf([of({ colour: unknown })]).format.colour).toEqual(unknown);
    const sd = { size: { width: 640, height: 360 }, colour: unknown };
    const tagged = { ...sd, colour: { range: "tv", space: "bt470bg", transfer: "smpte170m", primaries: "bt470bg" } };
    expect(filmOf([of(sd), of(tagged)]).format.colour).toMatchObject({ range: "tv", space: "smpte170m" });
  });

  test("that others have are converted, in a film without tags too", () => {
    const bt601 = { range: "tv", space: "smpte170m", transfer: "smpte170m", primaries: "smpte170m" };
    const plan = filmOf([of({ colour: unknown }), of({ colour: unknown }), of({ colour: bt601 })]);
    expect(plan.clips[2]).toMatchObject({ treatment: "encode", reason: "its colours are BT.601, the film's BT.709" });
    expect(plan.why.colour).toBe(
      "2 of 3 clips of that size and rate have it, for most of the seconds; without a tag, it goes by the size",
    );
  });
});
