import type { Step, Submit } from "../domain/step.ts";

/**
 * The fields of a debug line about a step: the ids that lead from a claim to its paid call and to its ending. `usd` is
 * in US dollars, `money` says what is known of the charge. Never a prompt, a file or a secret.
 */
export const stepFields = (step: Step, submit: Submit | undefined, epoch: number) => ({
  project: step.projectId,
  step: step.id,
  kind: step.kind,
  position: step.position,
  take: step.take,
  attempt: step.attempts,
  epoch,
  ...(submit !== undefined && { submit: submit.id, usd: submit.usd, money: submit.state }),
  operation: step.operation?.name ?? submit?.operationName ?? null,
});
