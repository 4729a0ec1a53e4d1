import { open, stat } from "node:fs/promises";
import { VidpipeError } from "../../../domain/errors.ts";
import type { FrameSize, Rational } from "../../../domain/media.ts";
import type { FileHasher } from "../../../ports/files.ts";
import { isDiscarded, type Probe, type RawPacket, type RawStream } from "../../ffmpeg/probe.ts";
import { type FfmpegTools, probe, shown } from "../../ffmpeg/verify.ts";
import type { createLimit } from "../concurrency.ts";
import { type ClipLayout, ranksOf, reorderDepth } from "../format/clip-layout.ts";
import { type Mp4File, type Mp4Files, UnreadablePackets } from "../mp4/packets.ts";
import { copiedPackets, heardSeconds, shownEnd } from "./edit-lists.ts";
import { type FrameTiming, frameTimingOf, plainTiming } from "./frame-timing.ts";
import { type Cuts, cutsOf, readCuts } from "./keyframe-cuts.ts";

/** Bytes hashed at a time. */
const hashedBytes = 1024 * 1024;

/** Transfers that mean high dynamic range. */
const HDR_TRANSFERS = ["smpte2084", "arib-std-b67"];

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
  { tools, mp4Files, known, limit }: ProbeDeps,
  path: string,
  storedSha256: string | undefined,
  signal: AbortSignal,
): Promise<ClipLayout> {
  const file = await stat(path).catch(() => undefined);
  const opened = await mp4Files(path).catch(() => undefined); // ffprobe says what is wrong with it
  const mp4 = opened?.hasPicture === true ? opened : undefined;
  const timing = mp4 === undefined ? null : plainTiming(mp4);
  const { video, audio, picture } =
    mp4 === undefined || timing === null
      ? await limit(() => measured(tools, path, mp4, signal))
      : await plain(tools, mp4, timing, known, signal);
  return {
    path,
    sha256: storedSha256 ?? (await sha256Of(path)),
    bytes: file?.size ?? 0,
    modifiedAtMs: file?.mtimeMs ?? 0,
    format: {
      size: shownSize(video),
      frameRate: picture.frameRate,
      colour: {
        range: video.color_range,
        space: video.color_space,
        transfer: video.color_transfer,
        primaries: video.color_primaries,
      },
      profile: video.profile,
      level: video.level,
      reorderDepth: reorderDepth(picture.ranks),
    },
    frames: picture.ranks.length,
    pictureSeconds: picture.seconds,
    pictureStartSeconds: picture.startSeconds,
    hasSound: audio !== null,
    ...soundFacts(audio === null ? undefined : mp4, picture),
    oddity: mirrorOddity(mp4) ?? streamOddity(video) ?? picture.oddity ?? picture.cuts.oddity,
    regular: picture.regular && rotationOf(video) === 0,
    repairs: {
      interlaced: !["progressive", "unknown"].includes(video.field_order),
      highDynamicRange: HDR_TRANSFERS.includes(video.color_transfer),
    },
    extras: mp4?.extras ?? [],
    cleanStarts: picture.cuts.starts,
    cleanEnds: picture.cuts.ends,
    parameterSets: picture.cuts.sets,
  };
}

function soundFacts(
  mp4: Mp4File | undefined,
  { first, fileStartSeconds }: Picture,
): Pick<ClipLayout, "soundSeconds" | "soundPackets"> {
  // The edit lists of fragmented files do not count all packets.
  if (mp4?.hasSound !== true || mp4.fragmented) return { soundSeconds: null, soundPackets: null };
  const sound = mp4.track("audio");
  return { soundSeconds: heardSeconds(sound, fileStartSeconds), soundPackets: first ? copiedPackets(sound) : null };
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

/** Everything as ffprobe reports it: for clips that the quick path cannot read. */
async function measured(
  tools: FfmpegTools,
  path: string,
  mp4: Mp4File | undefined,
  signal: AbortSignal,
): Promise<{ readonly video: RawStream; readonly audio: RawStream | null; readonly picture: Picture }> {
  const { video, audio, packets, startSeconds } = await probe(tools, path, true, signal);
  const times = shownTimes(packets);
  if (times.length === 0) throw new VidpipeError("media.invalid", `${shown(path)} has no frames; make this clip again`);
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
  return { video, audio, picture };
}

/** When a clip's picture ends, in ticks of such a length. */
const endTicks = (mp4: Mp4File, tick: Rational): number =>
  (shownEnd(mp4.track("video"), mp4.fragmented) * tick.den) / tick.num;

/** What ffprobe says of a clip's streams; asked once for all that look the same. */
async function probeKnown(tools: FfmpegTools, mp4: Mp4File, known: KnownPictures, signal: AbortSignal): Promise<Probe> {
  const { entry, matrix, shown } = mp4.track("video");
  const key = [mp4.hasSound, matrix, shown, Buffer.from(entry.look).toString("hex")].join(" ");
  const asked = known.get(key) ?? probe(tools, mp4.path, false, signal);
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
): Promise<{ readonly video: RawStream; readonly audio: RawStream | null; readonly picture: Picture }> {
  const ranks = ranksOf(mp4.track("video").showTimes);
  const [{ video, audio }, cuts] = await Promise.all([probeKnown(tools, mp4, known, signal), cutsOf(mp4, ranks)]);
  return { video, audio, picture: { ...timing, ranks, startSeconds: 0, fileStartSeconds: 0, first: true, cuts } };
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

/** Times of the frames that are shown, in decoding order: an edit list may hide some. */
const shownTimes = (packets: readonly RawPacket[]): readonly number[] =>
  packets.flatMap((packet) => (packet.pts === undefined || isDiscarded(packet) ? [] : [packet.pts]));

/** Degrees, as ffmpeg turns it; a matrix without any sense has an angle without any. */
function rotationOf(video: RawStream): number {
  const angle = video.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(angle) <= 360 ? Math.round(angle) : 0;
}

/** The angle that ffprobe tells does not say whether a picture is mirrored, too; null when it is not. */
function mirrorOddity(mp4: Mp4File | undefined): string | null {
  if (mp4 === undefined) return null;
  const [a, b, c, d] = mp4.track("video").matrix;
  return a * d - b * c < 0 ? "it is mirrored" : null;
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
    [HDR_TRANSFERS.includes(video.color_transfer), "it has high dynamic range"],
  ];
  return faults.find(([wrong]) => wrong)?.[1] ?? null;
}
