import { CONTAINERS, type Container, DECODERS } from "../../src/media/ffmpeg/containers.ts";
import { code, page, table } from "./markdown.ts";

/** Codecs for people; any other is shown by its own name. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ h264: "H.264", hevc: "HEVC", vp8: "VP8", vp9: "VP9", av1: "AV1", prores: "ProRes", mpeg4: "MPEG-4 part 2" },
  ...{ mpeg2video: "MPEG-2", mjpeg: "Motion JPEG", gif: "GIF", apng: "APNG" },
  ...{ aac: "AAC", mp3: "MP3", mp2: "MP2", opus: "Opus", vorbis: "Vorbis", ac3: "AC-3", eac3: "E-AC-3" },
  ...{ flac: "FLAC", alac: "ALAC" },
};

const isPcm = (codec: string): boolean => codec.startsWith("pcm_");

function namesOf(codecs: readonly string[]): string {
  const named = codecs.filter((codec) => !isPcm(codec)).map((codec) => NAMES[codec] ?? codec);
  return [...named, ...(codecs.some(isPcm) ? ["PCM"] : [])].join(", ");
}

/** docs/reference/clips.md */
export function clipsPage(): string {
  const rows = Object.values(CONTAINERS).map(({ name, toldBy, demuxer, picture, sound }: Container) => [
    ...[name, toldBy, namesOf(picture), sound.length === 0 ? "none" : namesOf(sound), code(demuxer)],
  ]);
  const codecs = Object.entries(DECODERS).filter(([codec]) => !isPcm(codec));
  const pcm = Object.keys(DECODERS).filter(isPcm).map(code).join(", ");
  return page("Clips that can be joined", [
    "What a file is, its first bytes tell: neither its name nor its declared type is believed. It is read by the one demuxer of its container and by the decoders below, from this disk only. Playlists, lists of files, image sequences and addresses are refused, and so is what lies in another file. The table is `CONTAINERS` in `src/media/ffmpeg/containers.ts`.",
    table(["container", "told by", "picture", "sound", "demuxer"], rows),
    "Packets of H.264 in MP4 are copied where they fit the film. Everything else is encoded, each clip from its own file. Sound may be missing.",
    "## How it is taken",
    table(
      ["what", "becomes"],
      [
        ["a second picture or sound track, subtitles, a cover", "Left out, and named in the report."],
        ["transparent parts", "Black. Transparency of VP8 and VP9 is not decoded: what lies under it is seen."],
        ["mono", "Heard on both sides, as loud as it is."],
        [
          "3 to 8 channels",
          "Mixed down by ITU-R BS.775: centre and surround at -3 dB, no low-frequency effects. Not evened out; lowered just as much as it would clip, and the report says by how much.",
        ],
        ["more channels", "The first two."],
        ["any sample rate", "48 kHz."],
        [
          "a transport stream of two recordings, whose times leap",
          "Refused: `ffmpeg -i FILE -c copy NEW.mp4` makes one of it.",
        ],
        [
          "a file that is cut off",
          "Refused. Of a transport stream what is there is taken, where no packet is broken: it has no end that could be missing.",
        ],
        ["MP3 in AVI", "Up to 25 ms late: AVI does not tell how much its encoder put before the first sample."],
      ],
    ),
    "## Decoders",
    "ffmpeg takes the first of them that it has. `vidpipe doctor` names the codecs of which this machine has none.",
    table(
      ["codec", "decoders"],
      [...codecs.map(([codec, names]) => [NAMES[codec] ?? codec, names.map(code).join(", ")]), ["PCM", pcm]],
    ),
  ]);
}
