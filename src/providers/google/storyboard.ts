import type { GenerateContentConfig, GenerateContentResponse } from "@google/genai";
import { type FailureCode, VidpipeError } from "../../domain/errors.ts";
import { MAX_STORYBOARD_CALLS } from "../../domain/money.ts";
import type { StoryboardOrder } from "../../domain/step.ts";
import type { StoryboardAnswer } from "../../ports/provider.ts";
import type { Log } from "../../ports/runtime.ts";
import type { Call, CallContext } from "./call.ts";
import { chargedFor, readAnswer, refusalReason } from "./refusals.ts";
import type { SelectedModel } from "./select-models.ts";
import { briefOf, INSTRUCTION, outputTokens, readStoryboard, storyboardSchema } from "./storyboard-form.ts";
import { googleSeed } from "./wire.ts";

/** Ms; a thinking model may take minutes over a long script. */
const TIMEOUT_MS = 300_000;

interface StoryboardJob extends CallContext {
  readonly order: StoryboardOrder;
  readonly selected: SelectedModel;
}

/**
 * Asks for a storyboard, and again with the complaint when the answer does not fit the schema.
 * Failures carry `calls`: how many answers were paid for or may have been.
 * @throws VidpipeError provider.bad_answer, provider.refused, provider.truncated and the failures of a call
 */
export async function writeStoryboard(job: StoryboardJob, call: Call, log: Log): Promise<StoryboardAnswer> {
  let complaint: string | null = null;
  for (let calls = 1; calls <= MAX_STORYBOARD_CALLS; calls += 1) {
    const answer = await ask(job, complaint, call).catch((thrown) => {
      throw withCalls(thrown, calls);
    });
    const read = readStoryboard(answerText(answer, calls), job.order);
    if (read.storyboard !== null) {
      log.info("storyboard calls", { calls, model: job.selected.model.id });
      return { storyboard: read.storyboard, calls };
    }
    complaint = read.complaint;
    log.warn("storyboard answer did not fit", { calls, complaint });
  }
  throw answered(
    "provider.bad_answer",
    `${job.selected.model.id} wrote ${MAX_STORYBOARD_CALLS} storyboards that do not fit (${complaint}); the calls were charged: resume to ask again, or choose another text model`,
    MAX_STORYBOARD_CALLS,
    { complaint: complaint ?? "" },
  );
}

function ask({ order, selected, session, purpose, signal }: StoryboardJob, complaint: string | null, call: Call) {
  const config: GenerateContentConfig = {
    systemInstruction: INSTRUCTION,
    responseMimeType: "application/json",
    responseJsonSchema: storyboardSchema(order),
    maxOutputTokens: outputTokens(order),
    // The SDK would send further requests by itself when an answer is long.
    automaticContinuation: false,
    ...googleSeed(order.seed),
  };
  const contents = [{ role: "user", parts: [{ text: briefOf(order, complaint) }] }];
  return call({ ...purpose, what: "the storyboard", paid: true, signal, timeoutMs: TIMEOUT_MS }, (abortSignal) =>
    session.ai.models.generateContent({ model: selected.wireId, contents, config: { ...config, abortSignal } }),
  );
}

function answered(code: FailureCode, message: string, calls: number, facts: Record<string, string | boolean> = {}) {
  return new VidpipeError(code, message, { facts: { charged: true, ...facts, calls } });
}

/** Adds the number of calls to a failure of one of them. */
function withCalls(thrown: unknown, calls: number): unknown {
  if (!(thrown instanceof VidpipeError)) return thrown;
  const { retryAfterMs, facts } = thrown;
  // The calls before this one were answered, whatever became of it.
  const paidCalls = facts.charged === false ? calls - 1 : calls;
  return new VidpipeError(thrown.code, thrown.message, {
    facts: { ...facts, calls: paidCalls },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The text of an answer. @throws VidpipeError provider.refused, provider.truncated */
function answerText(answer: GenerateContentResponse, calls: number): string {
  const { parts, finish, refusal, words } = readAnswer(answer);
  if (refusal !== undefined)
    throw answered(
      "provider.refused",
      `Google's safety filter refused the storyboard (${refusalReason(words, refusal)}): reword the prompt and start again`,
      calls,
      { charged: chargedFor(words) },
    );
  if (finish === "MAX_TOKENS")
    throw answered(
      "provider.truncated",
      "the storyboard was cut off at the model's limit; the call was charged: resume to ask again, or ask for fewer scenes",
      calls,
    );
  return parts.map((part) => part.text ?? "").join("");
}
