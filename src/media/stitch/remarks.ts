import type { ClipLayout } from "./format/clip-layout.ts";
import { isMixedDown } from "./sound/sound-args.ts";

/** What people should know of how clips are taken, before anything is made; sentences but for the full stop. Pure. */
export const remarksOf = (layouts: readonly ClipLayout[]): readonly string[] =>
  layouts.flatMap((clip, index) => told(clip).map((words) => `clip ${index + 1} ${words}`));

function told(clip: ClipLayout): readonly string[] {
  const { extras, soundChannels } = clip;
  const beyond = soundChannels > 2 && !isMixedDown(clip);
  return [
    ...(extras.length > 0 ? [`has more in its file, which is left out: ${extras.join(", ")}`] : []),
    ...(beyond ? [`has ${soundChannels} channels of sound: the first two are heard`] : []),
  ];
}
