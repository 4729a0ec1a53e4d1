/** Small real clips for tests, made once per run with ffmpeg, and ways to look into files. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMediaTool, type MediaToolConfig } from "../../src/media/ffmpeg/tool.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import type { Clock, Log } from "../../src/ports/runtime.ts";

const folder = mkdtempSync(join(tmpdir(), "vidpipe-media-"));
process.on("exit", () => Bun.spawnSync(["rm", "-rf", folder]));

/** A new empty folder that goes away when the tests end. */
export const tempFolder = (): string => mkdtempSync(join(folder, "f-"));

export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The machine's clock: these tests wait for real programs. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

/** The real tool in a temp folder of its own. */
export const realTool = (config: Partial<MediaToolConfig> = {}): MediaTool =>
  createMediaTool(
    { ffmpegPath: null, tempDir: tempFolder(), encoder: { preset: "ultrafast", crf: 18 }, ...config },
    { clock: realClock, log: quietLog },
  );

export interface ClipOptions {
  readonly frames?: number;
  /** As ffmpeg writes it, e.g. `24` or `30000/1001`. */
  readonly rate?: string;
  readonly size?: string;
  /** Frames between keyframes. */
  readonly gop?: number;
  /** A number that makes the picture and the tone its own. */
  readonly seed?: number;
  /** Channel layout, or null for none. */
  readonly sound?: "stereo" | "mono" | "5.1" | null;
  readonly soundRate?: number;
  /** Seconds; the picture's unless given. */
  readonly soundSeconds?: number;
  /** Replaces the video encoder and its options. */
  readonly video?: readonly string[];
  /** Further x264 parameters. */
  readonly x264?: string;
  /** Filters behind the test picture. */
  readonly filter?: string;
  /** Options before the output. */
  readonly output?: readonly string[];
}

const made = new Map<string, Promise<string>>();
let count = 0;

/** A clip with a moving picture and a tone; the same options give the same file. */
export function clip(options: ClipOptions = {}): Promise<string> {
  const key = JSON.stringify(options);
  const known = made.get(key);
  if (known !== undefined) return known;
  count += 1;
  const path = join(folder, `clip-${count}.mp4`);
  const making = ffmpeg([...clipInputs(options), ...clipOutput(options), path]).then(() => path);
  made.set(key, making);
  return making;
}

function clipInputs(options: ClipOptions): string[] {
  const { frames = 48, rate = "24", size = "160x96", seed = 0, sound = "stereo", soundRate = 48_000 } = options;
  const seconds = secondsAt(frames, rate);
  const more = options.filter === undefined ? "" : `,${options.filter}`;
  // Not -frames:v, which ends the sound with the picture's last packet.
  const picture = `testsrc2=s=${size}:r=${rate},hue=h=${seed * 53},trim=end_frame=${frames}${more}`;
  const tone = `sine=f=${300 + seed * 110}:r=${soundRate}:d=${options.soundSeconds ?? seconds},volume=2,aformat=channel_layouts=${sound}`;
  return [...["-f", "lavfi", "-i", picture], ...(sound === null ? [] : ["-f", "lavfi", "-i", tone])];
}

function clipOutput(options: ClipOptions): string[] {
  const { gop = 12, sound = "stereo", x264 = "" } = options;
  const params = `keyint=${gop}:min-keyint=1:scenecut=0${x264 === "" ? "" : `:${x264}`}`;
  const video = options.video ?? [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-pix_fmt",
    "yuv420p",
    "-x264-params",
    params,
  ];
  return [
    ...video,
    ...(sound === null ? [] : ["-c:a", "aac", "-b:a", "96k"]),
    ...["-movflags", "+faststart", ...(options.output ?? [])],
  ];
}

export function secondsAt(frames: number, rate: string): number {
  const [num = 24, den = 1] = rate.split("/").map(Number);
  return (frames * den) / num;
}

/** Runs ffmpeg as a test needs it; throws with what it said. */
export async function ffmpeg(args: readonly string[]): Promise<Uint8Array> {
  const run = Bun.spawn(["ffmpeg", "-nostdin", "-y", "-v", "error", ...args], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([
    new Response(run.stdout).bytes(),
    new Response(run.stderr).text(),
    run.exited,
  ]);
  if (code !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** What ffmpeg warns of when it decodes all of a file. */
export async function warningsOf(path: string): Promise<string> {
  const run = Bun.spawn(["ffmpeg", "-nostdin", "-v", "warning", "-i", path, "-f", "null", "-"], { stderr: "pipe" });
  return await new Response(run.stderr).text();
}

/** A hash of each decoded frame. */
export async function frameHashes(path: string): Promise<readonly string[]> {
  const text = new TextDecoder().decode(await ffmpeg(["-i", path, "-map", "0:v:0", "-f", "framemd5", "-"]));
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => line.split(",").at(-1)?.trim() ?? "");
}

/** The decoded left channel at 48 kHz. */
export async function soundSamples(path: string): Promise<Float32Array> {
  const bytes = await ffmpeg([
    "-i",
    path,
    "-map",
    "0:a:0",
    "-af",
    "pan=mono|c0=c0",
    "-ar",
    "48000",
    "-f",
    "f32le",
    "-",
  ]);
  return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4));
}

/** ffprobe's JSON of a file. */
export function probeJson(path: string, entries: string): unknown {
  const run = Bun.spawnSync(["ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", path]);
  return JSON.parse(run.stdout.toString());
}

export const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
