/** What is read of plain files without ffprobe is what ffprobe says of them. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { CONTAINERS } from "../../../../src/media/ffmpeg/containers.ts";
import { defaultPlaces, findFfmpeg } from "../../../../src/media/ffmpeg/find.ts";
import type { RawStream } from "../../../../src/media/ffmpeg/probe.ts";
import { createRunner } from "../../../../src/media/ffmpeg/run.ts";
import { probe } from "../../../../src/media/ffmpeg/verify.ts";
import { openMp4 } from "../../../../src/media/stitch/mp4/packets.ts";
import { plainStreams } from "../../../../src/media/stitch/probe/plain-streams.ts";
import { type ClipOptions, clip, ffmpeg, realClock, realTool, tempFolder } from "../../../support/media.ts";
import { never } from "../../../support/never.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const x264 = (...options: readonly string[]): ClipOptions => ({
  ...{ frames: 3, size: "64x64", sound: null },
  video: ["-c:v", "libx264", "-preset", "ultrafast", ...options],
});
const tagged = (primaries: string, transfer: string, matrix: string, range = "tv") =>
  x264(
    ...["-pix_fmt", "yuv420p", "-color_primaries", primaries, "-color_trc", transfer],
    ...["-colorspace", matrix, "-color_range", range],
  );
const yuv = ["-pix_fmt", "yuv420p"];

async function asked(path: string): Promise<readonly [RawStream, RawStream | null]> {
  const tools = { paths: await findFfmpeg(null, defaultPlaces), runner: createRunner(realClock), cwd: folder };
  const { video, audio } = await probe(tools, { path, container: CONTAINERS.mp4 }, false, never);
  return [video, audio];
}

/** What is used of a picture's and of a sound's stream. */
const pictureWords = (stream: RawStream | undefined) => ({
  ...{ codec: stream?.codec_name, tag: stream?.codec_tag_string, profile: stream?.profile, level: stream?.level },
  ...{ size: [stream?.width, stream?.height], pixels: stream?.pix_fmt, fields: stream?.field_order },
  ...{ range: stream?.color_range, primaries: stream?.color_primaries, transfer: stream?.color_transfer },
  ...{ matrix: stream?.color_space, lengths: stream?.nal_length_size },
});
const soundWords = (stream: RawStream | null | undefined) =>
  stream ? [stream.codec_name, stream.sample_rate, stream.channels] : null;

describe("ffprobe need not be asked of", () => {
  test.each<[string, ClipOptions]>([
    ["a baseline clip with sound", { ...x264(...yuv, "-profile:v", "baseline"), sound: "stereo" }],
    ["a main clip with B-frames", x264(...yuv, "-preset", "medium", "-profile:v", "main")],
    ["a high clip", x264(...yuv, "-preset", "medium")],
    ["a cropped size of square pixels", { ...x264(...yuv, "-level", "4.1"), size: "70x42", filter: "setsar=1" }],
    ["BT.709 tags", tagged("bt709", "bt709", "bt709")],
    ["PAL tags", tagged("bt470bg", "smpte170m", "bt470bg")],
    ["sRGB's transfer in full range", tagged("bt709", "iec61966-2-1", "bt709", "pc")],
  ])("%s", async (_, options) => {
    const path = await clip(options);
    const own = plainStreams(await openMp4(path));
    const [video, audio] = await asked(path);
    expect(pictureWords(own?.video)).toEqual(pictureWords(video));
    expect(soundWords(own?.audio)).toEqual(soundWords(audio));
  });

  test("a film", async () => {
    const film = join(folder, "film.mp4");
    const clips = [await clip({ frames: 24, seed: 1 }), await clip({ frames: 24, seed: 2 })];
    const report = await realTool().stitch({ clips, crossfadeSeconds: 0.25 }, film, () => {}, never);
    expect(report.media).toEqual(await realTool().verify(film, never));
  });
});

describe("ffprobe is asked of", () => {
  test.each<[string, ClipOptions]>([
    ["oblong pixels", { ...x264(...yuv), filter: "setsar=2/1" }],
    ["4:4:4", x264("-pix_fmt", "yuv444p")],
    ["10 bit", x264("-pix_fmt", "yuv420p10le")],
    ["interlaced pictures", x264(...yuv, "-flags", "+ildct", "-x264-params", "tff=1")],
    ["a wide gamut", tagged("bt2020", "bt2020-10", "bt2020nc")],
    ["mono sound", { ...x264(...yuv), sound: "mono" }],
    ["a sample rate of 44.1 kHz", { ...x264(...yuv), sound: "stereo", soundRate: 44_100 }],
    ["HEVC", { ...x264(), video: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"] }],
  ])("%s", async (_, options) => {
    expect(plainStreams(await openMp4(await clip(options)))).toBeNull();
  });

  test("tags of the file that differ from those of the stream", async () => {
    const path = join(folder, "retagged.mp4");
    const tags = ["-color_primaries", "bt470bg", "-color_trc", "smpte170m", "-colorspace", "bt470bg"];
    await ffmpeg(["-i", await clip(tagged("bt709", "bt709", "bt709")), "-c", "copy", ...tags, path]);
    expect(plainStreams(await openMp4(path))).toBeNull();
  });
});
