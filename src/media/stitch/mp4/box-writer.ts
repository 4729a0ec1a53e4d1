/** MP4 boxes as bytes. */

/** Big-endian numbers of `bytesEach` bytes. */
export function numbers(bytesEach: 1 | 2 | 4 | 8, values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * bytesEach);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < values.length; index += 1) {
    const [at, value] = [index * bytesEach, values[index] ?? 0];
    if (bytesEach === 1) view.setUint8(at, value);
    else if (bytesEach === 2) view.setUint16(at, value);
    else if (bytesEach === 4) view.setUint32(at, value);
    else view.setBigUint64(at, BigInt(value));
  }
  return bytes;
}

/** Numbers of 1 byte each. */
export const u8 = (...values: number[]): Uint8Array => numbers(1, values);
/** Of 2 bytes. */
export const u16 = (...values: number[]): Uint8Array => numbers(2, values);
/** Of 4 bytes. */
export const u32 = (...values: number[]): Uint8Array => numbers(4, values);
/** Characters of one byte each; © is one. */
export const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Bytes in parts: tables are large, and boxes within boxes would copy them again and again. */
export type Parts = readonly Uint8Array[];

/** A box with its length and type in front. */
export function box(type: string, ...content: readonly (Uint8Array | Parts)[]): Parts {
  const parts = content.flat();
  return [u32(8 + lengthOf(parts)), latin(type), ...parts];
}

/** A box that begins with a version, here 0, and flags. */
export const full = (type: string, flags: number, ...content: readonly (Uint8Array | Parts)[]): Parts =>
  box(type, u32(flags), ...content);

/** Bytes of all parts. */
export const lengthOf = (parts: Parts): number => parts.reduce((sum, part) => sum + part.length, 0);
