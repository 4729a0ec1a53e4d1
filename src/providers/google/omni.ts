import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { ClipCheck, PaidAnswer, StillImage } from "../../ports/provider.ts";
import type { CallContext, PaidCall } from "./call.ts";
import { type ClipJob, ended, pollSpec, ready, sourceOf, submitSpec } from "./clip-job.ts";
import { type ClipDeps, type ClipSource, fileIdOf, madeFile } from "./download.ts";
import { plainText } from "./error-body.ts";
import { readyInFolder } from "./gcs.ts";
import { omniText } from "./picture-form.ts";
import { refusalReason, soundsRefused } from "./refusals.ts";
import { toBase64 } from "./wire.ts";

/** The SDK sends a request up to five times unless told otherwise; a paid one goes once. */
const ONCE = { maxRetries: 0 };

/** Sends one Omni request. Never sends twice. */
export function startOmni(job: ClipJob, callPaid: PaidCall): Promise<PaidAnswer> {
  const { order, stills, selected, options, output } = job;
  return callPaid(submitSpec(job), (signal) =>
    job.session.ai.interactions.create(
      {
        model: selected.wireId,
        background: true,
        input: [wireImage(stills.start), wireImage(stills.end), { type: "text", text: omniText(order) }],
        response_format: {
          type: "video",
          aspect_ratio: order.aspectRatio,
          resolution: options.resolution,
          duration: `${order.durationSeconds}s`,
          ...delivery(options.mode, output),
        },
        generation_config: { video_config: { task: "image_to_video" } },
      },
      { ...ONCE, signal },
    ),
  );
}

/** The Gemini API keeps clips over 4 MB as files; Vertex AI puts them in the answer or in the user's bucket. */
function delivery(mode: "vertex" | "gemini", output: string | null) {
  if (mode === "gemini") return { delivery: "uri" };
  return output === null ? { delivery: "inline" } : { delivery: "uri", gcs_uri: output };
}

const wireImage = (still: StillImage) => ({
  type: "image" as const,
  data: toBase64(still.bytes),
  mime_type: still.mediaType,
});

const Content = z.looseObject({
  type: z.string().optional(),
  text: z.string().optional(),
  data: z.string().optional(),
  uri: z.string().optional(),
});
const Interaction = z.looseObject({
  id: z.string().optional(),
  status: z.string(),
  steps: z.array(z.looseObject({ type: z.string().optional(), content: z.array(Content).optional() })).optional(),
  errors: z.array(z.looseObject({ code: z.string().optional(), message: z.string().optional() })).optional(),
  usage: z
    .looseObject({
      output_tokens_by_modality: z
        .array(z.looseObject({ modality: z.string().optional(), tokens: z.number().optional() }))
        .optional(),
    })
    .optional(),
});
type Interaction = z.infer<typeof Interaction>;

/** Asks how an Omni interaction stands; null when it is done without a clip. Free. */
export async function checkOmni(
  id: string,
  output: string | null,
  look: CallContext,
  deps: ClipDeps,
): Promise<ClipCheck | null> {
  const answer = await deps.call(pollSpec(look), (signal) =>
    look.session.ai.interactions.get(id, {}, { ...ONCE, signal }),
  );
  const read = Interaction.safeParse(answer).data;
  if (read === undefined || (read.id !== undefined && read.id !== id))
    throw new VidpipeError("provider.unreachable", "Google's answer about the clip made no sense; it is asked again");
  return await stateOf(read, output, look, deps);
}

/** Ends that are not success, and whether a new request may do better. Statuses not named here are still running. */
const ENDED_BADLY: Readonly<Record<string, { readonly what: string; readonly retryable: boolean }>> = {
  failed: { what: "Google could not make the clip", retryable: true },
  incomplete: { what: "Google stopped before the clip was whole", retryable: true },
  cancelled: { what: "the clip was cancelled at Google", retryable: false },
  budget_exceeded: { what: "the Google account's budget is used up", retryable: false },
  requires_action: { what: "Google waits for an answer that vidpipe cannot give", retryable: false },
};

async function stateOf(
  interaction: Interaction,
  output: string | null,
  look: CallContext,
  deps: ClipDeps,
): Promise<ClipCheck | null> {
  const bad = ENDED_BADLY[interaction.status];
  if (bad !== undefined) return endedBadly(interaction, bad);
  if (interaction.status !== "completed") return { kind: "running" };
  const made = (interaction.steps ?? [])
    .filter((step) => step.type === "model_output")
    .flatMap((step) => step.content ?? []);
  const video = made.findLast((content) => content.type === "video");
  const source = sourceOf(video?.data, video?.uri);
  if (source !== null) return await delivered(source, look, deps);
  const said = made.map((content) => content.text ?? "").join(" ");
  // Words instead of a clip are how Omni says no.
  if (said.trim() !== "") return refused(interaction, said);
  return await readyInFolder(output, look, deps);
}

/** A file of the Gemini API can be fetched once it is active, a little after the clip is done. */
async function delivered(source: ClipSource, look: CallContext, deps: ClipDeps): Promise<ClipCheck> {
  const file = source.kind === "uri" ? fileIdOf(source.uri) : null;
  if (source.kind !== "uri" || file === null) return ready(source, look, deps);
  const { state } = await deps.call({ ...pollSpec(look), ...madeFile(source.uri) }, (abortSignal) =>
    look.session.ai.files.get({ name: `files/${file}`, config: { abortSignal } }),
  );
  if (state === "PROCESSING") return { kind: "running" };
  if (state !== "FAILED") return ready(source, look, deps);
  return ended("Google lost the file of the finished clip", true, true);
}

function endedBadly(interaction: Interaction, { what, retryable }: { what: string; retryable: boolean }): ClipCheck {
  const said = (interaction.errors ?? [])
    .map(({ code, message }) => `${code ?? ""} ${message ?? ""}`.trim())
    .join("; ");
  if (soundsRefused(said) || /\bSAFETY\b/.test(said)) return refused(interaction, said);
  const reason = said === "" ? what : `${what} (${plainText(said)})`;
  return ended(reason, retryable, charged(interaction));
}

const refused = (interaction: Interaction, said: string): ClipCheck => ({
  kind: "refused",
  reason: refusalReason([plainText(said)]),
  charged: charged(interaction),
});

/** Omni is paid by video tokens: a usage report without any says that nothing was. */
function charged({ usage }: Interaction): boolean {
  if (usage === undefined) return true;
  return (usage.output_tokens_by_modality ?? []).some(
    ({ modality, tokens }) => modality?.toLowerCase() === "video" && (tokens ?? 0) > 0,
  );
}
