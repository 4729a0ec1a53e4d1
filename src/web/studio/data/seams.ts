import type { Project, Seam } from "./api-types.ts";

export const seamAt = ({ seams }: Pick<Project, "seams">, position: number): Seam | undefined =>
  seams.find((seam) => seam.position === position);

/** Where a seam is, in words. */
export function seamPlace(position: number, scenes: number): string {
  if (position === 0) return "the start of scene 1";
  return position === scenes ? `the end of scene ${scenes}` : `scenes ${position} and ${position + 1}`;
}
