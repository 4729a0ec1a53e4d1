/**
 * The tables of a track (ISO/IEC 14496-12, 8.5 to 8.7): where each packet lies and when it is shown. Typed arrays, so
 * that a film of hundreds of clips takes little memory. Tables that contradict each other throw a RangeError.
 */
import { boxAt, must, viewOf } from "./boxes.ts";

/** One entry per packet, in decoding order. */
export interface SampleTables {
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
}

/** Most packets of a track: ten hours at 240 per second. A table that claims more is not believed. */
const MOST_PACKETS = 10_000_000;

/**
 * A number of packets, or of entries of a table of which each takes at least a byte. @throws RangeError when there
 * cannot be so many in `bytes`, those of the file or of the table: nothing is then made ready for them
 */
export function believable(packets: number, bytes: number): number {
  if (packets > Math.min(MOST_PACKETS, bytes)) throw new RangeError(`${packets} packets in ${bytes} bytes`);
  return packets;
}

/** The tables of a track that has no packets. */
export const noSamples = (): SampleTables => emptyTables(0);

/** Tables to be filled in. */
export const emptyTables = (packets: number): SampleTables => ({
  offsets: new Float64Array(packets),
  sizes: new Uint32Array(packets),
  decodeTimes: new Float64Array(packets),
  showTimes: new Float64Array(packets),
  lengths: new Int32Array(packets),
  sync: new Uint8Array(packets),
});

/** Several tables, one behind the other. */
export function joinTables(parts: readonly SampleTables[]): SampleTables {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const all = emptyTables(
    believable(
      parts.reduce((sum, { sizes }) => sum + sizes.length, 0),
      MOST_PACKETS,
    ),
  );
  let at = 0;
  for (const part of parts) {
    all.offsets.set(part.offsets, at);
    all.sizes.set(part.sizes, at);
    all.decodeTimes.set(part.decodeTimes, at);
    all.showTimes.set(part.showTimes, at);
    all.lengths.set(part.lengths, at);
    all.sync.set(part.sync, at);
    at += part.sizes.length;
  }
  return all;
}

/** Reads the content of an `stbl` box of a file of so many bytes. */
export function readSampleTables(tables: Uint8Array, fileBytes: number): SampleTables {
  const sizes = readSizes(tables, fileBytes);
  const lengths = readRuns(must(tables, "stts"), sizes.length);
  const decodeTimes = runningSum(lengths);
  const shifts = boxAt(tables, "ctts");
  const later = shifts === undefined ? undefined : readRuns(viewOf(shifts), sizes.length);
  return {
    offsets: readOffsets(tables, sizes),
    sizes,
    decodeTimes,
    showTimes: later === undefined ? decodeTimes : decodeTimes.map((time, index) => time + (later[index] ?? 0)),
    lengths,
    sync: readSync(tables, sizes.length),
  };
}

function runningSum(lengths: Int32Array): Float64Array {
  let sum = 0;
  return Float64Array.from(lengths, (length) => {
    sum += length;
    return sum - length;
  });
}

function readSizes(tables: Uint8Array, fileBytes: number): Uint32Array {
  const compact = boxAt(tables, "stz2");
  if (compact !== undefined) return readCompactSizes(viewOf(compact));
  const table = must(tables, "stsz");
  const all = table.getUint32(4);
  const sizes = new Uint32Array(believable(table.getUint32(8), all === 0 ? table.byteLength : fileBytes));
  if (all !== 0) return sizes.fill(all);
  for (let index = 0; index < sizes.length; index += 1) sizes[index] = table.getUint32(12 + index * 4);
  return sizes;
}

/** Sizes of 4, 8 or 16 bits. */
function readCompactSizes(table: DataView): Uint32Array {
  const bits = table.getUint8(7);
  if (![4, 8, 16].includes(bits)) throw new RangeError(`sizes of ${bits} bits`);
  const sizes = new Uint32Array(believable(table.getUint32(8), table.byteLength * 2));
  for (let index = 0; index < sizes.length; index += 1) {
    if (bits === 16) sizes[index] = table.getUint16(12 + index * 2);
    else if (bits === 8) sizes[index] = table.getUint8(12 + index);
    else sizes[index] = (table.getUint8(12 + (index >> 1)) >> (index % 2 === 0 ? 4 : 0)) & 15;
  }
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
    for (const at of chunks.subarray(first, last)) yield { at, packets };
  }
}

function readChunkOffsets(tables: Uint8Array): Float64Array {
  const short = boxAt(tables, "stco");
  const view = short === undefined ? must(tables, "co64") : viewOf(short);
  const offsets = new Float64Array(believable(view.getUint32(4), view.byteLength));
  for (let index = 0; index < offsets.length; index += 1)
    offsets[index] = short === undefined ? Number(view.getBigUint64(8 + index * 8)) : view.getUint32(8 + index * 4);
  return offsets;
}

/** Without a table every packet is a place to start. */
function readSync(tables: Uint8Array, packets: number): Uint8Array {
  const sync = new Uint8Array(packets);
  const body = boxAt(tables, "stss");
  if (body === undefined) return sync.fill(1);
  const view = viewOf(body);
  const count = believable(view.getUint32(4), view.byteLength);
  for (let index = 0; index < count; index += 1) sync[view.getUint32(8 + index * 4) - 1] = 1;
  return sync;
}
