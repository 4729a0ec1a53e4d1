/** In which order a film's packets lie in its file, and what its tables say of each. */

import { ranksOf } from "../format/clip-layout.ts";
import { PACKET_SAMPLES, SAMPLE_RATE } from "../format/sound-format.ts";
import type { FilmParts, Piece } from "./packet-runs.ts";
import { type ImageStore, UnreadablePackets } from "./packets.ts";
import type { Mp4Track } from "./sample-tables.ts";

/** Packets of one file that lie one behind the other in the film. */
export interface Run {
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

/** Sound packets in one run: just under a second. */
const SOUND_RUN = 46;

/**
 * Picture and sound in runs of about a second in turn: players read both without seeking. Sound comes before the
 * picture of its time.
 */
export function runsOf({ pieces, sound, format }: Pick<FilmParts, "pieces" | "sound" | "format">): readonly Run[] {
  const { num, den } = format.frameRate;
  const picture = pieces.map(({ path, from, frames }) => ({ path, from, packets: frames }));
  const runs = [
    ...cut("audio", sound.pieces, SOUND_RUN, PACKET_SAMPLES / SAMPLE_RATE),
    ...cut("video", picture, Math.max(1, Math.round(num / den)), den / num),
  ];
  return runs.sort((a, b) => a.seconds - b.seconds); // stable: of two at one time sound is first
}

/** Cuts pieces so that a new run begins every so many packets of the film. */
function cut(
  kind: Run["kind"],
  pieces: readonly Pick<Run, "path" | "from" | "packets">[],
  every: number,
  packetSeconds: number,
): readonly Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const { path, from, packets } of pieces) {
    const start = at;
    for (const end = start + packets; at < end; ) {
      const count = Math.min(every - (at % every), end - at);
      runs.push({ kind, path, from: from + at - start, packets: count, at, seconds: at * packetSeconds });
      at += count;
    }
  }
  return runs;
}

/** What the tables say of a film's packets, in decoding order. */
export interface FilmTables {
  readonly videoSizes: Uint32Array;
  /** By how many frames each is shown later than it is decoded, the delay included: 0 or more. */
  readonly shifts: Uint32Array;
  /** Frames from the first packet's decoding to the first picture. */
  readonly delay: number;
  /** Places at which decoding may start. */
  readonly keys: readonly number[];
  readonly audioSizes: Uint32Array;
}

/** @throws UnreadablePackets when a piece is not a run of frames that begins with a keyframe */
export async function filmTables({ pieces, sound, shelf }: FilmParts): Promise<FilmTables> {
  const audioSizes = new Uint32Array(sound.pieces.reduce((sum, { packets }) => sum + packets, 0));
  let at = 0;
  for (const { path, from, packets } of sound.pieces) {
    audioSizes.set(await sizesOf(shelf, "audio", { path, from, packets }), at);
    at += packets;
  }
  const frames = pieces.reduce((sum, piece) => sum + piece.frames, 0);
  const videoSizes = new Uint32Array(frames);
  const places = new Int32Array(frames); // less the place in decoding order
  const keys: number[] = [];
  let start = 0;
  for (const piece of pieces) {
    videoSizes.set(await sizesOf(shelf, "video", { ...piece, packets: piece.frames }), start);
    for (const { index, place, key } of framesOf(piece, (await shelf(piece.path)).track("video"))) {
      places[start + index] = place - index;
      if (key) keys.push(start + index);
    }
    start += piece.frames;
  }
  const delay = -places.reduce((least, shift) => Math.min(least, shift), 0);
  return { videoSizes, shifts: Uint32Array.from(places, (shift) => shift + delay), delay, keys, audioSizes };
}

async function sizesOf(
  shelf: ImageStore,
  kind: Run["kind"],
  { path, from, packets }: Pick<Run, "path" | "from" | "packets">,
): Promise<Uint32Array> {
  const sizes = (await shelf(path)).track(kind).sizes.subarray(from, from + packets);
  if (sizes.length !== packets) throw new UnreadablePackets(path, new RangeError("too few packets"));
  return sizes;
}

/** A piece's packets in decoding order with their places in showing order, both from 0. */
function* framesOf(
  { path, from, frames }: Piece,
  { showTimes, sync }: Mp4Track,
): Generator<{ readonly index: number; readonly place: number; readonly key: boolean }> {
  const ranks = ranksOf(showTimes);
  if (sync[from] !== 1) throw new UnreadablePackets(path);
  let highest = -1;
  for (let index = 0; index < frames; index += 1) {
    const place = (ranks[from + index] ?? -1) - from;
    if (place < 0 || place >= frames) throw new UnreadablePackets(path);
    // A key packet promises that everything before it is shown before it.
    yield { index, place, key: sync[from + index] === 1 && place === index && highest === index - 1 };
    highest = Math.max(highest, place);
  }
}
