import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { VidpipeError } from "../domain/errors.ts";
import { variableOf } from "../domain/settings.ts";
import { isMapping, readYaml } from "../formats/yaml.ts";
import { type Entry, entriesOfFile, PLACE_VARIABLES, type VariableSet } from "./layers.ts";
import type { Problems } from "./problems.ts";
import type { SettingTable } from "./setting-table.ts";
import { findTextFile } from "./text-file.ts";

/** What a folder's config file and the `.env` beside it say. */
export interface ConfigFiles {
  /** Absolute path of the config file; null when there is none. */
  readonly path: string | null;
  /** Folder of both, absolute. Relative paths in them start here. */
  readonly folder: string;
  /** Nobody named the file or the folder. */
  readonly isFound: boolean;
  readonly entries: readonly Entry[];
  readonly dotenv: VariableSet;
  readonly warnings: readonly string[];
}

/** Where to look for config files. */
export interface Place {
  /** Absolute path of the config file. */
  readonly path: string;
  /** The file as it is shown. */
  readonly name: string;
  /** The `.env` beside it as it is shown. */
  readonly dotenvName: string;
  readonly isFound: boolean;
  /** It was named: that it is not there is an error. */
  readonly mustExist: boolean;
}

type Mapping = Readonly<Record<string, unknown>>;

/** Keys of a tree without aliases. */
const keyCount = (value: unknown): number =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce<number>(
        (sum, child) => sum + keyCount(child),
        Array.isArray(value) ? 0 : Object.keys(value).length,
      );

/** Colons that may end a key: there is at least one for each key. */
const KEY_ENDS = /:(?=[\s,[\]{}]|$)|(?<=["'\]}])\s*:/gm;

/**
 * What Bun's own parser, which costs no start-up time, makes of a config file. Undefined when that may not be the whole
 * truth, so that another parser must read it: it gives no position of an error and silently keeps the last of equal keys.
 */
function quicklyParsed(text: string): Mapping | undefined {
  const lines = text.replace(/^[ \t]*#.*$/gm, "");
  // Aliases may contain themselves, and merged keys are counted twice.
  if (/[&*]/.test(lines)) return undefined;
  try {
    const root = Bun.YAML.parse(text) ?? {};
    const colons = lines.match(KEY_ENDS)?.length ?? 0;
    return isMapping(root) && keyCount(root) === colons ? root : undefined;
  } catch {
    return undefined;
  }
}

/** @throws VidpipeError config.invalid when it is not a mapping, or as readYaml */
function parseMapping(text: string, name: string): Mapping {
  const root = quicklyParsed(text) ?? readYaml(text, name, "config.invalid").value ?? {};
  if (!isMapping(root)) throw new VidpipeError("config.invalid", `${name} must be a mapping of keys to values`);
  return root;
}

/** Names of the variables that hold a provider's key. */
const keyVariables = ({ ofProviders }: SettingTable): ReadonlySet<string> =>
  new Set(
    ofProviders
      .filter(({ isSecret }) => isSecret)
      .flatMap(({ key, variables = [] }) => [variableOf(key), ...variables])
      .map((name) => name.toUpperCase()),
  );

const exposed = (name: string) =>
  `${name} holds a secret and every user of this machine can read it: chmod 600 ${name}`;

function readDotenv(
  { path, dotenvName: name, isFound }: Place,
  table: SettingTable,
): { readonly dotenv: VariableSet; readonly warnings: string[] } {
  const folder = dirname(path);
  const file = findTextFile(join(folder, ".env"), name, isFound);
  const variables = file === undefined ? {} : parseEnv(file.text);
  const stray = PLACE_VARIABLES.find((variable) => variable in variables);
  if (stray !== undefined)
    throw new VidpipeError(
      "config.invalid",
      `${stray} means nothing in ${name}, which is found beside the config file: set it in the environment`,
    );
  const secrets = keyVariables(table);
  const holdsKey = Object.keys(variables).some((variable) => secrets.has(variable.toUpperCase()));
  const dotenv: VariableSet = { variables, kind: ".env", holder: name, folder, isFound };
  return { dotenv, warnings: file?.isPublic === true && holdsKey ? [exposed(name)] : [] };
}

/** What stands in for a `.env` that cannot be read. */
const noDotenv = ({ path, dotenvName: holder, isFound }: Place): ReturnType<typeof readDotenv> => ({
  dotenv: { variables: {}, kind: ".env", holder, folder: dirname(path), isFound },
  warnings: [],
});

/** The config file. @throws VidpipeError config.invalid when it cannot be read, or was named and is not there */
function findConfigFile({ path, name, isFound, mustExist }: Place): ReturnType<typeof findTextFile> {
  const file = findTextFile(path, name, isFound);
  if (file === undefined && mustExist) throw new VidpipeError("config.invalid", `there is no config file ${name}`);
  return file;
}

/**
 * Reads a config file, which may be absent unless it was named, and the `.env` beside it. What is wrong with one of them
 * is noted, and the other is read all the same.
 */
export function readConfigFiles(place: Place, table: SettingTable, problems: Problems): ConfigFiles {
  const { path, name, isFound } = place;
  const file = problems.attempt(() => findConfigFile(place), undefined);
  const folder = dirname(path);
  const mapping = file === undefined ? {} : problems.attempt(() => parseMapping(file.text, name), {});
  const entries = entriesOfFile(mapping, { holder: name, folder, isFound }, table, problems);
  const holdsKey = entries.some(({ key, value }) => table.secrets.has(key) && Boolean(value));
  const { dotenv, warnings } = problems.attempt(() => readDotenv(place, table), noDotenv(place));
  return {
    path: file === undefined ? null : path,
    folder,
    isFound,
    entries,
    dotenv,
    warnings: file?.isPublic === true && holdsKey ? [exposed(name), ...warnings] : warnings,
  };
}
