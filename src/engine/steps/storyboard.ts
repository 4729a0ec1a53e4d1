import type { StoryboardOrder } from "../../domain/step.ts";
import type { Outcome, StepContext } from "./outcome.ts";

/** Prompt -> storyboard of the length that was asked for; one paid call. */
export async function writeStoryboard(context: StepContext<StoryboardOrder>): Promise<Outcome> {
  const { order, project, provider, complaint, paidSignal } = context;
  const answer = await context.buy(
    async () => () => provider.writeStoryboard(order, project.models, complaint, paidSignal),
  );
  const reading = provider.readStoryboard(order, answer);
  if (reading.kind !== "content") return reading;
  const storyboard = reading.content;
  const count = storyboard.scenes.length;
  const isWanted = order.sceneCount === null ? count <= order.maxScenes : count === order.sceneCount;
  if (isWanted || context.fit !== null) return { kind: "written", storyboard };
  const asked = order.sceneCount ?? `at most ${order.maxScenes}`;
  return { kind: "unusable", reason: `the storyboard has ${count} scenes, asked for ${asked}`, isUsable: true };
}
