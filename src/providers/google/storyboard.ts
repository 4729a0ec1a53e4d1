import type { StoryboardOrder } from "../../domain/step.ts";
import type { Complaint, PaidAnswer } from "../../ports/provider.ts";
import type { CallContext, PaidCall } from "./call.ts";
import type { SelectedModel } from "./select-models.ts";
import { briefOf, INSTRUCTION, outputTokens, storyboardSchema } from "./storyboard-form.ts";
import { googleSeed } from "./wire.ts";

/** Ms without a sign of the answer; a thinking model may take minutes over a long script. */
const TIMEOUT_MS = 300_000;

interface StoryboardJob extends CallContext {
  readonly order: StoryboardOrder;
  readonly selected: SelectedModel;
  /** What was wrong with the answer before; null for the first. */
  readonly complaint: Complaint | null;
}

/** Asks for a storyboard, once. @throws the failures of a call */
export function writeStoryboard(job: StoryboardJob, callPaid: PaidCall): Promise<PaidAnswer> {
  const { order, selected, session, purpose, complaint, signal } = job;
  const spec = { ...purpose, what: "the storyboard", signal, timeoutMs: TIMEOUT_MS };
  return callPaid(spec, (abortSignal) =>
    session.ai.models.generateContent({
      model: selected.wireId,
      contents: [{ role: "user", parts: [{ text: briefOf(order, complaint) }] }],
      config: {
        systemInstruction: INSTRUCTION,
        responseMimeType: "application/json",
        responseJsonSchema: storyboardSchema(order),
        maxOutputTokens: outputTokens(order, { truncated: complaint?.truncated === true }),
        // The SDK would send further requests by itself when an answer is long.
        automaticContinuation: false,
        ...googleSeed(order.seed),
        abortSignal,
      },
    }),
  );
}
