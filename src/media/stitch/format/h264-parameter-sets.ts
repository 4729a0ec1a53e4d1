/** H.264 parameter sets and the avcC record that carries them (ISO/IEC 14496-15, 5.3.3.1). */
import { readSequenceParameters } from "./h264-sps.ts";

export interface ParameterSet {
  readonly kind: "sps" | "pps";
  /** The id that slices (for a PPS) or pictures (for an SPS) call it by. */
  readonly id: number;
  readonly bytes: Uint8Array;
}

export interface AvcConfiguration {
  readonly profile: number;
  readonly compatibility: number;
  readonly level: number;
  /** Bytes in front of each NAL unit that say its length. */
  readonly lengthBytes: number;
  readonly sets: readonly ParameterSet[];
}

const NAL_SPS = 7;
const NAL_PPS = 8;
const NAL_IDR = 5;

/** Reads an avcC record; undefined when it is not a whole one. */
export function parseAvcConfiguration(record: Uint8Array): AvcConfiguration | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const sets: ParameterSet[] = [];
  try {
    let at = 5;
    for (const { kind, mask } of [
      { kind: "sps", mask: 0x1f },
      { kind: "pps", mask: 0xff },
    ] as const) {
      const count = view.getUint8(at) & mask;
      at += 1;
      for (let i = 0; i < count; i += 1) {
        const length = view.getUint16(at);
        const bytes = record.slice(at + 2, at + 2 + length);
        if (length === 0 || bytes.length !== length) return undefined;
        sets.push({ kind, id: setId(bytes), bytes });
        at += 2 + length;
      }
    }
    return {
      profile: view.getUint8(1),
      compatibility: view.getUint8(2),
      level: view.getUint8(3),
      lengthBytes: (view.getUint8(4) & 3) + 1,
      sets,
    };
  } catch {
    return undefined; // RangeError: the record ends early
  }
}

/** The id in a parameter set: the first Exp-Golomb number, in an SPS after three bytes of profile and level. */
export function setId(nal: Uint8Array): number {
  const first = ((nal[0] ?? 0) & 0x1f) === NAL_SPS ? 4 : 1;
  const bit = (at: number): number => ((nal[first + (at >> 3)] ?? 0) >> (7 - (at & 7))) & 1;
  let zeros = 0;
  while (zeros < 16 && bit(zeros) === 0) zeros += 1;
  let value = 0;
  for (let i = 0; i <= zeros; i += 1) value = (value << 1) | bit(zeros + i);
  return value - 1;
}

const decoded = new WeakMap<Uint8Array, string>();

/** What a decoder makes of a set. */
function meaningOf({ kind, bytes }: ParameterSet): string {
  const known =
    decoded.get(bytes) ??
    ((kind === "sps" && readSequenceParameters(bytes)?.decodingBits) || Buffer.from(bytes).toString("hex"));
  decoded.set(bytes, known);
  return known;
}

/** True for two of one kind with which a decoder makes the same pictures: clock, colour tags and level may differ. */
export const sameSet = (a: ParameterSet, b: ParameterSet): boolean =>
  a.kind === b.kind && meaningOf(a) === meaningOf(b);

/** Equal for lists whose sets are decoded alike, in one order. */
export const setsKey = (sets: readonly ParameterSet[]): string => sets.map(meaningOf).join();

/** Ten times the level that a sequence parameter set claims. */
const levelOf = ({ kind, bytes }: ParameterSet): number => (kind === "sps" ? (bytes[3] ?? 0) : 0);

/** True when two sets use one id for what is decoded differently: a decoder would take one for the other. */
export const clash = (a: ParameterSet, b: ParameterSet): boolean =>
  a.kind === b.kind && a.id === b.id && !sameSet(a, b);

/** All sets without repeats; of those that are decoded alike, the one with the highest level. */
export function mergeSets(lists: readonly (readonly ParameterSet[])[]): readonly ParameterSet[] {
  const merged: ParameterSet[] = [];
  for (const set of lists.flat()) {
    const place = merged.findIndex((have) => sameSet(have, set));
    const have = merged[place];
    if (have === undefined) merged.push(set);
    else if (levelOf(set) > levelOf(have)) merged[place] = set;
  }
  return merged;
}

/**
 * One avcC for several encodings of the same picture format: all their sets, the highest level and profile.
 * 4-byte lengths, 8 bit 4:2:0.
 */
export function mergedAvcRecord(configurations: readonly AvcConfiguration[]): Uint8Array {
  const sets = mergeSets(configurations.map((configuration) => configuration.sets));
  const sps = sets.filter((set) => set.kind === "sps");
  const pps = sets.filter((set) => set.kind === "pps");
  const profile = Math.max(...configurations.map((c) => c.profile));
  const level = Math.max(...configurations.map((c) => c.level));
  const compatibility = configurations.reduce((all, c) => all & c.compatibility, 0xff);
  const withLength = (set: ParameterSet) => [set.bytes.length >> 8, set.bytes.length & 0xff, ...set.bytes];
  return Uint8Array.from([
    ...[1, profile, compatibility, level, 0xff, 0xe0 | sps.length],
    ...sps.flatMap(withLength),
    pps.length,
    ...pps.flatMap(withLength),
    // High profiles say chroma format 4:2:0, 8 bit luma, 8 bit chroma, no extension sets.
    ...(profile >= 100 ? [0xfd, 0xf8, 0xf8, 0] : []),
  ]);
}

/** The ids, smallest first, that neither an SPS nor a PPS of the list has; there are 32 in all. */
export function freeSetIds(sets: readonly ParameterSet[]): readonly number[] {
  const used = new Set(sets.map((set) => set.id));
  return Array.from({ length: 32 }, (_, id) => id).filter((id) => !used.has(id));
}

/** What cutting needs to know of a packet of length-prefixed NAL units. */
export interface PacketContent {
  readonly idr: boolean;
  /** True when a picture is in it at all: parameter sets come before it. */
  readonly picture: boolean;
  readonly sets: readonly ParameterSet[];
}

/** Looks into a packet, or as much of it as there is. */
export function inspectPacket(packet: Uint8Array, lengthBytes: number): PacketContent {
  const units = [...nalUnits(packet, lengthBytes)].map((bytes) => ({ bytes, type: (bytes[0] ?? 0) & 0x1f }));
  return {
    idr: units.some((unit) => unit.type === NAL_IDR),
    picture: units.some((unit) => unit.type >= 1 && unit.type <= NAL_IDR),
    sets: units
      .filter((unit) => unit.type === NAL_SPS || unit.type === NAL_PPS)
      .map(({ bytes, type }) => ({ kind: type === NAL_SPS ? "sps" : "pps", id: setId(bytes), bytes: bytes.slice() })),
  };
}

function* nalUnits(packet: Uint8Array, lengthBytes: number): Generator<Uint8Array> {
  for (let at = 0; at + lengthBytes < packet.length; ) {
    const length = packet.subarray(at, at + lengthBytes).reduce((value, byte) => value * 256 + byte, 0);
    yield packet.subarray(at + lengthBytes, at + lengthBytes + length);
    at += lengthBytes + length;
  }
}
