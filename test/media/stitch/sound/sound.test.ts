import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keptLayouts } from "../../../../src/media/stitch/plan/kept-length.ts";
import {
  CUT_ROUND,
  copiedTrack,
  copyable,
  cutPlaces,
  cutSources,
} from "../../../../src/media/stitch/sound/aac-splice.ts";
import { levelFor, levelOfMix, parseLoudness } from "../../../../src/media/stitch/sound/loudness.ts";
import { createMixer } from "../../../../src/media/stitch/sound/mix.ts";
import {
  decodeSoundArgs,
  encodeSoundArgs,
  loudnessArgs,
  type SoundSpan,
} from "../../../../src/media/stitch/sound/sound-args.ts";
import { CONFINED, layout } from "../layouts.ts";

const confined = `${CONFINED} -threads 1`;
const start = "-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y";

test("sound is cut to its picture, silence takes the place of none, and all follow each other", () => {
  const args = decodeSoundArgs([
    { clip: layout({ path: "/a.mp4" }), samples: 384_000, gainDb: 0 },
    { clip: layout({ path: "/b.mp4", hasSound: false }), samples: 382_000, gainDb: 0 },
    { clip: layout({ path: "/c.mp4", pictureStartSeconds: 0.5 }), samples: 48_000, gainDb: -3.5 },
  ]);
  expect(args.join(" ")).toBe(
    `${start} ${confined} -i file:/a.mp4 ${confined} -i file:/c.mp4 -filter_complex ` +
      "[0:a:0]aresample=48000:async=1:min_hard_comp=0.01:first_pts=0,aformat=sample_fmts=flt:channel_layouts=stereo," +
      "apad=whole_len=384000,atrim=start_sample=0:end_sample=384000,asetpts=N/SR/TB[s0];" +
      "anullsrc=r=48000:cl=stereo,aformat=sample_fmts=flt:channel_layouts=stereo,atrim=end_sample=382000[s1];" +
      "[1:a:0]aresample=48000:async=1:min_hard_comp=0.01:first_pts=0,aformat=sample_fmts=flt:channel_layouts=stereo,volume=-3.50dB," +
      "apad=whole_len=72000,atrim=start_sample=24000:end_sample=72000,asetpts=N/SR/TB[s2];" +
      "[s0][s1][s2]concat=n=3:v=0:a=1[out] -map [out] -c:a pcm_f32le -f f32le pipe:1",
  );
});

test("the whole sound is encoded once, from a pipe", () => {
  expect(encodeSoundArgs("/s.mp4").join(" ")).toBe(
    "-hide_banner -v error -max_alloc 536870912 -xerror -y -f f32le -ar 48000 -ac 2 -i pipe:0 " +
      "-c:a aac -b:a 192000 -map_metadata -1 -fflags +bitexact -f mp4 file:/s.mp4",
  );
});

test("sound begins where the first frame is shown, also where ffmpeg tells that too early", () => {
  const clip = layout({ pictureStartSeconds: 0.5, pictureLateSeconds: 0.025 });
  const args = decodeSoundArgs([{ clip, samples: 4_800, gainDb: 0 }]).join(" ");
  expect(args).toContain("apad=whole_len=30000,atrim=start_sample=25200:end_sample=30000");
});

test("loudness is measured without writing anything, of no more than is shown", () => {
  const measuring = (options: string) =>
    `-nostdin -hide_banner -v info -max_alloc 536870912 -xerror -y ${confined} ${options}-i file:/a.mp4 -map 0:a:0 ` +
    "-af aformat=sample_fmts=flt:channel_layouts=stereo,ebur128=peak=true:framelog=verbose -f null -";
  const clip = layout({ path: "/a.mp4", pictureStartSeconds: 0.5 });
  expect(loudnessArgs(clip).join(" ")).toBe(measuring(""));
  const [cut = clip] = keptLayouts([clip], [6]);
  expect(loudnessArgs(cut).join(" ")).toBe(measuring("-t 6.5 "));
  const ended = layout({ ...clip, soundSeconds: { from: 0, to: 1.25 } });
  expect(loudnessArgs(ended)).toContain(
    "atrim=end=1.250000,aformat=sample_fmts=flt:channel_layouts=stereo,ebur128=peak=true:framelog=verbose",
  );
});

/** Stereo samples of one value, all clips laid end to end. */
const constant = (value: number, samples: number): Float32Array => new Float32Array(samples * 2).fill(value);

function blendAll(spans: readonly SoundSpan[], values: readonly number[], block: number): Float32Array {
  const laid = spans.flatMap((span, index) => [...constant(values[index] ?? 0, span.end - span.start)]);
  const mixer = createMixer(spans);
  const film: number[] = [];
  for (let at = 0; at < laid.length; at += block * 2)
    film.push(...mixer.take(Float32Array.from(laid.slice(at, at + block * 2))));
  return Float32Array.from(film);
}

/** Spans that overlap by at most half of either clip. */
const timelines = fc
  .array(fc.record({ length: fc.integer({ min: 2, max: 60 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => {
    const shortest = Math.min(...parts.map((part) => part.length));
    const overlap = Math.floor((shortest / 2) * (parts[0]?.share ?? 0));
    let at = 0;
    return parts.map(({ length }): SoundSpan => {
      const span = { start: at, end: at + length };
      at += length - overlap;
      return span;
    });
  });

test("mixed sound is exactly as long as the film, however it is cut into blocks", () => {
  fc.assert(
    fc.property(timelines, fc.integer({ min: 1, max: 50 }), (spans, block) => {
      const film = blendAll(
        spans,
        spans.map(() => 1),
        block,
      );
      expect(film.length).toBe((spans.at(-1)?.end ?? 0) * 2);
      expect(film).toEqual(
        blendAll(
          spans,
          spans.map(() => 1),
          1_000,
        ),
      );
    }),
  );
}, 0);

test("outside the fades every sample is the source's, bit for bit", () => {
  const spans = [
    { start: 0, end: 10 },
    { start: 6, end: 20 },
  ];
  const film = blendAll(spans, [0.25, 0.5], 7);
  expect([...film.subarray(0, 12)]).toEqual(Array.from({ length: 12 }, () => 0.25));
  expect([...film.subarray(20)]).toEqual(Array.from({ length: 20 }, () => 0.5));
});

test("a fade has equal power: the squares of both weights add up to 1", () => {
  const spans = [
    { start: 0, end: 20 },
    { start: 10, end: 30 },
  ];
  const falling = blendAll(spans, [1, 0], 100);
  const rising = blendAll(spans, [0, 1], 100);
  for (let sample = 10; sample < 20; sample += 1) {
    const power = (falling[sample * 2] ?? 0) ** 2 + (rising[sample * 2] ?? 0) ** 2;
    expect(power).toBeCloseTo(1, 5);
  }
});

test("the last summary of ebur128 is read", () => {
  const printed =
    "I: -9.0 LUFS\n[x] Summary:\n\n  Integrated loudness:\n    I:         -23.4 LUFS\n  True peak:\n    Peak:       -3.1 dBFS\n";
  expect(parseLoudness(printed)).toEqual({ integratedLufs: -23.4, peakDb: -3.1 });
});

test.each([
  ["", null, null],
  ["Summary:\n    I:         -70.0 LUFS\n    Peak:       -inf dBFS\n", null, null],
  ["Summary:\n I: -inf LUFS", null, null],
  // Less than one block of 0.4 s: loud, but of no loudness.
  ["Summary:\n    I:         -70.0 LUFS\n    Peak:       -3.0 dBFS\n", null, -3],
])("silence and what is too short have no loudness: %#", (printed, integratedLufs, peakDb) => {
  expect(parseLoudness(printed)).toEqual({ integratedLufs, peakDb });
});

test.each([
  ["a quiet clip is raised", -20, -12, 6, null],
  ["peaks keep it from that", -20, -5.1, 4.1, "is 1.9 LU quieter than -14 LUFS: its peaks leave no more room"],
  ["not above its peak", -20, -4, 3, "is 3.0 LU quieter than -14 LUFS: its peaks leave no more room"],
  ["and less than 1 LU is not told", -15, -1.5, 0.5, null],
  ["not by more than 12 dB", -50, -40, 12, "is 24.0 LU quieter than -14 LUFS: 12 dB is the most"],
  ["a loud clip is lowered", -8, 0, -6, null],
  ["but not for ever", 0, 3, -12, "is 2.0 LU louder than -14 LUFS: 12 dB is the most"],
  ["but never left to clip", 4, 13, -14, "is 4.0 LU louder than -14 LUFS: 12 dB is the most"],
  ["silence is left alone", null, null, 0, "is silent or too short to measure: its loudness is as it was"],
] as const)("%s", (_, integratedLufs, peakDb, gain, remark) => {
  const level = levelFor({ integratedLufs, peakDb }, -14);
  expect(level.gainDb).toBeCloseTo(gain, 6);
  expect(level.remark).toBe(remark);
});

test("what is mixed down is lowered just as much as it would clip", () => {
  const told = "has 6 channels of sound, mixed down to stereo";
  expect(levelOfMix({ integratedLufs: -20, peakDb: -6 }, 6)).toEqual({ gainDb: 0, remark: told });
  expect(levelOfMix({ integratedLufs: null, peakDb: null }, 6)).toEqual({ gainDb: 0, remark: told });
  expect(levelOfMix({ integratedLufs: -5, peakDb: 4.2 }, 6)).toEqual({
    gainDb: -5.2,
    remark: `${told}, lowered by 5.2 dB so that nothing clips`,
  });
});

test("mono goes to both sides as loud as it is, more than 8 channels give their first two", () => {
  const chain = (soundChannels: number) =>
    decodeSoundArgs([{ clip: layout({ soundChannels }), samples: 480, gainDb: 0 }]).join(" ");
  expect(chain(1)).toContain("first_pts=0,pan=stereo|c0=c0|c1=c0,aformat=");
  expect(chain(6)).toContain("first_pts=0,aformat=sample_fmts=flt:channel_layouts=stereo,apad");
  expect(chain(10)).toContain("first_pts=0,pan=stereo|c0=c0|c1=c1,aformat=");
});

describe("sound that is copied through hard cuts", () => {
  /** Clips of so many blocks of 1,024 samples. */
  const timeline = (...blocks: number[]): readonly SoundSpan[] => {
    let at = 0;
    return blocks.map((count) => {
      at += count * 1_024;
      return { start: at - count * 1_024, end: at };
    });
  };
  const primed = (packets: number) => layout({ soundPackets: packets });

  test("cuts between blocks can be copied, whatever the last clip's length", () => {
    expect(copyable([primed(376), primed(400), primed(40)], timeline(375, 375, 20.5))).toBe(true);
  });

  test.each<[string, readonly number[], readonly SoundSpan[]]>([
    ["a cut inside a block", [376, 376], timeline(374.5, 375)],
    ["a clip with too few packets", [300, 376], timeline(375, 375)],
    ["a clip shorter than what a cut makes anew", [376, 20], timeline(375, 14)],
    [
      "a crossfade",
      [376, 376],
      [
        { start: 0, end: 384_000 },
        { start: 358_400, end: 742_400 },
      ],
    ],
  ])("%s needs encoding", (_, packets, spans) => {
    expect(copyable(packets.map(primed), spans)).toBe(false);
  });

  test("a clip whose sound is not the film's needs encoding", () => {
    expect(copyable([primed(376), layout()], timeline(375, 375))).toBe(false);
  });

  test("the track has priming once, a packet for every block, and nine new ones at each cut", () => {
    const clips = [376, 376, 376].map((packets, index) => layout({ path: `/${index}.mp4`, soundPackets: packets }));
    const track = copiedTrack(clips, timeline(375, 375, 374.5), cutPlaces(2, ["/joins.mp4"]));
    expect(track.runs).toEqual([
      { path: "/0.mp4", from: 0, packets: 372, made: false },
      { path: "/joins.mp4", from: 3, packets: 9, made: true },
      { path: "/1.mp4", from: 6, packets: 366, made: false },
      { path: "/joins.mp4", from: 18, packets: 9, made: true },
      { path: "/2.mp4", from: 6, packets: 370, made: false },
    ]);
    expect(track.runs.reduce((sum, run) => sum + run.packets, 0)).toBe(1 + 375 * 3);
  });

  test("cuts are dealt out to files in runs", () => {
    expect(cutPlaces(5, ["/a", "/b"]).map(({ path, before }) => `${path} ${before}`)).toEqual([
      "/a 0",
      "/a 1",
      "/a 2",
      "/b 0",
      "/b 1",
    ]);
    expect(cutPlaces(0, ["/a", "/b"])).toEqual([]);
  });

  test("around each cut packets of both clips are decoded, one more than is used of either", () => {
    expect(cutSources(timeline(375, 375, 374.5))).toEqual([
      { clip: 0, from: 369, packets: 7 },
      { clip: 1, from: 0, packets: 10 },
      { clip: 1, from: 369, packets: 7 },
      { clip: 2, from: 0, packets: 10 },
    ]);
    expect(CUT_ROUND).toEqual({ packets: 17, useless: [0, 7] });
  });
});
