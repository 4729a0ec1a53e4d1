import { z } from "zod";

/** Aspect ratios a project may ask for. */
export const AspectRatio = z.enum(["16:9", "9:16", "1:1"], "must be 16:9, 9:16 or 1:1");
export type AspectRatio = z.infer<typeof AspectRatio>;

/** Picture size in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** 720p frame size of each aspect ratio: the short side is 720 pixels. */
export const FRAME_SIZES = {
  "16:9": { width: 1280, height: 720 },
  "9:16": { width: 720, height: 1280 },
  "1:1": { width: 720, height: 720 },
} as const satisfies Record<AspectRatio, FrameSize>;

/** How a clip of another shape fills a film's frame: between bars, cut off, or over a blurred copy of itself. */
export const FILM_FITS = ["pad", "crop", "blur"] as const;
/** How a clip of a lower rate gets the film's: frames are repeated, blended, or moved along (`mci`, slow). */
export const INTERPOLATIONS = ["off", "blend", "mci"] as const;

/** How a film looks, whatever its clips are. */
export interface FilmLook {
  /** Null: the size that most of its clips have. */
  readonly size: FrameSize | null;
  readonly fit: (typeof FILM_FITS)[number];
  readonly interpolate: (typeof INTERPOLATIONS)[number];
}

/** How good re-encoded frames are; `standard` is hardly told from the source. */
export const STITCH_QUALITIES = ["standard", "high", "highest"] as const;
export type StitchQuality = (typeof STITCH_QUALITIES)[number];

/** What holds where nobody says otherwise. */
export const PLAIN_LOOK: FilmLook = { size: null, fit: "pad", interpolate: "off" };

/** Most pixels in a frame of H.264 (level 6.2), e.g. 8192x4320. */
const MOST_FILM_PIXELS = 35_651_584;
const isFilmSide = (pixels: number): boolean => pixels >= 16 && pixels <= 8_192 && pixels % 2 === 0;

/** What a film's size must be; continues a sentence. */
export const FILM_SIZE_EXPECTED = "must be auto or WIDTHxHEIGHT, both even, from 16x16 to 8192x4320";

/** A film's size in words, e.g. `1280x720`; undefined when it is none that a film can have. */
export function parseFilmSize(words: string): FrameSize | undefined {
  const [, width = 0, height = 0] = (/^(\d{2,4})x(\d{2,4})$/i.exec(words) ?? []).map(Number);
  const fits = isFilmSide(width) && isFilmSide(height) && width * height <= MOST_FILM_PIXELS;
  return fits ? { width, height } : undefined;
}

/** Kinds of picture that a still or a reference may be. */
export const STILL_TYPES = ["image/png", "image/jpeg", "image/webp"] as const;
export type StillType = (typeof STILL_TYPES)[number];

/** Every type that a stored file may have: what is made here, and what a service answers. Nothing else is served. */
export const MEDIA_TYPES = [
  ...STILL_TYPES,
  "video/mp4",
  "application/json",
  "text/plain",
  "application/octet-stream",
] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** A type as it may be stored and served; one that is not on the list says no more than that there are bytes. */
export const mediaTypeOf = (word: string): MediaType =>
  MEDIA_TYPES.find((type) => type === word) ?? "application/octet-stream";

const startsWith = (bytes: Uint8Array, magic: readonly number[], at = 0): boolean =>
  magic.every((value, place) => bytes[at + place] === value);

/** What the bytes are, by their own first words: no declared type and no file name is believed. */
export function stillTypeOf(bytes: Uint8Array): StillType | null {
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png";
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "image/jpeg";
  if (startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes, [0x57, 0x45, 0x42, 0x50], 8))
    return "image/webp";
  return null;
}

/** An exact fraction; frame rates and time bases are never rounded to floats. */
export const Rational = z.strictObject({ num: z.int().min(0), den: z.int().min(1) });
export type Rational = z.infer<typeof Rational>;

/** What was measured of a file's picture. */
export const VideoInfo = z.strictObject({
  codec: z.string(),
  profile: z.string(),
  pixelFormat: z.string(),
  width: z.int(),
  height: z.int(),
  /** Frames per second. */
  frameRate: Rational,
  /** Counted frames. */
  frames: z.int(),
  /** Seconds. */
  durationSeconds: z.number(),
});
export type VideoInfo = z.infer<typeof VideoInfo>;

/** The first of those that together last longest with one key: the film takes their format. */
export function leaderOf<Clip>(
  clips: readonly Clip[],
  keyOf: (clip: Clip) => string,
  secondsOf: (clip: Clip) => number,
): Clip | undefined {
  const totals = new Map<string, number>();
  for (const clip of clips) totals.set(keyOf(clip), (totals.get(keyOf(clip)) ?? 0) + secondsOf(clip));
  const most = Math.max(...totals.values());
  return clips.find((clip) => totals.get(keyOf(clip)) === most);
}

/** What was measured of a file's sound. */
export const AudioInfo = z.strictObject({
  codec: z.string(),
  sampleRate: z.int(),
  channels: z.int(),
  durationSeconds: z.number(),
});
export type AudioInfo = z.infer<typeof AudioInfo>;

/** What was measured of a clip or a film. */
export const MediaInfo = z.strictObject({
  durationSeconds: z.number(),
  video: VideoInfo,
  audio: AudioInfo.nullable(),
});
export type MediaInfo = z.infer<typeof MediaInfo>;

/** What an artifact is for; an `answer` is what a paid call answered, as it came. */
export const ARTIFACT_ROLES = ["keyframe", "reference", "animatic", "clip", "final", "answer"] as const;
export type ArtifactRole = (typeof ARTIFACT_ROLES)[number];

/** Camera moves an animatic can show between two stills. */
export const CAMERA_MOVES = [
  "push_in",
  "pull_out",
  "pan_left",
  "pan_right",
  "tilt_up",
  "tilt_down",
  "drift",
  "hold",
] as const;
export type CameraMove = (typeof CAMERA_MOVES)[number];

const even = (pixels: number): number => Math.round(pixels / 2) * 2;

/**
 * Pixels at the bottom of a captioned still that its caption fills: the picture above moves, the caption stands.
 * Even, since video is cut there.
 */
export function captionHeight({ width, height }: FrameSize): number {
  if (width > height) return even(height * 0.1834);
  return width === height ? even(height * 0.2667) : even(height * 0.1875);
}

/** What a stitch did; kept with the film and shown by `status`. */
export interface StitchReport {
  /** What its joins are: hard cuts, crossfades, or anything else and mixed. */
  readonly mode: "concat" | "crossfade" | "transitions";
  readonly clips: number;
  readonly frames: number;
  readonly durationSeconds: number;
  readonly framesCopied: number;
  readonly framesEncoded: number;
  /** Encoded frames as a part of all, 0 to 1. */
  readonly encodedShare: number;
  /** Joins that were blended. */
  readonly windows: number;
  /** Clips, from 0, whose last frame was left out: the next one begins with the same picture. */
  readonly droppedAfter: readonly number[];
  /** Clips, from 0, whose end is cut off: their whole length and that of what is shown, seconds. */
  readonly cutClips: readonly { readonly clip: number; readonly fromSeconds: number; readonly toSeconds: number }[];
  /** When each clip begins in the film, seconds. */
  readonly startsSeconds: readonly number[];
  readonly segmentsEncoded: number;
  /** Encoded segments taken over from an earlier stitch. */
  readonly segmentsReused: number;
  /** Frames decoded to check the film: all, or what was encoded with its seams where the rest was decoded before. */
  readonly framesDecoded: number;
  /** How much later the sound ends than the picture, ms. */
  readonly syncErrorMs: number;
  /** What people should know of the result: each names a clip, from 1, and is a sentence but for the full stop. */
  readonly remarks: readonly string[];
  /** Wall-clock seconds, checks included. */
  readonly tookSeconds: number;
  /** The film as it was measured. */
  readonly media: MediaInfo;
}

const ToldReport = z.looseObject({
  clips: z.int(),
  frames: z.int(),
  framesCopied: z.int(),
  framesEncoded: z.int(),
  windows: z.int(),
  droppedAfter: z.array(z.int()).default([]),
  cutClips: z.array(z.object({ clip: z.int(), fromSeconds: z.number(), toSeconds: z.number() })).default([]),
  remarks: z.array(z.string()).default([]),
  mode: z.string().optional(),
  segmentsReused: z.int(),
  syncErrorMs: z.number(),
  tookSeconds: z.number(),
});

/** What a kept stitch report says, as one line for people; null for none, or one of an unknown form. Pure. */
export function stitchLine(report: Readonly<Record<string, unknown>> | null): string | null {
  const told = ToldReport.safeParse(report);
  if (!told.success) return null;
  const { clips, frames, framesCopied, framesEncoded, windows, droppedAfter, mode } = told.data;
  const { segmentsReused, syncErrorMs, tookSeconds, cutClips, remarks } = told.data;
  const count = (n: number, what: string) => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;
  const percent = Math.round((framesEncoded / Math.max(1, frames)) * 100);
  const blends = windows === 0 ? "hard cuts" : count(windows, mode === "transitions" ? "transition" : "crossfade");
  const dropped = droppedAfter.length === 0 ? "" : `, ${count(droppedAfter.length, "duplicate frame")} left out`;
  const reused = segmentsReused === 0 ? "" : `, ${segmentsReused} taken over`;
  return [
    `${count(clips, "clip")} joined in ${tookSeconds.toFixed(1)} s with ${blends}${reused}`,
    `${count(framesCopied, "frame")} copied, ${framesEncoded.toLocaleString("en-US")} encoded (${percent}%)${dropped}`,
    ...cutWords(cutClips),
    `sound ${syncErrorMs === 0 ? "ends with the picture" : `ends ${syncErrorMs} ms off the picture`}`,
    ...remarks.slice(0, mostNamed),
    ...(remarks.length > mostNamed ? [`${remarks.length - mostNamed} more remarks in the report`] : []),
  ].join("; ");
}

/** Clips and remarks that are told one by one; more are counted. */
const mostNamed = 3;

function cutWords(cutClips: z.infer<typeof ToldReport>["cutClips"]): string[] {
  if (cutClips.length > mostNamed) return [`${cutClips.length} clips cut to length`];
  const seconds = (length: number) => `${length.toFixed(2)} s`;
  return cutClips.map(
    (cut) => `clip ${cut.clip + 1} cut from ${seconds(cut.fromSeconds)} to ${seconds(cut.toSeconds)}`,
  );
}

const Dropped = z.looseObject({ droppedAfter: z.array(z.int()) });
const Starts = z.looseObject({ startsSeconds: z.array(z.number()) });

/** Clips, from 0, whose last frame a stitch left out, by its kept report. Pure. */
export const droppedAfter = (report: unknown): readonly number[] => Dropped.safeParse(report).data?.droppedAfter ?? [];

/** When each clip of a film begins, seconds, by its kept report; null where it does not say. Pure. */
export const startsSeconds = (report: unknown): readonly number[] | null =>
  Starts.safeParse(report).data?.startsSeconds ?? null;

/** How far the shape of a clip may be from the ordered one, as a part of it. */
export const CLIP_SHAPE_TOLERANCE = 0.03;

/** Whether a picture has an aspect ratio, within a part of it. */
export function hasShape({ width, height }: FrameSize, aspectRatio: AspectRatio, tolerance: number): boolean {
  const [across = 1, down = 1] = aspectRatio.split(":").map(Number);
  return Math.abs(width / height / (across / down) - 1) <= tolerance;
}
