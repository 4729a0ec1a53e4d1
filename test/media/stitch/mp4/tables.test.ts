/** The same clip in every form that its tables may have: each is read alike, and as ffmpeg reads it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultPlaces, findFfmpeg } from "../../../../src/media/ffmpeg/find.ts";
import { createRunner } from "../../../../src/media/ffmpeg/run.ts";
import type { ClipLayout } from "../../../../src/media/stitch/format/clip-layout.ts";
import { openMp4 } from "../../../../src/media/stitch/mp4/packets.ts";
import { soundEntryOf } from "../../../../src/media/stitch/mp4/sample-entry.ts";
import { planOf } from "../../../../src/media/stitch/stitch.ts";
import { type ClipOptions, clip, frameHashes, realClock, tempFolder } from "../../../support/media.ts";
import { never } from "../../../support/never.ts";
import { type Box, bodyOf, bytesOf, fours, inside, patched, replace } from "../boxes.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const file = (name: string) => join(folder, name);
/** With its tables at the end: they may grow without moving a packet. */
const options: ClipOptions = { frames: 24, size: "64x64", output: ["-movflags", "0"] };
const stbl = (track: number) => ["moov", `trak#${track}`, "mdia", "minf", "stbl"];

async function layoutOf(path: string): Promise<ClipLayout> {
  const tools = { paths: await findFfmpeg(null, defaultPlaces), runner: createRunner(realClock), cwd: folder };
  const [layout] = (await planOf(tools, { clips: [path], crossfadeSeconds: 0 }, never)).layouts;
  if (layout === undefined) throw new Error("no layout");
  return layout;
}

/** A table of numbers of 4 bytes behind its head of `head` numbers. */
const numbersOf = (body: Buffer, head: number): readonly number[] =>
  Array.from({ length: body.length / 4 - head }, (_, index) => body.readUInt32BE((head + index) * 4));

const eights = (values: readonly number[]): Buffer => fours(...values.flatMap((value) => [0, value]));

/** Places of packets in 8 bytes. */
function wideOffsets(boxes: Box[]): void {
  for (const track of [0, 1]) {
    const offsets = numbersOf(bodyOf(boxes, ...stbl(track), "stco"), 2);
    const content = Buffer.concat([fours(0, offsets.length), eights(offsets)]);
    replace(boxes, [...stbl(track), "stco"], { type: "co64", content });
  }
}

/** Sizes of packets in 2 bytes. */
function compactSizes(boxes: Box[]): void {
  const sizes = numbersOf(bodyOf(boxes, ...stbl(0), "stsz"), 3);
  const short = Buffer.alloc(sizes.length * 2);
  for (const [index, size] of sizes.entries()) short.writeUInt16BE(size, index * 2);
  const content = Buffer.concat([fours(0, 16, sizes.length), short]);
  replace(boxes, [...stbl(0), "stsz"], { type: "stz2", content });
}

/** Times of the movie, the tracks and their edits in 8 bytes. */
function wideTimes(boxes: Box[]): void {
  for (const track of [0, 1]) {
    const trak = ["moov", `trak#${track}`];
    const [, count = 0, length = 0, start = 0, rate = 0] = numbersOf(bodyOf(boxes, ...trak, "edts", "elst"), 0);
    const edit = fours(0x1000000, count, 0, length, 0, start, rate);
    replace(boxes, [...trak, "edts", "elst"], { type: "elst", content: edit });
    const media = bodyOf(boxes, ...trak, "mdia", "mdhd");
    const [, made = 0, changed = 0, ticks = 0, all = 0, language = 0] = numbersOf(media, 0);
    const content = fours(0x1000000, 0, made, 0, changed, ticks, 0, all, language);
    replace(boxes, [...trak, "mdia", "mdhd"], { type: "mdhd", content });
    const head = bodyOf(boxes, ...trak, "tkhd");
    const wide = Buffer.concat([
      fours(0x1000003, 0, 0, 0, 0, head.readUInt32BE(12), 0, 0, head.readUInt32BE(20)),
      head.subarray(24),
    ]);
    replace(boxes, [...trak, "tkhd"], { type: "tkhd", content: wide });
  }
  const movie = bodyOf(boxes, "moov", "mvhd");
  const wide = Buffer.concat([
    fours(0x1000000, 0, 0, 0, 0, movie.readUInt32BE(12), 0, movie.readUInt32BE(16)),
    movie.subarray(20),
  ]);
  replace(boxes, ["moov", "mvhd"], { type: "mvhd", content: wide });
}

/** Shifts that go below zero, and an edit that begins at the track's own start. */
function negativeShifts(boxes: Box[]): void {
  const shifts = bodyOf(boxes, ...stbl(0), "ctts");
  const delay = bodyOf(boxes, "moov", "trak", "edts", "elst");
  const start = delay.readInt32BE(12);
  shifts.writeUInt8(1, 0);
  for (let at = 12; at < shifts.length; at += 8) shifts.writeInt32BE(shifts.readInt32BE(at) - start, at);
  delay.writeInt32BE(0, 12);
}

/** A head of 16 bytes before the packets, which then lie 8 bytes further. */
function wideData(boxes: Box[]): void {
  const at = boxes.findIndex(({ type }) => type === "mdat");
  const packets = bytesOf(boxes.slice(at, at + 1)).subarray(8);
  // What is written is one box whose length is 1, then the real length: its own 8 bytes make the place.
  const whole = Buffer.concat([fours(0, packets.length + 16), packets]);
  boxes.splice(at, 1, { type: "mdat", content: whole });
  for (const track of [0, 1]) {
    const offsets = bodyOf(boxes, ...stbl(track), "stco");
    for (let place = 8; place < offsets.length; place += 4)
      offsets.writeUInt32BE(offsets.readUInt32BE(place) + 8, place);
  }
}

const forms: readonly (readonly [string, (boxes: Box[]) => void])[] = [
  ["as it was written", () => {}],
  ["places in 8 bytes", wideOffsets],
  ["sizes in 2 bytes", compactSizes],
  ["times in 8 bytes", wideTimes],
  ["shifts below zero", negativeShifts],
  ["a head of 16 bytes before the packets", wideData],
  [
    "boxes that nobody knows",
    (boxes) => {
      inside(boxes, ...stbl(0)).unshift({ type: "sdtp", content: Buffer.alloc(28) });
      inside(boxes, "moov").unshift({ type: "wide", content: Buffer.alloc(0) });
      boxes.splice(1, 0, { type: "free", content: Buffer.alloc(0) });
      for (const track of [0, 1]) {
        const offsets = bodyOf(boxes, ...stbl(track), "stco");
        for (let place = 8; place < offsets.length; place += 4)
          offsets.writeUInt32BE(offsets.readUInt32BE(place) + 8, place);
      }
    },
  ],
];

let sourceHashes: Promise<readonly string[]> | undefined;

test.each(forms)("%s: read as it is meant", async (name, change) => {
  const source = await clip(options);
  const path = await patched(source, file(`${name}.mp4`), change);
  if (change === wideData) await writeFile(path, withWideHead(await readFile(path)));
  const [wanted, got] = [await openMp4(source), await openMp4(path)];
  for (const kind of ["video", "audio"] as const) {
    const [a, b] = [wanted.track(kind), got.track(kind)];
    expect(b.sizes).toEqual(a.sizes);
    expect(b.sync).toEqual(a.sync);
    expect(b.showTimes.map((time) => time - (b.edits[0]?.start ?? 0))).toEqual(
      a.showTimes.map((time) => time - (a.edits[0]?.start ?? 0)),
    );
  }
  const { frames, pictureSeconds, oddity, soundPackets, cleanStarts } = await layoutOf(path);
  expect({ frames, pictureSeconds, oddity, soundPackets, cleanStarts }).toEqual({
    ...{ frames: 24, pictureSeconds: 1, oddity: null },
    ...{ soundPackets: 48, cleanStarts: [0, 12] },
  });
  sourceHashes ??= frameHashes(source);
  expect(await frameHashes(path)).toEqual(await sourceHashes);
});

/** The packets' box with a length of 1 and the real one behind it. */
function withWideHead(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(1, bytes.indexOf("mdat") - 4);
  return bytes;
}

describe("agrees with ffmpeg on", () => {
  const edits = (...list: readonly (readonly [number, number])[]): Box => ({
    type: "elst",
    content: fours(0, list.length, ...list.flatMap(([length, start]) => [length, start, 0x10000])),
  });
  const editsOf = (...list: readonly (readonly [number, number])[]) => {
    return (boxes: Box[]) => replace(boxes, ["moov", "trak", "edts", "elst"], edits(...list));
  };
  /** Ticks of a frame, and of the first one's delay. */
  const [frame, delay] = [512, 1024];

  test.each<[string, (boxes: Box[]) => void, string | null]>([
    ["no edit list", (boxes) => replace(boxes, ["moov", "trak", "edts"], null), null],
    ["no table of keyframes", (boxes) => replace(boxes, [...stbl(0), "stss"], null), null],
    ["a late start", editsOf([250, -1], [1_000, delay]), null],
    ["a start in the middle", editsOf([500, delay + 12 * frame]), "an edit list hides some of its frames"],
    ["an end in the middle", editsOf([500, delay]), "an edit list hides some of its frames"],
    ["two parts", editsOf([250, delay], [250, delay + 12 * frame]), "an edit list"],
    ["two parts in the other order", editsOf([250, delay + 12 * frame], [250, delay]), "an edit list"],
    ["a part that is shown twice", editsOf([500, delay], [500, delay]), "an edit list"],
    [
      "several sample descriptions",
      (boxes) => {
        const body = bodyOf(boxes, ...stbl(0), "stsd");
        const content = Buffer.concat([fours(0, 2), body.subarray(8), body.subarray(8)]);
        replace(boxes, [...stbl(0), "stsd"], { type: "stsd", content });
      },
      "it has several sample descriptions",
    ],
  ])("%s", async (name, change, oddity) => {
    const path = await patched(await clip(options), file(`${name}.mp4`), change);
    const layout = await layoutOf(path);
    expect(layout.frames).toBe((await frameHashes(path)).length);
    if (oddity === null) expect(layout.oddity).toBeNull();
    else expect(layout.oddity).toContain(oddity);
  });

  test("a single frame", async () => {
    const path = await clip({ ...options, frames: 1 });
    expect(await layoutOf(path)).toMatchObject({ frames: 1, oddity: null, pictureSeconds: 1 / 24 });
  });
});

describe("tables that lie are refused before anything is made ready for them", () => {
  const at = (table: string, place: number, value: number) => (boxes: Box[]) =>
    void bodyOf(boxes, ...stbl(0), table).writeUInt32BE(value, place);
  test.each<[string, (boxes: Box[]) => void]>([
    [
      "packets of one size that a file cannot hold",
      (boxes) => fours(1, 9_999_999).copy(bodyOf(boxes, ...stbl(0), "stsz"), 4),
    ],
    ["more sizes than there are", at("stsz", 8, 9_000_000)],
    ["more places than there are", at("stco", 4, 9_000_000)],
    ["more keyframes than there are", at("stss", 4, 9_000_000)],
    ["chunks that hold nothing", at("stsc", 12, 0)],
    ["chunks that begin at none", at("stsc", 8, 0)],
    ["fewer lengths than packets", at("stts", 8, 3)],
    ["a box that is longer than its parent", at("stsd", 8, 0x7fffffff)],
    ["no sample description", at("stsd", 4, 0)],
  ])("%s", async (name, change) => {
    const path = await patched(await clip(options), file(`${name}.mp4`), change);
    if (name === "no sample description") expect((await openMp4(path)).track("video").uniform).toBe(true);
    else await expect(openMp4(path)).rejects.toThrow("does not hold the packets it should");
  });

  const fragmented: ClipOptions = { ...options, sound: null, output: ["-movflags", "frag_keyframe+empty_moov"] };
  test("a fragment of more packets than the file has bytes", async () => {
    const path = await patched(await clip(fragmented), file("many.mp4"), (boxes) => {
      // Without a field for each packet, a table takes no room.
      fours(0x1, 0x7fffffff).copy(bodyOf(boxes, "moof", "traf", "trun"));
    });
    await expect(openMp4(path)).rejects.toThrow("does not hold the packets it should");
  });

  test("a fragment that is cut off", async () => {
    const source = await readFile(await clip(fragmented));
    await writeFile(file("cut.mp4"), source);
    await truncate(file("cut.mp4"), source.lastIndexOf("moof") + 40);
    await expect(openMp4(file("cut.mp4"))).rejects.toThrow("does not hold the packets it should");
  });
});

/** A sound's sample entry whose configuration says AAC-LC, 48 kHz, stereo, where its form has it. */
const soundEntry = (version: number, more: number, wrapped: boolean) => {
  const esds = Buffer.concat([fours(0), Buffer.from([3, 25, 0, 1, 0, 4, 17, 0x40, 0x15]), Buffer.alloc(11)]);
  const config = { type: "esds", content: Buffer.concat([esds, Buffer.from([5, 2, 0x11, 0x90, 6, 1, 2])]) };
  const end = { type: "\0\0\0\0", content: Buffer.alloc(0) };
  const boxes = bytesOf(wrapped ? [{ type: "wave", content: bytesOf([config, end]) }] : [config]);
  const fields = Buffer.alloc(28 + more);
  fields.writeUInt16BE(version, 8);
  const whole = bytesOf([{ type: "mp4a", content: Buffer.concat([fields, boxes]) }]);
  return { type: "mp4a", body: whole.subarray(8), whole };
};

test.each([
  ["of MP4", 0, 0, false, false],
  ["of QuickTime's first form", 0, 0, true, true],
  ["of its second form", 1, 16, true, true],
  ["of its third form", 2, 36, true, true],
  ["of a newer MP4, whose version means something else", 1, 0, false, false],
])("a sound description %s is read", (_, version, more, wrapped, quickTime) => {
  const { description } = soundEntryOf(soundEntry(version, more, wrapped), quickTime);
  expect(Buffer.from(description).toString("hex")).toBe("1190");
});

test.each([10, 30, 40, 60])("one that is cut off after %p bytes says nothing", (length) => {
  const { type, whole } = soundEntry(1, 16, true);
  const cut = whole.subarray(0, length);
  expect(soundEntryOf({ type, whole: cut, body: cut }, true).description).toHaveLength(0);
});
