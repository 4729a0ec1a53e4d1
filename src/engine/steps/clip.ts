import { type LongerClip, lengthVerdict } from "../../domain/clip-length.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { MediaInfo } from "../../domain/media.ts";
import type { ClipOrder, Operation } from "../../domain/step.ts";
import type { ClipCheck } from "../../ports/provider.ts";
import type { Outcome, StepContext } from "./outcome.ts";
import { readStill } from "./read-still.ts";
import { scoreEnds } from "./score-seams.ts";

/** Sends the order when there is no operation yet, polls the operation otherwise. */
export const filmClip = (context: StepContext<ClipOrder>): Promise<Outcome> =>
  context.operation === null ? submitClip(context) : collectClip(context, context.operation);

async function submitClip(context: StepContext<ClipOrder>): Promise<Outcome> {
  const { order, artifacts, project, provider, paidSignal } = context;
  const start = await readStill(artifacts, context.artifact(order.start));
  const end = await readStill(artifacts, context.artifact(order.end));
  const operationName = await provider.startClip(order, project.models, { start, end }, paidSignal, context.submitId);
  return { kind: "waiting", operationName };
}

async function collectClip(context: StepContext<ClipOrder>, operation: Operation): Promise<Outcome> {
  const { order, artifacts, project, provider, signal } = context;
  const stills = {
    startPath: artifacts.pathOf(context.artifact(order.start).key),
    endPath: artifacts.pathOf(context.artifact(order.end).key),
  };
  const check = await provider.checkClip(operation.name, order, project.models, stills, signal);
  switch (check.kind) {
    case "running":
      return { kind: "waiting" };
    case "refused":
      return { kind: "refused", reason: check.reason, charged: check.charged };
    case "failed":
      return { kind: "ended", reason: check.reason, retryable: check.retryable, charged: check.charged };
    case "ready":
      return storeClip(context, check, stills);
  }
}

async function storeClip(
  context: StepContext<ClipOrder>,
  ready: ClipCheck & { kind: "ready" },
  stills: { readonly startPath: string; readonly endPath: string },
): Promise<Outcome> {
  const { order, artifacts, media, project, signal } = context;
  const name = `clip-${String(context.position + 1).padStart(2, "0")}`;
  const slot = { projectId: project.id, name, extension: "mp4" as const };
  const { written, ...file } = await artifacts.put(slot, async (path) => {
    await ready.save(path, signal);
    const info = await media.verify(path, signal);
    checkClip(info, order);
    return info;
  });
  const longer = longerOf(written, order);
  const shown = { path: artifacts.pathOf(file.key), keepSeconds: longer?.orderedSeconds ?? null };
  const report = { ...(await scoreEnds(media, shown, stills, signal)), ...longer };
  return { kind: "made", made: { file, role: "clip", mediaType: "video/mp4", media: written, report } };
}

/** What is told of a clip that came longer than ordered; null for any other. */
function longerOf({ video }: MediaInfo, { durationSeconds }: ClipOrder): LongerClip | null {
  if (lengthVerdict(video.durationSeconds, durationSeconds) !== "longer") return null;
  return { orderedSeconds: durationSeconds, cameSeconds: video.durationSeconds };
}

/** A longer clip does: the film shows the ordered length. @throws VidpipeError media.invalid for any other misfit */
function checkClip(info: MediaInfo, order: ClipOrder): void {
  const { width, height, durationSeconds } = info.video;
  if (lengthVerdict(durationSeconds, order.durationSeconds) === "shorter")
    throw new VidpipeError(
      "media.invalid",
      `the clip is ${durationSeconds.toFixed(2)} s long, ordered were ${order.durationSeconds} s`,
    );
  const [across = 1, down = 1] = order.aspectRatio.split(":").map(Number);
  const off = Math.abs(width / height / (across / down) - 1);
  if (off > 0.03)
    throw new VidpipeError("media.invalid", `the clip is ${width}x${height}, ordered was ${order.aspectRatio}`);
}
