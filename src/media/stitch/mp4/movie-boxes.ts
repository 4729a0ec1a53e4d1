/** The boxes of a film (ISO/IEC 14496-12, -14 and -15): one picture track and one sound track, written in one go. */
import { VidpipeError } from "../../../domain/errors.ts";
import { PACKET_SAMPLES, type PictureFormat, SAMPLE_RATE } from "../format/clip-layout.ts";
import { box, full, latin, lengthOf, numbers, type Parts, u16, u32 } from "./box-writer.ts";
import type { Chunk, FilmTables } from "./chunk-layout.ts";
import { type FilmWords, pictureEntry, soundEntry, tagsBox } from "./sample-entries.ts";

/** Largest number of 4 bytes. */
const MOST_32 = 0xffff_ffff;

/** Ticks per second of the whole film: sound lies on them exactly. */
const FILM_TICKS = SAMPLE_RATE;

/** Ticks of the picture track per second and per frame; many per second, since some players round by them. */
function pictureTicks({ frameRate: { num, den } }: PictureFormat): { readonly second: number; readonly frame: number } {
  const times = 2 ** Math.max(0, Math.ceil(Math.log2(10_000 / num)));
  return { second: num * times, frame: den * times };
}

/** @throws VidpipeError input.invalid when a film of so many frames is longer than most of a day: its clocks end there */
export function requireWritable(format: PictureFormat, frames: number): void {
  const ticks = pictureTicks(format);
  if (Math.max((frames * ticks.frame * FILM_TICKS) / ticks.second, frames * ticks.frame) > MOST_32)
    throw new VidpipeError("input.invalid", "a film of that length cannot be written; join fewer clips");
}

/** What the boxes of a film say. */
interface FilmFacts {
  readonly format: PictureFormat;
  /** The avcC record. */
  readonly decoder: Uint8Array;
  /** Samples that are heard. */
  readonly samples: number;
  readonly tables: FilmTables;
  /** In the order in which they lie. */
  readonly chunks: readonly Chunk[];
  readonly words: FilmWords;
}

/**
 * Everything of a film's file that comes before its packets, which follow in the order of the chunks.
 * @throws VidpipeError input.invalid when the film is longer than most of a day
 */
export function filmHead(facts: FilmFacts): Uint8Array {
  const { video, audio } = facts.tables.sizes;
  const packetBytes = bytesIn(video) + bytesIn(audio);
  requireWritable(facts.format, video.length);
  const start = box("ftyp", latin("isom"), u32(0x200), latin("isomavc1mp41"));
  // Half of what 4 bytes can say: boxes and all are then far below it.
  const wide = packetBytes > MOST_32 / 2;
  const data = wide ? [u32(1), latin("mdat"), numbers(8, [packetBytes + 16])] : [u32(packetBytes + 8), latin("mdat")];
  const length = lengthOf(start) + lengthOf(movie(facts, 0, wide)) + lengthOf(data);
  return Buffer.concat([...start, ...movie(facts, length, wide), ...data]);
}

function movie(facts: FilmFacts, firstPacketAt: number, wide: boolean): Parts {
  const { format, samples, tables } = facts;
  const offsets = chunkOffsets(facts, firstPacketAt);
  const ticks = pictureTicks(format);
  const frames = tables.sizes.video.length;
  const frameTicks = Math.round((frames * ticks.frame * FILM_TICKS) / ticks.second);
  const audioLengths = soundLengths(tables.sizes.audio.length, samples);
  const picture = track(
    { id: 1, kind: "video", size: [format.size.width, format.size.height], shownTicks: frameTicks },
    { second: ticks.second, total: frames * ticks.frame, skipped: tables.delay * ticks.frame },
    [
      full("stsd", 0, u32(1), pictureEntry(format, facts.decoder)),
      runLengths("stts", [frames, ticks.frame]),
      ...(tables.delay === 0 ? [] : [runLengths("ctts", shiftPairs(tables.shifts, ticks.frame))]),
      full("stss", 0, u32(tables.keys.length), ofFour(tables.keys.map((key) => key + 1))),
      ...placesOf("video", facts, offsets, wide),
    ],
  );
  const sound = track(
    { id: 2, kind: "audio", size: [0, 0], shownTicks: samples },
    { second: SAMPLE_RATE, total: samples + PACKET_SAMPLES, skipped: PACKET_SAMPLES },
    [
      full("stsd", 0, u32(1), soundEntry(Math.round((bytesIn(tables.sizes.audio) * 8 * SAMPLE_RATE) / samples))),
      runLengths("stts", audioLengths),
      ...placesOf("audio", facts, offsets, wide),
    ],
  );
  const times = [u32(0, 0, FILM_TICKS, Math.max(frameTicks, samples), 0x10000), u16(0x100, 0), u32(0, 0)];
  const head = full("mvhd", 0, ...times, MATRIX, new Uint8Array(24), u32(3));
  return box("moov", head, picture, sound, box("udta", tagsBox(facts.words)));
}

const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** Where each chunk lies in the file. */
function chunkOffsets({ chunks, tables }: FilmFacts, first: number): Float64Array {
  let next = first;
  return Float64Array.from(chunks, ({ kind, at, packets }) => {
    const own = next;
    next += bytesIn(tables.sizes[kind].subarray(at, at + packets));
    return own;
  });
}

/** A table of pairs of a count and a value. */
const runLengths = (type: string, pairs: ArrayLike<number>): Parts =>
  full(type, 0, u32(pairs.length / 2), ofFour(pairs));

/** Every sound packet lasts equally long but for the last, which ends with the picture. */
function soundLengths(packets: number, samples: number): readonly number[] {
  const last = samples + PACKET_SAMPLES - (packets - 1) * PACKET_SAMPLES;
  return last === PACKET_SAMPLES ? [packets, PACKET_SAMPLES] : [packets - 1, PACKET_SAMPLES, 1, last];
}

function shiftPairs(shifts: Uint32Array, frameTicks: number): Uint32Array {
  const pairs = new Uint32Array(shifts.length * 2);
  let filled = 0;
  for (const [index, shift] of shifts.entries()) {
    if (index === 0 || shift !== shifts[index - 1]) {
      pairs[filled + 1] = shift * frameTicks;
      filled += 2;
    }
    pairs[filled - 2] = (pairs[filled - 2] ?? 0) + 1;
  }
  return pairs.subarray(0, filled);
}

const ofFour = (values: ArrayLike<number>): Uint8Array => numbers(4, values);

const bytesIn = (sizes: Uint32Array): number => sizes.reduce((sum, size) => sum + size, 0);

interface TrackFacts {
  readonly id: number;
  readonly kind: Chunk["kind"];
  readonly size: readonly [number, number];
  /** How long it is seen or heard, in ticks of the film. */
  readonly shownTicks: number;
}

/** In ticks of the track. */
interface TrackTimes {
  readonly second: number;
  readonly total: number;
  /** Before what is shown first. */
  readonly skipped: number;
}

function track(
  { id, kind, size: [width, height], shownTicks }: TrackFacts,
  { second, total, skipped }: TrackTimes,
  tables: readonly Parts[],
): Parts {
  const isSound = kind === "audio";
  // Enabled and part of the film; sound tracks are of one group that a player chooses from, at full volume.
  const place = [u16(0, isSound ? 1 : 0, isSound ? 0x100 : 0, 0), MATRIX, u32(width * 0x10000, height * 0x10000)];
  const head = full("tkhd", 3, u32(0, 0, id, 0, shownTicks, 0, 0), ...place);
  const edits = box("edts", full("elst", 0, u32(1, shownTicks, skipped, 0x10000)));
  const language = u16(0x55c4, 0); // undetermined
  const handler = [u32(0), latin(isSound ? "soun" : "vide"), u32(0, 0, 0)];
  const media = box(
    "mdia",
    full("mdhd", 0, u32(0, 0, second, total), language),
    full("hdlr", 0, ...handler, latin(isSound ? "SoundHandler\0" : "VideoHandler\0")),
    box(
      "minf",
      isSound ? full("smhd", 0, u32(0)) : full("vmhd", 1, u32(0, 0)),
      box("dinf", full("dref", 0, u32(1), full("url ", 1))),
      box("stbl", ...tables),
    ),
  );
  return box("trak", head, edits, media);
}

/** Sizes, and which packets lie where. */
function placesOf(kind: Chunk["kind"], facts: FilmFacts, offsets: Float64Array, wide: boolean): readonly Parts[] {
  const sizes = facts.tables.sizes[kind];
  const own = [...facts.chunks.entries()].filter(([, chunk]) => chunk.kind === kind);
  const perRun = own.flatMap(([, { packets }], index) =>
    packets === own[index - 1]?.[1].packets ? [] : [index + 1, packets, 1],
  );
  const places = own.map(([index]) => offsets[index] ?? 0);
  return [
    full("stsc", 0, u32(perRun.length / 3), ofFour(perRun)),
    full("stsz", 0, u32(0, sizes.length), ofFour(sizes)),
    full(wide ? "co64" : "stco", 0, u32(places.length), numbers(wide ? 8 : 4, places)),
  ];
}
