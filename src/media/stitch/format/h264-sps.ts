/** H.264 sequence parameter sets (ITU-T H.264, 7.3.2.1.1 and E.1.1). */

/** Reads the bits of a NAL unit, without the bytes that only keep start codes out of it. Past its end it throws. */
function bitReader(nal: Uint8Array) {
  const bytes = nal.filter((byte, at) => !(byte === 3 && at > 1 && nal[at - 1] === 0 && nal[at - 2] === 0));
  const all = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  let at = 0;
  const bits = (count: number): number => {
    if (at + count > all.length) throw new RangeError("the set ends early");
    at += count;
    return Number.parseInt(all.slice(at - count, at), 2);
  };
  /** An Exp-Golomb number; signed ones have other values, but are as long. */
  const golomb = (): number => {
    let zeros = 0;
    while (bits(1) === 0) zeros += 1;
    return zeros === 0 ? 0 : 2 ** zeros - 1 + bits(zeros);
  };
  const signed = (): number => {
    const code = golomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  };
  return { bits, golomb, signed, flag: () => bits(1) === 1, place: () => at, all };
}

type Bits = ReturnType<typeof bitReader>;

const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

function skipScalingList(read: Bits, size: number): void {
  let [last, next] = [8, 8];
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) next = (last + read.signed() + 256) % 256;
    if (next !== 0) last = next;
  }
}

/** What a sequence parameter set says of the pictures, and what of it matters to decoding. */
export interface SequenceParameters {
  /** `profile_idc` and the byte of constraints behind it. */
  readonly profile: number;
  readonly constraints: number;
  /** Ten times the level. */
  readonly level: number;
  /** 1 is 4:2:0. */
  readonly chroma: number;
  readonly lumaBits: number;
  readonly chromaBits: number;
  /** False where pictures may be of two fields. */
  readonly wholeFrames: boolean;
  /** Pixels that are shown; of frames in 4:2:0. */
  readonly width: number;
  readonly height: number;
  /** The number of its shape of pixels (table E-1): 0 unsaid, 1 square. */
  readonly aspect: number;
  /** Null where nothing is said of it. */
  readonly fullRange: boolean | null;
  /** Primaries, transfer and matrix by their numbers (ISO/IEC 23091-2); 2 where it does not say. */
  readonly colour: readonly [number, number, number];
  /**
   * All but the level, the colour tags and the clock: where two sets have the same, a decoder makes the same pictures
   * with either.
   */
  readonly decodingBits: string;
}

/** Chroma, bit depths and scaling, which only high profiles say. */
function highFields(read: Bits): Pick<SequenceParameters, "chroma" | "lumaBits" | "chromaBits"> {
  const chroma = read.golomb();
  if (chroma === 3) read.bits(1);
  const depths = { chroma, lumaBits: 8 + read.golomb(), chromaBits: 8 + read.golomb() };
  read.bits(1);
  if (!read.flag()) return depths;
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list += 1)
    if (read.flag()) skipScalingList(read, list < 6 ? 16 : 64);
  return depths;
}

function skipOrderCount(read: Bits): void {
  const type = read.golomb();
  if (type === 0) read.golomb();
  if (type !== 1) return;
  read.bits(1);
  read.golomb();
  read.golomb();
  for (let left = read.golomb(); left > 0; left -= 1) read.golomb();
}

const MACROBLOCK = 16;
/** Pixels that one step of cropping takes, by kind: of 4:2:0 in both directions, and twice that down for fields. */
const CROP = 2;

function frameFields(read: Bits): Pick<SequenceParameters, "wholeFrames" | "width" | "height"> {
  const across = (read.golomb() + 1) * MACROBLOCK;
  const down = (read.golomb() + 1) * MACROBLOCK;
  const wholeFrames = read.flag();
  if (!wholeFrames) read.bits(1);
  read.bits(1);
  const fields = wholeFrames ? 1 : 2;
  const [left, right, top, bottom] = read.flag()
    ? [read.golomb(), read.golomb(), read.golomb(), read.golomb()]
    : [0, 0, 0, 0];
  return {
    wholeFrames,
    width: across - CROP * (left + right),
    height: fields * (down - CROP * (top + bottom)),
  };
}

const EXTENDED_ASPECT = 255;
const UNSAID = [2, 2, 2] as const;

type Span = readonly [from: number, to: number];
type Shown = Pick<SequenceParameters, "aspect" | "fullRange" | "colour">;

/** What says how the picture is shown, and where its colour tags and its clock stand. */
function shownFields(read: Bits): Shown & { readonly tags: readonly Span[] } {
  if (!read.flag()) return { aspect: 0, fullRange: null, colour: UNSAID, tags: [] };
  const aspect = read.flag() ? read.bits(8) : 0;
  if (aspect === EXTENDED_ASPECT) read.bits(32);
  if (read.flag()) read.bits(1);
  const from = read.place();
  const said = colourFields(read);
  const to = read.place();
  if (read.flag()) {
    read.golomb();
    read.golomb();
  }
  const clock = read.place();
  if (read.flag()) read.bits(65);
  return {
    aspect,
    ...said,
    tags: [
      [from, to],
      [clock, read.place()],
    ],
  };
}

function colourFields(read: Bits): Pick<Shown, "fullRange" | "colour"> {
  if (!read.flag()) return { fullRange: null, colour: UNSAID };
  read.bits(3);
  const fullRange = read.flag();
  return { fullRange, colour: read.flag() ? [read.bits(8), read.bits(8), read.bits(8)] : UNSAID };
}

const PLAIN_DEPTHS = { chroma: 1, lumaBits: 8, chromaBits: 8 } as const;

/** Reads a sequence parameter set; undefined for one that cannot be read. */
export function readSequenceParameters(nal: Uint8Array): SequenceParameters | undefined {
  try {
    const read = bitReader(nal);
    read.bits(8);
    const [profile, constraints] = [read.bits(8), read.bits(8)];
    const levelAt = read.place();
    const level = read.bits(8);
    read.golomb();
    const depths = HIGH_PROFILES.includes(profile) ? highFields(read) : PLAIN_DEPTHS;
    read.golomb();
    skipOrderCount(read);
    read.golomb();
    read.bits(1);
    const frame = frameFields(read);
    const { tags, ...shown } = shownFields(read);
    const decodingBits = without(read.all, [[levelAt, levelAt + 8], ...tags]);
    return { profile, constraints, level, ...depths, ...frame, ...shown, decodingBits };
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** Bits but for some spans of them, and without the zeros that fill up the last byte. */
function without(bits: string, spans: readonly Span[]): string {
  let kept = "";
  let at = 0;
  for (const [from, to] of spans) {
    kept += `${bits.slice(at, from)} `;
    at = to;
  }
  return kept + bits.slice(at).replace(/0*$/, "");
}

/** Bits of the constraints: what makes Baseline what all decoders can do, and a profile one of single pictures. */
const CONSTRAINED = 0x40;
const SINGLE = 0x10;

/** ffprobe's word for a profile that every player plays; null for any other. */
export function profileWord(profile: number, constraints: number): string | null {
  if (profile === 66) return (constraints & CONSTRAINED) === 0 ? "Baseline" : "Constrained Baseline";
  if (profile === 77) return "Main";
  return profile === 100 && (constraints & SINGLE) === 0 ? "High" : null;
}
