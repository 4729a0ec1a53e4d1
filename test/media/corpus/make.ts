/** Makes the corpus' clips, once for all runs: they are kept in the temporary folder until their recipes change. */
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { draw } from "./picture.ts";
import { type Recipe, shownOf } from "./recipe.ts";
import { drawSound } from "./tone.ts";

/** What decides how clips come out. */
const MAKERS = [
  "picture.ts",
  "tone.ts",
  "boxes.ts",
  "recipe.ts",
  "recipes.ts",
  "make.ts",
  "options.ts",
  "recipes-codecs.ts",
  "recipes-faults.ts",
  "recipes-forms.ts",
];

/** ffmpeg processes that run at a time. */
const AT_ONCE = 2;

const running = new Set<Promise<unknown>>();
const made = new Map<string, Promise<string>>();
let folder: Promise<string> | undefined;

async function cacheFolder(): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for (const name of MAKERS) hash.update(await Bun.file(join(import.meta.dir, name)).bytes());
  hash.update(Bun.spawnSync(["ffmpeg", "-version"]).stdout);
  const path = join(tmpdir(), `vidpipe-corpus-${hash.digest("hex").slice(0, 16)}`);
  await mkdir(path, { recursive: true });
  return path;
}

/** Forgets what was made in earlier runs. */
export async function forgetCorpus(): Promise<void> {
  folder ??= cacheFolder();
  await rm(await folder, { recursive: true, force: true });
  folder = undefined;
  made.clear();
}

/** The path of a clip; it is made when it is not there. */
export function clipFile(recipe: Recipe): Promise<string> {
  const known = made.get(recipe.name) ?? kept(recipe);
  made.set(recipe.name, known);
  return known;
}

async function kept(recipe: Recipe): Promise<string> {
  folder ??= cacheFolder();
  const path = join(await folder, `${recipe.name.replace(/[^a-zA-Z0-9.]+/g, "-")}.${recipe.extension}`);
  if (await Bun.file(path).exists()) return path;
  while (running.size >= AT_ONCE) await Promise.race(running);
  const making = make(recipe, path).finally(() => running.delete(making));
  running.add(making);
  await making;
  return path;
}

/** Other runs may make the same at the same time: each writes names of its own, and the last step is a rename. */
async function make(recipe: Recipe, path: string): Promise<void> {
  const part = (name: string) => path.replace(/\.(\w+)$/, `.${process.pid}.${name}.$1`);
  const [first, second, sound] = [part("first"), part("second"), part("sound")];
  try {
    if (recipe.tone !== null) await Bun.write(sound, soundBytes(recipe));
    await ffmpeg([...inputs(recipe, sound), ...outputs(recipe), first], pictureBytes(recipe));
    if (recipe.again !== undefined)
      await ffmpeg([...(recipe.again.before ?? []), "-i", first, ...recipe.again.after, second]);
    const last = recipe.again === undefined ? first : second;
    if (recipe.patch !== undefined) await Bun.write(last, recipe.patch(Buffer.from(await Bun.file(last).bytes())));
    await rename(last, path);
  } finally {
    for (const file of [first, second, sound]) await rm(file, { force: true });
  }
}

function inputs(recipe: Recipe, sound: string): readonly string[] {
  const { drawn, fps, tone, colour } = recipe;
  const picture = [
    ...["-f", "rawvideo", "-pix_fmt", colour.range === "pc" ? "yuvj444p" : "yuv444p"],
    ...["-s", `${drawn.width}x${drawn.height}`, "-r", `${fps.num}/${fps.den}`],
    ...["-i", "pipe:0"],
  ];
  if (tone === null) return picture;
  const offset = tone.from > 0 ? ["-itsoffset", String(tone.from)] : [];
  return [...picture, ...offset, "-f", "f32le", "-ar", String(tone.rate), "-ac", String(tone.channels), "-i", sound];
}

function outputs({ video, audio, output, tone }: Recipe): readonly string[] {
  const x264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p"];
  return [
    ...(video ?? [...x264, "-x264-params", "keyint=12:min-keyint=1:scenecut=0"]),
    ...(tone === null ? [] : (audio ?? ["-c:a", "aac", "-b:a", "128k"])),
    ...["-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", ...(output ?? [])],
  ];
}

function pictureBytes(recipe: Recipe): Uint8Array {
  const frames = Array.from({ length: recipe.frames }, (_, frame) => {
    return draw(shownOf(recipe, frame), recipe.drawn, recipe.colour).planes;
  });
  return Buffer.concat(frames.flat());
}

/** The tone in the first two channels: those that every layout but mono begins with. */
function soundBytes({ clip, tone, beep }: Recipe): Uint8Array {
  if (tone === null) return new Uint8Array(0);
  const one = drawSound(clip, tone.rate, tone, beep ?? { from: 0, to: 0 });
  const all = new Float32Array(one.length * tone.channels);
  for (const [index, sample] of one.entries())
    for (let channel = 0; channel < Math.min(2, tone.channels); channel += 1)
      all[index * tone.channels + channel] = sample;
  return new Uint8Array(all.buffer);
}

async function ffmpeg(args: readonly string[], input?: Uint8Array): Promise<void> {
  const run = Bun.spawn(["ffmpeg", "-y", "-v", "error", ...args], { stdin: input ?? "ignore", stderr: "pipe" });
  const [said, code] = await Promise.all([new Response(run.stderr).text(), run.exited]);
  if (code !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${said}`);
}
