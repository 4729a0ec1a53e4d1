import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { Step } from "../domain/step.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { World } from "../ports/world.ts";
import { lateOperation } from "./recover-steps.ts";

/**
 * Asks the provider for clips whose paid call was sent and whose answer was lost, where it keeps a list of them. A clip
 * that is found continues without asking the user. Free; a failed request changes nothing.
 */
export async function reconcileSubmits(
  id: ProjectId,
  { repository, providers, log }: World,
  context: () => DecisionContext,
  signal: AbortSignal,
): Promise<void> {
  const { project, steps, submits } = await repository.facts(id);
  const provider = providers.get(project.models.provider);
  if (provider?.recoverClip === undefined) return;
  for (const { id: stepId, order } of steps.filter(isAmbiguous)) {
    const submit = submits.findLast((s) => s.stepId === stepId && s.state === "unknown");
    if (submit === undefined || order.kind !== "clip") continue;
    const name = await provider.recoverClip(submit.id, order, project.models, signal).catch((thrown: unknown) => {
      log.warn("a lost order could not be looked for", { message: asVidpipeError(thrown).message });
      return null;
    });
    if (name === null) continue;
    await repository.change(id, null, (facts) => lateOperation(facts, stepId, submit.id, name, context()));
    log.debug("lost paid call found", { project: id, step: stepId, submit: submit.id, operation: name });
  }
}

const isAmbiguous = (step: Step): boolean => step.status === "ambiguous";
