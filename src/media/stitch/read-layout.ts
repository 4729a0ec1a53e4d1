import { stat } from "node:fs/promises";
import { VidpipeError } from "../../domain/errors.ts";
import type { FrameSize, Rational } from "../../domain/media.ts";
import type { RawPacket, RawStream } from "../ffmpeg/probe.ts";
import { type Bench, probe, shown } from "../ffmpeg/verify.ts";
import { type ClipLayout, cleanCuts, ranksOf, reorderDepth } from "./layout.ts";
import { openPackets, type PacketReader, timesOf, UnreadablePackets } from "./packets.ts";
import { inspectPacket, type ParameterSet, parseAvcConfiguration } from "./parameter-sets.ts";
import { CHANNELS, PACKET_SAMPLES, SAMPLE_RATE } from "./sound-args.ts";

/** How far a frame's time may be from its place in a steady rhythm, seconds. */
const RHYTHM_TOLERANCE_SECONDS = 0.0005;

/** Transfers that mean high dynamic range. */
const HDR_TRANSFERS = ["smpte2084", "arib-std-b67"];

/** Measures where a clip may be cut. @throws VidpipeError media.invalid */
export async function readLayout(bench: Bench, path: string, signal: AbortSignal): Promise<ClipLayout> {
  const file = await stat(path).catch(() => undefined);
  const probed = await probe(bench, path, true, signal);
  const { video } = probed;
  const times = shownTimes(probed.packets);
  if (times.length === 0) throw new VidpipeError("media.invalid", `${shown(path)} has no frames; make this clip again`);
  const tick = video.time_base ?? { num: 1, den: 1 };
  const rhythm = rhythmOf(video, probed.packets, times);
  const cuts = await readCuts(path, video, probed.packets);
  const ranks = ranksOf(times);
  const first = Math.min(...times);
  return {
    path,
    sha256: await sha256Of(path),
    bytes: file?.size ?? 0,
    modifiedAtMs: file?.mtimeMs ?? 0,
    format: {
      size: shownSize(video),
      frameRate: rhythm.frameRate,
      colour: {
        range: video.color_range,
        space: video.color_space,
        transfer: video.color_transfer,
        primaries: video.color_primaries,
      },
      profile: video.profile,
      level: video.level,
      reorderDepth: reorderDepth(ranks),
    },
    frames: times.length,
    pictureSeconds: rhythm.seconds,
    pictureStartSeconds: Math.max(0, (first * tick.num) / tick.den - probed.startSeconds),
    hasSound: probed.audio !== null,
    soundPackets: first === 0 && probed.startSeconds === 0 ? await readSoundPackets(path, probed.audio) : null,
    oddity: streamOddity(video) ?? (rhythm.regular ? null : "its frame rate varies") ?? cuts.oddity,
    regular: rhythm.regular && rotationOf(video) === 0,
    repairs: {
      interlaced: !["progressive", "unknown"].includes(video.field_order),
      highDynamicRange: HDR_TRANSFERS.includes(video.color_transfer),
    },
    cleanStarts: cuts.starts,
    cleanEnds: cuts.ends,
    parameterSets: cuts.sets,
  };
}

/** Streaming, so that memory does not depend on the clip. */
async function sha256Of(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return hasher.digest("hex");
}

const isDiscarded = (packet: RawPacket): boolean => packet.flags.includes("D");

/** Times of the frames that are shown, in decoding order: an edit list may hide some. */
const shownTimes = (packets: readonly RawPacket[]): readonly number[] =>
  packets.flatMap((packet) => (packet.pts === undefined || isDiscarded(packet) ? [] : [packet.pts]));

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
    [HDR_TRANSFERS.includes(video.color_transfer), "it has high dynamic range"],
  ];
  return faults.find(([wrong]) => wrong)?.[1] ?? null;
}

interface Rhythm {
  readonly regular: boolean;
  readonly frameRate: Rational;
  readonly seconds: number;
}

/** The exact rate, from the average distance of the frames; regular when each is in its place. */
function rhythmOf(video: RawStream, packets: readonly RawPacket[], times: readonly number[]): Rhythm {
  const tick = video.time_base ?? { num: 1, den: 1 };
  const sorted = [...times].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  const rate = video.avg_frame_rate ?? video.r_frame_rate ?? { num: 24, den: 1 };
  const inTicks = (rate.den * tick.den) / (rate.num * tick.num);
  const declared = video.r_frame_rate ?? rate;
  const declaredTicks = (declared.den * tick.den) / (declared.num * tick.num);
  const toleranceTicks = (RHYTHM_TOLERANCE_SECONDS * tick.den) / tick.num;
  const steady = (step: number) => sorted.every((time, i) => Math.abs(time - first - i * step) <= toleranceTicks);
  const frameRate = steady(declaredTicks) ? declared : rate;
  const regular = steady(declaredTicks) || steady(inTicks);
  const lastDuration = packets.findLast((packet) => packet.pts === last)?.duration ?? 0;
  const span = regular
    ? (sorted.length * frameRate.den) / frameRate.num
    : ((last - first + lastDuration) * tick.num) / tick.den;
  return { regular, frameRate, seconds: span };
}

/**
 * Packets of a sound track that is what the film's would be: AAC-LC, 48 kHz, stereo, one packet of priming before
 * the picture's start, then one every 1,024 samples. Null for any other.
 */
async function readSoundPackets(path: string, audio: RawStream | null): Promise<number | null> {
  if (audio?.codec_name !== "aac" || audio.sample_rate !== SAMPLE_RATE || audio.channels !== CHANNELS) return null;
  const reader = await openPackets(path, "audio").catch(() => undefined);
  if (reader === undefined) return null;
  try {
    if (!PLAIN_AAC.includes(Buffer.from(reader.description).toString("hex"))) return null;
    const times = await timesOf(reader);
    const inPlace = times.every((time, index) => Math.round(time * SAMPLE_RATE) === (index - 1) * PACKET_SAMPLES);
    return inPlace ? times.length : null;
  } finally {
    reader.close();
  }
}

/** AudioSpecificConfigs of AAC-LC, 48 kHz, stereo: short, and saying that there is no SBR. */
const PLAIN_AAC = ["1190", "119056e500"];

interface Cuts {
  readonly oddity: string | null;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly sets: readonly ParameterSet[];
}

const noCuts = (oddity: string): Cuts => ({ oddity, starts: [], ends: [], sets: [] });

/** Clean cuts, from the packets themselves: only an IDR picture is a place to start. */
async function readCuts(path: string, video: RawStream, packets: readonly RawPacket[]): Promise<Cuts> {
  if (video.codec_name !== "h264") return noCuts(`its codec is ${video.codec_name}`);
  if (packets.some((packet) => isDiscarded(packet) || packet.pts === undefined))
    return noCuts("an edit list hides some of its frames");
  let reader: PacketReader | undefined;
  try {
    reader = await openPackets(path, "video");
    return await cutsOf(reader, packets);
  } catch (thrown) {
    if (!(thrown instanceof UnreadablePackets)) throw thrown;
    return noCuts("its packets cannot be read one by one");
  } finally {
    reader?.close();
  }
}

async function cutsOf(reader: PacketReader, packets: readonly RawPacket[]): Promise<Cuts> {
  const configuration = parseAvcConfiguration(reader.description);
  if (configuration === undefined) return noCuts("its parameter sets cannot be read");
  const known = (own: ParameterSet) => configuration.sets.some((set) => Buffer.compare(set.bytes, own.bytes) === 0);
  const idr = new Set<number>();
  const times: number[] = [];
  for await (const packet of reader.sink.packets(undefined, undefined, { metadataOnly: true })) {
    const index = times.push(packet.timestamp) - 1;
    if (packet.type !== "key") continue;
    const whole = await reader.sink.getKeyPacket(packet.timestamp);
    const content = inspectPacket(whole?.data ?? new Uint8Array(0), configuration.lengthBytes);
    if (!content.sets.every(known)) return noCuts("its parameter sets change on the way");
    if (content.idr) idr.add(index);
  }
  const ranks = ranksOf(times);
  if (times.length !== packets.length || !sameOrder(ranks, ranksOf(packets.map((packet) => packet.pts ?? 0))))
    return noCuts("an edit list rearranges its frames");
  const cuts = cleanCuts(ranks, (index) => idr.has(index));
  return { oddity: null, starts: cuts.starts, ends: cuts.ends, sets: configuration.sets };
}

const sameOrder = (a: readonly number[], b: readonly number[]): boolean => a.every((rank, index) => rank === b[index]);
