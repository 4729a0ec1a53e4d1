import type { Project, Seam } from "./api-types.ts";

export const seamAt = ({ seams }: Pick<Project, "seams">, position: number): Seam | undefined =>
  seams.find((seam) => seam.position === position);

/** Where a seam is: follows the word "seam". */
export function seamPlace(position: number, scenes: number): string {
  if (position === 0) return "at the start of scene 1";
  return position === scenes ? `at the end of scene ${scenes}` : `between scenes ${position} and ${position + 1}`;
}
