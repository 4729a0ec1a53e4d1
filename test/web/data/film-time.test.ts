import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { markerAt, markersOf } from "../../../src/web/studio/data/film-time.ts";

describe("scene markers", () => {
  test("stand where the cuts are", () => {
    const markers = markersOf({ scenes: 3, missing: [], clipSeconds: 6, crossfadeSeconds: 0, durationSeconds: 18 });
    expect(markers.map((marker) => marker.startSeconds)).toEqual([0, 6, 12]);
  });

  test("stand where a crossfade begins", () => {
    const markers = markersOf({ scenes: 3, missing: [], clipSeconds: 6, crossfadeSeconds: 1, durationSeconds: 16 });
    expect(markers.map((marker) => marker.startSeconds)).toEqual([0, 5, 10]);
  });

  test("stand where the stitch says they do, unless it joined other scenes", () => {
    const film = { scenes: 3, missing: [], clipSeconds: 6, crossfadeSeconds: 0, durationSeconds: 18 };
    const startsOf = (starts: readonly number[]) => markersOf({ ...film, starts }).map((marker) => marker.startSeconds);
    expect(startsOf([0, 4.25, 11])).toEqual([0, 4.25, 11]);
    expect(startsOf([0, 9])).toEqual([0, 6, 12]);
  });

  test("leave out scenes that the film lacks", () => {
    const markers = markersOf({ scenes: 3, missing: [1], clipSeconds: 6, crossfadeSeconds: 0, durationSeconds: 12 });
    expect(markers.map(({ scene, startSeconds }) => [scene, startSeconds])).toEqual([
      [0, 0],
      [2, 6],
    ]);
  });

  test("fill the film from its start to its end without gaps", () => {
    const film = fc.record({
      scenes: fc.integer({ min: 1, max: 30 }),
      clipSeconds: fc.integer({ min: 1, max: 10 }),
      crossfadeSeconds: fc.constantFrom(0, 0.1, 0.5),
      durationSeconds: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(film, (facts) => {
        const markers = markersOf({ ...facts, missing: [] });
        expect(markers[0]?.startSeconds).toBe(0);
        expect(markers.at(-1)?.endSeconds).toBe(facts.durationSeconds);
        for (const [place, marker] of markers.entries()) {
          expect(marker.endSeconds).toBeGreaterThan(marker.startSeconds);
          if (place > 0) expect(markers[place - 1]?.endSeconds).toBe(marker.startSeconds);
        }
      }),
    );
  });

  test("tell which scene is on", () => {
    const markers = markersOf({ scenes: 2, missing: [], clipSeconds: 6, crossfadeSeconds: 0, durationSeconds: 12 });
    expect([0, 5.9, 6, 12].map((seconds) => markerAt(markers, seconds)?.scene)).toEqual([0, 0, 1, 1]);
  });
});
