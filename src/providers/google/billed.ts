import { z } from "zod";
import type { StepOrder } from "../../domain/step.ts";
import type { PaidAnswer } from "../../ports/provider.ts";
import { findModel } from "../catalog/catalog.ts";
import { quoteCall } from "../catalog/prices.ts";
import { readBody, readSaid } from "./answer-body.ts";
import type { GoogleCatalog } from "./model-overrides.ts";

const count = z.int().min(0);
const Usage = z.looseObject({
  usageMetadata: z.looseObject({
    promptTokenCount: count,
    candidatesTokenCount: count.default(0),
    thoughtsTokenCount: count.default(0),
    cachedContentTokenCount: count.default(0),
    totalTokenCount: count,
    trafficType: z.literal("ON_DEMAND").optional(),
  }),
});

/**
 * What the tokens that a storyboard's answer counts come to at today's prices, US dollars; null where they do not add
 * up, where some have another price (cached, reserved), and for stills and clips, whose prices here are not by token.
 */
export function billedUsd(order: StepOrder, answer: PaidAnswer, catalog: GoogleCatalog, today: string): number | null {
  const model = order.kind === "storyboard" ? findModel(catalog, order.model) : undefined;
  const body = readBody(answer);
  // Whether a prompt that was not taken is charged, Google does not say.
  if (model === undefined || body.kind !== "content" || readSaid(body.content).blocked !== undefined) return null;
  const usage = Usage.safeParse(body.content).data?.usageMetadata;
  if (usage === undefined || usage.cachedContentTokenCount > 0) return null;
  const outputTokens = usage.candidatesTokenCount + usage.thoughtsTokenCount;
  const inputTokens = usage.promptTokenCount;
  if (inputTokens + outputTokens !== usage.totalTokenCount) return null;
  try {
    return quoteCall(catalog, model, { inputTokens, outputTokens }, today).usd;
  } catch {
    // No price is known today.
    return null;
  }
}
