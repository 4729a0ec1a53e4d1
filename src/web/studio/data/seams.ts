import type { Project, Seam } from "./wire.ts";

/** The scene, 0-based, whose clip fits its still worse at a seam: the one to make again, as the server has it. */
export function worseScene({ position, before, after }: Seam, scenes: number): number {
  const isRight = position === 0 || (before ?? 1) >= (after ?? 1);
  return Math.min(isRight ? position : position - 1, scenes - 1);
}

export const seamAt = ({ seams }: Pick<Project, "seams">, position: number): Seam | undefined =>
  seams.find((seam) => seam.position === position);

/** Where a seam is, in words. */
export function seamPlace(position: number, scenes: number): string {
  if (position === 0) return "the start of scene 1";
  return position === scenes ? `the end of scene ${scenes}` : `scenes ${position} and ${position + 1}`;
}
