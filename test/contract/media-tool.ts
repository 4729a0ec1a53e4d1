/** What every MediaTool must do, whoever it is. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import { FRAME_SIZES } from "../../src/domain/media.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import { tempFolder } from "../support/media.ts";
import { never } from "../support/never.ts";

export interface MediaToolWorld {
  readonly tool: MediaTool;
  /** A 24 fps clip of so many frames; `seed` makes it different from others. */
  readonly clip: (frames: number, seed: number, sound?: boolean) => Promise<string>;
  /** A 16:9 still. */
  readonly still: () => Promise<string>;
}

async function codeOf(work: Promise<unknown>): Promise<FailureCode | "none"> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown === undefined) return "none";
  if (thrown instanceof VidpipeError) return thrown.code;
  throw thrown;
}

export function mediaToolContract(name: string, makeWorld: () => MediaToolWorld): void {
  describe(`MediaTool: ${name}`, () => {
    const { tool, clip, still } = makeWorld();
    const folder = tempFolder();
    const output = (file: string) => join(folder, file);
    const shot = {
      size: FRAME_SIZES["16:9"],
      move: "push_in",
      durationSeconds: 0.5,
      seed: 1,
      captionPath: null,
    } as const;

    test("it is fit and says so", async () => {
      await tool.require(never);
      const findings = await tool.inspect(never);
      expect(findings.length).toBeGreaterThan(0);
      expect(findings.map((finding) => finding.level)).not.toContain("fail");
    });

    test("a clip is measured to the frame", async () => {
      const info = await tool.verify(await clip(48, 1), never);
      expect(info.video).toMatchObject({
        codec: "h264",
        frames: 48,
        frameRate: { num: 24, den: 1 },
        durationSeconds: 2,
      });
      expect(info.audio).toMatchObject({ sampleRate: 48_000, channels: 2 });
    });

    test("a clip without sound has none", async () => {
      expect((await tool.verify(await clip(24, 1, false), never)).audio).toBeNull();
    });

    test.each(["missing.mp4", "empty.mp4", "text.mp4"])("%s is no clip", async (file) => {
      await Bun.write(output("empty.mp4"), "");
      await Bun.write(output("text.mp4"), "not a film");
      expect(await codeOf(tool.verify(output(file), never))).toBe("media.invalid");
    });

    test("a still is measured", async () => {
      const size = await tool.verifyStill(await still(), "16:9", never);
      expect(size.width / size.height).toBeCloseTo(16 / 9, 1);
    });

    test("a part of a clip is made plain to the frame, and its ends are pictures", async () => {
      const part = { path: await clip(24, 1), inSeconds: 0.25, outSeconds: 0.75, mostSeconds: 10 };
      expect((await tool.normalise(part, output("part.mp4"), never)).video).toMatchObject({
        codec: "h264",
        frames: 12,
      });
      for (const end of ["first", "last"] as const) {
        const { width, height } = await tool.extractStill(output("part.mp4"), end, output(`${end}.png`), never);
        expect(Math.min(width, height)).toBeGreaterThan(0);
        await tool.verifyStill(output(`${end}.png`), null, never);
      }
      expect(await codeOf(tool.normalise({ ...part, inSeconds: 2 }, output("no.mp4"), never))).toBe("input.invalid");
      expect(await codeOf(tool.normalise({ ...part, mostSeconds: 0.1 }, output("no.mp4"), never))).toBe(
        "input.too_large",
      );
      expect(existsSync(output("no.mp4"))).toBe(false);
    });

    test("a missing still is invalid", async () => {
      expect(await codeOf(tool.verifyStill(output("missing.png"), "16:9", never))).toBe("media.invalid");
    });

    test("a shot is a clip of the asked length", async () => {
      const picture = await still();
      await tool.renderShot({ ...shot, startPath: picture, endPath: picture }, output("shot.mp4"), never);
      const info = await tool.verify(output("shot.mp4"), never);
      expect(info.video.frames).toBe(12);
      expect(info.audio).not.toBeNull();
    });

    test("the same picture is wholly alike, others less", async () => {
      const [one, other, picture] = [await clip(24, 1), await clip(24, 2), await still()];
      const alike = (a: string, b: string, frame: "first" | "last" = "first") =>
        tool.similarity({ path: a, frame }, { path: b, frame }, never);
      expect(await alike(one, one)).toBeCloseTo(1, 3);
      expect(await alike(one, one, "last")).toBeCloseTo(1, 3);
      const apart = await alike(one, other);
      expect(apart).toBeLessThan(0.95);
      expect(apart).toBeGreaterThanOrEqual(0);
      expect(await tool.similarity({ path: picture, frame: "still" }, { path: picture, frame: "still" }, never)).toBe(
        1,
      );
    });

    test("a clip that opens and closes on its stills is like them there", async () => {
      const picture = await still();
      await tool.renderShot({ ...shot, startPath: picture, endPath: picture }, output("ends.mp4"), never);
      for (const frame of ["first", "last"] as const)
        expect(
          await tool.similarity({ path: output("ends.mp4"), frame }, { path: picture, frame: "still" }, never),
        ).toBeGreaterThan(0.85);
    });

    test("what is no picture is like nothing", async () => {
      const missing = { path: output("missing.mp4"), frame: "first" } as const;
      expect(await codeOf(tool.similarity(missing, { path: await still(), frame: "still" }, never))).toBe(
        "media.invalid",
      );
    });

    test("hard cuts keep every frame", async () => {
      const clips = [await clip(48, 1), await clip(25, 2, false), await clip(48, 3)];
      const report = await tool.stitch({ clips, crossfadeSeconds: 0 }, output("cut.mp4"), () => {}, never);
      expect(report).toMatchObject({ mode: "concat", clips: 3, frames: 121 });
      const info = await tool.verify(output("cut.mp4"), never);
      expect(info.video.frames).toBe(121);
      expect(info.audio?.durationSeconds).toBeCloseTo(121 / 24, 2);
    });

    test("crossfades overlap by exactly their frames", async () => {
      const clips = [await clip(48, 1), await clip(48, 2), await clip(48, 3)];
      const report = await tool.stitch({ clips, crossfadeSeconds: 0.5 }, output("fade.mp4"), () => {}, never);
      expect(report).toMatchObject({ mode: "crossfade", clips: 3, frames: 120, durationSeconds: 5 });
      expect(report.framesCopied + report.framesEncoded).toBe(120);
      expect((await tool.verify(output("fade.mp4"), never)).video.frames).toBe(120);
    });

    test("each join has its own transition", async () => {
      const clips = [await clip(48, 1), await clip(48, 2), await clip(48, 3)];
      const transitions = [
        { kind: "cut", seconds: 0 },
        { kind: "dip", seconds: 0.5 },
      ] as const;
      const request = { clips, crossfadeSeconds: 1, transitions };
      const report = await tool.stitch(request, output("mixed.mp4"), () => {}, never);
      expect(report).toMatchObject({ mode: "transitions", clips: 3, frames: 132, windows: 1 });
      expect((await tool.verify(output("mixed.mp4"), never)).video.frames).toBe(132);
    });

    test("what is no clip among clips is told by its place", async () => {
      await Bun.write(output("no-clip.mp4"), "not a film");
      const request = { clips: [await clip(48, 1), output("no-clip.mp4")], crossfadeSeconds: 0 };
      const tries = [tool.explain(request, never), tool.stitch(request, output("none.mp4"), () => {}, never)];
      for (const tried of await Promise.allSettled<unknown>(tries))
        expect(tried).toMatchObject({ reason: { code: "media.invalid", facts: { clip: 1 } } });
      expect(existsSync(output("none.mp4"))).toBe(false);
    });

    test("a duplicate frame is left out at a cut and never at a fade, and the film says where its clips begin", async () => {
      const clips = [await clip(48, 1), await clip(48, 2), await clip(48, 3)];
      const transitions = [
        { kind: "cut", seconds: 0 },
        { kind: "dip", seconds: 0.5 },
      ] as const;
      const lastFrames = ["drop", "drop"] as const;
      const request = { clips, crossfadeSeconds: 1, transitions, lastFrames };
      const report = await tool.stitch(request, output("dropped.mp4"), () => {}, never);
      expect(report).toMatchObject({ frames: 131, droppedAfter: [0], windows: 1, syncErrorMs: 0 });
      expect(report.startsSeconds.map((seconds) => Math.round(seconds * 24))).toEqual([0, 47, 83]);
      expect((await tool.verify(output("dropped.mp4"), never)).video.frames).toBe(131);
    });

    test("a clip is cut to the length that is kept of it, and fades begin at its new end", async () => {
      const clips = [await clip(48, 1), await clip(48, 2), await clip(48, 3)];
      const keepSeconds = [1.5, null, 30];
      const cut = await tool.stitch({ clips, keepSeconds, crossfadeSeconds: 0 }, output("kept.mp4"), () => {}, never);
      expect(cut).toMatchObject({ frames: 132, cutClips: [{ clip: 0, fromSeconds: 2, toSeconds: 1.5 }] });
      expect(cut.startsSeconds).toEqual([0, 1.5, 3.5]);
      const info = await tool.verify(output("kept.mp4"), never);
      expect([info.video.frames, info.audio?.durationSeconds]).toEqual([132, 5.5]);
      const faded = { clips, keepSeconds, crossfadeSeconds: 0.5 };
      expect((await tool.stitch(faded, output("kept.mp4"), () => {}, never)).frames).toBe(132 - 24);
    });

    test.each([
      ["a length for some clips only", [1]],
      ["no length", [0, null]],
      ["a negative length", [null, -1]],
      ["a length that is no number", [Number.NaN, null]],
    ])("%s is refused", async (_, keepSeconds) => {
      const clips = [await clip(48, 1), await clip(48, 2)];
      const work = tool.stitch({ clips, keepSeconds, crossfadeSeconds: 0 }, output("none.mp4"), () => {}, never);
      expect(await codeOf(work)).toBe("input.invalid");
      expect(existsSync(output("none.mp4"))).toBe(false);
    });

    test("a crossfade over half of what is kept is refused", async () => {
      const clips = [await clip(48, 1), await clip(48, 2)];
      const request = { clips, keepSeconds: [1, null], crossfadeSeconds: 0.75 };
      expect(await codeOf(tool.stitch(request, output("none.mp4"), () => {}, never))).toBe("input.invalid");
    });

    test.each(["crop", "pad"] as const)("a still is brought to another shape: %s", async (fit) => {
      for (const [ratio, shape] of [
        ["9:16", 9 / 16],
        ["1:1", 1],
        ["16:9", 16 / 9],
      ] as const) {
        const path = output(`${fit}-${shape}.png`);
        const size = await tool.fitStill(await still(), path, ratio, fit, never);
        expect(size.width / size.height).toBeCloseTo(shape, 1);
        expect(await tool.verifyStill(path, ratio, never)).toEqual(size);
      }
    });

    test.each([
      ["missing.png", "fitted.png", "media.invalid"],
      ["empty.png", "fitted.png", "media.invalid"],
      ["still", "fitted.gif", "input.invalid"],
    ] as const)("%s is not made into %s: %s", async (source, target, code) => {
      await Bun.write(output("empty.png"), "");
      const path = source === "still" ? await still() : output(source);
      expect(await codeOf(tool.fitStill(path, output(target), "1:1", "crop", never))).toBe(code);
      expect(existsSync(output(target))).toBe(false);
    });

    test("one clip alone needs no crossfade", async () => {
      const clips = [await clip(24, 1)];
      const report = await tool.stitch({ clips, crossfadeSeconds: 5 }, output("one.mp4"), () => {}, never);
      expect(report.frames).toBe(24);
    });

    test("progress rises to 1", async () => {
      const seen: number[] = [];
      const clips = [await clip(48, 1), await clip(48, 2)];
      await tool.stitch({ clips, crossfadeSeconds: 0.25 }, output("progress.mp4"), (part) => seen.push(part), never);
      expect(seen.at(-1)).toBe(1);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    });

    test.each([
      ["no clips", 0, 0],
      ["a negative crossfade", 2, -0.5],
      ["a crossfade over half a clip", 2, 1.1],
    ])("%s is refused and leaves nothing", async (_, count, crossfadeSeconds) => {
      const clips = [await clip(48, 1), await clip(48, 2)].slice(0, count);
      const path = output("refused.mp4");
      expect(await codeOf(tool.stitch({ clips, crossfadeSeconds }, path, () => {}, never))).toBe("input.invalid");
      expect(existsSync(path)).toBe(false);
    });

    test("a clip that is missing stops a stitch and keeps the film before", async () => {
      await Bun.write(output("kept.mp4"), "the film before");
      const clips = [await clip(48, 1), output("missing.mp4")];
      const stitch = tool.stitch({ clips, crossfadeSeconds: 0 }, output("kept.mp4"), () => {}, never);
      expect(await codeOf(stitch)).toBe("media.invalid");
      expect(await Bun.file(output("kept.mp4")).text()).toBe("the film before");
    });

    test("an aborted signal stops every method", async () => {
      const signal = AbortSignal.abort();
      const path = await clip(48, 1);
      const picture = await still();
      const calls = [
        tool.verify(path, signal),
        tool.verifyStill(picture, "16:9", signal),
        tool.fitStill(picture, output("aborted.png"), "1:1", "pad", signal),
        tool.similarity({ path, frame: "last" }, { path: picture, frame: "still" }, signal),
        tool.renderShot({ ...shot, startPath: picture, endPath: picture }, output("aborted.mp4"), signal),
        tool.stitch({ clips: [path, path], crossfadeSeconds: 0 }, output("aborted.mp4"), () => {}, signal),
      ];
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "run.interrupted"));
      expect(["aborted.mp4", "aborted.png"].filter((name) => existsSync(output(name)))).toEqual([]);
    });
  });
}
