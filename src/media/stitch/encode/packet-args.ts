/** Packets on a pipe: exact ffmpeg arguments, and the framing that raw streams need. Pure. */
import { ffmpegStart, fileUrl, MAX_PIXELS, PROGRESS } from "../../ffmpeg/args.ts";
import type { ParameterSet } from "../format/h264-parameter-sets.ts";
import { soundEncoderArgs } from "../sound/sound-args.ts";

const confined = (protocol: string, format: string): string[] => [
  ...["-protocol_whitelist", protocol, "-format_whitelist", format, "-codec_whitelist", format],
  ...["-max_pixels", String(MAX_PIXELS), "-f", format],
];

const piped = (format: string): string[] => [
  ...ffmpegStart().filter((arg) => arg !== "-nostdin"),
  ...[...confined("pipe", format), "-i", "pipe:0"],
];

/**
 * Decodes H.264 from standard input to nothing, counting frames; and, when there is any, AAC from a file, with a line
 * for each packet in another.
 */
export const decodeNewArgs = (
  sound: { readonly sound: string; readonly decoded: string } | null,
): readonly string[] => [
  ...piped("h264"),
  ...(sound === null ? [] : [...confined("file", "aac"), "-i", fileUrl(sound.sound)]),
  ...["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", ...PROGRESS, "-"],
  ...(sound === null ? [] : ["-map", "1:a:0", "-c:a", "pcm_s16le", "-f", "framecrc", fileUrl(sound.decoded)]),
];

/**
 * Encodes the sound of AAC packets again. They come in rounds of equal length; in each round the packets at `useless`
 * places only prepare the decoder for those after them.
 */
export const remakeSoundArgs = (round: number, useless: readonly number[], output: string): readonly string[] => [
  ...piped("aac"),
  "-af",
  `aselect='not(${useless.map((place) => `eq(mod(n,${round}),${place})`).join("+")})',asetpts=N/SR/TB`,
  // Closer to the source here than the default coder, in half the time. Joint stereo is not worth its search.
  ...soundEncoderArgs(output, "-aac_coder", "fast", "-aac_ms", "0"),
];

/** Ms to decode packets: a minute, and a second for each. */
export const packetsTimeoutMs = (packets: number): number => 60_000 + packets * 1_000;

/** An AAC-LC packet of 48 kHz stereo with the head that tells it apart in a stream (ADTS, ISO/IEC 13818-7). */
export function adtsFrame(packet: Uint8Array): Uint8Array {
  const length = packet.length + 7;
  const frame = new Uint8Array(length);
  // Sync word, MPEG-4, no checksum; LC, 48 kHz (index 3), 2 channels; length in 13 bits; buffer fullness unknown.
  frame.set([0xff, 0xf1, 0x4c, 0x80 | (length >> 11), (length >> 3) & 0xff, ((length & 7) << 5) | 0x1f, 0xfc]);
  frame.set(packet, 7);
  return frame;
}

const START_CODE = [0, 0, 0, 1] as const;

/** Parameter sets as they stand in a stream. */
export const annexBSets = (sets: readonly ParameterSet[]): Uint8Array =>
  Uint8Array.from(sets.flatMap((set) => [...START_CODE, ...set.bytes]));

/** A packet of NAL units behind 4-byte lengths as it stands in a stream; undefined when the lengths do not add up. */
export function annexB(packet: Uint8Array): Uint8Array | undefined {
  const stream = new Uint8Array(packet); // not slice, which does not copy a Buffer
  const view = new DataView(stream.buffer);
  let at = 0;
  while (at + 4 <= stream.length) {
    const length = view.getUint32(at);
    stream.set(START_CODE, at);
    at += 4 + length;
  }
  return at === stream.length ? stream : undefined;
}
