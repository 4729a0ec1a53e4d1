/**
 * What each way to encode a window costs and looks like, beside one graph at x264 medium crf 18. Fades of 0.5 s between
 * unlike pictures, as `stitch.quality` is chosen by; figures of one run.
 *
 *   bun test/bench/quality.ts [--height 720] [--candidates ultrafast:16:deblock=0,0;veryfast:18]
 *
 * `source` is the mean SSIM to the unencoded fade, which is to be no less than that of the first line; `graph` that to
 * what the one graph makes of it, and `worst` its worst frame. CPU seconds are the encoder's own.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { QUALITIES, type X264Choice } from "../../src/media/stitch/encode/quality.ts";

const { values: flags } = parseArgs({
  args: Bun.argv.slice(2),
  options: { height: { type: "string", default: "720" }, candidates: { type: "string" } },
});
const height = Number(flags.height);
const size = `${Math.round((height * 16) / 18) * 2}x${height}`;

/** Sharp, detailed, grainy and smooth. */
const PICTURES = {
  bars: `testsrc2=s=${size}:r=24,hue=h=37,noise=alls=3:allf=t`,
  detail: `mandelbrot=s=${size}:r=24:start_scale=0.3:end_scale=0.05,noise=alls=6:allf=t`,
  grain: `gradients=s=${size}:r=24:c0=0x302820:c1=0x805030:c2=0x203850:nb_colors=3:seed=3:speed=0.02,noise=alls=12:allf=t`,
  smooth: `gradients=s=${size}:r=24:nb_colors=5:seed=7:speed=0.03,gblur=3`,
  cells: `life=s=320x180:r=24:seed=5:mold=10:ratio=0.1:death_color=#C83232:life_color=#00ff00,scale=${size.replace("x", ":")},hue=s=0.4`,
} as const;
const PAIRS = [
  ["bars", "detail"],
  ["grain", "smooth"],
  ["cells", "bars"],
  ["smooth", "cells"],
] as const;

const GRAPH: X264Choice = { preset: "medium", crf: 18 };

function candidates(): readonly X264Choice[] {
  if (flags.candidates === undefined) return Object.values(QUALITIES).flatMap(({ windows, long }) => [windows, long]);
  return flags.candidates.split(";").map((text) => {
    const [preset = "", crf = "", ...params] = text.split(":");
    return { preset, crf: Number(crf), params };
  });
}

interface Run {
  readonly cpuSeconds: number;
  readonly stderr: string;
}

async function ffmpeg(args: readonly string[]): Promise<Run> {
  const child = Bun.spawn(["ffmpeg", "-nostdin", "-y", "-v", "error", ...args], { stdout: "ignore", stderr: "pipe" });
  const stderr = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(stderr);
  return { cpuSeconds: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1_000_000, stderr };
}

async function ssim(
  one: string,
  other: string,
  log: string,
): Promise<{ readonly mean: number; readonly worst: number }> {
  await ffmpeg(["-i", one, "-i", other, "-lavfi", `ssim=f=${log}`, "-f", "null", "-"]);
  const all = [...(await Bun.file(log).text()).matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  return { mean: all.reduce((sum, value) => sum + value, 0) / all.length, worst: Math.min(...all) };
}

const encode = ({ preset, crf, params = [] }: X264Choice, source: string, output: string): Promise<Run> => {
  const more = params.length === 0 ? [] : ["-x264-params", params.join(":")];
  return ffmpeg([
    ...["-i", source, "-c:v", "libx264", "-preset", preset, "-crf", String(crf), ...more, "-threads", "1"],
    output,
  ]);
};

const folder = await mkdtemp(join(tmpdir(), "vidpipe-quality-"));
const at = (name: string) => join(folder, name);
try {
  for (const name of PAIRS.flat())
    if (!(await Bun.file(at(`${name}.mp4`)).exists()))
      await ffmpeg([
        ...["-f", "lavfi", "-i", `${PICTURES[name]},trim=end_frame=60,format=yuv420p`],
        ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "24", at(`${name}.mp4`)],
      ]);
  await Bun.write(Bun.stdout, `${"fade".padEnd(15)}${"encoder".padEnd(34)} cpu s  source   graph   worst      KB\n`);
  for (const [left, right] of PAIRS) {
    const fade = "[0:v]trim=start_frame=24,setpts=N/24/TB[a];[1:v]trim=end_frame=36,setpts=N/24/TB[b];";
    const blend = `${fade}[a][b]xfade=duration=0.5:offset=1,format=yuv420p`;
    const inputs = ["-i", at(`${left}.mp4`), "-i", at(`${right}.mp4`)];
    await ffmpeg([...inputs, "-filter_complex", blend, "-c:v", "ffv1", "-threads", "1", at("source.mkv")]);
    const { cpuSeconds: decoding } = await ffmpeg(["-threads", "1", "-i", at("source.mkv"), "-f", "null", "-"]);
    for (const choice of [GRAPH, ...candidates()]) {
      const output = at(choice === GRAPH ? "graph.mp4" : "own.mp4");
      const { cpuSeconds } = await encode(choice, at("source.mkv"), output);
      const source = await ssim(output, at("source.mkv"), at("ssim.txt"));
      const graph = await ssim(output, at("graph.mp4"), at("ssim.txt"));
      const words = [choice.preset, `crf ${choice.crf}`, ...(choice.params ?? [])].join(" ");
      const figures = [source.mean, graph.mean, graph.worst].map((value) => value.toFixed(4).padStart(8)).join("");
      const kilobytes = (Bun.file(output).size / 1_000).toFixed(0).padStart(8);
      const cpu = (cpuSeconds - decoding).toFixed(2).padStart(6);
      await Bun.write(Bun.stdout, `${`${left}, ${right}`.padEnd(15)}${words.padEnd(34)}${cpu}${figures}${kilobytes}\n`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
