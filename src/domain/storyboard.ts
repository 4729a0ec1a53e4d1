import { z } from "zod";
import { plainTransition, Transition } from "./transition.ts";

/** The look shared by all scenes of a film. */
export const StyleGuide = z.strictObject({
  visualStyle: z.string().trim().min(1).max(500),
  colorPalette: z.string().trim().min(1).max(500),
  cameraStyle: z.string().trim().min(1).max(500),
});
export type StyleGuide = z.infer<typeof StyleGuide>;

/** A recurring subject (a person, an animal, an object) and its one canonical description. */
export const Character = z.strictObject({
  name: z.string().trim().min(1).max(120),
  physicalDescription: z.string().trim().min(1).max(1_000),
  clothingDescription: z.string().trim().max(1_000),
});
export type Character = z.infer<typeof Character>;

/** A scene as the text model writes it. */
export const WrittenScene = z.strictObject({
  /** 0-based and equal to the scene's place in the list. */
  sceneIndex: z.int().min(0),
  description: z.string().trim().min(1).max(2_000),
  startFramePrompt: z.string().trim().min(1).max(4_000),
  endFramePrompt: z.string().trim().min(1).max(4_000),
  /** Motion and camera only; subjects and setting are in the frame prompts. */
  motionPrompt: z.string().trim().min(1).max(2_000),
  transitionNotes: z.string().trim().max(1_000),
  /** Names from `characters` that are seen in this scene. */
  characters: z.array(z.string().trim().min(1).max(120)).max(20),
});
/** One story unit: it becomes one clip between two stills. */
export const Scene = z.strictObject({
  ...WrittenScene.shape,
  /** Length of its clip in seconds where it differs from the film's; the provider's model says which exist. */
  durationSeconds: z.number().positive().max(60).optional(),
  /** Into the next scene where it differs from the film's crossfade; the last scene's counts for nothing. */
  transition: Transition.optional(),
});
export type Scene = z.infer<typeof Scene>;

/** Style guide, recurring characters and the ordered scenes of a film. */
export const Storyboard = z
  .strictObject({
    title: z.string().trim().min(1).max(200),
    styleGuide: StyleGuide,
    characters: z.array(Character).max(20),
    scenes: z.array(Scene).min(1).max(100),
  })
  .superRefine((storyboard, context) => {
    storyboard.scenes.forEach((scene, place) => {
      if (scene.sceneIndex !== place)
        context.addIssue({ code: "custom", path: ["scenes", place, "sceneIndex"], message: `must be ${place}` });
    });
  });
export type Storyboard = z.infer<typeof Storyboard>;

/** Whether a text mentions a name, in any case; a name in Latin letters only as a word of its own. */
export function mentions(text: string, name: string): boolean {
  const [words, wanted] = [text.toLocaleLowerCase("en"), name.toLocaleLowerCase("en")];
  if (!/^[\p{Script=Latin}\p{N}]/u.test(wanted)) return words.includes(wanted);
  return new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(wanted)}(?![\\p{L}\\p{N}])`, "u").test(words);
}

/** Whether one scene ends on the still that the other begins with: they follow each other in the storyboard. */
export const areNeighbours = (scene: number | undefined, next: number | undefined): boolean =>
  scene !== undefined && next === scene + 1;

/** What a film says of its joins where its scenes do not. */
export interface JoinDefaults {
  readonly crossfadeSeconds: number;
  readonly clipDurationSeconds: number;
}

/**
 * How each of the scenes `present` (0-based, rising) passes into the next that is present. Where scenes between them
 * are missing, the left one's transition holds, cut to half of the new neighbour that it was not checked against.
 */
export function transitionsBetween(
  scenes: readonly Scene[],
  present: readonly number[],
  { crossfadeSeconds, clipDurationSeconds }: JoinDefaults,
): readonly Transition[] {
  return present.slice(1).map((next, index) => {
    const scene = present[index] ?? 0;
    const wanted = scenes[scene]?.transition ?? plainTransition(crossfadeSeconds);
    const most = (scenes[next]?.durationSeconds ?? clipDurationSeconds) / 2;
    return next === scene + 1 || wanted.seconds <= most ? wanted : { ...wanted, seconds: most };
  });
}
