import { expect, test } from "bun:test";
import { joinWords } from "../../src/cli/output/seams.ts";
import type { Transition } from "../../src/domain/transition.ts";
import { fakeProject } from "../support/fake-service.ts";

const scene = (sceneIndex: number, transition?: Transition) => ({
  sceneIndex,
  description: "d",
  startFramePrompt: "s",
  endFramePrompt: "e",
  motionPrompt: "m",
  transitionNotes: "",
  characters: [],
  ...(transition === undefined ? {} : { transition }),
});

function told(crossfadeSeconds: number, ...transitions: (Transition | undefined)[]): string {
  const { request } = fakeProject();
  const styleGuide = { visualStyle: "v", colorPalette: "c", cameraStyle: "c" };
  const scenes = transitions.map((transition, place) => scene(place, transition));
  const storyboard = { title: "t", styleGuide, characters: [], scenes };
  return joinWords({ request: { ...request, crossfadeSeconds }, storyboard });
}

const dip: Transition = { kind: "dip", seconds: 1 };
const cut: Transition = { kind: "cut", seconds: 0 };

test("a film's joins are named as all are, then those of scenes that differ; the last scene has none", () => {
  expect(told(0, undefined, undefined)).toBe("hard cuts");
  expect(told(0.5, undefined, { kind: "crossfade", seconds: 0.5 }, dip)).toBe("crossfade 0.5 s");
  expect(told(0.5, cut, undefined, dip, undefined)).toBe(
    "crossfade 0.5 s (hard cut after scene 1, dip 1 s after scene 3)",
  );
  expect(told(0, dip, dip, dip, dip, dip, dip)).toBe(
    "hard cuts (dip 1 s after scene 1, dip 1 s after scene 2, dip 1 s after scene 3, 2 more)",
  );
});
