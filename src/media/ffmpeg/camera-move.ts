import { type CameraMove, captionHeight, type FrameSize } from "../../domain/media.ts";
import type { ShotOrder } from "../../ports/media.ts";
import { FEW_PIXELS, ffmpegStart, fileUrl, STILL_FORMATS } from "./args.ts";
import { soundBed } from "./sound-bed.ts";

/** Frames a second of every shot. */
const FRAME_RATE = 24;
/** Samples a second of the sound; a whole number of samples belongs to each frame. */
const SAMPLE_RATE = 48_000;
/** x264 splits a picture among threads, so their number shapes the bytes: fixed, not "as many as there are". */
const ENCODER_THREADS = 2;
/** Part of the shot after which the end still begins to show, and by which the start still is gone. */
const DISSOLVE = { from: 0.34, to: 0.66 } as const;
/** Where the camera stands: 1 and 0, 0 is the whole still; `across` and `down` are shares of the picture's size. */
interface Framing {
  readonly zoom: number;
  readonly across: number;
  readonly down: number;
}

const WHOLE: Framing = { zoom: 1, across: 0, down: 0 };

/**
 * How far each move strays from the two stills: the start still travels from whole to `leave`, the end still from
 * `arrive` to whole, so that the shot opens and closes exactly on its stills. Below zoom 1 or beyond the edge the
 * mirrored border shows, hence small numbers there.
 */
const TRAVEL: Record<CameraMove, { readonly leave: Framing; readonly arrive: Framing }> = {
  push_in: { leave: { zoom: 1.3, across: 0, down: 0 }, arrive: { zoom: 0.92, across: 0, down: 0 } },
  pull_out: { leave: { zoom: 0.92, across: 0, down: 0 }, arrive: { zoom: 1.3, across: 0, down: 0 } },
  pan_left: { leave: { zoom: 1.1, across: -0.1, down: 0 }, arrive: { zoom: 1.1, across: 0.1, down: 0 } },
  pan_right: { leave: { zoom: 1.1, across: 0.1, down: 0 }, arrive: { zoom: 1.1, across: -0.1, down: 0 } },
  tilt_up: { leave: { zoom: 1.1, across: 0, down: -0.1 }, arrive: { zoom: 1.1, across: 0, down: 0.1 } },
  tilt_down: { leave: { zoom: 1.1, across: 0, down: 0.1 }, arrive: { zoom: 1.1, across: 0, down: -0.1 } },
  drift: { leave: { zoom: 1.1, across: 0.03, down: -0.02 }, arrive: { zoom: 1.1, across: -0.03, down: 0.02 } },
  hold: { leave: WHOLE, arrive: WHOLE },
};

const even = (pixels: number): number => Math.round(pixels / 2) * 2;

/** Frames of a shot, at least one. */
export const shotFrames = (durationSeconds: number): number => Math.max(1, Math.round(durationSeconds * FRAME_RATE));

/** A filter's number: enough digits for a twentieth of a pixel, no exponent, the same text for the same value. */
const figure = (value: number): string => String(Number(value.toFixed(5)));

/** Frame n at n/24 s, and declared so: `xfade` wants a constant rate, which `setpts` alone no longer promises. */
const numbered = `settb=1/${FRAME_RATE},setpts=N,fps=${FRAME_RATE}`;

/** Slow, fast, slow: the camera starts and stops at rest. */
const eased = (progress: number): number => progress * progress * (3 - 2 * progress);

/** One still's way through the shot. */
interface Layer {
  readonly input: number;
  readonly name: string;
  readonly from: Framing;
  readonly to: Framing;
  /** Frame of the shot in which the layer is first seen, and how many it lasts. */
  readonly firstFrame: number;
  readonly length: number;
}

/** How far a framing looks past the picture's edge, as a share of its size. */
const pastEdge = ({ zoom, across, down }: Framing, axis: "across" | "down"): number =>
  0.5 / zoom + Math.abs(axis === "across" ? across : down) - 0.5;

function framingAt({ from, to }: Layer, progress: number): Framing {
  const between = (start: number, end: number) => start + (end - start) * eased(progress);
  return {
    zoom: between(from.zoom, to.zoom),
    across: between(from.across, to.across),
    down: between(from.down, to.down),
  };
}

/**
 * Pixels of mirrored border that the layer's camera sees at most. Its reach is largest at one end of its way, since
 * it grows ever faster with distance from the whole picture.
 */
function borderOf(layer: Layer, axis: "across" | "down", size: number, frames: number): number {
  const ends = [layer.firstFrame, layer.firstFrame + layer.length - 1];
  const reach = ends.map((frame) => pastEdge(framingAt(layer, frame / Math.max(1, frames - 1)), axis));
  return even(size * Math.max(0, ...reach)) + 2;
}

/** The eight coordinates of the source rectangle that `perspective` stretches over the bordered picture. */
function cornersOf({ from, to, firstFrame }: Layer, frames: number, grown: { W: number; H: number }): string {
  const at = (framing: Framing, size: "W" | "H", side: -1 | 1) =>
    0.5 + (size === "W" ? framing.across : framing.down) / grown[size] + side * (0.5 / framing.zoom);
  // `on` counts from 1.
  const progress = `st(1,(on-1+${firstFrame})/${Math.max(1, frames - 1)});st(0,ld(1)*ld(1)*(3-2*ld(1)))`;
  const coordinate = (name: string, size: "W" | "H", side: -1 | 1) => {
    const start = at(from, size, side);
    return `${name}='${progress};${size}*(${figure(start)}+${figure(at(to, size, side) - start)}*ld(0))'`;
  };
  const corners = [
    ["0", -1, -1],
    ["1", 1, -1],
    ["2", -1, 1],
    ["3", 1, 1],
  ] as const;
  return corners.map(([n, x, y]) => `${coordinate(`x${n}`, "W", x)}:${coordinate(`y${n}`, "H", y)}`).join(":");
}

/** A still as a moving layer of the picture's size. */
function layerGraph(layer: Layer, frame: FrameSize, picture: FrameSize, frames: number): string {
  const { width, height } = picture;
  const sideways = borderOf(layer, "across", width, frames);
  const upright = borderOf(layer, "down", height, frames);
  const bordered = { width: width + 2 * sideways, height: height + 2 * upright };
  const grown = { W: bordered.width / width, H: bordered.height / height };
  const filters = [
    `scale=${frame.width}:${frame.height}:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd:out_color_matrix=bt709:out_range=tv`,
    `crop=${frame.width}:${frame.height}`,
    "format=yuv420p",
    `crop=${width}:${height}:0:0`,
    `pad=${bordered.width}:${bordered.height}:${sideways}:${upright}`,
    `fillborders=left=${sideways}:right=${sideways}:top=${upright}:bottom=${upright}:mode=mirror`,
    `loop=loop=${layer.length - 1}:size=1`,
    numbered,
    // Moves by fractions of a pixel, where `zoompan` and `crop` jump by whole ones.
    ...(layer.from === layer.to
      ? []
      : [`perspective=eval=frame:interpolation=cubic:${cornersOf(layer, frames, grown)}`]),
    `crop=${width}:${height}`,
  ];
  return `[${layer.input}:v]${filters.join(",")}[${layer.name}]`;
}

function pictureGraph({ size, move, captionPath, durationSeconds }: ShotOrder): string {
  const frames = shotFrames(durationSeconds);
  const picture = { width: size.width, height: captionPath === null ? size.height : size.height - captionHeight(size) };
  const { leave, arrive } = TRAVEL[move];
  const endsFrom = Math.floor(frames * DISSOLVE.from);
  const startsUntil = Math.max(endsFrom + 1, Math.ceil(frames * DISSOLVE.to));
  const layers: readonly Layer[] = [
    { input: 0, name: "start", from: WHOLE, to: leave, firstFrame: 0, length: startsUntil },
    { input: 1, name: "end", from: arrive, to: WHOLE, firstFrame: endsFrom, length: frames - endsFrom },
  ];
  const [duration, offset] = [(startsUntil - endsFrom) / FRAME_RATE, endsFrom / FRAME_RATE].map(figure);
  const dissolve = `[start][end]xfade=transition=fade:duration=${duration}:offset=${offset}`;
  const finish = `${numbered},setsar=1,format=yuv420p[picture]`;
  const moving = layers.map((layer) => layerGraph(layer, size, picture, frames));
  if (captionPath === null) return [...moving, `${dissolve},${finish}`].join(";");
  return [
    ...moving,
    `[2:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[caption]`,
    `${dissolve},pad=${size.width}:${size.height}:0:0[moving]`,
    `[moving][caption]overlay=0:0:eof_action=repeat:format=yuv420,${finish}`,
  ].join(";");
}

const STILL_DECODERS = Object.values(STILL_FORMATS).map(({ decoder }) => decoder);

const still = (path: string): string[] => [
  ...["-protocol_whitelist", "file", "-format_whitelist", "image2"],
  ...["-codec_whitelist", STILL_DECODERS.join(), ...FEW_PIXELS],
  // Without `none` a `%03d` in a folder's name would be read as a numbered sequence.
  ...["-pattern_type", "none", "-f", "image2", "-i", fileUrl(path)],
];

/**
 * Exact ffmpeg arguments that film a shot into `output`, an MP4: H.264 High, 24 frames a second, one closed group
 * of pictures a second, yuv420p tagged bt709, with a quiet stereo sound bed of exactly the picture's length.
 * Pure; the same order gives the same bytes on the same ffmpeg.
 */
export function shotArgs(order: ShotOrder, output: string): readonly string[] {
  const frames = shotFrames(order.durationSeconds);
  const samples = (frames * SAMPLE_RATE) / FRAME_RATE;
  const stills = [order.startPath, order.endPath, ...(order.captionPath === null ? [] : [order.captionPath])];
  return [
    ...ffmpegStart(),
    ...stills.flatMap(still),
    ...["-filter_complex", `${pictureGraph(order)};${soundBed(order.seed, samples, SAMPLE_RATE)}[sound]`],
    ...["-map", "[picture]", "-map", "[sound]", "-r", String(FRAME_RATE)],
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-profile:v", "high", "-pix_fmt", "yuv420p"],
    ...["-g", String(FRAME_RATE), "-keyint_min", String(FRAME_RATE), "-sc_threshold", "0"],
    ...["-threads:v", String(ENCODER_THREADS), "-flags:v", "+cgop+bitexact"],
    ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
    ...["-c:a", "aac", "-b:a", "128k", "-ar", String(SAMPLE_RATE), "-ac", "2", "-flags:a", "+bitexact"],
    ...["-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", fileUrl(output)],
  ];
}
