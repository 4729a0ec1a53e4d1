import type { Storyboard, StoryScene, Transition } from "./api-types.ts";

/** A scene of a storyboard that is being edited. */
export interface DraftScene extends Omit<StoryScene, "scene_index"> {
  /** Stays with the scene wherever it goes. */
  readonly key: string;
  /** Its place in the storyboard that is edited, 0-based; null: it is new. */
  readonly was: number | null;
  /** Removed; it can be restored until the storyboard is saved. */
  readonly isOut: boolean;
}

/** A storyboard with unsaved changes, and the saved one. */
export interface StoryDraft extends Omit<Storyboard, "scenes"> {
  readonly base: Storyboard;
  /** Revision of the film that `base` is of. */
  readonly revision: number;
  /** Keep every other keyframe and clip. */
  readonly patch: boolean;
  readonly scenes: readonly DraftScene[];
}

/** Most scenes of a film; the server says the same. */
export const MOST_SCENES = 100;

/** A draft without changes. */
export const draftOf = (base: Storyboard, revision: number): StoryDraft => ({
  ...base,
  base,
  revision,
  patch: false,
  scenes: base.scenes.map(({ scene_index: was, ...words }) => ({ ...words, key: `was-${was}`, was, isOut: false })),
});

/** Scenes that the film will have, in order. */
export const scenesIn = ({ scenes }: StoryDraft): readonly DraftScene[] => scenes.filter(({ isOut }) => !isOut);

const withScenes = (draft: StoryDraft, scenes: readonly DraftScene[]): StoryDraft => ({ ...draft, scenes });

/** The draft with a part of one scene changed. */
export const changed = (draft: StoryDraft, key: string, part: Partial<DraftScene>): StoryDraft =>
  withScenes(
    draft,
    draft.scenes.map((scene) => (scene.key === key ? { ...scene, ...part } : scene)),
  );

/** A scene one place earlier (-1) or later (1) among those that stay; the same draft at either end. */
export function moved(draft: StoryDraft, key: string, by: -1 | 1): StoryDraft {
  const staying = scenesIn(draft);
  const from = staying.findIndex((scene) => scene.key === key);
  const neighbour = staying[from + by];
  const scene = staying[from];
  if (scene === undefined || neighbour === undefined) return draft;
  const rest = draft.scenes.filter((other) => other !== scene);
  return withScenes(draft, rest.toSpliced(rest.indexOf(neighbour) + (by === 1 ? 1 : 0), 0, scene));
}

/** A new, empty scene behind another one, with the same people in it. */
export function added(draft: StoryDraft, after: string, key: string): StoryDraft {
  const place = draft.scenes.findIndex((scene) => scene.key === after);
  const characters = draft.scenes[place]?.characters ?? [];
  const scene: DraftScene = { ...EMPTY_SCENE, characters, key, was: null, isOut: false };
  return withScenes(draft, draft.scenes.toSpliced(place + 1, 0, scene));
}

const EMPTY_SCENE: Omit<StoryScene, "scene_index"> = {
  description: "",
  start_frame_prompt: "",
  end_frame_prompt: "",
  motion_prompt: "",
  transition_notes: "",
  characters: [],
  duration: null,
  transition: null,
};

/** The draft with a scene removed. A new scene is gone at once. */
export const takenOut = (draft: StoryDraft, { key, was }: DraftScene): StoryDraft =>
  was === null
    ? withScenes(
        draft,
        draft.scenes.filter((scene) => scene.key !== key),
      )
    : changed(draft, key, { isOut: true });

/** The storyboard of a draft. Empty prompts become the scene's description. */
export const storyboardOf = (draft: StoryDraft): Storyboard => ({
  title: draft.title.trim(),
  style_guide: draft.style_guide,
  characters: draft.characters,
  scenes: scenesIn(draft).map(({ key: _, was: __, isOut: ___, ...words }, place) => {
    const description = words.description.trim();
    return {
      ...words,
      scene_index: place,
      description,
      start_frame_prompt: words.start_frame_prompt.trim() || description,
      end_frame_prompt: words.end_frame_prompt.trim() || description,
      motion_prompt: words.motion_prompt.trim() || description,
    };
  }),
});

/** Whether saving would change anything. */
export const isChanged = (draft: StoryDraft): boolean =>
  JSON.stringify(sorted(storyboardOf(draft))) !== JSON.stringify(sorted(storyboardOf(draftOf(draft.base, 0))));

/** Scenes with their fields in one order, to compare them. */
const sorted = ({ scenes, ...rest }: Storyboard) => ({
  ...rest,
  scenes: scenes.map((scene) => Object.entries(scene).toSorted(([a], [b]) => (a < b ? -1 : 1))),
});

/** What is missing before it can be saved; null when nothing is. */
export function lacking(draft: StoryDraft): string | null {
  const staying = scenesIn(draft);
  if (staying.length === 0) return "A film needs a scene.";
  const empty = staying.findIndex(({ description }) => description.trim() === "");
  if (empty >= 0) return `Say what happens in scene ${empty + 1}.`;
  return draft.title.trim() === "" ? "The film needs a title." : null;
}

/**
 * Longest transition between two scenes that follow each other, seconds: half of the shorter clip, to a tenth.
 * `clipSeconds`: of a clip without a length of its own.
 */
export function longestTransition(
  left: Pick<StoryScene, "duration">,
  right: Pick<StoryScene, "duration">,
  clipSeconds: number,
): number {
  const shorter = Math.min(left.duration ?? clipSeconds, right.duration ?? clipSeconds);
  return Math.floor(shorter * 5 + 1e-9) / 10;
}

/** A transition of another kind, no longer than it may be. */
export function transitionOf(kind: Transition["kind"], seconds: number, longest: number): Transition {
  if (kind === "cut") return { kind, seconds: 0 };
  return { kind, seconds: Math.min(seconds > 0 ? seconds : Math.min(1, longest), longest) };
}

/**
 * A draft based on the film as it is now. An unchanged draft follows the film, and so does one whose storyboard is still
 * the same (e.g. another take was picked); null where the storyboard was changed elsewhere meanwhile.
 */
export function onTop(draft: StoryDraft, latest: Storyboard, revision: number): StoryDraft | null {
  if (revision === draft.revision) return draft;
  if (JSON.stringify(latest) === JSON.stringify(draft.base)) return { ...draft, revision };
  return isChanged(draft) ? null : draftOf(latest, revision);
}
