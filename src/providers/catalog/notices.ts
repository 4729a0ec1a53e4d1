import { usdText } from "../../domain/money.ts";
import { type Catalog, findModel, successorOf } from "./catalog.ts";
import { daysAfter } from "./days.ts";
import type { Model, ModelKind, Price } from "./models.ts";
import { priceOn } from "./prices.ts";

/** How long beforehand a change is told, days. */
const AHEAD_DAYS = 30;

/** One model that a film uses. */
export interface Use {
  readonly name: string;
  readonly kind: ModelKind;
  /** Its size by the vendor's name; empty for text. */
  readonly size: string;
}

/**
 * What will soon be different for the models of a film: one that retires, a price that changes or of which no more is
 * known, within 30 days; or one that has retired. Plain sentences, each once. `today` is ISO 8601, UTC. Pure.
 */
export function noticesOf(catalog: Catalog, uses: readonly Use[], mode: string, today: string): string[] {
  const said = uses.flatMap(({ name, kind, size }) => {
    const model = findModel(catalog, name);
    if (model === undefined) return [];
    return [...retirement(catalog, model, kind, mode, today), ...priceChanges(model, size, today)];
  });
  return [...new Set(said)];
}

function retirement(catalog: Catalog, model: Model, kind: ModelKind, mode: string, today: string): string[] {
  const retiresOn = model.modes[mode]?.retiresOn ?? null;
  if (retiresOn === null || retiresOn > daysAfter(today, AHEAD_DAYS)) return [];
  const here = catalog.modeNames[mode] ?? mode;
  const isOver = retiresOn <= today;
  const next = successorOf(catalog, model.id, kind, mode, isOver ? today : retiresOn);
  const instead = next === model.id ? "" : `: use ${next} for new films`;
  return [
    isOver
      ? `${model.id} has not answered on ${here} since ${retiresOn}${instead}`
      : `${model.id} no longer answers on ${here} from ${retiresOn} on${instead}`,
  ];
}

function priceChanges(model: Model, size: string, today: string): string[] {
  const at = (day: string) => wordsOf(priceOn(model, day), size);
  const last = daysAfter(today, AHEAD_DAYS);
  const bounds = model.prices.flatMap(({ from, to }) => [from, ...(to === undefined ? [] : [daysAfter(to, 1)])]);
  const days = [...new Set(bounds)].filter((day) => day > today && day <= last);
  return days.flatMap((day) => {
    const [before, words] = [at(daysAfter(day, -1)), at(day)];
    if (before === words) return [];
    if (words === undefined)
      return [`the price of ${model.id} is not known from ${day} on: nothing is bought with it then`];
    return [`${model.id} costs ${words} from ${day} on${before === undefined ? "" : `, until then ${before}`}`];
  });
}

/** A price in words; undefined where there is none for the size. */
function wordsOf(price: Price | undefined, size: string): string | undefined {
  if (price === undefined) return undefined;
  if (price.per === "million_tokens")
    return `${usdText(price.inputUsd)} in and ${usdText(price.outputUsd)} out per million tokens`;
  const unit = price.usd[size];
  return unit === undefined ? undefined : `${usdText(unit)} ${price.per === "second" ? "a second" : "a picture"}`;
}
