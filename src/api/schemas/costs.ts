import { z } from "zod";
import { STEP_KINDS } from "../../domain/lifecycle.ts";
import { PURCHASE_REASONS, Quote, SUBMIT_STATES } from "../../domain/money.ts";
import { type Offer, offerFields } from "../../domain/price.ts";
import { ANSWER_WORDS, receiptFields, sumFields } from "../../planning/receipt.ts";
import type { Gallery } from "../../services/assets.ts";
import { withoutPaths } from "../error-response.ts";
import { SpendAnswer, spendAnswer, Timestamp } from "./responses.ts";

const ReceiptSumsAnswer = z.strictObject({
  quoted_usd: z.number().describe("The price when it was bought."),
  reserved_usd: z.number().describe("Kept for what is under way."),
  spent_usd: z.number(),
  unknown_usd: z.number().describe("Sent, but the answer was lost; counts as spent until it is clarified."),
  returned_usd: z.number().describe("Not charged: free again."),
  billed_usd: z.number().nullable().describe("What the service says that it charged; null where it does not tell."),
});

/** One paid call as the ledger has it. Amounts are US dollars. */
export const LedgerLineAnswer = z
  .strictObject({
    submit_id: z.string(),
    piece: z.string().describe("Name of what was bought, e.g. keyframe 3."),
    kind: z.enum(STEP_KINDS),
    position: z.int(),
    take: z.int(),
    attempt: z.int(),
    because: z
      .enum(PURCHASE_REASONS)
      .describe(
        "Why it was made: the first of its piece; repeat: the answer before was lost; complaint: the storyboard before did not fit; approval: the user agreed to buy again.",
      ),
    state: z
      .enum(SUBMIT_STATES)
      .describe("unknown: sent, but the answer was lost; counts as spent until it is clarified."),
    ...ReceiptSumsAnswer.shape,
    usd: z.number().describe("The same as quoted_usd, as earlier versions called it."),
    quantity: z.number(),
    unit: z.string(),
    model: z.string(),
    answer: z
      .enum(ANSWER_WORDS)
      .describe(
        "What became of the answer: used, rejected, kept but not looked at yet, lost; none: there is none, or an earlier version did not record it.",
      ),
    reason: z.string().nullable().describe("Why it was rejected."),
    reply_file: z.string().nullable().describe("The reply as it came, below the films folder."),
    result_file: z.string().nullable().describe("The file that was made of it before it was checked."),
    operation: z.string().nullable().describe("The service's name of the job."),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "LedgerLine" });

/** What a project has bought: the sums, and every paid call. */
export const CostAnswer = z
  .strictObject({
    project_id: z.string(),
    ...SpendAnswer.shape,
    ...ReceiptSumsAnswer.shape,
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

export const costAnswer = ({ project, receipt }: Gallery): z.infer<typeof CostAnswer> => ({
  project_id: project.id,
  ...spendAnswer(project),
  ...sumFields(receipt.total),
  ledger: receipt.lines.map((line) => {
    const { reason, ...fields } = receiptFields(line);
    return { ...fields, reason: reason && withoutPaths(reason) };
  }),
});

export const estimateAnswer = (offer: Offer): z.infer<typeof EstimateAnswer> => offerFields(offer);
