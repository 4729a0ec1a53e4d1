import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { VidpipeError } from "../domain/errors.ts";
import { printable } from "../domain/refusal.ts";
import { variableOf } from "../domain/settings.ts";
import { isMapping, readYaml } from "../formats/yaml.ts";
import { CONFIG_VARIABLE, type Entry, entriesOfFile, type Variables } from "./layers.ts";
import type { Problems } from "./problems.ts";
import type { SettingTable } from "./setting-table.ts";
import { findTextFile } from "./text-file.ts";

/** What config.yaml and the `.env` beside it say. */
export interface ConfigFiles {
  /** Absolute path of the config file; null when there is none. */
  readonly path: string | null;
  /** Folder of the config file, else the current one. Relative paths in both files start here. */
  readonly folder: string;
  readonly entries: readonly Entry[];
  readonly dotenv: Variables;
  readonly warnings: readonly string[];
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
  `${name} holds an API key and every user of this machine can read it: chmod 600 ${name}`;

function readDotenv(folder: string, table: SettingTable): { variables: Variables; warnings: string[] } {
  const file = findTextFile(join(folder, ".env"), ".env");
  if (file === undefined) return { variables: {}, warnings: [] };
  const variables = parseEnv(file.text);
  if (CONFIG_VARIABLE in variables)
    throw new VidpipeError(
      "config.invalid",
      `${CONFIG_VARIABLE} means nothing in .env, which is found beside the config file: set it in the environment`,
    );
  const secrets = keyVariables(table);
  const holdsKey = Object.keys(variables).some((name) => secrets.has(name.toUpperCase()));
  return { variables, warnings: file.isPublic && holdsKey ? [exposed(".env")] : [] };
}

/** The config file. @throws VidpipeError config.invalid when it cannot be read, or was named and is not there */
function findConfigFile(path: string, name: string, isNamed: boolean): ReturnType<typeof findTextFile> {
  const file = findTextFile(path, name);
  if (file === undefined && isNamed) throw new VidpipeError("config.invalid", `there is no config file ${name}`);
  return file;
}

/**
 * Reads the named config file, or config.yaml in `cwd` if it is there, and the `.env` beside it. What is wrong with one
 * of them is noted, and the other is read all the same.
 */
export function readConfigFiles(
  named: string | undefined,
  cwd: string,
  table: SettingTable,
  problems: Problems,
): ConfigFiles {
  const path = resolve(cwd, named ?? "config.yaml");
  const name = printable(named ?? "config.yaml");
  const file = problems.attempt(() => findConfigFile(path, name, named !== undefined), undefined);
  const folder = dirname(path);
  const mapping = file === undefined ? {} : problems.attempt(() => parseMapping(file.text, name), {});
  const entries = entriesOfFile(mapping, name, table, problems);
  const holdsKey = entries.some(({ key, value }) => table.secrets.has(key) && Boolean(value));
  const { variables, warnings } = problems.attempt(() => readDotenv(folder, table), { variables: {}, warnings: [] });
  return {
    path: file === undefined ? null : path,
    folder,
    entries,
    dotenv: variables,
    warnings: file?.isPublic === true && holdsKey ? [exposed(name), ...warnings] : warnings,
  };
}
