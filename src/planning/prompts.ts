import { type CastWords, isSameName } from "../domain/direction.ts";
import type { Character, Scene, Storyboard } from "../domain/storyboard.ts";

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** The canonical words for everyone seen, so that faces and clothes stay the same; the user's own come first and alone. */
function cast(storyboard: Storyboard, scene: Scene, described: readonly CastWords[]): string[] {
  const isDescribed = ({ name }: Character) => described.some((one) => isSameName(one.name, name));
  const seen = storyboard.characters.filter((one) => scene.characters.includes(one.name) && !isDescribed(one));
  return [
    ...described.map(({ name, description }) => `${name}: ${sentence(description)}`),
    ...seen.map(
      (c: Character) =>
        `${c.name}: ${sentence(c.physicalDescription)}${c.clothingDescription === "" ? "" : ` Wears ${sentence(c.clothingDescription)}`}`,
    ),
  ];
}

function styleWords(storyboard: Storyboard): string {
  const { visualStyle, colorPalette } = storyboard.styleGuide;
  return `Style: ${sentence(visualStyle)} Colors: ${sentence(colorPalette)}`;
}

/** The scene whose words a still is drawn from: still 0 opens scene 0, still k closes scene k-1. */
export function sceneOfKeyframe(storyboard: Storyboard, position: number): Scene {
  const scene = storyboard.scenes[Math.max(0, position - 1)];
  if (scene === undefined) throw new RangeError(`no scene for keyframe ${position}`);
  return scene;
}

/** Image prompt of still `position` (0..N): frame words, characters and what else the user described, style, continuity. */
export function keyframePrompt(storyboard: Storyboard, position: number, described: readonly CastWords[] = []): string {
  const scene = sceneOfKeyframe(storyboard, position);
  const frame = position === 0 ? scene.startFramePrompt : scene.endFramePrompt;
  const continuity =
    position === 0
      ? []
      : ["Same characters, clothes, place and style as in the image given; only what the words above change differs."];
  return [sentence(frame), ...cast(storyboard, scene, described), styleWords(storyboard), ...continuity].join("\n");
}

/** Video prompt of a scene: motion first, since the two stills already show the rest. */
export function clipPrompt(storyboard: Storyboard, scene: Scene, described: readonly CastWords[] = []): string {
  return [
    sentence(scene.motionPrompt),
    sentence(scene.description),
    ...cast(storyboard, scene, described),
    `Camera: ${sentence(storyboard.styleGuide.cameraStyle)} ${styleWords(storyboard)}`,
    "One continuous shot, no cuts, no on-screen text.",
  ].join("\n");
}
