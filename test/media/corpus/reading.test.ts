/** One reading of a file: what the product says of each clip is what it is, and what ffprobe says of it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPlaces, findFfmpeg } from "../../../src/media/ffmpeg/find.ts";
import { createRunner } from "../../../src/media/ffmpeg/run.ts";
import { planOf } from "../../../src/media/stitch/stitch.ts";
import { realClock } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";
import { clipFile } from "./make.ts";
import { RECIPES } from "./recipes.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

/** Frames that ffprobe decodes of the first picture. */
async function framesByFfprobe(path: string): Promise<number> {
  const args = ["-v", "quiet", "-count_frames", "-select_streams", "V:0", "-show_entries", "stream=nb_read_frames"];
  const run = Bun.spawn(["ffprobe", ...args, "-of", "csv=p=0", path], { stdout: "pipe", stderr: "ignore" });
  return Number.parseInt(await new Response(run.stdout).text(), 10);
}

const some = RECIPES.filter((_, index) => index % sized(16, 1) === 0);
test.each(some.map((recipe) => [recipe.name, recipe] as const))("%s is read as it is", async (_, recipe) => {
  const path = await clipFile(recipe);
  const cwd = mkdtempSync(join(tmpdir(), "vidpipe-reading-"));
  const tools = { paths: await findFfmpeg(null, defaultPlaces), runner: createRunner(realClock), cwd };
  const { layouts } = await planOf(tools, { clips: [path], crossfadeSeconds: 0 }, never);
  rmSync(cwd, { recursive: true });
  const [layout] = layouts;
  const { size } = layout?.format ?? {};
  expect({ frames: layout?.frames, size, sound: layout?.hasSound }).toEqual({
    frames: recipe.shows.length,
    size: recipe.seen,
    sound: recipe.tone !== null,
  });
  expect(await framesByFfprobe(path)).toBe(recipe.shows.length);
});
