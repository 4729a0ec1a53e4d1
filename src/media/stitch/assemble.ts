import { EncodedAudioPacketSource, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from "mediabunny";
import { VidpipeError } from "../../domain/errors.ts";
import { fileTarget } from "./file-target.ts";
import { type PictureFormat, ranksOf } from "./layout.ts";
import { forgetTimes } from "./mp4-boxes.ts";
import { descriptionOf, type Shelf, UnreadablePackets } from "./packets.ts";
import { mergedAvcRecord, parseAvcConfiguration } from "./parameter-sets.ts";
import { CHANNELS, PACKET_SAMPLES, SAMPLE_RATE } from "./sound-args.ts";

/** A run of packets of one file, in decoding order; `frames` of them from place `from`. */
export interface Piece {
  readonly path: string;
  readonly from: number;
  readonly frames: number;
  /** True when it was encoded for this film, or for one before it. */
  readonly made: boolean;
  /** Packets of it, counted from its own first, at which decoding may start; ascending, the first is 0. */
  readonly starts: readonly number[];
}

/** A run of AAC packets of one file; `made` when they were encoded for this film. */
export interface SoundPiece {
  readonly path: string;
  readonly from: number;
  readonly packets: number;
  readonly made: boolean;
}

/** A film's sound: runs of AAC packets, and how many samples of them are heard. */
export interface SoundTrack {
  readonly pieces: readonly SoundPiece[];
  readonly samples: number;
}

/** What a film is put together from. */
export interface FilmParts {
  readonly pieces: readonly Piece[];
  readonly sound: SoundTrack;
  readonly format: PictureFormat;
  /** The files of the pieces. */
  readonly shelf: Shelf;
}

/** CRC-32 of every packet as it was read from its source, in the film's decoding order. */
export interface PacketSums {
  readonly video: readonly number[];
  readonly audio: readonly number[];
}

/** Seconds of picture written before the sound catches up: players read both without seeking. */
const INTERLEAVE_SECONDS = 1;

/**
 * Writes pieces and a sound track as one MP4 with `moov` in front: one sample entry, times continuous from 0.
 * Memory does not grow with the film but for its tables.
 * @throws UnreadablePackets, VidpipeError run.interrupted; errors of the file system as they come
 */
export async function assemble(
  parts: FilmParts,
  output: string,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<PacketSums> {
  const file = new Output({
    format: new Mp4OutputFormat({ fastStart: "reserve" }),
    target: fileTarget(output),
  });
  try {
    const sums = await writeTracks(file, parts, onFrames, signal);
    await file.finalize();
    await forgetTimes(output);
    return sums;
  } catch (thrown) {
    await file.cancel().catch(() => {}); // closes the file; what matters is why
    throw thrown;
  }
}

async function writeTracks(
  file: Output,
  parts: FilmParts,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<PacketSums> {
  const { pieces, sound, format } = parts;
  const { num, den } = format.frameRate;
  const video = new EncodedVideoPacketSource("avc");
  const audio = new EncodedAudioPacketSource("aac");
  const maximumPacketCount = pieces.reduce((sum, piece) => sum + piece.frames, 0);
  file.addVideoTrack(video, { frameRate: num / den, maximumPacketCount });
  file.addAudioTrack(audio, { maximumPacketCount: sound.pieces.reduce((sum, piece) => sum + piece.packets, 0) });
  await file.start();
  const meta = { decoderConfig: await videoConfig(parts) };
  const sums = { video: [] as number[], audio: [] as number[] };
  const soundTrack = soundPackets(parts);
  const soundTo = soundWriter(soundTrack, audio, sums.audio);
  const framesBetween = Math.ceil((INTERLEAVE_SECONDS * num) / den);
  try {
    for await (const packet of filmPackets(parts)) {
      if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while joining; the clips are untouched");
      const written = sums.video.push(Bun.hash.crc32(packet.data)) - 1;
      if (written % framesBetween === 0) {
        await soundTo(packet.timestamp + INTERLEAVE_SECONDS);
        onFrames(written);
      }
      await video.add(packet, written === 0 ? meta : undefined);
    }
    await soundTo(Infinity);
  } finally {
    await soundTrack.return(); // or a failure would leave its file open
  }
  return sums;
}

/** One configuration that covers every piece. */
async function videoConfig({ pieces, format, shelf }: FilmParts): Promise<VideoDecoderConfig> {
  const configurations = [];
  for (const path of new Set(pieces.map((piece) => piece.path))) {
    const configuration = parseAvcConfiguration(descriptionOf((await shelf(path)).track("video")));
    if (configuration === undefined) throw new UnreadablePackets(path);
    configurations.push(configuration);
  }
  const description = mergedAvcRecord(configurations);
  const codec = `avc1.${Buffer.from(description.subarray(1, 4)).toString("hex")}`;
  const colorSpace = colourOf(format);
  const size = { codedWidth: format.size.width, codedHeight: format.size.height };
  return { codec, ...size, description, ...(colorSpace === undefined ? {} : { colorSpace }) };
}

const MATRICES = ["bt709", "smpte170m", "bt470bg"] as const;
const PRIMARIES = ["bt709", "smpte170m", "bt470bg"] as const;
const TRANSFERS = ["bt709", "smpte170m", "iec61966-2-1"] as const;

/** Colour tags for the container; the packets carry their own as well. Undefined unless all are known. */
function colourOf({ colour }: PictureFormat): VideoColorSpaceInit | undefined {
  const matrix = MATRICES.find((name) => name === colour.space);
  const primaries = PRIMARIES.find((name) => name === colour.primaries);
  const transfer = TRANSFERS.find((name) => name === colour.transfer);
  if (matrix === undefined || primaries === undefined || transfer === undefined) return undefined;
  return { matrix, primaries, transfer, fullRange: colour.range === "pc" };
}

/** All packets of the film in decoding order, with the film's times. */
async function* filmPackets({ pieces, format, shelf }: FilmParts): AsyncGenerator<EncodedPacket> {
  const { num, den } = format.frameRate;
  let start = 0;
  for (const piece of pieces) {
    let highest = -1;
    let index = 0;
    for await (const { packet, place, sync } of piecePackets(piece, shelf)) {
      // A key packet promises the writer that everything before it is shown before it.
      const clean = place === index && highest === index - 1;
      const type = sync && clean ? "key" : "delta";
      yield new EncodedPacket(packet, type, ((start + place) * den) / num, den / num);
      highest = Math.max(highest, place);
      index += 1;
    }
    start += piece.frames;
  }
}

/** A piece's packets with their places in showing order, from 0. */
async function* piecePackets(
  piece: Piece,
  shelf: Shelf,
): AsyncGenerator<{ packet: Uint8Array; place: number; sync: boolean }> {
  const mp4 = await shelf(piece.path);
  const track = mp4.track("video");
  const ranks = ranksOf(track.showTimes);
  let index = piece.from;
  if (track.sync[index] !== true) throw new UnreadablePackets(piece.path);
  for await (const run of mp4.packets(track, piece.from, piece.frames)) {
    for (const packet of run) {
      const place = (ranks[index] ?? -1) - piece.from;
      if (place < 0 || place >= piece.frames) throw new UnreadablePackets(piece.path);
      yield { packet, place, sync: track.sync[index] === true };
      index += 1;
    }
  }
}

/** Copies sound packets up to a time, seconds, each time it is called, and notes their sums. */
function soundWriter(
  packets: AsyncGenerator<EncodedPacket, void>,
  audio: EncodedAudioPacketSource,
  sums: number[],
): (untilSeconds: number) => Promise<void> {
  let next: IteratorResult<EncodedPacket, void> | undefined;
  return async (untilSeconds) => {
    next ??= await packets.next();
    while (next.done !== true && next.value.timestamp < untilSeconds) {
      sums.push(Bun.hash.crc32(next.value.data));
      await audio.add(next.value, { decoderConfig: soundConfig });
      next = await packets.next();
    }
  };
}

const soundConfig: AudioDecoderConfig = {
  codec: "mp4a.40.2",
  sampleRate: SAMPLE_RATE,
  numberOfChannels: CHANNELS,
  // AudioSpecificConfig: AAC-LC, 48 kHz, stereo.
  description: Uint8Array.from([0x11, 0x90]),
};

/** The film's sound packets, the first of them priming before 0, the last as short as the picture needs it. */
async function* soundPackets({ shelf, sound: { pieces, samples } }: FilmParts): AsyncGenerator<EncodedPacket, void> {
  let start = -PACKET_SAMPLES;
  for (const piece of pieces) {
    const mp4 = await shelf(piece.path);
    for await (const run of mp4.packets(mp4.track("audio"), piece.from, piece.packets)) {
      for (const packet of run) {
        const length = Math.min(PACKET_SAMPLES, samples - start);
        yield new EncodedPacket(packet, "key", start / SAMPLE_RATE, length / SAMPLE_RATE);
        start += length;
      }
    }
  }
}
