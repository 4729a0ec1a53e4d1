/** Clips as strangers make them: each becomes part of a right film, or is refused in one clear line. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultPlaces, findFfmpeg } from "../../../src/media/ffmpeg/find.ts";
import { createRunner } from "../../../src/media/ffmpeg/run.ts";
import type { StitchPlan } from "../../../src/media/stitch/plan/plan.ts";
import { planOf } from "../../../src/media/stitch/stitch.ts";
import { type ClipOptions, clip, ffmpeg, realClock, realTool, tempFolder, warningsOf } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const x264 = (...options: string[]) => ["-c:v", "libx264", "-preset", "ultrafast", ...options];
const hdr = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"];

/** The film takes the format of this one, which most of the others share. */
const plain: ClipOptions = { frames: 30, seed: 1 };

/** A clip whose `tkhd` says that it lies on its side. */
async function rotated(): Promise<string> {
  const bytes = Buffer.from(await Bun.file(await clip({ frames: 30, seed: 2 })).bytes());
  const matrix = bytes.indexOf("tkhd") + 4 + 40;
  for (const [index, value] of [0, 0x10000, 0, -0x10000, 0, 0].entries()) bytes.writeInt32BE(value, matrix + index * 4);
  await Bun.write(join(folder, "rotated.mp4"), bytes);
  return join(folder, "rotated.mp4");
}

async function remade(name: string, before: readonly string[], after: readonly string[]): Promise<string> {
  await ffmpeg([...before, "-i", await clip({ frames: 48, seed: 2 }), ...after, join(folder, name)]);
  return join(folder, name);
}

const odd = (options: ClipOptions) => () => clip({ frames: 30, seed: 2, ...options });
const FADE_SECONDS = 0.25;

/** What it is, how to make it, its frames at 24 fps, and what the plan must say. */
const table: readonly (readonly [string, () => Promise<string>, number, string])[] = [
  ["another size", odd({ size: "128x128" }), 30, "128x128, the film is 160x96"],
  ["a higher rate", odd({ rate: "30" }), 24, "30 fps, the film has 24"],
  ["an NTSC rate", odd({ rate: "24000/1001" }), 30, "23.976 fps, the film has 24"],
  ["double the rate", odd({ rate: "60", frames: 75 }), 30, "60 fps, the film has 24"],
  ["on its side", rotated, 30, "it is rotated by -90 degrees"],
  ["oblong pixels", odd({ filter: "setsar=2/1" }), 30, "its pixels are not square"],
  ["10 bit", odd({ video: x264("-pix_fmt", "yuv420p10le") }), 30, "its pixel format is yuv420p10le"],
  [
    "high dynamic range",
    odd({ video: x264("-pix_fmt", "yuv420p10le", ...hdr) }),
    30,
    "its pixel format is yuv420p10le",
  ],
  ["odd size", odd({ size: "161x97", video: x264("-pix_fmt", "yuv444p") }), 30, "its pixel format is yuv444p"],
  [
    "HEVC",
    odd({ video: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"] }),
    30,
    "its codec is hevc",
  ],
  ["interlaced", odd({ video: x264("-flags", "+ilme+ildct", "-pix_fmt", "yuv420p") }), 30, "it is interlaced"],
  [
    "varying rate",
    odd({ filter: "select='not(eq(mod(n,5),3))'", output: ["-fps_mode", "vfr"] }),
    30,
    "its frame rate varies",
  ],
  ["open groups", odd({ x264: "open-gop=1" }), 30, "no keyframe between its fades"],
  ["one group", odd({ gop: 999 }), 30, "no keyframe between its fades"],
  [
    "other parameter sets",
    odd({ video: x264("-pix_fmt", "yuv420p", "-profile:v", "baseline") }),
    30,
    "its parameter sets clash",
  ],
  [
    "full range",
    odd({ video: x264("-pix_fmt", "yuvj420p", "-color_range", "pc") }),
    30,
    "its colours are BT.601 in full range, the film's BT.601",
  ],
  [
    "a start cut off by an edit list",
    () => remade("edited.mp4", ["-ss", "0.7"], ["-c", "copy"]),
    31,
    "an edit list hides some of its frames",
  ],
  ["a late start", () => remade("late.mp4", ["-itsoffset", "0.4"], ["-c", "copy"]), 48, "packets copied"],
  [
    "a late picture",
    () => remade("late-picture.mp4", [], ["-c:v", "copy", "-af", "adelay=0", "-output_ts_offset", "0.3"]),
    48,
    "packets copied",
  ],
  ["in fragments", odd({ output: ["-movflags", "frag_keyframe+empty_moov"] }), 30, "packets copied"],
  ["no B-frames", odd({ x264: "bframes=0" }), 30, "its parameter sets clash"],
  ["no sound", odd({ sound: null }), 30, "packets copied"],
  ["mono", odd({ sound: "mono" }), 30, "packets copied"],
  ["5.1 sound", odd({ sound: "5.1" }), 30, "packets copied"],
  ["sound of 22,050 Hz", odd({ soundRate: 22_050 }), 30, "packets copied"],
  ["too much sound", odd({ soundSeconds: 3 }), 30, "packets copied"],
  ["too little sound", odd({ soundSeconds: 0.3 }), 30, "packets copied"],
];

describe("an odd clip in a film of plain ones", () => {
  let clips: readonly string[] = [];
  let plan: StitchPlan | undefined;
  const tool = realTool();
  const planned = (): StitchPlan => {
    if (plan === undefined) throw new Error("not planned");
    return plan;
  };

  beforeAll(async () => {
    const first = await clip(plain);
    const odds = await Promise.all(table.map(([, make]) => make()));
    clips = [first, ...odds, first];
    const tools = { paths: await findFfmpeg(null, defaultPlaces), runner: createRunner(realClock), cwd: folder };
    plan = (await planOf(tools, { clips, crossfadeSeconds: FADE_SECONDS }, never)).plan;
  });

  test.each(table.map(([name, , frames, reason], index) => [name, frames, reason, index] as const))(
    "%s: %p frames, %s",
    (_, frames, reason, index) => {
      expect(planned().clips[1 + index]).toMatchObject({ frames, reason });
    },
  );

  test("all of them become one crossfaded film that decodes without a warning", async () => {
    const output = join(folder, "fades.mp4");
    const report = await tool.stitch({ clips, crossfadeSeconds: FADE_SECONDS }, output, () => {}, never);
    expect(report.frames).toBe(planned().frames);
    expect(await warningsOf(output)).toBe("");
  });

  test("all of them become one film of hard cuts that decodes without a warning", async () => {
    const output = join(folder, "cuts.mp4");
    const sum = planned().clips.reduce((frames, part) => frames + part.frames, 0);
    const report = await tool.stitch({ clips, crossfadeSeconds: 0 }, output, () => {}, never);
    expect(report.frames).toBe(sum);
    expect(await warningsOf(output)).toBe("");
  });
});

describe("names and lengths", () => {
  const tool = realTool();
  const into = (name: string) => join(folder, name);

  test("clips may have any name", async () => {
    const names = ["-y.mp4", 'it\'s "so".mp4', "a b%03d.mp4", "new\nline.mp4", "猫|é:*.mp4"];
    for (const name of names) await copyFile(await clip(plain), into(name));
    const clips = names.map(into);
    const report = await tool.stitch(
      { clips, crossfadeSeconds: FADE_SECONDS },
      into("-film 'x'%d.mp4"),
      () => {},
      never,
    );
    expect(report.frames).toBe(5 * 30 - 4 * 6);
  });

  test("clips of one frame can be cut together", async () => {
    const one = await clip({ frames: 1, seed: 1 });
    const report = await tool.stitch(
      { clips: [one, one, await clip(plain), one], crossfadeSeconds: 0 },
      into("ones.mp4"),
      () => {},
      never,
    );
    expect(report.frames).toBe(33);
  });

  test("a fade of exactly half a clip is the longest", async () => {
    const short = await clip({ frames: 12, seed: 3 });
    const clips = [await clip(plain), short, await clip(plain)];
    const report = await tool.stitch({ clips, crossfadeSeconds: 0.25 }, into("half.mp4"), () => {}, never);
    expect(report.frames).toBe(60);
    const longer = tool.stitch({ clips, crossfadeSeconds: 0.3 }, into("half.mp4"), () => {}, never);
    await expect(longer).rejects.toThrow("longer than half of clip 2; use 0.25 s or less");
  });

  test("many clips become one film", async () => {
    const clips = Array<string>(sized(20, 200)).fill(await clip({ frames: 24, seed: 4 }));
    const report = await tool.stitch({ clips, crossfadeSeconds: 0 }, into("many.mp4"), () => {}, never);
    expect(report.frames).toBe(24 * clips.length);
  });

  test.each([
    ["nothing in it", async () => Bun.write(into("empty.mp4"), ""), "empty.mp4", "is empty"],
    ["no picture", async () => soundOnly(into("sound.mp4")), "sound.mp4", "has no picture"],
    [
      "text in it",
      async () => Bun.write(into("text.mp4"), "not a film"),
      "text.mp4",
      "is text; what can be joined is MP4, ",
    ],
  ])("a clip with %s is named in one line, and nothing is left", async (_, make, name, why) => {
    await make();
    const clips = [await clip(plain), into(name)];
    const stitching = tool.stitch({ clips, crossfadeSeconds: 0 }, into("refused.mp4"), () => {}, never);
    await expect(stitching).rejects.toMatchObject({
      code: "media.invalid",
      message: expect.stringMatching(new RegExp(`^"${name}" ${why}.*$`)),
    });
    expect(await Bun.file(into("refused.mp4")).exists()).toBe(false);
    expect(await Bun.file(into("refused.mp4.part")).exists()).toBe(false);
  });
});

const soundOnly = (path: string) => ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", path]);
