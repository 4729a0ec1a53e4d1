/** Clips: Veo's operations and Omni's interactions. */
import { interactionError, invalidArgument, json, rpcError } from "./answers.ts";
import { type Bill, sha256 } from "./bill.ts";
import { CreateInteraction, complaint, FetchOperation, PredictVeo } from "./checks.ts";
import type { FaultName } from "./faults.ts";
import { clipBytes, isFreeOfCharge, type Job, type Jobs, OPERATION_ERRORS } from "./jobs.ts";
import { chargeOf } from "./prices.ts";

const hashOf = (base64: string): string => sha256(Buffer.from(base64, "base64"));
const shortId = (): string => crypto.randomUUID().replaceAll("-", "");

export interface TestServer {
  readonly jobs: Jobs;
  readonly bill: Bill;
}

/** Takes a Veo request. `base` is the path up to the model. */
export function startVeo(
  raw: unknown,
  model: string,
  base: string,
  fault: FaultName | null,
  { jobs, bill }: TestServer,
) {
  const read = PredictVeo.safeParse(raw);
  if (!read.success) return invalidArgument(complaint(read.error));
  const { instances, parameters } = read.data;
  const [instance] = instances;
  if (instance?.lastFrame !== undefined && instance.image === undefined)
    return invalidArgument("lastFrame needs image.");
  const { aspectRatio = "16:9", resolution = "720p", durationSeconds, storageUri = null } = parameters;
  const name = `${base}/models/${model}/operations/${crypto.randomUUID()}`;
  const pictures = [instance?.image, instance?.lastFrame].flatMap((picture) =>
    picture === undefined ? [] : [hashOf(picture.bytesBase64Encoded)],
  );
  const entry = bill.add({
    kind: "clip",
    model,
    quantity: durationSeconds,
    size: resolution,
    usd: chargeOf({ model, units: durationSeconds, size: resolution, pictures: 0, words: "", tokensOut: 0 }),
    operation: name,
    promptSha256: sha256(instance?.prompt ?? ""),
    pictureSha256: pictures,
  });
  const folder = storageUri ?? (NEEDS_ADDRESS.has(fault ?? "") ? "gs://fake-bucket/out/" : null);
  jobs.start({ name, model, aspectRatio, resolution, durationSeconds, folder, fileId: shortId(), fault, bill: entry });
  return json({ name });
}

/** Faults of a download need an answer with an address instead of the clip itself. */
const NEEDS_ADDRESS = new Set([
  "video_huge",
  "video_endless",
  "video_reset",
  "video_elsewhere",
  "video_is_a_page",
  "redirected_home",
  "redirected_elsewhere",
  "bucket_deleted",
]);

export async function fetchOperation(raw: unknown, path: string, { jobs }: TestServer): Promise<Response> {
  const read = FetchOperation.safeParse(raw);
  if (!read.success) return invalidArgument(complaint(read.error));
  const { operationName: name } = read.data;
  if (!name.startsWith(`${path}/operations/`)) return invalidArgument("The operation is of another model.");
  const job = jobs.find(name);
  if (job === undefined) return rpcError({ code: 404, status: "NOT_FOUND", message: "Operation not found." });
  if (job.fault === "other_operation") return json({ name: `${path}/operations/another` });
  if (!jobs.look(job)) return json({ name });
  const error = OPERATION_ERRORS[job.fault ?? ""];
  if (error !== undefined) return json({ name, done: true, error });
  const response = await veoResponse(job);
  return json({ name, done: true, ...(response === null ? {} : { response }) });
}

const TYPE = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse";
const FILTERED = "We could not generate this video because of a safety rule. Support codes: 58061214";

async function veoResponse(job: Job): Promise<object | null> {
  const filtered = (reason: string, rest: object = {}) => ({
    "@type": TYPE,
    raiMediaFilteredCount: 1,
    raiMediaFilteredReasons: [reason],
    ...rest,
  });
  if (isEmpty(job)) return null;
  if (job.fault === "refused_absent" || job.fault === "words_only") return filtered(FILTERED);
  if (job.fault === "refused_empty") return filtered(FILTERED, { videos: [] });
  if (job.fault === "refused_not_charged") return filtered(`${FILTERED}. You have not been charged for this attempt.`);
  return { "@type": TYPE, raiMediaFilteredCount: 0, videos: [await veoVideo(job)] };
}

async function veoVideo(job: Job): Promise<object> {
  if (job.fault === "video_elsewhere") return { gcsUri: "https://files.example.com/clip.mp4", mimeType: "video/mp4" };
  if (job.folder !== null) return { gcsUri: `${job.folder}sample_0.mp4`, mimeType: "video/mp4" };
  return { bytesBase64Encoded: Buffer.from(await clipBytes(job)).toString("base64"), mimeType: "video/mp4" };
}

/** Done, and nothing to show: for good, for two looks, or because the clip is only in the bucket. */
const isEmpty = (job: Job): boolean =>
  job.fault === "no_result" ||
  job.fault === "result_only_in_bucket" ||
  (job.fault === "late_result" && job.doneLooks < 3);

/** Takes an Omni request. */
export function startOmni(
  raw: unknown,
  isVertex: boolean,
  fault: FaultName | null,
  { jobs, bill }: TestServer,
): Response {
  const read = CreateInteraction.safeParse(raw);
  if (!read.success) return interactionError(complaint(read.error));
  const { model, input, response_format: format, background } = read.data;
  if (background !== true) return interactionError("This fake does not block: set background.");
  const pictures = input.flatMap((item) => (item.type === "image" ? [hashOf(item.data)] : []));
  const prompt = input.flatMap((item) => (item.type === "text" ? [item.text] : [])).join(" ");
  if (pictures.length === 2 && !/<FIRST_FRAME>.*<LAST_FRAME>/.test(prompt))
    return interactionError("Two images need <FIRST_FRAME> and <LAST_FRAME> in the text.");
  if (isVertex && format.delivery === "uri" && format.gcs_uri === undefined)
    return interactionError("'gcs_uri' is required for 'delivery' of 'uri'.");
  const durationSeconds = Number.parseInt(format.duration ?? "5s", 10);
  const name = `v1_${shortId()}`;
  const size = format.resolution ?? "720p";
  const asked = { model, units: durationSeconds, size, pictures: pictures.length, words: prompt };
  const entry = bill.add({
    kind: "clip",
    model,
    quantity: durationSeconds,
    size,
    usd: chargeOf({ ...asked, tokensOut: 100 }),
    operation: name,
    promptSha256: sha256(prompt),
    pictureSha256: pictures,
  });
  const job = jobs.start({
    name,
    model,
    aspectRatio: format.aspect_ratio ?? "16:9",
    resolution: size,
    durationSeconds,
    folder: format.gcs_uri ?? null,
    fileId: `f${shortId()}`,
    fault,
    bill: entry,
  });
  return json({ ...head(job, "in_progress") });
}

const head = (job: Job, status: string) => ({
  id: job.name,
  status,
  created: new Date(job.startedAtMs).toISOString(),
  updated: new Date().toISOString(),
  object: "interaction",
  model: job.model,
  service_tier: "standard",
});

export async function getInteraction(id: string, isVertex: boolean, { jobs }: TestServer): Promise<Response> {
  const job = jobs.find(id);
  if (job === undefined) return interactionError("Invalid interaction name");
  if (job.fault === "other_operation") return json({ ...head(job, "completed"), id: "v1_another" });
  if (!jobs.look(job)) return json(head(job, "in_progress"));
  const ended = ENDED[job.fault ?? ""];
  if (ended !== undefined) return json(head(job, ended));
  if (job.fault?.startsWith("error_") || job.fault === "interaction_failed")
    return json({ ...head(job, "failed"), usage: usageOf(job), errors: [omniError(job)] });
  const input = { type: "user_input", content: [{ type: "text", text: "the prompt" }] };
  if (isEmpty(job)) return json({ ...head(job, "completed"), steps: [input] });
  const refused = job.fault === "words_only" || job.fault?.startsWith("refused_") === true;
  const content = refused
    ? { type: "text", text: "I cannot make this video because it shows a celebrity." }
    : await omniVideo(job, isVertex);
  return json({
    ...head(job, "completed"),
    usage: usageOf(job),
    steps: [input, { type: "thought", signature: "c2ln" }, { type: "model_output", content: [content] }],
  });
}

/** Ends of which Omni says no more than their name. */
const ENDED: Readonly<Record<string, string>> = {
  interaction_incomplete: "incomplete",
  interaction_cancelled: "cancelled",
  interaction_over_budget: "budget_exceeded",
};

const omniError = (job: Job) => ({
  code: "internal",
  message: job.fault === "error_3_refused" ? "SAFETY: blocked" : "The video could not be generated.",
});

/** What is billed is reported as video tokens: a job that costs nothing reports none. */
function usageOf(job: Job) {
  const videoTokens = isFreeOfCharge(job) ? 0 : job.durationSeconds * 5_792;
  return {
    total_tokens: videoTokens + 900,
    total_output_tokens: videoTokens,
    output_tokens_by_modality: videoTokens === 0 ? [] : [{ modality: "video", tokens: videoTokens }],
  };
}

async function omniVideo(job: Job, isVertex: boolean): Promise<object> {
  const video = { type: "video", mime_type: "video/mp4" };
  if (job.fault === "video_elsewhere") return { ...video, uri: "https://files.example.com/clip.mp4" };
  if (job.folder !== null) return { ...video, uri: `${job.folder}sample_0.mp4` };
  if (isVertex) return { ...video, data: Buffer.from(await clipBytes(job)).toString("base64") };
  return {
    ...video,
    uri: `https://generativelanguage.googleapis.com/v1beta/files/${job.fileId}:download?alt=media`,
  };
}
