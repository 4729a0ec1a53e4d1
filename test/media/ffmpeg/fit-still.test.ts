import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { AspectRatio, FRAME_SIZES, stillTypeOf } from "../../../src/domain/media.ts";
import { MAX_PIXELS } from "../../../src/media/ffmpeg/args.ts";
import { fitStillArgs, fittedSize } from "../../../src/media/ffmpeg/fit-still.ts";
import { ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const png = (name: string) => ({ path: join("/", name), format: "image/png" as const });

test.each([
  [1024, 1024, "16:9", "crop", 1024, 576],
  [1024, 1024, "16:9", "pad", 1024, 576],
  [1024, 1024, "9:16", "crop", 576, 1024],
  [1408, 768, "16:9", "crop", 1364, 768],
  [1408, 768, "16:9", "pad", 1408, 792],
  [720, 1280, "16:9", "crop", 720, 404],
  [720, 1280, "16:9", "pad", 1280, 720],
  [1280, 720, "1:1", "pad", 1280, 1280],
  [1280, 720, "16:9", "crop", 1280, 720],
  [1023, 767, "1:1", "crop", 766, 766],
] as const)("%p x %p to %s by %s: %p x %p", (width, height, ratio, fit, across, down) => {
  expect(fittedSize({ width, height }, ratio, fit)).toEqual({ width: across, height: down });
});

test("no side of it is ever longer than the longer one of the source, nor is it too large to read", () => {
  const side = fc.integer({ min: 64, max: 40_000 });
  const shapes = fc.tuple(side, side).filter(([width, height]) => width * height <= MAX_PIXELS);
  const ratios = fc.constantFrom(...AspectRatio.options);
  fc.assert(
    fc.property(shapes, ratios, fc.constantFrom("crop" as const, "pad" as const), ([width, height], ratio, fit) => {
      const size = fittedSize({ width, height }, ratio, fit);
      const longer = Math.max(width, height);
      expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(longer);
      expect(size.width * size.height).toBeLessThanOrEqual(MAX_PIXELS);
      expect([size.width % 2, size.height % 2]).toEqual([0, 0]);
      if (fit === "crop") expect(size.width <= width && size.height <= height).toBe(true);
      const wanted = FRAME_SIZES[ratio].width / FRAME_SIZES[ratio].height;
      expect(Math.abs(size.width / size.height / wanted - 1)).toBeLessThan(
        0.04 + 2 / Math.min(size.width, size.height),
      );
    }),
  );
});

test("only one picture on this disk is read, and no name means anything", () => {
  const start =
    "-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y -protocol_whitelist file " +
    "-format_whitelist png_pipe -codec_whitelist png -max_pixels 40000000 -f png_pipe -err_detect explode -i file:/-a%d.png";
  const args = (fit: "crop" | "pad", path: string, format: "image/jpeg" | "image/webp") =>
    fitStillArgs(png("-a%d.png"), { width: 1024, height: 576 }, fit, { path, format }).join(" ");
  expect(args("crop", "/-b%d.jpg", "image/jpeg")).toBe(
    `${start} -vf format=rgb24,crop=w=1024:h=576,setsar=1 -frames:v 1 -c:v mjpeg -pix_fmt yuvj444p -q:v 2 ` +
      "-map_metadata -1 -fflags +bitexact -f image2pipe file:/-b%d.jpg",
  );
  expect(args("pad", "/b.webp", "image/webp")).toBe(
    `${start} -vf format=rgb24,scale=w=1024:h=576:force_original_aspect_ratio=decrease:flags=lanczos,` +
      "pad=w=1024:h=576:x=(ow-iw)/2:y=(oh-ih)/2:color=black,setsar=1 -frames:v 1 -c:v libwebp -quality 95 " +
      "-map_metadata -1 -fflags +bitexact -f image2pipe file:/b.webp",
  );
});

/** A square of red with a green middle column and a blue middle row. */
async function square(name: string): Promise<string> {
  const path = join(folder, name);
  const boxes = "drawbox=x=96:w=64:h=256:c=lime:t=fill,drawbox=y=96:w=256:h=64:c=blue:t=fill";
  await ffmpeg(["-f", "lavfi", "-i", `color=red:s=256x256,format=rgb24,${boxes}`, "-frames:v", "1", path]);
  return path;
}

/** Colours of a picture at some places, to the nearest eighth. */
async function coloursAt(path: string, width: number, places: readonly (readonly [number, number])[]) {
  const plain = join(folder, "decoded");
  await copyFile(path, plain);
  const bytes = await ffmpeg(["-i", plain, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
  return places.map(([x, y]) => [...bytes.slice((y * width + x) * 3, (y * width + x) * 3 + 3)].map((c) => c > 127));
}

const [red, green, blue, black] = [
  [true, false, false],
  [false, true, false],
  [false, false, true],
  [false, false, false],
];

test.each([
  ["a.png", "image/png"],
  ["a.jpg", "image/jpeg"],
  ["a.webp", "image/webp"],
] as const)("the middle of a still is cut out, or bars are put beside it: %s", async (name, type) => {
  const tool = realTool();
  const source = await square(`source-${name}`);
  const [cropped, padded] = [join(folder, `crop ${name}`), join(folder, `-pad%d ${name}`)];
  expect(await tool.fitStill(source, cropped, "16:9", "crop", never)).toEqual({ width: 256, height: 144 });
  expect(await tool.fitStill(source, padded, "16:9", "pad", never)).toEqual({ width: 256, height: 144 });
  for (const path of [cropped, padded]) expect(stillTypeOf(await Bun.file(path).bytes())).toBe(type);
  const [middle, corner, top] = [[128, 72] as const, [4, 4] as const, [128, 4] as const];
  expect(await coloursAt(cropped, 256, [middle, corner, top])).toEqual([blue, red, green]);
  // 144 of 256 columns are the picture.
  const places = [middle, corner, top, [60, 4] as const, [52, 72] as const];
  expect(await coloursAt(padded, 256, places)).toEqual([blue, black, green, red, black]);
});

test("a still becomes one of another format", async () => {
  const output = join(folder, "other.jpeg");
  await realTool().fitStill(await square("other.webp"), output, "9:16", "crop", never);
  expect(stillTypeOf(await Bun.file(output).bytes())).toBe("image/jpeg");
});

test("a still that is cut off leaves nothing behind, and is named", async () => {
  const [broken, output] = [join(folder, "broken.png"), join(folder, "never.png")];
  const whole = await Bun.file(await square("whole.png")).bytes();
  await Bun.write(broken, whole.slice(0, whole.length / 2));
  const thrown: unknown = await realTool()
    .fitStill(broken, output, "16:9", "crop", never)
    .catch((reason: unknown) => reason);
  expect(thrown).toMatchObject({ code: "media.invalid", message: expect.stringContaining('"broken.png"') });
  expect(existsSync(output)).toBe(false);
});

test("an ffmpeg without the encoder is told from a picture that is broken", async () => {
  const [program, output] = [join(folder, "ffmpeg"), join(folder, "no.webp")];
  const refusing = `case "$*" in *libwebp*) echo "Unknown encoder 'libwebp'" >&2; exit 1;; esac`;
  await Bun.write(program, `#!/bin/sh\n${refusing}\nexec /usr/bin/env PATH=${process.env.PATH} ffmpeg "$@"\n`);
  await chmod(program, 0o755);
  const work = realTool({ ffmpegPath: program }).fitStill(await square("fine.png"), output, "16:9", "crop", never);
  await expect(work).rejects.toMatchObject({ code: "media.ffmpeg_unfit" });
});
