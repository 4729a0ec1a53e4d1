/** Google's seeds are signed 32-bit numbers; ours are unsigned. */
const SEED_LIMIT = 2 ** 31;

/** The seed as Google takes it, or nothing. */
export const googleSeed = (seed: number | null): { seed?: number } =>
  seed === null ? {} : { seed: seed % SEED_LIMIT };

/** Bytes as JSON carries them. */
export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
