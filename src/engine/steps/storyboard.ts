import { VidpipeError } from "../../domain/errors.ts";
import type { StoryboardOrder } from "../../domain/step.ts";
import { Storyboard } from "../../domain/storyboard.ts";
import type { Outcome, StepContext } from "./outcome.ts";

/** Prompt -> validated storyboard. @throws VidpipeError provider.bad_answer when it does not fit the order */
export async function writeStoryboard(context: StepContext<StoryboardOrder>): Promise<Outcome> {
  const { order, project, provider, paidSignal } = context;
  const { storyboard, calls } = await provider.writeStoryboard(order, project.models, paidSignal);
  const unfit = (why: string) => new VidpipeError("provider.bad_answer", `the storyboard ${why}`, { facts: { calls } });
  const answer = Storyboard.safeParse(storyboard);
  if (!answer.success) throw unfit(`does not fit its schema: ${answer.error.message}`);
  const scenes = answer.data.scenes.length;
  const wanted = order.sceneCount ?? scenes;
  if (scenes !== wanted || scenes > order.maxScenes)
    throw unfit(`has ${scenes} scenes, asked for ${order.sceneCount ?? `at most ${order.maxScenes}`}`);
  return { kind: "written", storyboard: answer.data, calls };
}
