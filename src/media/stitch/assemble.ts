import { EncodedAudioPacketSource, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from "mediabunny";
import { VidpipeError } from "../../domain/errors.ts";
import { fileTarget } from "./file-target.ts";
import { filmTags } from "./film-tags.ts";
import { type PictureFormat, ranksOf } from "./layout.ts";
import { forgetTimes } from "./mp4-boxes.ts";
import { openPackets, timesOf, UnreadablePackets } from "./packets.ts";
import { mergedAvcRecord, parseAvcConfiguration } from "./parameter-sets.ts";
import { CHANNELS, PACKET_SAMPLES, SAMPLE_RATE } from "./sound-args.ts";

/** A run of packets of one file, in decoding order; `frames` of them from place `from`. */
export interface Piece {
  readonly path: string;
  readonly from: number;
  readonly frames: number;
}

/** A film's sound: runs of AAC packets, and how many samples of them are heard. */
export interface SoundTrack {
  readonly pieces: readonly { readonly path: string; readonly from: number; readonly packets: number }[];
  readonly samples: number;
}

/** Seconds of picture written before the sound catches up: players read both without seeking. */
const INTERLEAVE_SECONDS = 1;

/**
 * Writes pieces and a sound track as one MP4 with `moov` in front: one sample entry, times continuous from 0.
 * Memory does not grow with the film but for its tables.
 * @throws UnreadablePackets, VidpipeError run.interrupted; errors of the file system as they come
 */
export async function assemble(
  pieces: readonly Piece[],
  sound: SoundTrack,
  format: PictureFormat,
  output: string,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
  title?: string,
): Promise<void> {
  const file = new Output({
    format: new Mp4OutputFormat({ fastStart: "reserve" }),
    target: fileTarget(output),
  });
  file.setMetadataTags(filmTags(title));
  try {
    await writeTracks(file, pieces, sound, format, onFrames, signal);
    await file.finalize();
  } catch (thrown) {
    await file.cancel().catch(() => {}); // closes the file; what matters is why
    throw thrown;
  }
  await forgetTimes(output);
}

async function writeTracks(
  file: Output,
  pieces: readonly Piece[],
  sound: SoundTrack,
  format: PictureFormat,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { num, den } = format.frameRate;
  const video = new EncodedVideoPacketSource("avc");
  const audio = new EncodedAudioPacketSource("aac");
  const maximumPacketCount = pieces.reduce((sum, piece) => sum + piece.frames, 0);
  file.addVideoTrack(video, { frameRate: num / den, maximumPacketCount });
  file.addAudioTrack(audio, { maximumPacketCount: sound.pieces.reduce((sum, piece) => sum + piece.packets, 0) });
  await file.start();
  const meta = { decoderConfig: await videoConfig(pieces, format) };
  const soundTo = soundWriter(sound, audio);
  const framesBetween = Math.ceil((INTERLEAVE_SECONDS * num) / den);
  let written = 0;
  for await (const packet of filmPackets(pieces, format)) {
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while joining; the clips are untouched");
    if (written % framesBetween === 0) {
      await soundTo(packet.timestamp + INTERLEAVE_SECONDS);
      onFrames(written);
    }
    await video.add(packet, written === 0 ? meta : undefined);
    written += 1;
  }
  await soundTo(Infinity);
}

/** One configuration that covers every piece. */
async function videoConfig(pieces: readonly Piece[], format: PictureFormat): Promise<VideoDecoderConfig> {
  const configurations = [];
  for (const path of new Set(pieces.map((piece) => piece.path))) {
    const reader = await openPackets(path, "video");
    reader.close();
    const configuration = parseAvcConfiguration(reader.description);
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
async function* filmPackets(pieces: readonly Piece[], format: PictureFormat): AsyncGenerator<EncodedPacket> {
  const { num, den } = format.frameRate;
  let start = 0;
  for (const piece of pieces) {
    let highest = -1;
    let index = 0;
    for await (const { packet, place } of piecePackets(piece)) {
      // A key packet promises the writer that everything before it is shown before it.
      const clean = place === index && highest === index - 1;
      const type = packet.type === "key" && clean ? "key" : "delta";
      yield new EncodedPacket(packet.data, type, ((start + place) * den) / num, den / num);
      highest = Math.max(highest, place);
      index += 1;
    }
    start += piece.frames;
  }
}

/** A piece's packets with their places in showing order, from 0. */
async function* piecePackets(piece: Piece): AsyncGenerator<{ packet: EncodedPacket; place: number }> {
  const reader = await openPackets(piece.path, "video");
  try {
    const times = await timesOf(reader);
    const ranks = ranksOf(times).slice(piece.from, piece.from + piece.frames);
    const first = await reader.sink.getKeyPacket(times[piece.from] ?? -1);
    if (first === null || first.timestamp !== times[piece.from] || ranks.length !== piece.frames)
      throw new UnreadablePackets(piece.path);
    let index = 0;
    for await (const packet of reader.sink.packets(first)) {
      const place = (ranks[index] ?? -1) - piece.from;
      if (place < 0 || place >= piece.frames) throw new UnreadablePackets(piece.path);
      yield { packet, place };
      index += 1;
      if (index === piece.frames) break;
    }
    if (index !== piece.frames) throw new UnreadablePackets(piece.path);
  } finally {
    reader.close();
  }
}

/** Copies sound packets up to a time, seconds, each time it is called. */
function soundWriter(track: SoundTrack, audio: EncodedAudioPacketSource): (untilSeconds: number) => Promise<void> {
  const packets = soundPackets(track);
  let next: IteratorResult<EncodedPacket, void> | undefined;
  return async (untilSeconds) => {
    next ??= await packets.next();
    while (next.done !== true && next.value.timestamp < untilSeconds) {
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
async function* soundPackets({ pieces, samples }: SoundTrack): AsyncGenerator<EncodedPacket, void> {
  let start = -PACKET_SAMPLES;
  for (const piece of pieces) {
    const reader = await openPackets(piece.path, "audio");
    try {
      const middle = (piece.from - 0.5) * PACKET_SAMPLES;
      const first = await reader.sink.getPacket(middle / SAMPLE_RATE);
      if (first === null) throw new UnreadablePackets(piece.path);
      let left = piece.packets;
      for await (const packet of reader.sink.packets(first)) {
        const length = Math.min(PACKET_SAMPLES, samples - start);
        yield new EncodedPacket(packet.data, "key", start / SAMPLE_RATE, length / SAMPLE_RATE);
        start += length;
        left -= 1;
        if (left === 0) break;
      }
      if (left > 0) throw new UnreadablePackets(piece.path);
    } finally {
      reader.close();
    }
  }
}
