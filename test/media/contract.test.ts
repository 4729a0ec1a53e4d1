import { setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { mediaToolContract } from "../contract/media-tool.ts";
import { createFakeMedia, fakeClipBytes } from "../support/fake-media.ts";
import { clip, ffmpeg, realTool, tempFolder } from "../support/media.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

mediaToolContract("ffmpeg", () => {
  const still = join(tempFolder(), "still.png");
  const drawn = ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", still]);
  return {
    tool: realTool(),
    clip: (frames, seed, sound = true) => clip({ frames, seed, sound: sound ? "stereo" : null }),
    still: () => drawn.then(() => still),
  };
});

mediaToolContract("fake", () => {
  const folder = tempFolder();
  return {
    tool: createFakeMedia(),
    clip: async (frames, seed, sound = true) => {
      const path = join(folder, `${frames}-${seed}-${sound}.mp4`);
      await Bun.write(path, fakeClipBytes({ durationSeconds: frames / 24, label: String(seed), sound }));
      return path;
    },
    still: async () => {
      const path = join(folder, "still.png");
      await Bun.write(path, "a picture");
      return path;
    },
  };
});
