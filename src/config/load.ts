/** Settings of this process. This is the only file that reads the environment. */

import { joined, VidpipeError } from "../domain/errors.ts";
import { cured, quote } from "../domain/refusal.ts";
import { isTrustedAddress } from "../domain/settings.ts";
import { readConfigFiles } from "./files.ts";
import {
  CONFIG_VARIABLE,
  describeSource,
  type Entry,
  entriesOfSdks,
  entriesOfVariables,
  type GivenSettings,
  mergeEntries,
  type Source,
  type Variables,
} from "./layers.ts";
import { absolutePath, DATABASE_SCHEME, databaseFile, programPath } from "./locations.ts";
import { createProblems, type Problems } from "./problems.ts";
import type { CoreKey, SettingValues } from "./schema.ts";
import {
  type ConfigurableProvider,
  createSettingTable,
  formerNameNote,
  type SettingFault,
  type SettingTable,
  sectionValues,
  type Values,
} from "./setting-table.ts";
import { type ConfigValues, shapeConfig } from "./shape.ts";

/** One effective setting as `vidpipe config` shows it. */
export interface Setting {
  readonly key: string;
  /** Masked when it is a secret. */
  readonly value: unknown;
  readonly source: Source["kind"];
  /** The source in one phrase, e.g. `environment VIDPIPE_SERVER__PORT`. */
  readonly origin: string;
  /** It is from a file that nobody named: it was found in the current folder. */
  readonly isFound: boolean;
}

/** Effective settings: flags over environment over `.env` over config.yaml over defaults. Frozen. */
export interface Config extends ConfigValues {
  /** Absolute path of the config file that was read; null when there is none. */
  readonly file: string | null;
  /** Lines for the user about settings that are ignored or unsafe. */
  readonly warnings: readonly string[];
  /** Every setting with its source, in the order of the documentation. */
  readonly settings: readonly Setting[];
}

/** Settings typed on the command line: what was typed, and after which flag. */
export type PartialSettings = Readonly<Partial<Record<CoreKey, { readonly flag: string; readonly value: unknown }>>>;

export interface ConfigSources {
  readonly flags: PartialSettings;
  readonly env: Variables;
  readonly cwd: string;
  /** The config file named by `--config`; else VIDPIPE_CONFIG names it, else it is config.yaml in `cwd`. */
  readonly file?: string | undefined;
  /** The providers there are: they bring names and sections of their own. */
  readonly providers: readonly ConfigurableProvider[];
}

/** The environment of this process. */
export const processEnvironment = (): Variables => process.env;

const MASK = "********";

const entriesOfFlags = (flags: PartialSettings): Entry[] =>
  Object.entries(flags).map(([key, { flag, value }]) => ({ key, value, source: { kind: "flag", name: flag } }));

/** How an error message names a setting: by its flag, or by its key and where it came from. */
function subjectOf(key: string, given: GivenSettings): string {
  const source = given.get(key)?.source;
  if (source === undefined) return key;
  return source.kind === "flag" ? source.name : `${key} (${describeSource(source)})`;
}

/** The checked values. Those that are refused are problems, and their settings stand as if they were unset. */
function parseSettings(given: GivenSettings, table: SettingTable, problems: Problems): Values {
  const parsed = table.parse(new Map([...given].map(([key, { value }]) => [key, value])));
  if ("core" in parsed) return parsed;
  for (const fault of parsed.faults) problems.attempt(() => refuseValue(fault, given, table), undefined);
  const refused = new Set(parsed.faults.map(({ key }) => key));
  const rest = new Map([...given].filter(([key]) => !refused.has(key)));
  // A value that is no setting's would be refused for ever.
  if (rest.size === given.size) throw new VidpipeError("internal", "a refused value belongs to no setting");
  return parseSettings(rest, table, problems);
}

/** @throws VidpipeError config.invalid with the setting, the value it saw (never a secret) and one that would do */
function refuseValue({ key, message }: SettingFault, given: GivenSettings, table: SettingTable): never {
  const example = table.exampleOf(key);
  const words = table.secrets.has(key)
    ? `${message} (the value is a secret and not shown); ${example} would do`
    : cured(message, given.get(key)?.value, example);
  throw new VidpipeError("config.invalid", `${subjectOf(key, given)} ${words}`);
}

/**
 * A config file that was found in the current folder may belong to another project: it must not send this user's key
 * to a host of its choice.
 * @throws VidpipeError config.invalid
 */
function refuseFoundAddresses(
  { ofProviders }: Values,
  given: GivenSettings,
  table: SettingTable,
  problems: Problems,
): void {
  for (const { key, trustedDomains } of table.ofProviders) {
    const value = ofProviders.get(key);
    const { kind } = given.get(key)?.source ?? { kind: "default" };
    const isFound = kind === "config.yaml" || kind === ".env";
    if (trustedDomains === undefined || !isFound || typeof value !== "string") continue;
    if (isTrustedAddress(value, trustedDomains)) continue;
    const message = `${subjectOf(key, given)} would send your key to ${quote(new URL(value).host)}: if you want that, set it in the environment or name the file with --config`;
    problems.attempt(() => {
      throw new VidpipeError("config.invalid", message);
    }, undefined);
  }
}

/** A path made absolute by where it was written: the config file's folder, or `cwd` for variables; as it is if it cannot be. */
type Locate = <T extends string | null>(key: string, path: T, make?: typeof absolutePath) => T | string;

function locator(given: GivenSettings, folder: string, { cwd, env }: ConfigSources, problems: Problems): Locate {
  const home = env.HOME ?? env.USERPROFILE;
  return (key, path, make = absolutePath) => {
    const start = given.get(key)?.source.kind === "environment" ? cwd : folder;
    return path === null ? path : problems.attempt(() => make(path, start, home, subjectOf(key, given)), path);
  };
}

const URL_KEY = "storage.database_url";

/** The values with all paths made absolute; the database's URL is normalized. */
function withPlaces(
  { core, ofProviders }: Values,
  table: SettingTable,
  given: GivenSettings,
  locate: Locate,
  problems: Problems,
): Values {
  const named = problems.attempt(() => databaseFile(core[URL_KEY], subjectOf(URL_KEY, given)), "");
  const database = named === "" ? named : locate(URL_KEY, named);
  const paths = new Set(table.ofProviders.filter(({ isPath }) => isPath).map(({ key }) => key));
  return {
    core: {
      ...core,
      [URL_KEY]: `${DATABASE_SCHEME}${database}`,
      "storage.tmp_dir": locate("storage.tmp_dir", core["storage.tmp_dir"]),
      "storage.library_dir": locate("storage.library_dir", core["storage.library_dir"]),
      "ffmpeg.path": locate("ffmpeg.path", core["ffmpeg.path"], programPath),
    },
    ofProviders: new Map(
      [...ofProviders].map(([key, value]) => [
        key,
        paths.has(key) && typeof value === "string" ? locate(key, value) : value,
      ]),
    ),
  };
}

const IN_FILES: readonly Source["kind"][] = ["config.yaml", ".env"];

function listSettings(
  { core, ofProviders }: Values,
  given: GivenSettings,
  { keys, secrets }: SettingTable,
  isNamed: boolean,
): Setting[] {
  const shown: Readonly<Record<string, unknown>> = { ...core, ...Object.fromEntries(ofProviders) };
  return keys.map((key) => {
    const source: Source = given.get(key)?.source ?? { kind: "default", name: "" };
    const value = shown[key] ?? null;
    const isSet = Array.isArray(value) ? value.length > 0 : value !== null;
    const masked = secrets.has(key) && isSet ? MASK : value;
    const isFound = !isNamed && IN_FILES.includes(source.kind);
    return { key, value: masked, source: source.kind, origin: describeSource(source), isFound };
  });
}

/** The note for a user of a provider's former name. */
function formerNames({ provider }: SettingValues, given: GivenSettings): string[] {
  const typed = String(given.get("provider")?.value ?? provider).toLowerCase();
  return typed === provider ? [] : [formerNameNote(typed, provider)];
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) freezeDeep(child);
  return Object.freeze(value);
}

/** A configuration with everything that is wrong with it. */
export interface InspectedConfig {
  /** As it would be without what is wrong: those settings have their defaults. */
  readonly config: Config;
  /** One line each; none when it can be used. */
  readonly problems: readonly string[];
}

/** The effective settings. Reads config.yaml and `.env`, writes nothing. Nothing is refused: problems are listed. */
export function inspectConfig(sources: ConfigSources): InspectedConfig {
  const { config, found } = readSettings(sources);
  return { config, problems: found.flatMap(({ problems }) => problems) };
}

/**
 * The effective settings. Reads config.yaml and `.env`, writes nothing.
 * @throws VidpipeError config.invalid with everything that is wrong: each key, where it came from, what was seen and what
 * would do
 */
export function loadConfig(sources: ConfigSources): Config {
  const { config, found } = readSettings(sources);
  const [first, ...others] = found;
  if (first !== undefined) throw joined(first, ...others);
  return config;
}

function readSettings(sources: ConfigSources): { readonly config: Config; readonly found: readonly VidpipeError[] } {
  const { flags, env, cwd } = sources;
  const problems = createProblems();
  const table = createSettingTable(sources.providers);
  const named = sources.file ?? (env[CONFIG_VARIABLE]?.trim() || undefined);
  const files = readConfigFiles(named, cwd, table, problems);
  const { given, warnings } = mergeEntries(
    [
      ...entriesOfFlags(flags),
      ...entriesOfVariables(env, "environment"),
      ...entriesOfVariables(files.dotenv, ".env"),
      ...files.entries,
      ...entriesOfSdks(table, env, files.dotenv),
    ],
    table,
    problems,
  );
  const parsed = parseSettings(given, table, problems);
  if (named === undefined) refuseFoundAddresses(parsed, given, table, problems);
  const values = withPlaces(parsed, table, given, locator(given, files.folder, sources, problems), problems);
  const config = freezeDeep({
    ...shapeConfig(values.core, sectionValues(table.providers, values.ofProviders, env)),
    file: files.path,
    warnings: [...files.warnings, ...warnings, ...formerNames(values.core, given)],
    settings: listSettings(values, given, table, named !== undefined),
  });
  return { config, found: problems.found };
}
