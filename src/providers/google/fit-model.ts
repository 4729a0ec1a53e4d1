import type { MadeKind } from "../../domain/direction.ts";
import { invalidInput, VidpipeError } from "../../domain/errors.ts";
import type { ModelSelection } from "../../domain/project.ts";
import type { ModelFit, ModelNeeds } from "../../ports/provider.ts";
import { checkChoice, checkDuration, findModel, requireModel, successorOf } from "../catalog/catalog.ts";
import type { ModelKind } from "../catalog/models.ts";
import { quoteCall, quoteMade } from "../catalog/prices.ts";
import type { GoogleCatalog } from "./model-overrides.ts";
import type { GoogleModel } from "./models.ts";
import { frozenOptions } from "./select-models.ts";

const MAKES = { text: "storyboard", image: "keyframe", video: "clip" } as const satisfies Record<ModelKind, MadeKind>;
const MODEL_KIND = { storyboard: "text", keyframe: "image", clip: "video" } as const satisfies Record<
  MadeKind,
  ModelKind
>;

/** Most models that are offered instead of one that is gone. */
const mostOffered = 3;

/**
 * A model that can make what is left of a film, with the sizes that it froze.
 * @throws VidpipeError input.invalid naming what the model lacks, provider.model_unavailable
 */
export function fitModel(
  name: string,
  models: ModelSelection,
  needs: ModelNeeds,
  catalog: GoogleCatalog,
  today: string,
): ModelFit {
  const known = findModel(catalog, name);
  if (known === undefined) {
    const own = Object.values(catalog.defaults).join(", ");
    throw invalidInput("model", `there is no model "${name}"; nothing was bought: there are ${own} and others`);
  }
  const { mode, imageSize, resolution } = frozenOptions(models);
  const model = requireModel(catalog, name, { kind: known.kind, mode, today });
  const request = { pictures: 0, textTokens: 0 };
  if (model.kind === "text") quoteCall(catalog, model, { inputTokens: 1, outputTokens: 1 }, today);
  if (model.kind === "image") {
    checkStills(model, models, needs);
    checkChoice(model, "aspect ratio", needs.aspectRatio, model.aspectRatios);
    checkChoice(model, "size", imageSize, model.sizes);
    quoteMade(catalog, model, { size: imageSize, quantity: 1, shown: request }, today);
  }
  if (model.kind === "video") {
    if (!model.lastFrame) throw invalidInput("model", `${model.id} cannot film between two stills; nothing was bought`);
    for (const seconds of needs.durationsSeconds) checkDuration(model, seconds);
    checkChoice(model, "aspect ratio", needs.aspectRatio, model.aspectRatios);
    checkChoice(model, "size", resolution, model.sizes);
    quoteMade(catalog, model, { size: resolution, quantity: 1, shown: request }, today);
  }
  return { model: model.id, kind: MAKES[model.kind] };
}

/** A still is drawn after the one before it and the references: the model must look at as many pictures. */
function checkStills(model: GoogleModel, models: ModelSelection, { references }: ModelNeeds): void {
  if (model.referenceImages < 1 + references)
    throw invalidInput(
      "model",
      `${model.id} looks at ${model.referenceImages} pictures, and a still of this film is drawn after ${1 + references}; nothing was bought`,
    );
  const { conditionedImageModel: conditioned } = frozenOptions(models);
  if (model.id === models.imageModel && conditioned !== model.id)
    throw invalidInput("model", `${model.id} draws this film's first still already, and ${conditioned} the others`);
}

/** Models that can make what is left of a film: the successor first. */
export function modelsInstead(
  { model: current, kind }: ModelFit,
  models: ModelSelection,
  needs: ModelNeeds,
  catalog: GoogleCatalog,
  today: string,
): readonly string[] {
  const { mode } = frozenOptions(models);
  const first = successorOf(catalog, current, MODEL_KIND[kind], mode, today);
  const others = [...catalog.byId.values()].filter((model) => MAKES[model.kind] === kind).map(({ id }) => id);
  const fits = (name: string): boolean => {
    try {
      return name !== current && fitModel(name, models, needs, catalog, today).kind === kind;
    } catch (thrown) {
      if (thrown instanceof VidpipeError) return false;
      throw thrown;
    }
  };
  return [...new Set([first, ...others])].filter(fits).slice(0, mostOffered);
}
