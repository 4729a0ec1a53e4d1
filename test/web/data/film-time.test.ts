import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Storyboard, StoryScene } from "../../../src/web/studio/data/api-types.ts";
import { markerAt, markersOf, secondsOf, stretchesOf } from "../../../src/web/studio/data/film-time.ts";
import { storyOf } from "../support/story.ts";

type Own = Pick<StoryScene, "duration" | "transition">;
const own = (duration: number | null, transition: Own["transition"] = null): Own => ({ duration, transition });

const filmOf = (scenes: readonly Own[], { missing = [] as number[], clip = 6, crossfade = 0 } = {}) => {
  const project = { scene_count: scenes.length, missing_scenes: missing, clip_duration: clip, crossfade };
  const storyboard: Storyboard = storyOf(scenes.length, (place) => scenes[place] ?? {});
  return stretchesOf(project, storyboard);
};
const startsOf = (stretches: ReturnType<typeof filmOf>) =>
  markersOf(stretches, secondsOf(stretches)).map(({ startSeconds }) => startSeconds);

describe("scene markers", () => {
  test("stand where the cuts are", () => {
    expect(startsOf(filmOf([own(null), own(null), own(null)]))).toEqual([0, 6, 12]);
  });

  test("stand where the film's crossfade begins", () => {
    expect(startsOf(filmOf([own(null), own(null), own(null)], { crossfade: 1 }))).toEqual([0, 5, 10]);
  });

  test("stand where each scene's own transition begins, behind clips of their own length", () => {
    const dip = { kind: "dip", seconds: 2 } as const;
    const cut = { kind: "cut", seconds: 0 } as const;
    expect(startsOf(filmOf([own(4, dip), own(8, cut), own(null), own(5)], { crossfade: 1 }))).toEqual([0, 2, 10, 15]);
  });

  test("stand where the stitch says they do, unless it joined other scenes", () => {
    const stretches = filmOf([own(null), own(null), own(null)]);
    const startsFrom = (told: readonly number[]) => markersOf(stretches, 18, told).map((marker) => marker.startSeconds);
    expect(startsFrom([0, 4.25, 11])).toEqual([0, 4.25, 11]);
    expect(startsFrom([0, 9])).toEqual([0, 6, 12]);
  });

  test("leave out scenes that the film lacks, whose neighbour's transition is cut to half of the new clip", () => {
    const long = { kind: "crossfade", seconds: 3 } as const;
    const stretches = filmOf([own(null, long), own(null), own(4)], { missing: [1] });
    expect(markersOf(stretches, 8).map(({ scene, startSeconds }) => [scene, startSeconds])).toEqual([
      [0, 0],
      [2, 4],
    ]);
  });

  test("are at the film's own pace without a storyboard", () => {
    const project = { scene_count: 2, missing_scenes: [], clip_duration: 6, crossfade: 0 };
    expect(markersOf(stretchesOf(project, null), 24).map(({ startSeconds }) => startSeconds)).toEqual([0, 12]);
  });

  test("fill the film from its start to its end without gaps", () => {
    const scene = fc.record({
      duration: fc.option(fc.integer({ min: 1, max: 10 })),
      transition: fc.option(fc.record({ kind: fc.constant("dip" as const), seconds: fc.constantFrom(0.1, 0.5) })),
    });
    const film = fc.record({
      scenes: fc.array(scene, { minLength: 1, maxLength: 30 }),
      crossfade: fc.constantFrom(0, 0.1, 0.5),
      durationSeconds: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(film, ({ scenes, crossfade, durationSeconds }) => {
        const markers = markersOf(filmOf(scenes, { crossfade }), durationSeconds);
        expect(markers[0]?.startSeconds).toBe(0);
        expect(markers.at(-1)?.endSeconds).toBe(durationSeconds);
        for (const [place, marker] of markers.entries()) {
          expect(marker.endSeconds).toBeGreaterThan(marker.startSeconds);
          if (place > 0) expect(markers[place - 1]?.endSeconds).toBe(marker.startSeconds);
        }
      }),
    );
  }, 0);

  test("tell which scene is on", () => {
    const markers = markersOf(filmOf([own(null), own(null)]), 12);
    expect([0, 5.9, 6, 12].map((seconds) => markerAt(markers, seconds)?.scene)).toEqual([0, 0, 1, 1]);
  });
});
