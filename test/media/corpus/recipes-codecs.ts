/** Codecs and containers of picture and sound. */
import { hevc, opus, vpx, weak, x264 } from "./options.ts";
import type { Row } from "./recipe.ts";

/** Codecs and containers of the picture. */
export const pictures: readonly Row[] = [
  { name: "HEVC", video: [...hevc(), "-tag:v", "hvc1"], treatment: "encode" },
  { name: "HEVC with sets in the packets", video: [...hevc(":repeat-headers=1"), "-tag:v", "hev1"] },
  { name: "H.264 with sets in the packets", video: [...x264("repeat-headers=1"), "-tag:v", "avc3"] },
  { name: "VP9 in WebM", extension: "webm", video: vpx("libvpx-vp9"), audio: opus },
  { name: "VP9 in MP4", video: vpx("libvpx-vp9") },
  { name: "VP8 in WebM", extension: "webm", video: vpx("libvpx"), audio: ["-c:a", "libvorbis"] },
  {
    name: "AV1 in MP4",
    video: ["-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "2M", "-pix_fmt", "yuv420p"],
  },
  {
    name: "AV1 in Matroska",
    extension: "mkv",
    video: ["-c:v", "libsvtav1", "-preset", "12", "-crf", "20", "-pix_fmt", "yuv420p"],
    audio: opus,
  },
  {
    name: "ProRes",
    extension: "mov",
    video: ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"],
    audio: ["-c:a", "pcm_s16le"],
  },
  { name: "MPEG-4", video: ["-c:v", "mpeg4", ...weak] },
  {
    name: "MPEG-2 in a transport stream",
    extension: "ts",
    video: ["-c:v", "mpeg2video", ...weak],
    audio: ["-c:a", "mp2"],
  },
  { name: "H.264 in a transport stream", extension: "ts" },
  { name: "H.264 in Matroska", extension: "mkv" },
  {
    name: "GIF",
    extension: "gif",
    rate: "25",
    frames: 25,
    sound: null,
    colourTolerance: 40,
    video: ["-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse"],
  },
  {
    name: "Motion JPEG",
    extension: "mov",
    video: ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"],
    colour: { matrix: "bt601", range: "pc" },
  },
];

/** Codecs and kinds of sound. */
export const sounds: readonly Row[] = [
  { name: "5.1 sound", sound: { channels: 6 }, level: [-9, 1] },
  { name: "sound of 44,100 Hz", sound: { rate: 44_100 } },
  { name: "mono of 22,050 Hz", sound: { rate: 22_050, channels: 1 } },
  { name: "MP3", audio: ["-c:a", "libmp3lame"] },
  { name: "Opus in MP4", audio: opus },
  { name: "Vorbis in Matroska", extension: "mkv", audio: ["-c:a", "libvorbis"] },
  { name: "AC-3", audio: ["-c:a", "ac3"] },
  { name: "E-AC-3", audio: ["-c:a", "eac3"] },
  { name: "FLAC in MP4", audio: ["-c:a", "flac", "-strict", "experimental"] },
  { name: "ALAC", extension: "mov", audio: ["-c:a", "alac"] },
  { name: "PCM", extension: "mov", audio: ["-c:a", "pcm_s24le"] },
  { name: "late sound", sound: { from: 0.4 }, heard: { from: 0.4, to: 1.6 } },
  { name: "tiny sound", sound: { to: 0.05 } },
  { name: "sound longer than the picture", sound: { to: 2.5 } },
  { name: "sound shorter than the picture", sound: { to: 0.9 } },
  { name: "two sound tracks", again: { after: ["-map", "0", "-map", "0:a", "-c", "copy"] } },
];
