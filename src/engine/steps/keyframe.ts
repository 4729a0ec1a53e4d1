import { asVidpipeError } from "../../domain/errors.ts";
import type { KeyframeOrder } from "../../domain/step.ts";
import type { StillImage } from "../../ports/provider.ts";
import type { Outcome, StepContext } from "./outcome.ts";
import { extensionOf, readStill } from "./read-still.ts";

/** Draws one still, conditioned on the still before it and on the references, and stores it once it is checked. */
export async function drawKeyframe(context: StepContext<KeyframeOrder>): Promise<Outcome> {
  const { order, project, provider, artifacts, paidSignal } = context;
  const answer = await context.buy(async () => {
    const previous = order.previous === null ? null : await readStill(artifacts, context.artifact(order.previous));
    const references = await Promise.all(
      (order.references ?? []).map(({ artifact }) => readStill(artifacts, context.artifact(artifact))),
    );
    return () => provider.drawKeyframe(order, project.models, previous, paidSignal, references);
  });
  const reading = provider.readKeyframe(order, answer);
  return reading.kind === "content" ? storeStill(context, reading.content) : reading;
}

async function storeStill(context: StepContext<KeyframeOrder>, { bytes, mediaType }: StillImage): Promise<Outcome> {
  const { order, project, artifacts, media, fit, paidSignal: signal } = context;
  const name = `keyframe-${String(context.position).padStart(2, "0")}`;
  const slot = { projectId: project.id, name, extension: extensionOf(mediaType) };
  const made = { role: "keyframe", mediaType, media: null, report: null } as const;
  try {
    const { written, ...file } = await artifacts.put(slot, async (path) => {
      await Bun.write(path, bytes);
      return misfitOf(path, context);
    });
    const misfit: string | null = written;
    if (misfit === null) return { kind: "made", made: { ...made, file } };
    const reason = `the still is ${misfit}, ordered was ${order.aspectRatio}`;
    if (fit === null) return { kind: "unusable", reason, made: { ...made, file, role: "answer" } };
    const { written: _, ...fitted } = await artifacts.put(slot, (path) =>
      media.fitStill(artifacts.pathOf(file.key), path, order.aspectRatio, fit, signal),
    );
    return { kind: "made", made: { ...made, file: fitted, report: { fit, cameAs: misfit } } };
  } catch (thrown) {
    const { code, message } = asVidpipeError(thrown);
    if (code !== "media.invalid") throw thrown;
    return { kind: "unusable", reason: `the still cannot be read: ${message}` };
  }
}

/** The size of a still that decodes and has another shape, as words; null: it fits. @throws VidpipeError media.invalid */
async function misfitOf(
  path: string,
  { order, media, paidSignal: signal }: StepContext<KeyframeOrder>,
): Promise<string | null> {
  try {
    await media.verifyStill(path, order.aspectRatio, signal);
    return null;
  } catch (thrown) {
    if (asVidpipeError(thrown).code !== "media.invalid") throw thrown;
    const { width, height } = await media.verifyStill(path, null, signal);
    return `${width}x${height}`;
  }
}
