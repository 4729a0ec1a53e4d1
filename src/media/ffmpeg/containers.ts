/** The one table of what can be joined: containers by their first bytes, and the decoders that each may use. Pure. */
import { stillTypeOf } from "../../domain/media.ts";

/** Decoders of each picture codec, by ffprobe's name for it: ffmpeg takes the first that it has. */
const PICTURE_DECODERS = {
  h264: ["h264"],
  hevc: ["hevc"],
  vp8: ["vp8", "libvpx"],
  vp9: ["vp9", "libvpx-vp9"],
  av1: ["libdav1d", "libaom-av1"],
  prores: ["prores"],
  mpeg4: ["mpeg4"],
  mpeg2video: ["mpeg2video"],
  mjpeg: ["mjpeg"],
  gif: ["gif"],
  apng: ["apng"],
} as const;

const PCM = [
  ...["pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be"],
  ...["pcm_f64le", "pcm_f64be", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw"],
];

/** Decoders of each sound codec, likewise. */
const SOUND_DECODERS: Readonly<Record<string, readonly string[]>> = {
  aac: ["aac"],
  mp3: ["mp3float", "mp3"],
  mp2: ["mp2float", "mp2"],
  opus: ["opus", "libopus"],
  vorbis: ["vorbis", "libvorbis"],
  ac3: ["ac3"],
  eac3: ["eac3"],
  flac: ["flac"],
  alac: ["alac"],
  ...Object.fromEntries(PCM.map((name) => [name, [name]])),
};

/** Every codec that some container may hold, and its decoders. */
export const DECODERS: Readonly<Record<string, readonly string[]>> = { ...PICTURE_DECODERS, ...SOUND_DECODERS };

/** A kind of file that can be joined. */
export interface Container {
  /** For people, e.g. `MP4`. */
  readonly name: string;
  /** The only demuxer that may read it; given to ffmpeg, so that it never guesses. */
  readonly demuxer: string;
  /**
   * True when its header tells how long each stream is and where each packet lies. Of any other the packets are asked,
   * and it is read from its start rather than sought in: what is found in the middle need not decode.
   */
  readonly indexed: boolean;
  /** How it is told, for people. */
  readonly toldBy: string;
  /** Whether a file that begins so is one. Neither its name nor its declared type is believed. */
  readonly begins: (head: Uint8Array) => boolean;
  /** Whether a whole file may end so; absent where a missing end does not go unnoticed. */
  readonly ends?: (tail: Uint8Array) => boolean;
  /** Picture codecs that it may hold, by ffprobe's names. */
  readonly picture: readonly string[];
  /** Sound codecs, likewise. */
  readonly sound: readonly string[];
}

/** A file that is known to begin like one of the containers. */
export interface ClipFile {
  readonly path: string;
  readonly container: Container;
  /**
   * True for an MP4 of which some packets are told by fragments. Its edit lists count none of these, and are then only
   * believed where they begin: ffmpeg would leave out all packets of an edit without a length.
   */
  readonly fragmented?: boolean;
}

/** First bytes of a file that tell its container: what a PNG says before its picture may be a colour profile of 3 kB. */
export const HEAD_BYTES = 8_192;

/** Last bytes of a file that tell whether it ends as it should. */
export const TAIL_BYTES = 64;

const latin1 = (head: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...head.subarray(from, Math.min(to, head.length)));

/** The types of box that an MP4 may begin with. */
const FIRST_BOXES = ["ftyp", "moov", "mdat", "free", "skip", "wide", "pnot"];

/** Brands of ISO files that are still pictures. */
const STILL_BRANDS = ["avif", "heic", "heix", "mif1"];

/** True when at least three packets of that many bytes follow each other, each with the sync byte at its place. */
const isInPackets = (head: Uint8Array, bytes: number, at: number): boolean =>
  head.length > 2 * bytes + at && head.subarray(at).every((byte, place) => place % bytes > 0 || byte === 0x47);

/** All that can be joined. The order matters to nobody: no file begins like two of them. */
export const CONTAINERS = {
  mp4: {
    name: "MP4",
    demuxer: "mov",
    indexed: true,
    toldBy: "`ftyp`, or another first box of MP4, MOV, M4V or 3GP",
    begins: (head) => FIRST_BOXES.includes(latin1(head, 4, 8)) && !STILL_BRANDS.includes(latin1(head, 8, 12)),
    picture: ["h264", "hevc", "vp9", "av1", "prores", "mpeg4", "mpeg2video", "mjpeg"],
    sound: ["aac", "mp3", "opus", "ac3", "eac3", "flac", "alac", ...PCM],
  },
  matroska: {
    name: "WebM or Matroska",
    demuxer: "matroska",
    indexed: false,
    toldBy: "the EBML mark `1A 45 DF A3`",
    begins: (head) => latin1(head, 0, 4) === "\x1a\x45\xdf\xa3",
    picture: ["h264", "hevc", "vp8", "vp9", "av1", "prores", "mpeg4", "mpeg2video", "mjpeg"],
    sound: ["aac", "mp3", "mp2", "opus", "vorbis", "ac3", "eac3", "flac", "alac", ...PCM],
  },
  mpegts: {
    name: "MPEG-TS",
    demuxer: "mpegts",
    indexed: false,
    toldBy: "the sync byte `47` of three packets of 188 or 192 bytes",
    begins: (head) => isInPackets(head, 188, 0) || isInPackets(head, 192, 4),
    picture: ["h264", "hevc", "mpeg4", "mpeg2video"],
    sound: ["aac", "mp3", "mp2", "opus", "ac3", "eac3"],
  },
  avi: {
    name: "AVI",
    demuxer: "avi",
    indexed: false,
    toldBy: "`RIFF` and `AVI `",
    begins: (head) => latin1(head, 0, 4) === "RIFF" && latin1(head, 8, 12) === "AVI ",
    picture: ["h264", "mpeg4", "mpeg2video", "mjpeg"],
    sound: ["aac", "mp3", "mp2", "ac3", ...PCM],
  },
  gif: {
    name: "GIF",
    demuxer: "gif",
    indexed: false,
    toldBy: "`GIF87a` or `GIF89a`",
    begins: (head) => ["GIF87a", "GIF89a"].includes(latin1(head, 0, 6)),
    // The last block's end, and the trailer; then perhaps filling.
    ends: (tail) => /\0;[\0\s]*$/.test(latin1(tail, 0, TAIL_BYTES)),
    picture: ["gif"],
    sound: [],
  },
  apng: {
    name: "animated PNG",
    demuxer: "apng",
    indexed: false,
    toldBy: "the mark of PNG and an `acTL` chunk before its pictures",
    begins: (head) => stillTypeOf(head) === "image/png" && latin1(head, 0, HEAD_BYTES).includes("acTL"),
    picture: ["apng"],
    sound: [],
  },
} as const satisfies Record<string, Container>;

const rows: readonly Container[] = Object.values(CONTAINERS);

/** What a file is by its first `HEAD_BYTES` bytes; null when it is nothing that can be joined. */
export const containerOf = (head: Uint8Array): Container | null => rows.find(({ begins }) => begins(head)) ?? null;

/** The names of all containers, for messages. */
export const CONTAINER_NAMES = rows.map(({ name }) => name).join(", ");

/** Names of decoders that a container's picture and sound may use. */
export const decodersOf = ({ picture, sound }: Container): readonly string[] =>
  [...picture, ...sound].flatMap((codec) => DECODERS[codec] ?? []);

/** Whether a codec, by ffprobe's name, may lie in a container. */
export const holds = ({ picture, sound }: Container, codec: string): boolean =>
  picture.includes(codec) || sound.includes(codec);

/** What a container may hold, as part of a message. */
export const acceptedCodecs = ({ picture, sound }: Container): string =>
  `it may hold ${[...picture, ...sound.filter((codec) => !PCM.includes(codec))].join(", ")}${sound.includes("pcm_s16le") ? " and PCM" : ""}`;

/** What people most often take for a clip, by how it begins: as text, or byte for byte. */
const MISTAKEN: readonly (readonly [begins: RegExp | string, what: string])[] = [
  [/^#EXTM3U/, "a playlist"],
  [/^ffconcat/, "a list of files"],
  [/^\s*<(!doctype html|html|head|body)/i, "a web page"],
  [/^\s*<(\?xml|MPD|svg)/, "an XML document"],
  ["%PDF", "a PDF"],
  ["PK", "a ZIP archive"],
  ["\x1f\x8b", "a gzip archive"],
  [/^....ftyp(avif|heic|heix|mif1)/s, "a still picture"],
  [/^(RIFF....WAVE|fLaC|ID3)/s, "a sound file"],
  ["OggS", "Ogg"],
  ["FLV", "Flash video"],
  ["0&\xb2u", "Windows Media"],
  ["\0\0\x01\xba", "an MPEG program stream"],
  [/^[\P{Cc}\s]+$/u, "text"],
];

/** What a file that cannot be joined seems to be, in words. */
export function mistakenFor(head: Uint8Array): string {
  if (stillTypeOf(head) !== null) return "a still picture";
  const bytes = latin1(head, 0, HEAD_BYTES);
  const text = new TextDecoder().decode(head);
  const isSo = (begins: RegExp | string) => (typeof begins === "string" ? bytes.startsWith(begins) : begins.test(text));
  return MISTAKEN.find(([begins]) => isSo(begins))?.[1] ?? "a file of an unknown kind";
}
