import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { Step } from "../domain/step.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { World } from "../ports/world.ts";
import { answerKept, findReplies } from "./keep-answer.ts";
import { lateOperation } from "./recover-steps.ts";

/**
 * Looks for what was bought although its answer was lost: first among the stored replies, then at the provider, where it
 * keeps a list of clips. What is found is used without asking the user. Free; a failed look changes nothing.
 */
export async function reconcileSubmits(
  id: ProjectId,
  world: World,
  context: () => DecisionContext,
  signal: AbortSignal,
): Promise<void> {
  const { repository, providers, log } = world;
  const before = await repository.facts(id);
  const replies = before.steps.some(isAmbiguous) ? await findReplies(before, world) : new Map();
  for (const [submitId, file] of replies)
    await repository.change(id, null, (facts) => answerKept(facts, submitId, "replyId", file, context()));
  const { project, steps, submits } = replies.size === 0 ? before : await repository.facts(id);
  const provider = providers.get(project.models.provider);
  if (provider?.recoverClip === undefined) return;
  for (const { id: stepId, order } of steps.filter(isAmbiguous)) {
    const submit = submits.findLast((s) => s.stepId === stepId && s.state === "unknown");
    if (submit === undefined || order.kind !== "clip") continue;
    const name = await provider.recoverClip(submit.id, order, project.models, signal).catch((thrown: unknown) => {
      log.warn("a lost order could not be looked for", { error: asVidpipeError(thrown).message });
      return null;
    });
    if (name === null) continue;
    await repository.change(id, null, (facts) => lateOperation(facts, stepId, submit.id, name, context()));
    log.debug("lost paid call found", { project: id, step: stepId, submit: submit.id, operation: name });
  }
}

const isAmbiguous = (step: Step): boolean => step.status === "ambiguous";
