import type { Quote } from "../../domain/money.ts";
import type { ModelSelection } from "../../domain/project.ts";
import type { KeyframeOrder, StepOrder } from "../../domain/step.ts";
import type { Complaint } from "../../ports/provider.ts";
import { findModel, quoteCalls, quoteUnits, requireModel } from "../catalog/catalog.ts";
import type { Model, ModelKind } from "../catalog/models.ts";
import type { GoogleCatalog } from "./model-overrides.ts";
import { type FrozenOptions, frozenOptions } from "./select-models.ts";
import { storyboardTokens } from "./storyboard-form.ts";

/** The model that draws this still: one that looks at pictures where it is shown any. */
export const stillModel = ({ previous, references = [], model }: KeyframeOrder, options: FrozenOptions): string =>
  previous === null && references.length === 0 ? model : options.conditionedImageModel;

/**
 * The price of one call for an order, by today's catalog; undefined for work on this machine.
 * @throws VidpipeError provider.model_unavailable when the catalog no longer has a price for it
 */
export function quoteOrder(
  order: StepOrder,
  models: ModelSelection,
  catalog: GoogleCatalog,
  today: string,
  complaint: Complaint | null = null,
): Quote | undefined {
  const options = frozenOptions(models);
  const model = (name: string, kind: ModelKind): Model =>
    findModel(catalog, name) ?? requireModel(catalog, name, { kind, mode: options.mode, today });
  switch (order.kind) {
    case "storyboard": {
      const tokens = storyboardTokens(order, { truncated: complaint?.truncated === true });
      return quoteCalls(catalog, model(order.model, "text"), tokens, 1, today);
    }
    case "keyframe":
      return quoteUnits(catalog, model(stillModel(order, options), "image"), options.imageSize, 1, today);
    case "clip":
      return quoteUnits(catalog, model(order.model, "video"), options.resolution, order.durationSeconds, today);
    case "animatic":
    case "stitch":
      return undefined;
  }
}
