import { VidpipeError } from "../../domain/errors.ts";
import { type Quote, roundUsd } from "../../domain/money.ts";
import type { Catalog } from "./catalog.ts";
import type { Model, Price, RequestPrice } from "./models.ts";

/** The price that holds on a day, ISO 8601, UTC; undefined where none is known. Never that of another day. */
export const priceOn = ({ prices }: Model, day: string): Price | undefined =>
  prices.findLast(({ from, to }) => from <= day && (to === undefined || day <= to));

const PRICE_KEYS = { text: "output_usd_per_million_tokens", image: "usd_per_image", video: "usd_per_second" } as const;

function unpriced({ defaults }: Catalog, model: Model, at: string): VidpipeError {
  return new VidpipeError(
    "provider.model_unavailable",
    `the price of ${model.id}${at} is not known, so nothing was bought: set catalog.${model.id}.price.${PRICE_KEYS[model.kind]} in the configuration or use ${defaults[model.kind]}`,
    { facts: { model: model.id } },
  );
}

/** The price of a model's units on a day. @throws VidpipeError provider.model_unavailable: unknown amounts are not spent */
function requirePrice<Per extends Price["per"]>(
  catalog: Catalog,
  model: Model,
  per: Per,
  today: string,
): Price & { per: Per } {
  const price = priceOn(model, today);
  if (isPer(price, per)) return price;
  const [first] = model.prices;
  if (first === undefined || price !== undefined) throw unpriced(catalog, model, "");
  const doubt = today < first.from ? " (is the clock of this machine right?)" : "";
  throw unpriced(catalog, model, ` on ${today}${doubt}`);
}

const isPer = <Per extends Price["per"]>(price: Price | undefined, per: Per): price is Price & { per: Per } =>
  price?.per === per;

const asOfDay = (price: Price, today: string): string => price.asOf ?? today;

/** What a request for a picture or a clip brings along. */
export interface Shown {
  /** Pictures that the model is shown. */
  readonly pictures: number;
  /** Most tokens of its words. */
  readonly textTokens: number;
}

/**
 * The most that one picture, or one clip of some seconds, can cost: what is made, what the model is shown and told, and
 * its thinking. @throws VidpipeError provider.model_unavailable when no price is known
 */
export function quoteMade(
  catalog: Catalog,
  model: Model,
  { size, quantity, shown }: { readonly size: string; readonly quantity: number; readonly shown: Shown },
  today: string,
): Quote {
  const unit = model.kind === "video" ? "second" : "image";
  const price = requirePrice(catalog, model, unit, today);
  const unitUsd = price.usd[size];
  if (unitUsd === undefined) throw unpriced(catalog, model, ` at ${size}`);
  const usd = roundUsd(unitUsd * quantity + requestUsd(price.request, shown));
  return { usd, quantity, unit, model: model.id, asOf: asOfDay(price, today) };
}

function requestUsd(price: RequestPrice | undefined, { pictures, textTokens }: Shown): number {
  if (price === undefined) return 0;
  const { inputUsd, outputUsd, pictureTokens, thinkingTokens } = price;
  return ((pictures * pictureTokens + textTokens) * inputUsd + thinkingTokens * outputUsd) / 1e6;
}

/** The most that one text call can cost. @throws VidpipeError provider.model_unavailable when no price is known */
export function quoteCall(
  catalog: Catalog,
  model: Model,
  { inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number },
  today: string,
): Quote {
  const price = requirePrice(catalog, model, "million_tokens", today);
  const isLong = price.above !== undefined && inputTokens > price.above.inputTokens;
  const { inputUsd, outputUsd } = isLong ? price.above : price;
  const usd = roundUsd((inputTokens * inputUsd + outputTokens * outputUsd) / 1e6);
  return { usd, quantity: 1, unit: "call", model: model.id, asOf: asOfDay(price, today) };
}
