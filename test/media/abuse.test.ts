/**
 * The media abuse list, by its numbers. Elsewhere: 12.3 and 12.4 names (verify.test.ts, odd-clips.test.ts), 12.5 text
 * (captions are pictures, no filter takes a person's words), 12.6 rotated, HDR, mono, 5.1, silent (odd-clips.test.ts),
 * 12.10 and 12.11 (corruption.test.ts), 12.12 (ffmpeg/resource-limits.test.ts, ffmpeg/run.test.ts), 12.13 (find.test.ts), 12.16 (run.test.ts:
 * the locale is fixed), 12.17 (kill/disk.test.ts).
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import { clip, ffmpeg, realTool, tempFolder } from "../support/media.ts";
import { never } from "../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const tool = realTool();
const folder = tempFolder();
const file = (name: string): string => join(folder, name);

/** What becomes of a file: its frames, or the one line with which it is refused. Anything else fails the test. */
async function fate(path: string): Promise<string> {
  try {
    return `${(await tool.verify(path, never)).video.frames} frames`;
  } catch (thrown) {
    return refusal(thrown);
  }
}

function refusal(thrown: unknown): string {
  if (!(thrown instanceof VidpipeError) || !["media.invalid", "input.invalid"].includes(thrown.code)) throw thrown;
  expect(thrown.message).toMatch(/^[^\p{Cc}]+$/u);
  expect(thrown.message).not.toContain(folder);
  return `refused: ${thrown.message}`;
}

const written = (name: string, content: string | Uint8Array): string => {
  writeFileSync(file(name), content);
  return file(name);
};

/** A clip made anew from a plain one by ffmpeg. */
async function remade(name: string, args: readonly string[]): Promise<string> {
  await ffmpeg(["-i", await clip(), ...args, file(name)]);
  return file(name);
}

/** A plain clip with some bytes of it replaced. */
async function patched(name: string, patch: (bytes: Buffer) => void): Promise<string> {
  const bytes = Buffer.from(await Bun.file(await clip()).bytes());
  patch(bytes);
  return written(name, bytes);
}

/** A plain clip whose picture is in it so many times more that it has `count` streams, sound included. */
const withStreams = (name: string, count: number): Promise<string> =>
  clip().then((plain) => {
    const bytes = readFileSync(plain);
    const boxAt = (within: Buffer, kind: string) => {
      const at = within.indexOf(kind, 0, "latin1") - 4;
      return Buffer.from(within.subarray(at, at + within.readUInt32BE(at)));
    };
    const moov = boxAt(bytes, "moov");
    const copies = Array.from({ length: count - 2 }, () => boxAt(moov, "trak"));
    const grown = Buffer.concat([moov, ...copies]);
    grown.writeUInt32BE(grown.length, 0);
    // The tables say where in the file the packets lie: nothing may move, so the new ones come last.
    bytes.write("free", bytes.indexOf("moov", 0, "latin1"), "latin1");
    return written(name, Buffer.concat([bytes, grown]));
  });

/** Where the content of the first box of a kind starts. */
const inBox = (bytes: Buffer, kind: string): number => {
  const at = bytes.indexOf(kind, 0, "latin1");
  if (at < 0) throw new Error(`no ${kind} box`);
  return at + 4;
};

const secret = async () => readFileSync(await clip({ seed: 3 }));
const m3u8 = (of: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:8,\n${of}\n#EXT-X-ENDLIST\n`;
const mpd = (of: string) =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"><Period>` +
  `<AdaptationSet mimeType="video/mp4"><Representation id="1"><BaseURL>${of}</BaseURL></Representation></AdaptationSet></Period></MPD>`;
const sdp =
  "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n";

describe("12.1 a list that is named .mp4 opens nothing", () => {
  const remote = "http://127.0.0.1:9/secret.mp4";
  const cases: readonly (readonly [name: string, text: (inside: string) => string])[] = [
    ["m3u8, local", m3u8],
    ["m3u8, remote", () => m3u8(remote)],
    ["m3u8, file: URL", (inside) => m3u8(`file://${inside}`)],
    ["ffconcat, local", (inside) => `ffconcat version 1.0\nfile '${inside}'\n`],
    ["ffconcat, remote", () => `ffconcat version 1.0\nfile '${remote}'\n`],
    ["mpd, local", mpd],
    ["mpd, remote", () => mpd(remote)],
    ["sdp", () => sdp],
  ];
  test.each(cases.map(([name, text]) => ({ name, text })))("$name", async ({ name, text }) => {
    const inside = written("inside.mp4", await secret());
    expect(await fate(written(`${name.replace(/\W/g, "-")}.mp4`, text(inside)))).toMatch(
      /^refused: "[\w-]+\.mp4" is (a playlist|a list of files|an XML document|text); what can be joined is /,
    );
  });
});

test("12.2 a movie whose pictures lie in another file is not followed there", async () => {
  written("inside.mp4", await secret());
  const path = await patched("drefs.mp4", (bytes) => {
    // A `url ` entry without the flag "in this same file" names another one.
    bytes.writeUInt32BE(0, inBox(bytes, "url "));
  });
  expect(await fate(path)).toMatch(/^refused|^48 frames/);
  const named = await patched("drefs-named.mp4", (bytes) => {
    bytes.write("alis", bytes.indexOf("url ", 0, "latin1"), "latin1");
    bytes.writeUInt32BE(0, inBox(bytes, "alis"));
  });
  expect(await fate(named)).toMatch(/^refused|^48 frames/);
});

describe("12.6 odd headers and times are refused in one line, or measured to the frame", () => {
  const setts = (rule: string) => ["-c", "copy", "-an", "-bsf:v", `setts=${rule}`];
  const cases: readonly (readonly [name: string, make: (name: string) => Promise<string>, fate: RegExp])[] = [
    [
      "100,000 x 100,000 in the sample table",
      (name) =>
        patched(name, (bytes) => {
          const entry = inBox(bytes, "avc1") + 24;
          bytes.writeUInt16BE(65_535, entry);
          bytes.writeUInt16BE(65_535, entry + 2);
        }),
      /^48 frames|^refused/,
    ],
    [
      "100,000 x 100,000 in the stream's own parameters",
      (name) => remade(name, ["-c", "copy", "-bsf:v", "h264_metadata=crop_left=65534"]).catch(() => clip()),
      /^48 frames|^refused/,
    ],
    [
      "a million frames a second",
      (name) => remade(name, setts("pts=N:dts=N:duration=1:time_base=1/1000000")),
      /^refused: .* frames a second/,
    ],
    ["no duration at all", (name) => remade(name, setts("pts=0:dts=N:duration=0")), /^refused/],
    [
      "times before zero",
      (name) => remade(name, [...setts("pts=PTS-90000:dts=DTS-90000"), "-avoid_negative_ts", "0"]),
      /^refused/,
    ],
    [
      "a duration of 2^31",
      (name) => patched(name, (bytes) => void bytes.writeUInt32BE(0x7fffffff, inBox(bytes, "mvhd") + 16)),
      /^48 frames|^refused/,
    ],
    [
      "tables that claim four billion entries",
      (name) => patched(name, (bytes) => void bytes.writeUInt32BE(0xffffffff, inBox(bytes, "stsz") + 8)),
      /^refused/,
    ],
    [
      "a time scale of 0",
      (name) => patched(name, (bytes) => void bytes.writeUInt32BE(0, inBox(bytes, "mdhd") + 12)),
      /^refused: .* shows only 1 of its 48 frames/,
    ],
    ["pictures that come at any time", (name) => remade(name, setts("pts=PTS+N*N:dts=DTS")), /^48 frames|^refused/],
    ["a size that is odd", (name) => remade(name, ["-vf", "scale=161:97", "-pix_fmt", "yuv444p"]), /^48/],
    ["an edit list that starts late", (name) => remade(name, ["-ss", "0.3", "-c", "copy"]), /^\d+ frames/],
    ["as many streams as a clip may have", (name) => withStreams(name, 16), /^48 frames/],
    ["a stream more than that", (name) => withStreams(name, 17), /^refused: .* has 17 streams/],
    // Read and joined, a thousand took two minutes and nothing was wrong with them.
    ["200 streams", (name) => withStreams(name, 200), /^refused: .* has 200 streams/],
    ["1,002 streams", (name) => withStreams(name, 1_002), /^refused/],
    ["pixels that are not square", (name) => remade(name, ["-vf", "setsar=2/1"]), /^48 frames/],
    [
      "pixels of no shape",
      (name) => remade(name, ["-c", "copy", "-bsf:v", "h264_metadata=sample_aspect_ratio=0/1"]),
      /^48 frames|^refused/,
    ],
  ];
  test.each(cases.map(([name, make, outcome]) => ({ name, make, outcome })))(
    "$name",
    async ({ name, make, outcome }) => {
      const path = await make(`${name.replace(/\W/g, "-")}.mp4`);
      const found = await fate(path);
      expect(found).toMatch(outcome);
      if (found.startsWith("refused")) return;
      // What is accepted can also be joined, or is refused then.
      const film = file(`film-${name.replace(/\W/g, "-")}.mp4`);
      const joined = await tool
        .stitch({ clips: [await clip(), path], crossfadeSeconds: 0 }, film, () => {}, never)
        .then(({ frames }) => `${frames} frames`, refusal);
      expect(joined).toMatch(/^\d+ frames|^refused/);
      expect(existsSync(film)).toBe(!joined.startsWith("refused"));
    },
  );
});

test.each([
  ["ffv1", ["-c:v", "ffv1", "-an"]],
  ["magicyuv", ["-c:v", "magicyuv", "-pix_fmt", "yuv444p", "-an"]],
  ["cinepak", ["-c:v", "cinepak", "-an"]],
  ["dnxhd", ["-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p", "-vf", "scale=256:144", "-an"]],
])("12.7 the decoder %s is out of a stranger's reach", async (codec, args) => {
  const made = file(`${codec}.mov`);
  await ffmpeg(["-i", await clip(), ...args, "-strict", "-2", "-f", "mov", made]);
  expect(await fate(made)).toMatch(new RegExp(`^refused: .*with the codec ${codec}; it may hold`));
});

test("12.8 a page in front of a clip makes it no clip; one behind it stays what it is", async () => {
  const page = Buffer.from("<html><script>alert(1)</script></html>");
  const bytes = Buffer.from(await Bun.file(await clip()).bytes());
  expect(await fate(written("front.mp4", Buffer.concat([page, bytes])))).toMatch(/^refused/);
  expect(await fate(written("behind.mp4", Buffer.concat([bytes, page])))).toMatch(/^48 frames|^refused/);
});

describe("12.9 stills", () => {
  const still = (path: string) => tool.verifyStill(path, "16:9", never).then(() => "accepted", refusal);
  const picture = async (name: string, more: readonly string[] = []): Promise<string> => {
    await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", "-update", "1", ...more, file(name)]);
    return file(name);
  };

  test("a JPEG that claims 60,000 x 60,000 is refused before it is decoded", async () => {
    const bytes = readFileSync(await picture("bomb.jpg"));
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.writeUInt16BE(60_000, frame + 5);
    bytes.writeUInt16BE(60_000, frame + 7);
    expect(await tool.verifyStill(written("bomb.jpg", bytes), "1:1", never).then(() => "accepted", refusal)).toMatch(
      /^refused/,
    );
  });

  test("a cover picture in a clip is not its picture", async () => {
    const path = file("cover.mp4");
    const cover = await picture("cover.png");
    await ffmpeg([
      "-i",
      await clip(),
      "-i",
      cover,
      "-map",
      "0",
      "-map",
      "1",
      "-c",
      "copy",
      "-disposition:v:1",
      "attached_pic",
      path,
    ]);
    expect(await fate(path)).toMatch(/^48 frames|^refused: .*codec png/);
  });

  test("an animated PNG is one picture or none", async () => {
    const path = file("moving.png");
    await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "3", "-f", "apng", path]);
    expect(await still(path)).toMatch(/^accepted|^refused/);
  });

  test.each([
    ["a JPEG called .png is a JPEG", "real.jpg", "lie.png", "accepted"],
    ["a PNG called .jpg is a PNG", "real.png", "lie.jpg", "accepted"],
  ])("%s", async (_title, real, lie, outcome) => {
    expect(await still(written(lie, readFileSync(await picture(real))))).toBe(outcome);
  });

  test("the first bytes of a PNG and nothing more are no still", async () => {
    const head = Buffer.from("89504e470d0a1a0a", "hex");
    expect(await still(written("head.png", Buffer.concat([head, Buffer.from("<svg/>")])))).toMatch(/^refused/);
  });
});

describe("12.14 where a film goes", () => {
  const join2 = async (output: string) => {
    const clips = [await clip(), await clip({ seed: 1 })];
    return tool.stitch({ clips, crossfadeSeconds: 0 }, output, () => {}, never);
  };

  test("a film that is there is replaced", async () => {
    const path = written("old.mp4", "old film");
    expect((await join2(path)).frames).toBe(96);
    expect(await fate(path)).toBe("96 frames");
  });

  test("a link is replaced, what it leads to is left alone", async () => {
    const mine = written("mine.txt", "mine");
    symlinkSync(mine, file("linked.mp4"));
    await join2(file("linked.mp4")).catch(() => {});
    expect(readFileSync(mine, "utf8")).toBe("mine");
  });

  test("a folder is left alone, in one line", async () => {
    mkdirSync(file("film.d"));
    const outcome = await join2(file("film.d")).then(
      () => "made",
      (thrown: unknown) => (thrown instanceof VidpipeError ? thrown.code : String(thrown)),
    );
    expect(outcome).toMatch(/^(storage|media|input)\./);
    expect(lstatSync(file("film.d")).isDirectory()).toBe(true);
  });
});

describe("12.15 numbers of clips", () => {
  test("none is refused", async () => {
    const outcome = tool.stitch({ clips: [], crossfadeSeconds: 0 }, file("none.mp4"), () => {}, never);
    expect(await outcome.then(() => "made", refusal)).toMatch(/^refused/);
  });

  test("a crossfade that is longer than half a clip is refused before anything is made", async () => {
    const clips = [await clip(), await clip({ frames: 12, seed: 2 }), await clip()];
    const outcome = tool.stitch({ clips, crossfadeSeconds: 1 }, file("long.mp4"), () => {}, never);
    expect(await outcome.then(() => "made", refusal)).toMatch(/^refused/);
    expect(existsSync(file("long.mp4"))).toBe(false);
  });
});
