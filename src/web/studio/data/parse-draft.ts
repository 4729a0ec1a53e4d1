import type { StoryDraft } from "./story-draft.ts";

/** A stored draft; null where it is damaged, or of a page with other fields. */
export function parseDraft(text: string): StoryDraft | null {
  try {
    const value: unknown = JSON.parse(text);
    return isDraft(value) ? value : null;
  } catch {
    return null;
  }
}

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number";
const flag: Check = (value) => typeof value === "boolean";
const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check(Reflect.get(value, name)));

const storyWith = (scene: Readonly<Record<string, Check>>) => ({
  title: text,
  style_guide: object({ visual_style: text, color_palette: text, camera_style: text }),
  characters: listOf(object({ name: text, physical_description: text, clothing_description: text })),
  scenes: listOf(
    object({
      description: text,
      start_frame_prompt: text,
      end_frame_prompt: text,
      motion_prompt: text,
      transition_notes: text,
      characters: listOf(text),
      duration: nullOr(number),
      transition: nullOr(object({ kind: text, seconds: number })),
      ...scene,
    }),
  ),
});

const DRAFT = object({
  ...storyWith({ key: text, was: nullOr(number), isOut: flag }),
  base: object(storyWith({ scene_index: number })),
  revision: number,
  patch: flag,
});

const isDraft = (value: unknown): value is StoryDraft => DRAFT(value);
