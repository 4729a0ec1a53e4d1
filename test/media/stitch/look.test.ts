/** How a film looks: its rate, its size, and what fills the frame around a clip of another shape. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { FilmLook, FrameSize } from "../../../src/domain/media.ts";
import { PLAIN_LOOK } from "../../../src/domain/media.ts";
import { type ClipOptions, clip, ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const toolFor = (look: Partial<FilmLook>) =>
  realTool({ encoder: { preset: "ultrafast", crf: 2 }, look: { ...PLAIN_LOOK, ...look } });

const silent = (options: ClipOptions): Promise<string> => clip({ sound: null, size: "64x64", ...options });

async function filmOf(clips: readonly string[], look: Partial<FilmLook> = {}, crossfadeSeconds = 0) {
  const output = join(folder, "film.mp4");
  return { ...(await toolFor(look).stitch({ clips, crossfadeSeconds }, output, () => {}, never)), output };
}

/** Red, green and blue of every pixel of some frames. */
async function pixelsOf(path: string, ...frames: readonly number[]): Promise<readonly Uint8Array[]> {
  const chosen = frames.map((frame) => `eq(n\\,${frame})`).join("+");
  const rgb = `select=${chosen},scale=in_color_matrix=smpte170m:flags=accurate_rnd+full_chroma_int,format=rgb24`;
  const bytes = await ffmpeg(["-i", path, "-vf", rgb, "-fps_mode", "passthrough", "-f", "rawvideo", "-"]);
  const one = bytes.length / frames.length;
  return frames.map((_, place) => bytes.subarray(place * one, (place + 1) * one));
}

const at = (pixels: Uint8Array, { width }: FrameSize, x: number, y: number): readonly number[] => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] ?? 0))));
const nothing: Uint8Array = new Uint8Array();
const meanDistance = (a = nothing, b = nothing): number =>
  a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;

/** A wide clip, in full range or not, whose format the film takes; and a square one: green above, red below. */
const WIDE = { width: 128, height: 64 };
const GREEN = [32, 208, 64];
const RED = [208, 64, 32];

async function shapes(range: "tv" | "pc"): Promise<readonly string[]> {
  const pixels = range === "pc" ? "yuvj420p" : "yuv420p";
  const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", "-pix_fmt", pixels, "-color_range", range];
  const wide = await silent({ frames: 12, size: "128x64", video: x264 });
  square ??= squareClip();
  return [wide, wide, await square];
}

let square: Promise<string> | undefined;
async function squareClip(): Promise<string> {
  const path = join(folder, "square.mp4");
  const source = (word: string) => ["-f", "lavfi", "-i", `color=0x${word}:s=64x32:d=0.5:r=24,format=rgb24`];
  await ffmpeg([
    ...[...source("20D040"), ...source("D04020")],
    ...["-filter_complex", "vstack,scale=out_color_matrix=smpte170m:out_range=tv,format=yuv420p"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", path],
  ]);
  return path;
}

/** Bars are where the black of another range would show. */
const FITTINGS = [
  ...[["tv", "pad"] as const, ["tv", "crop"] as const, ["tv", "blur"] as const],
  ...[["pc", "pad"] as const, ["pc", "blur"] as const, ["pc", "crop"] as const],
];

describe("a clip of another shape", () => {
  test.each(FITTINGS.slice(0, sized(4, 6)))("in a film of range %s is fitted by %s", async (range, fit) => {
    const film = await filmOf(await shapes(range), { fit });
    expect(film.media.video).toMatchObject(WIDE);
    const [pixels = nothing] = await pixelsOf(film.output, 30);
    const corner = at(pixels, WIDE, 8, 8);
    const above = at(pixels, WIDE, 64, 8);
    const below = at(pixels, WIDE, 64, 56);
    expect(distance(above, GREEN)).toBeLessThanOrEqual(3);
    expect(distance(below, RED)).toBeLessThanOrEqual(3);
    if (fit === "pad") expect(distance(corner, [0, 0, 0])).toBeLessThanOrEqual(1);
    if (fit === "crop") expect(distance(corner, GREEN)).toBeLessThanOrEqual(3);
    // Blurred, so that the two colours run together where they are apart in front.
    if (fit === "blur") {
      expect(distance(corner, GREEN)).toBeLessThan(60);
      const [front, behind] = [64, 8].map((x) => distance(at(pixels, WIDE, x, 26), at(pixels, WIDE, x, 38)));
      expect(behind).toBeLessThan((front ?? 0) * 0.8);
    }
  });
});

test("a size that no clip has is made, without bars where only rounding tells the shapes apart", async () => {
  const clips = [await silent({ frames: 6, size: "106x60" }), await silent({ frames: 6, size: "128x128", seed: 1 })];
  const film = await filmOf(clips, { size: { width: 160, height: 90 }, fit: "crop" });
  expect(film.framesCopied).toBe(0);
  expect(film.media.video).toMatchObject({ width: 160, height: 90, frames: 12 });
  const [first = nothing] = await pixelsOf(film.output, 0);
  const left = at(first, { width: 160, height: 90 }, 0, 45);
  expect(Math.max(...left)).toBeGreaterThan(30);
});

const INTERPOLATED = [
  ["off", "frames are repeated to reach 24 fps"],
  ["mci", "frames are made by following the motion to reach 24 fps"],
  ["blend", "frames are blended to reach 24 fps"],
] as const;

describe("a clip of 16 frames a second in a film of 24", () => {
  const slow = () => silent({ frames: 16, rate: "16", seed: 3 });
  const fast = () => silent({ frames: 24, seed: 1 });

  test.each(INTERPOLATED.slice(0, sized(2, 3)))(
    "with interpolate %s lasts as long and ends with its own last picture",
    async (interpolate, done) => {
      // One frame alone is blended without running dry.
      const single = await silent({ frames: 1, rate: "16" });
      const film = await filmOf([await fast(), await fast(), await slow(), single], { interpolate });
      expect(film.frames).toBe(74);
      expect(film.remarks).toEqual([`clip 3 has 16 fps: ${done}`, `clip 4 has 16 fps: ${done}`]);
      const [first, second, last] = await pixelsOf(film.output, 48, 49, 71);
      const [before, own] = await pixelsOf(await slow(), 14, 15);
      expect(meanDistance(first, second) < 1).toBe(interpolate === "off");
      expect(meanDistance(last, own)).toBeLessThan(meanDistance(last, before) / 3);
    },
  );

  test("shows the same pictures sought in the middle as read from its start", async () => {
    const long = await silent({ frames: 64, rate: "16", seed: 3 });
    const others = [await fast(), await fast(), await silent({ frames: 96, seed: 1 })];
    const faded = await filmOf([...others, long, await fast()], {}, 0.25);
    const reference = join(folder, "reference.mp4");
    await ffmpeg(["-i", long, "-vf", "fps=24:start_time=0", "-c:v", "libx264", "-qp", "1", reference]);
    // The last frame of its own before the fade, which its window begins with or is near to.
    const [start = 0] = faded.startsSeconds.slice(3);
    const [shown] = await pixelsOf(faded.output, Math.round(start * 24) + 89);
    const [own, after] = await pixelsOf(reference, 89, 91);
    expect(meanDistance(shown, own)).toBeLessThan(meanDistance(shown, after) / 3);
  });

  test("is explained; in a film of its kind it is copied", async () => {
    const explain = (clips: readonly string[], interpolate: FilmLook["interpolate"] = "off") =>
      toolFor({ interpolate }).explain({ clips, crossfadeSeconds: 0 }, never);
    const rows = await explain([await fast(), await fast(), await slow()], "blend");
    expect(rows.find(([what]) => what === "clip 3")?.[3]).toBe(
      "16 fps, the film has 24; frames are blended to reach 24 fps",
    );
    expect((await explain([await slow(), await slow()])).at(-1)?.slice(0, 3)).toEqual([
      "film",
      "32 copied, 0 encoded (0%)",
      "32",
    ]);
  });
});

test("clips of varying rates alone become a film with the rate that their frames have where none is missing", async () => {
  const dropping = (seed: number) =>
    silent({
      ...{ frames: 40, rate: "30", seed, filter: "select='not(eq(mod(n,7),3))'" },
      output: ["-fps_mode", "vfr", "-video_track_timescale", "90000"],
    });
  const film = await filmOf([await dropping(1), await dropping(2)], {}, 0.2);
  expect(film.media.video.frameRate).toEqual({ num: 30, den: 1 });
  expect(film.frames).toBe(40 + 40 - 6);
});

test("a rate that differs by rounding alone is copied beside the exact one", async () => {
  const clips = [await silent({ frames: 30, rate: "30000/1001" }), await silent({ frames: 30, rate: "2997/100" })];
  const rows = await toolFor({}).explain({ clips, crossfadeSeconds: 0 }, never);
  expect(rows.at(-1)).toEqual(["film", "60 copied, 0 encoded (0%)", "60", "64x64 at 29.97 fps, 2.002 s, 0 windows"]);
});

test("high dynamic range becomes the standard one as a screen would show it", async () => {
  const made = ["smpte2084", "arib-std-b67"].map(async (transfer) => {
    const bt2020 = ["-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"];
    const light = `zscale=min=gbr:pin=bt709:tin=bt709:rin=full:npl=203:t=${transfer}:p=bt2020:m=2020_ncl:r=limited`;
    const path = join(folder, `${transfer}.mp4`);
    await ffmpeg([
      ...["-f", "lavfi", "-i", "color=0xD04020:s=128x64:d=0.25:r=24", "-vf", `format=gbrp,${light},format=yuv420p10le`],
      ...["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:qp=4"],
      ...[...bt2020, "-color_range", "tv", path],
    ]);
    return path;
  });
  const { output, frames } = await filmOf(await Promise.all(made));
  const chosen = "select=eq(n\\,0)+eq(n\\,6),crop=2:2:64:32";
  const bytes = await ffmpeg(["-i", output, "-vf", chosen, "-fps_mode", "passthrough", "-f", "rawvideo", "-"]);
  expect([frames, bytes.length]).toEqual([12, 12]);
  for (const [y = 0, , , , u = 0, v = 0] of [bytes.subarray(0, 6), bytes.subarray(6)])
    expect(distance([y, u, v], [80, 105, 180])).toBeLessThanOrEqual(2);
});
