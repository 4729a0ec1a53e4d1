/** Frame rates that films have. */
import type { Rational } from "../../../domain/media.ts";
import { type ClipLayout, secondsOf } from "./clip-layout.ts";

/** Rates of films, from cinema and television. */
const WHOLE_RATES: readonly Rational[] = [24, 25, 30, 50, 60].map((num) => ({ num, den: 1 }));
const STANDARD_RATES: readonly Rational[] = [
  ...WHOLE_RATES,
  ...[24, 30, 60].map((num) => ({ num: num * 1_000, den: 1_001 })),
];

/** How far a rate may be from a standard one that is meant: more than an uneven clock, less than 24 and 25 differ. */
const NEAR = 0.01;
/** How far the last frame may be from its place in another rate, seconds: what rounding in a file makes. */
const ROUNDING_SECONDS = 0.000_5;

const perSecond = ({ num, den }: Rational): number => num / den;
export const sameRate = (a: Rational, b: Rational): boolean => a.num * b.den === b.num * a.den;

/** A frame rate for people. */
export const shownRate = (rate: Rational): string => String(Math.round(perSecond(rate) * 1_000) / 1_000);

const distance = (a: Rational, b: Rational): number => Math.abs(perSecond(a) / perSecond(b) - 1);
const nearestOf = (rate: Rational): Rational =>
  STANDARD_RATES.reduce((best, other) => (distance(other, rate) < distance(best, rate) ? other : best));
const isMultiple = (rate: number, of: number): boolean =>
  rate / of > 0.9 && Math.abs(rate / of - Math.round(rate / of)) < NEAR * (rate / of);

/**
 * The standard rate that suits frames of any rate: the one that is meant; for a lower one the first above that repeats
 * every frame equally often (8 and 12 go to 24, 15 to 30), or else just the first above (16 goes to 24); for a
 * higher one one that leaves out frames evenly.
 */
export function standardRate(rate: Rational): Rational {
  const nearest = nearestOf(rate);
  if (distance(nearest, rate) <= NEAR) return nearest;
  const value = perSecond(rate);
  const [cinema = nearest, ...others] = WHOLE_RATES;
  const last = others.at(-1) ?? cinema;
  if (value > perSecond(last))
    return [last, { num: 50, den: 1 }].find((standard) => isMultiple(value, perSecond(standard))) ?? last;
  if (value > perSecond(cinema)) return others.find((standard) => perSecond(standard) > value) ?? last;
  return WHOLE_RATES.slice(0, 3).find((standard) => isMultiple(perSecond(standard), value)) ?? cinema;
}

/** True for a rate in which ten hours can be counted by a film's clock, whose ticks are of 4 bytes. */
export const isCountable = ({ num }: Rational): boolean => num <= 100_000;

/**
 * The clip with the standard rate where its own differs by rounding alone (29.97 for 30000/1001): no frame then moves by
 * half a millisecond, and its packets can lie beside others of that rate. Any other clip as it is.
 */
export function atStandardRate(clip: ClipLayout): ClipLayout {
  const { format, frames, regular } = clip;
  const standard = nearestOf(format.frameRate);
  const pictureSeconds = secondsOf(frames, standard);
  const moved = Math.abs(pictureSeconds - secondsOf(frames, format.frameRate));
  if (!regular || sameRate(standard, format.frameRate) || moved > ROUNDING_SECONDS) return clip;
  return { ...clip, format: { ...format, frameRate: standard }, pictureSeconds };
}
