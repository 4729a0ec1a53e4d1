import type { Quote } from "../../domain/money.ts";
import type { ModelSelection } from "../../domain/project.ts";
import type { KeyframeOrder, StepOrder } from "../../domain/step.ts";
import { findModel, requireModel } from "../catalog/catalog.ts";
import type { Model, ModelKind } from "../catalog/models.ts";
import { noticesOf, type Use } from "../catalog/notices.ts";
import { quoteCall, quoteMade } from "../catalog/prices.ts";
import type { GoogleCatalog } from "./model-overrides.ts";
import { omniText, picturesShown, stillText } from "./picture-form.ts";
import { frozenOptions } from "./select-models.ts";
import { storyboardTokens } from "./storyboard-form.ts";

/**
 * The model that draws this still: the order's own where it names another than the project's, else one that looks at
 * pictures where it is shown any.
 */
export function stillModel(order: KeyframeOrder, models: ModelSelection): string {
  const isOwn = order.model !== models.imageModel;
  return isOwn || picturesShown(order) === 0 ? order.model : frozenOptions(models).conditionedImageModel;
}

/**
 * The most that one call for an order costs on a day, ISO 8601; undefined for work on this machine. `again`: what is
 * known of the storyboard that is asked for again.
 * @throws VidpipeError provider.model_unavailable when the catalog has no price for it on that day
 */
export function quoteOrder(
  order: StepOrder,
  models: ModelSelection,
  catalog: GoogleCatalog,
  today: string,
  again?: { readonly truncated: boolean } | null,
): Quote | undefined {
  const { mode, imageSize, resolution } = frozenOptions(models);
  const model = (name: string, kind: ModelKind): Model => {
    const found = findModel(catalog, name);
    return found?.kind === kind ? found : requireModel(catalog, name, { kind, mode, today });
  };
  switch (order.kind) {
    case "storyboard":
      return quoteCall(catalog, model(order.model, "text"), storyboardTokens(order, again ?? undefined), today);
    case "keyframe": {
      const shown = { pictures: picturesShown(order), textTokens: mostTokens(stillText(order)) };
      const asked = { size: imageSize, quantity: 1, shown };
      return quoteMade(catalog, model(stillModel(order, models), "image"), asked, today);
    }
    case "clip": {
      // Its two stills. Only Omni charges for the request.
      const shown = { pictures: 2, textTokens: mostTokens(omniText(order)) };
      const asked = { size: resolution, quantity: order.durationSeconds, shown };
      return quoteMade(catalog, model(order.model, "video"), asked, today);
    }
    case "animatic":
    case "stitch":
      return undefined;
  }
}

/** No token is shorter than a byte. */
const mostTokens = (text: string): number => Buffer.byteLength(text);

/** What will soon be different for the models that a project froze. */
export function noticesFor(models: ModelSelection, catalog: GoogleCatalog, today: string): string[] {
  const { mode, imageSize, resolution, conditionedImageModel } = frozenOptions(models);
  const uses: Use[] = [
    { name: models.textModel, kind: "text", size: "" },
    { name: models.imageModel, kind: "image", size: imageSize },
    { name: conditionedImageModel, kind: "image", size: imageSize },
    { name: models.videoModel, kind: "video", size: resolution },
  ];
  return noticesOf(catalog, uses, mode, today);
}
