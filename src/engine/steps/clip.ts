import { type LongerClip, lengthVerdict } from "../../domain/clip-length.ts";
import { asVidpipeError } from "../../domain/errors.ts";
import { CLIP_SHAPE_TOLERANCE, hasShape, type MediaInfo } from "../../domain/media.ts";
import type { ClipOrder, Operation } from "../../domain/step.ts";
import type { StoredFile } from "../../ports/files.ts";
import type { ClipCheck } from "../../ports/provider.ts";
import type { Outcome, StepContext } from "./outcome.ts";
import { readStill } from "./read-still.ts";
import { scoreEnds } from "./score-seams.ts";

/** Sends the order when there is no operation yet, polls the operation otherwise. A clip that is kept is only checked. */
export async function filmClip(context: StepContext<ClipOrder>): Promise<Outcome> {
  const { operation, result, resultRejected } = context;
  if (result !== null && (operation === null || !resultRejected)) return checkKept(context, result);
  return operation === null ? submitClip(context) : collectClip(context, operation);
}

async function submitClip(context: StepContext<ClipOrder>): Promise<Outcome> {
  const { order, artifacts, project, provider, paidSignal, submitId } = context;
  const answer = await context.buy(async () => {
    const start = await readStill(artifacts, context.artifact(order.start));
    const end = await readStill(artifacts, context.artifact(order.end));
    return () => provider.startClip(order, project.models, { start, end }, paidSignal, submitId);
  });
  const reading = provider.readOperation(order, project.models, submitId, answer);
  return reading.kind === "content" ? { kind: "waiting", operationName: reading.content } : reading;
}

const stillPaths = ({ order, artifacts, artifact }: StepContext<ClipOrder>) => ({
  startPath: artifacts.pathOf(artifact(order.start).key),
  endPath: artifacts.pathOf(artifact(order.end).key),
});

async function collectClip(context: StepContext<ClipOrder>, operation: Operation): Promise<Outcome> {
  const { order, project, provider, signal } = context;
  const check = await provider.checkClip(operation.name, order, project.models, stillPaths(context), signal);
  switch (check.kind) {
    case "running":
      return { kind: "waiting" };
    case "refused":
      return { kind: "refused", reason: check.reason, charged: check.charged };
    case "failed":
      return { kind: "ended", reason: check.reason, retryable: check.retryable, charged: check.charged };
    case "ready":
      return fetchClip(context, check);
  }
}

/** Stores the clip; one that was paid for is on record before it is looked at. */
async function fetchClip(context: StepContext<ClipOrder>, ready: ClipCheck & { kind: "ready" }): Promise<Outcome> {
  const { artifacts, media, project, submitId, signal } = context;
  const name = `clip-${String(context.position + 1).padStart(2, "0")}`;
  const slot = { projectId: project.id, name, extension: "mp4" as const };
  if (submitId === null) {
    const { written, ...file } = await artifacts.put(slot, async (path) => {
      await ready.save(path, signal);
      return media.verify(path, signal);
    });
    return judgeClip(context, file, written);
  }
  const { written: _, ...file } = await artifacts.put(slot, (path) => ready.save(path, signal));
  await context.keepResult({ ...file, mediaType: "video/mp4" });
  return checkKept(context, file);
}

async function checkKept(context: StepContext<ClipOrder>, { key, sha256, bytes }: StoredFile): Promise<Outcome> {
  const { artifacts, media, signal } = context;
  try {
    return await judgeClip(context, { key, sha256, bytes }, await media.verify(artifacts.pathOf(key), signal));
  } catch (thrown) {
    const { code, message } = asVidpipeError(thrown);
    if (code !== "media.invalid") throw thrown;
    return { kind: "unusable", reason: `the clip cannot be read: ${message}` };
  }
}

/** A whole clip as part of the film: it may be longer than ordered, then the film cuts it to length. */
async function judgeClip(context: StepContext<ClipOrder>, file: StoredFile, info: MediaInfo): Promise<Outcome> {
  const { order, artifacts, media, fit, signal } = context;
  const fault = faultOf(info, order);
  if (fault !== null && fit === null) return { kind: "unusable", reason: fault, isUsable: true };
  const longer = longerOf(info, order);
  const shown = { path: artifacts.pathOf(file.key), keepSeconds: longer?.orderedSeconds ?? null };
  const report = { ...(await scoreEnds(media, shown, stillPaths(context), signal)), ...longer };
  return { kind: "made", made: { file, role: "clip", mediaType: "video/mp4", media: info, report } };
}

/** What is told of a clip that came longer than ordered; null for any other. */
function longerOf({ video }: MediaInfo, { durationSeconds }: ClipOrder): LongerClip | null {
  if (lengthVerdict(video.durationSeconds, durationSeconds) !== "longer") return null;
  return { orderedSeconds: durationSeconds, cameSeconds: video.durationSeconds };
}

/** What is wrong with a clip besides being too long; null: nothing. */
function faultOf({ video: { width, height, durationSeconds } }: MediaInfo, order: ClipOrder): string | null {
  if (lengthVerdict(durationSeconds, order.durationSeconds) === "shorter")
    return `the clip is ${durationSeconds.toFixed(2)} s long, ordered were ${order.durationSeconds} s`;
  if (!hasShape({ width, height }, order.aspectRatio, CLIP_SHAPE_TOLERANCE))
    return `the clip is ${width}x${height}, ordered was ${order.aspectRatio}`;
  return null;
}
