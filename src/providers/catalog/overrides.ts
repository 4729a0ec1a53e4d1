import { z } from "zod";
import { checkAll, joined, VidpipeError } from "../../domain/errors.ts";
import { cured, kindOf, printable, quote, valueAt } from "../../domain/refusal.ts";
import { daysAfter } from "./days.ts";
import type { Availability, Model, ModelKind, Price, RequestPrice } from "./models.ts";

const wholeSeconds = (min: number, max: number): number[] =>
  Array.from({ length: Math.max(0, max - min + 1) }, (_, step) => min + step);

const isoDate = z.iso.date("must be a date such as 2026-11-22");
/** More than any unit costs, US dollars: a slip of the pen. */
const MOST_USD = 1_000;
const range = `must be US dollars, from 0 to ${MOST_USD} a unit`;
const usd = z.number(range).min(0, range).max(MOST_USD, range);
/** One price for all sizes, or one per size. */
const usdBySize = z.union([usd, z.record(z.string(), usd)], range);
const seconds = z.int("must be whole seconds").min(1).max(60);

const PriceOverride = z
  .strictObject({
    usd_per_second: usdBySize.optional(),
    usd_per_image: usdBySize.optional(),
    input_usd_per_million_tokens: usd.optional(),
    output_usd_per_million_tokens: usd.optional(),
    as_of: isoDate.optional(),
  })
  .refine((price) => {
    const tokens = [price.input_usd_per_million_tokens, price.output_usd_per_million_tokens];
    const given = tokens.filter((value) => value !== undefined).length;
    const flat = [price.usd_per_second, price.usd_per_image].filter((value) => value !== undefined).length;
    return (given === 2 && flat === 0) || (given === 0 && flat === 1);
  }, "must be usd_per_second, usd_per_image, or both input_ and output_usd_per_million_tokens");

/** What a configuration may change of any vendor's model; a vendor extends it by what only its models have. */
export const ModelOverride = z.strictObject({
  /** A known model whose entry is the starting point for a new id. */
  like: z.string().optional(),
  modes: z.array(z.string().min(1)).min(1).optional(),
  aliases: z.array(z.string().min(1)).optional(),
  durations: z
    .union([z.array(seconds).min(1), z.strictObject({ min: seconds, max: seconds })])
    .transform((given) =>
      Array.isArray(given) ? [...given].sort((a, b) => a - b) : wholeSeconds(given.min, given.max),
    )
    .refine((list) => list.length > 0, "must be a list of seconds, or a min that is not above its max")
    .optional(),
  aspect_ratios: z.array(z.string().min(1)).min(1).optional(),
  sizes: z.array(z.string().min(1)).min(1).optional(),
  audio: z.boolean().optional(),
  last_frame: z.boolean().optional(),
  reference_images: z.int().min(0).optional(),
  seed: z.boolean().optional(),
  requests_per_minute: z.int().min(1).nullable().optional(),
  /** null: it answers after all. */
  retires_on: isoDate.nullable().optional(),
  successor: z.string().min(1).nullable().optional(),
  price: PriceOverride.optional(),
});
export type ModelOverride = z.infer<typeof ModelOverride>;

const invalid = (path: readonly PropertyKey[], problem: string): VidpipeError =>
  new VidpipeError("config.invalid", `${["catalog", ...path].map(String).join(".")}: ${problem}`);

/**
 * The `catalog` key of the configuration, checked: what differs from the built-in table, by model id. `today` is
 * ISO 8601, UTC.
 * @throws VidpipeError config.invalid naming every bad key
 */
export function parseOverrides<O extends ModelOverride>(
  given: unknown,
  schema: z.ZodType<O>,
  today: string,
): Record<string, O> {
  const read = z.record(z.string().min(1), schema).safeParse(given);
  const [first, ...others] = read.error?.issues.map((issue) => invalid(issue.path, problemOf(issue, given))) ?? [];
  if (first !== undefined) throw joined(first, ...others);
  const overrides = read.data ?? {};
  const tomorrow = daysAfter(today, 1); // where the user lives it may be that already
  checkAll(
    ...Object.entries(overrides).map(([id, { price }]) => () => {
      if (price?.as_of !== undefined && price.as_of > tomorrow)
        throw invalid([id, "price", "as_of"], `${price.as_of} has not come yet, today is ${today}; ${today} would do`);
    }),
  );
  return overrides;
}

/** A value that would do for each key of a model; a key without one does not compile. */
const EXAMPLES: Readonly<Record<keyof ModelOverride, string>> = {
  like: "the id of a known model",
  modes: '["gemini"]',
  aliases: '["my-name-for-it"]',
  durations: "{min: 3, max: 10}",
  aspect_ratios: '["16:9", "9:16"]',
  sizes: '["720p", "1080p"]',
  audio: "true",
  last_frame: "true",
  reference_images: "3",
  seed: "true",
  requests_per_minute: "10",
  retires_on: "2027-05-28",
  successor: "the id of a known model",
  price: "{usd_per_second: 0.1}",
};
const isKey = (part: unknown): part is keyof ModelOverride => Object.hasOwn(EXAMPLES, String(part));

/** What is wrong with a value, the value, and one that would do. */
function problemOf(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.code === "unrecognized_keys")
    return `${issue.keys.map(printable).join(", ")} is no key of a model; there are ${Object.keys(EXAMPLES).join(", ")}`;
  const seen = valueAt(given, issue.path);
  const isPlain = issue.code === "invalid_type" && issue.message.startsWith("Invalid input");
  const complaint = isPlain ? `must be ${kindOf(issue.expected)}` : issue.message;
  const [, key] = issue.path;
  if (!isKey(key)) return `${complaint}, not ${quote(seen)}`;
  return cured(complaint, seen, EXAMPLES[key]);
}

/**
 * A model's entry with the configuration's changes; another `id` makes a new model of it.
 * @throws VidpipeError config.invalid when a price does not fit the model
 */
export function overriddenModel<M extends Model>(base: M, id: string, given: ModelOverride): M {
  const own = {
    aliases: given.aliases,
    durationsSeconds: given.durations,
    aspectRatios: given.aspect_ratios,
    sizes: given.sizes,
    audio: given.audio,
    lastFrame: given.last_frame,
    referenceImages: given.reference_images,
    seed: given.seed,
    requestsPerMinute: given.requests_per_minute,
    successor: given.successor,
  };
  const set = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const merged: M = { ...base, ...(base.id === id ? {} : { aliases: [] }), ...set, id };
  if (given.price === undefined) return { ...merged, modes: overriddenModes(base, given) };
  return { ...merged, modes: overriddenModes(base, given), prices: [priceOf(merged, given.price)] };
}

function overriddenModes(base: Model, given: ModelOverride): Model["modes"] {
  const entry = (mode: string): Availability => ({
    retiresOn: given.retires_on === undefined ? (base.modes[mode]?.retiresOn ?? null) : given.retires_on,
  });
  return Object.fromEntries((given.modes ?? Object.keys(base.modes)).map((mode) => [mode, entry(mode)]));
}

const PRICED_PER: Readonly<Record<ModelKind, Price["per"]>> = {
  text: "million_tokens",
  image: "image",
  video: "second",
};

function priceOf(model: Model, given: z.infer<typeof PriceOverride>): Price {
  const origin = { from: "1970-01-01", source: "your configuration", asOf: given.as_of ?? null };
  const bySize = (value: number | Record<string, number>) =>
    typeof value === "number" ? Object.fromEntries(model.sizes.map((size) => [size, value])) : value;
  const flat = given.usd_per_second ?? given.usd_per_image;
  const price: Price =
    flat === undefined
      ? {
          ...origin,
          per: "million_tokens",
          inputUsd: given.input_usd_per_million_tokens ?? 0,
          outputUsd: given.output_usd_per_million_tokens ?? 0,
        }
      : { ...origin, per: given.usd_per_second === undefined ? "image" : "second", usd: bySize(flat) };
  const per = PRICED_PER[model.kind];
  if (price.per !== per) throw invalid([model.id, "price"], `this model is priced per ${per.replace("_", " ")}`);
  if (price.per === "million_tokens" || Object.values(price.usd).every((unit) => unit === 0)) return price;
  const request = requestPriceOf(model);
  return request === undefined ? price : { ...price, request };
}

/** What the latest known price says of requests: the user's price is that of what is made. */
const requestPriceOf = ({ prices }: Model): RequestPrice | undefined => {
  const latest = prices.at(-1);
  return latest === undefined || latest.per === "million_tokens" ? undefined : latest.request;
};

/** How far a price may be from every known one, as a factor: further is a slip of the pen. */
const FARTHEST = 100;

/**
 * Refuses prices of the user's own that a known model cannot have: a cap that counts nothing, or far too little, guards
 * nothing.
 * @throws VidpipeError config.invalid
 */
export function checkPrices({ id, prices }: Model, own: readonly Price[]): void {
  const given = own.flatMap((price) => Object.entries(amountsOf(price)));
  if (given.some(([, amount]) => amount === 0))
    throw invalid(
      [id, "price"],
      `${id} is not free: a model that really costs nothing gets an id of its own, with "like: ${id}" and its price`,
    );
  const known = prices.map(amountsOf);
  for (const [unit, amount] of given) {
    const amounts = known.flatMap((one) => one[unit] ?? []);
    if (amounts.length === 0) continue;
    const [least, most] = [Math.min(...amounts), Math.max(...amounts)];
    if (amount > most * FARTHEST || amount < least / FARTHEST)
      throw invalid([id, "price"], `${amount} (${unit}) is not near the known price of ${most} US dollars`);
  }
}

/** The amounts of a price by what they are for, US dollars. */
const amountsOf = (price: Price): Readonly<Record<string, number>> =>
  price.per === "million_tokens" ? { input: price.inputUsd, output: price.outputUsd } : price.usd;
