/** How pictures are coded, shaped and laid out in files. */
import { delayedBy, editedTo, longEdits, longOffsets, shownThrough } from "./boxes.ts";
import { data, fragments, primed, range, tags, x264 } from "./options.ts";
import type { Row } from "./recipe.ts";

/** How pictures are coded. */
export const codings: readonly Row[] = [
  { name: "intra refresh", video: x264("intra-refresh=1") },
  { name: "open groups", video: x264("open-gop=1") },
  { name: "baseline", video: x264("", "-profile:v", "baseline") },
  { name: "no B-frames", video: x264("bframes=0") },
  { name: "deep B-pyramid", video: x264("bframes=8:b-pyramid=normal:b-adapt=0:ref=6") },
  { name: "several slices", video: x264("slices=4") },
  { name: "one group", video: x264("keyint=999") },
  { name: "4:2:2", video: x264("", "-pix_fmt", "yuv422p"), treatment: "encode" },
  { name: "4:4:4", video: x264("", "-pix_fmt", "yuv444p"), treatment: "encode" },
  { name: "10 bit", video: x264("", "-pix_fmt", "yuv420p10le"), treatment: "encode" },
  {
    name: "HLG",
    video: [...x264("", "-pix_fmt", "yuv420p10le"), ...tags("bt2020nc", "bt2020", "arib-std-b67")],
    colour: { matrix: "bt2020nc", range: "tv" },
    anyPicture: true,
  },
  {
    name: "PQ",
    video: [...x264("", "-pix_fmt", "yuv420p10le"), ...tags("bt2020nc", "bt2020", "smpte2084")],
    colour: { matrix: "bt2020nc", range: "tv" },
    anyPicture: true,
  },
  {
    name: "full range",
    video: [...x264("", "-pix_fmt", "yuvj420p"), "-color_range", "pc"],
    colour: { matrix: "bt601", range: "pc" },
  },
  {
    name: "interlaced",
    video: x264("", "-flags", "+ilme+ildct", "-vf", "setfield=tff"),
    leastDb: 22,
    treatment: "encode",
  },
];

/** Sizes, rates and directions. */
export const shapes: readonly Row[] = [
  {
    name: "on its side",
    video: x264("", "-vf", "transpose=cclock"),
    patch: shownThrough([0, 1], [-1, 0]),
    treatment: "encode",
  },
  {
    name: "on its other side",
    video: x264("", "-vf", "transpose=clock"),
    patch: shownThrough([0, -1], [1, 0]),
    treatment: "encode",
  },
  {
    name: "on its head",
    video: x264("", "-vf", "hflip,vflip"),
    patch: shownThrough([-1, 0], [0, -1]),
    treatment: "encode",
  },
  {
    name: "on its side and mirrored",
    video: x264("", "-vf", "transpose=cclock_flip"),
    patch: shownThrough([0, 1], [1, 0]),
    treatment: "encode",
  },
  {
    name: "turned by 45 degrees",
    patch: shownThrough([Math.SQRT1_2, Math.SQRT1_2], [-Math.SQRT1_2, Math.SQRT1_2]),
    anyPicture: true,
  },
  {
    name: "oblong pixels",
    video: x264("", "-vf", "setsar=4/3"),
    seen: { width: 213, height: 96 },
    treatment: "encode",
  },
  { name: "odd size", size: "161x97", video: x264("", "-pix_fmt", "yuv444p"), treatment: "encode" },
  { name: "upright", size: "96x160", colourTolerance: 24, leastDb: 16, treatment: "encode" },
  { name: "832x480 at 16 fps", size: "832x480", rate: "16", frames: 16, video: [...x264(), "-preset", "ultrafast"] },
  { name: "768x448", size: "768x448", rate: "25", frames: 25, video: [...x264(), "-preset", "ultrafast"] },
  { name: "23.976 fps", rate: "24000/1001" },
  { name: "24 fps", rate: "24" },
  { name: "29.97 fps", rate: "30000/1001" },
  { name: "30 fps", rate: "30" },
  { name: "60 fps", rate: "60", frames: 72 },
  { name: "one frame", frames: 1 },
  { name: "two frames", frames: 2 },
];

/** How files are laid out. */
export const files: readonly Row[] = [
  { name: "pure fragments", ...fragments("frag_keyframe+empty_moov") },
  { name: "fragments with bases", ...fragments("frag_keyframe+empty_moov+default_base_moof") },
  {
    name: "short fragments",
    ...primed,
    output: ["-movflags", "empty_moov+default_base_moof", "-frag_duration", "200000"],
    video: x264("bframes=0"),
  },
  {
    name: "segments for streaming",
    ...primed,
    video: x264("bframes=0"),
    ...fragments("cmaf+frag_keyframe+delay_moov"),
  },
  { name: "64-bit places", patch: longOffsets, treatment: "copy" },
  { name: "64-bit edit lists", patch: longEdits, treatment: "copy" },
  { name: "time code", extension: "mov", output: ["-timecode", "01:00:00:00"] },
  {
    name: "chapters",
    again: {
      after: [
        "-f",
        "ffmetadata",
        "-i",
        data(
          ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=700\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=700\nEND=1500\ntitle=Two\n",
        ),
        "-map_metadata",
        "1",
        "-map_chapters",
        "1",
        "-map",
        "0",
        "-c",
        "copy",
      ],
    },
  },
  {
    name: "hidden leading frames",
    frames: 48,
    shows: range(18, 48),
    again: { before: ["-ss", "0.7"], after: ["-c", "copy"] },
  },
  { name: "hidden trailing frames", shows: range(0, 24), patch: editedTo(0, 960) },
  { name: "late picture", sound: { from: -0.3 }, patch: delayedBy(300) },
];
