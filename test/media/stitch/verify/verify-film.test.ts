/** What is checked of a written film when its clips were decoded before: nothing broken may pass. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { defaultPlaces, findFfmpeg } from "../../../../src/media/ffmpeg/find.ts";
import { createRunner } from "../../../../src/media/ffmpeg/run.ts";
import type { FfmpegTools } from "../../../../src/media/ffmpeg/verify.ts";
import { assemble } from "../../../../src/media/stitch/mp4/mux.ts";
import type { FilmParts, PictureRun } from "../../../../src/media/stitch/mp4/packet-runs.ts";
import { openMp4 } from "../../../../src/media/stitch/mp4/packets.ts";
import type { StitchPlan } from "../../../../src/media/stitch/plan/plan.ts";
import { planOf } from "../../../../src/media/stitch/stitch.ts";
import { decodeNew } from "../../../../src/media/stitch/verify/decode-new.ts";
import { newPictureSpans, newSoundSpans } from "../../../../src/media/stitch/verify/expected-packets.ts";
import { checkFilm } from "../../../../src/media/stitch/verify/verify-film.ts";
import { clip, frameHashes, realClock, realTool, tempFolder, warningsOf } from "../../../support/media.ts";
import { never } from "../../../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const folder = tempFolder();
const sha256Of = async (path: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");

const run = (frames: number, made: boolean, starts: readonly number[] = [0]): PictureRun => ({
  path: "",
  from: 0,
  packets: frames,
  made,
  starts,
});

describe("which packets are decoded", () => {
  test("what was encoded, from the last IDR before it to a little after it", () => {
    const runs = [run(40, false, [0, 12, 24, 36]), run(10, true), run(40, false, [0, 12])];
    expect(newPictureSpans(runs, ["a", "b", "a"])).toEqual([
      { from: 0, to: 3 },
      { from: 36, to: 53 },
    ]);
  });

  test("one seam of each kind where copied packets meet", () => {
    const runs = [1, 2, 3, 4].map(() => run(24, false, [0, 12]));
    expect(newPictureSpans(runs, ["a", "a", "a", "b"])).toEqual([
      { from: 0, to: 3 },
      { from: 12, to: 27 },
      { from: 60, to: 75 },
    ]);
  });

  test("the whole of a film of encoded parts, and no more", () => {
    expect(newPictureSpans([run(5, true), run(2, true)], ["a", "a"])).toEqual([{ from: 0, to: 7 }]);
  });

  test("new sound with two packets on either side", () => {
    const run = (packets: number, made: boolean) => ({ path: "", from: 0, packets, made });
    const runs = [run(100, false), run(9, true), run(100, false)];
    expect(newSoundSpans({ runs, samples: 0 })).toEqual([{ from: 98, to: 111 }]);
    expect(newSoundSpans({ runs: [run(50, true)], samples: 0 })).toEqual([{ from: 0, to: 50 }]);
  });
});

describe("a written film of three clips", () => {
  const film = join(folder, "film.mp4");
  let tools: FfmpegTools;
  let plan: StitchPlan;
  let written: FilmParts;
  const check = (path: string, parts = written) => {
    const decoded = decodeNew(tools, parts, tempFolder(), never);
    return checkFilm(tools, path, { plan, parts, decoded }, () => {}, never);
  };

  beforeAll(async () => {
    tools = { paths: await findFfmpeg(null, defaultPlaces), runner: createRunner(realClock), cwd: folder };
    const clips = [await clip({ frames: 64, seed: 1 }), await clip({ frames: 64, seed: 2 })];
    const planned = await planOf(tools, { clips, crossfadeSeconds: 0 }, never);
    plan = planned.plan;
    const runs = clips.map((path) => ({ ...run(64, false, [0, 12, 24, 36, 48, 60]), path }));
    // Sound that counts as new, so that all of it is decoded.
    const sound = { runs: clips.map((path) => ({ path, from: 0, packets: 125, made: true })), samples: 250 * 1_024 };
    written = { runs, sound, format: plan.format, mp4Files: planned.mp4Files };
    await assemble(written, film, () => {}, never);
  });

  test("is accepted when it is whole", async () => {
    expect(await check(film)).toMatchObject({ framesDecoded: 3 + 4 + 3, media: { video: { frames: 128 } } });
  });

  /** A copy of the film with something done to it. */
  async function spoilt(name: string, spoil: (bytes: Buffer) => void): Promise<string> {
    const bytes = Buffer.from(await Bun.file(film).bytes());
    spoil(bytes);
    await Bun.write(join(folder, name), bytes);
    return join(folder, name);
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("a changed byte in some packet is noticed (seed %p)", async (seed) => {
    const { offsets, sizes } = (await openMp4(film)).track(seed % 2 === 0 ? "video" : "audio");
    const packet = (seed * 37) % offsets.length;
    const at = (offsets[packet] ?? 0) + ((seed * 101) % (sizes[packet] ?? 1));
    const bad = await spoilt(`byte-${seed}.mp4`, (bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at));
    await expect(check(bad)).rejects.toThrow("the joined film");
  });

  test("a film that is cut off is refused", async () => {
    const bad = join(folder, "cut.mp4");
    await copyFile(film, bad);
    await truncate(bad, Bun.file(film).size - 500);
    await expect(check(bad)).rejects.toThrow();
  });

  test("a packet that the tables leave out is missed", async () => {
    const bad = await spoilt("dropped.mp4", (bytes) => {
      const count = bytes.indexOf("stsz") + 12;
      bytes.writeUInt32BE(bytes.readUInt32BE(count) - 1, count);
    });
    await expect(check(bad)).rejects.toThrow();
  });

  test("a place that the tables have wrong is noticed", async () => {
    const bad = await spoilt("moved.mp4", (bytes) => {
      const first = bytes.indexOf("stco") + 12;
      bytes.writeUInt32BE(bytes.readUInt32BE(first) + 1, first);
    });
    await expect(check(bad)).rejects.toThrow("the joined film");
  });

  test("a frame that is shown at another time is noticed", async () => {
    const bad = await spoilt("late.mp4", (bytes) => {
      const shift = bytes.indexOf("ctts") + 16;
      bytes.writeInt32BE(bytes.readInt32BE(shift) + 1, shift);
    });
    await expect(check(bad)).rejects.toThrow("not evenly spaced");
  });

  test("parameter sets that are not the clips' are noticed", async () => {
    const bad = await spoilt("sets.mp4", (bytes) => {
      const at = bytes.indexOf("avcC") + 4 + 20;
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    });
    await expect(check(bad)).rejects.toThrow("parameter sets");
  });

  test("new packets that do not decode are refused, though they are what was written", async () => {
    const broken = join(folder, "broken-sound.mp4");
    await Bun.write(broken, Buffer.from(await Bun.file(await clip({ frames: 64, seed: 2 })).bytes()));
    const { offsets, sizes } = (await openMp4(broken)).track("audio");
    const bytes = Buffer.from(await Bun.file(broken).bytes());
    for (let i = 50; i < 60; i += 1) bytes.fill(0xff, offsets[i], (offsets[i] ?? 0) + (sizes[i] ?? 0));
    await Bun.write(broken, bytes);
    const runs = written.sound.runs.map((own, index) => (index === 1 ? { ...own, path: broken } : own));
    const parts = { ...written, sound: { ...written.sound, runs } };
    const output = join(folder, "bad-sound.mp4");
    await assemble(parts, output, () => {}, never);
    await expect(check(output, parts)).rejects.toThrow("new sound");
  });
});

test("a film of stored clips is right with only its new parts decoded", async () => {
  const output = join(folder, "stored.mp4");
  const clips = [await clip({ seed: 1 }), await clip({ seed: 2 }), await clip({ seed: 3, frames: 72 })];
  const request = { clips, storedSha256: await Promise.all(clips.map(sha256Of)), crossfadeSeconds: 0.25 };
  const report = await realTool().stitch(request, output, () => {}, never);
  expect(report).toMatchObject({ frames: 156, windows: 2 });
  expect(report.framesDecoded).toBeLessThan(100);
  expect((await frameHashes(output)).length).toBe(156);
  expect(await warningsOf(output)).toBe("");
  const inFull = await realTool({ verify: "full" }).stitch(request, output, () => {}, never);
  expect(inFull.framesDecoded).toBe(156);
});

test("a clip that is no longer what was stored is named, and nothing is made of it", async () => {
  const output = join(folder, "rotten.mp4");
  const clips = [await clip({ seed: 1 }), join(folder, "rotten-clip.mp4")];
  await copyFile(await clip({ seed: 2 }), join(folder, "rotten-clip.mp4"));
  const storedSha256 = await Promise.all(clips.map(sha256Of));
  const bytes = Buffer.from(await Bun.file(join(folder, "rotten-clip.mp4")).bytes());
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 2_000) ^ 1, bytes.length - 2_000);
  await Bun.write(join(folder, "rotten-clip.mp4"), bytes);
  const stitch = realTool().stitch({ clips, storedSha256, crossfadeSeconds: 0 }, output, () => {}, never);
  await expect(stitch).rejects.toMatchObject({
    code: "storage.damaged",
    message: expect.stringContaining('"rotten-clip.mp4" is not what was stored'),
  });
  expect(await Bun.file(output).exists()).toBe(false);
});
