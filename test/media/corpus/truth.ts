/** What a film of corpus clips must be, by what the clips are: worked out without the product. Pure. */
import type { FrameSize, Rational } from "../../../src/domain/media.ts";
import type { Transition } from "../../../src/domain/transition.ts";
import type { Area } from "./picture.ts";
import { drawnAt, type Recipe } from "./recipe.ts";

/** Clips in order, and one transition for each join. */
export interface Order {
  readonly clips: readonly Recipe[];
  readonly transitions: readonly Transition[];
}

/** A clip in a film, in the film's frames. */
export interface Place {
  readonly recipe: Recipe;
  readonly start: number;
  readonly frames: number;
  /** Frames shared with the clip before and the one behind. */
  readonly before: number;
  readonly after: number;
}

/** Frames of a fade. */
const fadeFrames = ({ seconds }: Transition, rate: Rational): number => Math.round((seconds * rate.num) / rate.den);

const sameRate = (a: Rational, b: Rational): boolean => a.num * b.den === b.num * a.den;

/** Whether a clip shows its drawn frames one by one, each for one frame. */
const isSteady = (recipe: Recipe): boolean => {
  const [first = 0, last = 0] = [recipe.shows[0], recipe.shows.at(-1)];
  return last - first + 1 === recipe.shows.length && recipe.ends < drawnAt(recipe, last + 1.001);
};

/** Seconds from the first shown frame to the end of the last. */
export const shownSeconds = (recipe: Recipe): number => recipe.ends - drawnAt(recipe, recipe.shows[0] ?? 0);

/** Frames of a clip in a film of a rate. */
export function framesIn(recipe: Recipe, rate: Rational): number {
  if (isSteady(recipe) && sameRate(recipe.fps, rate)) return recipe.shows.length;
  return Math.max(1, Math.round((shownSeconds(recipe) * rate.num) / rate.den));
}

/** Where each clip lies in a film of a rate. */
export function placesOf({ clips, transitions }: Order, rate: Rational): readonly Place[] {
  let start = 0;
  return clips.map((recipe, index) => {
    const fade = (at: number) => (transitions[at] === undefined ? 0 : fadeFrames(transitions[at], rate));
    const place = { recipe, start, frames: framesIn(recipe, rate), before: fade(index - 1), after: fade(index) };
    start += place.frames - place.after;
    return place;
  });
}

/** Frames of a film. */
export const filmFrames = (places: readonly Place[]): number => {
  const last = places.at(-1);
  return last === undefined ? 0 : last.start + last.frames;
};

/** A hair: times in files are rounded to their ticks. */
const TICK_SECONDS = 0.0021;

/**
 * The drawn frames that a film may show at a frame of a clip: those that are on the screen within half a film frame
 * of the time; one alone where rates are equal.
 */
export function mayShow(recipe: Recipe, local: number, rate: Rational): readonly number[] {
  if (isSteady(recipe) && sameRate(recipe.fps, rate)) return recipe.shows.slice(local, local + 1);
  const [frame, first] = [rate.den / rate.num, drawnAt(recipe, recipe.shows[0] ?? 0)];
  const from = first + (local - 0.5) * frame - TICK_SECONDS;
  const to = first + (local + 0.5) * frame + TICK_SECONDS;
  return recipe.shows.filter((shown, index) => {
    const next = recipe.shows[index + 1];
    const gone = next === undefined ? Number.POSITIVE_INFINITY : drawnAt(recipe, next);
    return drawnAt(recipe, shown) <= to && gone > from;
  });
}

/** Where a clip's picture lies in a film that pads: as large as fits, in the middle. */
export function areaOf({ seen }: Recipe, film: FrameSize): Area {
  const scale = Math.min(film.width / seen.width, film.height / seen.height);
  const [width, height] = [Math.round(seen.width * scale), Math.round(seen.height * scale)];
  return { x: Math.round((film.width - width) / 2), y: Math.round((film.height - height) / 2), width, height };
}
