import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { AudioInfo, MediaInfo, Rational, VideoInfo } from "../../domain/media.ts";
import type { ClipFile } from "./containers.ts";
import { leftOut } from "./left-out.ts";
import { nonsense } from "./run.ts";

const fraction = z
  .string()
  .regex(/^\d+[/:]\d+$/)
  .transform((text): Rational | undefined => {
    const [num, den] = text.split(/[/:]/).map(Number);
    return num === undefined || den === undefined || num === 0 || den === 0 ? undefined : { num, den };
  });
const seconds = z.coerce.number();
const count = z.coerce.number().int();

export const RawStream = z.object({
  index: z.int(),
  codec_type: z.string().default("unknown"),
  codec_name: z.string().default("unknown"),
  codec_tag_string: z.string().default(""),
  profile: z.string().default("unknown"),
  level: z.int().default(0),
  pix_fmt: z.string().default("unknown"),
  width: z.int().default(0),
  height: z.int().default(0),
  sample_aspect_ratio: fraction.optional(),
  field_order: z.string().default("unknown"),
  color_range: z.string().default("unknown"),
  color_space: z.string().default("unknown"),
  color_transfer: z.string().default("unknown"),
  color_primaries: z.string().default("unknown"),
  avg_frame_rate: fraction.optional(),
  r_frame_rate: fraction.optional(),
  time_base: fraction.optional(),
  start_pts: z.int().default(0),
  start_time: seconds.default(0),
  duration: seconds.default(0),
  nb_frames: count.default(0),
  has_b_frames: z.int().default(0),
  nal_length_size: count.default(0),
  sample_rate: count.default(0),
  channels: z.int().default(0),
  disposition: z.object({ attached_pic: z.int() }).default({ attached_pic: 0 }),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
});
export type RawStream = z.infer<typeof RawStream>;

const RawPacket = z.object({
  stream_index: z.int(),
  pts: z.int().optional(),
  dts: z.int().optional(),
  duration: z.int().default(0),
  flags: z.string().default(""),
});
export type RawPacket = z.infer<typeof RawPacket>;

/** True when an edit list hides a packet's frame. */
export const isDiscarded = (packet: RawPacket): boolean => packet.flags.includes("D");

const RawProbe = z.object({
  streams: z.array(RawStream).default([]),
  packets: z.array(RawPacket).default([]),
  format: z.object({ start_time: seconds.default(0), duration: seconds.default(0) }).optional(),
});

/** What ffprobe says of a clip. */
export interface Probe {
  readonly video: RawStream;
  readonly audio: RawStream | null;
  /** Streams that are left out, in words. */
  readonly extras: readonly string[];
  /** Of the picture, in decode order; empty unless asked for. */
  readonly packets: readonly RawPacket[];
  /** Seconds; stream times are relative to it once ffmpeg reads the file. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/**
 * When the frames of packets are shown, in ticks. Where some do not say, as in AVI, one follows the other as they are
 * decoded: only containers of a constant rate leave it out.
 */
export function showTimesOf(packets: readonly RawPacket[]): readonly number[] {
  const shown = packets.filter((packet) => !isDiscarded(packet));
  const told = shown.flatMap(({ pts }) => pts ?? []);
  return told.length === shown.length ? told : shown.flatMap(({ dts }) => dts ?? []);
}

/** Frames a second that no clip has; a film of them would have to be made at their rate. */
export const mostFramesPerSecond = 1_000;

/** Streams beyond picture and sound, e.g. a time code or a second language; a thousand take minutes to read. */
const mostStreams = 16;

/** ffprobe's answer as data. @throws VidpipeError media.ffmpeg_failed when it is not JSON: that is not the file's fault */
export function probeAnswer(stdout: string, task: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    throw nonsense(task, stdout);
  }
}

/**
 * Reads ffprobe's answer. Lengths are those of the header, or of the packets where only these tell them.
 * @throws VidpipeError media.invalid when it has no picture track that can be shown
 */
export function parseProbe(answer: unknown, file: ClipFile, name: string): Probe {
  const raw = rawProbe(answer, name);
  if (raw.streams.length > mostStreams)
    throw new VidpipeError("media.invalid", `${name} has ${raw.streams.length} streams; it was not used`);
  const packetsOf = ({ index }: RawStream) => raw.packets.filter((packet) => packet.stream_index === index);
  const timed = (stream: RawStream) => (file.container.indexed ? stream : withLength(stream, packetsOf(stream)));
  const picture = raw.streams.find(isPicture);
  if (picture === undefined) throw new VidpipeError("media.invalid", `${name} has no picture; make this clip again`);
  const sound = raw.streams.find((s) => s.codec_type === "audio");
  const video = timed(picture);
  const { num, den } = video.avg_frame_rate ?? { num: 0, den: 1 };
  if (num > mostFramesPerSecond * den || video.duration <= 0)
    throw new VidpipeError(
      "media.invalid",
      `${name} claims to last ${video.duration} s at ${num}/${den} frames a second; it was not used`,
    );
  return {
    video,
    audio: sound === undefined ? null : timed(sound),
    extras: [...new Set(raw.streams.flatMap((s) => (s === picture || s === sound ? [] : wordsFor(s))))],
    packets: packetsOf(picture),
    startSeconds: raw.format?.start_time ?? 0,
    durationSeconds: raw.format?.duration ?? video.duration,
  };
}

const isPicture = (stream: RawStream): boolean =>
  stream.codec_type === "video" && stream.disposition.attached_pic === 0;

/** A stream that is left out, in words. */
function wordsFor(stream: RawStream): string {
  if (stream.codec_type === "attachment") return "an attached file";
  const isCover = stream.codec_type === "video" && !isPicture(stream);
  return isCover ? "a cover picture" : leftOut(stream.codec_type, stream.codec_name);
}

/** A stream with its length and its number of packets as these tell them. */
function withLength(stream: RawStream, packets: readonly RawPacket[]): RawStream {
  const tick = stream.time_base ?? { num: 1, den: 1 };
  let [first, end] = [Infinity, 0];
  for (const { pts, dts, duration } of packets) {
    const time = pts ?? dts ?? Infinity;
    if (time < first) first = time;
    if (time !== Infinity && time + duration > end) end = time + duration;
  }
  const duration = first === Infinity ? 0 : ((end - first) * tick.num) / tick.den;
  return { ...stream, duration, nb_frames: packets.length };
}

function rawProbe(answer: unknown, name: string): z.infer<typeof RawProbe> {
  try {
    return RawProbe.parse(answer);
  } catch (cause) {
    throw new VidpipeError("media.invalid", `${name} has a header that makes no sense; it was not used`, { cause });
  }
}

/** The domain's view of a probed clip of which `frames` were decoded. */
export function mediaInfo(probe: Probe, frames: number): MediaInfo {
  const video = videoInfo(probe.video, frames);
  const audio = probe.audio === null ? null : audioInfo(probe.audio);
  return { durationSeconds: Math.max(video.durationSeconds, audio?.durationSeconds ?? 0), video, audio };
}

function videoInfo(stream: RawStream, frames: number): VideoInfo {
  return {
    codec: stream.codec_name,
    profile: stream.profile,
    pixelFormat: stream.pix_fmt,
    width: stream.width,
    height: stream.height,
    frameRate: stream.avg_frame_rate ?? stream.r_frame_rate ?? { num: 0, den: 1 },
    frames,
    durationSeconds: stream.duration,
  };
}

function audioInfo(stream: RawStream): AudioInfo {
  return {
    codec: stream.codec_name,
    sampleRate: stream.sample_rate,
    channels: stream.channels,
    durationSeconds: stream.duration,
  };
}
