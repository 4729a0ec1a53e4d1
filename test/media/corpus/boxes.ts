/** Changes to the boxes of an MP4 file whose `moov` stands last, so that no place in it is moved. Pure. */

export interface Box {
  readonly type: string;
  /** What is behind size and type. */
  readonly payload: Buffer;
}

const CONTAINERS = ["moov", "trak", "edts", "mdia", "minf", "stbl"];

/**
 * The file with some boxes replaced: `edit` is called for each that holds no others, with its track, from 0.
 * Containers take their new sizes.
 */
export function editBoxes(bytes: Buffer, edit: (box: Box, track: number) => Box): Buffer {
  let track = -1;
  const changed = (part: Buffer): Buffer => {
    const boxes: Buffer[] = [];
    for (let at = 0; at < part.length; ) {
      const size = part.readUInt32BE(at);
      const box = { type: part.toString("latin1", at + 4, at + 8), payload: part.subarray(at + 8, at + size) };
      if (box.type === "trak") track += 1;
      boxes.push(boxOf(CONTAINERS.includes(box.type) ? { ...box, payload: changed(box.payload) } : edit(box, track)));
      at += size;
    }
    return Buffer.concat(boxes);
  };
  return changed(bytes);
}

function boxOf({ type, payload }: Box): Buffer {
  const head = Buffer.alloc(8, type, "latin1");
  head.writeUInt32BE(payload.length + 8);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, payload]);
}

/** Writes numbers of 32 bits into every box of a type in one track. */
const poke =
  (type: string, track: number, place: number, values: readonly number[]) =>
  (bytes: Buffer): Buffer =>
    editBoxes(bytes, (box, at) => {
      if (box.type !== type || at !== track) return box;
      const payload = Buffer.from(box.payload);
      for (const [index, value] of values.entries()) payload.writeInt32BE(value, place + index * 4);
      return { ...box, payload };
    });

const ONE = 0x10000;

/** Shows the picture through a matrix: where a step to the right goes, then a step down. */
export const shownThrough = (right: readonly [number, number], down: readonly [number, number]) =>
  poke("tkhd", 0, 40, [...right.map((v) => Math.round(v * ONE)), 0, ...down.map((v) => Math.round(v * ONE)), 0]);

/** Says in the track header alone how wide the picture is shown. */
export const shownAsWide = (pixels: number) => poke("tkhd", 0, 76, [pixels * ONE]);

/** Lets the edit list of a track show only so much, ms. */
export const editedTo = (track: number, ms: number) => poke("elst", track, 8, [ms]);

/** Lets the picture begin so much later than the file, ms: an empty edit before its own. */
export const delayedBy =
  (ms: number) =>
  (bytes: Buffer): Buffer =>
    editBoxes(bytes, (box, track) => {
      if (box.type !== "elst" || track !== 0) return box;
      const payload = Buffer.concat([box.payload.subarray(0, 8), Buffer.alloc(12), box.payload.subarray(8)]);
      for (const [index, value] of [2, ms, -1, ONE].entries()) payload.writeInt32BE(value, 4 + index * 4);
      return { ...box, payload };
    });

/** Edit lists in numbers of 64 bits. */
export const longEdits = (bytes: Buffer): Buffer =>
  editBoxes(bytes, (box) => {
    if (box.type !== "elst") return box;
    const count = box.payload.readUInt32BE(4);
    const payload = Buffer.alloc(8 + count * 20);
    payload.writeUInt32BE(0x01000000);
    payload.writeUInt32BE(count, 4);
    for (let index = 0; index < count; index += 1) {
      payload.writeBigUInt64BE(BigInt(box.payload.readUInt32BE(8 + index * 12)), 8 + index * 20);
      payload.writeBigInt64BE(BigInt(box.payload.readInt32BE(12 + index * 12)), 16 + index * 20);
      payload.writeUInt32BE(box.payload.readUInt32BE(16 + index * 12), 24 + index * 20);
    }
    return { ...box, payload };
  });

/** Places of packets in numbers of 64 bits. */
export const longOffsets = (bytes: Buffer): Buffer =>
  editBoxes(bytes, (box) => {
    if (box.type !== "stco") return box;
    const count = box.payload.readUInt32BE(4);
    const payload = Buffer.alloc(8 + count * 8);
    payload.writeUInt32BE(count, 4);
    for (let index = 0; index < count; index += 1)
      payload.writeBigUInt64BE(BigInt(box.payload.readUInt32BE(8 + index * 4)), 8 + index * 8);
    return { type: "co64", payload };
  });
