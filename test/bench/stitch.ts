/**
 * Stitching: ours beside the one-graph way that everybody uses and beside `concat -c copy`, interleaved, medians.
 *
 *   bun test/bench/stitch.ts [--quick] [--counts 3,8,15] [--seconds 8] [--height 720] [--gop 24|clip] [--silent]
 *                            [--fade 0.5] [--preset medium] [--runs 3] [--naive-max 30] [--svg FILE] [--folder DIR]
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { createMediaTool } from "../../src/media/ffmpeg/tool.ts";
import { never, quietLog, realClock } from "../support/media.ts";

const { values: flags } = parseArgs({
  args: Bun.argv.slice(2),
  options: {
    quick: { type: "boolean", default: false },
    counts: { type: "string", default: "3,8,15,30,60" },
    seconds: { type: "string", default: "8" },
    height: { type: "string", default: "720" },
    gop: { type: "string", default: "24" },
    silent: { type: "boolean", default: false },
    fade: { type: "string", default: "0.5" },
    preset: { type: "string", default: "medium" },
    runs: { type: "string", default: "3" },
    "naive-max": { type: "string", default: "30" },
    svg: { type: "string" },
    /** Keeps its clips here and takes those that are there. */
    folder: { type: "string" },
    /** Internal: one stitch of ours in a process of its own, so that its memory can be measured. */
    one: { type: "string" },
  },
  allowPositionals: true,
});
const CRF = 18;
const RATE = 24;
const quick = flags.quick;
const seconds = quick ? 4 : Number(flags.seconds);
const counts = (quick ? "3,8" : flags.counts).split(",").map(Number);
const runs = quick ? 1 : Number(flags.runs);
const fade = Number(flags.fade);

interface Measure {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Of the whole process tree, sampled every 50 ms. */
  readonly peakMegabytes: number;
}

/** `copy, decode` is what the plain copy costs once its result is checked as ours is. */
const WAYS = ["ours", "one graph", "concat -c copy", "copy, decode"] as const;
type Way = (typeof WAYS)[number];

interface Row extends Measure {
  readonly way: Way;
  readonly clips: number;
}

/** Clips that differ in picture and tone, with motion, grain and B-frames, made two at a time. */
async function makeClips(folder: string, count: number): Promise<readonly string[]> {
  const height = Number(flags.height);
  const gop = flags.gop === "clip" ? "9999" : flags.gop;
  const paths = Array.from({ length: count }, (_, index) => join(folder, `${String(index).padStart(4, "0")}.mp4`));
  for (let first = 0; first < count; first += availableParallelism()) {
    const some = paths.slice(first, first + availableParallelism());
    await Promise.all(some.map((path, place) => makeClip(path, first + place, height, gop)));
  }
  // As in a project: a clip's hash is known from when it was stored.
  await Bun.write(join(folder, "hashes.json"), JSON.stringify(await Promise.all(paths.map(sha256Of))));
  return paths;
}

const sha256Of = async (path: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");

async function makeClip(path: string, index: number, height: number, gop: string): Promise<void> {
  if (await Bun.file(path).exists()) return;
  const size = `${Math.round((height * 16) / 18) * 2}x${height}`;
  const picture = `testsrc2=s=${size}:r=${RATE}:d=${seconds},hue=h=${index * 37},noise=alls=3:allf=t,format=yuv420p`;
  const tone = `sine=f=${220 + index * 7}:r=48000:d=${seconds},aformat=channel_layouts=stereo`;
  const sound = flags.silent ? [] : ["-f", "lavfi", "-i", tone, "-c:a", "aac", "-b:a", "128k"];
  const input = ["-f", "lavfi", "-i", picture, ...sound.slice(0, 4)];
  const video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", gop, "-sc_threshold", "0"];
  await measure(["ffmpeg", "-v", "error", "-y", ...input, ...video, ...sound.slice(4), path]);
}

/** The way of a single graph over all inputs, as one command. */
function graphCommand(clips: readonly string[], output: string): string[] {
  const frames = seconds * RATE;
  const overlap = Math.round(fade * RATE);
  const parts = clips.map((_, i) => `[${i}:v]fps=${RATE}[v${i}]`);
  for (let i = 1; i < clips.length; i += 1) {
    const offset = (i * (frames - overlap)) / RATE;
    parts.push(`[${i === 1 ? "v0" : `x${i - 1}`}][v${i}]xfade=duration=${fade}:offset=${offset}[x${i}]`);
    if (!flags.silent)
      parts.push(`[${i === 1 ? "0:a" : `y${i - 1}`}][${i}:a]acrossfade=d=${fade}:c1=qsin:c2=qsin[y${i}]`);
  }
  const last = clips.length - 1;
  const sound = flags.silent ? [] : ["-map", `[y${last}]`, "-c:a", "aac", "-b:a", "192k"];
  const encode = ["-c:v", "libx264", "-preset", flags.preset, "-crf", String(CRF), "-pix_fmt", "yuv420p"];
  const inputs = clips.flatMap((clip) => ["-i", clip]);
  return [
    "ffmpeg",
    "-v",
    "error",
    "-y",
    ...inputs,
    "-filter_complex",
    parts.join(";"),
    "-map",
    `[x${last}]`,
    ...sound,
    ...encode,
    "-movflags",
    "+faststart",
    output,
  ];
}

async function copyCommand(folder: string, clips: readonly string[], output: string): Promise<string[]> {
  const list = join(folder, "list.txt");
  await Bun.write(list, clips.map((clip) => `file '${clip}'`).join("\n"));
  return [
    "ffmpeg",
    "-v",
    "error",
    "-y",
    "-f",
    "concat",
    "-safe",
    "0",
    "-i",
    list,
    "-c",
    "copy",
    "-movflags",
    "+faststart",
    output,
  ];
}

/** Runs a command and measures it with everything it starts. */
async function measure(command: readonly string[]): Promise<Measure> {
  const startedMs = performance.now();
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  let peak = 0;
  const over = new AbortController();
  const sampling = (async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await treeBytes(child.pid));
      await Bun.sleep(50);
    }
  })();
  const code = await child.exited;
  const wallSeconds = (performance.now() - startedMs) / 1_000;
  over.abort();
  await sampling;
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}`);
  const used = child.resourceUsage();
  const cpuSeconds = Number(used?.cpuTime.total ?? 0) / 1_000_000;
  return { wallSeconds, cpuSeconds, peakMegabytes: peak / 1_000_000 };
}

/** Resident bytes of a process and all below it. */
async function treeBytes(root: number): Promise<number> {
  const parents = new Map<number, { parent: number; bytes: number }>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    if (stat === "") continue; // ended meanwhile
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(Number(name), { parent: Number(fields[1]), bytes: Number(fields[21]) * 4096 });
  }
  const within = (pid: number): boolean => pid === root || (parents.has(pid) && within(parents.get(pid)?.parent ?? -1));
  return [...parents].reduce((sum, [pid, { bytes }]) => (within(pid) ? sum + bytes : sum), 0);
}

async function stitchOnce(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".mp4")).sort();
  const clips = names.slice(0, counts[0]).map((name) => join(folder, name));
  const encoder = { preset: flags.preset, crf: CRF };
  const tool = createMediaTool(
    { ffmpegPath: null, tempDir: join(folder, "temp"), encoder },
    { clock: realClock, log: quietLog },
  );
  const hashes: unknown = await Bun.file(join(folder, "hashes.json")).json();
  const storedSha256 = z.array(z.string()).parse(hashes).slice(0, clips.length);
  await tool.stitch(
    { clips, storedSha256, crossfadeSeconds: fade },
    join(folder, "films", "ours.mp4"),
    () => {},
    never,
  );
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function compare(folder: string, clips: readonly string[]): Promise<readonly Row[]> {
  const film = (name: string) => join(folder, "films", `${name}.mp4`);
  await mkdir(join(folder, "films"), { recursive: true });
  const same = ["--fade", flags.fade, "--preset", flags.preset, "--counts", String(clips.length)];
  const ours = [process.execPath, import.meta.path, "--one", folder, ...same];
  const commands: [Way, string[]][] = [["ours", ours]];
  if (fade > 0 && clips.length <= Number(flags["naive-max"]))
    commands.push(["one graph", graphCommand(clips, film("graph"))]);
  const copy = await copyCommand(folder, clips, film("copy"));
  const decode = `"$@" && ffmpeg -v error -xerror -i '${film("copy")}' -f null -`;
  commands.push(["concat -c copy", copy], ["copy, decode", ["sh", "-c", decode, "sh", ...copy]]);
  const measured = new Map<Way, Measure[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const [way, command] of commands) {
      await rm(join(folder, "temp"), { recursive: true, force: true });
      measured.set(way, [...(measured.get(way) ?? []), await measure(command)]);
    }
  }
  return [...measured].map(([way, all]) => ({
    way,
    clips: clips.length,
    wallSeconds: median(all.map((one) => one.wallSeconds)),
    cpuSeconds: median(all.map((one) => one.cpuSeconds)),
    peakMegabytes: median(all.map((one) => one.peakMegabytes)),
  }));
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const ours = rows.find((other) => other.clips === row.clips && other.way === "ours")?.wallSeconds ?? 1;
    const numbers = [row.wallSeconds.toFixed(2), row.cpuSeconds.toFixed(2), row.peakMegabytes.toFixed(0)];
    const cells = [...numbers, (row.wallSeconds / ours).toFixed(2)].map((text) => text.padStart(9)).join("");
    return `${String(row.clips).padStart(5)}  ${row.way.padEnd(15)}${cells}`;
  });
  return [
    `${flags.height}p, ${seconds} s clips, GOP ${flags.gop}, fade ${fade} s, ${flags.preset} crf ${CRF}, ${runs} run(s)`,
    "clips  way               wall s    cpu s  peak MB  to ours",
    ...lines,
    "",
  ].join("\n");
}

const COLOURS: Record<Way, string> = {
  ours: "#0b7a4b",
  "one graph": "#b3402a",
  "concat -c copy": "#5a6b7b",
  "copy, decode": "#a58b2a",
};

/** Two panels, time and memory over the number of clips, both axes logarithmic. */
export function chartSvg(rows: readonly Row[], title: string): string {
  const panels = [
    panelSvg(rows, "seconds", (row) => row.wallSeconds, 0),
    panelSvg(rows, "peak MB", (row) => row.peakMegabytes, 380),
  ];
  const legend = WAYS.map(
    (way, index) => `<text x="${60 + index * 150}" y="300" fill="${COLOURS[way]}">\u25cf ${way}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 315" font-family="sans-serif" font-size="12">
<rect width="760" height="315" fill="#fff"/><text x="60" y="22" font-size="14">${title}</text>
${[...panels, ...legend].join("\n")}
</svg>
`;
}

function panelSvg(rows: readonly Row[], label: string, value: (row: Row) => number, left: number): string {
  const scale = (values: readonly number[], from: number, to: number) => {
    const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
    return (at: number) => Math.round(from + ((Math.log(at) - low) / (high - low || 1)) * (to - from));
  };
  const x = scale(
    rows.map((row) => row.clips),
    left + 60,
    left + 350,
  );
  const y = scale(rows.map(value), 250, 50);
  const lines = WAYS.map((way) => {
    const own = rows.filter((row) => row.way === way);
    const points = own.map((row) => `${x(row.clips)},${y(value(row))}`).join(" ");
    const dots = own.map(
      (row) =>
        `<circle cx="${x(row.clips)}" cy="${y(value(row))}" r="3" fill="${COLOURS[way]}"/>` +
        `<text x="${x(row.clips) + 5}" y="${y(value(row)) - 5}" font-size="10">${Number(value(row).toPrecision(3))}</text>`,
    );
    return `<polyline points="${points}" fill="none" stroke="${COLOURS[way]}" stroke-width="2"/>${dots.join("")}`;
  });
  const ticks = [...new Set(rows.map((row) => row.clips))].map(
    (clips) => `<text x="${x(clips)}" y="270" text-anchor="middle">${clips}</text>`,
  );
  return `<text x="${left + 60}" y="42">${label}, by clips</text>${lines.join("")}${ticks.join("")}`;
}

async function main(): Promise<void> {
  if (flags.one !== undefined) return await stitchOnce(flags.one);
  const rows: Row[] = [];
  const folder = flags.folder ?? (await mkdtemp(join(tmpdir(), "vidpipe-bench-")));
  try {
    const clips = await makeClips(folder, Math.max(...counts));
    for (const count of counts) rows.push(...(await compare(folder, clips.slice(0, count))));
  } finally {
    if (flags.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
  await Bun.write(Bun.stdout, tableOf(rows));
  const title = `Joining ${seconds} s clips at ${flags.height}p, ${fade} s crossfades, x264 ${flags.preset}`;
  if (flags.svg !== undefined) await Bun.write(flags.svg, chartSvg(rows, title));
}

if (import.meta.main) await main();
