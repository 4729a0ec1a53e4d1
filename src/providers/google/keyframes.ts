import type { GenerateContentResponse, GenerateImagesResponse, Part } from "@google/genai";
import { VidpipeError } from "../../domain/errors.ts";
import { stillTypeOf } from "../../domain/media.ts";
import type { KeyframeOrder } from "../../domain/step.ts";
import type { StillImage } from "../../ports/provider.ts";
import type { Call, CallContext } from "./call.ts";
import { plainText } from "./error-body.ts";
import { stillText } from "./picture-form.ts";
import { chargedFor, readAnswer, refusalReason } from "./refusals.ts";
import type { SelectedModel } from "./select-models.ts";
import { googleSeed, toBase64 } from "./wire.ts";

/** Ms; a 4K still of a thinking image model takes up to two minutes. */
const TIMEOUT_MS = 240_000;
/** Largest still that is believed, in bytes: a 4K PNG is about 30 MB. */
const MAX_STILL_BYTES = 64 * 2 ** 20;

interface StillJob extends CallContext {
  readonly order: KeyframeOrder;
  readonly previous: StillImage | null;
  /** In the order of the order's. */
  readonly references: readonly StillImage[];
  readonly selected: SelectedModel;
  readonly imageSize: string;
}

/**
 * Draws one still; with a still before it, in its likeness.
 * @throws VidpipeError provider.refused, provider.bad_answer and the failures of a call
 */
export function drawStill(job: StillJob, call: Call): Promise<StillImage> {
  return job.selected.model.backend === "imagen" ? drawWithImagen(job, call) : drawWithGemini(job, call);
}

async function drawWithGemini(job: StillJob, call: Call): Promise<StillImage> {
  const { order, previous, references, selected, session } = job;
  const shown = previous === null ? references : [previous, ...references];
  const pictures = shown.map(
    ({ mediaType, bytes }): Part => ({ inlineData: { mimeType: mediaType, data: toBase64(bytes) } }),
  );
  const text = stillText(order);
  // Models with one size have no parameter for it.
  const size = selected.model.sizes.length > 1 ? { imageSize: job.imageSize } : {};
  const answer = await send(job, call, (abortSignal) =>
    session.ai.models.generateContent({
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
    }),
  );
  return pictureOf(answer);
}

async function drawWithImagen(job: StillJob, call: Call): Promise<StillImage> {
  const { order, selected, session } = job;
  // No seed: it needs the watermark off, which is not ours to take off.
  const config = {
    numberOfImages: 1,
    aspectRatio: order.aspectRatio,
    imageSize: job.imageSize,
    includeRaiReason: true,
  };
  const answer = await send(job, call, (abortSignal) =>
    session.ai.models.generateImages({
      model: selected.wireId,
      prompt: order.prompt,
      config: { ...config, abortSignal },
    }),
  );
  return imagenPictureOf(answer);
}

const send = <T>(job: StillJob, call: Call, request: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  call({ ...job.purpose, what: "the still", paid: true, signal: job.signal, timeoutMs: TIMEOUT_MS }, request);

function refused(words: readonly string[], reason: string | undefined): VidpipeError {
  return new VidpipeError(
    "provider.refused",
    `Google's safety filter refused the still (${refusalReason(words, reason)}): reword the scene and resume`,
    { facts: { charged: chargedFor(words), reason: reason ?? "" } },
  );
}

const unusable = (what: string): VidpipeError =>
  new VidpipeError(
    "provider.bad_answer",
    `Google's answer for the still ${what}; it may have been charged and is asked for again`,
    { facts: { charged: true } },
  );

function pictureOf(answer: GenerateContentResponse): StillImage {
  const { parts, finish, refusal, words } = readAnswer(answer);
  const data = parts.map((part) => part.inlineData).find((blob) => blob?.data !== undefined && blob.data !== "");
  if (data?.data !== undefined) return checkedStill(data.data);
  const said = parts.map((part) => part.text ?? "").join(" ");
  if (refusal !== undefined) throw refused([...words, said].map(plainText), refusal);
  // Words instead of a picture, with a normal end, are how these models say no.
  if (finish === "STOP" && said.trim() !== "") throw refused([plainText(said)], undefined);
  throw unusable(`has no picture (${finish ?? "no candidate"})`);
}

function imagenPictureOf(answer: GenerateImagesResponse): StillImage {
  const images = answer.generatedImages ?? [];
  const bytes = images.map((image) => image.image?.imageBytes).find((data) => data !== undefined && data !== "");
  if (bytes !== undefined) return checkedStill(bytes);
  const words = images.map((image) => plainText(image.raiFilteredReason ?? "")).filter((word) => word !== "");
  // Imagen answers with nothing at all when every picture was filtered.
  throw refused(words, undefined);
}

function checkedStill(base64: string): StillImage {
  if (base64.length > (MAX_STILL_BYTES * 4) / 3) throw unusable("is too large to be a still");
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  const mediaType = stillTypeOf(bytes);
  if (mediaType === null) throw unusable("is not a PNG, JPEG or WebP picture");
  return { bytes, mediaType };
}
