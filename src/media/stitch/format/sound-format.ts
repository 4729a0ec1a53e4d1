/** Samples per second of every film. */
export const SAMPLE_RATE = 48_000;

/** Samples in one AAC packet; also what an encoder puts before the first as priming. */
export const PACKET_SAMPLES = 1_024;
