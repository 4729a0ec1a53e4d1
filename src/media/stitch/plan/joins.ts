import { VidpipeError } from "../../../domain/errors.ts";
import type { Rational } from "../../../domain/media.ts";
import { plainTransition, type Transition, type TransitionKind } from "../../../domain/transition.ts";
import { secondsOf } from "../format/clip-layout.ts";

/** How two clips meet: the kind, and the frames in which both are seen; 0 for a cut. */
export interface Overlap {
  readonly kind: TransitionKind;
  readonly fade: number;
}

/**
 * How each clip passes into the next; what lasts less than half a frame is a cut.
 * @throws VidpipeError input.invalid when a fade is negative or over half a clip
 */
export function overlapsOf(
  counts: readonly number[],
  rate: Rational,
  crossfadeSeconds: number,
  transitions: readonly Transition[] | undefined,
): readonly Overlap[] {
  if (transitions !== undefined && transitions.length !== counts.length - 1)
    throw new VidpipeError("input.invalid", `${counts.length} clips have ${transitions.length} transitions`);
  return counts.slice(1).map((_, left) => {
    const { kind, seconds } = transitions?.[left] ?? plainTransition(crossfadeSeconds);
    const first = transitions === undefined ? 0 : left;
    const both = transitions === undefined ? counts : counts.slice(left, left + 2);
    const fade = fadeFrames(kind, both, first, rate, seconds);
    return { kind: fade === 0 ? "cut" : kind, fade };
  });
}

/** Frames of a fade between clips with these frame counts; `first` is the index of the first of them. */
function fadeFrames(
  kind: TransitionKind,
  counts: readonly number[],
  first: number,
  rate: Rational,
  seconds: number,
): number {
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new VidpipeError("input.invalid", `the ${kind} must be 0 seconds or more`);
  const fade = Math.round((seconds * rate.num) / rate.den);
  const shortest = Math.min(...counts);
  if (fade * 2 > shortest) {
    const clip = first + counts.indexOf(shortest) + 1;
    if (shortest < 2)
      throw new VidpipeError(
        "input.invalid",
        `clip ${clip} has ${shortest} frame; a ${kind} needs at least 2 frames: use a cut there`,
      );
    const most = Math.floor(secondsOf(Math.floor(shortest / 2), rate) * 1_000) / 1_000;
    throw new VidpipeError(
      "input.invalid",
      `a ${kind} of ${seconds} s is longer than half of clip ${clip}; use ${most} s or less`,
    );
  }
  return fade;
}
