/** Sample entries as they are read (ISO/IEC 14496-12, 8.5.2; QuickTime File Format, sound descriptions 0 to 2). */
import { bytesFrom, type InnerBox, innerBoxes, viewOf } from "./boxes.ts";

/** What a track's packets are. */
export interface SampleEntry {
  /** Four letters for the codec, e.g. `avc1`. */
  readonly type: string;
  /** All that says how pictures look or sound is coded: the fields and boxes, but for the bit rate. */
  readonly look: Uint8Array;
  /** The decoder's configuration record: avcC for H.264, AudioSpecificConfig for AAC; empty for any other. */
  readonly description: Uint8Array;
}

/** Bytes of an entry, with its head, before the boxes in it. */
const PICTURE_FIELDS = 86;
const SOUND_FIELDS = 36;
/** What QuickTime adds to them, by the version of its sound description. */
const MORE_SOUND_FIELDS = [0, 16, 36] as const;

/** Boxes up to one that is broken: QuickTime ends lists with zeros, and some writers with less. */
function wholeBoxes(bytes: Uint8Array): readonly InnerBox[] {
  const found: InnerBox[] = [];
  try {
    for (const box of innerBoxes(bytes)) found.push(box);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return found;
}

const bodyOf = (boxes: readonly InnerBox[], type: string): Uint8Array | undefined =>
  boxes.find((box) => box.type === type)?.body;

/** Reads a picture's entry. In memory of its own: all the tables would stay with it else. */
export function pictureEntryOf({ type, whole }: InnerBox): SampleEntry {
  const boxes = wholeBoxes(whole.subarray(PICTURE_FIELDS));
  const lasting = boxes.filter((box) => box.type !== "btrt").map((box) => box.whole);
  const look = new Uint8Array(Buffer.concat([whole.subarray(4, PICTURE_FIELDS), ...lasting]));
  return { type, look, description: bodyOf(boxes, "avcC")?.slice() ?? new Uint8Array(0) };
}

/** Reads a sound's entry. `quickTime`: the version in it counts, which files of ISO's own kind use otherwise. */
export function soundEntryOf({ type, whole }: InnerBox, quickTime: boolean): SampleEntry {
  const version = quickTime && whole.length >= SOUND_FIELDS ? viewOf(whole).getUint16(16) : 0;
  const boxes = wholeBoxes(whole.subarray(SOUND_FIELDS + (MORE_SOUND_FIELDS[version] ?? 0)));
  const esds = bodyOf(boxes, "esds") ?? bodyOf(wholeBoxes(bodyOf(boxes, "wave") ?? new Uint8Array(0)), "esds");
  const description = (esds && decoderSpecificInfo(esds)) ?? new Uint8Array(0);
  const look = new Uint8Array(Buffer.concat([whole.subarray(4, SOUND_FIELDS), description]));
  return { type, look, description };
}

/** The decoder's own configuration from an `esds` box (ISO/IEC 14496-14, 3.1.2): AudioSpecificConfig for AAC. */
function decoderSpecificInfo(esds: Uint8Array): Uint8Array | undefined {
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
    else at += Math.max(0, length);
  }
  return undefined;
}

/** The entries of an `stsd` box, and whether versions in them are QuickTime's. */
export function entriesOf(stsd: DataView): { readonly entries: readonly InnerBox[]; readonly oldForm: boolean } {
  return { entries: [...innerBoxes(bytesFrom(stsd, 8))], oldForm: stsd.getUint8(0) === 0 };
}
