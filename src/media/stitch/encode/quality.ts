import type { StitchQuality } from "../../../domain/media.ts";
import { type PictureFormat, secondsOf } from "../format/clip-layout.ts";

/** How frames are encoded, in x264's words. */
export interface X264Choice {
  /** E.g. `veryfast`. */
  readonly preset: string;
  /** Constant quality: 18 is nearly indistinguishable from the source, 23 is smaller. */
  readonly crf: number;
  /** Further x264 parameters, `name=value`. */
  readonly params?: readonly string[];
}

/** Windows around joins may be large for what they are, since they are few; long parts are most of the file. */
export interface QualityChoice {
  readonly windows: X264Choice;
  readonly long: X264Choice;
}

/** Seconds from which on an encoded part counts as long. */
const LONG_SECONDS = 5;

/**
 * What each quality is made with. `standard` is chosen by measurement (test/bench/quality.ts): the fastest windows that
 * are as close to their source as one graph at `medium` and crf 18 is, by mean SSIM, and 0.985 or more to its result;
 * only under heavy grain does no choice reach that. `ultrafast` leaves deblocking out, which is seen on smooth pictures
 * and costs little.
 */
export const QUALITIES: Readonly<Record<StitchQuality, QualityChoice>> = {
  standard: {
    windows: { preset: "ultrafast", crf: 16, params: ["deblock=0,0"] },
    long: { preset: "veryfast", crf: 18 },
  },
  high: { windows: { preset: "veryfast", crf: 15 }, long: { preset: "veryfast", crf: 16 } },
  highest: { windows: { preset: "medium", crf: 13 }, long: { preset: "medium", crf: 14 } },
};

/** Which choice a part of so many frames is encoded with. Pure. */
export const choiceFor = (frames: number, { frameRate }: PictureFormat): keyof QualityChoice =>
  secondsOf(frames, frameRate) > LONG_SECONDS ? "long" : "windows";
