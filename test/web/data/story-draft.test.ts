import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  added,
  changed,
  draftOf,
  isChanged,
  lacking,
  longestTransition,
  moved,
  onTop,
  type StoryDraft,
  scenesIn,
  storyboardOf,
  takenOut,
  transitionOf,
} from "../../../src/web/studio/data/story-draft.ts";
import { storyOf } from "../support/story.ts";

const descriptions = (draft: StoryDraft) => storyboardOf(draft).scenes.map(({ description }) => description);
const sceneAt = (draft: StoryDraft, place: number) => {
  const scene = scenesIn(draft)[place];
  if (scene === undefined) throw new Error(`there is no scene ${place}`);
  return scene;
};

describe("a storyboard that is being edited", () => {
  test("is the storyboard until something is changed", () => {
    const story = storyOf(3);
    const draft = draftOf(story, 4);
    expect(storyboardOf(draft)).toEqual(story);
    expect(isChanged(draft)).toBe(false);
    expect(isChanged(changed(draft, "was-1", { duration: 8 }))).toBe(true);
  });

  test("is not changed when a change is taken back, whatever its spaces", () => {
    const draft = changed(draftOf(storyOf(2), 0), "was-0", { description: "Other." });
    expect(isChanged(draft)).toBe(true);
    expect(isChanged(changed(draft, "was-0", { description: " Scene 0 happens. " }))).toBe(false);
  });

  test("takes a scene out and puts it back in its place", () => {
    const draft = draftOf(storyOf(3), 0);
    const without = takenOut(draft, sceneAt(draft, 1));
    expect(descriptions(without)).toEqual(["Scene 0 happens.", "Scene 2 happens."]);
    expect(isChanged(changed(without, "was-1", { isOut: false }))).toBe(false);
  });

  test("moves a scene past one that was taken out", () => {
    const draft = draftOf(storyOf(3), 0);
    const without = takenOut(draft, sceneAt(draft, 1));
    expect(descriptions(moved(without, "was-2", -1))).toEqual(["Scene 2 happens.", "Scene 0 happens."]);
    expect(moved(without, "was-2", 1)).toBe(without);
  });

  test("has a new scene where it was added, and forgets it when it is taken out again", () => {
    const draft = added(draftOf(storyOf(2), 0), "was-0", "new-1");
    expect(lacking(draft)).toBe("Say what happens in scene 2.");
    const written = changed(draft, "new-1", { description: "A whale sings." });
    expect(lacking(written)).toBeNull();
    expect(storyboardOf(written).scenes[1]).toMatchObject({
      scene_index: 1,
      end_frame_prompt: "A whale sings.",
      motion_prompt: "A whale sings.",
    });
    expect(takenOut(written, sceneAt(written, 1)).scenes).toHaveLength(2);
  });

  test("needs a scene and a title", () => {
    const draft = draftOf(storyOf(1), 0);
    expect(lacking(takenOut(draft, sceneAt(draft, 0)))).toBe("A film needs a scene.");
    expect(lacking({ ...draft, title: " " })).toBe("The film needs a title.");
  });

  test("keeps every scene once, in whatever way they are moved", () => {
    const moves = fc.array(fc.tuple(fc.nat(4), fc.constantFrom(-1 as const, 1 as const)), { maxLength: 20 });
    fc.assert(
      fc.property(moves, (steps) => {
        const draft = steps.reduce((now, [place, by]) => moved(now, `was-${place}`, by), draftOf(storyOf(5), 0));
        expect(descriptions(draft).toSorted()).toEqual(descriptions(draftOf(storyOf(5), 0)));
        expect(storyboardOf(draft).scenes.map(({ scene_index }) => scene_index)).toEqual([0, 1, 2, 3, 4]);
      }),
    );
  }, 0);
});

describe("a draft beside a film that others direct, too", () => {
  const base = storyOf(2);
  const other = storyOf(2, () => ({ description: "Somebody else's words." }));
  const mine = changed(draftOf(base, 3), "was-0", { description: "My words." });

  test("goes on top of a new revision that left the storyboard alone", () => {
    expect(onTop(mine, base, 4)).toEqual({ ...mine, revision: 4 });
  });

  test("follows the film where nothing was typed", () => {
    expect(onTop(draftOf(base, 3), other, 4)).toEqual(draftOf(other, 4));
  });

  test("is late where the storyboard is another one, and is kept as it is", () => {
    expect(onTop(mine, other, 4)).toBeNull();
  });
});

describe("a transition", () => {
  test.each([
    [4, 8, 2],
    [null, 3, 1.5],
    [1, null, 0.5],
    [5.5, 8, 2.7],
  ])("between clips of %p and %p s takes at most %p s", (left, right, most) => {
    expect(longestTransition({ duration: left }, { duration: right }, 6)).toBe(most);
  });

  test("keeps its length when its kind changes, where that is not too long", () => {
    expect(transitionOf("dip", 0.4, 2)).toEqual({ kind: "dip", seconds: 0.4 });
    expect(transitionOf("dip", 3, 2)).toEqual({ kind: "dip", seconds: 2 });
    expect(transitionOf("cut", 3, 2)).toEqual({ kind: "cut", seconds: 0 });
    expect(transitionOf("dissolve", 0, 0.5)).toEqual({ kind: "dissolve", seconds: 0.5 });
  });
});
