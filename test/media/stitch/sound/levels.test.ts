/** How loud clips of any layout and rate are in a film. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ffmpeg, realTool, soundSamples, tempFolder } from "../../../support/media.ts";
import { never } from "../../../support/never.ts";

/** Ms; real encoding on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const into = (name: string) => join(folder, name);
const stitch = (names: readonly string[], loudnessLufs: number | null, output: string) =>
  realTool({ loudnessLufs }).stitch({ clips: names.map(into), crossfadeSeconds: 0 }, output, () => {}, never);

const tone = (amplitude: number) => `${amplitude}*sin(880*PI*t)`;
const lavfi = (source: string) => ["-f", "lavfi", "-i", source];
const channels = (layout: string, exprs: readonly string[], rate = 48_000) =>
  lavfi(`aevalsrc='${exprs.join("|")}':c=${layout}:s=${rate}:d=1`);

interface Made {
  readonly name: string;
  readonly input: readonly string[];
  readonly codec: readonly string[];
}

/** Clips of one second each, all by one run of ffmpeg. */
function make(clips: readonly Made[]): Promise<Uint8Array> {
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
  const outputs = clips.flatMap(({ name, codec }, index) => [
    ...["-map", "0", "-map", String(index + 1), ...video, "-c:a", ...codec, into(name)],
  ]);
  const inputs = clips.flatMap(({ input }) => input);
  return ffmpeg([...lavfi("testsrc2=s=64x64:r=24,trim=end_frame=24"), ...inputs, ...outputs]);
}

const decibels = (samples: Float32Array): number =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

describe("levels of channel layouts", () => {
  const quarter = tone(0.25);
  const only = (channel: number, count: number) =>
    Array.from({ length: count }, (_, index) => (index === channel ? quarter : "0"));
  /** A clip, and how much louder than the first it is heard on the left, dB. */
  const table: readonly (readonly [name: string, input: readonly string[], codec: readonly string[], gain: number])[] =
    [
      ["stereo.mp4", channels("stereo", [quarter, quarter]), ["aac"], 0],
      ["mono.mp4", channels("mono", [quarter]), ["aac"], 0],
      ["phone.avi", channels("mono", [quarter], 8_000), ["pcm_mulaw"], 0],
      ["studio.mkv", channels("stereo", [quarter, quarter], 192_000), ["pcm_s24le"], 0],
      ["centre.mp4", channels("5.1", only(2, 6)), ["flac", "-strict", "-2"], -3.01],
      ["surround.mp4", channels("5.1", only(4, 6)), ["flac", "-strict", "-2"], -3.01],
      ["effects.mp4", channels("5.1", only(3, 6)), ["flac", "-strict", "-2"], -Infinity],
      ["three.mkv", channels("3.0", only(0, 3)), ["pcm_s16le"], 0],
      ["quad.mkv", channels("quad", only(2, 4)), ["pcm_f32le"], -3.01],
      ["back.mp4", channels("7.1", only(4, 8)), ["flac", "-strict", "-2"], -3.01],
      ["ten.mkv", ["-f", "s16le", "-ar", "48000", "-ac", "10", "-i", into("ten.pcm")], ["pcm_s16le"], 0],
      // 1 + 0.71 + 0.71 of a half would be 1.21.
      [
        "loud.mp4",
        channels("5.1", Array<string>(6).fill(tone(0.5))),
        ["flac", "-strict", "-2"],
        20 * Math.log10(0.891 / 0.25),
      ],
    ];
  let levels: readonly number[] = [];
  let remarks: readonly string[] = [];

  beforeAll(async () => {
    const ten = Int16Array.from({ length: 480_000 }, (_, index) =>
      index % 10 < 2 ? 8_192 * Math.sin((880 * Math.PI * Math.floor(index / 10)) / 48_000) : 0,
    );
    await Bun.write(into("ten.pcm"), ten);
    await make(table.map(([name, input, codec]) => ({ name, input, codec })));
    remarks = (
      await stitch(
        table.map(([name]) => name),
        null,
        into("levels.mp4"),
      )
    ).remarks;
    const samples = await soundSamples(into("levels.mp4"));
    levels = table.map((_, second) => decibels(samples.subarray((second + 0.25) * 48_000, (second + 0.75) * 48_000)));
  });

  test.each(table.map(([name, , , gain], index) => [name, gain, index] as const))("%s: %p dB", (_, gain, index) => {
    const heard = (levels[index] ?? 0) - (levels[0] ?? 0);
    if (gain === -Infinity) expect(heard).toBeLessThan(-50);
    else expect(Math.abs(heard - gain)).toBeLessThan(0.25);
  });

  test("what is mixed down is told, and what was done to it", () => {
    const mixed = (clip: number, count: number) => `clip ${clip} has ${count} channels of sound, mixed down to stereo`;
    expect(remarks).toEqual([
      "clip 11 has 10 channels of sound: the first two are heard",
      ...[mixed(5, 6), mixed(6, 6), mixed(7, 6), mixed(8, 3), mixed(9, 4), mixed(10, 8)],
      expect.stringMatching(
        /^clip 12 has 6 channels of sound, mixed down to stereo, lowered by 2\.\d dB so that nothing/,
      ),
    ]);
  });
});

test("a loudness that cannot be reached is told with the clip and by how much", async () => {
  const both = (expr: string) => channels("stereo", [expr, expr]);
  await make([
    { name: "right.mp4", input: both(tone(0.1)), codec: ["aac"] },
    { name: "quiet.mp4", input: both(tone(0.003)), codec: ["aac"] },
    // A click on top of a low tone: no room below full scale.
    { name: "click.mp4", input: both(`if(lt(abs(t-0.5),0.001),0.9,${tone(0.02)})`), codec: ["flac", "-strict", "-2"] },
    { name: "silent.mp4", input: both("0"), codec: ["aac"] },
    { name: "mono.mp4", input: channels("mono", [tone(0.1)]), codec: ["aac"] },
  ]);
  const names = ["right.mp4", "quiet.mp4", "click.mp4", "silent.mp4", "mono.mp4"];
  const { remarks } = await stitch(names, -16, into("loudness.mp4"));
  expect(remarks).toEqual([
    expect.stringMatching(/^clip 2 is 2\d\.\d LU quieter than -16 LUFS: 12 dB is the most$/),
    expect.stringMatching(/^clip 3 is \d+\.\d LU quieter than -16 LUFS: its peaks leave no more room$/),
    "clip 4 is silent or too short to measure: its loudness is as it was",
  ]);
  const samples = await soundSamples(into("loudness.mp4"));
  const second = (index: number) => decibels(samples.subarray((index + 0.25) * 48_000, (index + 0.75) * 48_000));
  expect(Math.abs(second(4) - second(0))).toBeLessThan(0.25);
});
