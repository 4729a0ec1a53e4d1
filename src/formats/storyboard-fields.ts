import { z } from "zod";
import type { Character, Scene, Storyboard, StyleGuide } from "../domain/storyboard.ts";
import { TRANSITION_KINDS, type Transition } from "../domain/transition.ts";

type Field =
  | keyof Storyboard
  | keyof StyleGuide
  | keyof Character
  | keyof Transition
  | Exclude<keyof Scene, "sceneIndex">
  | OwnStillField;

/** Fields of a scene that name a picture file beside the storyboard: they say which still it is, and are no words. */
export const OWN_STILL_FIELDS = ["startImage", "endImage"] as const;
type OwnStillField = (typeof OWN_STILL_FIELDS)[number];

/** What each field does, as the file says it; a new field without a note does not compile. */
export const NOTES: Readonly<Record<string, string>> = {
  title: "Name of the film.",
  styleGuide: "The look that all scenes share; a change of it makes every still and clip anew.",
  visualStyle: "Medium, era, lens, grain.",
  colorPalette: "Colours and light.",
  cameraStyle: "How the camera is held and moved; a change makes every clip anew, no still.",
  characters: "Who and what comes back; its description goes word for word into every prompt it is named in.",
  name: "What the scenes call it.",
  physicalDescription: "Build, face, hair, age; what must look the same in every scene.",
  clothingDescription: "Clothes and things carried; may be empty.",
  scenes: "One clip each, in this order. Reword, move, add or remove them.",
  description: "What happens; the clip is made from it.",
  startFramePrompt:
    "The first picture; only the film's first scene is drawn from it, all others start where the last ended.",
  endFramePrompt: "The last picture; it is the next scene's first. A change makes this still and all after it anew.",
  motionPrompt: "How subjects and camera move between the two pictures.",
  transitionNotes: "A note on how the scene passes into the next; nothing is made from it, it may be empty.",
  durationSeconds: "Length of this clip where it differs from the film's; the model says which lengths exist.",
  transition: "How it passes into the next scene where that differs from the film's crossfade: a kind and seconds.",
  startImage: "A picture of your own (PNG, JPEG, WebP) as its first still, by its path from this file.",
  endImage: "The same as its last still, which is the next scene's first.",
  kind: `One of ${TRANSITION_KINDS.join(", ")}; dip goes through black.`,
  seconds: "How long both scenes are seen, up to half of the shorter clip; 0 for a cut.",
  "scenes.characters": "Names from the list above that are seen in this scene.",
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
];
