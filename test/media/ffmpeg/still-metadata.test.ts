import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { StillType } from "../../../src/domain/media.ts";
import { MOST_METADATA_BYTES, MOST_UNPACKED_BYTES, metadataFault } from "../../../src/media/ffmpeg/still-metadata.ts";
import { ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

const folder = tempFolder();
const file = (name: string) => join(folder, name);
const tool = realTool();

const chunk = (type: string, content: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(Bun.hash.crc32(body));
  return Buffer.concat([length, body, sum]);
};
const segment = (marker: number, content: Uint8Array): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};
const riff = (type: string, content: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};
/** Zeros that take a thousandth of their length when they are packed. */
const bomb = (bytes: number): Buffer => deflateSync(Buffer.alloc(bytes), { level: 9 });
const text = (words: string): Buffer => Buffer.from(words, "latin1");
const megabytes = (count: number): Buffer => Buffer.alloc(count * 2 ** 20);

/** A picture of each kind, made once. */
const pictures = new Map<string, Promise<Buffer>>();
const whole = (kind: string): Promise<Buffer> => {
  const made =
    pictures.get(kind) ??
    ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", "-update", "1", file(`whole.${kind}`)]).then(
      async () => Buffer.from(await Bun.file(file(`whole.${kind}`)).bytes()),
    );
  pictures.set(kind, made);
  return made;
};

/** Where parts may be put in: behind the first header. */
const PLACES = { png: 33, jpg: 2, webp: 12 } as const;

async function refusal(kind: keyof typeof PLACES, ...parts: readonly Buffer[]): Promise<string | null> {
  const picture = await whole(kind);
  const at = PLACES[kind];
  const content = Buffer.concat([picture.subarray(0, at), ...parts, picture.subarray(at)]);
  if (kind === "webp") content.writeUInt32LE(content.length - 8, 4);
  await Bun.write(file(`given.${kind}`), content);
  return tool.verifyStill(file(`given.${kind}`), null, never).then(
    () => null,
    (thrown: unknown) => (thrown instanceof VidpipeError ? `${thrown.code}: ${thrown.message}` : String(thrown)),
  );
}

const tooMuch = 'media.invalid: "given.KIND" has more than 4 MiB of metadata (save it without); it was not used';
const unpacks =
  'media.invalid: "given.png" has metadata that unpacks to more than 16 MiB (save it without); it was not used';

describe("a still with", () => {
  test.each<readonly [string, keyof typeof PLACES, readonly Buffer[]]>([
    ["a text", "png", [chunk("tEXt", megabytes(5))]],
    ["a text in any language", "png", [chunk("iTXt", megabytes(5))]],
    ["EXIF", "png", [chunk("eXIf", megabytes(5))]],
    ["texts that are too long together", "png", Array.from({ length: 5 }, () => chunk("tEXt", megabytes(1)))],
    ["segments", "jpg", Array.from({ length: 70 }, () => segment(0xe2, Buffer.alloc(65_000)))],
    ["comments", "jpg", Array.from({ length: 70 }, () => segment(0xfe, Buffer.alloc(65_000)))],
    ["EXIF", "webp", [riff("EXIF", megabytes(5))]],
    ["XMP", "webp", [riff("XMP ", megabytes(5))]],
  ])("%s of some MiB (%s) is refused", async (_, kind, parts) => {
    expect(await refusal(kind, ...parts)).toBe(tooMuch.replace("KIND", kind));
  });

  const over = bomb(MOST_UNPACKED_BYTES + 1);
  const twice = bomb(2 * MOST_UNPACKED_BYTES);
  test.each<readonly [string, readonly Buffer[]]>([
    ["text", [chunk("zTXt", Buffer.concat([text("Comment\0\0"), over]))]],
    ["profile", [chunk("iCCP", Buffer.concat([text("icc\0\0"), over]))]],
    ["text in any language", [chunk("iTXt", Buffer.concat([text("XML:com.adobe.xmp\0\x01\0en\0t\0"), over]))]],
    [
      "texts that are too much together",
      Array.from({ length: 5 }, () => chunk("zTXt", Buffer.concat([text("a\0\0"), bomb(4 * 2 ** 20)]))),
    ],
    ["text that breaks off", [chunk("zTXt", Buffer.concat([text("a\0\0"), twice.subarray(0, twice.length - 9)]))]],
    ["text that is broken", [chunk("zTXt", Buffer.concat([text("a\0\0"), twice.fill(0xff, twice.length - 9)]))]],
  ])("a packed %s that is a bomb is refused", async (_, parts) => {
    expect(await refusal("png", ...parts)).toBe(unpacks);
  });

  test("metadata as cameras write it is welcome", async () => {
    expect(await refusal("png", chunk("tEXt", text("Comment\0words")))).toBeNull();
    expect(await refusal("png", chunk("zTXt", Buffer.concat([text("a\0\0"), bomb(2 ** 20)])))).toBeNull();
    expect(await refusal("jpg", ...Array.from({ length: 30 }, () => segment(0xe2, Buffer.alloc(65_000))))).toBeNull();
    expect(await refusal("webp", riff("EXIF", Buffer.alloc(65_001)))).toBeNull();
  });
});

describe("looking at metadata", () => {
  const faultOf = async (format: StillType, content: Uint8Array): Promise<string | null> => {
    await Bun.write(file("odd"), content);
    return metadataFault(file("odd"), format);
  };

  test("trusts lengths and reads no content: a part that claims to be longer than its file is refused", async () => {
    const claims = Buffer.concat([Buffer.alloc(8), text("\xff\xff\xff\xfftEXt")]);
    expect(await faultOf("image/png", claims)).toContain("4 MiB of metadata");
  });

  test("ends in a file of very many empty parts", async () => {
    const many = Buffer.concat([Buffer.alloc(8), ...Array.from({ length: 20_010 }, () => chunk("tEXt", text("")))]);
    expect(await faultOf("image/png", many)).toBe("has more than 20,000 parts");
  });

  test("of a file that is cut off anywhere finds nothing wrong: decoding does", async () => {
    for (const [kind, format] of [
      ["png", "image/png"],
      ["jpg", "image/jpeg"],
      ["webp", "image/webp"],
    ] as const) {
      const picture = await whole(kind);
      for (const length of [12, 20, 60, picture.length - 1])
        expect(await faultOf(format, picture.subarray(0, length))).toBeNull();
    }
  });

  test("up to the limit is allowed", async () => {
    const most = Buffer.concat([Buffer.alloc(8), chunk("tEXt", Buffer.alloc(MOST_METADATA_BYTES))]);
    expect(await faultOf("image/png", most)).toBeNull();
  });
});
