/**
 * One stitch of ours in a process of its own, so that its time and memory can be measured:
 *
 *   bun test/bench/stitch-once.ts FOLDER CLIPS FADE PRESET [KEPT SECONDS]
 *
 * The folder holds 0000.mp4 and so on, `hashes.json`, and takes `temp` and `films/ours.mp4`.
 */
import { join } from "node:path";
import { z } from "zod";
import { createMediaTool } from "../../src/media/ffmpeg/tool.ts";
import { createSystemClock } from "../../src/platform/clock.ts";

const [folder = ".", count = "3", fade = "0", preset = "", keep = ""] = process.argv.slice(2);
const clock = createSystemClock();
const clips = Array.from({ length: Number(count) }, (_, index) =>
  join(folder, `${String(index).padStart(4, "0")}.mp4`),
);
const hashes: unknown = await Bun.file(join(folder, "hashes.json")).json();
const storedSha256 = z.array(z.string()).parse(hashes).slice(0, clips.length);
const tool = createMediaTool(
  { ffmpegPath: null, tempDir: join(folder, "temp"), encoder: preset === "" ? null : { preset, crf: 18 } },
  { clock, log: { debug() {}, info() {}, warn() {}, error() {} } },
);
const film = join(folder, "films", "ours.mp4");
const keepSeconds = keep === "" ? undefined : clips.map(() => Number(keep));
const request = { clips, storedSha256, crossfadeSeconds: Number(fade), keepSeconds };
await tool.stitch(request, film, () => {}, new AbortController().signal);
