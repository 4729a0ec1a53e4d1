import type { SeamView } from "../../domain/seam.ts";
import { plainTransition, type Transition } from "../../domain/transition.ts";
import type { ProjectView } from "../../domain/view.ts";
import { pad, plain } from "./text.ts";

/** The place of a seam, with scenes counted from 1. */
function placeOf({ position }: SeamView, scenes: number): string {
  if (position === 0) return "opening";
  return position === scenes ? "ending" : `scene ${position} to ${position + 1}`;
}

const figure = (score: number | null): string => (score === null ? "   -" : score.toFixed(2));

/** All measured seams, or only those below the threshold, each with the command that makes it again. */
export function seamLines({ seams, scenes }: ProjectView, all: boolean): string[] {
  const shown = seams.filter(({ bad }) => all || bad);
  if (shown.length === 0) return [];
  return [
    "seams (1.00 means identical frames):",
    ...shown.flatMap((seam) => {
      const { before, after, between, score, bad, next } = seam;
      const parts = `before ${figure(before)}  after ${figure(after)}  between ${figure(between)}`;
      const line = `  ${pad(placeOf(seam, scenes.length), 14)} ${figure(score)}  ${parts}${bad ? "  poor" : ""}`;
      return next === null ? [line] : [line, `    make it again with: ${plain(next)}`];
    }),
  ];
}

/** Number of different transitions that are listed one by one. */
const named = 3;

const words = ({ kind, seconds }: Transition): string => (kind === "cut" ? "hard cut" : `${kind} ${seconds} s`);

/** The transitions of a film in a few words: the usual one, then the exceptions. */
export function joinWords({ request, storyboard }: Pick<ProjectView, "request" | "storyboard">): string {
  const plain = plainTransition(request.crossfadeSeconds);
  const usual = plain.kind === "cut" ? "hard cuts" : words(plain);
  // There is no transition after the last scene.
  const own = (storyboard?.scenes ?? []).slice(0, -1).flatMap(({ sceneIndex, transition = plain }) => {
    const differs = transition.kind !== plain.kind || transition.seconds !== plain.seconds;
    return differs ? [`${words(transition)} after scene ${sceneIndex + 1}`] : [];
  });
  if (own.length === 0) return usual;
  const more = own.length > named ? [`${own.length - named} more`] : [];
  return `${usual} (${[...own.slice(0, named), ...more].join(", ")})`;
}
