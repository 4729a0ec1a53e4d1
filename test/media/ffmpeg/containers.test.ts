import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { CONTAINERS, containerOf, decodersOf, mistakenFor } from "../../../src/media/ffmpeg/containers.ts";
import { clip, ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const packets = (length: number, at: number, count: number): Uint8Array => {
  const stream = new Uint8Array(length * count);
  for (let packet = 0; packet < count; packet += 1) stream[packet * length + at] = 0x47;
  return stream;
};

test.each([
  ["MP4", bytes("\0\0\0\x20ftypisom")],
  ["MP4", bytes("\0\0\0\x08wide\0\0\0\0mdat")],
  ["WebM or Matroska", bytes("\x1a\x45\xdf\xa3\x9fB\x86\x81")],
  ["MPEG-TS", packets(188, 0, 3)],
  ["MPEG-TS", packets(192, 4, 5)],
  ["AVI", bytes("RIFF\0\0\0\0AVI LIST")],
  ["GIF", bytes("GIF89a\x10\0\x10\0")],
  ["animated PNG", bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR1234567890123\0\0\0\x08acTL")],
])("%s is told by its first bytes", (name, head) => {
  expect(containerOf(head)?.name).toBe(name);
});

test.each([
  ["a still picture", bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR1234567890123\0\0\0\x08IDAT")],
  ["a still picture", bytes("\0\0\0\x20ftypavif")],
  ["a playlist", bytes("#EXTM3U\n#EXT-X-TARGETDURATION:9\n")],
  ["a playlist", bytes("\xef\xbb\xbf#EXTM3U\n")],
  ["a list of files", bytes("ffconcat version 1.0\n")],
  ["a web page", bytes("\n<!DOCTYPE html><html>")],
  ["an XML document", bytes('<?xml version="1.0"?><MPD>')],
  ["a PDF", bytes("%PDF-1.7\n%\xe2\xe3")],
  ["a ZIP archive", bytes("PK\x03\x04")],
  ["a sound file", bytes("RIFF\0\0\0\0WAVEfmt ")],
  ["Ogg", bytes("OggS\0\x02")],
  ["text", bytes("G")],
  ["text", bytes("caf\xc3\xa9 ".repeat(99))],
  ["a file of an unknown kind", bytes("\0")],
  ["a file of an unknown kind", packets(188, 0, 2)],
])("what is no clip is %s", (what, head) => {
  expect(containerOf(head)).toBeNull();
  expect(mistakenFor(head)).toBe(what);
});

test("no bytes are two containers, and all bytes are something", () => {
  const starts = ["GIF89a", "\x1a\x45\xdf\xa3", "\0\0\0\x20ftyp", "RIFF1234AVI ", "G", ""].map(bytes);
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 1_000 }), (start, rest) => {
      const head = Uint8Array.from([...start, ...rest]);
      expect(Object.values(CONTAINERS).filter(({ begins }) => begins(head)).length).toBeLessThan(2);
      expect(mistakenFor(head)).not.toBe("");
    }),
  );
});

test("each container has one demuxer, and a decoder for each of its codecs", () => {
  for (const container of Object.values(CONTAINERS)) {
    expect(container.demuxer).toMatch(/^\w+$/);
    expect(decodersOf(container).length).toBeGreaterThanOrEqual(container.picture.length + container.sound.length);
    expect(decodersOf(container).join()).not.toMatch(/undefined|cuvid|qsv|v4l2/);
  }
});

const folder = tempFolder();

test("the name of a file says nothing of what it is", async () => {
  const path = join(folder, "really.mp4");
  await ffmpeg(["-i", await clip({ frames: 6 }), "-c", "copy", "-f", "matroska", path]);
  expect((await realTool().verify(path, never)).video).toMatchObject({ codec: "h264", frames: 6 });
});

test("a name that is a pattern opens that file and no other", async () => {
  const path = join(folder, "f%d.gif");
  await ffmpeg(["-i", await clip({ frames: 6 }), "-frames:v", "3", `file:${join(folder, "one.gif")}`]);
  await Bun.write(path, Bun.file(join(folder, "one.gif")));
  expect((await realTool().verify(path, never)).video.frames).toBe(3);
  await Bun.write(join(folder, "f1.gif"), Bun.file(join(folder, "one.gif")));
  await Bun.write(path, "GIF89a\0;");
  await expect(realTool().verify(path, never)).rejects.toThrow("begins like GIF but is not a whole one");
});

describe("an ffmpeg that lacks a decoder", () => {
  /** ffmpeg and ffprobe, one of them a script that says what such a build says. */
  async function tool(program: "ffmpeg" | "ffprobe", says: string) {
    const bin = join(folder, program, "ffmpeg");
    await mkdir(dirname(bin), { recursive: true });
    const real = (name: string) => `#!/bin/sh\nexec ${name} "$@"\n`;
    for (const name of ["ffmpeg", "ffprobe"]) {
      const script = join(dirname(bin), name);
      await writeFile(script, name === program ? `#!/bin/sh\necho "${says}" >&2\nexit 1\n` : real(name), {
        mode: 0o755,
      });
    }
    return realTool({ ffmpegPath: bin });
  }

  test.each([
    ["ffprobe", "[av1 @ 0x1] Codec (av1) not on whitelist 'h264,libdav1d'"],
    ["ffmpeg", "Decoder (codec av1) not found for input stream #0:0"],
    ["ffmpeg", "[vist#0:0/av1 @ 0x1] Decoding requested, but no decoder found for: av1"],
  ] as const)("is told apart from a bad file, by %s: %s", async (program, says) => {
    const verifying = (await tool(program, says)).verify(await clip({ frames: 6 }), never);
    await expect(verifying).rejects.toMatchObject({
      code: "media.ffmpeg_unfit",
      message: expect.stringMatching(/^this ffmpeg has no decoder for av1 \(libdav1d or libaom-av1\), which "clip-/),
    });
  });
});
