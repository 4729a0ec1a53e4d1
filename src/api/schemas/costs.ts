import { z } from "zod";
import { STEP_KINDS } from "../../domain/lifecycle.ts";
import { type Estimate, Quote, SUBMIT_STATES } from "../../domain/money.ts";
import type { Submit } from "../../domain/step.ts";
import type { Gallery } from "../../services/assets.ts";
import { SpendAnswer, spendAnswer, Timestamp, timestamp } from "./responses.ts";

/** One paid call as the ledger has it. Amounts are US dollars. */
export const LedgerLineAnswer = z
  .strictObject({
    submit_id: z.string(),
    kind: z.enum(STEP_KINDS),
    position: z.int(),
    take: z.int(),
    attempt: z.int(),
    state: z
      .enum(SUBMIT_STATES)
      .describe("unknown: sent, but the answer was lost; counts as spent until it is clarified."),
    usd: z.number(),
    quantity: z.number(),
    unit: z.string(),
    model: z.string(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "LedgerLine" });

export const CostAnswer = z
  .strictObject({
    project_id: z.string(),
    ...SpendAnswer.shape,
    ledger: z.array(LedgerLineAnswer).describe("Oldest first."),
  })
  .meta({ id: "Cost" });

/** What a film buys if every call succeeds at the first attempt. */
export const EstimateAnswer = z
  .strictObject({
    provider: z.string(),
    scenes: z.int(),
    scenes_are_given: z.boolean().describe("false: the storyboard decides the number, up to max_scenes."),
    max_scenes: z.int(),
    lines: z.array(
      z.strictObject({
        stage: z.enum(["storyboard", "keyframes", "clips"]),
        model: z.string(),
        pieces: z.int(),
        quantity: z.number(),
        unit: Quote.shape.unit,
        usd: z.number().describe("In whole cents, rounded up: the lines add up to the total."),
        as_of: z.string().nullable().describe("Date of the price; null when the call is free."),
      }),
    ),
    total_usd: z.number(),
    most_usd: z.number().describe("The total for max_scenes scenes and long texts."),
    notices: z
      .array(z.string())
      .describe("What will soon be different for its models: one that retires, a price that changes."),
  })
  .meta({ id: "Estimate" });

export function costAnswer({ project, takes, submits }: Gallery): z.infer<typeof CostAnswer> {
  const steps = new Map(takes.map(({ step }) => [step.id, step]));
  return {
    project_id: project.id,
    ...spendAnswer(project),
    ledger: submits.flatMap((submit) => {
      const step = steps.get(submit.stepId);
      return step === undefined
        ? []
        : { ...ledgerLine(submit), kind: step.kind, position: step.position, take: step.take };
    }),
  };
}

const ledgerLine = (submit: Submit) => ({
  submit_id: submit.id,
  attempt: submit.attempt,
  state: submit.state,
  usd: submit.usd,
  quantity: submit.quantity,
  unit: submit.unit,
  model: submit.model,
  created_at: timestamp(submit.createdAtMs),
  updated_at: timestamp(submit.updatedAtMs),
});

export const estimateAnswer = (estimate: Estimate): z.infer<typeof EstimateAnswer> => ({
  provider: estimate.provider,
  scenes: estimate.scenes,
  scenes_are_given: estimate.scenesAreGiven,
  max_scenes: estimate.maxScenes,
  lines: estimate.lines.map(({ asOf, ...line }) => ({ ...line, as_of: asOf })),
  total_usd: estimate.totalUsd,
  most_usd: estimate.mostUsd,
  notices: [...estimate.notices],
});
