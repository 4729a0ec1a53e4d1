/** Every container and codec of the table becomes part of a film, with its frames and its sound in their places. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFile, copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { StitchReport } from "../../../src/domain/media.ts";
import type { Transition } from "../../../src/domain/transition.ts";
import { CONTAINERS } from "../../../src/media/ffmpeg/containers.ts";
import { clip, ffmpeg, realTool, soundSamples, tempFolder, warningsOf } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const into = (name: string) => join(folder, name);
const tool = realTool();
const stitch = (clips: readonly string[], output: string, transitions?: readonly Transition[]) =>
  tool.stitch({ clips, crossfadeSeconds: 0, transitions }, output, () => {}, never);

/** Black for 6 frames and white for 6; a tone as long as the white. */
const FRAMES = 12;
const FLASH = 6;
const PICTURE = `color=black:s=64x64:r=24,trim=end_frame=${FRAMES},drawbox=c=white:t=fill:enable='gte(n,${FLASH})',format=yuv420p`;
const SOUND = "aevalsrc='if(gte(t,0.25),0.5*sin(880*PI*t),0)':s=48000:d=0.5,aformat=channel_layouts=stereo";

const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "6"];
const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"];
const av1 = ["-c:v", "libsvtav1", "-preset", "12"];
const hevc = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=1:frame-threads=1"];
const mpeg4 = ["-c:v", "mpeg4", "-q:v", "3", "-bf", "2"];
const sound = (codec: string, ...more: string[]) => ["-c:a", codec, ...more];

/** A file, how it is made, and the codecs that it holds by the table's names. */
const table: readonly (readonly [name: string, args: readonly string[], holds: readonly string[]])[] = [
  ["live.webm", [...vp9, ...sound("libopus"), "-live", "1"], ["vp9", "opus"]],
  ["vp8.webm", ["-c:v", "libvpx", "-deadline", "realtime", ...sound("libvorbis")], ["vp8", "vorbis"]],
  ["av1.webm", [...av1, ...sound("libopus")], ["av1", "opus"]],
  ["late.mkv", [...x264, ...sound("flac"), "-output_ts_offset", "5"], ["h264", "flac"]],
  ["hevc.mkv", [...hevc, ...sound("pcm_s24le")], ["hevc", "pcm_s24le"]],
  ["wrapped.ts", [...x264, ...sound("eac3"), "-output_ts_offset", "95442.05"], ["h264", "eac3"]],
  ["mpeg2.ts", ["-c:v", "mpeg2video", ...sound("mp2")], ["mpeg2video", "mp2"]],
  ["blu.m2ts", [...x264, ...sound("aac"), "-mpegts_m2ts_mode", "1"], ["h264", "aac"]],
  // Not MP3: AVI cannot tell how much its encoder put before the first sample.
  ["xvid.avi", [...mpeg4, ...sound("ac3")], ["mpeg4", "ac3"]],
  ["camera.avi", ["-c:v", "mjpeg", "-q:v", "2", ...sound("pcm_u8")], ["mjpeg", "pcm_u8"]],
  ["prores.mov", ["-c:v", "prores_ks", ...sound("pcm_s16be")], ["prores", "pcm_s16be"]],
  ["opus.mp4", [...x264, ...sound("libopus")], ["h264", "opus"]],
  ["mp3.mp4", [...x264, ...sound("libmp3lame")], ["h264", "mp3"]],
  ["ac3.mp4", [...mpeg4, ...sound("ac3")], ["mpeg4", "ac3"]],
  ["alac.mov", [...x264, ...sound("alac")], ["h264", "alac"]],
  ["av1.mp4", [...av1, ...sound("flac", "-strict", "-2")], ["av1", "flac"]],
  ["a.gif", ["-c:v", "gif"], ["gif"]],
  ["moving.png", ["-c:v", "apng", "-f", "apng"], ["apng"]],
];

/** One run of ffmpeg makes them all. */
const makeAll = () =>
  ffmpeg([
    ...["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND],
    ...table.flatMap(([name, args]) => [
      "-map",
      "0",
      ...(args.includes("-c:a") ? ["-map", "1"] : []),
      ...args,
      into(name),
    ]),
  ]);

/** Of the picture's rate and size, with a second sound, subtitles and a cover. */
async function makeExtras(): Promise<string> {
  await Bun.write(into("s.srt"), "1\n00:00:00,000 --> 00:00:00,400\nhi\n");
  await ffmpeg(["-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", "-update", "1", into("cover.jpg")]);
  const inputs = ["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND, "-i", into("s.srt")];
  const maps = ["-map", "0", "-map", "1", "-map", "1", "-map", "2", "-attach", into("cover.jpg")];
  const codecs = [...x264, "-c:a:0", "aac", "-c:a:1", "flac", "-c:s", "srt"];
  await ffmpeg([...inputs, ...maps, ...codecs, "-metadata:s:t", "mimetype=image/jpeg", into("more.mkv")]);
  return into("more.mkv");
}

/** Transparent red, but for white on the left of the second picture: shown from 0.5 s to 0.7 s, all of them for 0.9 s. */
async function makeTransparent(): Promise<string> {
  const lit = "255*eq(N,1)";
  const frames = `color=s=64x64:r=10,format=rgba,geq=r=255:g='${lit}':b='${lit}':a='${lit}*lt(X,32)',trim=end_frame=3`;
  const timed = "setpts='if(eq(N,0),0,if(eq(N,1),0.5,0.75))/TB'";
  const palette = "split[a][b];[a]palettegen[p];[b][p]paletteuse";
  await ffmpeg([
    ...["-f", "lavfi", "-i", `${frames},${timed}`, "-filter_complex", palette],
    ...["-fps_mode", "vfr", into("delays.gif")],
  ]);
  return into("delays.gif");
}

/** Mean brightness of each frame, 0 to 255. */
async function brightness(path: string): Promise<readonly number[]> {
  const bytes = await ffmpeg(["-i", path, "-vf", "scale=1:1:flags=area,format=gray", "-f", "rawvideo", "-"]);
  return [...bytes];
}

describe("a film of one clip of each kind", () => {
  /** Frames of a crossfade before and after these; cuts between all others. */
  const FADE = 3;
  const blended = ["live.webm", "late.mkv", "wrapped.ts", "xvid.avi", "a.gif"];
  const fades = Array.from({ length: table.length + 3 }, (_, join): number =>
    [join - 1, join].some((place) => blended.includes(table[place]?.[0] ?? "")) ? FADE : 0,
  );
  const faded = (some: readonly number[]) => some.reduce((sum, fade) => sum + fade, 0);
  let report: StitchReport;
  let shown: readonly number[] = [];
  let heard: Float32Array = new Float32Array(0);

  beforeAll(async () => {
    await makeAll();
    const output = into("film.mp4");
    const [plain, more, delays] = [await clip({ size: "64x64" }), await makeExtras(), await makeTransparent()];
    const transitions = fades.map((fade) => ({ kind: fade > 0 ? "crossfade" : "cut", seconds: fade / 24 }) as const);
    report = await stitch([plain, ...table.map(([name]) => into(name)), plain, more, delays], output, transitions);
    [shown, heard] = [await brightness(output), await soundSamples(output)];
    expect(await warningsOf(output)).toBe("");
  });

  test("has the frames of all, less the fades", () => {
    expect(report.frames).toBe(2 * 48 + table.length * FRAMES - faded(fades) + FRAMES + 22);
    expect(report).toMatchObject({ syncErrorMs: 0, windows: 10 });
  });

  test("tells of what was left out, covers, subtitles and second tracks", () => {
    expect(report.remarks).toEqual([
      `clip ${table.length + 3} has more in its file, which is left out: a second sound track (flac), subtitles (subrip), a cover picture`,
      `clip ${table.length + 4} has 2 fps: frames are repeated to reach 24 fps`,
    ]);
  });

  test("keeps the delays of a GIF, and what is transparent is black", () => {
    const own = shown.slice(-22);
    expect(own.map((light) => (light < 25 ? "black" : Math.abs(light - 126) < 15 ? "half" : String(light)))).toEqual([
      ...Array<string>(12).fill("black"),
      ...Array<string>(5).fill("half"),
      ...Array<string>(5).fill("black"),
    ]);
  });

  test.each(table.map(([name, args], index) => [name, args.includes("-c:a"), index] as const))(
    "%s: the flash is in its frame, the tone with it",
    (_, hasSound, index) => {
      const start = 48 + index * FRAMES - faded(fades.slice(0, index + 1));
      const own = shown.slice(start + FADE, start + FRAMES - FADE);
      expect(own.map((light) => (light > 200 ? "white" : light < 40 ? "black" : String(light)))).toEqual([
        ...Array<string>(FLASH - FADE).fill("black"),
        ...Array<string>(FRAMES - FLASH - FADE).fill("white"),
      ]);
      if (!hasSound) return;
      const before = Math.round(((start + FADE) / 24) * 48_000) + 960; // the clip before has faded out
      const onset = heard.subarray(before, before + 12_000).findIndex((sample) => Math.abs(sample) > 0.2) + before;
      expect(Math.abs(onset / 48_000 - (start + FLASH) / 24)).toBeLessThan(0.5 / 24);
    },
  );

  test("every codec of the table is among them, but for sound that is PCM of another kind", () => {
    const tried = new Set(table.flatMap(([, , holds]) => holds));
    const all = Object.values(CONTAINERS).flatMap(({ picture, sound }) => [...picture, ...sound]);
    expect([...new Set<string>(all)].filter((codec) => !tried.has(codec) && !codec.startsWith("pcm_"))).toEqual([]);
  });
});

test.each([
  ["live.webm", 0.2],
  ["wrapped.ts", undefined],
])("the last frame of %s is found without an index, also of a part: %p s", async (name, endSeconds) => {
  await ffmpeg(["-f", "lavfi", "-i", "color=white:s=64x64", "-frames:v", "1", "-update", "1", into("white.png")]);
  const last = { path: into(name), frame: "last", ...(endSeconds !== undefined && { endSeconds }) } as const;
  const like = await tool.similarity(last, { path: into("white.png"), frame: "still" }, never);
  if (endSeconds === undefined) expect(like).toBeGreaterThan(0.95);
  else expect(like).toBeLessThan(0.5);
});

test.each(["live.webm", "camera.avi", "a.gif", "moving.png", "late.mkv"].slice(0, sized(4, 5)))(
  "%s is refused when its end is missing",
  async (name) => {
    const bytes = await Bun.file(into(name)).bytes();
    await Bun.write(into(`cut-${name}`), bytes.subarray(0, bytes.length * 0.7));
    await expect(tool.verify(into(`cut-${name}`), never)).rejects.toMatchObject({
      code: "media.invalid",
      message: expect.stringMatching(/is cut off|is not a whole one/),
    });
  },
);

describe("a transport stream", () => {
  test("of two recordings is refused: its times start again", async () => {
    await copyFile(into("mpeg2.ts"), into("twice.ts"));
    await appendFile(into("twice.ts"), await Bun.file(into("mpeg2.ts")).bytes());
    await expect(stitch([into("twice.ts")], into("twice.mp4"))).rejects.toMatchObject({
      code: "media.invalid",
      message: expect.stringContaining('"twice.ts" has times that leap on the way'),
    });
  });
});
