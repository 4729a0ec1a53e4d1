/** Settings of this process. This is the only file that reads the environment. */

import { VidpipeError } from "../domain/errors.ts";
import { isTrustedAddress } from "../domain/settings.ts";
import { quote } from "../formats/problems.ts";
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
import type { CoreKey, SettingValues } from "./schema.ts";
import {
  type ConfigurableProvider,
  createSettingTable,
  formerNameNote,
  type SettingTable,
  sectionValues,
  type Values,
} from "./setting-table.ts";
import { type ConfigValues, shapeConfig } from "./shape.ts";
import { CONFIG_DIR_VARIABLE, userFolderOf } from "./user-folder.ts";

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
  readonly storage: ConfigValues["storage"] & {
    /** The database is where nobody but the current folder says: at the default place in it, or named by a file found there. */
    readonly isFound: boolean;
  };
  /** Folder of the user's own settings and records, also before it exists; null when no home folder is known. */
  readonly userFolder: string | null;
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

function parseSettings(given: GivenSettings, table: SettingTable): Values {
  const parsed = table.parse(new Map([...given].map(([key, { value }]) => [key, value])));
  if ("core" in parsed) return parsed;
  const { key, message } = parsed;
  const shown = table.secrets.has(key) ? "" : `, not ${quote(given.get(key)?.value)}`;
  throw new VidpipeError("config.invalid", `${subjectOf(key, given)} ${message}${shown}`);
}

/**
 * A config file that was found in the current folder may belong to another project: it must not send this user's key
 * to a host of its choice.
 * @throws VidpipeError config.invalid
 */
function refuseFoundAddresses({ ofProviders }: Values, given: GivenSettings, table: SettingTable): void {
  for (const { key, trustedDomains } of table.ofProviders) {
    const value = ofProviders.get(key);
    const { kind } = given.get(key)?.source ?? { kind: "default" };
    const isFound = kind === "config.yaml" || kind === ".env";
    if (trustedDomains === undefined || !isFound || typeof value !== "string") continue;
    if (isTrustedAddress(value, trustedDomains)) continue;
    throw new VidpipeError(
      "config.invalid",
      `${subjectOf(key, given)} would send your key to ${quote(new URL(value).host)}: if you want that, set it in the environment or name the file with --config`,
    );
  }
}

/** A path made absolute by where it was written: the config file's folder, or `cwd` for variables. */
type Locate = <T extends string | null>(key: string, path: T, make?: typeof absolutePath) => T | string;

function locator(given: GivenSettings, folder: string, { cwd, env }: ConfigSources): Locate {
  const home = env.HOME ?? env.USERPROFILE;
  return (key, path, make = absolutePath) => {
    const start = given.get(key)?.source.kind === "environment" ? cwd : folder;
    return path === null ? path : make(path, start, home, subjectOf(key, given));
  };
}

const URL_KEY = "storage.database_url";

/** The values with all paths made absolute; the database's URL is normalized. */
function withPlaces({ core, ofProviders }: Values, table: SettingTable, given: GivenSettings, locate: Locate): Values {
  const database = locate(URL_KEY, databaseFile(core[URL_KEY], subjectOf(URL_KEY, given)));
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

/**
 * The effective settings. Reads config.yaml and `.env`, writes nothing.
 * @throws VidpipeError config.invalid in one line that names the key, where it came from and what was expected
 */
export function loadConfig(sources: ConfigSources): Config {
  const { flags, env, cwd } = sources;
  const table = createSettingTable(sources.providers);
  const named = sources.file ?? (env[CONFIG_VARIABLE]?.trim() || undefined);
  const files = readConfigFiles(named, cwd, table);
  const { given, warnings } = mergeEntries(
    [
      ...entriesOfFlags(flags),
      ...entriesOfVariables(env, "environment"),
      ...entriesOfVariables(files.dotenv, ".env"),
      ...files.entries,
      ...entriesOfSdks(table, env, files.dotenv),
    ],
    table,
  );
  const parsed = parseSettings(given, table);
  if (named === undefined) refuseFoundAddresses(parsed, given, table);
  const values = withPlaces(parsed, table, given, locator(given, files.folder, sources));
  const shaped = shapeConfig(values.core, sectionValues(table.providers, values.ofProviders, env));
  const isNamed = named !== undefined || Boolean(env[CONFIG_DIR_VARIABLE]?.trim());
  const { kind } = given.get(URL_KEY)?.source ?? { kind: "default" };
  return freezeDeep({
    ...shaped,
    storage: { ...shaped.storage, isFound: !isNamed && (kind === "default" || IN_FILES.includes(kind)) },
    userFolder: userFolderOf(env, process.platform),
    file: files.path,
    warnings: [...files.warnings, ...warnings, ...formerNames(values.core, given)],
    settings: listSettings(values, given, table, named !== undefined),
  });
}
