import type { PartialSettings } from "../config.ts";
import type { FilmOptions } from "./film.ts";

/** Options every command has. */
export const COMMON_ARGS = {
  config: { type: "string", valueHint: "file", description: "Use this config file (default: ./config.yaml)" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
} as const;

export const JSON_ARG = {
  json: { type: "boolean", description: "Print one JSON object per line" },
} as const;

/** Options of the commands that make a film. */
export const FILM_ARGS = {
  output: { type: "string", alias: "o", valueHint: "file", description: "Copy the film here" },
  json: { type: "boolean", description: "Print events and the result as one JSON object per line" },
  quiet: { type: "boolean", alias: "q", description: "Print only the film's path" },
} as const;

/** Option of the commands that can spend money. */
export const YES_ARG = {
  yes: { type: "boolean", alias: "y", description: "Do not ask before spending" },
} as const;

export const ID_ARG = {
  id: { type: "positional", required: true, description: "A project's id, or the start of one" },
} as const;

/** A setting typed as a flag, if it was. */
export const setting = (key: keyof PartialSettings, flag: string, value: string | undefined): PartialSettings =>
  value === undefined ? {} : { [key]: { flag, value } };

interface FilmArgs {
  readonly output: string | undefined;
  readonly json: boolean | undefined;
  readonly quiet: boolean | undefined;
  readonly config: string | undefined;
}

/** FILM_ARGS as they were typed. */
export const filmOptions = ({ output, json, quiet, config }: FilmArgs): FilmOptions => ({
  output,
  json: json === true,
  quiet: quiet === true,
  configFile: config,
});
