/** The tracks of an MP4 or QuickTime file, from its `moov` box. What is broken throws a RangeError. */
import { leftOut } from "../../ffmpeg/left-out.ts";
import { boxAt, fourAt, innerBoxes, must, viewOf } from "./boxes.ts";
import { fragmentDefaults, type GrowingTrack, readFragment } from "./fragments.ts";
import { entriesOf, pictureEntryOf, type SampleEntry, soundEntryOf } from "./sample-entry.ts";
import { joinTables, noSamples, readSampleTables, type SampleTables } from "./sample-tables.ts";

/** A part of a track's own time that is shown, in the order in which it is shown. */
export interface Edit {
  /** In ticks of the movie. */
  readonly length: number;
  /** In ticks of the track; -1 for nothing at all. */
  readonly start: number;
}

/** One track. */
export interface Mp4Track extends SampleTables {
  readonly kind: "video" | "audio";
  /** Ticks per second of its times. */
  readonly timescale: number;
  readonly movieTimescale: number;
  /** How it lies: a, b, c and d of its matrix, that of the whole movie included. */
  readonly matrix: readonly [number, number, number, number];
  /** Width and height as it is to be shown, pixels; 0 where it does not matter. */
  readonly shown: readonly [number, number];
  /** What its packets are: the first entry. */
  readonly entry: SampleEntry;
  /** True when all packets are of that entry. */
  readonly uniform: boolean;
  readonly edits: readonly Edit[];
}

/** A file's first picture and its first sound, and what else is in it. */
export interface Movie {
  readonly tracks: readonly Mp4Track[];
  /** Tracks that are left out, in words. */
  readonly extras: readonly string[];
}

/** A movie of which fragments may follow. */
export interface OpenMovie {
  /** Adds a fragment: the content of a `moof` box that begins at a byte of the file. */
  addFragment(moof: Uint8Array, start: number): void;
  end(): Movie;
}

/** Facts of the whole movie that each track is read with. */
interface Context {
  readonly timescale: number;
  readonly matrix: readonly number[];
  readonly quickTime: boolean;
  readonly fileBytes: number;
}

/** Reads the content of a `moov` box. `brands`: those of the file. */
export function openMovie(moov: Uint8Array, brands: readonly string[], fileBytes: number): OpenMovie {
  const head = must(moov, "mvhd");
  const long = head.getUint8(0) === 1;
  const context: Context = {
    timescale: head.getUint32(long ? 20 : 12),
    matrix: turnOf(head, long ? 48 : 36),
    quickTime: brands.length === 0 || brands.includes("qt  "),
    fileBytes,
  };
  const traks = [...innerBoxes(moov)].flatMap(({ type, body }) => (type === "trak" ? [body] : []));
  const { used, extras } = chooseTracks(traks, moov);
  const tracks = used.map(({ trak, kind }) => readTrack(trak, kind, context));
  const growing = tracks.map(({ id, track }): GrowingTrack => ({ id, parts: [track], end: endOf(track) }));
  const defaults = fragmentDefaults(moov);
  return {
    addFragment: (moof, start) => readFragment(moof, growing, { start, fileBytes, defaults }),
    end: () => ({
      tracks: tracks.map(({ track }, index) => ({ ...track, ...joinTables(growing[index]?.parts ?? []) })),
      extras,
    }),
  };
}

/** When a track's last packet ends, ticks. */
const endOf = ({ decodeTimes, lengths }: SampleTables): number => (decodeTimes.at(-1) ?? 0) + (lengths.at(-1) ?? 0);

/** The four numbers of a matrix that turn and mirror. */
const turnOf = (view: DataView, at: number): [number, number, number, number] => [
  view.getInt32(at),
  view.getInt32(at + 4),
  view.getInt32(at + 12),
  view.getInt32(at + 16),
];

const HANDLERS: ReadonlyMap<string, Mp4Track["kind"]> = new Map([
  ["vide", "video"],
  ["soun", "audio"],
]);

interface UsedTrack {
  readonly trak: Uint8Array;
  readonly kind: Mp4Track["kind"];
}

/** The first picture and the first sound, and words for all others. */
function chooseTracks(
  traks: readonly Uint8Array[],
  moov: Uint8Array,
): { readonly used: readonly UsedTrack[]; readonly extras: readonly string[] } {
  const chapters = new Set(traks.flatMap((trak) => chapterIds(trak)));
  const used: UsedTrack[] = [];
  const extras: string[] = [];
  for (const trak of traks) {
    const handler = fourAt(must(trak, "mdia", "hdlr"), 8);
    const kind = HANDLERS.get(handler);
    if (chapters.has(trackId(trak))) extras.push(kind === "video" ? "chapter pictures" : "chapter titles");
    else if (kind !== undefined && !used.some((other) => other.kind === kind)) used.push({ trak, kind });
    else extras.push(wordsFor(handler, codecOf(trak)));
  }
  if (hasCover(moov)) extras.push("a cover picture");
  return { used, extras: [...new Set(extras)] };
}

/** ffmpeg's names for codecs. */
const CODEC_NAMES: ReadonlyMap<string, string> = new Map([
  ...[["tx3g", "mov_text"] as const, ["jpeg", "mjpeg"] as const, ["avc1", "h264"] as const],
  ...[["hvc1", "hevc"] as const, ["hev1", "hevc"] as const, ["mp4a", "aac"] as const],
  ...[["ac-3", "ac3"] as const, ["ec-3", "eac3"] as const, ["Opus", "opus"] as const],
]);

/** What a track's handler says it is. */
const KINDS_BESIDE: ReadonlyMap<string, string> = new Map([
  ...[["vide", "video"] as const, ["soun", "audio"] as const],
  ...["sbtl", "subt", "text", "clcp", "subp"].map((handler) => [handler, "subtitle"] as const),
]);

const wordsFor = (handler: string, codec: string): string =>
  handler === "tmcd" ? "a time code" : leftOut(KINDS_BESIDE.get(handler) ?? "data", CODEC_NAMES.get(codec) ?? codec);

function codecOf(trak: Uint8Array): string {
  const entries = boxAt(trak, "mdia", "minf", "stbl", "stsd");
  const [entry] = entries === undefined ? [] : innerBoxes(entries.subarray(8));
  return entry?.type ?? "unknown";
}

function hasCover(moov: Uint8Array): boolean {
  const meta = boxAt(moov, "udta", "meta") ?? new Uint8Array(0);
  if (meta.length < 16) return false;
  // A box with a version in MP4, one without in QuickTime.
  const plain = fourAt(viewOf(meta), 4) === "hdlr";
  return boxAt(plain ? meta : meta.subarray(4), "ilst", "covr") !== undefined;
}

function trackId(trak: Uint8Array): number {
  const head = must(trak, "tkhd");
  return head.getUint32(head.getUint8(0) === 1 ? 20 : 12);
}

/** Tracks that hold a track's chapters. */
function chapterIds(trak: Uint8Array): readonly number[] {
  const body = boxAt(trak, "tref", "chap");
  if (body === undefined) return [];
  const view = viewOf(body);
  return Array.from({ length: body.length >> 2 }, (_, index) => view.getUint32(index * 4));
}

function readTrack(
  trak: Uint8Array,
  kind: Mp4Track["kind"],
  context: Context,
): { readonly id: number; readonly track: Mp4Track } {
  const head = must(trak, "mdia", "mdhd");
  const trackHead = must(trak, "tkhd");
  const matrixAt = trackHead.getUint8(0) === 1 ? 52 : 40;
  const tables = boxAt(trak, "mdia", "minf", "stbl") ?? new Uint8Array(0);
  const { entries, oldForm } = entriesOf(must(tables, "stsd"));
  const [first] = entries;
  if (first === undefined) throw new RangeError("no sample entry");
  const entry = kind === "video" ? pictureEntryOf(first) : soundEntryOf(first, context.quickTime || oldForm);
  const track: Mp4Track = {
    kind,
    timescale: head.getUint32(head.getUint8(0) === 1 ? 20 : 12),
    movieTimescale: context.timescale,
    matrix: combined(turnOf(trackHead, matrixAt), context.matrix),
    shown: [trackHead.getUint32(matrixAt + 36) / 0x10000, trackHead.getUint32(matrixAt + 40) / 0x10000],
    entry,
    uniform: entries.length === 1,
    // Packets of other sound are never read one by one; of raw sound every sample is one.
    ...(kind === "video" || entry.description.length > 0 ? readSampleTables(tables, context.fileBytes) : noSamples()),
    edits: readEdits(boxAt(trak, "edts", "elst")),
  };
  return { id: trackId(trak), track };
}

/** A matrix behind another. */
function combined(
  [a, b, c, d]: readonly [number, number, number, number],
  [e = 0, f = 0, g = 0, h = 0]: readonly number[],
): [number, number, number, number] {
  const product = (x: number, y: number, z: number, w: number) => Math.round((x * y + z * w) / 0x10000);
  return [product(a, e, b, g), product(a, f, b, h), product(c, e, d, g), product(c, f, d, h)];
}

function readEdits(body: Uint8Array | undefined): readonly Edit[] {
  if (body === undefined) return [];
  const view = viewOf(body);
  const long = view.getUint8(0) === 1;
  const count = Math.min(view.getUint32(4), body.length);
  return Array.from({ length: count }, (_, index) => {
    const at = 8 + index * (long ? 20 : 12);
    return long
      ? { length: Number(view.getBigUint64(at)), start: Number(view.getBigInt64(at + 8)) }
      : { length: view.getUint32(at), start: view.getInt32(at + 4) };
  });
}
