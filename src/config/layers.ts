import { VidpipeError } from "../domain/errors.ts";
import { printable } from "../domain/refusal.ts";
import { VARIABLE_PREFIX } from "../domain/settings.ts";
import { nearest } from "../formats/nearest.ts";
import type { Problems } from "./problems.ts";
import { RETIRED_KEYS } from "./schema.ts";
import type { SettingTable } from "./setting-table.ts";

/** Where a value came from. */
export interface Source {
  readonly kind: "flag" | "environment" | ".env" | "config.yaml" | "default";
  /** The flag, the variable, or the file as it was named; empty for a default. */
  readonly name: string;
  /** What holds it, as it is shown: `environment`, `.env`, `config.yaml`; empty for flags and defaults. */
  readonly holder: string;
  /** Where relative paths in it start. */
  readonly folder: string;
  /** It is in a file that nobody named: it merely lies in the current folder. */
  readonly isFound: boolean;
}

/** What all values of a file or of the environment have in common. */
export type Holder = Pick<Source, "holder" | "folder" | "isFound">;

/** A value that was set. */
interface Given {
  readonly value: unknown;
  readonly source: Source;
}

/** A value with the name it was given under, which may be wrong. */
export interface Entry extends Given {
  readonly key: string;
}

/** A source in one phrase: `--port`, `environment VIDPIPE_SERVER__PORT`, `.env VIDPIPE_...`, `config.yaml`, `default`. */
export function describeSource({ kind, name, holder }: Source): string {
  if (kind === "default") return kind;
  return printable(kind === "flag" || kind === "config.yaml" ? name : `${holder} ${name}`);
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** Names the config file; not a setting. */
export const CONFIG_VARIABLE = "VIDPIPE_CONFIG";
/** Names the folder of the user's own settings and records, in place of the current folder's; not a setting. */
export const CONFIG_DIR_VARIABLE = "VIDPIPE_CONFIG_DIR";
/** Variables of vidpipe's that are no settings: they say where settings are. */
export const PLACE_VARIABLES: readonly string[] = [CONFIG_VARIABLE, CONFIG_DIR_VARIABLE];
/** What Kubernetes sets in every container beside a service that is called vidpipe. */
const INJECTED = /^VIDPIPE_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)$/;

/** Variables with where they are: the environment, or a `.env`. */
export interface VariableSet extends Holder {
  readonly variables: Variables;
  readonly kind: "environment" | ".env";
}

const sourceOf = ({ variables: _, ...holder }: VariableSet, name: string): Source => ({ ...holder, name });

/** Settings from variables: `VIDPIPE_PIPELINE__MAX_SCENES` is `pipeline.max_scenes`. */
export function entriesOfVariables(set: VariableSet): Entry[] {
  return Object.entries(set.variables)
    .filter(
      ([name]) =>
        name.toUpperCase().startsWith(VARIABLE_PREFIX) && !PLACE_VARIABLES.includes(name) && !INJECTED.test(name),
    )
    .map(([name, value]) => ({
      key: name.slice(VARIABLE_PREFIX.length).toLowerCase().replaceAll("__", "."),
      value,
      source: sourceOf(set, name),
    }));
}

/** Settings from the variables of providers' own SDKs; by name first, then the stronger set before the weaker. */
export function entriesOfSdks({ ofProviders }: SettingTable, sets: readonly VariableSet[]): Entry[] {
  return ofProviders.flatMap(({ key, variables = [] }) =>
    variables.flatMap((name) => sets.map((set) => ({ key, value: set.variables[name], source: sourceOf(set, name) }))),
  );
}

/** Settings from a config file's mapping; sections are opened, everything else is taken as one value. */
export function entriesOfFile(
  mapping: Readonly<Record<string, unknown>>,
  holder: Holder,
  { keys, sections }: SettingTable,
  problems: Problems,
): Entry[] {
  const name = holder.holder;
  const source: Source = { ...holder, kind: "config.yaml", name };
  return Object.entries(mapping).flatMap(([key, value]) => {
    if (keys.includes(key) && key.includes(".")) return problems.attempt(() => refuseDotted(key, name), []);
    if (!sections.has(key) || typeof value !== "object" || Array.isArray(value)) return [{ key, value, source }];
    return Object.entries(value ?? {}).map(([inner, child]) => ({ key: `${key}.${inner}`, value: child, source }));
  });
}

/** @throws VidpipeError config.invalid: a key has its section's name in front */
function refuseDotted(key: string, name: string): never {
  const [section, inner] = key.split(".");
  throw new VidpipeError(
    "config.invalid",
    `${key} (${name}) must be written as a key inside its section: ${section}: {${inner}: ...}`,
  );
}

const isUnset = (value: unknown) =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

function giveOnce(given: Map<string, Given>, key: string, { value, source }: Given): void {
  if (isUnset(value) || given.has(key)) return;
  given.set(key, { value: typeof value === "string" ? value.trim() : value, source });
}

/** The warning for a key that is known but retired. @throws VidpipeError config.invalid for any other */
function retiredLine(entry: Entry, table: SettingTable): string {
  const { key, source } = entry;
  const retired = RETIRED_KEYS.find((name) => (name.endsWith(".") ? `${key}.`.startsWith(name) : key === name));
  if (retired === undefined) throw unknownKey(entry, table);
  const what = retired.endsWith(".") ? `${retired}*` : retired;
  return `${what} (${describeSource(source)}) means nothing in this version and is ignored`;
}

function unknownKey({ key, source }: Entry, { keys, sections }: SettingTable): VidpipeError {
  const origin = describeSource(source);
  if (sections.has(key))
    return new VidpipeError(
      "config.invalid",
      `${key} (${origin}) must be a section with keys of its own, such as ${keys.find((known) => known.startsWith(`${key}.`))}, not a value`,
    );
  const meant = nearest(key, keys);
  const elsewhere =
    source.kind === "config.yaml" ? "; if this file is another program's, name yours with --config" : "";
  const hint =
    meant === undefined ? `no setting has this name, see 'vidpipe config'${elsewhere}` : `did you mean ${meant}?`;
  return new VidpipeError("config.invalid", `unknown key ${printable(key)} (${origin}): ${hint}`);
}

/** What was set, by the name of the setting. */
export type GivenSettings = ReadonlyMap<string, Given>;

interface Merged {
  readonly given: GivenSettings;
  /** One line per key that version 1 knew and that means nothing here. */
  readonly warnings: readonly string[];
}

/** The strongest value of each key; the first entry that is not blank wins. Unknown keys of any source are problems. */
export function mergeEntries(entries: readonly Entry[], table: SettingTable, problems: Problems): Merged {
  const given = new Map<string, Given>();
  const warnings = new Set<string>();
  for (const entry of entries.filter(({ key, value }) => !(table.sections.has(key) && isUnset(value)))) {
    if (table.keys.includes(entry.key)) giveOnce(given, entry.key, entry);
    else warnings.add(problems.attempt(() => retiredLine(entry, table), ""));
  }
  return { given, warnings: [...warnings].filter(Boolean) };
}
