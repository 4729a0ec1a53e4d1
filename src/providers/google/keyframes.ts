import type { Part } from "@google/genai";
import type { KeyframeOrder } from "../../domain/step.ts";
import type { PaidAnswer, StillImage } from "../../ports/provider.ts";
import type { CallContext, PaidCall } from "./call.ts";
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

const LIKENESS =
  "The picture is the frame before. Keep the same characters, faces, clothes, setting and style, and draw this next frame:\n";

/** What each picture of a request is for, in the order in which they are sent. */
function rolesOf({ references = [] }: KeyframeOrder, follows: boolean): string {
  if (references.length === 0) return follows ? LIKENESS : "";
  const first = follows ? 2 : 1;
  const lines = references.map(({ name }, place) => {
    const seen = name === null ? "what appears in this film" : name;
    return `Picture ${first + place} shows ${seen}: wherever it is seen, keep exactly this face, shape, clothes and colors, but not this picture's background or framing.`;
  });
  const before = "Picture 1 is the frame before. Keep the same characters, faces, clothes, setting and style.";
  return `${[...(follows ? [before] : []), ...lines].join("\n")}\nDraw this frame:\n`;
}

function drawWithGemini(job: StillJob, abortSignal: AbortSignal): Promise<unknown> {
  const { order, previous, references, selected, session } = job;
  const shown = previous === null ? references : [previous, ...references];
  const pictures = shown.map(
    ({ mediaType, bytes }): Part => ({ inlineData: { mimeType: mediaType, data: toBase64(bytes) } }),
  );
  const text = rolesOf(order, previous !== null) + order.prompt;
  // Models with one size have no parameter for it.
  const size = selected.model.sizes.length > 1 ? { imageSize: job.imageSize } : {};
  return session.ai.models.generateContent({
    model: selected.wireId,
    contents: [{ role: "user", parts: [...pictures, { text }] }],
    config: {
      responseModalities: ["IMAGE"],
      imageConfig: { aspectRatio: order.aspectRatio, ...size },
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
