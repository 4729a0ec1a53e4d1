import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { type AspectRatio, FRAME_SIZES } from "../../../src/domain/media.ts";
import type { MediaTool, ShotOrder } from "../../../src/ports/media.ts";
import { createOfflineProvider } from "../../../src/providers/offline/provider.ts";
import { realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { clipOrder, keyframeOrder, note, request, storyboardOrder } from "./orders.ts";

// Real films on a machine that may be busy.
setDefaultTimeout(60_000);

const media = realTool();
const provider = createOfflineProvider({ media });
const models = provider.selectModels(request());
const words = "Wide shot, night, city street. In frame, left: cat (a ginger cat). A cat explores.";

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return "nothing thrown";
  } catch (thrown) {
    if (!(thrown instanceof VidpipeError)) return String(thrown);
    return thrown.field === undefined ? thrown.code : `${thrown.code} at ${thrown.field}`;
  }
};

describe("selecting models", () => {
  test("names this machine's models and the frame size", () => {
    expect(provider.selectModels(request({ aspectRatio: "9:16" }))).toEqual({
      provider: "offline",
      textModel: "offline-storyboard",
      imageModel: "offline-still",
      videoModel: "offline-clip",
      options: { width: 720, height: 1280, frameRate: 24 },
      readsNotes: true,
    });
  });

  test.each([1, 2.5, 1.25, 8, 30, 25 / 24])("accepts clips of %p seconds", (clipDurationSeconds) => {
    expect(codeOf(() => provider.selectModels(request({ clipDurationSeconds })))).toBe("nothing thrown");
  });

  test.each([0, -1, 0.5, 0.999, 30.01, 60, Number.NaN, Number.POSITIVE_INFINITY, 2.3, 1.0001])(
    "refuses clips of %p seconds",
    (clipDurationSeconds) => {
      expect(codeOf(() => provider.selectModels(request({ clipDurationSeconds })))).toBe(
        "input.invalid at clip_duration",
      );
    },
  );

  test("says which lengths there are", () => {
    expect(() => provider.selectModels(request({ clipDurationSeconds: 2.3 }))).toThrow(
      /1 to 30 seconds at 24 frames a second; choose whole, half or quarter seconds/,
    );
  });

  test("costs nothing", () => {
    expect(provider.quote(clipOrder("16:9"), models)).toBeUndefined();
    expect(provider.local).toBe(true);
  });
});

describe("stills", () => {
  const draw = async (changes: Parameters<typeof keyframeOrder>[1] = {}) =>
    (await provider.drawKeyframe(keyframeOrder(words, changes), models, null, never)).bytes;

  test.each(Object.keys(FRAME_SIZES) as AspectRatio[])("of %s are PNGs of the frame's size", async (aspectRatio) => {
    const still = await provider.drawKeyframe(keyframeOrder(words, { aspectRatio }), models, null, never);
    const view = new DataView(still.bytes.buffer, still.bytes.byteOffset);
    expect(still.mediaType).toBe("image/png");
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([
      FRAME_SIZES[aspectRatio].width,
      FRAME_SIZES[aspectRatio].height,
    ]);
  });

  test("are the same bytes for the same order", async () => {
    expect(await draw()).toEqual(await draw());
  });

  test("are another place for another seed", async () => {
    expect(await draw({ seed: 1 })).not.toEqual(await draw({ seed: 2 }));
  });

  test("stop before drawing when they are told to", async () => {
    const stopped = provider.drawKeyframe(keyframeOrder(words), models, null, AbortSignal.abort());
    expect(stopped).rejects.toMatchObject({ code: "run.interrupted" });
  });
});

describe("clips", () => {
  test("are started under a name that belongs to their order", async () => {
    const none = { bytes: new Uint8Array(), mediaType: "image/png" } as const;
    const start = async (order = clipOrder("16:9")) => {
      const answer = await provider.startClip(order, models, { start: none, end: none }, never, null);
      const reading = provider.readOperation(order, models, null, answer);
      return reading.kind === "content" ? reading.content : expect.unreachable();
    };
    expect(await start()).toBe(await start());
    expect(await start()).toStartWith("offline:");
    expect(await start(clipOrder("16:9", { seed: 4 }))).not.toBe(await start());
  });

  test.each(["16:9", "9:16"] as const)(
    "of %s are filmed to the frame from the stills, the caption over them",
    async (aspectRatio) => {
      const folder = tempFolder();
      const stills = { startPath: join(folder, "start.png"), endPath: join(folder, "end.png") };
      const still = async (path: string, prompt: string) => {
        const order = keyframeOrder(prompt, { aspectRatio });
        await Bun.write(path, (await provider.drawKeyframe(order, models, null, never)).bytes);
      };
      await still(stills.startPath, words);
      await still(stills.endPath, words.replace("Wide", "Medium").replace("night", "dawn"));
      const order = clipOrder(aspectRatio, { durationSeconds: 25 / 24 });
      const check = await provider.checkClip("offline:x", order, models, stills, never);
      const output = join(folder, "clip.mp4");
      if (check.kind === "ready") await check.save(output, never);
      const info = await media.verify(output, never);
      expect(info.video).toMatchObject({
        ...FRAME_SIZES[aspectRatio],
        codec: "h264",
        frames: 25,
        frameRate: { num: 24, den: 1 },
      });
      expect(info.audio).toMatchObject({ codec: "aac", sampleRate: 48_000, channels: 2 });
      expect(readdirSync(folder).toSorted()).toEqual(["clip.mp4", "end.png", "start.png"]);
    },
  );

  /** A media tool that keeps what it was asked for, and fails. */
  function failingMedia(): { readonly shots: ShotOrder[]; readonly tool: MediaTool } {
    const shots: ShotOrder[] = [];
    const renderShot: MediaTool["renderShot"] = async (order) => {
      shots.push(order);
      throw new VidpipeError("media.ffmpeg_failed", "no film today");
    };
    return { shots, tool: { ...media, renderShot } };
  }

  test("move as their scene says, to the frame, with a sound of their own", async () => {
    const { shots, tool } = failingMedia();
    const folder = tempFolder();
    for (const [sceneIndex, motion] of ["Camera: pull out, slow.", "Camera: tilt up, slow."].entries()) {
      const order = clipOrder("1:1", { note: note({ sceneIndex, motion }), durationSeconds: 2.5 });
      const stills = { startPath: "/s.png", endPath: "/e.png" };
      const check = await createOfflineProvider({ media: tool }).checkClip("offline:x", order, models, stills, never);
      if (check.kind === "ready") await check.save(join(folder, "clip.mp4"), never).catch(() => undefined);
    }
    expect(shots).toMatchObject([
      { startPath: "/s.png", endPath: "/e.png", size: FRAME_SIZES["1:1"], move: "pull_out", durationSeconds: 2.5 },
      { move: "tilt_up", seed: (shots[0]?.seed ?? 0) + 1 },
    ]);
  });

  test("leave no caption behind when filming fails", async () => {
    const folder = tempFolder();
    const stills = { startPath: "/s.png", endPath: "/e.png" };
    const failing = createOfflineProvider({ media: failingMedia().tool });
    const check = await failing.checkClip("offline:x", clipOrder("1:1"), models, stills, never);
    const saved = check.kind === "ready" ? check.save(join(folder, "clip.mp4"), never) : Promise.resolve();
    expect(saved).rejects.toMatchObject({ code: "media.ffmpeg_failed" });
    await saved.catch(() => undefined);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("a storyboard is answered in one call", async () => {
  const order = storyboardOrder("A fox. A boat. A star.");
  const reading = provider.readStoryboard(order, await provider.writeStoryboard(order, models, null, never));
  expect(reading.kind === "content" && reading.content.scenes).toHaveLength(3);
});
