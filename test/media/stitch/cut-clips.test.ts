/** Real films of clips that came longer than they are to be. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { StitchRequest } from "../../../src/ports/media.ts";
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

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const sha256Of = async (path: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");

/** Joins clips that were decoded when they were stored, as films are made. */
async function joined(request: StitchRequest, output: string, loudnessLufs: number | null = null) {
  const storedSha256 = await Promise.all(request.clips.map(sha256Of));
  return realTool({ loudnessLufs }).stitch({ ...request, storedSha256 }, output, () => {}, never);
}

test("the end of a longer clip is gone, what is before it is the source's, and nothing warns", async () => {
  const output = join(tempFolder(), "film.mp4");
  const clips = [await clip({ frames: 64, seed: 1 }), await clip({ seed: 2 }), await clip({ frames: 64, seed: 3 })];
  const report = await joined({ clips, crossfadeSeconds: 0, keepSeconds: [2, null, 2] }, output);
  expect(report).toMatchObject({ mode: "concat", frames: 144, windows: 0, syncErrorMs: 0 });
  expect(report.cutClips.map(({ clip, toSeconds }) => [clip, toSeconds])).toEqual([
    [0, 2],
    [2, 2],
  ]);
  // Two mini-groups of B-frames end at the cuts.
  expect(report.framesEncoded).toBeLessThan(8);
  expect(report.framesDecoded).toBeLessThan(144);
  const [film = [], one = [], two = [], three = []] = await Promise.all([output, ...clips].map(frameHashes));
  expect(film.length).toBe(144);
  expect([film.slice(0, 44), film.slice(48, 96)]).toEqual([one.slice(0, 44), two.slice()]);
  expect(film.slice(96, 96 + 44)).toEqual(three.slice(0, 44));
  expect(film.filter((hash) => one.slice(48).includes(hash) || three.slice(48).includes(hash))).toEqual([]);
  expect(probeJson(output, "stream=duration")).toMatchObject({
    streams: [{ duration: "6.000000" }, { duration: "6.000000" }],
  });
  expect(await warningsOf(output)).toBe("");
});

/** The tone of a clip with this seed, Hz. */
const toneOf = (seed: number): number => 300 + seed * 110;

/** How loud a tone is in some samples, 0 to about 1. */
function loudnessOf(samples: Float32Array, hertz: number): number {
  let [re, im] = [0, 0];
  for (const [index, value] of samples.entries()) {
    re += value * Math.cos((2 * Math.PI * hertz * index) / 48_000);
    im += value * Math.sin((2 * Math.PI * hertz * index) / 48_000);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

test.each([
  ["copied", [64 / 24, null], null],
  ["encoded", [2, null], null],
  ["evened out", [2, null], -16],
] as const)("sound that is %s changes where the picture does", async (_, keepSeconds, loudnessLufs) => {
  const output = join(tempFolder(), "film.mp4");
  const clips = [await clip({ frames: 128, seed: 1 }), await clip({ frames: 64, seed: 4 })];
  const report = await joined({ clips, crossfadeSeconds: 0, keepSeconds }, output, loudnessLufs);
  const at = Math.round((report.startsSeconds[1] ?? 0) * 48_000);
  expect([report.syncErrorMs, report.frames]).toEqual([0, at / 2_000 + 64]);
  const film = await soundSamples(output);
  const [before, after] = [film.slice(at - 6_000, at - 480), film.slice(at + 480, at + 6_000)];
  const first = [loudnessOf(before, toneOf(1)), loudnessOf(after, toneOf(1))] as const;
  const second = [loudnessOf(before, toneOf(4)), loudnessOf(after, toneOf(4))] as const;
  expect(first[0]).toBeGreaterThan(10 * first[1]);
  expect(second[1]).toBeGreaterThan(10 * second[0]);
});

test("a crossfade blends the frames before the cut", async () => {
  const folder = tempFolder();
  const [output, whole] = [join(folder, "film.mp4"), join(folder, "whole.mp4")];
  const clips = [await clip({ frames: 64, seed: 1 }), await clip({ seed: 2 })];
  const report = await joined({ clips, crossfadeSeconds: 0.25, keepSeconds: [2, null] }, output);
  expect(report).toMatchObject({ mode: "crossfade", frames: 90, windows: 1, syncErrorMs: 0 });
  // The same film of a clip that ends there: what is blended and shown is no other.
  const short = join(folder, "short.mp4");
  const cut = ["-frames:v", "48", "-c:v", "libx264", "-qp", "0", "-c:a", "aac"];
  await ffmpeg(["-i", clips[0] ?? "", ...cut, "-t", "2", short]);
  await joined({ clips: [short, clips[1] ?? ""], crossfadeSeconds: 0.25 }, whole);
  const stats = join(folder, "ssim.txt");
  const compare = `[0:v]settb=1/24,setpts=N[a];[1:v]settb=1/24,setpts=N[b];[a][b]ssim=stats_file=${stats}`;
  await ffmpeg(["-i", output, "-i", whole, "-lavfi", compare, "-f", "null", "-"]);
  const likeness = [...(await Bun.file(stats).text()).matchAll(/All:([\d.]+)/g)].map((match) => Number(match[1]));
  expect(likeness.length).toBe(90);
  expect(Math.min(...likeness)).toBeGreaterThan(0.97);
  expect(await warningsOf(output)).toBe("");
});

test("a clip that must be encoded is cut as well, and the frame before a hard cut still goes", async () => {
  const output = join(tempFolder(), "film.mp4");
  const varying = { frames: 80, filter: "select='not(eq(mod(n,5),3))'", output: ["-fps_mode", "vfr"], seed: 1 };
  const clips = [await clip({ rate: "30", frames: 80, seed: 2 }), await clip(varying), await clip({ frames: 64 })];
  const lastFrames = ["drop", "drop"] as const;
  const report = await joined({ clips, crossfadeSeconds: 0, keepSeconds: [2, 2, 2], lastFrames }, output);
  // 2 s of each at 24 frames a second, which one has and the varying one is nearest to.
  expect(report).toMatchObject({ frames: 142, droppedAfter: [0, 1], syncErrorMs: 0 });
  expect(report.cutClips.length).toBe(3);
  expect((await frameHashes(output)).length).toBe(142);
});

test("it is explained", async () => {
  const clips = [await clip({ frames: 64, seed: 1 }), await clip({ seed: 2 })];
  const rows = await realTool().explain({ clips, crossfadeSeconds: 0, keepSeconds: [2, null] }, never);
  expect(rows[1]?.slice(0, 3)).toEqual(["clip 1", "copy", "48"]);
  expect(rows[1]?.[3]).toStartWith("packets copied; cut from 2.67 s to 2.00 s");
});

test("the last frame of a clip that is cut is the one before the cut", async () => {
  const folder = tempFolder();
  const path = await clip({ frames: 64, size: "320x180" });
  const frame = async (index: number) => {
    const still = join(folder, `${index}.png`);
    await ffmpeg(["-i", path, "-vf", `select=eq(n\\,${index})`, "-frames:v", "1", still]);
    return still;
  };
  const tool = realTool();
  const like = async (index: number, endSeconds?: number) => {
    const still = { path: await frame(index), frame: "still" } as const;
    return tool.similarity({ path, frame: "last", ...(endSeconds !== undefined && { endSeconds }) }, still, never);
  };
  const likest = async (endSeconds: number | undefined, some: readonly number[]) => {
    const scores = await Promise.all(some.map((index) => like(index, endSeconds)));
    return some[scores.indexOf(Math.max(...scores))];
  };
  expect(await likest(undefined, [47, 62, 63])).toBe(63);
  for (const last of [1, 7, 47, 61]) expect(await likest((last + 1) / 24, [last - 1, last, last + 1, 63])).toBe(last);
});
