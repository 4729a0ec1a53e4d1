import { z } from "zod";
import { UNTIL } from "../../domain/direction.ts";
import { ProjectRequest, type ResumeOptions } from "../../domain/project.ts";
import type { RequestInput } from "../../domain/request.ts";
import { FITS } from "../../domain/step.ts";
import { BOUNDARY_FRAMES } from "../../domain/transition.ts";
import type { CreateOptions } from "../../services/create-project.ts";
import { StoryboardBody, storyboardOf } from "./storyboard.ts";

const wellFormed = [(text: string) => text.isWellFormed(), "is not well-formed Unicode text"] as const;
const YesNo = z.boolean("must be true or false").exactOptional();
const Usd = z
  .number("must be an amount in US dollars")
  .min(0, "must not be negative")
  .meta({ examples: [5] });
const fields = {
  ...ProjectRequest.shape,
  prompt: ProjectRequest.shape.prompt.meta({ examples: ["A cat exploring Tokyo at night"] }),
  clipDurationSeconds: ProjectRequest.shape.clipDurationSeconds.meta({ examples: [6] }),
  sceneCount: ProjectRequest.shape.sceneCount.meta({ examples: [4] }),
  seed: ProjectRequest.shape.seed.meta({ examples: [42] }),
  crossfadeSeconds: ProjectRequest.shape.crossfadeSeconds.meta({ examples: [0.5] }),
};

/** Where to stop for approval. */
export const UntilWord = z.enum(UNTIL).exclude(["nothing"]);

/**
 * `POST /api/generate`. What is left out is filled in from the configuration. `POST /api/estimate` takes the same, so
 * that a form sends one body to both.
 */
export const GenerateBody = z
  .strictObject({
    prompt: fields.prompt
      .exactOptional()
      .describe(
        "What the film is about: a sentence or a whole script. Not needed beside a storyboard, which is filmed as it is.",
      ),
    storyboard: StoryboardBody.exactOptional(),
    style: fields.style
      .refine(...wellFormed)
      .meta({ examples: ["watercolor"] })
      .exactOptional()
      .describe("The visual style, e.g. noir or watercolor."),
    aspect_ratio: fields.aspectRatio.exactOptional(),
    clip_duration: fields.clipDurationSeconds
      .exactOptional()
      .describe("Seconds of each clip; GET /api/choices lists the lengths of each provider."),
    scenes: fields.sceneCount.exactOptional().describe("Exact number of scenes; null: the storyboard decides."),
    seed: fields.seed.exactOptional().describe("Makes a film repeatable where the provider supports it."),
    crossfade: fields.crossfadeSeconds.exactOptional().describe("Seconds between scenes; 0 is a hard cut."),
    provider: z
      .string("must be text")
      .min(1, "is empty")
      .max(40, "is longer than 40 characters")
      .meta({ examples: ["auto"] })
      .exactOptional()
      .describe("auto, or the name of a provider of GET /api/choices."),
    max_cost: Usd.exactOptional().describe("Never spend more than this, US dollars; the film is held there."),
    webhook_url: z
      .string("must be text")
      .min(1, "is empty")
      .max(2_000, "is longer than 2,000 characters")
      .meta({ examples: ["https://example.com/vidpipe"] })
      .exactOptional()
      .describe("Receives a message when the project stops or is finished, by the Standard Webhooks specification."),
    until: UntilWord.exactOptional().describe("Stops there for review; resume continues."),
  })
  .refine(({ prompt, storyboard }) => prompt !== undefined || storyboard !== undefined, {
    path: ["prompt"],
    message: "is missing",
  })
  .meta({ id: "Generate" });

/** `POST /api/projects/{id}/resume`: what to do with steps that wait for the user. */
export const ResumeBody = z
  .strictObject({
    max_cost: Usd.exactOptional().describe("Never spend more than this on the film, US dollars."),
    retry_ambiguous: YesNo.describe("Repeat calls whose answer was lost, although they may have been billed."),
    retry_refused: YesNo.describe("Try again what a safety filter refused."),
    use_rejected: YesNo.describe(
      "Use what was paid for although it does not fit: a keyframe or clip is cut to shape, a storyboard keeps its length.",
    ),
    fit: z
      .enum(FITS, `must be ${FITS.join(", ")}`)
      .exactOptional()
      .describe(
        "How a keyframe is brought to shape with use_rejected: cut at the edges, or with bars; crop by default.",
      ),
    retry_rejected: YesNo.describe("Buy again what was paid for and does not fit."),
    retry_gone: YesNo.describe("Buy again what the provider does not know any more."),
    skip_blocked: YesNo.describe("Leave out the scenes that cannot be made; a storyboard cannot be left out."),
    retry_skipped: YesNo.describe("Make the scenes that were left out before."),
    model: z
      .string("must be text")
      .min(1, "is empty")
      .max(100, "is longer than 100 characters")
      .meta({ examples: ["a model of the project's provider"] })
      .exactOptional()
      .describe("Make what is not made yet with this model: one for clips, for stills or for the storyboard."),
    dry_run: YesNo.describe("Only tell what it would buy, and the cap it would set."),
    until: UntilWord.exactOptional().describe("Where to stop for approval; the default is the finished film."),
  })
  .refine(({ fit, use_rejected }) => fit === undefined || use_rejected === true, {
    path: ["fit"],
    message: "goes with use_rejected",
  })
  .meta({ id: "Resume" });

/** `POST /api/projects/{id}/stitch`. */
export const StitchBody = z
  .strictObject({
    crossfade: fields.crossfadeSeconds.describe("Seconds between scenes; 0 is a hard cut."),
    boundary_frame: z
      .enum(BOUNDARY_FRAMES, `must be ${BOUNDARY_FRAMES.join(", ")}`)
      .exactOptional()
      .describe("Whether to drop the frame that a hard cut would show twice; the default is the present setting."),
  })
  .meta({ id: "Stitch" });

/** An empty body: absent or `{}`. */
export const EmptyBody = z.strictObject({});

/** The arguments of `service.create` and `service.estimate` for a request; what was left out stays left out. */
export function creationOf(body: z.infer<typeof GenerateBody>): [RequestInput, CreateOptions] {
  const choices = {
    style: body.style,
    aspectRatio: body.aspect_ratio,
    clipDurationSeconds: body.clip_duration,
    sceneCount: body.scenes,
    seed: body.seed,
    crossfadeSeconds: body.crossfade,
  };
  const made = Object.fromEntries(Object.entries(choices).filter(([, choice]) => choice !== undefined));
  const options: CreateOptions = {
    ...(body.provider !== undefined && { provider: body.provider }),
    ...(body.max_cost !== undefined && { maxCostUsd: body.max_cost }),
    ...(body.webhook_url !== undefined && { webhookUrl: body.webhook_url }),
    ...(body.until !== undefined && { until: body.until }),
    ...(body.storyboard !== undefined && { storyboard: storyboardOf(body.storyboard) }),
  };
  return [{ prompt: body.prompt ?? body.storyboard?.title, ...made }, options];
}

/** The options of `service.resume` for a request. */
export const resumptionOf = (body: z.infer<typeof ResumeBody>): ResumeOptions => ({
  ...(body.max_cost !== undefined && { maxCostUsd: body.max_cost }),
  ...(body.retry_ambiguous !== undefined && { retryAmbiguous: body.retry_ambiguous }),
  ...(body.retry_refused !== undefined && { retryRefused: body.retry_refused }),
  ...(body.use_rejected !== undefined && { useRejected: body.use_rejected }),
  ...(body.fit !== undefined && { fit: body.fit }),
  ...(body.retry_rejected !== undefined && { retryRejected: body.retry_rejected }),
  ...(body.retry_gone !== undefined && { retryGone: body.retry_gone }),
  ...(body.skip_blocked !== undefined && { skipBlocked: body.skip_blocked }),
  ...(body.retry_skipped !== undefined && { retrySkipped: body.retry_skipped }),
  ...(body.model !== undefined && { model: body.model }),
  ...(body.until !== undefined && { until: body.until }),
});
