import type { Part } from "@google/genai";
import type { KeyframeOrder } from "../../domain/step.ts";
import type { PaidAnswer, StillImage } from "../../ports/provider.ts";
import type { CallContext, PaidCall } from "./call.ts";
import { stillText } from "./picture-form.ts";
import type { SelectedModel } from "./select-models.ts";
import { googleSeed, toBase64 } from "./wire.ts";

/** Ms without a sign of the answer; a 4K still of a thinking image model takes up to two minutes. */
const TIMEOUT_MS = 240_000;

interface StillJob extends CallContext {
  readonly order: KeyframeOrder;
  readonly previous: StillImage | null;
  /** In the order of the order's. */
  readonly references: readonly StillImage[];
  readonly selected: SelectedModel;
  readonly imageSize: string;
}

/** Asks for one still, once; with a still before it, in its likeness. @throws the failures of a call */
export function drawStill(job: StillJob, callPaid: PaidCall): Promise<PaidAnswer> {
  const spec = { ...job.purpose, what: "the still", signal: job.signal, timeoutMs: TIMEOUT_MS };
  const draw = job.selected.model.backend === "imagen" ? drawWithImagen : drawWithGemini;
  return callPaid(spec, (abortSignal) => draw(job, abortSignal));
}

function drawWithGemini(job: StillJob, abortSignal: AbortSignal): Promise<unknown> {
  const { order, previous, references, selected, session } = job;
  const shown = previous === null ? references : [previous, ...references];
  const pictures = shown.map(
    ({ mediaType, bytes }): Part => ({ inlineData: { mimeType: mediaType, data: toBase64(bytes) } }),
  );
  const text = stillText(order);
  // Models with one size have no parameter for it.
  const size = selected.model.sizes.length > 1 ? { imageSize: job.imageSize } : {};
  return session.ai.models.generateContent({
    model: selected.wireId,
    contents: [{ role: "user", parts: [...pictures, { text }] }],
    config: {
      responseModalities: ["IMAGE"],
      imageConfig: { aspectRatio: order.aspectRatio, ...size },
      // Thinking is charged like words: as little as the model can do with, which its price allows for.
      ...(selected.model.thinksMinimally ? { thinkingConfig: session.minimalThinking } : {}),
      automaticContinuation: false,
      ...googleSeed(order.seed),
      abortSignal,
    },
  });
}

function drawWithImagen({ order, selected, session, imageSize }: StillJob, abortSignal: AbortSignal): Promise<unknown> {
  // No seed: it needs the watermark off, which is not ours to take off.
  const config = { numberOfImages: 1, aspectRatio: order.aspectRatio, imageSize, includeRaiReason: true };
  return session.ai.models.generateImages({
    model: selected.wireId,
    prompt: order.prompt,
    config: { ...config, abortSignal },
  });
}
