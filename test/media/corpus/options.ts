/** What recipes share: ffmpeg options of the usual encoders. Pure. */

export const x264 = (params = "", ...more: string[]) => [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p"],
  ...["-x264-params", `keyint=12:min-keyint=1:scenecut=0${params === "" ? "" : `:${params}`}`, ...more],
];
export const tags = (matrix: string, primaries = matrix, transfer = matrix, range = "tv") => [
  ...["-color_range", range, "-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer],
];
export const BT709 = { matrix: "bt709", range: "tv" } as const;
export const HD = { size: "1280x720", frames: 24, colour: BT709, video: [...x264(), "-preset", "ultrafast"] } as const;
export const aac = (...more: string[]) => ["-c:a", "aac", "-b:a", "128k", ...more];
export const data = (text: string) => `data:text/plain;base64,${Buffer.from(text).toString("base64")}`;
export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
export const x265 = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "16", "-pix_fmt", "yuv420p"];
export const hevc = (params = "") => [...x265, "-x265-params", `log-level=none:keyint=12${params}`];
export const vpx = (codec: string) => [
  "-c:v",
  codec,
  "-b:v",
  "2M",
  "-deadline",
  "realtime",
  "-cpu-used",
  "8",
  "-g",
  "24",
  "-pix_fmt",
  "yuv420p",
];
export const opus = ["-c:a", "libopus", "-b:a", "96k"];
export const weak = ["-b:v", "4M", "-g", "12", "-pix_fmt", "yuv420p"];
/** Sound whose priming begins with the picture: fragments have no edit list that would hide it. */
export const primed = { sound: { from: 1_024 / 48_000 } };
export const fragments = (flags: string) => ({ output: ["-movflags", flags] });
