import { expect, setDefaultTimeout, test } from "bun:test";
import { copyFile, mkdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { clip, ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const tool = realTool();
const folder = tempFolder();
const file = (name: string) => join(folder, name);

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => new Error("was accepted"),
    (reason: unknown) => reason,
  );
  if (thrown instanceof VidpipeError && thrown.code === "media.invalid") return thrown.message;
  throw thrown;
}

async function cut(source: string, name: string, keep: number): Promise<string> {
  await copyFile(source, file(name));
  await truncate(file(name), Math.floor(Bun.file(source).size * keep));
  return file(name);
}

test("a playlist named .mp4 does not open the clip it points to", async () => {
  const inside = await clip();
  await Bun.write(file("list.mp4"), `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:8,\n${inside}\n#EXT-X-ENDLIST\n`);
  expect(await refusalOf(tool.verify(file("list.mp4"), never))).toContain("is a playlist; what can be joined is MP4, ");
});

test("a concat list named .mp4 is no clip either", async () => {
  await Bun.write(file("concat.mp4"), `ffconcat version 1.0\nfile '${await clip()}'\n`);
  expect(await refusalOf(tool.verify(file("concat.mp4"), never))).toContain("is a list of files; what");
});

test.each([0.5, 0.9, 0.99])("a clip cut off at %p of its length is found out by decoding it", async (keep) => {
  expect(await refusalOf(tool.verify(await cut(await clip(), `cut-${keep}.mp4`, keep), never))).toContain(
    "cut off or damaged",
  );
});

test("a codec that is not on the list is named", async () => {
  await ffmpeg(["-i", await clip(), "-c:v", "copy", "-c:a", "wmav2", "-f", "matroska", file("wma.mp4")]);
  expect(await refusalOf(tool.verify(file("wma.mp4"), never))).toContain(
    "is WebM or Matroska with the codec wmav2; it may hold h264, hevc, vp8,",
  );
});

test("sound alone is no clip", async () => {
  await ffmpeg(["-i", await clip(), "-vn", "-c:a", "copy", file("sound.mp4")]);
  expect(await refusalOf(tool.verify(file("sound.mp4"), never))).toContain("has no picture");
});

test("a folder is no clip", async () => {
  await mkdir(file("folder.mp4"));
  expect(await refusalOf(tool.verify(file("folder.mp4"), never))).toContain("is not a file");
});

test("messages show a file's name without its folders or control characters", async () => {
  const message = await refusalOf(tool.verify(file("a\u001b[31m\nb.mp4"), never));
  expect(message).toBe('"a\\u001b[31m\\nb.mp4" is not there; it was not used');
});

test.each(["-y.mp4", "a:b.mp4", "it's 100%d *.mp4", "pipe|b.mp4", "über\n猫.mp4"])(
  "a clip may be called %p",
  async (name) => {
    await copyFile(await clip(), file(name));
    expect((await tool.verify(file(name), never)).video.frames).toBe(48);
  },
);

const picture = async (name: string, size: string): Promise<string> => {
  await ffmpeg(["-f", "lavfi", "-i", `testsrc2=s=${size}`, "-frames:v", "1", "-update", "1", `file:${file(name)}`]);
  return file(name);
};

test.each(["a.png", "a.jpg", "a.webp", "k%02d.png"])("%s is a still", async (name) => {
  expect(await tool.verifyStill(await picture(name, "320x180"), "16:9", never)).toEqual({ width: 320, height: 180 });
});

test.each([".png", ".jpg", ".webp"])("a cut-off %s is refused", async (kind) => {
  const path = await cut(await picture(`whole${kind}`, "640x360"), `part${kind}`, 0.6);
  expect(await refusalOf(tool.verifyStill(path, "16:9", never))).toMatch(/cut off or damaged|decode|size/);
});

test("a still of another shape is refused with its size", async () => {
  expect(await refusalOf(tool.verifyStill(await picture("tall.png", "180x320"), "16:9", never))).toContain(
    "is 180x320, not 16:9",
  );
});

test("a few pixels off the shape are a still's right", async () => {
  expect(await tool.verifyStill(await picture("model.png", "336x192"), "16:9", never)).toEqual({
    width: 336,
    height: 192,
  });
});

test("a picture that claims 100,000 x 100,000 pixels is refused before it is decoded", async () => {
  const bomb = Buffer.from(await Bun.file(await picture("bomb.png", "320x180")).bytes());
  bomb.writeUInt32BE(100_000, 16);
  bomb.writeUInt32BE(100_000, 20);
  bomb.writeUInt32BE(Bun.hash.crc32(bomb.subarray(12, 29)), 29);
  await Bun.write(file("bomb.png"), bomb);
  expect(await refusalOf(tool.verifyStill(file("bomb.png"), "1:1", never))).toMatch(/megapixels|size|damaged/);
});

test.each([
  ["<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"],
  ["GIF89a", "a.gif"],
  ["<html>", "page.png"],
])("%s is no still", async (text, name) => {
  await Bun.write(file(name), text);
  expect(await refusalOf(tool.verifyStill(file(name), "16:9", never))).toContain("is neither PNG, JPEG nor WebP");
});
