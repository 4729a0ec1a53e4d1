import { open, stat } from "node:fs/promises";
import { VidpipeError } from "../../../domain/errors.ts";
import type { FrameSize } from "../../../domain/media.ts";
import type { FileHasher } from "../../../ports/files.ts";
import { type ClipFile, CONTAINERS, type Container } from "../../ffmpeg/containers.ts";
import { type Probe, type RawPacket, type RawStream, showTimesOf } from "../../ffmpeg/probe.ts";
import { clipFile, type FfmpegTools, probe, shown } from "../../ffmpeg/verify.ts";
import type { createLimit } from "../concurrency.ts";
import { type ClipLayout, PACKET_SAMPLES, ranksOf, reorderDepth, SAMPLE_RATE } from "../format/clip-layout.ts";
import { isHdr, streamColour } from "../format/colour.ts";
import { descriptionOf, type Mp4File, type Mp4Files } from "../mp4/packets.ts";
import { innerBoxes, VIDEO_FIELDS } from "../mp4/sample-tables.ts";
import { type FrameTiming, frameTimingOf, plainTiming } from "./frame-timing.ts";
import { type Cuts, cutsOf, readCuts } from "./keyframe-cuts.ts";

/** Bytes hashed at a time. */
const hashedBytes = 1024 * 1024;

/** Pixel formats with an alpha plane or a palette that may have one. */
const TRANSPARENT = /^(yuva|gbrap|rgba|bgra|argb|abgr|ya|pal8)/;

/** What ffprobe said of pictures, by everything it looks at: clips of one model differ in their packets alone. */
type KnownPictures = Map<string, Promise<Probe>>;

/** What measuring the clips of one film works with. */
export interface ProbeDeps {
  readonly tools: FfmpegTools;
  readonly mp4Files: Mp4Files;
  readonly known: KnownPictures;
  /** Lets only a few ffprobe run at once. */
  readonly limit: ReturnType<typeof createLimit>;
}

/**
 * Measures where a clip may be cut; `known` spares asking again. Its hash is computed unless `storedSha256` claims
 * one, which nothing has checked then. @throws VidpipeError media.invalid
 */
export async function readLayout(
  { tools, mp4Files, known, limit }: ProbeDeps,
  path: string,
  storedSha256: string | undefined,
  signal: AbortSignal,
): Promise<ClipLayout> {
  const clip = await clipFile(path);
  const { container } = clip;
  const file = await stat(path).catch(() => undefined);
  // ffprobe says what is wrong with it
  const mp4 = container.indexed ? await mp4Files(path).catch(() => undefined) : undefined;
  const timing = mp4 === undefined ? null : plainTiming(mp4);
  const { video, audio, extras, picture } =
    mp4 === undefined || timing === null
      ? await limit(() => measured(tools, clip, mp4, signal))
      : await plain(tools, mp4, timing, known, signal);
  return {
    ...clip,
    sha256: storedSha256 ?? (await sha256Of(path)),
    bytes: file?.size ?? 0,
    modifiedAtMs: file?.mtimeMs ?? 0,
    format: {
      size: shownSize(video),
      frameRate: picture.frameRate,
      colour: streamColour(video),
      profile: video.profile,
      level: video.level,
      reorderDepth: reorderDepth(picture.ranks),
    },
    frames: picture.ranks.length,
    pictureSeconds: picture.seconds,
    pictureStartSeconds: picture.startSeconds,
    hasSound: audio !== null,
    soundChannels: audio?.channels ?? 0,
    soundPackets: mp4?.single === true && picture.first ? soundPackets(mp4) : null,
    oddity: containerOddity(container) ?? streamOddity(video) ?? timingOddity(picture) ?? picture.cuts.oddity,
    regular: picture.regular && rotationOf(video) === 0,
    repairs: {
      interlaced: !["progressive", "unknown"].includes(video.field_order),
      highDynamicRange: isHdr(streamColour(video)),
      transparent: TRANSPARENT.test(video.pix_fmt),
    },
    extras,
    cleanStarts: picture.cuts.starts,
    cleanEnds: picture.cuts.ends,
    parameterSets: picture.cuts.sets,
  };
}

/** When a clip's frames are shown, and where it may be cut. */
interface Picture extends FrameTiming {
  /** Places in showing order of the frames that are shown, in decoding order. */
  readonly ranks: readonly number[];
  /** After the file's own start. */
  readonly startSeconds: number;
  /** True when the picture starts with the file, and the file at 0. */
  readonly first: boolean;
  readonly cuts: Cuts;
}

interface Measured extends Pick<Probe, "video" | "audio" | "extras"> {
  readonly picture: Picture;
}

/** Everything as ffprobe reports it: for clips that the quick path cannot read. */
async function measured(
  tools: FfmpegTools,
  file: ClipFile,
  mp4: Mp4File | undefined,
  signal: AbortSignal,
): Promise<Measured> {
  const { video, audio, extras, packets, startSeconds } = await probe(tools, file, true, signal);
  requireRising(file, packets, video);
  const times = showTimesOf(packets);
  if (times.length === 0)
    throw new VidpipeError("media.invalid", `${shown(file.path)} has no frames; make this clip again`);
  const tick = video.time_base ?? { num: 1, den: 1 };
  const first = Math.min(...times);
  const picture = {
    ...frameTimingOf(video, packets, times),
    ranks: ranksOf(times),
    startSeconds: Math.max(0, (first * tick.num) / tick.den - startSeconds),
    first: first === 0 && startSeconds === 0,
    cuts: await readCuts(mp4, video, packets),
  };
  return { video, audio, extras, picture };
}

/** Seconds by which a transport stream may be silent: above them ffmpeg takes its times for new ones. */
const longestSilence = 10;

/**
 * Refuses a transport stream whose times start again or leap, as two recordings in one file do: what is decoded would
 * not be what its packets say. @throws VidpipeError media.invalid
 */
function requireRising({ path, container }: ClipFile, packets: readonly RawPacket[], { time_base }: RawStream): void {
  if (container.demuxer !== CONTAINERS.mpegts.demuxer) return;
  const longest = (longestSilence * (time_base?.den ?? 1)) / (time_base?.num ?? 1);
  let before: number | undefined;
  for (const { dts } of packets) {
    if (dts === undefined) continue;
    if (before !== undefined && (dts <= before || dts > before + longest))
      throw new VidpipeError(
        "media.invalid",
        `${shown(path)} has times that leap on the way, as two recordings in one file have; make it one with ffmpeg -i FILE -c copy NEW.mp4`,
      );
    before = dts;
  }
}

/** What ffprobe says of a clip's streams; asked once for all whose sample entries and matrices are the same. */
async function probeKnown(tools: FfmpegTools, mp4: Mp4File, known: KnownPictures, signal: AbortSignal): Promise<Probe> {
  const { entry, matrix } = mp4.track("video");
  const fields = entry.subarray(0, VIDEO_FIELDS);
  // A bit rate is each clip's own and says nothing of the picture's format.
  const boxes = [...innerBoxes(entry.subarray(VIDEO_FIELDS))].filter(({ type }) => type !== "btrt");
  const parts = [fields.subarray(8), ...boxes.map(({ whole }) => whole), matrix];
  if (mp4.hasSound) parts.push(descriptionOf(mp4.track("audio")), mp4.track("audio").entry.subarray(4, 28));
  const key = `${mp4.hasSound} ${Buffer.concat(parts).toString("hex")}`;
  const asked = known.get(key) ?? probe(tools, { path: mp4.path, container: CONTAINERS.mp4 }, false, signal);
  known.set(key, asked);
  return asked;
}

/** The way for a plain clip: its packets are looked at while ffprobe says what they are. */
async function plain(
  tools: FfmpegTools,
  mp4: Mp4File,
  timing: FrameTiming,
  known: KnownPictures,
  signal: AbortSignal,
): Promise<Measured> {
  const ranks = ranksOf(mp4.track("video").showTimes);
  const [{ video, audio, extras }, cuts] = await Promise.all([
    probeKnown(tools, mp4, known, signal),
    cutsOf(mp4, ranks),
  ]);
  return { video, audio, extras, picture: { ...timing, ranks, startSeconds: 0, first: true, cuts } };
}

/** Room for the bytes that are hashed at a time. */
export const hashBuffer = (): Uint8Array => Buffer.allocUnsafeSlow(hashedBytes);

/**
 * The hash of a file's content, by `background` where it can. Streaming, so that memory does not depend on the clip;
 * `buffer` is used for it.
 */
export async function sha256Of(
  path: string,
  buffer: Uint8Array = hashBuffer(),
  background?: FileHasher,
): Promise<string> {
  await using file = await open(path, "r");
  const known = await background?.(file.fd);
  if (known !== undefined && known !== null) return known.sha256;
  const hasher = new Bun.CryptoHasher("sha256");
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return hasher.digest("hex");
    hasher.update(buffer.subarray(0, bytesRead));
  }
}

const rotationOf = (video: RawStream): number =>
  Math.round(video.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0);

/** As it is meant to be seen: square pixels, upright. */
function shownSize(video: RawStream): FrameSize {
  const aspect = video.sample_aspect_ratio ?? { num: 1, den: 1 };
  const width = Math.round((video.width * aspect.num) / aspect.den);
  return Math.abs(rotationOf(video)) % 180 === 90
    ? { width: video.height, height: width }
    : { width, height: video.height };
}

/** Why nothing is copied out of a container; null when it may be. */
const containerOddity = ({ name, indexed }: Container): string | null => (indexed ? null : `it is ${name}`);

const timingOddity = ({ regular }: FrameTiming): string | null => (regular ? null : "its frame rate varies");

/** Why a stream's packets do not fit in a film that plays everywhere; null when they do. */
function streamOddity(video: RawStream): string | null {
  const aspect = video.sample_aspect_ratio;
  const faults: readonly (readonly [boolean, string])[] = [
    [video.codec_name !== "h264", `its codec is ${video.codec_name}`],
    [video.codec_tag_string !== "avc1", `its parameter sets are in the packets (${video.codec_tag_string})`],
    [video.nal_length_size !== 4, "its NAL units have short lengths"],
    [!["yuv420p", "yuvj420p"].includes(video.pix_fmt), `its pixel format is ${video.pix_fmt}`],
    [aspect !== undefined && aspect.num !== aspect.den, "its pixels are not square"],
    [rotationOf(video) !== 0, `it is rotated by ${rotationOf(video)} degrees`],
    [!["progressive", "unknown"].includes(video.field_order), "it is interlaced"],
    [video.width % 2 !== 0 || video.height % 2 !== 0, "its size is odd"],
    [isHdr(streamColour(video)), "it has high dynamic range"],
  ];
  return faults.find(([wrong]) => wrong)?.[1] ?? null;
}

/**
 * Packets of a sound track that is what the film's would be: AAC-LC, 48 kHz, stereo, one packet of priming before
 * the picture's start, then one every 1,024 samples. Null for any other.
 */
function soundPackets(mp4: Mp4File): number | null {
  if (!mp4.hasSound) return null;
  const track = mp4.track("audio");
  if (!PLAIN_AAC.includes(Buffer.from(descriptionOf(track)).toString("hex"))) return null;
  const { lengths, edits, timescale } = track;
  const steady = lengths.every((length, index) => length === PACKET_SAMPLES || index === lengths.length - 1);
  const primed = edits.length === 1 && edits[0]?.start === PACKET_SAMPLES;
  return steady && primed && timescale === SAMPLE_RATE ? lengths.length : null;
}

/** AudioSpecificConfigs of AAC-LC, 48 kHz, stereo: short, or stating that SBR is absent. */
const PLAIN_AAC = ["1190", "119056e500"];
