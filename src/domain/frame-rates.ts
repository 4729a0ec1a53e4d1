/** Frame rates that films have. */
import { leaderOf, type Rational } from "./media.ts";

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
const isCountable = ({ num }: Rational): boolean => num <= 100_000;

/**
 * The standard rate for one that differs by rounding alone (2997/100 for 30000/1001): none of so many frames then moves
 * by half a millisecond. Any other as it is.
 */
export function unrounded(rate: Rational, frames: number): Rational {
  const standard = nearestOf(rate);
  const moved = Math.abs(frames / perSecond(standard) - frames / perSecond(rate));
  return moved > ROUNDING_SECONDS ? rate : standard;
}

/** What a film's rate is chosen from. */
export interface Paced {
  readonly frameRate: Rational;
  readonly seconds: number;
  /** True when every frame lasts equally long. */
  readonly regular: boolean;
}

/** Lowest and highest rate that a film has. */
const [SLOWEST, FASTEST] = [10, 60];

/**
 * The rate of a film: the standard one that its clips have for most seconds. Where all of them share another rate
 * exactly it may be kept: copying them is exact, and needs no frames that are not there. Undefined without clips.
 */
export function filmRate(clips: readonly Paced[], mayKeep: boolean): Rational | undefined {
  const leader = leaderOf(
    clips,
    ({ frameRate }) => shownRate(standardRate(frameRate)),
    ({ seconds }) => seconds,
  );
  if (leader === undefined) return undefined;
  const own = leader.frameRate;
  const shared = clips.every(({ regular, frameRate }) => regular && sameRate(frameRate, own));
  const fits = perSecond(own) >= SLOWEST && perSecond(own) <= FASTEST && isCountable(own);
  return shared && mayKeep && fits ? own : standardRate(own);
}
