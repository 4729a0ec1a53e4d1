import { MAX_PIXELS } from "../../ffmpeg/args.ts";
import { RawStream } from "../../ffmpeg/probe.ts";
import { tagsOfNumbers } from "../format/colour.ts";
import { parseAvcConfiguration } from "../format/h264-parameter-sets.ts";
import { profileWord, readSequenceParameters, type SequenceParameters } from "../format/h264-sps.ts";
import { viewOf } from "../mp4/boxes.ts";
import type { Mp4Track } from "../mp4/movie.ts";
import type { Mp4File } from "../mp4/packets.ts";
import { isPlainSound } from "./edit-lists.ts";

/** A file's streams in ffprobe's words, as far as they matter here. */
interface Streams {
  readonly video: RawStream;
  readonly audio: RawStream | null;
}

/**
 * What ffprobe would say of the plainest of files, which most models make: H.264 in whole frames of square pixels,
 * 8 bit 4:2:0, with AAC in stereo at 48 kHz or none. To start ffprobe takes longer than to join them. Null for any
 * other, which ffprobe is asked about.
 */
export function plainStreams(mp4: Mp4File): Streams | null {
  const sound = mp4.hasSound ? mp4.track("audio") : null;
  if (sound !== null && !isPlainSound(sound)) return null;
  const video = plainPicture(mp4.track("video"));
  return video === null ? null : { video, audio: sound === null ? null : PLAIN_SOUND };
}

function plainPicture(track: Mp4Track): RawStream | null {
  const avc = track.entry.type === "avc1" ? parseAvcConfiguration(track.entry.description) : undefined;
  const [set, ...others] = avc?.sets.filter(({ kind }) => kind === "sps") ?? [];
  const sps = set === undefined || others.length > 0 ? undefined : readSequenceParameters(set.bytes);
  if (avc === undefined || sps === undefined || !isPlain(sps) || !isAsCoded(track, sps)) return null;
  const colour = colourWords(sps);
  const profile = profileWord(sps.profile, sps.constraints);
  if (colour === null || profile === null) return null;
  return RawStream.parse({
    ...{ index: 0, codec_type: "video", codec_name: "h264", codec_tag_string: "avc1" },
    ...{ profile, level: sps.level, width: sps.width, height: sps.height, field_order: "progressive" },
    ...{ pix_fmt: sps.fullRange === true ? "yuvj420p" : "yuv420p", nal_length_size: avc.lengthBytes, ...colour },
  });
}

const PLAIN_SOUND = RawStream.parse({
  ...{ index: 1, codec_type: "audio", codec_name: "aac", sample_rate: 48_000, channels: 2 },
});

function isPlain({ chroma, lumaBits, chromaBits, wholeFrames, width, height, aspect }: SequenceParameters) {
  const isCommon = chroma === 1 && lumaBits === 8 && chromaBits === 8 && wholeFrames && aspect <= 1;
  return isCommon && width > 0 && height > 0 && width * height <= MAX_PIXELS;
}

/** Whether the track's own head, and the entry around the parameter sets, say no more than these do. */
function isAsCoded(track: Mp4Track, sps: SequenceParameters): boolean {
  const { matrix, shown, entry } = track;
  const [a, b, c, d] = matrix;
  const [width, height] = shown;
  const isTold = [...entry.boxes].every(([type, body]) => PLAIN_BOXES[type]?.(body, sps) ?? false);
  return a === d && a > 0 && b === 0 && c === 0 && width === sps.width && height === sps.height && isTold;
}

/** Boxes beside the parameter sets that may be there, and when they say nothing else. */
const PLAIN_BOXES: Readonly<Partial<Record<string, (body: Uint8Array, sps: SequenceParameters) => boolean>>> = {
  avcC: () => true,
  btrt: () => true,
  pasp: (body) => body.length === 8 && viewOf(body).getUint32(0) === viewOf(body).getUint32(4),
  colr: (body, { colour, fullRange }) => {
    const nclx = [...colour.flatMap((number) => [0, number]), fullRange === true ? 0x80 : 0];
    return Buffer.from(body).equals(Buffer.from([...Buffer.from("nclx"), ...nclx]));
  },
};

function colourWords({ fullRange, colour }: SequenceParameters) {
  const tags = tagsOfNumbers(colour);
  if (tags === null) return null;
  const range = fullRange ? "pc" : "tv";
  return {
    ...{ color_primaries: tags.primaries, color_transfer: tags.transfer, color_space: tags.space },
    color_range: fullRange === null ? "unknown" : range,
  };
}
