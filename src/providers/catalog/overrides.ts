import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { Availability, Model, ModelKind, Price } from "./models.ts";

const wholeSeconds = (min: number, max: number): number[] =>
  Array.from({ length: Math.max(0, max - min + 1) }, (_, step) => min + step);

const isoDate = z.iso.date("must be a date such as 2026-11-22");
const usd = z.number("must be US dollars").min(0).max(1_000);
const seconds = z.int("must be whole seconds").min(1).max(60);

const PriceOverride = z
  .strictObject({
    /** One price for all sizes, or one per size. */
    usd_per_second: z.union([usd, z.record(z.string(), usd)]).optional(),
    usd_per_image: z.union([usd, z.record(z.string(), usd)]).optional(),
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

/**
 * The `catalog` key of the configuration, checked: what differs from the built-in table, by model id.
 * @throws VidpipeError config.invalid naming the first bad key
 */
export function parseOverrides<O extends ModelOverride>(given: unknown, schema: z.ZodType<O>): Record<string, O> {
  const read = z.record(z.string().min(1), schema).safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new VidpipeError(
    "config.invalid",
    `${["catalog", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "is not valid"}`,
  );
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
  const prices = given.price === undefined ? merged.prices : [priceOf(merged, given.price)];
  return { ...merged, modes: overriddenModes(base, given), prices };
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
  if (price.per === per) return price;
  throw new VidpipeError(
    "config.invalid",
    `catalog.${model.id}.price: this model is priced per ${per.replace("_", " ")}`,
  );
}
