import type { AspectRatio, CameraMove, FrameSize, MediaInfo, StitchReport } from "../domain/media.ts";
import type { Fit, ShotNote } from "../domain/step.ts";
import type { Transition } from "../domain/transition.ts";

/** Two keyframes and the camera move between them, for a clip made on this machine. */
export interface ShotOrder {
  readonly startPath: string;
  readonly endPath: string;
  readonly size: FrameSize;
  readonly move: CameraMove;
  readonly durationSeconds: number;
  /** Picks the sound bed; same seed, same bytes. */
  readonly seed: number;
  /** Lower-third caption drawn over the clip: a PNG of the frame's size with transparency; null for none. */
  readonly captionPath: string | null;
}

/** Draws the lower third of a scene in an animatic. */
export interface Captions {
  /** A PNG of the frame's size, transparent above the strip, and the camera move that the scene's words name. */
  draw(note: ShotNote, size: FrameSize): Promise<{ readonly png: Uint8Array; readonly move: CameraMove }>;
}

/** What happens to a clip's last frame at a hard cut; `drop_if_free` drops it unless that needs encoding. */
export type LastFrame = "keep" | "drop_if_free" | "drop";

export interface StitchRequest {
  readonly clips: readonly string[];
  /** What each clip was when it was stored, i.e. decoded in full: the copied rest of it need not be decoded again. */
  readonly storedSha256?: readonly string[];
  readonly crossfadeSeconds: number;
  /** One for each join, instead of the crossfade. */
  readonly transitions?: readonly Transition[] | undefined;
  /** What becomes of the last frame before each join that is a hard cut; kept unless given. */
  readonly lastFrames?: readonly LastFrame[] | undefined;
  /** How much of each clip is shown, seconds from its start; null: all of it. Fades count on these lengths. */
  readonly keepSeconds?: readonly (number | null)[] | undefined;
  /** Written into the film as its title. */
  readonly title?: string;
  /**
   * Files of the user's own. No model made any of it, and the film does not say so either; what is copied is taken to
   * play, unless everything is decoded anyway.
   */
  readonly own?: true;
  /** Places of clips of the user's own beside others: how the film looks is decided by the others. */
  readonly ownClips?: readonly number[];
}

/** A clip of the user's, and the part of it that is wanted. */
export interface ClipSpan {
  readonly path: string;
  /** Where the part begins and ends, seconds; null: where the clip does. */
  readonly inSeconds: number | null;
  readonly outSeconds: number | null;
  /** Longest part that is accepted, seconds. */
  readonly mostSeconds: number;
}

/** One image: a keyframe, or a frame of a clip. */
export interface Shown {
  readonly path: string;
  readonly frame: "still" | "first" | "last";
  /** Where a clip is cut off, seconds: its last frame is the one before. */
  readonly endSeconds?: number;
}

/** One line of `vidpipe doctor`. */
export interface Finding {
  readonly topic: string;
  readonly level: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do about it; null when ok. */
  readonly fix: string | null;
}

/** ffmpeg on this machine. Failures are VidpipeError with a `media.*` code. */
export interface MediaTool {
  /** Checks ffmpeg and ffprobe: present, version, filters, encoders. Never throws for a bad one: it is a finding. */
  inspect(signal: AbortSignal): Promise<readonly Finding[]>;
  /** @throws VidpipeError media.ffmpeg_missing or media.ffmpeg_unfit when films cannot be made here */
  require(signal: AbortSignal): Promise<void>;
  /** Measures a file and decodes all of it. @throws VidpipeError media.invalid when any of it is broken */
  verify(path: string, signal: AbortSignal): Promise<MediaInfo>;
  /** Checks that a still decodes and has about the aspect ratio; null: any. @throws VidpipeError media.invalid */
  verifyStill(path: string, aspectRatio: AspectRatio | null, signal: AbortSignal): Promise<FrameSize>;
  /**
   * Brings a still to an aspect ratio and writes it to `output`, in the format of its extension: png, jpg, jpeg or webp.
   * No side becomes longer than the source's longer one. Verified before it returns; nothing is left when it fails.
   * @throws VidpipeError media.invalid, media.ffmpeg_unfit, input.invalid
   */
  fitStill(path: string, output: string, aspectRatio: AspectRatio, fit: Fit, signal: AbortSignal): Promise<FrameSize>;
  /**
   * Writes a clip of any form that can be joined to `output` as a plain MP4 with H.264 and AAC: the part that is wanted,
   * cut at the nearest frames, with its sound. One that is plain already and wanted whole is taken byte for byte.
   * Decoded in full before it returns; nothing is left when it fails.
   * @throws VidpipeError media.invalid, input.invalid when the part is not in the clip, input.too_large when it is too long
   */
  normalise(span: ClipSpan, output: string, signal: AbortSignal): Promise<MediaInfo>;
  /**
   * Writes the first or last frame of a plain MP4 to `output`, a PNG. Nothing is left when it fails.
   * @throws VidpipeError media.invalid
   */
  extractStill(clip: string, frame: "first" | "last", output: string, signal: AbortSignal): Promise<FrameSize>;
  /** Similarity of two images, 0..1 (SSIM at a small size); 1 is the same. @throws VidpipeError media.invalid */
  similarity(one: Shown, other: Shown, signal: AbortSignal): Promise<number>;
  /** Films a camera move from one still to the next: H.264 24 fps yuv420p with stereo AAC 48 kHz. */
  renderShot(order: ShotOrder, output: string, signal: AbortSignal): Promise<void>;
  /** How clips would be joined and why, as rows of text with a head: nothing is made. */
  explain(request: StitchRequest, signal: AbortSignal): Promise<readonly (readonly string[])[]>;
  /**
   * Joins clips into `output`, verified before it returns; storing it makes it durable.
   * @throws VidpipeError media.*, input.invalid, storage.damaged; the fact `clip` is the place of the one at fault, from 0
   */
  stitch(
    request: StitchRequest,
    output: string,
    onProgress: (fraction: number) => void,
    signal: AbortSignal,
  ): Promise<StitchReport>;
}
