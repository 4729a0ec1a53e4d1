import { VidpipeError } from "../../domain/errors.ts";
import { type Quote, roundUsd } from "../../domain/money.ts";
import {
  BACKENDS,
  DEFAULT_MODELS,
  MODELS,
  type Mode,
  type Model,
  type ModelKind,
  type Price,
  RETIRED_FAMILIES,
} from "./models.ts";
import { type CatalogOverrides, overriddenModel } from "./overrides.ts";

/** Every model that may be asked for, by id. */
export type Catalog = ReadonlyMap<string, Model>;

/** The built-in table with the configuration's changes. @throws VidpipeError config.invalid */
export function createCatalog(overrides: CatalogOverrides = {}): Catalog {
  const catalog = new Map(MODELS.map((model) => [model.id, model]));
  for (const [id, override] of Object.entries(overrides)) catalog.set(id, overriddenModel(catalog, id, override));
  return catalog;
}

/** A model by its id, an alias, or a full resource name; undefined when it is not in the catalog. */
export function findModel(catalog: Catalog, name: string): Model | undefined {
  const id = name.trim().replace(/^.*\//, "");
  return catalog.get(id) ?? [...catalog.values()].find((model) => model.aliases.includes(id));
}

const MODE_NAMES: Readonly<Record<Mode, string>> = { vertex: "Vertex AI", gemini: "the Gemini API" };
const otherMode = (mode: Mode): Mode => (mode === "vertex" ? "gemini" : "vertex");

/** The first successor of a kind that answers in a mode on a day, or the default model of the kind. */
export function successorOf(catalog: Catalog, name: string, kind: ModelKind, mode: Mode, today: string): string {
  let next = findModel(catalog, name)?.successor ?? null;
  for (let hops = 0; next !== null && hops < catalog.size; hops += 1) {
    const model = catalog.get(next);
    if (model === undefined) break;
    if (BACKENDS[model.backend] === kind && answers(model, mode, today)) return model.id;
    next = model.successor;
  }
  return DEFAULT_MODELS[kind];
}

function answers(model: Model, mode: Mode, today: string): boolean {
  const availability = model.modes[mode];
  return availability !== undefined && !(availability.retiresOn !== null && availability.retiresOn <= today);
}

/**
 * The model a request may use.
 * @throws VidpipeError provider.model_unavailable naming what to use instead
 */
export function requireModel(
  catalog: Catalog,
  name: string,
  want: { readonly kind: ModelKind; readonly mode: Mode; readonly today: string },
): Model {
  const model = findModel(catalog, name);
  if (model !== undefined && BACKENDS[model.backend] === want.kind && answers(model, want.mode, want.today))
    return model;
  const use = successorOf(catalog, name, want.kind, want.mode, want.today);
  throw new VidpipeError(
    "provider.model_unavailable",
    `${whyNot(model, name, want)}; nothing was bought: use ${use} instead`,
    { facts: { model: name, successor: use } },
  );
}

function whyNot(
  model: Model | undefined,
  name: string,
  want: { readonly kind: ModelKind; readonly mode: Mode; readonly today: string },
): string {
  if (model === undefined) {
    const family = RETIRED_FAMILIES.find(({ prefix }) => name.replace(/^.*\//, "").startsWith(prefix));
    if (family === undefined) return `${name} is not a model vidpipe knows (add it under catalog in the configuration)`;
    return `${name} is no longer offered${family.since === null ? "" : ` since ${family.since}`}`;
  }
  const kind = BACKENDS[model.backend];
  if (kind !== want.kind) return `${name} makes ${kind}, not ${want.kind}`;
  const retiresOn = model.modes[want.mode]?.retiresOn;
  if (retiresOn === undefined)
    return `${name} is served by ${MODE_NAMES[otherMode(want.mode)]} only, and this is ${MODE_NAMES[want.mode]}`;
  return `${name} has not answered on ${MODE_NAMES[want.mode]} since ${retiresOn}`;
}

/** "3 to 10" for a run of whole numbers, "4, 6 or 8" for a list. */
function spoken(values: readonly (number | string)[]): string {
  const [first, ...rest] = values;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return String(first ?? "nothing");
  const isRun = rest.length > 2 && values.every((value, step) => value === Number(first) + step);
  if (isRun) return `${first} to ${last}`;
  return `${values.slice(0, -1).join(", ")} or ${last}`;
}

/** @throws VidpipeError input.invalid naming the lengths the model makes and the nearest */
export function checkDuration(model: Model, durationSeconds: number): void {
  const allowed = model.durationsSeconds;
  if (allowed.includes(durationSeconds)) return;
  const gap = Math.min(...allowed.map((value) => Math.abs(value - durationSeconds)));
  const nearest = allowed.filter((value) => Math.abs(value - durationSeconds) === gap);
  throw new VidpipeError(
    "input.invalid",
    `clip duration ${durationSeconds}: ${model.id} makes clips of ${spoken(allowed)} seconds; the nearest is ${spoken(nearest)}`,
    { field: "clip_duration" },
  );
}

/** @throws VidpipeError input.invalid naming what the model does */
export function checkChoice(
  model: Model,
  what: "aspect ratio" | "size",
  asked: string,
  allowed: readonly string[],
): void {
  if (allowed.includes(asked)) return;
  const details = what === "aspect ratio" ? { field: "aspect_ratio" } : {};
  throw new VidpipeError("input.invalid", `${what} ${asked}: ${model.id} makes ${spoken(allowed)}`, details);
}

const current = (model: Model, today: string): Price | undefined =>
  model.prices.findLast(({ from }) => from <= today) ?? model.prices[0];

function unpriced(model: Model, at: string): VidpipeError {
  const kind = BACKENDS[model.backend];
  const key = { text: "output_usd_per_million_tokens", image: "usd_per_image", video: "usd_per_second" }[kind];
  return new VidpipeError(
    "provider.model_unavailable",
    `the price of ${model.id}${at} is not known, so nothing was bought: set catalog.${model.id}.price.${key} in the configuration or use ${DEFAULT_MODELS[kind]}`,
    { facts: { model: model.id } },
  );
}

/**
 * Price of some seconds or images of one size.
 * @throws VidpipeError provider.model_unavailable when nobody knows it: vidpipe does not spend unknown amounts
 */
export function quoteUnits(model: Model, size: string, quantity: number, today: string): Quote {
  const price = current(model, today);
  if (price === undefined || price.per === "million_tokens") throw unpriced(model, "");
  const usd = price.usd[size];
  if (usd === undefined) throw unpriced(model, ` at ${size}`);
  return { usd: roundUsd(usd * quantity), quantity, unit: price.per, model: model.id, asOf: price.asOf ?? today };
}

/** The most that some text calls can cost. @throws VidpipeError provider.model_unavailable when nobody knows it */
export function quoteCalls(
  model: Model,
  each: { readonly inputTokens: number; readonly outputTokens: number },
  calls: number,
  today: string,
): Quote {
  const price = current(model, today);
  if (price === undefined || price.per !== "million_tokens") throw unpriced(model, "");
  const usd = (each.inputTokens * price.inputUsd + each.outputTokens * price.outputUsd) / 1e6;
  return { usd: roundUsd(usd * calls), quantity: calls, unit: "call", model: model.id, asOf: price.asOf ?? today };
}
