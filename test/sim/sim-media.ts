import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { VidpipeError } from "../../src/domain/errors.ts";
import { FRAME_SIZES, type FrameSize, hasShape, type MediaInfo } from "../../src/domain/media.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import { sha256Of } from "./disk.ts";
import type { Faults } from "./faults.ts";
import type { Loop, SimProcess } from "./loop.ts";
import { Picture } from "./provider-replies.ts";
import type { Random } from "./random.ts";

const framesPerSecond = 24;
/** What fake clips hold: see `fakeClipBytes`. */
const Clip = z.object({ width: z.int(), height: z.int(), frames: z.int().min(1), label: z.string() });
type Clip = z.infer<typeof Clip>;

/** ffmpeg of one simulated process: takes virtual time, and fails when the faults say so. */
export function createSimMedia(deps: {
  readonly loop: Loop;
  readonly faults: Faults;
  readonly random: Random;
  readonly process: SimProcess;
  readonly kill: (process: SimProcess) => void;
}): MediaTool {
  const { loop, faults, random, process, kill } = deps;

  async function enter(call: string, longestMs: number, signal: AbortSignal): Promise<void> {
    if (longestMs > 0) await loop.sleep(process, random.between(1, longestMs), signal);
    await loop.gate(process, `${process.name} ${call}`);
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped; nothing was lost");
    if (!faults.strikes("F27")) return;
    if (random.random(0.3)) await loop.sleep(process, 30_000, signal);
    throw new VidpipeError("media.ffmpeg_failed", "ffmpeg ended with 1");
  }

  /** A look at a file that was paid for: the process may die of it, and ffmpeg may see what is not there. */
  async function look(call: string, longestMs: number, signal: AbortSignal): Promise<void> {
    if (faults.strikes("F38")) kill(process);
    await enter(call, longestMs, signal);
    if (faults.strikes("F36")) throw new VidpipeError("media.invalid", "ffmpeg printed garbage");
  }

  return {
    inspect: async () => [],
    require: async () => {},
    async verify(path, signal) {
      await look("verifies", 100, signal);
      return infoOf(readClip(path));
    },
    normalise: async () => {
      throw new Error("no user of the simulation brings a clip");
    },
    extractStill: async () => {
      throw new Error("no user of the simulation brings a clip");
    },
    async verifyStill(path, aspectRatio, signal) {
      await look("verifies a still", 0, signal);
      const size = sizeOf(path);
      if (aspectRatio !== null && !hasShape(size, aspectRatio, 0.01))
        throw new VidpipeError("media.invalid", `it is ${size.width}x${size.height}`);
      return size;
    },
    async fitStill(path, output, aspectRatio, fit, signal) {
      await enter("fits a still", 0, signal);
      writeFileSync(
        output,
        JSON.stringify({ ...FRAME_SIZES[aspectRatio], label: `${sha256Of(readFileSync(path))} ${fit}` }),
      );
      return FRAME_SIZES[aspectRatio];
    },
    similarity: async () => 1,
    async renderShot({ durationSeconds, seed }, output, signal) {
      await enter("renders", 500, signal);
      writeFileSync(output, fakeClipBytes({ durationSeconds, label: `shot ${seed}` }));
    },
    explain: async () => [],
    async stitch({ clips, crossfadeSeconds, keepSeconds }, output, onProgress, signal) {
      // The shots of an animatic are made beside it and joined there; they are no clips.
      const isUnfinished = (clip: string) => clip.includes(".part") && dirname(clip) !== dirname(output);
      if (clips.some(isUnfinished)) loop.fail("9.2 an unfinished file was stitched");
      onProgress(0.1);
      await enter("stitches", 4_000, signal);
      const whole = clips.map(readClip);
      const kept = (place: number) => Math.round((keepSeconds?.[place] ?? Number.POSITIVE_INFINITY) * framesPerSecond);
      const parts = whole.map((clip, place) => ({ ...clip, frames: Math.min(clip.frames, kept(place)) }));
      const overlap = Math.round(crossfadeSeconds * framesPerSecond) * (parts.length - 1);
      const frames = parts.reduce((sum, clip) => sum + clip.frames, -overlap);
      writeFileSync(output, JSON.stringify({ ...parts[0], frames, label: parts.map((clip) => clip.label).join("+") }));
      const mode = overlap > 0 ? "crossfade" : "concat";
      const durationSeconds = frames / framesPerSecond;
      return {
        mode,
        clips: clips.length,
        frames,
        durationSeconds,
        framesCopied: frames - overlap,
        framesEncoded: overlap,
        encodedShare: overlap / frames,
        windows: overlap > 0 ? parts.length - 1 : 0,
        droppedAfter: [],
        remarks: [],
        cutClips: whole.flatMap(({ frames }, clip) => {
          const shown = parts[clip]?.frames ?? frames;
          if (shown === frames) return [];
          return { clip, fromSeconds: frames / framesPerSecond, toSeconds: shown / framesPerSecond };
        }),
        startsSeconds: [],
        segmentsEncoded: overlap > 0 ? parts.length - 1 : 0,
        segmentsReused: 0,
        framesDecoded: 0,
        syncErrorMs: 0,
        tookSeconds: 1,
        media: infoOf(readClip(output)),
      };
    },
  };
}

/** The size of a picture. @throws VidpipeError media.invalid */
function sizeOf(path: string): FrameSize {
  try {
    return Picture.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new VidpipeError("media.invalid", `${path} is not a picture`, { cause });
  }
}

function readClip(path: string): Clip {
  try {
    return Clip.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new VidpipeError("media.invalid", `${path} is not a clip`, { cause });
  }
}

function infoOf({ frames, width, height }: Clip): MediaInfo {
  const durationSeconds = frames / framesPerSecond;
  const frameRate = { num: framesPerSecond, den: 1 };
  return {
    durationSeconds,
    video: {
      codec: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      width,
      height,
      frameRate,
      frames,
      durationSeconds,
    },
    audio: { codec: "aac", sampleRate: 48_000, channels: 2, durationSeconds },
  };
}
