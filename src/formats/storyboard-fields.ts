import { z } from "zod";
import type { Character, Scene, Storyboard, StyleGuide } from "../domain/storyboard.ts";
import { TRANSITION_KINDS, type Transition } from "../domain/transition.ts";

type Field =
  | keyof Storyboard
  | keyof StyleGuide
  | keyof Character
  | keyof Transition
  | Exclude<keyof Scene, "sceneIndex">
  | OwnStillField
  | OwnClipField;

/** Fields of a scene that name a picture file beside the storyboard for one of its stills. */
export const OWN_STILL_FIELDS = ["startImage", "endImage"] as const;
type OwnStillField = (typeof OWN_STILL_FIELDS)[number];

/** Fields of a scene that name a clip beside the storyboard, and the part of it that the scene is. */
export const OWN_CLIP_FIELDS = ["clip", "in", "out"] as const;
type OwnClipField = (typeof OWN_CLIP_FIELDS)[number];

/** What each field does, as printed in the file. A new field without a note does not compile. */
export const NOTES: Readonly<Record<string, string>> = {
  title: "Name of the film.",
  styleGuide: "The look that all scenes share. A change invalidates every keyframe and clip.",
  visualStyle: "Medium, era, lens, grain.",
  colorPalette: "Colours and light.",
  cameraStyle: "How the camera is held and moved. A change invalidates every clip, but no keyframe.",
  characters:
    "People and things that appear more than once. Their descriptions go word for word into the prompts of their scenes.",
  name: "What the scenes call it.",
  physicalDescription: "Build, face, hair, age: what must look the same in every scene.",
  clothingDescription: "Clothes and things carried. May be empty.",
  scenes: "One clip each, in this order. Reword, move, add or remove them.",
  description: "What happens. The clip is made from it.",
  startFramePrompt:
    "The first picture. Only the film's first scene uses it: the others start where the scene before ended.",
  endFramePrompt:
    "The last picture, which is also the next scene's first. A change invalidates this keyframe and all later ones.",
  motionPrompt: "How subjects and camera move between the two pictures.",
  transitionNotes: "A note on how the scene passes into the next. Nothing is made from it. May be empty.",
  durationSeconds: "Length of this clip if it differs from the film's. The model decides which lengths exist.",
  transition: "How it passes into the next scene if that differs from the film's crossfade: a kind and seconds.",
  startImage: "Your own picture (PNG, JPEG, WebP) as the first keyframe: its path, relative to this file.",
  endImage: "The same for the last keyframe, which is also the next scene's first.",
  clip: "Your own clip instead of a generated one: its path, relative to this file. It costs nothing; its length is the scene's.",
  in: "Where the scene begins in your clip, seconds.",
  out: "Where it ends in your clip, seconds.",
  kind: `One of ${TRANSITION_KINDS.join(", ")}. A dip goes through black.`,
  seconds: "How long both scenes are seen, up to half of the shorter clip. 0 for a cut.",
  "scenes.characters": "Names from the list above that appear in this scene.",
} satisfies Record<Field | "scenes.characters", string>;

/** `styleGuide` as the file spells it: `style_guide`. */
export const toFileName = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `style_guide` as the program spells it: `styleGuide`. */
export const toFieldName = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Fields of a scene that may be left out. */
export const optionalFields = (shape: Readonly<Record<string, z.ZodType>>): string[] => [
  ...Object.entries(shape).flatMap(([field, type]) => (type instanceof z.ZodOptional ? field : [])),
  ...OWN_STILL_FIELDS,
  ...OWN_CLIP_FIELDS,
];
