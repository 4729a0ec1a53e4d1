import { z } from "zod";
import { stillTypeOf } from "../../domain/media.ts";
import type { PaidAnswer, Reading, StillImage } from "../../ports/provider.ts";
import { endOf, listOf, readBody, readSaid, type Said, textOf, truncated, unusable } from "./answer-body.ts";
import { plainText } from "./error-body.ts";
import type { Backend } from "./models.ts";
import { isRefusal, refusedReading, soundsRefused } from "./refusals.ts";

/** Largest still that is believed, in bytes: a 4K PNG is about 30 MB. */
const MAX_STILL_BYTES = 64 * 2 ** 20;

/**
 * The picture in an answer of an image model; `backend` of the order's model, for an answer that does not show whose
 * it is. Pure, never throws.
 */
export function readStillAnswer(answer: PaidAnswer, backend: Backend | undefined): Reading<StillImage> {
  const body = readBody(answer);
  if (body.kind !== "content") return body;
  const predicted = Predictions.safeParse(body.content).data;
  if (predicted?.predictions !== undefined) return readImagen(predicted.predictions);
  const said = readSaid(body.content);
  const isEmpty = said.finish === undefined && said.blocked === undefined;
  return isEmpty && backend === "imagen" ? readImagen([]) : readGemini(said);
}

function readGemini(said: Said): Reading<StillImage> {
  const { parts, thoughts, finish, blocked, words } = said;
  const drawn = firstPicture(picturesOf(parts));
  if (drawn?.kind === "content") return drawn;
  const spoken = plainText(textOf(parts));
  if (blocked !== undefined || isRefusal(finish) || soundsRefused(words))
    return refusedReading([words, spoken], blocked ?? finish);
  // What a model drew while it thought is a picture too, where there is no other; the last is the furthest.
  const draft = firstPicture(picturesOf(thoughts).toReversed());
  if (draft?.kind === "content") return draft;
  if (drawn !== undefined) return drawn;
  if (finish === "MAX_TOKENS") return truncated("the picture");
  // Words instead of a picture, with a normal end, are how these models say no.
  if (finish === "STOP" && spoken !== "") return refusedReading([spoken]);
  const ended = endOf({ finish, words: words || spoken });
  return draft ?? unusable(`Google's answer has no picture (${ended})`);
}

const picturesOf = (parts: Said["parts"]): string[] =>
  parts.flatMap(({ inlineData }) => (inlineData === undefined || inlineData.data === "" ? [] : [inlineData.data]));

const Predictions = z.looseObject({
  predictions: listOf(
    z.looseObject({
      bytesBase64Encoded: z.string().optional().catch(undefined),
      raiFilteredReason: z.string().optional().catch(undefined),
    }),
  ).optional(),
});

function readImagen(predictions: NonNullable<z.infer<typeof Predictions>["predictions"]>): Reading<StillImage> {
  const drawn = firstPicture(predictions.map(({ bytesBase64Encoded }) => bytesBase64Encoded ?? "").filter(Boolean));
  if (drawn !== undefined) return drawn;
  const words = predictions.map(({ raiFilteredReason }) => plainText(raiFilteredReason ?? "")).filter(Boolean);
  // Imagen answers with nothing at all when every picture was filtered.
  return refusedReading(words);
}

/** The first that is a picture, else what is wrong with the first; undefined where there is none. */
function firstPicture(base64: readonly string[]): Reading<StillImage> | undefined {
  const readings = base64.map(readPicture);
  return readings.find(({ kind }) => kind === "content") ?? readings[0];
}

function readPicture(base64: string): Reading<StillImage> {
  const size = Math.floor((base64.length * 3) / 4);
  if (size > MAX_STILL_BYTES)
    return unusable(`the picture has ${size} bytes, more than the limit of ${MAX_STILL_BYTES}`);
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  const mediaType = stillTypeOf(bytes);
  if (mediaType === null) return unusable("what Google sent as the picture is no PNG, JPEG or WebP file");
  return { kind: "content", content: { bytes, mediaType } };
}
