import type { GenerateVideosResponse, Image } from "@google/genai";
import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { ClipCheck, PaidAnswer, StillImage } from "../../ports/provider.ts";
import type { CallContext, PaidCall } from "./call.ts";
import { type ClipJob, ended, pollSpec, ready, sourceOf, submitSpec } from "./clip-job.ts";
import type { ClipDeps } from "./download.ts";
import { plainText } from "./error-body.ts";
import { readyInFolder } from "./gcs.ts";
import { chargedFor, refusalReason, soundsRefused } from "./refusals.ts";
import { googleSeed, toBase64 } from "./wire.ts";

/** Sends one Veo request. Never sends twice. */
export function startVeo(job: ClipJob, callPaid: PaidCall): Promise<PaidAnswer> {
  const { order, stills, selected, options, output } = job;
  return callPaid(submitSpec(job), (abortSignal) =>
    job.session.ai.models.generateVideos({
      model: selected.wireId,
      source: { prompt: order.prompt, image: wireImage(stills.start) },
      config: {
        numberOfVideos: 1,
        lastFrame: wireImage(stills.end),
        durationSeconds: order.durationSeconds,
        aspectRatio: order.aspectRatio,
        resolution: options.resolution,
        ...(selected.model.audio ? { generateAudio: true } : {}),
        ...(output === null ? {} : { outputGcsUri: output }),
        ...(job.submitId === null ? {} : { labels: { vidpipe_submit: job.submitId } }),
        ...(selected.model.seed ? googleSeed(order.seed) : {}),
        abortSignal,
      },
    }),
  );
}

const wireImage = (still: StillImage): Image => ({
  imageBytes: toBase64(still.bytes),
  mimeType: still.mediaType,
});

/** Asks how a Veo operation stands; null when it is done without a clip. Free. */
export async function checkVeo(
  operation: string,
  output: string | null,
  look: CallContext,
  deps: ClipDeps,
): Promise<ClipCheck | null> {
  const found = await deps.call(pollSpec(look), () =>
    look.session.ai.operations.getVideosOperation({ operation: look.session.operationNamed(operation) }),
  );
  if (found.name !== undefined && found.name !== operation)
    throw new VidpipeError("provider.unreachable", "Google answered about another operation; it is asked again");
  if (found.done !== true) return { kind: "running" };
  if (found.error !== undefined) return failedOperation(found.error);
  return await finished(found.response, output, look, deps);
}

async function finished(
  response: GenerateVideosResponse | undefined,
  output: string | null,
  look: CallContext,
  deps: ClipDeps,
): Promise<ClipCheck | null> {
  const video = response?.generatedVideos?.[0]?.video;
  const source = sourceOf(video?.videoBytes, video?.uri);
  if (source !== null) return ready(source, look, deps);
  const reasons = (response?.raiMediaFilteredReasons ?? []).map(plainText);
  if (reasons.length > 0 || (response?.raiMediaFilteredCount ?? 0) > 0)
    return { kind: "refused", reason: refusalReason(reasons), charged: chargedFor(reasons) };
  return await readyInFolder(output, look, deps);
}

const OperationError = z.looseObject({ code: z.number().optional(), message: z.string().optional() });

/** gRPC codes of failures that a new request may not meet again. */
const PASSING_CODES = new Set([4, 8, 10, 13, 14]);
const INVALID_ARGUMENT = 3;

function failedOperation(error: Record<string, unknown>): ClipCheck {
  const { code, message = "" } = OperationError.safeParse(error).data ?? {};
  const said = plainText(message);
  if (soundsRefused(said)) return { kind: "refused", reason: refusalReason([said]), charged: chargedFor([said]) };
  const reason = said === "" ? "Google made no clip" : said.replace(/[.\s]+$/, "");
  // A request that was found invalid was never worked on; of the others Google does not say.
  const charged = code !== INVALID_ARGUMENT && chargedFor([said]);
  return ended(
    `${reason} (Google's error ${code ?? "without a code"})`,
    code !== undefined && PASSING_CODES.has(code),
    charged,
  );
}
