import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { Character, Scene, Storyboard, StyleGuide } from "../../domain/storyboard.ts";
import { Transition } from "../../domain/transition.ts";

/** The domain's rules, and only text that a terminal or a log can show. */
const text = (rules: z.ZodString) =>
  rules
    .refine((words) => words.isWellFormed(), "is not well-formed Unicode text")
    .refine((words) => !/[^\P{Cc}\t\n\r]/u.test(words), "contains control characters: remove them");

const scene = Scene.shape;
/** Seconds; null: the clip length of the project. */
const Duration = scene.durationSeconds.unwrap().nullable();
/** Into the next scene; null: the crossfade of the project. */
const Passage = Transition.nullable();
const Characters = z.array(text(scene.characters.element)).max(20, "has more than 20 names");

/** What the user can set of a scene. */
const SceneWords = z.strictObject({
  description: text(scene.description),
  start_frame_prompt: text(scene.startFramePrompt),
  end_frame_prompt: text(scene.endFramePrompt),
  motion_prompt: text(scene.motionPrompt),
  transition_notes: text(scene.transitionNotes).default(""),
  characters: Characters.default([]),
  duration: Duration.default(null),
  transition: Passage.default(null),
});

/** A whole storyboard, as `GET storyboard` gives it. A scene's place in the list is its number. */
export const StoryboardBody = z
  .strictObject({
    title: text(Storyboard.shape.title),
    style_guide: z.strictObject({
      visual_style: text(StyleGuide.shape.visualStyle),
      color_palette: text(StyleGuide.shape.colorPalette),
      camera_style: text(StyleGuide.shape.cameraStyle),
    }),
    characters: z
      .array(
        z.strictObject({
          name: text(Character.shape.name),
          physical_description: text(Character.shape.physicalDescription),
          clothing_description: text(Character.shape.clothingDescription).default(""),
        }),
      )
      .max(20, "has more than 20 characters")
      .default([]),
    scenes: z
      .array(SceneWords.extend({ scene_index: z.int().min(0).exactOptional() }))
      .min(1, "has no scene")
      .max(100, "has more than 100 scenes"),
  })
  .superRefine(({ scenes }, context) => {
    scenes.forEach(({ scene_index = -1 }, place) => {
      if (scene_index !== -1 && scene_index !== place)
        context.addIssue({ code: "custom", path: ["scenes", place, "scene_index"], message: `must be ${place}` });
    });
  })
  .meta({ id: "StoryboardEdit", description: "A whole storyboard, as GET storyboard gives it." });

/** Changes of one scene; what is left out stays as it is. */
export const SceneEdit = z
  .strictObject({
    /** 0-based. */
    scene: z.int().min(0),
    description: SceneWords.shape.description.exactOptional(),
    start_frame_prompt: SceneWords.shape.start_frame_prompt.exactOptional(),
    end_frame_prompt: SceneWords.shape.end_frame_prompt.exactOptional(),
    motion_prompt: SceneWords.shape.motion_prompt.exactOptional(),
    transition_notes: text(scene.transitionNotes).exactOptional(),
    characters: Characters.exactOptional(),
    duration: Duration.exactOptional(),
    transition: Passage.exactOptional(),
  })
  .meta({ id: "SceneEdit" });

export const storyboardOf = (body: z.output<typeof StoryboardBody>): Storyboard => ({
  title: body.title,
  styleGuide: {
    visualStyle: body.style_guide.visual_style,
    colorPalette: body.style_guide.color_palette,
    cameraStyle: body.style_guide.camera_style,
  },
  characters: body.characters.map((character) => ({
    name: character.name,
    physicalDescription: character.physical_description,
    clothingDescription: character.clothing_description,
  })),
  scenes: body.scenes.map((words, sceneIndex) => ({
    sceneIndex,
    description: words.description,
    startFramePrompt: words.start_frame_prompt,
    endFramePrompt: words.end_frame_prompt,
    motionPrompt: words.motion_prompt,
    transitionNotes: words.transition_notes,
    characters: words.characters,
    ...(words.duration !== null && { durationSeconds: words.duration }),
    ...(words.transition !== null && { transition: words.transition }),
  })),
});

/** A storyboard with changes of some scenes. @throws VidpipeError input.invalid when it has no such scene */
export function withEdits(storyboard: Storyboard, edits: readonly z.output<typeof SceneEdit>[]): Storyboard {
  const { scenes } = storyboard;
  edits.forEach(({ scene }, place) => {
    if (scene >= scenes.length) throw noSuchScene(scene, scenes.length, `scenes.${place}.scene`);
  });
  return {
    ...storyboard,
    scenes: scenes.map((old) => edits.filter((edit) => edit.scene === old.sceneIndex).reduce(edited, old)),
  };
}

/** `field` says where the number stood. */
export const noSuchScene = (scene: number, count: number, field = "scene"): VidpipeError =>
  new VidpipeError("input.invalid", `scene must be 0 to ${count - 1}, got ${scene}: this film has ${count}`, { field });

function edited(old: Scene, edit: z.output<typeof SceneEdit>): Scene {
  const { durationSeconds: length, transition: passage, ...words } = old;
  const duration = edit.duration === undefined ? length : edit.duration;
  const transition = edit.transition === undefined ? passage : edit.transition;
  return {
    ...words,
    description: edit.description ?? old.description,
    startFramePrompt: edit.start_frame_prompt ?? old.startFramePrompt,
    endFramePrompt: edit.end_frame_prompt ?? old.endFramePrompt,
    motionPrompt: edit.motion_prompt ?? old.motionPrompt,
    transitionNotes: edit.transition_notes ?? old.transitionNotes,
    characters: edit.characters ?? old.characters,
    ...(duration != null && { durationSeconds: duration }),
    ...(transition != null && { transition }),
  };
}
