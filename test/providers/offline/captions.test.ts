import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { createCaptions } from "../../../src/providers/offline/captions.ts";
import { ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

/** Half of a film's size. */
const size = { width: 360, height: 360 };
const note = { sceneIndex: 1, sceneCount: 3, description: "A cat finds a lantern.", style: "noir" };

test("a caption names the camera move of its scene's words and lies over any still", async () => {
  const { png, move } = await createCaptions().draw({ ...note, motion: "Slow pan left." }, size);
  expect(move).toBe("pan_left");
  const [folder, tool] = [tempFolder(), realTool()];
  const [stillPath, captionPath, clip] = [join(folder, "s.png"), join(folder, "c.png"), join(folder, "c.mp4")];
  await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=640x640", "-frames:v", "1", stillPath]);
  await Bun.write(captionPath, png);
  expect(await tool.verifyStill(captionPath, "1:1", never)).toEqual(size);
  const shot = { startPath: stillPath, endPath: stillPath, size, durationSeconds: 0.25, seed: 1 };
  await tool.renderShot({ ...shot, move, captionPath }, clip, never);
  expect((await tool.verify(clip, never)).video).toMatchObject({ ...size, frames: 6 });
});
