import { expect, test } from "bun:test";
import {
  clash,
  freeSetIds,
  inspectPacket,
  mergedAvcRecord,
  mergeSets,
  parseAvcConfiguration,
  sameSet,
  setId,
  setsKey,
} from "../../../../src/media/stitch/format/h264-parameter-sets.ts";
import { sps } from "../layouts.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** x264 High 3.1: one SPS with id 0, one PPS with id 0, and the High profile's four last bytes. */
const high = hex("01 64001f ff e1 0008 6764001fac2ca501 01 0005 68ebe3cb22 fdf8f800");
/** The same with ids 3: `ue(3)` is 00100. */
const highThree = hex("01 640020 ff e1 0008 6764002025582ca5 01 0005 6824e3cb22 fdf8f800");

test("an avcC record is read", () => {
  const read = parseAvcConfiguration(high);
  expect(read).toMatchObject({ profile: 100, compatibility: 0, level: 31, lengthBytes: 4 });
  expect(read?.sets.map(({ kind, id }) => [kind, id])).toEqual([
    ["sps", 0],
    ["pps", 0],
  ]);
});

test.each([0, 1, 5, 8, 12, 15, 18])("a record cut off after %p bytes is refused", (length) => {
  expect(parseAvcConfiguration(high.slice(0, length))).toBeUndefined();
});

test.each([
  ["6764001f80", 0],
  ["6764001f40", 1],
  ["6764001f60", 2],
  ["6764001f20", 3],
  ["6764001f0840", 32 - 1 - 16],
  ["68ce", 0],
  ["6848", 1],
  ["6804c0", 37],
])("the id in %s is %p", (nal, id) => {
  expect(setId(hex(nal))).toBe(id);
});

test("the merged record holds every set once, at the highest level", () => {
  const [a, b] = [parseAvcConfiguration(high), parseAvcConfiguration(highThree)];
  if (a === undefined || b === undefined) throw new Error("not read");
  const merged = parseAvcConfiguration(mergedAvcRecord([a, b, a]));
  expect(merged).toMatchObject({ profile: 100, level: 32, lengthBytes: 4 });
  expect(merged?.sets).toEqual([a.sets[0], b.sets[0], a.sets[1], b.sets[1]].flatMap((set) => set ?? []));
  expect([...mergedAvcRecord([a])]).toEqual([...high]);
});

test("one id with two contents clashes; the same content does not", () => {
  expect(clash(sps(0, 1), sps(0, 2))).toBe(true);
  expect(clash(sps(0, 1), sps(0, 1))).toBe(false);
  expect(clash(sps(0, 1), sps(1, 2))).toBe(false);
  expect(clash(sps(0, 1), { ...sps(0, 2), kind: "pps" })).toBe(false);
});

/** As x264 writes them, of one picture format. */
const X264 = {
  plain: "6764000aacd9420db011000003000100000300300f122596",
  "another rate": "6764000aacd9420db0110000030001000003003c0f122596",
  "colour tags": "6764000aacd9420db016a02020280000030008000003018078912cb0",
  "another level": "6764000bacd9420db011000003000100000300300f122596",
  "another shape of pixels": "6764000aacd9420db0f1000003000100000300300f122596",
  "more frames held back": "67640028acd9420db011000003000100000300300f183196",
  "no B-frames": "6764000aacb4106d808800000300080000030180789135",
  "cut off": "6764000aacd9420db01100",
} as const;
const spsOf = (text: string) => ({ kind: "sps", id: 0, bytes: hex(text) }) as const;

test.each([
  ["another rate", true],
  ["colour tags", true],
  ["another level", true],
  ["another shape of pixels", false],
  ["more frames held back", false],
  ["no B-frames", false],
  ["cut off", false],
] as const)("sets that differ by %s: decoded alike is %p", (name, alike) => {
  expect(sameSet(spsOf(X264.plain), spsOf(X264[name]))).toBe(alike);
  expect(clash(spsOf(X264.plain), spsOf(X264[name]))).toBe(!alike);
  expect(setsKey([spsOf(X264.plain)]) === setsKey([spsOf(X264[name])])).toBe(alike);
});

test("of sets that are decoded alike the one with the highest level stays", () => {
  const [plain, high] = [spsOf(X264.plain), spsOf(X264["another level"])];
  expect(mergeSets([[plain], [high], [spsOf(X264["another rate"])]])).toEqual([high]);
  expect(mergeSets([[high], [plain]])).toEqual([high]);
});

test("equal sets are merged and the unused ids are free", () => {
  expect(mergeSets([[sps(0, 1)], [sps(0, 1), sps(2, 3)]])).toEqual([sps(0, 1), sps(2, 3)]);
  expect(freeSetIds([sps(0), sps(2)]).slice(0, 2)).toEqual([1, 3]);
  expect(freeSetIds(Array.from({ length: 32 }, (_, id) => sps(id)))).toEqual([]);
});

test("a packet tells its IDR slices and its own parameter sets", () => {
  const sei = "00000002 0605";
  const own = "00000005 6764001f80";
  const idr = "00000003 658880";
  const slice = "00000002 419a";
  expect(inspectPacket(hex(sei + idr), 4)).toEqual({ idr: true, picture: true, sets: [] });
  expect(inspectPacket(hex(sei + slice), 4).idr).toBe(false);
  expect(inspectPacket(hex(own + idr), 4).sets).toEqual([{ kind: "sps", id: 0, bytes: hex("6764001f80") }]);
});

test("a packet that is cut off is read as far as it goes", () => {
  expect(inspectPacket(hex("0000ffff 65"), 4)).toEqual({ idr: true, picture: true, sets: [] });
  expect(inspectPacket(new Uint8Array(0), 4)).toEqual({ idr: false, picture: false, sets: [] });
});
