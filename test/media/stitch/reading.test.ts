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
    ["a box for each track", small, [...copied, "frag_keyframe+empty_moov+separate_moof+omit_tfhd_offset"]],
    ["shifts below zero", small, [...copied, "frag_keyframe+empty_moov+negative_cts_offsets"]],
    ["some in the movie and some in fragments", silent, [...copied, "frag_keyframe"]],
    ["fragments with an index", small, [...copied, "frag_keyframe+dash+delay_moov+global_sidx"]],
    ["some in both, with an edit of no length", silent, [...unmoved, ...copied, "frag_keyframe"]],
  ];

  test("are all copied, wherever they are told", async () => {
    const paths = await Promise.all(kinds.map(([name, options, args]) => remade(`${name}.mp4`, options, ...args)));
    // Where all packets are told by fragments, and where only some are.
    for (const path of [paths[0], paths[4]]) expect((await tool.verify(path ?? "", never)).video.frames).toBe(24);
    const layouts = await layoutsOf(...paths);
    expect(layouts.map(({ frames, oddity, cleanStarts }) => ({ frames, oddity, cleanStarts }))).toEqual(
      kinds.map(() => ({ frames: 24, oddity: null, cleanStarts: [0, 12] })),
    );
    const [heard, unheard] = [await frameHashes(await clip(small)), await frameHashes(await clip(silent))];
    const sources = kinds.map(([, { sound }]) => (sound === null ? unheard : heard));
    const cut = await joined("cut.mp4", paths);
    expect(await frameHashes(cut)).toEqual(sources.flat());
    // Sound stays with its picture: between clips without any.
    const own = onsetOf(await soundSamples(await clip(small)));
    expect(Math.abs(onsetOf((await soundSamples(cut)).subarray(4.5 * 48_000)) - 24_000 - own)).toBeLessThan(48);
    // Sought in: what is copied around the windows is what it was.
    const faded = await frameHashes(await joined("faded.mp4", paths, 0.125));
    expect(faded).toHaveLength(24 * kinds.length - 3 * (kinds.length - 1));
    for (const [index, source] of sources.entries()) {
      const start = index * 21;
      const [from, to] = [index === 0 ? 0 : 12, index === kinds.length - 1 ? 24 : 12];
      expect(faded.slice(start + from, start + to)).toEqual(source.slice(from, to));
    }
  });
});

/** The first sample of a tone that begins in silence. */
const onsetOf = (samples: Float32Array): number => samples.findIndex((sample) => Math.abs(sample) > 0.05);

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

  test("held by its packet, or by the packet that ends the track, is shown as long", async () => {
    // The second's last picture lies in an earlier packet; its edit list leaves out what its start is late.
    const seconds = [1.5, 1.5 - 1 / 24];
    const paths = await Promise.all([held("last.mp4", 18_432, "bframes=0"), held("b-frames.mp4", 18_432, "bframes=2")]);
    for (const [index, layout] of (await layoutsOf(...paths)).entries()) {
      const lasting = seconds[index] ?? 0;
      expect(layout).toMatchObject({ regular: false, oddity: `its last frame is held for ${lasting.toFixed(2)} s` });
      expect(layout.pictureSeconds).toBeCloseTo(23 / 24 + lasting, 3);
      expect(layout.format.frameRate).toEqual({ num: 24, den: 1 });
    }
    const film = await joined("held film.mp4", paths);
    expect(await frameHashes(film)).toHaveLength(23 + 36 + 23 + 35);
  });

  test("of a few ticks is a frame like the others", async () => {
    const paths = await Promise.all([1, 700].map((ticks) => held(`short-${ticks}.mp4`, ticks, "bframes=0")));
    for (const layout of await layoutsOf(...paths)) expect(layout).toMatchObject({ frames: 24, oddity: null });
  });
});

describe("sound beyond the end of its edit list", () => {
  test("is not heard; a late start by an edit of nothing stays right", async () => {
    const options: ClipOptions = { ...small, frames: 48 };
    const path = await patched(await clip(options), file("edit.mp4"), (boxes) => {
      bodyOf(boxes, "moov", "trak#1", "edts", "elst").writeInt32BE(1_000, 8); // ms
    });
    const late = ["-itsoffset", "0.4", "-i", await clip(small), "-map", "0:v", "-map", "1:a", "-c", "copy"];
    const delayed = await remade("late sound.mp4", small, ...late);
    const layout = await layoutOf(path);
    expect(layout.soundSeconds).toEqual({ from: 0, to: 1 });
    expect(layout.soundPackets).toBe(48);
    const samples = await soundSamples(await joined("edit film.mp4", [path, delayed]));
    const loudest = (from: number, to: number) =>
      samples.subarray(from * 48_000, to * 48_000).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest(0.9, 0.99)).toBeGreaterThan(0.1);
    expect(loudest(1.03, 2.35)).toBeLessThan(0.001);
    expect(Math.abs(onsetOf(samples.subarray(1.1 * 48_000)) - 1.3 * 48_000)).toBeLessThan(200);
  });
});

test("a clip that was cut between two frames without encoding keeps its sound under its picture", async () => {
  const whole = await clip({ frames: 24, size: "64x64", seed: 2 });
  await ffmpeg(["-ss", "0.3", "-i", whole, "-c", "copy", file("between.mp4")]);
  // The eighth frame is the first that begins in it, a thirtieth of a second after the sound.
  const layout = await layoutOf(file("between.mp4"));
  expect(layout).toMatchObject({ frames: 16, regular: true, soundPackets: null });
  expect(layout.pictureLateSeconds).toBeCloseTo(1 / 30, 3);
});

describe("how a picture lies", () => {
  const U = 0x10000;
  const ways: readonly (readonly [name: string, matrix: readonly number[], oddity: string, filter: string])[] = [
    ["upside down as in a mirror", [U, 0, 0, -U], "it is mirrored", "vflip"],
    ["left for right", [-U, 0, 0, U], "it is mirrored", "hflip"],
    ["on its head", [-U, 0, 0, -U], "it is rotated by -180 degrees", "hflip,vflip"],
    ["on its side", [0, U, -U, 0], "it is rotated by -90 degrees", "transpose=clock"],
    ["on its side as in a mirror", [0, U, U, 0], "it is mirrored", "transpose=cclock_flip"],
  ];

  test("as its matrix says, as players show it", async () => {
    const source = await clip({ ...small, frames: 6, sound: null, filter: "hue=s=0,drawbox=0:0:20:20:white:fill" });
    const turned = ways.map(([name, [a = 0, b = 0, c = 0, d = 0]]) =>
      patched(source, file(`${name}.mp4`), (boxes) => {
        fours(a, b, 0, c, d, 0).copy(bodyOf(boxes, "moov", "trak", "tkhd"), 40);
      }),
    );
    const paths = await Promise.all(turned);
    const layouts = await layoutsOf(...paths);
    expect(layouts.map(({ frames, oddity }) => [frames, oddity])).toEqual(ways.map(([, , oddity]) => [6, oddity]));
    const film = await joined("turned film.mp4", paths);
    const small4 = "scale=4:4,format=gray";
    const raw = ["-f", "rawvideo", "-"];
    const got = await ffmpeg([
      "-i",
      film,
      "-vf",
      `select=not(mod(n\\,6)),${small4}`,
      "-fps_mode",
      "passthrough",
      ...raw,
    ]);
    const graph = ways.map(([, , , filter], way) => `[0:v]trim=end_frame=1,${filter},${small4}[v${way}]`);
    const all = `${graph.join(";")};${ways.map((_, way) => `[v${way}]`).join("")}concat=n=${ways.length}`;
    const wanted = await ffmpeg(["-i", source, "-filter_complex", all, "-fps_mode", "passthrough", ...raw]);
    expect(got).toHaveLength(16 * ways.length);
    expect(wanted).toHaveLength(16 * ways.length);
    const off = ways.map((_, way) =>
      Math.max(
        ...got.subarray(way * 16, way * 16 + 16).map((value, at) => Math.abs(value - (wanted[way * 16 + at] ?? 0))),
      ),
    );
    expect(Math.max(...off)).toBeLessThan(8);
  });
});

test("a profile that some do not play is not copied, nor an aspect of the track's head taken for a neighbour's", async () => {
  const bare = await clip({ ...small, filter: "setsar=0" });
  const wide = await patched(bare, file("wide.mp4"), (boxes) => {
    bodyOf(boxes, "moov", "trak", "tkhd").writeInt32BE(128 * 0x10000, 76);
  });
  const lossless = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p"];
  const paths = [bare, wide, await clip({ ...small, video: lossless })];
  const square = { width: 64, height: 64 };
  expect(await layoutsOf(...paths)).toMatchObject([
    { oddity: null, format: { size: square } },
    { oddity: "its pixels are not square", format: { size: { width: 128, height: 64 } } },
    { oddity: "its profile is High 4:4:4 Predictive", format: { size: square } },
  ]);
  const film = await joined("odd.mp4", paths);
  expect(probeJson(film, "stream=profile,width")).toMatchObject({ streams: [{ profile: "High", width: 64 }, {}] });
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

  test("are left out and named, whatever they are and wherever they are told of", async () => {
    const all = await withExtras("all.mp4", "cover", "subtitles", "chapters", "sound", "time code");
    const quickTime = await withExtras("time-code.mov", "time code");
    // Not to be taken for the picture, also where it is sought in.
    const coverFirst = await patched(await withExtras("cover behind.mp4", "cover"), file("cover.mp4"), (boxes) => {
      const moov = inside(boxes, "moov");
      const words = moov.findIndex(({ type }) => type === "udta");
      moov.splice(1, 0, ...moov.splice(words, 1));
    });
    expect(probeJson(coverFirst, "stream=codec_name")).toMatchObject({ streams: [{ codec_name: "mjpeg" }, {}, {}] });
    for (const path of [all, coverFirst])
      expect((await tool.verify(path, never)).video).toMatchObject({ codec: "h264", width: 64, frames: 24 });
    const source = await remade("source.mp4", small, "-c", "copy");
    const layouts = await layoutsOf(coverFirst, all, quickTime, source);
    const plain = { frames: 24, oddity: null, soundPackets: layouts[3]?.soundPackets };
    expect(layouts.map(({ extras, ...layout }) => ({ ...layout, extras: extras.toSorted() }))).toMatchObject([
      { ...plain, extras: ["a cover picture"] },
      {
        ...plain,
        extras: [
          "a cover picture",
          "a second sound track (ac3)",
          "a time code",
          "chapter titles",
          "subtitles (mov_text)",
        ],
      },
      { ...plain, extras: ["a time code"] },
      { ...plain, extras: [] },
    ]);
    expect(plain.soundPackets).not.toBeNull();
    const film = await joined("film of all.mp4", [coverFirst, all, quickTime, source], 0.125);
    const [own, frames] = [await frameHashes(source), await frameHashes(film)];
    expect(frames).toHaveLength(4 * 24 - 3 * 3);
    for (const clip of [0, 1, 2, 3]) expect(frames.slice(clip * 21 + 12, clip * 21 + 18)).toEqual(own.slice(12, 18));
    expect(probeJson(film, "stream=codec_name")).toMatchObject({
      streams: [{ codec_name: "h264" }, { codec_name: "aac" }],
    });
  });
});
