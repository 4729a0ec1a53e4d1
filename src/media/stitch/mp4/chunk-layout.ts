/** In which order a film's packets lie in its file, and what its tables say of each. */

import { PACKET_SAMPLES, ranksOf, SAMPLE_RATE } from "../format/clip-layout.ts";
import type { Mp4Track } from "./movie.ts";
import type { FilmParts, PacketRun } from "./packet-runs.ts";
import { type Mp4Files, UnreadablePackets } from "./packets.ts";

/** Consecutive packets of one source file that form one chunk of the film (ISO/IEC 14496-12). */
export interface Chunk {
  readonly kind: Mp4Track["kind"];
  readonly path: string;
  /** The first of them in their own file. */
  readonly from: number;
  readonly packets: number;
  /** The first of them in the film. */
  readonly at: number;
  /** When the first is decoded, seconds. */
  readonly seconds: number;
}

/** Sound packets in one chunk: just under a second. */
const SOUND_CHUNK = 46;

/**
 * Picture and sound in chunks of about a second in turn: players read both without seeking. Sound comes before the
 * picture of its time.
 */
export function chunksOf({ runs, sound, format }: Pick<FilmParts, "runs" | "sound" | "format">): readonly Chunk[] {
  const { num, den } = format.frameRate;
  const chunks = [
    ...cut("audio", sound.runs, SOUND_CHUNK, PACKET_SAMPLES / SAMPLE_RATE),
    ...cut("video", runs, Math.max(1, Math.round(num / den)), den / num),
  ];
  return chunks.sort((a, b) => a.seconds - b.seconds); // stable: of two at one time sound is first
}

/** Splits runs into chunks: a new one begins at multiples of `every` packets of the film. */
function cut(
  kind: Chunk["kind"],
  runs: readonly Pick<Chunk, "path" | "from" | "packets">[],
  every: number,
  packetSeconds: number,
): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  for (const { path, from, packets } of runs) {
    const start = at;
    for (const end = start + packets; at < end; ) {
      const count = Math.min(every - (at % every), end - at);
      chunks.push({ kind, path, from: from + at - start, packets: count, at, seconds: at * packetSeconds });
      at += count;
    }
  }
  return chunks;
}

/** What the tables say of a film's packets, in decoding order. */
export interface FilmTables {
  /** Bytes of each packet. */
  readonly sizes: Readonly<Record<Chunk["kind"], Uint32Array>>;
  /** By how many frames each is shown later than it is decoded, the delay included: 0 or more. */
  readonly shifts: Uint32Array;
  /** Frames from the first packet's decoding to the first picture. */
  readonly delay: number;
  /** Places at which decoding may start. */
  readonly keys: readonly number[];
}

/** @throws UnreadablePackets when a run does not begin with a keyframe */
export async function filmTables({ runs, sound, mp4Files }: FilmParts): Promise<FilmTables> {
  const sizes = { audio: await sizesOf(mp4Files, "audio", sound.runs), video: await sizesOf(mp4Files, "video", runs) };
  const places = new Int32Array(sizes.video.length); // less the place in decoding order
  const keys: number[] = [];
  let start = 0;
  for (const run of runs) {
    for (const { index, place, key } of framesOf(run, (await mp4Files(run.path)).track("video"))) {
      places[start + index] = place - index;
      if (key) keys.push(start + index);
    }
    start += run.packets;
  }
  const delay = -places.reduce((least, shift) => Math.min(least, shift), 0);
  return { sizes, shifts: Uint32Array.from(places, (shift) => shift + delay), delay, keys };
}

async function sizesOf(mp4Files: Mp4Files, kind: Chunk["kind"], runs: readonly PacketRun[]): Promise<Uint32Array> {
  const all = new Uint32Array(runs.reduce((sum, { packets }) => sum + packets, 0));
  let at = 0;
  for (const { path, from, packets } of runs) {
    const sizes = (await mp4Files(path)).track(kind).sizes.subarray(from, from + packets);
    if (sizes.length !== packets) throw new UnreadablePackets(path, new RangeError("too few packets"));
    all.set(sizes, at);
    at += packets;
  }
  return all;
}

/** A run's packets in decoding order with their places in showing order, both from 0. */
function* framesOf(
  { path, from, packets }: PacketRun,
  { showTimes, sync }: Mp4Track,
): Generator<{ readonly index: number; readonly place: number; readonly key: boolean }> {
  const ranks = ranksOf(showTimes);
  if (sync[from] !== 1) throw new UnreadablePackets(path);
  let highest = -1;
  for (let index = 0; index < packets; index += 1) {
    const place = (ranks[from + index] ?? -1) - from;
    if (place < 0 || place >= packets) throw new UnreadablePackets(path);
    // A key packet promises that everything before it is shown before it.
    yield { index, place, key: sync[from + index] === 1 && place === index && highest === index - 1 };
    highest = Math.max(highest, place);
  }
}
