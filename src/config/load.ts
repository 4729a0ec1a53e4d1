/** Settings of this process. This is the only file that reads the environment. */

import { joined, VidpipeError } from "../domain/errors.ts";
import { cured } from "../domain/refusal.ts";
import type { UserRecords } from "../ports/user-records.ts";
import { describeSource, type Entry, type GivenSettings, mergeEntries, type Source, type Variables } from "./layers.ts";
import { absolutePath, DATABASE_SCHEME, databaseFile, programPath, realPath } from "./locations.ts";
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
import { readSources, type WrittenSettings } from "./sources.ts";
import {
  type FoundFolder,
  guardedKeys,
  MASK,
  type Reading,
  type TrustedKeys,
  trustedKeys,
  type Untrusted,
  untrustedIn,
} from "./trust.ts";

/** One effective setting as `vidpipe config` shows it. */
export interface Setting {
  readonly key: string;
  /** Masked when it is a secret. */
  readonly value: unknown;
  readonly source: Source["kind"];
  /** The source in one phrase, e.g. `environment VIDPIPE_SERVER__PORT`. */
  readonly origin: string;
  /** It is from a file that nobody named or trusted: it was found in the current folder. */
  readonly isFound: boolean;
  /** Whose word it is: the user's, that of a folder the user trusts, or that of a folder that was merely found. */
  readonly trust: "own" | "trusted" | "found" | "default";
  /** The source of a value that does not count because its folder is not trusted; null when there is none. */
  readonly untrusted: string | null;
}

/**
 * Effective settings: flags over environment over the named file or folder, else the current folder, over the user's own
 * file, over defaults; in each folder `.env` over config.yaml. Frozen.
 */
export interface Config extends ConfigValues {
  /** Absolute path of the config file that was read; null when there is none. */
  readonly file: string | null;
  /** Absolute path of the folder of the user's own settings and records; null when no home folder is known. */
  readonly userFolder: string | null;
  /** The current folder and what of it does not count; null when a file or folder was named. */
  readonly found: FoundFolder | null;
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
  /**
   * The config file named by `--config`; else VIDPIPE_CONFIG names it, else it is config.yaml in the folder that
   * VIDPIPE_CONFIG_DIR names, else in `cwd`.
   */
  readonly file?: string | undefined;
  /** What the user has decided, beside their own config.yaml; without it there is neither. */
  readonly records?: UserRecords | undefined;
  /** What of a found folder the user has just said to count. */
  readonly trusted?: TrustedKeys | undefined;
  /** The providers there are: they bring names and sections of their own. */
  readonly providers: readonly ConfigurableProvider[];
}

/** The environment of this process. */
export const processEnvironment = (): Variables => process.env;

const entriesOfFlags = (flags: PartialSettings, folder: string): Entry[] =>
  Object.entries(flags).map(([key, { flag: name, value }]) => ({
    key,
    value,
    source: { kind: "flag", name, holder: "", folder, isFound: false },
  }));

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

/** A path made absolute by where it was written; defaults start at the near folder. As it is if it cannot be. */
type Locate = <T extends string | null>(key: string, path: T, make?: typeof absolutePath) => T | string;

function locator(given: GivenSettings, folder: string, env: Variables, problems: Problems): Locate {
  const home = env.HOME ?? env.USERPROFILE;
  return (key, path, make = absolutePath) => {
    const start = given.get(key)?.source.folder ?? folder;
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

/** Every setting with its source and whose word it is. */
function listSettings(
  { given, values }: Reading,
  { keys, secrets }: SettingTable,
  found: FoundFolder | null,
): Setting[] {
  const shown: Readonly<Record<string, unknown>> = { ...values.core, ...Object.fromEntries(values.ofProviders) };
  const untrusted = new Map(found?.untrusted.map(({ key, origin }) => [key, origin]));
  return keys.map((key) => {
    const source: Source | undefined = given.get(key)?.source;
    const value = shown[key] ?? null;
    const isSet = Array.isArray(value) ? value.length > 0 : value !== null;
    const trust = source === undefined ? "default" : trustOf(key, source, found);
    return {
      key,
      value: secrets.has(key) && isSet ? MASK : value,
      source: source?.kind ?? "default",
      origin: source === undefined ? "default" : describeSource(source),
      isFound: trust === "found",
      trust,
      untrusted: untrusted.get(key) ?? null,
    };
  });
}

function trustOf(key: string, { isFound }: Source, found: FoundFolder | null): "own" | "trusted" | "found" {
  if (!isFound) return "own";
  return found?.trusted.includes(key) === true ? "trusted" : "found";
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

/** What counts, and what of a found folder does not. */
interface Judged extends Reading {
  readonly warnings: readonly string[];
  readonly found: FoundFolder | null;
}

function judge(written: WrittenSettings, table: SettingTable, sources: ConfigSources, problems: Problems): Judged {
  const { near } = written;
  const { flags, env, cwd, records } = sources;
  const read = (given: GivenSettings): Reading => {
    const locate = locator(given, near.folder, env, problems);
    return { given, values: withPlaces(parseSettings(given, table, problems), table, given, locate, problems) };
  };
  const merge = (withNear: boolean) =>
    mergeEntries([...entriesOfFlags(flags, cwd), ...written.entries(withNear)], table, problems);
  const { given, warnings } = merge(true);
  const all = read(given);
  if (!near.isFound) return { ...all, warnings, found: null };
  const folder = realPath(near.folder) ?? near.folder;
  if (guardedKeys(given, table).length === 0)
    return { ...all, warnings, found: { folder, trusted: [], untrusted: [] } };
  const without = read(merge(false).given);
  const words = { ...trustedKeys(records, folder), ...sources.trusted };
  const isTrusted = ({ key, hash }: Untrusted) => Object.hasOwn(words, key) && words[key] === hash;
  const guarded = untrustedIn(all, without, table, folder);
  const untrusted = guarded.filter((one) => !isTrusted(one));
  const trusted = guarded.filter(isTrusted).map(({ key }) => key);
  const counting = new Map(given);
  for (const { key } of untrusted) {
    const instead = without.given.get(key);
    if (instead === undefined) counting.delete(key);
    else counting.set(key, instead);
  }
  return { ...read(counting), warnings, found: { folder, trusted, untrusted } };
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
  const { env, cwd, file } = sources;
  const problems = createProblems();
  const table = createSettingTable(sources.providers);
  const userFolder = sources.records?.folder ?? null;
  const written = readSources({ env, cwd, file, userFolder }, table, problems);
  const judged = judge(written, table, sources, problems);
  const { given, values, found } = judged;
  const isFound = (key: string): boolean => {
    const source = given.get(key)?.source;
    return source !== undefined && trustOf(key, source, found) === "found";
  };
  const providers = sectionValues(table.providers, values.ofProviders, env, isFound);
  const dataIsFound = given.has(URL_KEY) ? isFound(URL_KEY) : written.near.isFound;
  const config = freezeDeep({
    ...shapeConfig(values.core, providers, dataIsFound),
    file: written.near.path,
    userFolder,
    found,
    warnings: [...written.warnings, ...judged.warnings, ...formerNames(values.core, given)],
    settings: listSettings(judged, table, found),
  });
  return { config, found: problems.found };
}
