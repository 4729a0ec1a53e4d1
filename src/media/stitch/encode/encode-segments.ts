import { availableParallelism } from "node:os";
import { VidpipeError } from "../../../domain/errors.ts";
import { type FfmpegTools, ffmpegRun } from "../../ffmpeg/verify.ts";
import { concurrently, createLimit } from "../concurrency.ts";
import type { ClipLayout } from "../format/clip-layout.ts";
import type { Mp4Files } from "../mp4/packets.ts";
import { type StitchPlan, segmentFrames } from "../plan/plan.ts";
import type { Progress } from "./progress.ts";
import { type SegmentCache, windowKey } from "./segment-cache.ts";
import { type EncodedSegment, type Encoder, encodeArgs } from "./video-args.ts";

/** Everything that making one film needs. */
export interface FilmWork {
  readonly tools: FfmpegTools;
  readonly encoder: Encoder;
  readonly store: SegmentCache;
  readonly plan: StitchPlan;
  readonly layouts: readonly ClipLayout[];
  readonly mp4Files: Mp4Files;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A finished segment. */
export interface SegmentFile {
  readonly path: string;
  /** Taken over from an earlier stitch. */
  readonly reused: boolean;
}

/** Ms that one frame of one megapixel may take before ffmpeg counts as hung; and a minute to start. */
const timeoutMsPerFrame = 2_000;

/**
 * Makes every segment that is not copied, as many at once as there are cores, each in its own short-lived ffmpeg
 * with one thread. Puts them into `made` by their place in the plan. What is finished stays finished when one fails.
 */
export async function encodeSegments(work: FilmWork, made: Map<number, SegmentFile>): Promise<void> {
  const limit = createLimit(availableParallelism());
  await concurrently(work.signal, (signal) =>
    work.plan.segments.map(async (segment, place) => {
      if (segment.kind === "copy") return;
      made.set(place, await limit(() => makeSegment({ ...work, signal }, place, segment)));
    }),
  );
}

async function makeSegment(work: FilmWork, place: number, segment: EncodedSegment): Promise<SegmentFile> {
  const { plan, layouts, encoder, tools, store, progress, signal } = work;
  const frames = segmentFrames(segment, plan.clips);
  const key = windowKey(segment, layouts, encodeArgs(plan, layouts, segment, encoder, ""));
  const kept = await store.find(key);
  if (kept !== undefined) {
    progress.encoded(place, frames);
    return { path: kept, reused: true };
  }
  const megapixels = (plan.format.size.width * plan.format.size.height) / 1_000_000;
  const task =
    segment.kind === "window"
      ? `blend clips ${segment.left + 1} and ${segment.left + 2}`
      : `encode clip ${segment.clip + 1}`;
  const path = await store.put(key, async (output) => {
    const args = encodeArgs(plan, layouts, segment, encoder, output);
    const timeoutMs = 60_000 + frames * timeoutMsPerFrame * Math.max(1, megapixels);
    const request = ffmpegRun(tools, args, { task, signal, timeoutMs });
    const result = await tools.runner.frames(request, (frame) => progress.encoded(place, frame));
    if (result.frames !== frames)
      throw new VidpipeError(
        "media.ffmpeg_failed",
        `ffmpeg made ${result.frames} frames instead of ${frames} to ${task}; try again`,
      );
  });
  return { path, reused: false };
}
