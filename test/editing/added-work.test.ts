import { describe, expect, test } from "bun:test";
import { NO_DIRECTION } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { Storyboard } from "../../src/domain/storyboard.ts";
import { editStoryboard } from "../../src/editing/edit-storyboard.ts";
import { context, filmAt, withStep } from "../support/facts.ts";
import { storyboardOf } from "../support/scripted-provider.ts";

const before = storyboardOf({ prompt: "A cat." }, 3);
const scene = (at: number, change: Partial<Storyboard["scenes"][number]>): Storyboard => ({
  ...before,
  scenes: before.scenes.map((own) => (own.sceneIndex === at ? { ...own, ...change } : own)),
});
const numbered = (scenes: Storyboard["scenes"]): Storyboard => ({
  ...before,
  scenes: scenes.map((own, sceneIndex) => ({ ...own, sceneIndex })),
});

/** A film of three scenes while its first still is drawn. */
function drawing(until: "film" | "keyframes"): ProjectFacts {
  const { facts, step } = filmAt("keyframe", { until, direction: { ...NO_DIRECTION, storyboard: before } });
  return withStep(facts, step.id, { status: "running" });
}
const untilAfter = (facts: ProjectFacts, storyboard: Storyboard) =>
  editStoryboard(facts, { storyboard, patch: false }, context).facts;

describe("an edit while stills are drawn", () => {
  test.each<[string, Storyboard, boolean]>([
    ["of the title", { ...before, title: "Another" }, false],
    ["of a clip's words", scene(2, { motionPrompt: "pan" }), false],
    ["of a still's words that is not drawn yet", scene(1, { endFramePrompt: "still 2, later" }), false],
    ["that makes a clip shorter", scene(1, { durationSeconds: 4 }), false],
    ["that leaves a scene out at the end", numbered(before.scenes.slice(0, 2)), false],
    ["that makes a clip longer", scene(1, { durationSeconds: 8 }), true],
    ["that adds a scene", numbered([...before.scenes, ...before.scenes.slice(0, 1)]), true],
    ["that puts another scene first", numbered(before.scenes.toReversed()), true],
  ])("%s waits for its user: %s", (_name, storyboard, waits) => {
    const { project, steps } = untilAfter(drawing("film"), storyboard);
    expect(project.until).toBe(waits ? "nothing" : "film");
    // What is under way is collected all the same, and nothing else is ordered.
    expect(steps.filter(({ status }) => status === "running")).toHaveLength(1);
    expect(steps.filter(({ status, kind }) => status === "queued" && kind === "keyframe")).toEqual([]);
  });

  test("is asked about only as far as the film is to go", () => {
    expect(untilAfter(drawing("keyframes"), scene(1, { durationSeconds: 8 })).project.until).toBe("keyframes");
    const longer = numbered([...before.scenes, ...before.scenes.slice(0, 1)]);
    expect(untilAfter(drawing("keyframes"), longer).project.until).toBe("nothing");
  });
});
