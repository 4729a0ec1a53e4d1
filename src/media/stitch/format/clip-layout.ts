import { unrounded } from "../../../domain/frame-rates.ts";
import type { FrameSize, Rational } from "../../../domain/media.ts";
import type { ClipFile } from "../../ffmpeg/containers.ts";
import type { ColourTags } from "./colour.ts";
import type { ParameterSet } from "./h264-parameter-sets.ts";

/** What must be equal for two clips' packets to share a track. */
export interface PictureFormat {
  readonly size: FrameSize;
  readonly frameRate: Rational;
  readonly colour: ColourTags;
  /** ffprobe's word, e.g. `High`. */
  readonly profile: string;
  /** Ten times the H.264 level, e.g. 31. */
  readonly level: number;
  /** How many frames a decoder holds back to put them in order; 0 without B-frames. */
  readonly reorderDepth: number;
}

/** What is there to repair before a picture can be blended with others; all false for a plain one. */
export interface Repairs {
  readonly interlaced: boolean;
  readonly highDynamicRange: boolean;
  /** It is shown on black. */
  readonly transparent: boolean;
}

/** Where packets of a clip may be cut, and what it looks like. */
export interface ClipLayout extends ClipFile {
  /** Or what else it is known by while the film is made, where nothing outlives that. */
  readonly sha256: string;
  /** Size and modification time when it was measured. */
  readonly bytes: number;
  readonly modifiedAtMs: number;
  readonly format: PictureFormat;
  /** True where it takes the film's format and has no say in it. */
  readonly isGuest?: boolean;
  /** In its own frame rate. */
  readonly frames: number;
  /** Exact span of its frames, seconds. */
  readonly pictureSeconds: number;
  /** Seconds of the whole clip, where the rest here describes only its beginning; absent where it is all shown. */
  readonly cutFromSeconds?: number;
  /** When its first frame is shown, seconds after the file's own start. */
  readonly pictureStartSeconds: number;
  /** How much later its first frame is shown beside the sound than that, seconds; absent: no later. */
  readonly pictureLateSeconds?: number;
  readonly hasSound: boolean;
  /**
   * When its sound may be heard, seconds after the file's own start: an edit list ends it before its packets do.
   * Null where all that is there is heard.
   */
  readonly soundSeconds: { readonly from: number; readonly to: number } | null;
  /** Channels of its sound; 0 without any. */
  readonly soundChannels: number;
  /** AAC packets that a film can take over, the first being priming; null when its sound must be encoded again. */
  readonly soundPackets: number | null;
  /** Why none of its packets can be copied; null when they can. */
  readonly oddity: string | null;
  /** True when every frame lasts exactly one frame of its rate: seeking and counting are exact. */
  readonly regular: boolean;
  /** True when ffmpeg can seek to any frame of it: it has an index, and pictures are whole from its keyframes on. */
  readonly seekable: boolean;
  readonly repairs: Repairs;
  /** Tracks of the file that are left out, in words, e.g. `a cover picture`. */
  readonly extras: readonly string[];
  /**
   * Frames at which copying may start, ascending: an IDR with all before it in decoding order shown before it.
   * A frame's place in decoding order is then the same as in showing order.
   */
  readonly cleanStarts: readonly number[];
  /** Frames before which copying may end, ascending: the packets before it are exactly the frames before it. */
  readonly cleanEnds: readonly number[];
  readonly parameterSets: readonly ParameterSet[];
}

/** The exact instant of a frame in samples of a sound track; rounding never accumulates. */
export const sampleAt = (frame: number, rate: Rational, sampleRate: number): number =>
  Math.round((frame * sampleRate * rate.den) / rate.num);

/** Seconds of a number of frames. */
export const secondsOf = (frames: number, rate: Rational): number => (frames * rate.den) / rate.num;

/** A clip whose rate differs from a standard one by rounding alone, at that: its packets can lie beside others of it. */
export function atStandardRate(clip: ClipLayout): ClipLayout {
  const frameRate = unrounded(clip.format.frameRate, clip.frames);
  if (!clip.regular) return clip;
  return { ...clip, format: { ...clip.format, frameRate }, pictureSeconds: secondsOf(clip.frames, frameRate) };
}

/**
 * Clean starts and ends of a track from the showing rank of each packet in decoding order.
 * `isIdr` says whether the packet at a place in decoding order is an IDR picture.
 */
export function cleanCuts(
  ranks: readonly number[],
  isIdr: (index: number) => boolean,
): { readonly starts: readonly number[]; readonly ends: readonly number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  let highest = -1;
  for (const [index, rank] of ranks.entries()) {
    const allShown = highest === index - 1;
    if (allShown && index > 0) ends.push(index);
    if (allShown && rank === index && isIdr(index)) starts.push(index);
    highest = Math.max(highest, rank);
  }
  if (ranks.length > 0) ends.push(ranks.length);
  return { starts, ends };
}

/** Place of each value in ascending order. */
export function ranksOf(values: ArrayLike<number>): readonly number[] {
  const order = Array.from(values, (_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  return ranks;
}

/** Frames a picture may have to wait for: no H.264 decoder holds back more than 16. */
const LOOK_BACK = 16;

/** How many frames a decoder must hold back: the most that are decoded before, and shown after, one frame. */
export function reorderDepth(ranks: readonly number[]): number {
  let deepest = 0;
  for (const [index, rank] of ranks.entries()) {
    let later = 0;
    for (let before = Math.max(0, index - LOOK_BACK); before < index; before += 1)
      if ((ranks[before] ?? 0) > rank) later += 1;
    deepest = Math.max(deepest, later);
  }
  return deepest;
}

/** Samples per second of every film. */
export const SAMPLE_RATE = 48_000;

/** Samples in one AAC packet; also what an encoder puts before the first as priming. */
export const PACKET_SAMPLES = 1_024;
