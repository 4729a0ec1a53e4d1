/** Clip layouts as they would be measured, for tests of what is decided from them. */
import { CONTAINERS } from "../../../src/media/ffmpeg/containers.ts";
import type { ClipLayout, PictureFormat } from "../../../src/media/stitch/format/clip-layout.ts";
import type { ParameterSet } from "../../../src/media/stitch/format/h264-parameter-sets.ts";

/** The input options of every MP4, word for word. */
export const CONFINED =
  "-protocol_whitelist file -format_whitelist mov -codec_whitelist h264,hevc,vp9,libvpx-vp9,libdav1d,libaom-av1,prores," +
  "mpeg4,mpeg2video,mjpeg,aac,mp3float,mp3,opus,libopus,ac3,eac3,flac,alac,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be," +
  "pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw " +
  "-max_pixels 40000000 -f mov";

export const film720: PictureFormat = {
  size: { width: 1280, height: 720 },
  frameRate: { num: 24, den: 1 },
  colour: { range: "tv", space: "bt709", transfer: "bt709", primaries: "bt709" },
  profile: "High",
  level: 31,
  reorderDepth: 2,
};

export const sps = (id: number, ...content: number[]): ParameterSet => ({
  kind: "sps",
  id,
  bytes: Uint8Array.from([0x67, 100, 0, 31, ...content]),
});

/** A plain clip with an IDR every `gop` frames; copying may end before each frame. */
export function layout(over: Partial<ClipLayout> & { readonly gop?: number } = {}): ClipLayout {
  const { gop = 24, ...rest } = over;
  const frames = rest.frames ?? 192;
  const rate = rest.format?.frameRate ?? film720.frameRate;
  return {
    path: "/clips/a.mp4",
    container: CONTAINERS.mp4,
    sha256: "a",
    bytes: 1,
    modifiedAtMs: 1,
    format: film720,
    frames,
    pictureSeconds: (frames * rate.den) / rate.num,
    pictureStartSeconds: 0,
    hasSound: true,
    soundSeconds: null,
    soundChannels: 2,
    soundPackets: null,
    oddity: null,
    regular: true,
    seekable: true,
    repairs: { interlaced: false, highDynamicRange: false, transparent: false },
    extras: [],
    cleanStarts: Array.from({ length: Math.ceil(frames / gop) }, (_, index) => index * gop),
    cleanEnds: Array.from({ length: frames }, (_, index) => index + 1),
    parameterSets: [sps(0, 1)],
    ...rest,
  };
}
