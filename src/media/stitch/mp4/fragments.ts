/** Packets of movie fragments (ISO/IEC 14496-12, 8.8). Fragments that contradict themselves throw a RangeError. */
import { boxAt, innerBoxes, must, viewOf } from "./boxes.ts";
import { believable, emptyTables, type SampleTables } from "./sample-tables.ts";

/** What holds for a track's packets unless a fragment says otherwise. */
interface Defaults {
  readonly length: number;
  readonly size: number;
  readonly flags: number;
}

/** Defaults by track id, from the content of a `moov` box; empty for a file that has no fragments. */
export function fragmentDefaults(moov: Uint8Array): ReadonlyMap<number, Defaults> {
  const found = new Map<number, Defaults>();
  const extension = boxAt(moov, "mvex");
  if (extension === undefined) return found;
  for (const { type, body } of innerBoxes(extension)) {
    if (type !== "trex") continue;
    const view = viewOf(body);
    const [length, size, flags] = [view.getUint32(12), view.getUint32(16), view.getUint32(20)];
    found.set(view.getUint32(4), { length, size, flags });
  }
  return found;
}

/** What a track has got so far. */
export interface GrowingTrack {
  readonly id: number;
  readonly parts: SampleTables[];
  /** When its next packet is decoded unless a fragment says otherwise, ticks. */
  end: number;
}

/** Where a fragment lies, and what it is read with. */
interface FragmentFacts {
  /** Byte offset of the `moof` box. */
  readonly start: number;
  readonly fileBytes: number;
  readonly defaults: ReadonlyMap<number, Defaults>;
}

/** Bits of a track fragment's head. */
const HEAD = { base: 0x1, entry: 0x2, length: 0x8, size: 0x10, flags: 0x20, fromMoof: 0x20000 } as const;
/** Bits of a run. */
const RUN = { place: 0x1, firstFlags: 0x4, length: 0x100, size: 0x200, flags: 0x400, shift: 0x800 } as const;
/** Bits of a packet's flags: it cannot be decoded by itself, or says that it depends on others. */
const NOT_SYNC = 0x10000;
const DEPENDS = 0x1000000;

/** Adds the packets that the content of a `moof` box tells of to their tracks. */
export function readFragment(moof: Uint8Array, tracks: readonly GrowingTrack[], facts: FragmentFacts): void {
  let next = facts.start; // where packets without a place of their own lie
  for (const { type, body } of innerBoxes(moof)) if (type === "traf") next = readPart(body, next, tracks, facts);
}

/** Reads one track's part of a fragment. Returns where the packets end. */
function readPart(traf: Uint8Array, start: number, tracks: readonly GrowingTrack[], facts: FragmentFacts): number {
  const head = readHead(must(traf, "tfhd"), facts, start);
  const other: GrowingTrack = { id: head.id, parts: [], end: 0 };
  const track = tracks.find(({ id }) => id === head.id) ?? other;
  const time = boxAt(traf, "tfdt");
  if (time !== undefined) track.end = decodeTime(viewOf(time));
  let next = head.base;
  for (const { type, body } of innerBoxes(traf)) {
    if (type !== "trun") continue;
    const run = readRun(viewOf(body), head, next, track.end, facts.fileBytes);
    track.parts.push(run.tables);
    track.end = run.end;
    next = run.bytesEnd;
  }
  return next;
}

const decodeTime = (time: DataView): number =>
  time.getUint8(0) === 1 ? Number(time.getBigUint64(4)) : time.getUint32(4);

/** The head of a track fragment. */
interface Head extends Defaults {
  readonly id: number;
  readonly base: number;
}

function readHead(head: DataView, { start, defaults }: FragmentFacts, next: number): Head {
  const bits = head.getUint32(0) & 0xffffff;
  const id = head.getUint32(4);
  let at = 8;
  const field = (bit: number, bytes: 4 | 8): number | undefined => {
    if ((bits & bit) === 0) return undefined;
    at += bytes;
    return bytes === 8 ? Number(head.getBigUint64(at - 8)) : head.getUint32(at - 4);
  };
  const known = defaults.get(id) ?? { length: 0, size: 0, flags: 0 };
  const base = field(HEAD.base, 8) ?? ((bits & HEAD.fromMoof) === 0 ? next : start);
  field(HEAD.entry, 4);
  const length = field(HEAD.length, 4) ?? known.length;
  const size = field(HEAD.size, 4) ?? known.size;
  return { id, base, length, size, flags: field(HEAD.flags, 4) ?? known.flags };
}

function readRun(
  run: DataView,
  head: Head,
  next: number,
  from: number,
  fileBytes: number,
): { readonly tables: SampleTables; readonly end: number; readonly bytesEnd: number } {
  const bits = run.getUint32(0) & 0xffffff;
  const tables = emptyTables(believable(run.getUint32(4), fileBytes));
  let at = 8;
  const field = (bit: number, otherwise: number): number => {
    if ((bits & bit) === 0) return otherwise;
    at += 4;
    return run.getInt32(at - 4);
  };
  let place = (bits & RUN.place) === 0 ? next : head.base + field(RUN.place, 0);
  const firstFlags = field(RUN.firstFlags, head.flags);
  let time = from;
  for (let index = 0; index < tables.sizes.length; index += 1) {
    const length = field(RUN.length, head.length);
    const size = field(RUN.size, head.size) >>> 0;
    const flags = field(RUN.flags, index === 0 ? firstFlags : head.flags);
    tables.offsets[index] = place;
    tables.sizes[index] = size;
    tables.decodeTimes[index] = time;
    tables.showTimes[index] = time + field(RUN.shift, 0);
    tables.lengths[index] = length;
    tables.sync[index] = (flags & (NOT_SYNC | DEPENDS)) === 0 ? 1 : 0;
    place += size;
    time += length;
  }
  return { tables, end: time, bytesEnd: place };
}
