/** What of a sequence parameter set matters to decoding (ITU-T H.264, 7.3.2.1.1 and E.1.1). */

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

/** Chroma, bit depth and scaling, which only high profiles have. */
function skipHighFields(read: Bits): void {
  const chroma = read.golomb();
  if (chroma === 3) read.bits(1);
  read.golomb();
  read.golomb();
  read.bits(1);
  if (!read.flag()) return;
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list += 1)
    if (read.flag()) skipScalingList(read, list < 6 ? 16 : 64);
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

/** From the id up to what says how the picture is shown. */
function skipToDisplay(read: Bits, profile: number): void {
  read.golomb();
  if (HIGH_PROFILES.includes(profile)) skipHighFields(read);
  read.golomb();
  skipOrderCount(read);
  read.golomb();
  read.bits(1);
  read.golomb();
  read.golomb();
  if (!read.flag()) read.bits(1);
  read.bits(1);
  if (read.flag()) for (let side = 0; side < 4; side += 1) read.golomb();
}

const EXTENDED_ASPECT = 255;

/** Where colour tags and clock stand in what says how the picture is shown. */
function tagSpans(read: Bits): readonly (readonly [from: number, to: number])[] {
  if (!read.flag()) return [];
  if (read.flag() && read.bits(8) === EXTENDED_ASPECT) read.bits(32);
  if (read.flag()) read.bits(1);
  const colour = read.place();
  if (read.flag()) {
    read.bits(4);
    if (read.flag()) read.bits(24);
  }
  const colourEnd = read.place();
  if (read.flag()) {
    read.golomb();
    read.golomb();
  }
  const clock = read.place();
  if (read.flag()) read.bits(65);
  return [
    [colour, colourEnd],
    [clock, read.place()],
  ];
}

/**
 * Everything in a sequence parameter set but its level, its colour tags and its clock: where two have the same, a
 * decoder makes the same pictures with either. Undefined for one that cannot be read.
 */
export function decodingBits(nal: Uint8Array): string | undefined {
  try {
    const read = bitReader(nal);
    read.bits(8);
    const profile = read.bits(8);
    read.bits(8);
    const level = read.place();
    read.bits(8);
    skipToDisplay(read, profile);
    const spans = [[level, level + 8] as const, ...tagSpans(read)];
    let kept = "";
    let at = 0;
    for (const [from, to] of spans) {
      kept += `${read.all.slice(at, from)} `;
      at = to;
    }
    return kept + read.all.slice(at).replace(/0*$/, "");
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}
