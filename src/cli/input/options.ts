import { z } from "zod";
import type { PartialSettings } from "../../config/load.ts";
import { REVIEWS, type SlotKind } from "../../domain/direction.ts";
import { MAX_SCENES } from "../../domain/project.ts";
import type { FilmOptions } from "../run/run-film.ts";
import { numberFlag, textFlag } from "./flags.ts";
import { usageError } from "./usage-errors.ts";

/** Where a command can stop; `film` overrides a configured review. */
const STOPS = [...REVIEWS, "film"] as const;
/** A scene as people count. */
export const SceneNumber = z.int("must be a whole number").min(1).max(MAX_SCENES);

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

/** Option of the commands that can stop before the film. */
export const UNTIL_ARG = {
  until: {
    type: "string",
    valueHint: "storyboard|keyframes|clips",
    description: "Stop there for review; 'vidpipe resume ID' goes on",
  },
} as const;

/** How far to go, as it was typed. @throws VidpipeError input.invalid */
export const untilFlag = (typed: string | undefined): { readonly until?: (typeof STOPS)[number] } => {
  const until = textFlag("--until", typed, z.enum(STOPS));
  return until === undefined ? {} : { until };
};

/** Options that name a place of the film with takes to choose from. */
export const PLACE_ARGS = {
  scene: { type: "string", valueHint: "number", description: "Which scene, from 1 (needed)" },
  keyframe: { type: "string", valueHint: "start|end", description: "Its first or last still" },
  clip: { type: "boolean", description: "Its clip, which is what is meant without --keyframe" },
} as const;

interface PlaceArgs {
  readonly scene: string | undefined;
  readonly keyframe: string | undefined;
  readonly clip: boolean | undefined;
}

interface Place {
  readonly kind: SlotKind;
  readonly position: number;
}

/** The place that was typed: a scene ends with the still that the next begins with. @throws VidpipeError input.invalid */
export function placeFlags(args: PlaceArgs, command: string): Place {
  const scene = numberFlag("--scene", args.scene, SceneNumber);
  const keyframe = textFlag("--keyframe", args.keyframe, z.enum(["start", "end"]));
  if (scene === undefined) throw usageError(`${command} needs --scene NUMBER`, command);
  if (keyframe !== undefined && args.clip === true) throw usageError("give --keyframe or --clip, not both", command);
  if (keyframe === undefined) return { kind: "clip", position: scene - 1 };
  return { kind: "keyframe", position: keyframe === "start" ? scene - 1 : scene };
}

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
