import { z } from "zod";
import { checkAll, VidpipeError } from "../../domain/errors.ts";
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

/** The keys of the configuration that name models and sizes. */
const KEYS = {
  text: "models.storyboard_llm",
  image: "models.image_gen",
  conditionedImage: "models.image_conditioned",
  video: "models.video_gen",
  imageSize: "google_cloud.image_size",
  resolution: "google_cloud.resolution",
} as const;

/** Prices are asked for only to see that there are any. */
const NOTHING: Shown = { pictures: 0, textTokens: 0 };

/**
 * Checks a request against the catalog and freezes models, sizes and the way they are reached.
 * @throws VidpipeError input.invalid, provider.model_unavailable with everything that is in the way
 */
export function selectModels(
  request: ProjectRequest,
  cfg: GoogleConfig,
  catalog: GoogleCatalog,
  today: string,
): ModelSelection {
  const mode = modeOf(cfg);
  const pick = (kind: ModelKind, name: string | null, setting: string = KEYS[kind]) =>
    requireModel(catalog, name ?? catalog.defaults[kind], {
      kind,
      mode,
      today,
      setting: name === null ? undefined : setting,
    });
  // Where a model cannot be used, its request is measured by the one that takes its place: the next thing in the way.
  const standing = (kind: ModelKind, name: string | null) =>
    namedOr(() => pick(kind, name), catalog.byId.get(successorOf(catalog, name ?? "", kind, mode, today)));
  // Imagen cannot look at the still before, so every still after the first needs another model.
  const drawsAlone = standing("image", cfg.models.image)?.backend === "imagen";
  const conditionedName = cfg.models.conditionedImage ?? (drawsAlone ? null : cfg.models.image);
  const imageSize = cfg.imageSize ?? standing("image", cfg.models.image)?.sizes[0] ?? "";
  const resolution = cfg.resolution ?? standing("video", cfg.models.video)?.sizes[0] ?? "";

  const checkStill = (name: string | null, setting: string) => {
    const still = standing("image", name);
    checkAll(
      () => void pick("image", name, setting),
      () => still && checkChoice(still, "aspect ratio", request.aspectRatio, still.aspectRatios),
      () => still && checkChoice(still, "size", imageSize, still.sizes, KEYS.imageSize),
      () => still && void quoteMade(catalog, still, { size: imageSize, quantity: 1, shown: NOTHING }, today),
    );
  };
  const filmed = standing("video", cfg.models.video);
  checkAll(
    () => void quoteCall(catalog, pick("text", cfg.models.text), { inputTokens: 1, outputTokens: 1 }, today),
    () => checkStill(cfg.models.image, KEYS.image),
    () => conditionedName === cfg.models.image || checkStill(conditionedName, KEYS.conditionedImage),
    () => void pick("video", cfg.models.video),
    () => filmed && checkVideo(filmed, request, resolution, catalog, today),
  );
  const text = pick("text", cfg.models.text);
  const image = pick("image", cfg.models.image);
  const conditioned = pick("image", conditionedName);
  const video = pick("video", cfg.models.video);
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

/** The model that `named` gives, or another where that is refused. */
function namedOr(named: () => GoogleModel, other: GoogleModel | undefined): GoogleModel | undefined {
  try {
    return named();
  } catch {
    return other;
  }
}

/** @throws VidpipeError input.invalid, provider.model_unavailable with everything for which it cannot film the request */
function checkVideo(
  video: GoogleModel,
  request: ProjectRequest,
  resolution: string,
  catalog: GoogleCatalog,
  today: string,
): void {
  const quantity = request.clipDurationSeconds;
  checkAll(
    () => requireLastFrame(video, catalog),
    () => checkDuration(video, quantity),
    () => checkChoice(video, "aspect ratio", request.aspectRatio, video.aspectRatios),
    () => checkChoice(video, "size", resolution, video.sizes, KEYS.resolution),
    () => void quoteMade(catalog, video, { size: resolution, quantity, shown: NOTHING }, today),
  );
}

function requireLastFrame({ id, lastFrame }: GoogleModel, { defaults }: GoogleCatalog): void {
  if (lastFrame) return;
  throw new VidpipeError(
    "provider.model_unavailable",
    `${id} cannot film between two stills, which every clip is; nothing was bought: use ${defaults.video} instead`,
  );
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
