import { z } from "zod";

/** Longest crossfade that can be asked for, in seconds; a clip's length limits it further. */
export const MAX_CROSSFADE_SECONDS = 10;

/** Length of a film's crossfade, seconds; 0 is a hard cut. */
export const CrossfadeSeconds = z
  .number("must be a number of seconds")
  .min(0, "must not be negative")
  .max(MAX_CROSSFADE_SECONDS, `must be ${MAX_CROSSFADE_SECONDS} seconds or less`);

/**
 * Ways from one scene into the next: `dip` goes through black, all others are named as ffmpeg's xfade has them. Only
 * kinds whose first frame is the old scene's and whose last is followed by the new one's, to the pixel (measured:
 * `wipeleft`, `wiperight`, `slideleft` and `radial` leave a column or more of the wrong one).
 */
export const TRANSITION_KINDS = [
  "cut",
  "crossfade",
  "dip",
  "fadewhite",
  "dissolve",
  "smoothleft",
  "smoothright",
  "slideright",
  "circleopen",
  "circleclose",
] as const;

export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** How a scene passes into the next: the kind, and for how many seconds both are seen; a cut takes none. */
export const Transition = z
  .strictObject({
    kind: z.enum(TRANSITION_KINDS),
    seconds: z
      .number()
      .min(0)
      .max(MAX_CROSSFADE_SECONDS)
      .meta({ examples: [0.5] })
      .default(0),
  })
  .refine(({ kind, seconds }) => (kind === "cut") === (seconds === 0), {
    path: ["seconds"],
    message: "must be more than 0, and 0 for a cut",
  });
export type Transition = z.infer<typeof Transition>;

/**
 * What happens at a hard cut, where the still between two scenes is seen twice: the last frame of the one clip and the
 * first of the next are pictures of it. `drop` leaves the last frame out, `auto` only where both are the same picture
 * and nothing need be encoded for it.
 */
export const BOUNDARY_FRAMES = ["auto", "keep", "drop"] as const;
export type BoundaryFrame = (typeof BOUNDARY_FRAMES)[number];

/** What is asked where something is: films that keep their frames do not mention it, as older films do not. */
export const DROPPING = ["auto", "drop"] as const satisfies readonly BoundaryFrame[];

/** Whether a clip can lose its last frame: one at least stays after the frames that a fade before it takes. */
export const canDropLast = (frames: number, fadeBefore: number): boolean => frames - fadeBefore > 1;

/** The film's own transition where a scene has none. */
export const plainTransition = (crossfadeSeconds: number): Transition =>
  crossfadeSeconds === 0 ? { kind: "cut", seconds: 0 } : { kind: "crossfade", seconds: crossfadeSeconds };
