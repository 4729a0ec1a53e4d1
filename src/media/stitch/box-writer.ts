/** MP4 boxes as bytes. */

/** Numbers as they stand in a file, so many bytes each, the highest first. */
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

/** A box with its length and type in front. */
export const box = (type: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([u32(8 + parts.reduce((sum, part) => sum + part.length, 0)), latin(type), ...parts]);

/** A box that begins with a version, here 0, and flags. */
export const full = (type: string, flags: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  box(type, u32(flags), ...parts);
