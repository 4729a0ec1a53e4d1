import type { SeamView } from "../domain/seam.ts";
import type { ProjectView } from "../domain/view.ts";
import { pad, plain } from "./text.ts";

/** Where a seam lies, as people count scenes. */
function placeOf({ position }: SeamView, scenes: number): string {
  if (position === 0) return "opening";
  return position === scenes ? "ending" : `scene ${position} to ${position + 1}`;
}

const figure = (score: number | null): string => (score === null ? "   -" : score.toFixed(2));

/** Every seam that was measured, or only those below the threshold, each with what makes it again. */
export function seamLines({ seams, scenes }: ProjectView, all: boolean): string[] {
  const shown = seams.filter(({ bad }) => all || bad);
  if (shown.length === 0) return [];
  return [
    `seams (1.00 is the same picture):`,
    ...shown.flatMap((seam) => {
      const { before, after, between, score, bad, next } = seam;
      const parts = `before ${figure(before)}  after ${figure(after)}  between ${figure(between)}`;
      const line = `  ${pad(placeOf(seam, scenes.length), 14)} ${figure(score)}  ${parts}${bad ? "  poor" : ""}`;
      return next === null ? [line] : [line, `    made again by: ${plain(next)}`];
    }),
  ];
}
