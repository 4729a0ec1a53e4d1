import { z } from "zod";
import { STEP_KINDS } from "../../domain/lifecycle.ts";
import { Quote, SUBMIT_STATES } from "../../domain/money.ts";
import type { Offer } from "../../domain/price.ts";
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

/** What is bought, its price, and the most you pay. Amounts are US dollars; the lines add up to the totals. */
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
        usd: z.number().describe("The price if every call succeeds at the first attempt."),
        most_usd: z.number().describe("With everything that may be bought again without asking, at max_scenes."),
        as_of: z.string().nullable().describe("Date of the price; null when the call is free."),
      }),
    ),
    total_usd: z.number().describe("The price if every call succeeds at the first attempt."),
    most_usd: z.number().describe("The most it can come to without another word of yours."),
    max_usd: z.number().describe("The film's spending cap once the same body is posted: nothing beyond it is bought."),
    notices: z.array(z.string()).describe("What to know before, one line each."),
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

export const estimateAnswer = ({ price, capUsd, notices }: Offer): z.infer<typeof EstimateAnswer> => ({
  provider: price.provider,
  scenes: price.scenes,
  scenes_are_given: price.scenesAreGiven,
  max_scenes: price.maxScenes,
  lines: price.lines.map(({ mostUsd, asOf, ...line }) => ({ ...line, most_usd: mostUsd, as_of: asOf })),
  total_usd: price.totalUsd,
  most_usd: price.mostUsd,
  max_usd: capUsd,
  notices: [...notices],
});
