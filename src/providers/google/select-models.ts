import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { ModelSelection, ProjectRequest } from "../../domain/project.ts";
import { checkChoice, checkDuration, findModel, requireModel, successorOf } from "../catalog/catalog.ts";
import type { ModelKind } from "../catalog/models.ts";
import { quoteCall, quoteMade, type Shown } from "../catalog/prices.ts";
import type { GoogleCatalog } from "./model-overrides.ts";
import { type GoogleModel, MODES } from "./models.ts";
import { GOOGLE, type GoogleConfig, modeOf } from "./settings.ts";

/** Region for models that live in regions, when the configuration names none: where Google documents Veo. */
const DEFAULT_LOCATION = "us-central1";

/** What a project froze besides its models; everything a later process needs whatever its configuration says. */
const FrozenOptions = z.object({
  mode: z.enum(MODES),
  /** Empty on the Gemini API. */
  project: z.string(),
  location: z.string(),
  imageSize: z.string(),
  resolution: z.string(),
  /** Draws the stills that are shown pictures. */
  conditionedImageModel: z.string(),
  /** Empty: clips come in the answer. */
  outputGcsUri: z.string(),
});
export type FrozenOptions = z.infer<typeof FrozenOptions>;

export const frozenOptions = (models: ModelSelection): FrozenOptions => FrozenOptions.parse(models.options);

/** Prices are asked for only to see that there are any. */
const NOTHING: Shown = { pictures: 0, textTokens: 0 };

/**
 * Checks a request against the catalog and freezes models, sizes and the way they are reached.
 * @throws VidpipeError input.invalid, provider.model_unavailable
 */
export function selectModels(
  request: ProjectRequest,
  cfg: GoogleConfig,
  catalog: GoogleCatalog,
  today: string,
): ModelSelection {
  const mode = modeOf(cfg);
  const pick = (kind: ModelKind, name: string | null) =>
    requireModel(catalog, name ?? catalog.defaults[kind], { kind, mode, today });
  const text = pick("text", cfg.models.text);
  const image = pick("image", cfg.models.image);
  const video = pick("video", cfg.models.video);
  // Imagen cannot look at the still before, so every still after the first needs another model.
  const conditioned = pick("image", cfg.models.conditionedImage ?? (image.backend === "imagen" ? null : image.id));
  const imageSize = cfg.imageSize ?? image.sizes[0] ?? "";
  const resolution = cfg.resolution ?? video.sizes[0] ?? "";
  if (!video.lastFrame)
    throw new VidpipeError(
      "provider.model_unavailable",
      `${video.id} cannot film between two stills, which every clip is; nothing was bought: use ${catalog.defaults.video} instead`,
    );
  checkDuration(video, request.clipDurationSeconds);
  checkChoice(video, "aspect ratio", request.aspectRatio, video.aspectRatios);
  checkChoice(video, "size", resolution, video.sizes);
  for (const still of [image, conditioned]) {
    checkChoice(still, "aspect ratio", request.aspectRatio, still.aspectRatios);
    checkChoice(still, "size", imageSize, still.sizes);
    quoteMade(catalog, still, { size: imageSize, quantity: 1, shown: NOTHING }, today);
  }
  quoteMade(catalog, video, { size: resolution, quantity: request.clipDurationSeconds, shown: NOTHING }, today);
  quoteCall(catalog, text, { inputTokens: 1, outputTokens: 1 }, today);
  const options: FrozenOptions = {
    mode,
    project: mode === "vertex" ? (cfg.project ?? "") : "",
    location: cfg.location ?? DEFAULT_LOCATION,
    imageSize,
    resolution,
    conditionedImageModel: conditioned.id,
    outputGcsUri: mode === "vertex" ? (cfg.outputGcsUri ?? "") : "",
  };
  return {
    provider: GOOGLE.name,
    textModel: text.id,
    imageModel: image.id,
    videoModel: video.id,
    options,
    // One place is the still before's.
    mostReferences: Math.max(0, conditioned.referenceImages - 1),
  };
}

/** A model as a call sees it: its name on the wire, where it is asked, and what replaces it. */
export interface SelectedModel {
  readonly model: GoogleModel;
  readonly wireId: string;
  readonly location: string;
  readonly successor: string;
}

/** Looks a frozen model up for a call. @throws VidpipeError provider.model_unavailable when the catalog lost it */
export function selectModel(
  catalog: GoogleCatalog,
  name: string,
  kind: ModelKind,
  options: FrozenOptions,
  today: string,
): SelectedModel {
  const model = findModel(catalog, name) ?? requireModel(catalog, name, { kind, mode: options.mode, today });
  return { ...onTheWire(model, options), successor: successorOf(catalog, name, kind, options.mode, today) };
}

/** A model with its name on the wire and where it is asked. */
export function onTheWire(model: GoogleModel, options: FrozenOptions): Omit<SelectedModel, "successor"> {
  const region = options.location === "global" ? DEFAULT_LOCATION : options.location;
  return {
    model,
    wireId: model.wireIds[options.mode] ?? model.id,
    location: model.vertexLocation ?? (model.backend === "gemini_image" ? options.location : region),
  };
}
