/** Where settings are looked for, from the strongest source to the weakest. */
import { accessSync, constants } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { printable } from "../domain/refusal.ts";
import { type ConfigFiles, type Place, readConfigFiles } from "./files.ts";
import {
  CONFIG_DIR_VARIABLE,
  CONFIG_VARIABLE,
  type Entry,
  entriesOfSdks,
  entriesOfVariables,
  type VariableSet,
  type Variables,
} from "./layers.ts";
import { realPath } from "./locations.ts";
import type { Problems } from "./problems.ts";
import type { SettingTable } from "./setting-table.ts";
import { codeOf } from "./text-file.ts";

const CONFIG_NAME = "config.yaml";

/** Where this process and its user are. */
interface Whereabouts {
  readonly env: Variables;
  readonly cwd: string;
  /** The config file named by a flag. */
  readonly file: string | undefined;
  /** The user's own folder; null when there is none. */
  readonly userFolder: string | null;
}

/** All that was written about settings in files and in the environment. */
export interface WrittenSettings {
  /** The named file or folder, else the current folder, which was merely found. */
  readonly near: ConfigFiles;
  readonly warnings: readonly string[];
  /** What the files of the near folder say. */
  readonly nearEntries: readonly Entry[];
  /** Everything from the strongest to the weakest; with or without the near folder. */
  entries(withNear: boolean): Entry[];
}

const trimmed = (value: string | undefined): string | undefined => value?.trim() || undefined;

const inFolder = (folder: string, shown: string, isFound: boolean): Place => ({
  path: join(folder, CONFIG_NAME),
  name: printable(join(shown, CONFIG_NAME)),
  dotenvName: printable(join(shown, ".env")),
  isFound,
  mustExist: false,
});

const isSame = (one: string, other: string | null): boolean =>
  other !== null && (one === other || (realPath(one) ?? one) === (realPath(other) ?? other));

/** The file that is named, else the folder that is named, else the current folder. */
function nearPlace({ env, cwd, file, userFolder }: Whereabouts): Place {
  const named = file ?? trimmed(env[CONFIG_VARIABLE]);
  const folder = trimmed(env[CONFIG_DIR_VARIABLE]);
  if (named !== undefined)
    return {
      path: resolve(cwd, named),
      name: printable(named),
      dotenvName: ".env",
      isFound: false,
      mustExist: true,
    };
  if (folder !== undefined) return inFolder(resolve(cwd, folder), folder, false);
  return inFolder(cwd, "", !isSame(cwd, userFolder));
}

/** The user's own folder where there is one to read that was not read already; else why it cannot be read, if so. */
function ownPlace(userFolder: string | null, near: Place): { readonly place?: Place; readonly warnings: string[] } {
  if (userFolder === null) return { warnings: [] };
  if (basename(near.path) === CONFIG_NAME && isSame(dirname(near.path), userFolder)) return { warnings: [] };
  try {
    accessSync(userFolder, constants.R_OK | constants.X_OK);
    return { place: inFolder(userFolder, userFolder, false), warnings: [] };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return { warnings: [] };
    const line = `${printable(userFolder)} cannot be read (${code}), so no settings of your own count: ${CONFIG_DIR_VARIABLE} names another folder`;
    return { warnings: [line] };
  }
}

/** Reads every source but flags; what cannot be read is a problem. */
export function readSources(where: Whereabouts, table: SettingTable, problems: Problems): WrittenSettings {
  const place = nearPlace(where);
  const near = readConfigFiles(place, table, problems);
  const found = ownPlace(where.userFolder, place);
  const own = found.place && readConfigFiles(found.place, table, problems);
  const environment: VariableSet = {
    variables: where.env,
    kind: "environment",
    holder: "environment",
    folder: where.cwd,
    isFound: false,
  };
  const written = ({ dotenv, entries }: ConfigFiles) => [...entriesOfVariables(dotenv), ...entries];
  return {
    near,
    warnings: [...near.warnings, ...found.warnings, ...(own?.warnings ?? [])],
    nearEntries: [...written(near), ...entriesOfSdks(table, [near.dotenv])],
    entries: (withNear) => [
      ...entriesOfVariables(environment),
      ...(withNear ? written(near) : []),
      ...entriesOfSdks(table, withNear ? [environment, near.dotenv] : [environment]),
      ...(own === undefined ? [] : [...written(own), ...entriesOfSdks(table, [own.dotenv])]),
    ],
  };
}
