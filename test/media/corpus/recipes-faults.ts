/** Clips as most models send them, and those that once lost footage, time, colour or loudness. */
import { editedTo, shownAsWide, shownThrough } from "./boxes.ts";
import { BT709, data, fragments, HD, hevc, primed, range, tags, x264 } from "./options.ts";
import type { Row } from "./recipe.ts";

/** Clips as most models send them: films take their format. */
export const plain: readonly Row[] = [
  { name: "plain", treatment: "copy" },
  { name: "plain, the second", treatment: "copy" },
  { name: "plain, the third", frames: 48, treatment: "copy" },
  { name: "plain with tags", video: [...x264(), ...tags("bt709")], colour: BT709 },
  { name: "plain with moov in front", output: ["-movflags", "+faststart"], treatment: "copy" },
  { name: "no sound", sound: null, treatment: "copy" },
];

/** What once lost footage, time, colour or loudness. */
export const faults: readonly Row[] = [
  { name: "packets in moov and moof", ...primed, video: x264("bframes=0"), ...fragments("frag_keyframe") },
  { name: "QuickTime", extension: "mov" },
  {
    name: "last picture held",
    video: x264("bframes=0"),
    again: { after: ["-c", "copy", "-bsf:v", "setts=duration=if(eq(N\\,39)\\,DURATION+1.5/TB\\,DURATION)"] },
    ends: 3.1,
  },
  { name: "HD without tags", ...HD },
  { name: "HD with tags", ...HD, video: [...HD.video, ...tags("bt709")] },
  { name: "HD HEVC without tags", ...HD, frames: 12, video: hevc() },
  {
    name: "HD in fragments without tags",
    ...HD,
    ...primed,
    video: [...x264("bframes=0"), "-preset", "ultrafast"],
    frames: 12,
    ...fragments("frag_keyframe+empty_moov"),
  },
  { name: "BT.601 tags", video: [...x264(), ...tags("smpte170m")], colourTolerance: 20 },
  { name: "PAL tags", video: [...x264(), ...tags("bt470bg", "bt470bg", "smpte170m")], colourTolerance: 20, rate: "25" },
  { name: "mono", sound: { channels: 1 }, treatment: "copy" },
  { name: "sound cut by its edit list", patch: editedTo(1, 700), heard: { from: 0, to: 0.7 } },
  {
    name: "varying rate",
    video: [...x264(), "-vf", "select=not(eq(mod(n\\,5)\\,3))"],
    output: ["-fps_mode", "vfr", "-video_track_timescale", "90000"],
    shows: range(0, 40).filter((frame) => frame % 5 !== 3),
    treatment: "encode",
  },
  { name: "upside down", video: x264("", "-vf", "vflip"), patch: shownThrough([1, 0], [0, -1]), treatment: "encode" },
  { name: "mirrored", video: x264("", "-vf", "hflip"), patch: shownThrough([-1, 0], [0, 1]), treatment: "encode" },
  {
    name: "4:2:0 in a 4:4:4 profile",
    video: [...x264(), "-qp", "0", "-x264-params", "qp=0:keyint=12"],
    treatment: "encode",
  },
  { name: "wide by its track header", patch: shownAsWide(320), seen: { width: 320, height: 96 }, treatment: "encode" },
  {
    name: "cover picture",
    again: {
      after: [
        ...[
          "-f",
          "lavfi",
          "-i",
          "color=red:s=64x64:r=1:d=1",
          "-map",
          "0",
          "-map",
          "1",
          "-c",
          "copy",
          "-c:v:1",
          "mjpeg",
        ],
        ...["-pix_fmt:v:1", "yuvj420p", "-frames:v:1", "1", "-disposition:v:1", "attached_pic"],
      ],
    },
  },
  {
    name: "subtitles",
    again: {
      after: [
        ...["-f", "srt", "-i", data("1\n00:00:00,000 --> 00:00:01,000\nHello\n")],
        ...["-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text"],
      ],
    },
  },
];
