/**
 * Records what the documents show, from a real run of the offline provider: `bun run demo`. It writes docs/demo.webp (a
 * terminal, then the film that was made) and the console blocks between `<!-- run NAME -->` and `<!-- end run -->`.
 * Needs ffmpeg and a monospaced font (fontconfig's `monospace`).
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { screenOf } from "../test/support/screen.ts";
import { createTextRaster } from "./demo/text-raster.ts";

const root = join(import.meta.dir, "..");
const columns = 70;
const rows = 16;
const width = 640;
const height = 360;
const framesPerSecond = 10;
/** The run is shown in this many seconds, however long it took; the film this many times faster. */
const runSeconds = 6;
const filmSpeed = 2;

const PROMPT = "A cat explores Tokyo at night. She finds a lantern. Dawn breaks over the bay.";

/** Nothing of this machine's settings or keys reaches the run. */
const environment = (folder: string, more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH ?? "",
  HOME: folder,
  TERM: "xterm-256color",
  ...more,
});

const command = (words: readonly string[]): string[] => [process.execPath, join(root, "src/main.ts"), ...words];

/** What was on the terminal, and when, in ms since the start. */
interface Moment {
  readonly atMs: number;
  readonly text: string;
}

/** Runs vidpipe on a terminal of its own and keeps everything it writes there. */
async function onTerminal(folder: string, words: readonly string[]): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  const decoder = new TextDecoder();
  const startMs = performance.now();
  let text = "";
  const run = Bun.spawn(command(words), {
    cwd: folder,
    env: environment(folder),
    terminal: {
      cols: columns,
      rows: 40,
      data: (_, bytes) => {
        text += decoder.decode(bytes, { stream: true });
        moments.push({ atMs: performance.now() - startMs, text });
      },
    },
  });
  if ((await run.exited) !== 0) throw new Error(`the demo run failed:\n${text}`);
  return moments;
}

/** The command as it is typed, a few characters a frame. */
function typed(line: string): string[] {
  const steps = Array.from({ length: Math.ceil(line.length / 5) }, (_, n) => line.slice(0, (n + 1) * 5));
  return [...steps, line, line, line];
}

/** A screen for every frame of the recording. */
function screens(line: string, moments: readonly Moment[]): string[][] {
  const before = typed(`$ ${line}`).map((text) => screenOf(text, columns));
  const endMs = moments.at(-1)?.atMs ?? 0;
  const frames = runSeconds * framesPerSecond;
  const during = Array.from({ length: frames }, (_, frame) => {
    const atMs = (frame / frames) * endMs;
    const text = moments.findLast((moment) => moment.atMs <= atMs)?.text ?? "";
    return screenOf(`$ ${line}\r\n${text}`, columns);
  });
  const last = screenOf(`$ ${line}\r\n${moments.at(-1)?.text ?? ""}`, columns);
  return [...before, ...during, ...Array<string[]>(framesPerSecond * 2).fill(last)];
}

/** docs/demo.webp */
async function recordDemo(folder: string): Promise<void> {
  const film = join(folder, "cat.mp4");
  const words = ["generate", PROMPT, "--seed", "7", "--clip-duration", "4", "--output", "cat.mp4"];
  const moments = await onTerminal(folder, words);
  const line = `vidpipe generate "${PROMPT}" --seed 7 --clip-duration 4 --output cat.mp4`;
  const frames = join(folder, "frames");
  await mkdir(frames);
  const raster = await createTextRaster({ width, height, columns, rows });
  const typedRows = screenOf(`$ ${line}`, columns).length;
  let count = 0;
  let shown = "";
  let png = new Uint8Array();
  for (const screen of screens(line, moments)) {
    const text = screen.map((row) => row.replaceAll(`${folder}/`, "")).join("\n");
    if (text !== shown) png = raster(text.split("\n").slice(0, rows), typedRows);
    shown = text;
    await Bun.write(join(frames, `${String(count).padStart(4, "0")}.png`), png);
    count += 1;
  }
  const scaled = `setpts=PTS/${filmSpeed},fps=${framesPerSecond},scale=${width}:${height}`;
  await $`ffmpeg -v error -i ${film} -vf ${scaled} -an -start_number ${count} ${join(frames, "%04d.png")}`;
  const output = join(root, "docs/demo.webp");
  await $`ffmpeg -v error -y -framerate ${framesPerSecond} -i ${join(frames, "%04d.png")} -c:v libwebp_anim -lossless 0 -q:v 82 -compression_level 6 -loop 0 ${output}`;
  process.stdout.write(`docs/demo.webp ${(Bun.file(output).size / 1024 ** 2).toFixed(2)} MiB\n`);
}

/** Standard output of a run that must succeed, and what it says on standard error where `both` is true. */
async function output(folder: string, words: readonly string[], { both = false, key = "" } = {}): Promise<string> {
  const more = key === "" ? {} : { GEMINI_API_KEY: key };
  const shell = ["sh", "-c", both ? 'exec "$@" 2>&1' : 'exec "$@" 2>/dev/null', "sh"];
  const run = Bun.spawn([...shell, ...command(words)], { cwd: folder, env: environment(folder, more) });
  const text = await run.stdout.text();
  if ((await run.exited) !== 0) throw new Error(`vidpipe ${words.join(" ")}\n${text}`);
  return text.trimEnd();
}

/** Lines of progress, and of hints at what may be typed next. */
const ASIDE =
  /^(?:project |done: |review: |the previous film is kept|continue with|next: | {2}vidpipe (?!pick)|(?:storyboard|keyframes|animatic|clips|stitch): )/;

/** Output as the documents show it: without asides, with folders and the rest of ids left out. */
const shownOutput = (text: string): string[] =>
  text
    .replace(/\S*\/vidpipe-data\/films\/[\w-]+\//g, ".../")
    .replace(/\b([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "$1")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !ASIDE.test(line));

const quoted = (word: string): string => (/^[\w./=-]+$/.test(word) ? word : `"${word}"`);

/** The editing session of the documents. */
async function session(folder: string): Promise<string> {
  const lines: string[] = [];
  const say = async (...words: string[]) => {
    lines.push(`$ vidpipe ${words.map(quoted).join(" ")}`, ...shownOutput(await output(folder, words, { both: true })));
  };
  await say("generate", PROMPT, "--seed", "7", "--until", "keyframes");
  const id = /"project_id":"(\w+)/.exec(await output(folder, ["list", "--json"]))?.[1] ?? "";
  await say("resume", id);
  const file = join(folder, "film.yaml");
  await Bun.write(file, await output(folder, ["storyboard", id]));
  const edit = ["s/Dawn breaks over the bay/Snow falls on the bay/", "film.yaml"];
  lines.push(`$ vidpipe storyboard ${id} > film.yaml`, `$ sed -i '${edit.join("' ")}`);
  await $`sed -i ${edit}`.cwd(folder);
  await say("storyboard", id, "--import", "film.yaml");
  await say("resume", id);
  await say("retake", id, "--scene", "2", "--seed", "8");
  const takes = await output(folder, ["takes", id, "--scene", "2", "--json"]);
  const take = Math.max(...[...takes.matchAll(/"take":(\d+)/g)].map(([, number]) => Number(number)));
  await say("pick", id, "--scene", "2", "--take", String(take));
  await say("history", id);
  await say("revert", id, "0");
  return lines.join("\n");
}

/** The price of a paid film; the key is never sent, since nothing is bought. */
async function estimate(folder: string): Promise<string> {
  const prompt = "A lighthouse in a storm. The keeper climbs the stairs. The lamp is lit.";
  const words = ["generate", prompt, "--provider", "google", "--scenes", "3", "--dry-run"];
  const text = await output(folder, words, { key: "not-a-key" });
  return [`$ vidpipe ${words.map(quoted).join(" ")}`, text].join("\n");
}

/** Puts what was recorded into the documents that ask for it. */
async function fillDocuments(blocks: ReadonlyMap<string, string>): Promise<void> {
  for (const path of ["README.md", ...new Bun.Glob("docs/**/*.md").scanSync(root)]) {
    const text = await Bun.file(join(root, path)).text();
    const filled = text.replace(/<!-- run (\w+) -->[\s\S]*?<!-- end run -->/g, (whole, name: string) => {
      const block = blocks.get(name);
      return block === undefined ? whole : `<!-- run ${name} -->\n\`\`\`console\n${block}\n\`\`\`\n<!-- end run -->`;
    });
    if (filled === text) continue;
    await Bun.write(join(root, path), filled);
    process.stdout.write(`${path}\n`);
  }
}

const folder = await mkdtemp(join(tmpdir(), "vidpipe-demo-"));
try {
  const inside = async (name: string) => {
    await mkdir(join(folder, name));
    return join(folder, name);
  };
  if (!process.argv.includes("--text")) await recordDemo(await inside("film"));
  const blocks = new Map([
    ["session", await session(await inside("session"))],
    ["estimate", await estimate(await inside("estimate"))],
  ]);
  await fillDocuments(blocks);
} finally {
  await rm(folder, { recursive: true, force: true });
}
