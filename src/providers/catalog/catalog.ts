import { checkAll, VidpipeError } from "../../domain/errors.ts";
import type { Model, ModelKind, Vendor } from "./models.ts";
import { checkPrices, type ModelOverride, overriddenModel } from "./overrides.ts";

/** A vendor's models with the configuration's changes. */
export interface Catalog<M extends Model = Model> extends Omit<Vendor<M>, "models"> {
  /** Every model that may be asked for, by id. */
  readonly byId: ReadonlyMap<string, M>;
}

/**
 * A vendor's table with the configuration's changes. `ownChanges` applies what only this vendor's models have; `id` is
 * another than the model's where a new model starts from one it is like.
 * @throws VidpipeError config.invalid
 */
export function createCatalog<M extends Model, O extends ModelOverride>(
  { models, ...vendor }: Vendor<M>,
  overrides: Readonly<Record<string, O>> = {},
  ownChanges: (base: M, given: O, id: string) => M = (base) => base,
): Catalog<M> {
  const byId = new Map(models.map((model) => [model.id, model]));
  checkAll(
    ...Object.entries(overrides).map(
      ([id, given]) =>
        () =>
          change(id, given),
    ),
  );
  return { ...vendor, byId };

  function change(id: string, given: O): void {
    const base = byId.get(id) ?? byId.get(given.like ?? "");
    if (base === undefined) {
      const known = given.like === undefined ? `add "like" with a known id` : `"${given.like}" is not a known id`;
      const like = `such as ${vendor.defaults.video}`;
      throw new VidpipeError("config.invalid", `catalog.${id} is a new model: ${known}, ${like}`);
    }
    const changed = overriddenModel(ownChanges(base, given, id), id, given);
    const known = findModel({ ...vendor, byId }, id);
    if (known !== undefined && given.price !== undefined) checkPrices(known, changed.prices);
    byId.set(id, changed);
  }
}

/** A model by its id, an alias, or a full resource name; undefined when it is not in the catalog. */
export function findModel<M extends Model>({ byId }: Catalog<M>, name: string): M | undefined {
  const id = name.trim().replace(/^.*\//, "");
  return byId.get(id) ?? [...byId.values()].find((model) => model.aliases.includes(id));
}

/** The first successor of a kind that answers in a mode on a day, or the default model of the kind. */
export function successorOf(catalog: Catalog, name: string, kind: ModelKind, mode: string, today: string): string {
  let next = findModel(catalog, name)?.successor ?? null;
  for (let hops = 0; next !== null && hops < catalog.byId.size; hops += 1) {
    const model = catalog.byId.get(next);
    if (model === undefined) break;
    if (model.kind === kind && answers(model, mode, today)) return model.id;
    next = model.successor;
  }
  return catalog.defaults[kind];
}

function answers(model: Model, mode: string, today: string): boolean {
  const availability = model.modes[mode];
  return availability !== undefined && !(availability.retiresOn !== null && availability.retiresOn <= today);
}

/** What a request needs of a model. */
export interface Wanted {
  readonly kind: ModelKind;
  /** One of the vendor's modes. */
  readonly mode: string;
  /** ISO 8601. */
  readonly today: string;
  /** The key of the configuration that names the model, if one does. */
  readonly setting?: string | undefined;
}

/**
 * The model a request may use.
 * @throws VidpipeError provider.model_unavailable naming what to use instead
 */
export function requireModel<M extends Model>(catalog: Catalog<M>, name: string, want: Wanted): M {
  const model = findModel(catalog, name);
  if (model !== undefined && model.kind === want.kind && answers(model, want.mode, want.today)) return model;
  const use = successorOf(catalog, name, want.kind, want.mode, want.today);
  throw new VidpipeError(
    "provider.model_unavailable",
    `${want.setting === undefined ? "" : `${want.setting}: `}${whyNot(catalog, model, name, want)}; nothing was bought: use ${use} instead`,
    { facts: { model: name, successor: use } },
  );
}

function whyNot(
  { modeNames, retiredFamilies }: Catalog,
  model: Model | undefined,
  name: string,
  { kind, mode }: Wanted,
): string {
  if (model === undefined) {
    const family = retiredFamilies.find(({ prefix }) => name.replace(/^.*\//, "").startsWith(prefix));
    if (family === undefined) return `${name} is not a model vidpipe knows (add it under catalog in the configuration)`;
    return `${name} is no longer offered${family.since === null ? "" : ` since ${family.since}`}`;
  }
  if (model.kind !== kind) return `${name} makes ${model.kind}, not ${kind}`;
  const retiresOn = model.modes[mode]?.retiresOn;
  const here = modeNames[mode] ?? mode;
  if (retiresOn === undefined) {
    const elsewhere = Object.keys(model.modes).map((other) => modeNames[other] ?? other);
    return `${name} is served by ${elsewhere.join(" and ")} only, and this is ${here}`;
  }
  return `${name} has not answered on ${here} since ${retiresOn}`;
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

/** `setting` is the key of the configuration that asks, if one does. @throws VidpipeError input.invalid naming what the model does */
export function checkChoice(
  model: Model,
  what: "aspect ratio" | "size",
  asked: string,
  allowed: readonly string[],
  setting?: string,
): void {
  if (allowed.includes(asked)) return;
  const from = setting === undefined ? "" : ` (${setting})`;
  const details = what === "aspect ratio" ? { field: "aspect_ratio" } : {};
  throw new VidpipeError("input.invalid", `${what} ${asked}${from}: ${model.id} makes ${spoken(allowed)}`, details);
}
