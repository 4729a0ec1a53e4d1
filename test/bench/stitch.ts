/**
 * Stitching: ours beside the one-graph way that everybody uses and beside `concat -c copy`, interleaved, medians.
 *
 *   bun test/bench/stitch.ts [--quick] [--counts 3,8,15] [--seconds 8] [--height 720] [--gop 24|clip] [--silent]
 *                            [--fade 0.5] [--preset medium] [--runs 3] [--naive-max 30] [--decoded] [--svg FILE]
 *                            [--folder DIR] [--keep 6] [--ours medium] [--fragmented]
 *
 * Ours encodes as `stitch.quality: standard` says, the one graph with `--preset`; `--ours` names a preset for ours. How
 * alike the two films are in their fades is measured after the last run. `--naive-max 0` leaves the one graph away, `--decoded` adds the copy with a decode of its result, `--folder` keeps
 * the clips of each kind for the next run. Ours is compiled as it is shipped.
 */
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { peakBytes } from "../support/tree-memory.ts";

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
    /** Seconds that are shown of each clip; all unless given. */
    keep: { type: "string" },
    preset: { type: "string", default: "medium" },
    ours: { type: "string", default: "" },
    /** Clips whose packets lie in fragments, as they are streamed. */
    fragmented: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    "naive-max": { type: "string", default: "30" },
    decoded: { type: "boolean", default: false },
    svg: { type: "string" },
    /** Keeps its clips here and takes those that are there. */
    folder: { type: "string" },
  },
});
const CRF = 18;
const RATE = 24;
const quick = flags.quick;
const seconds = quick ? 4 : Number(flags.seconds);
const counts = (quick ? "3,8" : flags.counts).split(",").map(Number);
const runs = quick ? 1 : Number(flags.runs);
const fade = Number(flags.fade);
const shownSeconds = Number(flags.keep ?? seconds);

interface Measure {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Of the whole process tree, sampled every 20 ms; what programs share counts for each. */
  readonly peakMegabytes: number;
}

/** `copy, decode` is what the plain copy costs once its result is checked as ours is. */
const WAYS = ["ours", "one graph", "concat -c copy", "copy, decode"] as const;
type Way = (typeof WAYS)[number];

/** Medians. */
interface Row extends Measure {
  readonly way: Way;
  /** The fastest run. */
  readonly leastSeconds: number;
  readonly clips: number;
}

/** Clips that are made; more are copies of them. */
const DISTINCT = 30;

/** Clips that differ in picture and tone, with motion, grain and B-frames, made two at a time. */
async function makeClips(folder: string, count: number): Promise<readonly string[]> {
  const height = Number(flags.height);
  const gop = flags.gop === "clip" ? "9999" : flags.gop;
  const paths = Array.from({ length: count }, (_, index) => join(folder, `${String(index).padStart(4, "0")}.mp4`));
  await mkdir(join(folder, "films"), { recursive: true });
  const own = paths.slice(0, DISTINCT);
  for (let first = 0; first < own.length; first += availableParallelism()) {
    const some = own.slice(first, first + availableParallelism());
    await Promise.all(some.map((path, place) => makeClip(path, first + place, height, gop)));
  }
  for (const [index, path] of paths.entries())
    if (!(await Bun.file(path).exists())) await copyFile(paths[index % DISTINCT] ?? "", path);
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
  const half = `${path}.part.mp4`;
  const layout = flags.fragmented ? ["-movflags", "frag_keyframe+empty_moov+default_base_moof"] : [];
  await measure(["ffmpeg", "-v", "error", "-y", ...input, ...video, ...sound.slice(4), ...layout, half]);
  await rename(half, path);
}

/** The way of a single graph over all inputs, as one command. */
function graphCommand(clips: readonly string[], output: string): string[] {
  const frames = shownSeconds * RATE;
  const overlap = Math.round(fade * RATE);
  const parts = clips.map((_, i) => `[${i}:v]setpts=PTS-STARTPTS,fps=${RATE}[v${i}]`);
  const cut = flags.keep === undefined ? [] : ["-t", flags.keep];
  for (let i = 1; i < clips.length; i += 1) {
    const offset = (i * (frames - overlap)) / RATE;
    parts.push(`[${i === 1 ? "v0" : `x${i - 1}`}][v${i}]xfade=duration=${fade}:offset=${offset}[x${i}]`);
    if (!flags.silent)
      parts.push(`[${i === 1 ? "0:a" : `y${i - 1}`}][${i}:a]acrossfade=d=${fade}:c1=qsin:c2=qsin[y${i}]`);
  }
  const last = clips.length - 1;
  const sound = flags.silent ? [] : ["-map", `[y${last}]`, "-c:a", "aac", "-b:a", "192k"];
  const encode = ["-c:v", "libx264", "-preset", flags.preset, "-crf", String(CRF), "-pix_fmt", "yuv420p"];
  const inputs = clips.flatMap((clip) => [...cut, "-i", clip]);
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
  const peak = await peakBytes(child);
  const code = await child.exited;
  const wallSeconds = (performance.now() - startedMs) / 1_000;
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}`);
  const used = child.resourceUsage();
  const cpuSeconds = Number(used?.cpuTime.total ?? 0) / 1_000_000;
  return { wallSeconds, cpuSeconds, peakMegabytes: peak / 1_000_000 };
}

/** Compiles one stitch of ours as the program is compiled. */
async function compileOurs(outfile: string): Promise<void> {
  const { success, logs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "stitch-once.ts")],
    target: "bun",
    format: "esm",
    minify: { whitespace: true, syntax: true, identifiers: false },
    bytecode: true,
    external: ["ffmpeg-static"],
    compile: { outfile },
  });
  if (!success) throw new AggregateError(logs, "one stitch could not be compiled");
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function compare(folder: string, ours: string, clips: readonly string[]): Promise<readonly Row[]> {
  const film = (name: string) => join(folder, "films", `${name}.mp4`);
  const own = [ours, folder, String(clips.length), flags.fade, flags.ours];
  const commands: [Way, string[]][] = [["ours", [...own, ...(flags.keep === undefined ? [] : [flags.keep])]]];
  if (fade > 0 && clips.length <= Number(flags["naive-max"]))
    commands.push(["one graph", graphCommand(clips, film("graph"))]);
  const copy = await copyCommand(folder, clips, film("copy"));
  commands.push(["concat -c copy", copy]);
  const decode = `"$@" && ffmpeg -v error -xerror -i '${film("copy")}' -f null -`;
  if (flags.decoded) commands.push(["copy, decode", ["sh", "-c", decode, "sh", ...copy]]);
  const measured = new Map<Way, Measure[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const [way, command] of commands) {
      await rm(join(folder, "temp"), { recursive: true, force: true });
      measured.set(way, [...(measured.get(way) ?? []), await measure(command)]);
    }
  }
  await rm(film("copy"), { force: true });
  if (measured.has("one graph"))
    likeness.set(clips.length, await likenessOf(film("ours"), film("graph"), clips.length));
  return [...measured].map(([way, all]) => ({
    way,
    clips: clips.length,
    wallSeconds: median(all.map((one) => one.wallSeconds)),
    leastSeconds: Math.min(...all.map((one) => one.wallSeconds)),
    cpuSeconds: median(all.map((one) => one.cpuSeconds)),
    peakMegabytes: median(all.map((one) => one.peakMegabytes)),
  }));
}

interface Likeness {
  readonly mean: number;
  readonly worst: number;
}

/** By the number of clips: how alike our fades and those of the one graph are, by SSIM. */
const likeness = new Map<number, Likeness>();

async function likenessOf(ours: string, graph: string, clips: number): Promise<Likeness> {
  const log = `${ours}.ssim`;
  const filter = `[0:v]settb=1/${RATE},setpts=N[a];[1:v]settb=1/${RATE},setpts=N[b];[a][b]ssim=f=${log}`;
  await measure(["ffmpeg", "-v", "error", "-y", "-i", ours, "-i", graph, "-lavfi", filter, "-f", "null", "-"]);
  const all = [...(await Bun.file(log).text()).matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  const [frames, overlap] = [Math.round(shownSeconds * RATE), Math.round(fade * RATE)];
  const starts = Array.from({ length: clips - 1 }, (_, left) => (left + 1) * (frames - overlap));
  const faded = starts.flatMap((start) => all.slice(start, start + overlap));
  await rm(log, { force: true });
  return { mean: faded.reduce((sum, value) => sum + value, 0) / faded.length, worst: Math.min(...faded) };
}

const COLUMNS = ["wall s", "least s", "cpu s", "peak MB", "wall/ours", "MB/ours"] as const;

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const ours = rows.find((other) => other.clips === row.clips && other.way === "ours") ?? row;
    const numbers = [
      ...[row.wallSeconds, row.leastSeconds, row.cpuSeconds].map((value) => value.toFixed(2)),
      row.peakMegabytes.toFixed(0),
      (row.wallSeconds / ours.wallSeconds).toFixed(2),
      (row.peakMegabytes / ours.peakMegabytes).toFixed(2),
    ];
    const cells = numbers.map((text) => text.padStart(10)).join("");
    return `${String(row.clips).padStart(5)}  ${row.way.padEnd(15)}${cells}`;
  });
  const sound = flags.silent ? "no sound" : "sound";
  return [
    `${flags.height}p, ${seconds} s clips${flags.keep === undefined ? "" : ` of which ${flags.keep} s are shown`}, GOP ${flags.gop}, ${sound}, fade ${fade} s, one graph ${flags.preset} crf ${CRF}, ${runs} run(s)`,
    `clips  ${"way".padEnd(15)}${COLUMNS.map((column) => column.padStart(10)).join("")}`,
    ...lines,
    ...ratios(rows),
    "",
  ].join("\n");
}

const toCopy = (ours: Row, copy: Row): readonly string[] => [
  `${(ours.wallSeconds / copy.wallSeconds).toFixed(2)} x a copy`,
  `least ${(ours.leastSeconds / copy.leastSeconds).toFixed(2)} x`,
];

function toGraph(ours: Row, graph: Row): readonly string[] {
  const { mean = 0, worst = 0 } = likeness.get(ours.clips) ?? {};
  return [
    `${(graph.wallSeconds / ours.wallSeconds).toFixed(2)} x faster than one graph`,
    `${((100 * ours.peakMegabytes) / graph.peakMegabytes).toFixed(1)}% of its memory`,
    `SSIM of the fades to its ${mean.toFixed(4)}, worst frame ${worst.toFixed(4)}`,
  ];
}

/** What the aims are about: ours to a copy, the one graph to ours, and memory to that of 8 clips. */
function ratios(rows: readonly Row[]): readonly string[] {
  const rowOf = (clips: number, way: Way) => rows.find((row) => row.clips === clips && row.way === way);
  const eight = rowOf(8, "ours");
  return counts.flatMap((clips) => {
    const [ours, graph, copy] = [rowOf(clips, "ours"), rowOf(clips, "one graph"), rowOf(clips, "concat -c copy")];
    if (ours === undefined) return [];
    const parts = [
      ...(copy === undefined || fade > 0 ? [] : toCopy(ours, copy)),
      ...(graph === undefined ? [] : toGraph(ours, graph)),
      ...(eight === undefined ? [] : [`${(ours.peakMegabytes / eight.peakMegabytes).toFixed(2)} x the memory of 8`]),
    ];
    return parts.length === 0 ? [] : [`${String(clips).padStart(5)}  ours: ${parts.join(", ")}`];
  });
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
  const rows: Row[] = [];
  const base = flags.folder ?? (await mkdtemp(join(tmpdir(), "vidpipe-bench-")));
  const kind = `${flags.height}p-${seconds}s-gop-${flags.gop}${flags.silent ? "-silent" : ""}${flags.fragmented ? "-fragmented" : ""}`;
  const folder = join(base, kind);
  try {
    const clips = await makeClips(folder, Math.max(...counts));
    const ours = join(folder, "ours");
    await compileOurs(ours);
    for (const count of counts) rows.push(...(await compare(folder, ours, clips.slice(0, count))));
    await rm(join(folder, "temp"), { recursive: true, force: true });
  } finally {
    if (flags.folder === undefined) await rm(base, { recursive: true, force: true });
  }
  await Bun.write(Bun.stdout, tableOf(rows));
  const title = `Joining ${seconds} s clips at ${flags.height}p, ${fade} s crossfades, one graph x264 ${flags.preset}`;
  if (flags.svg !== undefined) await Bun.write(flags.svg, chartSvg(rows, title));
}

if (import.meta.main) await main();
