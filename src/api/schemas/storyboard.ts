import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { Character, Scene, Storyboard, StyleGuide } from "../../domain/storyboard.ts";
import { Transition } from "../../domain/transition.ts";

/** The domain's rules, and only text that a terminal or a log can show. */
const text = (rules: z.ZodString, example: string) =>
  rules
    .refine((words) => words.isWellFormed(), "is not well-formed Unicode text")
    .refine((words) => !/[^\P{Cc}\t\n\r]/u.test(words), "contains control characters: remove them")
    .meta({ examples: [example] });

const scene = Scene.shape;

/** What the user can set of a scene. */
const SceneWords = z.strictObject({
  description: text(scene.description, "A cat steps out of a noodle bar"),
  start_frame_prompt: text(scene.startFramePrompt, "A cat in a lit doorway, wide shot"),
  end_frame_prompt: text(scene.endFramePrompt, "The same cat on the kerb, close up"),
  motion_prompt: text(scene.motionPrompt, "Slow push in").describe("Motion and camera."),
  transition_notes: text(scene.transitionNotes, "Cut on the sound of rain"),
  characters: z.array(text(scene.characters.element, "Mika")).max(20, "has more than 20 names"),
  duration: scene.durationSeconds
    .unwrap()
    .meta({ examples: [6] })
    .nullable()
    .describe("Seconds; null: the clip length of the project."),
  transition: Transition.meta({ examples: [{ kind: "crossfade", seconds: 0.5 }] })
    .nullable()
    .describe("Into the next scene; null: the crossfade of the project."),
});
type SceneWords = z.output<typeof SceneWords>;

const CharacterWords = z.strictObject({
  name: text(Character.shape.name, "Mika"),
  physical_description: text(Character.shape.physicalDescription, "A small grey cat with white paws"),
  clothing_description: text(Character.shape.clothingDescription, "A red collar"),
});

const FilmWords = z.strictObject({
  title: text(Storyboard.shape.title, "Tokyo at Night"),
  style_guide: z.strictObject({
    visual_style: text(StyleGuide.shape.visualStyle, "watercolor"),
    color_palette: text(StyleGuide.shape.colorPalette, "indigo and amber"),
    camera_style: text(StyleGuide.shape.cameraStyle, "handheld, eye level"),
  }),
});

export const StoryboardAnswer = FilmWords.extend({
  characters: z.array(CharacterWords),
  scenes: z.array(z.strictObject({ scene_index: z.int(), ...SceneWords.shape })),
}).meta({ id: "Storyboard" });

/** A whole storyboard, as `GET storyboard` gives it. A scene's place in the list is its number. */
export const StoryboardBody = FilmWords.extend({
  characters: z
    .array(CharacterWords.extend({ clothing_description: CharacterWords.shape.clothing_description.default("") }))
    .max(20, "has more than 20 characters")
    .default([]),
  scenes: z
    .array(
      SceneWords.extend({
        transition_notes: SceneWords.shape.transition_notes.default(""),
        characters: SceneWords.shape.characters.default([]),
        duration: SceneWords.shape.duration.default(null),
        transition: SceneWords.shape.transition.default(null),
        scene_index: z
          .int()
          .min(0)
          .meta({ examples: [0] })
          .exactOptional(),
      }),
    )
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

/** Changes of one scene, numbered from 0; what is left out stays as it is. */
export const SceneEdit = z
  .strictObject({
    scene: z
      .int()
      .min(0)
      .meta({ examples: [0] }),
    ...SceneWords.exactPartial().shape,
  })
  .meta({ id: "SceneEdit" });

export const storyboardAnswer = (storyboard: Storyboard): z.infer<typeof StoryboardAnswer> => ({
  title: storyboard.title,
  style_guide: {
    visual_style: storyboard.styleGuide.visualStyle,
    color_palette: storyboard.styleGuide.colorPalette,
    camera_style: storyboard.styleGuide.cameraStyle,
  },
  characters: storyboard.characters.map((character) => ({
    name: character.name,
    physical_description: character.physicalDescription,
    clothing_description: character.clothingDescription,
  })),
  scenes: storyboard.scenes.map((scene) => ({ scene_index: scene.sceneIndex, ...wordsOf(scene) })),
});

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
  scenes: body.scenes.map(sceneOf),
});

const wordsOf = (scene: Scene): SceneWords => ({
  description: scene.description,
  start_frame_prompt: scene.startFramePrompt,
  end_frame_prompt: scene.endFramePrompt,
  motion_prompt: scene.motionPrompt,
  transition_notes: scene.transitionNotes,
  characters: scene.characters,
  duration: scene.durationSeconds ?? null,
  transition: scene.transition ?? null,
});

const sceneOf = (words: SceneWords, sceneIndex: number): Scene => ({
  sceneIndex,
  description: words.description,
  startFramePrompt: words.start_frame_prompt,
  endFramePrompt: words.end_frame_prompt,
  motionPrompt: words.motion_prompt,
  transitionNotes: words.transition_notes,
  characters: words.characters,
  ...(words.duration !== null && { durationSeconds: words.duration }),
  ...(words.transition !== null && { transition: words.transition }),
});

/** A storyboard with changes of some scenes. @throws VidpipeError input.invalid when it has no such scene */
export function withEdits(storyboard: Storyboard, edits: readonly z.output<typeof SceneEdit>[]): Storyboard {
  const scenes = [...storyboard.scenes];
  for (const [place, { scene, ...words }] of edits.entries()) {
    const old = scenes[scene];
    if (old === undefined) throw noSuchScene(scene, scenes.length, `scenes.${place}.scene`);
    scenes[scene] = sceneOf({ ...wordsOf(old), ...words }, scene);
  }
  return { ...storyboard, scenes };
}

/** `field` says where the number stood. */
export const noSuchScene = (scene: number, count: number, field = "scene"): VidpipeError =>
  new VidpipeError("input.invalid", `scene must be 0 to ${count - 1}, got ${scene}: this film has ${count}`, { field });
