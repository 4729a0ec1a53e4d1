/** One reading of a file: what the tables of a clip say, however they are written, and what the film shows of it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { defaultPlaces, findFfmpeg } from "../../../src/media/ffmpeg/find.ts";
import { createRunner } from "../../../src/media/ffmpeg/run.ts";
import type { ClipLayout } from "../../../src/media/stitch/format/clip-layout.ts";
import { planOf } from "../../../src/media/stitch/stitch.ts";
import {
  type ClipOptions,
  clip,
  ffmpeg,
  frameHashes,
  probeJson,
  realClock,
  realTool,
  soundSamples,
  tempFolder,
  warningsOf,
} from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { bodyOf, fours, inside, patched } from "./boxes.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const file = (name: string) => join(folder, name);
const tool = realTool();
const small: ClipOptions = { frames: 24, size: "64x64", seed: 2 };

/** A clip written again without encoding it. */
async function remade(name: string, options: ClipOptions, ...args: readonly string[]): Promise<string> {
  await ffmpeg(["-i", await clip(options), ...args, file(name)]);
  return file(name);
}

async function layoutsOf(...clips: readonly string[]): Promise<readonly ClipLayout[]> {
  const tools = { paths: await findFfmpeg(null, defaultPlaces), runner: createRunner(realClock), cwd: folder };
  return (await planOf(tools, { clips, crossfadeSeconds: 0 }, never)).layouts;
}

async function layoutOf(path: string): Promise<ClipLayout> {
  const [layout] = await layoutsOf(path);
  if (layout === undefined) throw new Error("no layout");
  return layout;
}

async function joined(name: string, clips: readonly string[], crossfadeSeconds = 0): Promise<string> {
  const report = await tool.stitch({ clips, crossfadeSeconds }, file(name), () => {}, never);
  expect(report.media.video.frames).toBe(report.frames);
  expect(await warningsOf(file(name))).toBe("");
  return file(name);
}

describe("packets in fragments", () => {
  const copied = ["-map", "0", "-c", "copy", "-movflags"];
  const silent: ClipOptions = { ...small, sound: null };
  const unmoved = ["-copyts", "-avoid_negative_ts", "disabled"];
  const kinds: readonly (readonly [string, ClipOptions, readonly string[]])[] = [
    ["fragments alone", small, [...copied, "frag_keyframe+empty_moov"]],
    ["a fragment for each frame", small, [...copied, "frag_every_frame+empty_moov+default_base_moof"]],
    ["fragments with an index", small, [...copied, "frag_keyframe+dash+delay_moov+global_sidx"]],
    ["a box for each track", small, [...copied, "frag_keyframe+empty_moov+separate_moof+omit_tfhd_offset"]],
    ["shifts below zero", small, [...copied, "frag_keyframe+empty_moov+negative_cts_offsets"]],
    ["some in the movie and some in fragments", silent, [...copied, "frag_keyframe"]],
    ["the same with an edit of no length", silent, [...unmoved, ...copied, "frag_keyframe"]],
  ];

  test("are all copied, wherever they are told", async () => {
    const paths = await Promise.all(kinds.map(([name, options, args]) => remade(`${name}.mp4`, options, ...args)));
    for (const path of paths) expect((await tool.verify(path, never)).video.frames).toBe(24);
    const layouts = await layoutsOf(...paths);
    expect(layouts.map(({ frames, oddity, cleanStarts }) => ({ frames, oddity, cleanStarts }))).toEqual(
      kinds.map(() => ({ frames: 24, oddity: null, cleanStarts: [0, 12] })),
    );
    const sources = await Promise.all(kinds.map(async ([, options]) => frameHashes(await clip(options))));
    expect(await frameHashes(await joined("cut.mp4", paths))).toEqual(sources.flat());
    // Sought in: what is copied around the windows is what it was.
    const faded = await frameHashes(await joined("faded.mp4", paths, 0.125));
    expect(faded).toHaveLength(24 * kinds.length - 3 * (kinds.length - 1));
    for (const [index, source] of sources.entries()) {
      const start = index * 21;
      const [from, to] = [index === 0 ? 0 : 12, index === kinds.length - 1 ? 24 : 12];
      expect(faded.slice(start + from, start + to)).toEqual(source.slice(from, to));
    }
  });

  test("sound stays with its picture", async () => {
    const options: ClipOptions = { ...small, frames: 48 };
    const path = await remade("sync.mp4", options, ...copied, "frag_keyframe+dash+delay_moov");
    const [film, plain] = [
      await joined("sync film.mp4", [path]),
      await joined("plain film.mp4", [await clip(options)]),
    ];
    expect(shiftBetween(await soundSamples(film), await soundSamples(plain))).toBeLessThan(48);
  });
});

/** How many samples later one sound goes from silence to a tone than another. */
function shiftBetween(one: Float32Array, other: Float32Array): number {
  const start = (samples: Float32Array) => samples.findIndex((sample) => Math.abs(sample) > 0.05);
  return Math.abs(start(one) - start(other));
}

describe("QuickTime", () => {
  test("a clip of QuickTime's own kind is copied, its sound too", async () => {
    const path = await remade("plain.mov", small, "-c", "copy");
    const layout = await layoutOf(path);
    expect(layout).toMatchObject({ frames: 24, oddity: null, extras: [] });
    expect(layout.soundPackets).toBe((await layoutOf(await clip(small))).soundPackets);
    expect(layout.soundPackets).not.toBeNull();
    const source = await frameHashes(path);
    expect(await frameHashes(await joined("mov film.mp4", [path, await clip(small)]))).toEqual([...source, ...source]);
  });
});

describe("the last picture", () => {
  const held = (name: string, ticks: number, x264: string) =>
    remade(
      name,
      { ...small, x264 },
      "-c",
      "copy",
      "-bsf:v",
      `setts=pts=PTS:dts=DTS:duration=if(eq(N\\,23)\\,${ticks}\\,DURATION)`,
    );

  test.each([
    ["held by the length of its packet", "bframes=0", 1.5],
    // Its packet is not the last; the edit list leaves out what its start is late.
    ["held by the packet that ends the track", "bframes=2", 1.5 - 1 / 24],
  ])("%s is shown as long", async (name, x264, seconds) => {
    const path = await held(`${name}.mp4`, 18_432, x264);
    const layout = await layoutOf(path);
    expect(layout).toMatchObject({ regular: false, oddity: `its last frame is held for ${seconds.toFixed(2)} s` });
    expect(layout.pictureSeconds).toBeCloseTo(23 / 24 + seconds, 3);
    expect(layout.format.frameRate).toEqual({ num: 24, den: 1 });
    const film = await joined(`${name} film.mp4`, [path, await clip(small)]);
    expect(await frameHashes(film)).toHaveLength(23 + Math.round(seconds * 24) + 24);
  });

  test.each([1, 700])("of %p ticks is a frame like the others", async (ticks) => {
    expect(await layoutOf(await held(`short-${ticks}.mp4`, ticks, "bframes=0"))).toMatchObject({
      frames: 24,
      oddity: null,
    });
  });
});

describe("sound beyond the end of its edit list", () => {
  test("is not heard", async () => {
    const options: ClipOptions = { ...small, frames: 48 };
    const path = await patched(await clip(options), file("edit.mp4"), (boxes) => {
      bodyOf(boxes, "moov", "trak#1", "edts", "elst").writeInt32BE(1_000, 8); // ms
    });
    const layout = await layoutOf(path);
    expect(layout.soundSeconds).toEqual({ from: 0, to: 1 });
    expect(layout.soundPackets).toBe(48);
    const samples = await soundSamples(await joined("edit film.mp4", [path, await clip({ ...options, sound: null })]));
    const loudest = (from: number, to: number) =>
      samples.subarray(from * 48_000, to * 48_000).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest(0.9, 0.99)).toBeGreaterThan(0.1);
    expect(loudest(1.03, 1.95)).toBeLessThan(0.001);
  });

  test("a late start by an edit of nothing stays right", async () => {
    const path = await remade(
      "late sound.mp4",
      small,
      "-itsoffset",
      "0.4",
      "-i",
      await clip(small),
      "-map",
      "0:v",
      "-map",
      "1:a",
      "-c",
      "copy",
    );
    const samples = await soundSamples(await joined("late film.mp4", [path]));
    expect(Math.abs(samples.findIndex((sample) => Math.abs(sample) > 0.05) - 19_200)).toBeLessThan(200);
  });
});

describe("how a picture lies", () => {
  const U = 0x10000;
  test.each<[string, readonly number[], string, string]>([
    ["upside down as in a mirror", [U, 0, 0, -U], "it is mirrored", "vflip"],
    ["left for right", [-U, 0, 0, U], "it is mirrored", "hflip"],
    ["on its head", [-U, 0, 0, -U], "it is rotated by -180 degrees", "hflip,vflip"],
    ["on its side", [0, U, -U, 0], "it is rotated by -90 degrees", "transpose=clock"],
    ["on its side as in a mirror", [0, U, U, 0], "it is mirrored", "transpose=cclock_flip"],
  ])("%s", async (name, [a = 0, b = 0, c = 0, d = 0], oddity, filter) => {
    const source = await clip({ ...small, frames: 6, sound: null, filter: "hue=s=0,drawbox=0:0:20:20:white:fill" });
    const path = await patched(source, file(`${name}.mp4`), (boxes) => {
      fours(a, b, 0, c, d, 0).copy(bodyOf(boxes, "moov", "trak", "tkhd"), 40);
    });
    expect(await layoutOf(path)).toMatchObject({ frames: 6 });
    expect((await layoutOf(path)).oddity).toContain(oddity);
    const film = await joined(`${name} film.mp4`, [path]);
    const brightness = async (path: string, filter: string) =>
      await ffmpeg([
        "-noautorotate",
        "-i",
        path,
        "-vf",
        `${filter},scale=4:4,format=gray`,
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-",
      ]);
    const [got, wanted] = [await brightness(film, "null"), await brightness(source, filter)];
    expect(Math.max(...got.map((value, index) => Math.abs(value - (wanted[index] ?? 0))))).toBeLessThan(8);
  });
});

describe("what every player plays", () => {
  test("a profile that some do not play is not copied, even with the usual pixels", async () => {
    const path = await clip({
      ...small,
      video: ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p"],
    });
    expect((await layoutOf(path)).oddity).toBe("its profile is High 4:4:4 Predictive");
    const film = await joined("profile.mp4", [path, await clip(small)]);
    expect(JSON.stringify(probeJson(film, "stream=profile"))).not.toContain("4:4:4");
  });
});

test("an aspect that only the head of the track tells is not taken from a neighbour of the same kind", async () => {
  const bare = await clip({ ...small, filter: "setsar=0" });
  const wide = await patched(bare, file("wide.mp4"), (boxes) => {
    bodyOf(boxes, "moov", "trak", "tkhd").writeInt32BE(128 * 0x10000, 76);
  });
  const [first, second] = await layoutsOf(bare, wide);
  expect(first).toMatchObject({ oddity: null, format: { size: { width: 64, height: 64 } } });
  expect(second).toMatchObject({ oddity: "its pixels are not square", format: { size: { width: 128, height: 64 } } });
});

describe("tracks beyond picture and sound", () => {
  async function withExtras(name: string, ...wanted: readonly string[]): Promise<string> {
    const inputs = ["-i", await clip(small)];
    const maps = ["-map", "0"];
    if (wanted.includes("cover")) {
      await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=32x32", "-frames:v", "1", "-update", "1", file("cover.jpg")]);
      inputs.push("-i", file("cover.jpg"));
      maps.push("-map", String(inputs.length / 2 - 1), "-disposition:v:1", "attached_pic");
    }
    if (wanted.includes("subtitles")) {
      await Bun.write(file("words.srt"), "1\n00:00:00,000 --> 00:00:00,500\nwords\n");
      inputs.push("-i", file("words.srt"));
      maps.push("-map", String(inputs.length / 2 - 1), "-c:s", "mov_text");
    }
    if (wanted.includes("chapters")) {
      await Bun.write(file("chapters.txt"), ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=one\n");
      inputs.push("-i", file("chapters.txt"));
      maps.push("-map_chapters", String(inputs.length / 2 - 1));
    }
    if (wanted.includes("sound")) maps.push("-map", "0:a", "-c:a:1", "ac3");
    if (wanted.includes("time code")) maps.push("-timecode", "01:00:00:00");
    await ffmpeg([...inputs, "-c", "copy", ...maps, file(name)]);
    return file(name);
  }

  test.each<[string, readonly string[], readonly string[]]>([
    ["cover.mp4", ["cover"], ["a cover picture"]],
    ["subtitles.mp4", ["subtitles"], ["subtitles (mov_text)"]],
    ["chapters.mp4", ["chapters"], ["chapter titles"]],
    ["sound.mp4", ["sound"], ["a second sound track (ac3)"]],
    ["time-code.mov", ["time code"], ["a time code"]],
    [
      "all.mp4",
      ["cover", "subtitles", "chapters", "sound", "time code"],
      ["a second sound track (ac3)", "subtitles (mov_text)", "chapter titles", "a time code", "a cover picture"],
    ],
  ])("%s is accepted, and they are left out", async (name, wanted, extras) => {
    const path = await withExtras(name, ...wanted);
    expect((await tool.verify(path, never)).video.frames).toBe(24);
    const layout = await layoutOf(path);
    expect(layout).toMatchObject({ frames: 24, oddity: null });
    expect(layout.extras.toSorted()).toEqual(extras.toSorted());
    const source = await frameHashes(await clip(small));
    const film = await joined(`film of ${name}.mp4`, [path, await clip(small)]);
    expect(await frameHashes(film)).toEqual([...source, ...source]);
    expect(probeJson(film, "stream=codec_name")).toMatchObject({
      streams: [{ codec_name: "h264" }, { codec_name: "aac" }],
    });
  });

  test("a cover that is told of before the picture is not taken for it", async () => {
    const source = await remade("cover source.mp4", small, "-c", "copy");
    const path = await patched(await withExtras("cover behind.mp4", "cover"), file("cover first.mp4"), (boxes) => {
      const moov = inside(boxes, "moov");
      moov.splice(
        1,
        0,
        ...moov.splice(
          moov.findIndex(({ type }) => type === "udta"),
          1,
        ),
      );
    });
    expect(probeJson(path, "stream=codec_name")).toMatchObject({ streams: [{ codec_name: "mjpeg" }, {}, {}] });
    expect((await tool.verify(path, never)).video).toMatchObject({ codec: "h264", width: 64, frames: 24 });
    const plain = await frameHashes(source);
    const film = await frameHashes(await joined("cover first film.mp4", [path, source], 0.125));
    expect(film).toHaveLength(45);
    expect(film.slice(0, 12)).toEqual(plain.slice(0, 12));
  });
});
