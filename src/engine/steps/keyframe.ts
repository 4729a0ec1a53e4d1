import type { KeyframeOrder } from "../../domain/step.ts";
import type { Outcome, StepContext } from "./outcome.ts";
import { extensionOf, readStill } from "./read-still.ts";

/** Draws one still, conditioned on the still before it and on the references, and stores it once it is checked. */
export async function drawKeyframe(context: StepContext<KeyframeOrder>): Promise<Outcome> {
  const { order, project, provider, artifacts, media } = context;
  const previous = order.previous === null ? null : await readStill(artifacts, context.artifact(order.previous));
  const references = await Promise.all(
    (order.references ?? []).map(({ artifact }) => readStill(artifacts, context.artifact(artifact))),
  );
  const still = await provider.drawKeyframe(order, project.models, previous, context.paidSignal, references);
  const slot = {
    projectId: project.id,
    name: `keyframe-${String(context.position).padStart(2, "0")}`,
    extension: extensionOf(still.mediaType),
  };
  const { written: _, ...file } = await artifacts.put(slot, async (path) => {
    await Bun.write(path, still.bytes);
    await media.verifyStill(path, order.aspectRatio, context.paidSignal);
  });
  return { kind: "made", made: { file, role: "keyframe", mediaType: still.mediaType, media: null, report: null } };
}
