/** A MediaTool without ffmpeg: clips are one line of JSON that says what they would hold. */
import { z } from "zod";
import { asVidpipeError, VidpipeError } from "../../src/domain/errors.ts";
import { FRAME_SIZES, type FrameSize, type MediaInfo, type StitchReport } from "../../src/domain/media.ts";
import type { Finding, MediaTool, Shown, StitchRequest } from "../../src/ports/media.ts";

const FRAMES_PER_SECOND = 24;

const FakeClip = z.strictObject({
  fakeClip: z.literal(1),
  width: z.int(),
  height: z.int(),
  frames: z.int().min(1),
  sound: z.boolean(),
  /** Tells clips apart that are otherwise alike. */
  label: z.string(),
});
type FakeClip = z.infer<typeof FakeClip>;

interface ClipFacts {
  readonly durationSeconds: number;
  readonly size?: FrameSize;
  readonly sound?: boolean;
  readonly label?: string;
}

const fakeClipOf = ({
  durationSeconds,
  size = FRAME_SIZES["16:9"],
  sound = true,
  label = "",
}: ClipFacts): FakeClip => ({
  fakeClip: 1,
  width: size.width,
  height: size.height,
  frames: Math.round(durationSeconds * FRAMES_PER_SECOND),
  sound,
  label,
});

/** The bytes of a clip that `createFakeMedia().verify` accepts. */
export const fakeClipBytes = (clip: ClipFacts): Uint8Array => encode(fakeClipOf(clip));

const encode = (clip: FakeClip): Uint8Array => new TextEncoder().encode(JSON.stringify(clip));

/** Every method of the port; what `before` is told about. */
export type MediaCall = keyof MediaTool;

export interface FakeMediaOptions {
  /** Runs before each call; throw here to make it fail, await here to make it slow. */
  readonly before?: (call: MediaCall, output: string | null, signal: AbortSignal) => void | Promise<void>;
  readonly findings?: readonly Finding[];
  /** What a file holds that is no fake clip; undefined: nothing. */
  readonly clipIn?: (path: string) => Promise<{ size: FrameSize; durationSeconds: number } | undefined>;
  /** Instead of 1 for the same bytes and 0.9 for others. */
  readonly similarity?: (one: Shown, other: Shown) => number | undefined;
}

export interface FakeMedia extends MediaTool {
  /** Calls so far, in order. */
  readonly calls: readonly { readonly call: MediaCall; readonly path: string | null }[];
}

/** A MediaTool that works at once, in files of a few bytes, and gives the same bytes for the same input. */
export function createFakeMedia(options: FakeMediaOptions = {}): FakeMedia {
  const calls: { call: MediaCall; path: string | null }[] = [];
  const enter = async (call: MediaCall, path: string | null, signal: AbortSignal): Promise<void> => {
    calls.push({ call, path });
    refuseWhenAborted(signal);
    await options.before?.(call, path, signal);
    refuseWhenAborted(signal);
  };
  async function readClip(path: string): Promise<FakeClip> {
    const real = await options.clipIn?.(path);
    return real === undefined ? readFakeClip(path) : fakeClipOf(real);
  }
  /** A clip of a list: a failure says which it is. */
  const readClipAt = (path: string, clip: number): Promise<FakeClip> =>
    readClip(path).catch((thrown: unknown) => {
      const { code, message, facts } = asVidpipeError(thrown);
      throw new VidpipeError(code, message, { facts: { ...facts, clip } });
    });
  return {
    calls,
    async inspect(signal) {
      await enter("inspect", null, signal);
      return options.findings ?? [{ topic: "ffmpeg", level: "ok", message: "fake", fix: null }];
    },
    require: (signal) => enter("require", null, signal),
    async verify(path, signal) {
      await enter("verify", path, signal);
      return infoOf(await readClip(path));
    },
    async verifyStill(path, aspectRatio, signal) {
      await enter("verifyStill", path, signal);
      const file = Bun.file(path);
      if (!(await file.exists()) || file.size === 0)
        throw new VidpipeError("media.invalid", `${path} is not a picture`);
      return FRAME_SIZES[aspectRatio ?? "1:1"];
    },
    async fitStill(path, output, aspectRatio, fit, signal) {
      await enter("fitStill", output, signal);
      const words = await textOf(path);
      if (words === "") throw new VidpipeError("media.invalid", `${path} is not a picture`);
      if (!/\.(png|jpe?g|webp)$/.test(output)) throw new VidpipeError("input.invalid", `${output} is not a picture`);
      await Bun.write(output, `${words}, ${fit === "crop" ? "cropped" : "padded"} to ${aspectRatio}`);
      return FRAME_SIZES[aspectRatio];
    },
    async normalise({ path, inSeconds, outSeconds, mostSeconds }, output, signal) {
      await enter("normalise", output, signal);
      const whole = await readClip(path);
      const frameOf = (seconds: number) => Math.round(seconds * FRAMES_PER_SECOND);
      const from = frameOf(inSeconds ?? 0);
      const to = Math.min(whole.frames, frameOf(outSeconds ?? Infinity));
      if (from < 0 || to <= from) throw new VidpipeError("input.invalid", "that part is not in the clip");
      const part = { ...whole, frames: to - from };
      if (part.frames > frameOf(mostSeconds)) throw new VidpipeError("input.too_large", "the clip would be too long");
      await Bun.write(output, to - from === whole.frames ? Bun.file(path) : encode(part));
      return infoOf(part);
    },
    async extractStill(clip, frame, output, signal) {
      await enter("extractStill", output, signal);
      const { width, height } = await readClip(clip);
      await Bun.write(output, `${frame} frame of ${await textOf(clip)}`);
      return { width, height };
    },
    async similarity(one, other, signal) {
      await enter("similarity", one.path, signal);
      const [a, b] = await Promise.all([one, other].map(({ path }) => textOf(path)));
      return options.similarity?.(one, other) ?? (a === b ? 1 : 0.9);
    },
    async renderShot(order, output, signal) {
      await enter("renderShot", output, signal);
      const label = `${order.move} ${order.seed}`;
      await Bun.write(output, fakeClipBytes({ durationSeconds: order.durationSeconds, size: order.size, label }));
    },
    async explain(request, signal) {
      await enter("explain", null, signal);
      await Promise.all(request.clips.map(readClipAt));
      return [["clip"], ...request.clips.map((clip) => [clip])];
    },
    async stitch(request, output, onProgress, signal) {
      await enter("stitch", output, signal);
      const { film, report } = join(await Promise.all(request.clips.map(readClipAt)), request);
      onProgress(0.5);
      await Bun.write(output, encode(film));
      onProgress(1);
      return report;
    },
  };
}

function refuseWhenAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped; nothing was lost");
}

async function textOf(path: string): Promise<string> {
  const file = Bun.file(path);
  if (await file.exists()) return file.text();
  throw new VidpipeError("media.invalid", `${path} is not a picture`);
}

async function readFakeClip(path: string): Promise<FakeClip> {
  try {
    return FakeClip.parse(await Bun.file(path).json());
  } catch (cause) {
    throw new VidpipeError("media.invalid", `${path} is not a clip`, { cause });
  }
}

function infoOf(clip: FakeClip): MediaInfo {
  const durationSeconds = clip.frames / FRAMES_PER_SECOND;
  return {
    durationSeconds,
    video: {
      codec: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      width: clip.width,
      height: clip.height,
      frameRate: { num: FRAMES_PER_SECOND, den: 1 },
      frames: clip.frames,
      durationSeconds,
    },
    audio: clip.sound ? { codec: "aac", sampleRate: 48_000, channels: 2, durationSeconds } : null,
  };
}

function join(
  whole: readonly FakeClip[],
  { crossfadeSeconds, transitions, lastFrames, keepSeconds }: StitchRequest,
): { film: FakeClip; report: StitchReport } {
  if (keepSeconds !== undefined && keepSeconds.length !== whole.length)
    throw new VidpipeError("input.invalid", "there is not one length for each clip");
  if (keepSeconds?.some((seconds) => seconds !== null && !(seconds > 0)))
    throw new VidpipeError("input.invalid", "a length to keep is more than 0 seconds");
  const clips = whole.map((clip, place) => {
    const kept = Math.round((keepSeconds?.[place] ?? Infinity) * FRAMES_PER_SECOND);
    return { ...clip, frames: Math.min(clip.frames, kept) };
  });
  const [first] = clips;
  if (first === undefined) throw new VidpipeError("input.invalid", "there are no clips to stitch");
  const plain = transitions === undefined;
  const fade = Math.round(crossfadeSeconds * FRAMES_PER_SECOND);
  const shortest = Math.min(...clips.map((clip) => clip.frames));
  if (crossfadeSeconds < 0 || (plain && clips.length > 1 && fade * 2 > shortest))
    throw new VidpipeError("input.invalid", "the crossfade is longer than half the shortest clip");
  const overlaps = plain
    ? clips.slice(1).map(() => fade)
    : transitions.map(({ seconds }) => Math.round(seconds * FRAMES_PER_SECOND));
  const droppedAfter = (lastFrames ?? []).flatMap((word, left) =>
    word !== "keep" && overlaps[left] === 0 ? left : [],
  );
  const overlap = overlaps.reduce((sum, frames) => sum + frames, 0);
  const windows = overlaps.filter((frames) => frames > 0).length;
  const frames = clips.reduce((sum, clip) => sum + clip.frames, 0) - overlap - droppedAfter.length;
  const film: FakeClip = { ...first, frames, sound: true, label: clips.map((clip) => clip.label).join("+") };
  const report: StitchReport = {
    mode: overlap === 0 ? "concat" : plain ? "crossfade" : "transitions",
    clips: clips.length,
    frames,
    durationSeconds: frames / FRAMES_PER_SECOND,
    framesCopied: frames - overlap,
    framesEncoded: overlap,
    encodedShare: overlap / frames,
    windows,
    droppedAfter,
    cutClips: clips.flatMap(({ frames }, clip) => {
      const all = whole[clip]?.frames ?? 0;
      if (frames === all) return [];
      return { clip, fromSeconds: all / FRAMES_PER_SECOND, toSeconds: frames / FRAMES_PER_SECOND };
    }),
    startsSeconds: startsOf(clips, overlaps, droppedAfter),
    segmentsEncoded: windows,
    segmentsReused: 0,
    framesDecoded: frames,
    syncErrorMs: 0,
    remarks: [],
    tookSeconds: 0,
    media: infoOf(film),
  };
  return { film, report };
}

function startsOf(clips: readonly FakeClip[], overlaps: readonly number[], droppedAfter: readonly number[]): number[] {
  let next = 0;
  return clips.map(({ frames }, index) => {
    const start = next;
    next += frames - (overlaps[index] ?? 0) - (droppedAfter.includes(index) ? 1 : 0);
    return start / FRAMES_PER_SECOND;
  });
}
