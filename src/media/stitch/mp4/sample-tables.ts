/**
 * The sample tables of an MP4 (ISO/IEC 14496-12): where each packet lies and when it is shown. Typed arrays, so that a
 * film of hundreds of clips takes little memory.
 */

/** A part of a track's own time that is shown, in the order in which it is shown. */
export interface Edit {
  /** In ticks of the movie. */
  readonly length: number;
  /** In ticks of the track; -1 for nothing at all. */
  readonly start: number;
}

/** One track. All arrays have one entry per packet, in decoding order. */
export interface Mp4Track {
  readonly kind: "video" | "audio";
  /** Ticks per second of its times. */
  readonly timescale: number;
  readonly movieTimescale: number;
  /** How it lies: the nine numbers of its matrix, as bytes. */
  readonly matrix: Uint8Array;
  /** The one sample entry: codec, size, colours and what the decoder needs. */
  readonly entry: Uint8Array;
  /** Byte offsets in the file. */
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** Ticks, before any edit. */
  readonly decodeTimes: Float64Array;
  readonly showTimes: Float64Array;
  /** Ticks that each packet lasts. */
  readonly lengths: Int32Array;
  /** 1 where decoding may start. */
  readonly sync: Uint8Array;
  readonly edits: readonly Edit[];
}

/** Most packets of a track: ten hours at 240 per second. A table that claims more is not believed. */
const MOST_PACKETS = 10_000_000;

/** A box inside bytes in memory. */
interface InnerBox {
  readonly type: string;
  readonly body: Uint8Array;
  /** With its head. */
  readonly whole: Uint8Array;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Boxes that follow each other in memory. @throws RangeError when one ends beyond its parent */
export function* innerBoxes(bytes: Uint8Array): Generator<InnerBox> {
  const view = viewOf(bytes);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = view.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? bytes.length - at : short;
    if (size < head || at + size > bytes.length) throw new RangeError("a box ends beyond its parent");
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, body: bytes.subarray(at + head, at + size), whole: bytes.subarray(at, at + size) };
    at += size;
  }
}

/** The content of the box at the end of a path of names; undefined when there is none. */
export function boxAt(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let body: Uint8Array | undefined = bytes;
  for (const name of path) body = body && [...innerBoxes(body)].find((box) => box.type === name)?.body;
  return body;
}

function must(bytes: Uint8Array, ...path: readonly string[]): DataView {
  const body = boxAt(bytes, ...path);
  if (body === undefined) throw new RangeError(`no ${path.join("/")}`);
  return viewOf(body);
}

/** The picture and sound tracks of a `moov` box's content. @throws RangeError when the tables contradict each other */
export function parseTracks(moov: Uint8Array): readonly Mp4Track[] {
  const movieHead = must(moov, "mvhd");
  const movieTimescale = movieHead.getUint32(movieHead.getUint8(0) === 1 ? 20 : 12);
  const tracks = [...innerBoxes(moov)].filter((box) => box.type === "trak");
  return tracks.flatMap(({ body }) => parseTrack(body, movieTimescale) ?? []);
}

const KINDS: ReadonlyMap<string, Mp4Track["kind"]> = new Map([
  ["vide", "video"],
  ["soun", "audio"],
]);

function parseTrack(trak: Uint8Array, movieTimescale: number): Mp4Track | undefined {
  const handler = must(trak, "mdia", "hdlr");
  const kind = KINDS.get(textAt(handler, 8));
  if (kind === undefined) return undefined;
  const head = must(trak, "mdia", "mdhd");
  const tables = boxAt(trak, "mdia", "minf", "stbl") ?? new Uint8Array(0);
  const descriptions = must(tables, "stsd");
  const [entry, ...others] = innerBoxes(bytesFrom(descriptions, 8));
  if (entry === undefined || others.length > 0) throw new RangeError("more or less than one sample entry");
  const sizes = readSizes(tables);
  const lengths = readRuns(must(tables, "stts"), sizes.length);
  const decodeTimes = runningSum(lengths);
  const shifts = boxAt(tables, "ctts");
  const later = shifts === undefined ? undefined : readRuns(viewOf(shifts), sizes.length);
  const trackHead = must(trak, "tkhd");
  return {
    kind,
    timescale: head.getUint32(head.getUint8(0) === 1 ? 20 : 12),
    movieTimescale,
    matrix: bytesFrom(trackHead, trackHead.getUint8(0) === 1 ? 52 : 40).slice(0, 36),
    entry: entry.whole.slice(), // or all the tables would stay in memory with it
    offsets: readOffsets(tables, sizes),
    sizes,
    decodeTimes,
    showTimes: later === undefined ? decodeTimes : decodeTimes.map((time, index) => time + (later[index] ?? 0)),
    lengths,
    sync: readSync(tables, sizes.length),
    edits: readEdits(boxAt(trak, "edts", "elst")),
  };
}

const textAt = (view: DataView, at: number): string => String.fromCharCode(...bytesFrom(view, at).subarray(0, 4));
const bytesFrom = (view: DataView, at: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + at, view.byteLength - at);

function runningSum(lengths: Int32Array): Float64Array {
  let sum = 0;
  return Float64Array.from(lengths, (length) => {
    sum += length;
    return sum - length;
  });
}

function believable(packets: number): number {
  if (packets > MOST_PACKETS) throw new RangeError(`${packets} packets`);
  return packets;
}

function readSizes(tables: Uint8Array): Uint32Array {
  const table = must(tables, "stsz");
  const all = table.getUint32(4);
  const sizes = new Uint32Array(believable(table.getUint32(8)));
  if (all !== 0) return sizes.fill(all);
  for (let index = 0; index < sizes.length; index += 1) sizes[index] = table.getUint32(12 + index * 4);
  return sizes;
}

/** A table of `count, value` pairs, one value per packet: lengths, or how much later than decoded a packet is shown. */
function readRuns(table: DataView, packets: number): Int32Array {
  const values = new Int32Array(packets);
  const entries = table.getUint32(4);
  let filled = 0;
  for (let entry = 0; entry < entries && filled < packets; entry += 1) {
    const end = Math.min(filled + table.getUint32(8 + entry * 8), packets);
    values.fill(table.getInt32(12 + entry * 8), filled, end);
    filled = end;
  }
  if (filled !== packets) throw new RangeError("a table of times is too short");
  return values;
}

function readOffsets(tables: Uint8Array, sizes: Uint32Array): Float64Array {
  const offsets = new Float64Array(sizes.length);
  let filled = 0;
  for (const { at, packets } of readChunks(tables)) {
    let next = at;
    for (const end = Math.min(filled + packets, sizes.length); filled < end; filled += 1) {
      offsets[filled] = next;
      next += sizes[filled] ?? 0;
    }
  }
  if (filled !== sizes.length) throw new RangeError("the table of chunks is too short");
  return offsets;
}

/** Where each run of packets lies that follow each other, and how many there are. */
function* readChunks(tables: Uint8Array): Generator<{ readonly at: number; readonly packets: number }> {
  const chunks = readChunkOffsets(tables);
  const perChunk = must(tables, "stsc");
  const entries = perChunk.getUint32(4);
  for (let entry = 0; entry < entries; entry += 1) {
    const first = perChunk.getUint32(8 + entry * 12) - 1;
    const last = entry + 1 < entries ? perChunk.getUint32(8 + (entry + 1) * 12) - 1 : chunks.length;
    const packets = perChunk.getUint32(8 + entry * 12 + 4);
    // Runs that go back or hold nothing would be walked through a billion times.
    if (last <= first || packets === 0) throw new RangeError("a table of chunks does not rise");
    for (const at of chunks.slice(first, last)) yield { at, packets };
  }
}

function readChunkOffsets(tables: Uint8Array): readonly number[] {
  const short = boxAt(tables, "stco");
  const view = short === undefined ? must(tables, "co64") : viewOf(short);
  const width = short === undefined ? 8 : 4;
  const count = believable(view.getUint32(4));
  return Array.from({ length: count }, (_, index) =>
    width === 4 ? view.getUint32(8 + index * 4) : Number(view.getBigUint64(8 + index * 8)),
  );
}

/** Without a table every packet is a place to start. */
function readSync(tables: Uint8Array, packets: number): Uint8Array {
  const sync = new Uint8Array(packets);
  const body = boxAt(tables, "stss");
  if (body === undefined) return sync.fill(1);
  const view = viewOf(body);
  const count = believable(view.getUint32(4));
  for (let index = 0; index < count; index += 1) sync[view.getUint32(8 + index * 4) - 1] = 1;
  return sync;
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

/** Bytes of a sample entry before the boxes in it. */
export const VIDEO_FIELDS = 86;
const AUDIO_FIELDS = 36;

/** The content of a box inside a sample entry, e.g. `avcC`; undefined when there is none. */
export function inEntry({ kind, entry }: Mp4Track, name: string): Uint8Array | undefined {
  return boxAt(entry.subarray(kind === "video" ? VIDEO_FIELDS : AUDIO_FIELDS), name);
}

/** The decoder's own configuration from an `esds` box (ISO/IEC 14496-14, 3.1.2): AudioSpecificConfig for AAC. */
export function decoderSpecificInfo(esds: Uint8Array): Uint8Array | undefined {
  const [esDescriptor, decoderConfig, specificInfo] = [0x03, 0x04, 0x05];
  let at = 4;
  while (at < esds.length) {
    const tag = esds[at];
    at += 1;
    let length = 0;
    for (let more = true; more; at += 1) {
      length = (length << 7) | ((esds[at] ?? 0) & 0x7f);
      more = ((esds[at] ?? 0) & 0x80) !== 0;
    }
    if (tag === specificInfo) return esds.slice(at, at + length);
    if (tag === esDescriptor) at += 3;
    else if (tag === decoderConfig) at += 13;
    else at += length;
  }
  return undefined;
}
