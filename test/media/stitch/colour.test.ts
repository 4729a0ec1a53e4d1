/** Colours stay what they are on a screen, however they are tagged and whatever film they come into. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Transition } from "../../../src/domain/transition.ts";
import { colourOf, shownColour, streamColour, tagsOf } from "../../../src/media/stitch/format/colour.ts";
import { ffmpeg, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { sized } from "../../support/size.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();

/** As columns from left to right. */
const COLOURS = ["D04020", "20D040", "2040D0", "D0A080", "808080"] as const;
const WANTED = COLOURS.map((word) => [0, 2, 4].map((at) => Number.parseInt(word.slice(at, at + 2), 16)));
/** How far a channel may be off: two roundings to 8 bit. */
const TOLERANCE = 2;

/** High definition by its width; the other is half as large. */
const HD = [1280, 64] as const;
const SD = [640, 32] as const;

interface Kind {
  readonly size: readonly [number, number];
  /** What the picture is made with. */
  readonly matrix: "bt709" | "smpte170m" | "rgb";
  readonly tagged?: boolean;
  readonly range?: "tv" | "pc";
  readonly encoder?: readonly string[];
}

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", "-g", "4"];
const HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:qp=2"];

/** Every film has the first few; some have all. */
const KINDS: Readonly<Record<string, Kind>> = {
  "tagged BT.601": { size: HD, matrix: "smpte170m", tagged: true },
  "tagged BT.709 and small": { size: SD, matrix: "bt709", tagged: true },
  untagged: { size: HD, matrix: "bt709" },
  "red, green and blue": { size: HD, matrix: "rgb", encoder: ["-c:v", "libx264rgb", "-preset", "ultrafast"] },
  "tagged BT.709": { size: HD, matrix: "bt709", tagged: true },
  "untagged HEVC": { size: HD, matrix: "bt709", encoder: HEVC },
  "untagged in fragments": { size: HD, matrix: "bt709", encoder: [...X264, "-movflags", "frag_keyframe+empty_moov"] },
  "untagged in full range": { size: HD, matrix: "bt709", range: "pc" },
  "untagged and small": { size: SD, matrix: "smpte170m" },
};
const ALL = Object.keys(KINDS).length;

const made = new Map<string, Promise<string>>();
function clipOf(name: string): Promise<string> {
  const known = made.get(name) ?? make(name, KINDS[name] ?? { size: HD, matrix: "bt709" });
  made.set(name, known);
  return known;
}

async function make(
  name: string,
  { size: [width, height], matrix, tagged, range = "tv", encoder = X264 as string[] }: Kind,
) {
  const pixels = range === "pc" ? "yuvj420p" : "yuv420p";
  const exact = "flags=accurate_rnd+full_chroma_int";
  const format =
    matrix === "rgb" ? "format=rgb24" : `scale=out_color_matrix=${matrix}:out_range=${range}:${exact},format=${pixels}`;
  const columns = COLOURS.map(
    (word) => `color=0x${word}:s=${width / COLOURS.length}x${height}:d=0.25:r=24,format=rgb24`,
  );
  const tags =
    tagged === true ? [...["-colorspace", "-color_primaries", "-color_trc"].flatMap((o) => [o, matrix])] : [];
  const path = join(folder, `${name}.mp4`);
  await ffmpeg([
    ...columns.flatMap((column) => ["-f", "lavfi", "-i", column]),
    ...["-filter_complex", `hstack=${COLOURS.length},${format}`],
    ...[...encoder, ...tags, ...(tagged === true || range === "pc" ? ["-color_range", range] : []), path],
  ]);
  return path;
}

/** The largest difference of any channel in the middle of any column, in any frame; `matrix` is what a screen takes. */
async function worst(path: string, [width, height]: readonly [number, number], matrix: string): Promise<number> {
  const rgb = `scale=in_color_matrix=${matrix}:flags=accurate_rnd+full_chroma_int,format=rgb24`;
  const one = `crop=w=iw:h=2:y=${height / 2},${rgb}`;
  const bytes = await ffmpeg(["-i", path, "-vf", one, "-f", "rawvideo", "-"]);
  const column = width / COLOURS.length;
  const frames = bytes.length / (width * 2 * 3);
  const offs = Array.from({ length: frames }, (_, frame) =>
    WANTED.flatMap((wanted, at) =>
      wanted.map((value, channel) => {
        const pixel = frame * width * 2 + Math.floor((at + 0.5) * column);
        return Math.abs((bytes[pixel * 3 + channel] ?? 0) - value);
      }),
    ),
  );
  return Math.max(...offs.flat());
}

const tool = realTool({ encoder: { preset: "ultrafast", crf: 2 } });

const FILMS = [
  ["tagged BT.709", 3, HD, "bt709", ALL],
  ["untagged", 0, HD, "bt709", 4],
  ["untagged and small", 0, SD, "smpte170m", 4],
  ["untagged in full range", 0, HD, "bt709", 4],
] as const;

describe.each(FILMS.slice(0, sized(2, 4)))("in a film of clips that are %s", (leader, fade, size, matrix, kinds) => {
  test("every colour stays within two steps of itself, copied, encoded and blended", async () => {
    const names = Object.keys(KINDS).slice(0, sized(kinds, ALL, kinds));
    const first = await clipOf(leader);
    const clips = [...names.map(() => first), ...(await Promise.all(names.map(clipOf)))];
    const output = join(folder, "film.mp4");
    const faded = sized(fade, 3, fade);
    // No fade between those that are the same.
    const transitions = clips.slice(1).map((_, join): Transition => {
      const frames = join < names.length - 1 ? 0 : faded;
      return { kind: frames === 0 ? "cut" : "crossfade", seconds: frames / 24 };
    });
    const report = await tool.stitch({ clips, crossfadeSeconds: 0, transitions }, output, () => {}, never);
    expect(report.framesCopied).toBeGreaterThan(0);
    expect(report.framesEncoded).toBeGreaterThan((5 - faded) * (names.length - 2));
    expect(await worst(output, size, matrix)).toBeLessThanOrEqual(TOLERANCE);
  });
});

const unknown = { range: "unknown", space: "unknown", transfer: "unknown", primaries: "unknown" };

test.each([
  [1280, 720, "BT.709"],
  [720, 1280, "BT.709"],
  [1280, 544, "BT.709"],
  [1024, 576, "BT.601"],
  [640, 578, "BT.709"],
  [832, 480, "BT.601"],
])("without tags, %p x %p pixels are %p", (width, height, name) => {
  expect(shownColour(colourOf(unknown, { width, height }))).toBe(name);
});

test("tags that are shown alike mean the same, others do not", () => {
  const size = { width: 640, height: 360 };
  const pal = colourOf({ range: "tv", space: "bt470bg", primaries: "bt470bg", transfer: "smpte170m" }, size);
  expect(pal).toEqual(colourOf(unknown, size));
  expect(tagsOf(pal)).toEqual({ range: "tv", space: "smpte170m", primaries: "smpte170m", transfer: "smpte170m" });
  const wide = colourOf({ range: "pc", space: "bt709", primaries: "smpte432", transfer: "iec61966-2-1" }, size);
  expect(shownColour(wide)).toBe("BT.709 smpte432 in full range");
  const hdr = colourOf({ ...unknown, transfer: "smpte2084" }, size);
  expect(hdr).toMatchObject({ matrix: "bt2020nc", primaries: "bt2020" });
});

test("red, green and blue are known by their pixel format", () => {
  const stream = {
    color_range: "unknown",
    color_space: "unknown",
    color_transfer: "unknown",
    color_primaries: "unknown",
  };
  expect(streamColour({ ...stream, pix_fmt: "bgra" })).toMatchObject({ space: "gbr", range: "pc" });
  expect(streamColour({ ...stream, pix_fmt: "yuv420p" })).toEqual(unknown);
});
