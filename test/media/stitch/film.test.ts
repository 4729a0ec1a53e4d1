/** Real films from real clips. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, copyFile, readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { PLAIN_LOOK } from "../../../src/domain/media.ts";
import { TRANSITION_KINDS } from "../../../src/domain/transition.ts";
import type { MediaTool } from "../../../src/ports/media.ts";
import {
  clip,
  ffmpeg,
  frameHashes,
  probeJson,
  realTool,
  soundSamples,
  tempFolder,
  warningsOf,
} from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const stitch = (tool: MediaTool, clips: readonly string[], crossfadeSeconds: number, output: string, signal = never) =>
  tool.stitch({ clips, crossfadeSeconds }, output, () => {}, signal);

async function failureOf(work: Promise<unknown>): Promise<VidpipeError> {
  const thrown: unknown = await work.catch((reason: unknown) => reason);
  if (thrown instanceof VidpipeError) return thrown;
  throw new Error(`did not fail: ${JSON.stringify(thrown)}`);
}

test("frames outside the windows are the sources', bit for bit, and nothing warns", async () => {
  const folder = tempFolder();
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 }), await clip({ seed: 3 })];
  const report = await stitch(realTool(), clips, 0.25, join(folder, "film.mp4"));
  expect(report).toMatchObject({ frames: 132, windows: 2, segmentsEncoded: 2, syncErrorMs: 0 });
  const [film, ...sources] = await Promise.all([join(folder, "film.mp4"), ...clips].map(frameHashes));
  expect(film?.slice(0, 40)).toEqual(sources[0]?.slice(0, 40));
  expect(film?.slice(42 + 12, 42 + 40)).toEqual(sources[1]?.slice(12, 40));
  expect(film?.slice(84 + 12)).toEqual(sources[2]?.slice(12));
  expect(await warningsOf(join(folder, "film.mp4"))).toBe("");
});

test("parts that are made for quality and parts that are made for size lie in one film with copied ones", async () => {
  const output = join(tempFolder(), "film.mp4");
  const short = await clip({ size: "64x64", frames: 24, sound: null });
  const long = await clip({ size: "96x64", frames: 140, sound: null });
  const tool = realTool({
    encoder: null,
    quality: "standard",
    look: { ...PLAIN_LOOK, size: { width: 64, height: 64 } },
  });
  const report = await stitch(tool, [short, long, short], 0.25, output);
  expect(report).toMatchObject({ windows: 2, framesCopied: 30, frames: 176 });
  expect(await warningsOf(output)).toBe("");
});

test("a film with a cut, a crossfade and a dip is exact around them, and a dip is dark in its middle", async () => {
  const output = join(tempFolder(), "film.mp4");
  const clips = await Promise.all([1, 2, 3, 4].map((seed) => clip({ seed })));
  const transitions = [
    { kind: "cut", seconds: 0 },
    { kind: "crossfade", seconds: 0.25 },
    { kind: "dip", seconds: 0.5 },
  ] as const;
  const report = await realTool().stitch({ clips, crossfadeSeconds: 1, transitions }, output, () => {}, never);
  expect(report).toMatchObject({ mode: "transitions", frames: 192 - 6 - 12, windows: 2, syncErrorMs: 0 });
  const [film, ...sources] = await Promise.all([output, ...clips].map(frameHashes));
  expect(film?.slice(0, 48)).toEqual(sources[0]?.slice(0, 48));
  expect(film?.slice(48, 48 + 40)).toEqual(sources[1]?.slice(0, 40));
  expect(film?.slice(90 + 12, 90 + 36)).toEqual(sources[2]?.slice(12, 36));
  expect(film?.slice(126 + 12)).toEqual(sources[3]?.slice(12));
  expect(probeJson(output, "stream=duration")).toMatchObject({
    streams: [{ duration: "7.250000" }, { duration: "7.250000" }],
  });
  expect(await warningsOf(output)).toBe("");
  const grey = await ffmpeg(["-i", output, "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]);
  const middle = grey[126 + 6] ?? 255;
  expect(middle).toBeLessThan(Math.min(grey[126] ?? 0, grey[126 + 12] ?? 0) / 2);
});

test("a duplicate frame is left out with its sound: copied where the packets allow it, else with the few before it", async () => {
  const output = join(tempFolder(), "film.mp4");
  // With two B-frames before each other picture: the last is decoded last after 47, and before its neighbour after 48.
  const x264 = "bframes=2:b-adapt=0";
  const [free, bound] = await Promise.all([clip({ seed: 1, frames: 47, x264 }), clip({ seed: 2, x264 })]);
  const clips = [free, bound, free, bound, free];
  const lastFrames = ["drop_if_free", "drop_if_free", "drop", "drop"] as const;
  const report = await realTool().stitch({ clips, crossfadeSeconds: 0, lastFrames }, output, () => {}, never);
  expect(report).toMatchObject({ mode: "concat", frames: 237 - 3, droppedAfter: [0, 2, 3], syncErrorMs: 0 });
  expect(report.framesEncoded).toBe(1);
  const starts = [0, 46, 94, 140, 187];
  expect(report.startsSeconds.map((seconds) => seconds * 24)).toEqual(starts);
  const [film = [], one = [], two = []] = await Promise.all([output, free, bound].map(frameHashes));
  const copied = [one.slice(0, 46), two, one.slice(0, 46), two.slice(0, 46), one];
  for (const [index, start] of starts.entries())
    expect(film.slice(start, start + (copied[index]?.length ?? 0))).toEqual([...(copied[index] ?? [])]);
  expect(film.length).toBe(234);
  expect(probeJson(output, "stream=duration")).toMatchObject({
    streams: [{ duration: "9.750000" }, { duration: "9.750000" }],
  });
  expect(await warningsOf(output)).toBe("");
});

test("every kind begins with the old clip alone, and the new one stands alone behind it", async () => {
  const output = join(tempFolder(), "film.mp4");
  const kinds = TRANSITION_KINDS.filter((kind) => kind !== "cut");
  const two = [await clip({ seed: 1 }), await clip({ seed: 2 })];
  const clips = Array.from({ length: kinds.length + 1 }, (_, place) => two[place % 2] ?? "");
  const transitions = kinds.map((kind) => ({ kind, seconds: 0.25 }));
  await realTool().stitch({ clips, crossfadeSeconds: 0, transitions }, output, () => {}, never);
  const luma = (path: string) => ffmpeg(["-i", path, "-vf", "extractplanes=y", "-f", "rawvideo", "-"]);
  const film = await luma(output);
  const sources = await Promise.all(two.map(luma));
  const size = (sources[0]?.length ?? 0) / 48;
  const farthest = (frame: number, source: number, of: number) => {
    const meant = sources[source % 2]?.subarray(of * size, (of + 1) * size) ?? [];
    const shown = film.subarray(frame * size, (frame + 1) * size);
    return shown.reduce((most, value, at) => Math.max(most, Math.abs(value - (meant[at] ?? 0))), 0);
  };
  const seen = kinds.map((_, left) => [farthest(left * 42 + 42, left, 42), farthest(left * 42 + 48, left + 1, 6)]);
  // Encoded again, yet no pixel is of another picture.
  for (const [place, [first = 255, behind = 255]] of seen.entries())
    expect([kinds[place], first < 40, behind < 40]).toEqual([kinds[place], true, true]);
});

test("by default windows are as near to their source as those of one graph at medium crf 18, and like them", async () => {
  const folder = tempFolder();
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 }), await clip({ seed: 3 })];
  const at = (name: string) => join(folder, name);
  const report = await stitch(realTool({ encoder: null }), clips, 0.25, at("ours.mp4"));
  const blend =
    "[0:v][1:v]xfade=duration=0.25:offset=1.75[x];[x][2:v]xfade=duration=0.25:offset=3.5,split[graph][source]";
  const outputs = [
    ...["-map", "[graph]", "-c:v", "libx264", "-preset", "medium", "-crf", "18", at("graph.mp4")],
    ...["-map", "[source]", "-c:v", "ffv1", "-pix_fmt", "yuv420p", at("source.mkv")],
  ];
  await ffmpeg([...clips.flatMap((path) => ["-i", path]), "-filter_complex", blend, "-an", ...outputs]);
  /** Mean SSIM of the frames in the two fades. */
  const likeness = async (one: string, other: string) => {
    const compare = `[0:v]settb=1/24,setpts=N[a];[1:v]settb=1/24,setpts=N[b];[a][b]ssim=stats_file=${at("ssim.txt")}`;
    await ffmpeg(["-i", at(one), "-i", at(other), "-lavfi", compare, "-f", "null", "-"]);
    const text = await Bun.file(at("ssim.txt")).text();
    const all = [...text.matchAll(/All:([\d.]+)/g)].map((match) => Number(match[1]));
    expect(all.length).toBe(report.frames);
    const faded = [...all.slice(42, 48), ...all.slice(84, 90)];
    return faded.reduce((sum, value) => sum + value, 0) / faded.length;
  };
  expect(await likeness("ours.mp4", "source.mkv")).toBeGreaterThan((await likeness("graph.mp4", "source.mkv")) - 0.001);
  expect(await likeness("ours.mp4", "graph.mp4")).toBeGreaterThan(0.985);
});

test("a stitch can be explained without making it", async () => {
  const rows = await realTool().explain(
    { clips: [await clip({ seed: 1 }), await clip({ seed: 2 })], crossfadeSeconds: 0.25 },
    never,
  );
  expect(rows.slice(1).map((row) => row.slice(0, 3))).toEqual([
    ["clip 1", "copy", "48"],
    ["join 1-2", "window", expect.any(String)],
    ["clip 2", "copy", "48"],
    ["size", "160x96", ""],
    ["rate", "24 fps", ""],
    ["colour", "BT.601", ""],
    ["film", expect.stringContaining("copied"), "90"],
  ]);
});

test("a film starts at 0, in one sample entry, with picture and sound of one length", async () => {
  const output = join(tempFolder(), "film.mp4");
  await stitch(realTool(), [await clip({ seed: 1 }), await clip({ seed: 2, sound: null })], 0.25, output);
  expect(probeJson(output, "stream=codec_tag_string,start_time,duration,time_base")).toMatchObject({
    streams: [
      { codec_tag_string: "avc1", start_time: "0.000000", duration: "3.750000" },
      { codec_tag_string: "mp4a", start_time: "0.000000", duration: "3.750000" },
    ],
  });
});

test("NTSC clips with sound of other lengths and rates keep exact time through hard cuts", async () => {
  const output = join(tempFolder(), "film.mp4");
  const rate = "30000/1001";
  const clips = [
    await clip({ rate, frames: 61, soundSeconds: 2.4 }),
    await clip({ rate, frames: 59, soundSeconds: 1.1, sound: "5.1" }),
    await clip({ rate, frames: 60, soundRate: 44_100, sound: "mono" }),
  ];
  const report = await stitch(realTool(), clips, 0, output);
  expect(report).toMatchObject({ frames: 180, framesCopied: 180, framesEncoded: 0 });
  expect(probeJson(output, "stream=duration_ts")).toMatchObject({ streams: [{}, { duration_ts: 288_288 }] });
  const sources = await Promise.all(clips.map(frameHashes));
  expect(await frameHashes(output)).toEqual(sources.flat());
});

test("sound on the grid of its packets is copied through hard cuts, and seamless at them", async () => {
  const output = join(tempFolder(), "film.mp4");
  // 64 frames of 24 fps are exactly 125 AAC packets.
  const clips = [
    await clip({ frames: 64, seed: 1 }),
    await clip({ frames: 64, seed: 2 }),
    await clip({ frames: 64, seed: 3 }),
  ];
  await stitch(realTool(), clips, 0, output);
  const film = await soundSamples(output);
  const sources = await Promise.all(clips.map(soundSamples));
  for (const [index, source] of sources.entries()) {
    for (let block = 0; block < 125; block += 1) {
      let [error, power] = [0, 0];
      for (let sample = block * 1_024; sample < (block + 1) * 1_024; sample += 1) {
        const wanted = source[sample] ?? 0;
        error += ((film[index * 128_000 + sample] ?? 0) - wanted) ** 2;
        power += wanted ** 2;
      }
      // 25 dB below the tone: what AAC itself leaves. A seam that does not fit is at 15 dB or worse.
      expect(error / power).toBeLessThan(0.0032);
    }
  }
});

/** 64 frames of black with one white one, silence with a beep under it: 125 AAC packets, so that cuts can copy them. */
async function flashClip(path: string, frame: number): Promise<string> {
  const seconds = 64 / 24;
  const beep = `0.8*sin(2*PI*1000*t)*between(t\\,${frame / 24}\\,${(frame + 1) / 24})`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", `color=black:s=160x96:r=24:d=${seconds},drawbox=c=white:t=fill:enable='eq(n,${frame})'`],
    ...["-f", "lavfi", "-i", `aevalsrc=${beep}|${beep}:s=48000:d=${seconds}`],
    ...["-c:v", "libx264", "-g", "12", "-pix_fmt", "yuv420p", "-c:a", "aac", path],
  ]);
  return path;
}

/** Seconds at which a film flashes, and at which it beeps. */
async function flashesAndBeeps(path: string): Promise<{ flashes: readonly number[]; beeps: readonly number[] }> {
  const grey = await ffmpeg(["-i", path, "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]);
  const beeps: number[] = [];
  for (const [sample, value] of (await soundSamples(path)).entries())
    if (Math.abs(value) > 0.2 && sample / 48_000 > (beeps.at(-1) ?? -1) + 0.3) beeps.push(sample / 48_000);
  return { flashes: [...grey].flatMap((level, frame) => (level > 128 ? [frame / 24] : [])), beeps };
}

const filmLength = sized(6, 60);

test.each([
  ["hard cuts", 0],
  ["crossfades", 0.5],
])("every beep stays under its flash, from the first clip to the last, with %s", async (_, crossfadeSeconds) => {
  const folder = tempFolder();
  const clips = await Promise.all([20, 26, 31, 22].map((frame) => flashClip(join(folder, `${frame}.mp4`), frame)));
  const film = Array.from({ length: filmLength }, (_, index) => clips[index % clips.length] ?? "");
  const output = join(folder, "film.mp4");
  await stitch(realTool(), film, crossfadeSeconds, output);
  const { flashes, beeps } = await flashesAndBeeps(output);
  expect(flashes.length).toBe(filmLength);
  expect(beeps.length).toBe(filmLength);
  // Under half a frame: a beep's own start takes a few ms to be loud enough.
  for (const [index, flash] of flashes.entries()) expect(Math.abs((beeps[index] ?? 0) - flash)).toBeLessThan(0.02);
});

test("finished windows are taken over, a changed clip makes only its own anew, and the bytes are the same", async () => {
  const folder = tempFolder();
  const tool = realTool();
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 }), await clip({ seed: 3 })];
  const film = (name: string) => join(folder, name);
  expect(await stitch(tool, clips, 0.25, film("a.mp4"))).toMatchObject({ segmentsEncoded: 2, segmentsReused: 0 });
  expect(await stitch(tool, clips, 0.25, film("b.mp4"))).toMatchObject({ segmentsEncoded: 0, segmentsReused: 2 });
  const changed = [...clips.slice(0, 2), await clip({ seed: 4 })];
  expect(await stitch(tool, changed, 0.25, film("c.mp4"))).toMatchObject({ segmentsEncoded: 1, segmentsReused: 1 });
  const bytes = await Promise.all(["a.mp4", "b.mp4"].map((name) => Bun.file(film(name)).bytes()));
  expect(Buffer.compare(bytes[0] ?? new Uint8Array(), bytes[1] ?? new Uint8Array())).toBe(0);
});

test("a kept window that a power cut left empty is forgotten, so that the next try succeeds", async () => {
  const tempDir = tempFolder();
  const tool = realTool({ tempDir });
  const output = join(tempFolder(), "film.mp4");
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 })];
  await stitch(tool, clips, 0.25, output);
  const [kept] = await readdir(join(tempDir, "windows"));
  await truncate(join(tempDir, "windows", kept ?? ""), 100);
  expect((await failureOf(stitch(tool, clips, 0.25, output))).code).toBe("media.ffmpeg_failed");
  expect(await stitch(tool, clips, 0.25, output)).toMatchObject({ segmentsEncoded: 1 });
});

test("a clip that is cut off is named, and nothing is left but the film before", async () => {
  const folder = tempFolder();
  const tempDir = tempFolder();
  const broken = join(folder, "broken.mp4");
  await copyFile(await clip({ seed: 2 }), broken);
  await truncate(broken, Bun.file(broken).size - 3_000);
  await Bun.write(join(folder, "film.mp4"), "the film before");
  const error = await failureOf(stitch(realTool({ tempDir }), [await clip(), broken], 0, join(folder, "film.mp4")));
  expect(error.code).toBe("media.invalid");
  expect(error.message).toContain('"broken.mp4" is cut off or damaged');
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["broken.mp4", "film.mp4"]));
  expect((await readdir(folder)).length).toBe(2);
  expect(await readdir(tempDir)).toEqual(["windows"]);
});

test("cancelling in the middle leaves the film before and no scratch files", async () => {
  const folder = tempFolder();
  const tempDir = tempFolder();
  const output = join(folder, "film.mp4");
  await Bun.write(output, "the film before");
  const stop = new AbortController();
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 }), await clip({ seed: 3 })];
  const work = realTool({ tempDir }).stitch({ clips, crossfadeSeconds: 0.25 }, output, () => stop.abort(), stop.signal);
  expect((await failureOf(work)).code).toBe("run.interrupted");
  expect(await readdir(folder)).toEqual(["film.mp4"]);
  expect(await Bun.file(output).text()).toBe("the film before");
  expect((await readdir(tempDir)).filter((name) => name !== "windows")).toEqual([]);
});

/** An ffmpeg that does something else when it is to encode. */
async function badFfmpeg(instead: string): Promise<string> {
  const path = join(tempFolder(), "ffmpeg");
  await Bun.write(
    path,
    `#!/bin/sh\ncase "$*" in *libx264*) ${instead};; esac\nexec /usr/bin/env PATH=${process.env.PATH} ffmpeg "$@"\n`,
  );
  await chmod(path, 0o755);
  return path;
}

test.each([
  ["killed", "kill -9 $$", "media.ffmpeg_failed", "was killed (SIGKILL)"],
  ["content with nothing", "exit 0", "media.ffmpeg_failed", "ffmpeg made no sense"],
  ["out of disk", "echo 'x: No space left on device' >&2; exit 0", "storage.full", "free some space"],
])("an ffmpeg that is %s fails the stitch with one clear line", async (_, instead, code, message) => {
  const output = join(tempFolder(), "film.mp4");
  const tool = realTool({ ffmpegPath: await badFfmpeg(instead) });
  const error = await failureOf(stitch(tool, [await clip({ seed: 1 }), await clip({ seed: 2 })], 0.25, output));
  expect(error.code).toBe(code as VidpipeError["code"]);
  expect(error.message).toContain(message);
  expect(await Bun.file(output).exists()).toBe(false);
});

const small = tempFolder();
const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=60k", "none", small]).exitCode === 0;
afterAll(() => {
  if (mounted) Bun.spawnSync(["umount", small]);
});

// Needs the right to mount a file system of its own.
test.skipIf(!mounted)("a disk that is full fails in one clear line and keeps the film before", async () => {
  const output = join(small, "film.mp4");
  await Bun.write(output, "the film before");
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 })];
  const error = await failureOf(stitch(realTool(), clips, 0, output));
  expect(error.code).toBe("storage.full");
  expect(await readdir(small)).toEqual(["film.mp4"]);
  expect(await Bun.file(output).text()).toBe("the film before");
});

test.skipIf(!mounted)("a full disk for temporary files is a full disk too", async () => {
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 })];
  await Bun.write(join(small, "filler"), new Uint8Array(100_000)).catch(() => {}); // as much as there is room for
  const output = join(tempFolder(), "film.mp4");
  const error = await failureOf(stitch(realTool({ tempDir: small }), clips, 0.25, output));
  expect(error.code).toBe("storage.full");
  expect(await Bun.file(output).exists()).toBe(false);
});

test("loudness is evened out when asked", async () => {
  const folder = tempFolder();
  const clips = [await clip({ seed: 1 }), join(folder, "quiet.mp4")];
  await ffmpeg(["-i", clips[0] ?? "", "-c:v", "copy", "-af", "volume=-9dB", "-c:a", "aac", clips[1] ?? ""]);
  const loudest = async (config: { loudnessLufs?: number }) => {
    const output = join(folder, `film${config.loudnessLufs ?? ""}.mp4`);
    await stitch(realTool(config), clips, 0, output);
    const samples = await soundSamples(output);
    return [samples.slice(24_000, 72_000), samples.slice(120_000, 168_000)].map((part) => Math.max(...part));
  };
  const [before, after] = [await loudest({}), await loudest({ loudnessLufs: -20 })];
  expect((before[0] ?? 0) / (before[1] ?? 1)).toBeGreaterThan(2.5);
  expect((after[0] ?? 0) / (after[1] ?? 1)).toBeCloseTo(1, 1);
});
