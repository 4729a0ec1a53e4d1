import type { Storyboard, StoryScene } from "../../../src/web/studio/data/api-types.ts";

/** A storyboard with this many scenes; `own` replaces fields of each. */
export const testStoryboard = (
  scenes: number,
  own: (place: number) => Partial<StoryScene> = () => ({}),
): Storyboard => ({
  title: "The Open Door",
  style_guide: { visual_style: "soft light", color_palette: "blue and rust", camera_style: "slow and low" },
  characters: [{ name: "The fox", physical_description: "small and red", clothing_description: "" }],
  scenes: Array.from({ length: scenes }, (_, place) => ({
    scene_index: place,
    description: `Scene ${place} happens.`,
    start_frame_prompt: `It opens on ${place}.`,
    end_frame_prompt: `It ends on ${place}.`,
    motion_prompt: "Slow push in.",
    transition_notes: "",
    characters: ["The fox"],
    duration: null,
    transition: null,
    ...own(place),
  })),
});
