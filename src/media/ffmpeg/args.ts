/** Exact ffmpeg and ffprobe arguments. Pure: asserted word for word in tests. */
import type { StillType } from "../../domain/media.ts";
import { type ClipFile, type Container, DECODERS, decodersOf } from "./containers.ts";

/** Quiet, and no single allocation above 512 MB, even if a header claims more. */
const PROBE_QUIET = ["-hide_banner", "-v", "error", "-max_alloc", "536870912"] as const;
const QUIET = ["-nostdin", ...PROBE_QUIET] as const;

/** Largest picture that is decoded: 40 megapixels, far above 4K. */
export const MAX_PIXELS = 40_000_000;
/** Input options that refuse a larger one. */
export const FEW_PIXELS = ["-max_pixels", String(MAX_PIXELS)] as const;

/** Counts on standard output while ffmpeg works. */
export const PROGRESS = ["-progress", "pipe:1", "-stats_period", "0.25"] as const;

/**
 * Input options that keep a file from being anything but one of its container on this disk: a playlist can be named
 * .mp4. The lists keep untrusted files away from the rest of ffmpeg's code.
 */
const confined = ({ container, fragmented }: Omit<ClipFile, "path">): string[] => [
  ...["-protocol_whitelist", "file", "-format_whitelist", container.demuxer],
  ...["-codec_whitelist", decodersOf(container).join(",")],
  ...FEW_PIXELS,
  ...["-f", container.demuxer],
  ...(fragmented === true ? ["-advanced_editlist", "0"] : []),
];

/** Never a bare name: `file:` keeps dashes, colons and pipes in it from meaning something. */
export const fileUrl = (path: string): string => `file:${path}`;

/** The start of every ffmpeg command that writes or checks something. `-xerror`: the first error ends it. */
export const ffmpegStart = (): string[] => [...QUIET, "-xerror", "-y"];

/** A clip as an input. `threads` limits its decoder. */
export const clipInput = (file: ClipFile, options: readonly string[] = [], threads?: number): string[] => [
  ...confined(file),
  ...(threads === undefined ? [] : ["-threads", String(threads)]),
  ...options,
  "-i",
  fileUrl(file.path),
];

const STREAM_ENTRIES = [
  "index,codec_type,codec_name,codec_tag_string,profile,level,pix_fmt,width,height,sample_aspect_ratio,field_order",
  "color_range,color_space,color_transfer,color_primaries,avg_frame_rate,r_frame_rate,time_base,start_pts,start_time",
  "duration,duration_ts,nb_frames,has_b_frames,nal_length_size,sample_rate,channels",
].join(",");

/** Decoders of what may lie in a clip beside its picture and sound. */
const BESIDE = {
  pictures: ["png", "bmp"],
  sounds: ["dca", "truehd", "amrnb", "amrwb"],
  words: ["mov_text", "srt", "subrip", "ass", "ssa", "webvtt", "text", "dvbsub", "dvdsub", "pgssub", "cc_dec"],
};

/**
 * What ffprobe may open. It opens the decoder of every stream it finds, and ends where it may not: covers, subtitles
 * and other languages may be more than the first picture and the first sound. Of several lists that hold for a stream
 * the last counts. ffmpeg opens only what is used.
 */
function openable(container: Container): readonly string[] {
  const own = decodersOf(container).join(",");
  const any = Object.values(DECODERS).flat();
  return [
    ...["-codec_whitelist:v", [...any, ...BESIDE.pictures].join(","), "-codec_whitelist:V:0", own],
    ...["-codec_whitelist:a", [...any, ...BESIDE.sounds].join(","), "-codec_whitelist:a:0", own],
    ...["-codec_whitelist:s", BESIDE.words.join(",")],
  ];
}

/** Stream facts as JSON; with `packets`, every packet's times too. */
export function probeArgs(file: ClipFile, packets: boolean): readonly string[] {
  const entries = [
    "format=start_time,duration",
    `stream=${STREAM_ENTRIES}`,
    "stream_disposition=attached_pic",
    "stream_side_data=rotation",
    ...(packets ? ["packet=stream_index,pts,dts,duration,flags"] : []),
  ];
  const input = [...confined(file), ...openable(file.container)];
  return [...PROBE_QUIET, ...input, "-show_entries", entries.join(":"), "-of", "json=c=1", fileUrl(file.path)];
}

/** Decodes a whole clip to nothing, counting its frames. */
export const decodeArgs = (file: ClipFile): readonly string[] => [
  ...ffmpegStart(),
  ...clipInput(file),
  ..."-map 0:V:0 -map 0:a:0? -fps_mode passthrough -f null".split(" "),
  ...PROGRESS,
  "-",
];

/** The demuxer and decoder of each kind of still. */
export const STILL_FORMATS = {
  "image/png": { demuxer: "png_pipe", decoder: "png" },
  "image/jpeg": { demuxer: "jpeg_pipe", decoder: "mjpeg" },
  "image/webp": { demuxer: "webp_pipe", decoder: "webp" },
} as const satisfies Record<StillType, unknown>;

/** The `_pipe` demuxers read one picture and never expand `%d` in a name. */
const stillInput = (format: StillType): string[] => {
  const { demuxer, decoder } = STILL_FORMATS[format];
  return [
    ...["-protocol_whitelist", "file", "-format_whitelist", demuxer, "-codec_whitelist", decoder],
    ...FEW_PIXELS,
    ...["-f", demuxer],
  ];
};

/** A still as an input. `explode`: a cut-off JPEG is otherwise filled up with grey and called good. */
export const pictureInput = (path: string, format: StillType): string[] => [
  ...stillInput(format),
  ...["-err_detect", "explode", "-i", fileUrl(path)],
];

export const probeStillArgs = (path: string, format: StillType): readonly string[] => [
  ...PROBE_QUIET,
  ...stillInput(format),
  ...["-show_entries", "stream=width,height", "-of", "json", fileUrl(path)],
];

export const decodeStillArgs = (path: string, format: StillType): readonly string[] => [
  ...ffmpegStart(),
  ...pictureInput(path, format),
  ...["-frames:v", "1", "-f", "null"],
  ...PROGRESS,
  "-",
];
