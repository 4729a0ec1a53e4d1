/** Settings of this process. This is the only file that reads the environment. */

import { VidpipeError } from "../domain/errors.ts";
import { quote } from "../formats/yaml.ts";
import { readConfigFiles } from "./files.ts";
import {
  CONFIG_VARIABLE,
  describeSource,
  type Entry,
  entriesOfSdk,
  entriesOfVariables,
  type Given,
  mergeEntries,
  type Source,
  type Variables,
} from "./layers.ts";
import { absolutePath, databaseFile, programPath, wellKnownCredentialsPath } from "./locations.ts";
import { isTrustedAddress, SECRET_KEYS, type SettingKey, SettingKeys, Settings, type SettingValues } from "./schema.ts";
import { type ConfigValues, type Places, shapeConfig } from "./shape.ts";

/** One effective setting as `vidpipe config` shows it. */
export interface Setting {
  readonly key: SettingKey;
  /** Masked when it is a secret. */
  readonly value: unknown;
  readonly source: Source["kind"];
  /** The source in one phrase, e.g. `environment VIDPIPE_SERVER__PORT`. */
  readonly origin: string;
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
export type PartialSettings = Readonly<Partial<Record<SettingKey, { readonly flag: string; readonly value: unknown }>>>;

export interface ConfigSources {
  readonly flags: PartialSettings;
  readonly env: Variables;
  readonly cwd: string;
  /** The config file named by `--config`; else VIDPIPE_CONFIG names it, else it is config.yaml in `cwd`. */
  readonly file?: string | undefined;
}

/** The environment of this process. */
export const processEnvironment = (): Variables => process.env;

const MASK = "********";

const entriesOfFlags = (flags: PartialSettings): Entry[] =>
  Object.entries(flags).map(([key, { flag, value }]) => ({ key, value, source: { kind: "flag", name: flag } }));

type GivenSettings = ReadonlyMap<SettingKey, Given>;

/** How an error message names a setting: by its flag, or by its key and where it came from. */
function subjectOf(key: SettingKey, given: GivenSettings): string {
  const source = given.get(key)?.source;
  if (source === undefined) return key;
  return source.kind === "flag" ? source.name : `${key} (${describeSource(source)})`;
}

function parseSettings(given: GivenSettings): SettingValues {
  const parsed = Settings.safeParse(Object.fromEntries([...given].map(([key, { value }]) => [key, value])));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = SettingKeys.parse(issue?.path[0]);
  const shown = SECRET_KEYS.has(key) ? "" : `, not ${quote(given.get(key)?.value)}`;
  throw new VidpipeError("config.invalid", `${subjectOf(key, given)} ${issue?.message}${shown}`);
}

const ADDRESS_KEYS = [
  "google_cloud.vertex_base_url",
  "google_cloud.gemini_base_url",
  "google_cloud.storage_base_url",
] as const;

/**
 * A config file that merely lies in the current folder may have come with somebody else's project: it must not send
 * this user's key to a host of its choice.
 * @throws VidpipeError config.invalid
 */
function refuseFoundAddresses(values: SettingValues, given: GivenSettings): void {
  for (const key of ADDRESS_KEYS) {
    const { kind } = given.get(key)?.source ?? { kind: "default" };
    const isFound = kind === "config.yaml" || kind === ".env";
    if (!isFound || values[key] === null || isTrustedAddress(values[key])) continue;
    throw new VidpipeError(
      "config.invalid",
      `${subjectOf(key, given)} would send your key to ${quote(new URL(values[key]).host)}: if you want that, set it in the environment or name the file with --config`,
    );
  }
}

/** Relative paths start where they were written: at the config file's folder, or at `cwd` for variables. */
function findPlaces(values: SettingValues, given: GivenSettings, folder: string, sources: ConfigSources): Places {
  const home = sources.env.HOME ?? sources.env.USERPROFILE;
  const locate = <T extends string | null>(key: SettingKey, path: T, make = absolutePath) => {
    const start = given.get(key)?.source.kind === "environment" ? sources.cwd : folder;
    return path === null ? path : make(path, start, home, subjectOf(key, given));
  };
  const urlKey = "storage.database_url";
  return {
    databasePath: locate(urlKey, databaseFile(values[urlKey], subjectOf(urlKey, given))),
    filmsPath: locate("storage.tmp_dir", values["storage.tmp_dir"]),
    libraryPath: locate("storage.library_dir", values["storage.library_dir"]),
    credentialsPath: locate("google_cloud.credentials_file", values["google_cloud.credentials_file"]),
    wellKnownCredentialsPath: wellKnownCredentialsPath(sources.env),
    ffmpegPath: locate("ffmpeg.path", values["ffmpeg.path"], programPath),
  };
}

function listSettings(values: SettingValues, places: Places, given: GivenSettings): Setting[] {
  const shown: Readonly<Record<string, unknown>> = {
    ...values,
    "storage.database_url": `sqlite:///${places.databasePath}`,
    "storage.tmp_dir": places.filmsPath,
    "storage.library_dir": places.libraryPath,
    "google_cloud.credentials_file": places.credentialsPath,
    "ffmpeg.path": places.ffmpegPath,
  };
  return SettingKeys.options.map((key) => {
    const source: Source = given.get(key)?.source ?? { kind: "default", name: "" };
    const value = shown[key] ?? null;
    const isSet = Array.isArray(value) ? value.length > 0 : value !== null;
    const masked = SECRET_KEYS.has(key) && isSet ? MASK : value;
    return { key, value: masked, source: source.kind, origin: describeSource(source) };
  });
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
  const named = sources.file ?? (env[CONFIG_VARIABLE]?.trim() || undefined);
  const files = readConfigFiles(named, cwd);
  const { given, warnings } = mergeEntries([
    ...entriesOfFlags(flags),
    ...entriesOfVariables(env, "environment"),
    ...entriesOfVariables(files.dotenv, ".env"),
    ...files.entries,
    ...entriesOfSdk(env, files.dotenv),
  ]);
  const values = parseSettings(given);
  if (named === undefined) refuseFoundAddresses(values, given);
  const places = findPlaces(values, given, files.folder, sources);
  return freezeDeep({
    ...shapeConfig(values, places),
    file: files.path,
    warnings: [...files.warnings, ...warnings],
    settings: listSettings(values, places, given),
  });
}
