import { z } from "zod";

const Score = z.number().min(0).max(1).nullable();

/**
 * How alike a clip's first and last frame are to the stills it was ordered between: 0..1 by structure (SSIM), 1 is the
 * same; null where they could not be compared. Kept with the clip.
 */
export const ClipEnds = z.object({ startScore: Score, endScore: Score });
export type ClipEnds = z.infer<typeof ClipEnds>;

/** The same for two clips that were joined, a score for each join; kept with the film. */
export const JoinScores = z.object({ joinScores: z.array(Score) });

/**
 * From this score on two frames count as the same picture. Measured: frames on both sides of a cut that show one still
 * score 0.98 under different captions; neighbours in one clip 0.9 in quick motion and 0.99 in slow, where a frame less
 * is not seen either.
 */
export const SAME_PICTURE = 0.95;

/** How well the film goes through one still, where one scene ends and the next begins. Scores as above. */
export interface SeamView {
  /** The still, 0..N: 0 opens the film, N ends it. */
  readonly position: number;
  /** The last frame before it, against the still. */
  readonly before: number | null;
  /** The first frame after it, against the still. */
  readonly after: number | null;
  /** These two frames against each other; null until they are joined. */
  readonly between: number | null;
  /** The lowest of them. */
  readonly score: number;
  /** True where the score is below `pipeline.seam_threshold`. */
  readonly bad: boolean;
  /** The scene whose clip to make again, 0-based: the worse of the two; null where the seam is good. */
  readonly worse: number | null;
  /** The command that does so. */
  readonly next: string | null;
}
