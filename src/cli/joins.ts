import { plainTransition, type Transition } from "../domain/transition.ts";
import type { ProjectView } from "../domain/view.ts";

/** Most transitions of scenes that are named one by one. */
const named = 3;

const words = ({ kind, seconds }: Transition): string => (kind === "cut" ? "hard cut" : `${kind} ${seconds} s`);

/** How a film's scenes pass into each other, in a few words: as all do, then those that do otherwise. */
export function joinWords({ request, storyboard }: Pick<ProjectView, "request" | "storyboard">): string {
  const plain = plainTransition(request.crossfadeSeconds);
  const usual = plain.kind === "cut" ? "hard cuts" : words(plain);
  // The last scene passes into none.
  const own = (storyboard?.scenes ?? []).slice(0, -1).flatMap(({ sceneIndex, transition = plain }) => {
    const differs = transition.kind !== plain.kind || transition.seconds !== plain.seconds;
    return differs ? [`${words(transition)} after scene ${sceneIndex + 1}`] : [];
  });
  if (own.length === 0) return usual;
  const more = own.length > named ? [`${own.length - named} more`] : [];
  return `${usual} (${[...own.slice(0, named), ...more].join(", ")})`;
}
