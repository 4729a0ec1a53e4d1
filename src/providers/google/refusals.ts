import type { Reading } from "../../ports/provider.ts";

/** Google's safety codes by category. Source: docs.cloud.google.com, responsible AI pages of Veo and Gemini image. */
const SUPPORT_CODES: readonly (readonly [category: string, codes: readonly string[]])[] = [
  ["children", ["58061214", "17301594"]],
  ["a celebrity", ["29310472", "15236754"]],
  ["general video safety", ["64151117", "42237218"]],
  ["dangerous content", ["62263041"]],
  ["hate", ["57734940", "22137204"]],
  ["another safety rule", ["74803281", "29578790", "42876398"]],
  ["people or faces", ["39322892"]],
  ["personal information", ["92201652"]],
  ["prohibited content", ["89371032", "49114662", "63429089", "72817394", "60599140"]],
  ["third-party content", ["35561574", "35561575"]],
  ["sexual content", ["90789179", "43188360"]],
  ["toxic language", ["78610348"]],
  ["violence", ["61493863", "56562880"]],
  ["vulgar language", ["32635315"]],
];

/** Finish and block reasons that are the safety filter's, in words. Other reasons are not refusals. */
const REASONS: Readonly<Record<string, string>> = {
  SAFETY: "a safety rule",
  RECITATION: "too close to existing material",
  BLOCKLIST: "a forbidden word",
  PROHIBITED_CONTENT: "prohibited content",
  SPII: "personal information",
  IMAGE_SAFETY: "an image safety rule",
  IMAGE_PROHIBITED_CONTENT: "prohibited image content",
  IMAGE_RECITATION: "too close to an existing image",
  MODEL_ARMOR: "the project's Model Armor policy",
  JAILBREAK: "a jailbreak pattern",
};

/** Whether a finish reason is the safety filter's. */
export const isRefusal = (finish: string | undefined): boolean =>
  finish !== undefined && Object.hasOwn(REASONS, finish);

/** True when a message is a safety refusal, whatever status it came with. */
export const soundsRefused = (message: string): boolean =>
  /support codes?:|responsible ai|usage guidelines|violates? .*polic|PROHIBITED_CONTENT|safety filter/i.test(message);

/** What the filter objected to: categories of the codes found in the texts, else the reasons in words. */
export function refusalReason(texts: readonly string[], reason?: string): string {
  const all = texts.join(" ").trim();
  const categories = SUPPORT_CODES.filter(([, codes]) => codes.some((code) => all.includes(code))).map(
    ([name]) => name,
  );
  const named = isRefusal(reason) ? REASONS[reason ?? ""] : undefined;
  if (categories.length > 0) return categories.join(", ");
  return named ?? (all === "" ? "no reason was given" : all);
}

/** False only where Google says that a refused attempt is free. */
export const chargedFor = (texts: readonly string[]): boolean =>
  !/(?:not|n't) (?:be |been )?charged/i.test(texts.join(" "));

/** A refusal by the safety filter, as a paid answer says it. */
export const refusedReading = (
  texts: readonly string[],
  reason?: string,
): Extract<Reading<never>, { readonly kind: "refused" }> => ({
  kind: "refused",
  reason: refusalReason(texts, reason),
  charged: chargedFor(texts),
});
