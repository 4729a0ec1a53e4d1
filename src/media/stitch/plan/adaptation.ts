/** What is done to a clip whose picture is not what the film's is. Pure. */

import { shownRate } from "../../../domain/frame-rates.ts";
import type { FilmLook, FrameSize, Rational } from "../../../domain/media.ts";
import type { ClipLayout, PictureFormat } from "../format/clip-layout.ts";

/** How far two rates may be apart before frames are seen to be repeated or left out, as a part of the film's. */
const SEEN_RATE = 0.1;

/** How far two shapes may be apart before bars are better than stretching, as a part of one. */
const SEEN_SHAPE = 0.01;

/** Whether a clip's rate is so much lower than the film's that frames between its own are missing. */
export const isSlower = (own: Rational, film: Rational): boolean =>
  own.num * film.den < own.den * film.num * (1 - SEEN_RATE);
const isFaster = (own: Rational, film: Rational): boolean => own.num * film.den > own.den * film.num * (1 + SEEN_RATE);

const even = (length: number): number => Math.max(2, Math.round(length / 2) * 2);

/**
 * The size that a picture is scaled to: inside the frame, or around it. It fills the frame exactly where its shape is
 * the frame's but for rounding.
 */
export function scaledSize(picture: FrameSize, frame: FrameSize, how: "inside" | "around"): FrameSize {
  const [across, down] = [frame.width / picture.width, frame.height / picture.height];
  if (Math.abs(across / down - 1) <= SEEN_SHAPE) return frame;
  const scale = how === "inside" ? Math.min(across, down) : Math.max(across, down);
  return { width: even(picture.width * scale), height: even(picture.height * scale) };
}

const FITTED: Readonly<Record<FilmLook["fit"], string>> = {
  pad: "shown between bars",
  crop: "its edges are cut off",
  blur: "laid over a blurred copy of itself",
};
const INTERPOLATED: Readonly<Record<FilmLook["interpolate"], string>> = {
  off: "frames are repeated",
  blend: "frames are blended",
  mci: "frames are made by following the motion",
};

/** A change of a clip that can be seen: what it has, and what is done about it. */
export interface Adaptation {
  readonly has: string;
  readonly done: string;
}

/** What can be seen of how a clip is brought to the film's shape and rate; empty for one that has both. */
export function adaptationsOf({ format }: ClipLayout, film: PictureFormat, look: FilmLook): readonly Adaptation[] {
  const { size, frameRate } = format;
  const inside = scaledSize(size, film.size, "inside");
  const has = `has ${shownRate(frameRate)} fps`;
  const to = `to reach ${shownRate(film.frameRate)} fps`;
  return [
    ...(inside.width === film.size.width && inside.height === film.size.height
      ? []
      : [{ has: `is ${size.width}x${size.height}`, done: FITTED[look.fit] }]),
    ...(isSlower(frameRate, film.frameRate) ? [{ has, done: `${INTERPOLATED[look.interpolate]} ${to}` }] : []),
    ...(isFaster(frameRate, film.frameRate) ? [{ has, done: `frames are left out ${to}` }] : []),
  ];
}
