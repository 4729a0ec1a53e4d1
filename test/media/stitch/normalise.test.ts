import { expect, setDefaultTimeout, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClipSpan } from "../../../src/ports/media.ts";
import { clip, ffmpeg, probeJson, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const path = (name: string) => join(folder, name);
const tool = realTool();

const RATE = 24;
/** Half a second into which the tone begins. */
const toneAt = 0.5;

/** A clip in which frame n is 16 + 4 n bright, and a tone begins after half a second. */
const sources = new Map<string, Promise<string>>();
function counted(name: string, picture: readonly string[], sound: readonly string[] | null): Promise<string> {
  const source = sources.get(name) ?? makeCounted(name, picture, sound);
  sources.set(name, source);
  return source;
}

async function makeCounted(name: string, picture: readonly string[], sound: readonly string[] | null): Promise<string> {
  const frames = `color=black:s=64x64:r=${RATE}:d=2,format=yuv420p,geq=lum=16+4*N:cb=128:cr=128`;
  const tone = `sine=f=1000:r=48000:d=2,volume=volume='gte(t,${toneAt})':eval=frame,aformat=channel_layouts=stereo`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", frames],
    ...(sound === null ? [] : ["-f", "lavfi", "-i", tone]),
    ...picture,
    ...(sound ?? []),
    path(name),
  ]);
  return path(name);
}

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10"];

const HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:lossless=1"];
const VP9 = ["-c:v", "libvpx-vp9", "-lossless", "1", "-cpu-used", "8"];

const whole = { inSeconds: null, outSeconds: null, mostSeconds: 600 };
const normalise = (source: string, output: string, part: Partial<ClipSpan> = {}) =>
  tool.normalise({ path: source, ...whole, ...part }, path(output), never);

/** What ffmpeg makes of a file. */
const decoded = async (args: readonly string[]): Promise<Uint8Array> => {
  await ffmpeg([...args, path("decoded.raw")]);
  return Bun.file(path("decoded.raw")).bytes();
};

/** The numbers of a file's frames, read off their brightness; when its tone begins and how long it is, seconds. */
async function countedIn(file: string, hasSound = true) {
  const picture = ["-vf", "scale=1:1:flags=area", "-pix_fmt", "gray", "-f", "rawvideo"];
  const sound = hasSound ? ["-vn", "-ac", "1", "-ar", "48000", "-f", "f32le", path("decoded.pcm")] : [];
  const bytes = await decoded(["-i", file, ...sound, "-an", ...picture]);
  const samples = hasSound ? new Float32Array(await Bun.file(path("decoded.pcm")).arrayBuffer()) : [];
  return {
    // Decoding to grey widens 16..235 to 0..255.
    numbers: Array.from(bytes, (grey) => Math.round((grey * 219) / 255 / 4)),
    begins: samples.findIndex((sample: number) => Math.abs(sample) > 0.02) / 48_000,
    seconds: samples.length / 48_000,
  };
}

const between = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => from + place);

test("a plain clip that is wanted whole is taken byte for byte", async () => {
  const source = await clip({ frames: 24, seed: 3 });
  const info = await normalise(source, "plain.mp4");
  expect(info.video.frames).toBe(24);
  expect(await Bun.file(path("plain.mp4")).bytes()).toEqual(await Bun.file(source).bytes());
});

const PARTS = [
  ["its middle", { inSeconds: 0.25, outSeconds: 1 }, 6, 24],
  ["its end, and more", { inSeconds: 1.01, outSeconds: 9 }, 24, 48],
  ["one frame", { inSeconds: 0.5, outSeconds: 0.51 + 1 / 48 }, 12, 13],
  ["its beginning", { outSeconds: 0.75 }, 0, 18],
] as const;

test.each(PARTS.slice(0, sized(3, 4)))(
  "%s of a clip is cut at the nearest frames, with its sound",
  async (what, part, from, to) => {
    const source = await counted("counted.mp4", [...X264, "-g", "9"], ["-c:a", "aac"]);
    const output = `${what.replaceAll(/\W/g, "-")}.mp4`;
    const info = await normalise(source, output, part);
    expect(info.video).toMatchObject({ codec: "h264", frames: to - from, frameRate: { num: RATE, den: 1 } });
    expect(info.audio).toMatchObject({ codec: "aac", channels: 2, sampleRate: 48_000 });
    const { numbers, begins, seconds } = await countedIn(path(output));
    expect(numbers).toEqual(between(from, to));
    expect(Math.abs(seconds - (to - from) / RATE)).toBeLessThan(0.03);
    const expected = Math.max(0, toneAt - from / RATE);
    if (expected < seconds) expect(Math.abs(begins - expected)).toBeLessThan(0.02);
  },
);

test.each([
  ["hevc.mov", HEVC, ["-c:a", "pcm_s16le"], {}, 0, 48],
  ["vp9.webm", VP9, ["-c:a", "libopus"], { inSeconds: 0.25, outSeconds: 1 }, 6, 24],
  ["silent.mkv", X264, null, { inSeconds: 1 }, 24, 48],
] as const)("%s becomes an MP4 with H.264 and AAC", async (name, picture, sound, part, from, to) => {
  const source = await counted(name, picture, sound);
  const output = `${name}.mp4`;
  const info = await normalise(source, output, part);
  expect(info.video).toMatchObject({ codec: "h264", pixelFormat: "yuv420p", frames: to - from });
  const { numbers, begins } = await countedIn(path(output), sound !== null);
  expect(numbers).toEqual(between(from, to));
  if (sound !== null) expect(Math.abs(begins - (toneAt - from / RATE))).toBeLessThan(0.03);
  // Its user's own footage does not say that models made it.
  expect(JSON.stringify(probeJson(path(output), "format_tags"))).not.toContain("AI-generated");
});

test("what is no clip, or not in it, is refused and leaves nothing", async () => {
  const source = await clip({ frames: 24, seed: 3 });
  await Bun.write(path("page.mp4"), "<!doctype html><title>No</title>");
  await ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x64:d=0.04", "-frames:v", "1", path("picture.png")]);
  await ffmpeg(["-f", "lavfi", "-i", "sine=d=0.5", "-c:a", "aac", path("sound.m4a")]);
  const before = await readdir(folder);
  for (const [file, part, code, words] of [
    [path("page.mp4"), {}, "media.invalid", ""],
    [path("picture.png"), {}, "media.invalid", ""],
    [path("sound.m4a"), {}, "media.invalid", "no picture"],
    [path("missing.mp4"), {}, "media.invalid", "is not there"],
    [folder, {}, "media.invalid", "is not a file"],
    [source, { inSeconds: 1 }, "input.invalid", "in is 1 s, but the clip is 1.00 s long"],
    [source, { inSeconds: 0.5, outSeconds: 0.5 }, "input.invalid", "out must be later than in"],
    [source, { inSeconds: 0.5, outSeconds: 0.51 }, "input.invalid", "there is no frame"],
    [source, { inSeconds: -1 }, "input.invalid", "in must be 0 seconds or more"],
    [source, { mostSeconds: 0.5 }, "input.too_large", "would be 1.0 s long, the most is 0.5 s"],
  ] as const)
    await expect(normalise(file, "refused.mp4", part)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  expect(await readdir(folder)).toEqual(before);
});

test("the first and the last frame of a clip are pictures", async () => {
  const source = await counted("counted.mp4", [...X264, "-g", "9"], ["-c:a", "aac"]);
  for (const [which, number] of [
    ["first", 0],
    ["last", 47],
  ] as const) {
    expect(await tool.extractStill(source, which, path(`${which}.png`), never)).toEqual({ width: 64, height: 64 });
    const [grey = 0] = await decoded(["-i", path(`${which}.png`), "-pix_fmt", "gray", "-f", "rawvideo"]);
    expect(Math.round((grey * 219) / 255 / 4)).toBe(number);
  }
});

test("a frame has the colours that players show; of a large clip it is made smaller, and its pixels square", async () => {
  const large = "color=0xd02020:s=1440x1080:r=24:d=0.04,setsar=4/3,scale=out_color_matrix=bt709,format=yuv420p";
  await ffmpeg(["-f", "lavfi", "-i", large, ...X264, path("wide.mp4")]);
  expect(await tool.extractStill(path("wide.mp4"), "last", path("wide.png"), never)).toEqual({
    width: 1920,
    height: 1080,
  });
  const rgb = await decoded(["-i", path("wide.png"), "-vf", "scale=1:1", "-pix_fmt", "rgb24", "-f", "rawvideo"]);
  [0xd0, 0x20, 0x20].forEach((wanted, channel) => {
    expect(Math.abs((rgb[channel] ?? 0) - wanted)).toBeLessThan(4);
  });
});
