import { open, stat } from "node:fs/promises";
import { VidpipeError } from "../../../domain/errors.ts";
import type { FrameSize, Rational } from "../../../domain/media.ts";
import type { FileHasher } from "../../../ports/files.ts";
import { type ClipFile, CONTAINERS, type Container } from "../../ffmpeg/containers.ts";
import { mostFramesPerSecond, type Probe, type RawPacket, type RawStream, showTimesOf } from "../../ffmpeg/probe.ts";
import { clipFile, type FfmpegTools, probe, shown } from "../../ffmpeg/verify.ts";
import type { createLimit } from "../concurrency.ts";
import { type ClipLayout, ranksOf, reorderDepth } from "../format/clip-layout.ts";
import { isHdr, streamColour } from "../format/colour.ts";
import { type Mp4File, type Mp4Files, UnreadablePackets } from "../mp4/packets.ts";
import { copiedPackets, heardSeconds, lateSeconds, shownEnd } from "./edit-lists.ts";
import { type FrameTiming, frameTimingOf, plainTiming } from "./frame-timing.ts";
import { type Cuts, cutsOf, readCuts } from "./keyframe-cuts.ts";
import { plainStreams } from "./plain-streams.ts";

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
  /** Whether clips without a known hash get one; else they are told apart by name, size and time. */
  readonly hashed: boolean;
  /** Lets only a few ffprobe run at once. */
  readonly limit: ReturnType<typeof createLimit>;
}

/**
 * Measures where a clip may be cut; `known` spares asking again. Its hash is computed unless `storedSha256` claims
 * one, which nothing has checked then. @throws VidpipeError media.invalid, also for what nobody thought of
 */
export async function readLayout(
  deps: ProbeDeps,
  path: string,
  storedSha256: string | undefined,
  signal: AbortSignal,
): Promise<ClipLayout> {
  try {
    return await layoutOf(deps, path, storedSha256, signal);
  } catch (thrown) {
    if (!(thrown instanceof RangeError || thrown instanceof TypeError || thrown instanceof UnreadablePackets))
      throw thrown;
    const remedy = "write it again with another program, or have this clip made again";
    throw new VidpipeError("media.invalid", `${shown(path)} is built in a way that is not understood; ${remedy}`, {
      cause: thrown,
    });
  }
}

async function layoutOf(
  { tools, mp4Files, known, limit, hashed }: ProbeDeps,
  path: string,
  storedSha256: string | undefined,
  signal: AbortSignal,
): Promise<ClipLayout> {
  const clip = await clipFile(path);
  const file = await stat(path).catch(() => undefined);
  const mp4 = await tablesOf(clip, mp4Files);
  const timing = mp4 === undefined ? null : plainTiming(mp4);
  const { video, audio, extras, picture } =
    mp4 === undefined || timing === null
      ? await limit(() => measured(tools, clip, mp4, signal))
      : await plain(tools, mp4, timing, known, signal);
  return {
    ...clip,
    sha256: storedSha256 ?? (hashed ? await sha256Of(path) : `${path} ${file?.size} ${file?.mtimeMs}`),
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
    ...soundFacts(audio, mp4, picture),
    oddity: lying(clip.container, mp4) ?? streamOddity(video) ?? picture.oddity ?? picture.cuts.oddity,
    regular: picture.regular && rotationOf(video) === 0,
    repairs: {
      interlaced: !["progressive", "unknown"].includes(video.field_order),
      highDynamicRange: isHdr(streamColour(video)),
      transparent: TRANSPARENT.test(video.pix_fmt),
    },
    extras,
    // In fragments ffmpeg seeks by decoding times: the frame that is sought may be shown before those it then reads.
    seekable: picture.cuts.seekable && clip.container.indexed && mp4?.fragmented !== true,
    cleanStarts: picture.cuts.starts,
    cleanEnds: picture.cuts.ends,
    parameterSets: picture.cuts.sets,
  };
}

/** The tables of an MP4 with a picture; undefined for any other file, and where ffprobe is to say what is wrong. */
async function tablesOf({ path, container }: ClipFile, mp4Files: Mp4Files): Promise<Mp4File | undefined> {
  const mp4 = container.indexed ? await mp4Files(path).catch(() => undefined) : undefined;
  return mp4?.hasPicture === true ? mp4 : undefined;
}

function soundFacts(
  audio: RawStream | null,
  mp4: Mp4File | undefined,
  { first, fileStartSeconds }: Picture,
): Pick<ClipLayout, "pictureLateSeconds" | "hasSound" | "soundChannels" | "soundSeconds" | "soundPackets"> {
  const facts = { hasSound: audio !== null, soundChannels: audio?.channels ?? 0 };
  // The edit lists of fragmented files do not count all packets.
  if (audio === null || mp4?.hasSound !== true || mp4.fragmented)
    return { ...facts, soundSeconds: null, soundPackets: null };
  const sound = mp4.track("audio");
  const soundSeconds = heardSeconds(sound, fileStartSeconds);
  const pictureLateSeconds = lateSeconds(mp4.track("video"));
  const isCopied = first && pictureLateSeconds === 0;
  return { ...facts, pictureLateSeconds, soundSeconds, soundPackets: isCopied ? copiedPackets(sound) : null };
}

/** When a clip's frames are shown, and where it may be cut. */
interface Picture extends FrameTiming {
  /** Places in showing order of the frames that are shown, in decoding order. */
  readonly ranks: readonly number[];
  /** After the file's own start. */
  readonly startSeconds: number;
  /** When the file starts, in its own time; all that ffmpeg reads of it is counted from there. */
  readonly fileStartSeconds: number;
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
    ...frameTimingOf(video, packets, times, mp4 && endTicks(mp4, tick)),
    ranks: ranksOf(times),
    startSeconds: Math.max(0, (first * tick.num) / tick.den - startSeconds),
    fileStartSeconds: startSeconds,
    first: first === 0 && startSeconds === 0,
    cuts: await readCuts(mp4, video, packets),
  };
  return { video, audio, extras: mp4?.extras ?? extras, picture };
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

/** When a clip's picture ends, in ticks of such a length. */
function endTicks(mp4: Mp4File, tick: Rational): number {
  const track = mp4.track("video");
  const late = mp4.fragmented ? 0 : lateSeconds(track);
  return ((shownEnd(track, mp4.fragmented) - late) * tick.den) / tick.num;
}

/** What ffprobe says of a clip's streams; asked once for all that look the same. */
async function probeKnown(tools: FfmpegTools, mp4: Mp4File, known: KnownPictures, signal: AbortSignal): Promise<Probe> {
  const { entry, matrix, shown } = mp4.track("video");
  const sound = mp4.hasSound ? mp4.track("audio").entry : null;
  const looks = [entry, ...(sound === null ? [] : [sound])].map(({ look }) => Buffer.from(look).toString("hex"));
  const key = [matrix, shown, ...looks].join(" ");
  const asked = known.get(key) ?? probe(tools, { path: mp4.path, container: CONTAINERS.mp4 }, false, signal);
  known.set(key, asked);
  return asked;
}

/** The way for a plain clip: its packets are looked at; ffprobe is asked what they are only where its head leaves that open. */
async function plain(
  tools: FfmpegTools,
  mp4: Mp4File,
  timing: FrameTiming,
  known: KnownPictures,
  signal: AbortSignal,
): Promise<Measured> {
  const ranks = ranksOf(mp4.track("video").showTimes);
  const { num, den } = timing.frameRate;
  const told = num <= mostFramesPerSecond * den ? plainStreams(mp4) : null;
  const [{ video, audio }, cuts] = await Promise.all([
    told ?? probeKnown(tools, mp4, known, signal),
    cutsOf(mp4, ranks),
  ]);
  return {
    video,
    audio,
    extras: mp4.extras,
    picture: { ...timing, ranks, startSeconds: 0, fileStartSeconds: 0, first: true, cuts },
  };
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

/** Degrees, as ffmpeg turns it; a matrix without any sense has an angle without any. */
function rotationOf(video: RawStream): number {
  const angle = video.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(angle) <= 360 ? Math.round(angle) : 0;
}

/** As it is meant to be seen: square pixels, upright. */
function shownSize(video: RawStream): FrameSize {
  const aspect = video.sample_aspect_ratio ?? { num: 1, den: 1 };
  const width = Math.round((video.width * aspect.num) / aspect.den);
  return Math.abs(rotationOf(video)) % 180 === 90
    ? { width: video.height, height: width }
    : { width, height: video.height };
}

/** Profiles of H.264 that every player plays. */
const PLAYED_PROFILES = ["Constrained Baseline", "Baseline", "Main", "High"];

/** Why nothing is copied out of a container, or of a picture that lies so; null when it may be. */
function lying({ name, indexed }: Container, mp4: Mp4File | undefined): string | null {
  if (!indexed) return `it is ${name}`;
  // The angle that ffprobe tells does not say whether a picture is mirrored, too.
  const [a, b, c, d] = mp4?.track("video").matrix ?? [1, 0, 0, 1];
  return a * d - b * c < 0 ? "it is mirrored" : null;
}

/** Why a stream's packets do not fit in a film that plays everywhere; null when they do. */
function streamOddity(video: RawStream): string | null {
  const aspect = video.sample_aspect_ratio;
  const faults: readonly (readonly [boolean, string])[] = [
    [video.codec_name !== "h264", `its codec is ${video.codec_name}`],
    [video.codec_tag_string !== "avc1", `its parameter sets are in the packets (${video.codec_tag_string})`],
    [video.nal_length_size !== 4, "its NAL units have short lengths"],
    [!["yuv420p", "yuvj420p"].includes(video.pix_fmt), `its pixel format is ${video.pix_fmt}`],
    [!PLAYED_PROFILES.includes(video.profile), `its profile is ${video.profile}`],
    [aspect !== undefined && aspect.num !== aspect.den, "its pixels are not square"],
    [rotationOf(video) !== 0, `it is rotated by ${rotationOf(video)} degrees`],
    [!["progressive", "unknown"].includes(video.field_order), "it is interlaced"],
    [video.width % 2 !== 0 || video.height % 2 !== 0, "its size is odd"],
    [isHdr(streamColour(video)), "it has high dynamic range"],
  ];
  return faults.find(([wrong]) => wrong)?.[1] ?? null;
}
