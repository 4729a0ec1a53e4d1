import { z } from "zod";

/** A clip whose length is off by more than this is not as long as it was ordered, in seconds. */
export const CLIP_LENGTH_TOLERANCE_SECONDS = 0.5;

/** How a clip's measured length compares with the ordered one; both in seconds. */
export function lengthVerdict(cameSeconds: number, orderedSeconds: number): "as_ordered" | "longer" | "shorter" {
  if (cameSeconds - orderedSeconds > CLIP_LENGTH_TOLERANCE_SECONDS) return "longer";
  return orderedSeconds - cameSeconds <= CLIP_LENGTH_TOLERANCE_SECONDS ? "as_ordered" : "shorter";
}

/** A clip that came longer than it was ordered, in seconds; kept in its report. A film shows the ordered length. */
export const LongerClip = z.object({ orderedSeconds: z.number(), cameSeconds: z.number() });
export type LongerClip = Readonly<z.infer<typeof LongerClip>>;

/** What a clip's kept report says of its length; null for one that is as long as ordered. Pure. */
export const longerClip = (report: unknown): LongerClip | null => LongerClip.safeParse(report).data ?? null;
