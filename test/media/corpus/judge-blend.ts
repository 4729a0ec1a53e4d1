/** Looks at frames in which two clips are mixed. */
import type { TransitionKind } from "../../../src/domain/transition.ts";
import type { FilmFacts } from "./film.ts";
import { type Planes, squaresOf, trueSquares } from "./picture.ts";
import { shownOf } from "./recipe.ts";
import { areaOf, mayShow, type Place } from "./truth.ts";

/** How far squares may be off, of 255: both clips were encoded before, and rounding adds up. */
const TOLERANCE = 18;

/** Kinds in which every square lies between the two clips' squares. */
const BETWEEN: readonly TransitionKind[] = [
  ...(["crossfade", "dissolve", "smoothleft", "smoothright", "circleopen", "circleclose"] as const),
];

export interface Blend {
  readonly kind: TransitionKind;
  readonly left: Place;
  readonly right: Place;
  /** Frames since the blend began. */
  readonly step: number;
  /** The left clip's own frame. */
  readonly local: number;
}

/**
 * What is wrong with a frame of a transition. Its first frame must be the old clip's; the others lie between both
 * clips, and a crossfade's also near their share. Null where nothing is wrong, and where clips of other shapes meet.
 */
export function blendFault(blend: Blend, picture: Planes, { size, colour, rate }: FilmFacts): string | null {
  const { kind, left, right, step, local } = blend;
  const [area, other] = [areaOf(left.recipe, size), areaOf(right.recipe, size)];
  const isSettled = right.recipe.anyPicture !== true && area.width === other.width && area.height === other.height;
  if (!isSettled || (step > 0 && !BETWEEN.includes(kind))) return null;
  const due = limitsOf(truthsOf(left, local, rate), truthsOf(right, step, rate), shareOf(blend));
  const tolerance = TOLERANCE + Math.max(left.recipe.colourTolerance, right.recipe.colourTolerance) - 14;
  const squares = squaresOf(picture, area, colour);
  const at = squares.findIndex((square, index) =>
    square.some((value, channel) => {
      const [least = 0, most = 255] = due[index]?.[channel] ?? [];
      return value < least - tolerance || value > most + tolerance;
    }),
  );
  if (at < 0) return null;
  const limits = due[at]?.map((pair) => pair.map(Math.round).join(" to ")).join(", ");
  return `square ${at} is ${squares[at]?.map(Math.round)}, not ${limits}`;
}

/** Least and most that may be seen of the new clip. */
function shareOf({ kind, step, left }: Blend): readonly [number, number] {
  if (step === 0) return [0, 0];
  if (kind !== "crossfade") return [0, 1];
  return [Math.max(0, (step - 1) / left.after), Math.min(1, (step + 1) / left.after)];
}

type Squares = readonly (readonly number[])[];

/** Every true look of a clip's frame in the film: more than one where rates differ. */
function truthsOf({ recipe, frames }: Place, local: number, rate: FilmFacts["rate"]): readonly Squares[] {
  const place = Math.max(0, Math.min(frames - 1, local));
  return mayShow(recipe, place, rate).map((frame) => trueSquares(shownOf(recipe, frame)));
}

/** Least and most of each channel of each square, when any of the old looks is mixed with any of the new. */
function limitsOf(
  old: readonly Squares[],
  fresh: readonly Squares[],
  shares: readonly [number, number],
): readonly (readonly (readonly [number, number])[])[] {
  return (old[0] ?? []).map((square, index) =>
    square.map((_, channel) => {
      const values = (looks: readonly Squares[]) => looks.map((squares) => squares[index]?.[channel] ?? 0);
      const mixes = values(old).flatMap((a) => values(fresh).flatMap((b) => shares.map((part) => a + (b - a) * part)));
      return [Math.min(...mixes), Math.max(...mixes)] as const;
    }),
  );
}
