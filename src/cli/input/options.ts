import type { ParsedArgs } from "citty";
import { z } from "zod";
import type { PartialSettings } from "../../config/load.ts";
import { REVIEWS, type SlotKind } from "../../domain/direction.ts";
import { VidpipeError } from "../../domain/errors.ts";
import { MAX_SCENES } from "../../domain/project.ts";
import type { CliContext } from "../context.ts";
import { plain } from "../output/text.ts";
import { amount, didYouMean, numberFlag, textFlag } from "./flags.ts";
import { usageError } from "./usage-errors.ts";

/** Where a command can stop; `film` overrides a configured review. */
const STOPS = [...REVIEWS, "film"] as const;
const KEYFRAMES = ["start", "end"] as const;
/** A scene number as people count, from 1. */
const SceneNumber = z.int("must be a whole number").min(1).max(MAX_SCENES);

/** An option with a value; the hint says what it is, `...` at its end that it may be given several times. */
export const option = (valueHint: string, description: string) => ({ type: "string", valueHint, description }) as const;

/** An option without a value. */
export const flag = (description: string) => ({ type: "boolean", description }) as const;

/** An argument by its place; required unless the command says otherwise. */
export const argument = (description: string) => ({ type: "positional", description, required: true }) as const;

/** Options every command has. */
export const COMMON_ARGS = {
  config: option("file", "Use this config file (default: ./config.yaml)"),
  verbose: flag("Print what happens in detail on standard error (log level debug)"),
  help: { ...flag("Show this help"), alias: "h" },
} as const;

/** COMMON_ARGS that change the settings, as they were typed. */
export type CommonArgs = Pick<ParsedArgs<typeof COMMON_ARGS>, "config" | "verbose">;

export const JSON_ARG = { json: flag("Print one JSON object per line") } as const;

/** Options of the commands that make a film. */
export const FILM_ARGS = {
  output: { ...option("file", "Copy the film to this file"), alias: "o" },
  json: flag("Print events and the result as one JSON object per line"),
  quiet: { ...flag("Print only the film's path"), alias: "q" },
} as const;

/** Option of the commands that can stop before the film. */
export const UNTIL_ARG = {
  until: option(STOPS.join("|"), "Stop after this stage for your review; 'vidpipe resume ID' continues"),
} as const;

/** How far to go, as it was typed. @throws VidpipeError input.invalid */
export const untilFlag = (typed: string | undefined): { readonly until?: (typeof STOPS)[number] } => {
  const until = textFlag("--until", typed, z.enum(STOPS), STOPS[0]);
  return until === undefined ? {} : { until };
};

/** The cap, as it was typed. @throws VidpipeError input.invalid */
export const maxCostFlag = (typed: string | undefined): { readonly maxCostUsd?: number } => {
  const maxCostUsd = numberFlag("--max-cost", typed, amount, "5");
  return maxCostUsd === undefined ? {} : { maxCostUsd };
};

/** The scene, as it was typed, from 1. @throws VidpipeError input.invalid */
export const sceneFlag = (typed: string | undefined): number | undefined =>
  numberFlag("--scene", typed, SceneNumber, "1");

/** Options that name a keyframe or clip with takes to choose from. */
export const PLACE_ARGS = {
  scene: { ...option("number", "The scene, counted from 1"), required: true },
  keyframe: option(KEYFRAMES.join("|"), "Its first or last keyframe"),
  clip: flag("Its clip (the default without --keyframe)"),
} as const;

type PlaceArgs = Pick<ParsedArgs<typeof PLACE_ARGS>, keyof typeof PLACE_ARGS>;
type Place = Readonly<{ kind: SlotKind; position: number }>;

/** The place that was typed: a scene ends with the keyframe that the next one begins with. @throws VidpipeError input.invalid */
export function placeFlags(args: PlaceArgs, command: string): Place {
  const scene = numberFlag("--scene", args.scene, SceneNumber, "1");
  const keyframe = textFlag("--keyframe", args.keyframe, z.enum(KEYFRAMES), KEYFRAMES[0]);
  if (keyframe !== undefined && args.clip === true) throw usageError("give --keyframe or --clip, not both", command);
  if (keyframe === undefined) return { kind: "clip", position: scene - 1 };
  return { kind: "keyframe", position: keyframe === "start" ? scene - 1 : scene };
}

/** Option of the commands that can spend money. */
export const YES_ARG = { yes: { ...flag("Do not ask before spending"), alias: "y" } } as const;

export const ID_ARG = { id: argument("A project's id, or the start of it") } as const;

type Providers = CliContext["providers"];

const providerNames = (providers: Providers): string[] => ["auto", ...providers.map(({ name }) => name)];

/** Option that chooses the provider of a new film. */
export const providerArg = (providers: Providers) =>
  ({
    provider: option(providerNames(providers).join("|"), "The service that makes the film"),
  }) as const;

/** A setting typed as a flag, if it was. */
export const setting = (key: keyof PartialSettings, flag: string, value: string | undefined): PartialSettings =>
  value === undefined ? {} : { [key]: { flag, value } };

/** The provider, as it was typed; the settings check it. @throws VidpipeError input.invalid for a slip of the keys */
export function providerFlag(providers: Providers, typed: string | undefined): PartialSettings {
  const names = providerNames(providers);
  const meant = typed === undefined || names.includes(typed.toLowerCase()) ? "" : didYouMean(typed, names);
  if (meant !== "")
    throw new VidpipeError(
      "input.invalid",
      `--provider must be one of ${names.join(", ")}, not "${plain(typed ?? "")}"${meant}`,
    );
  return setting("provider", "--provider", typed);
}

/** How a command that makes or finishes a film reports it. */
export interface FilmOptions {
  /** Where to copy the film; undefined leaves it in the films folder only. */
  readonly output: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Neither --json nor --quiet: people read what happens on standard error. */
  readonly talks: boolean;
  /** The `--config` that was typed; the printed commands repeat it. */
  readonly configFile: string | undefined;
}

type FilmArgs = Pick<ParsedArgs<typeof FILM_ARGS>, keyof typeof FILM_ARGS> & Pick<CommonArgs, "config">;

/** FILM_ARGS as they were typed. */
export const filmOptions = ({ output, json, quiet, config }: FilmArgs): FilmOptions => ({
  output,
  json: json === true,
  quiet: quiet === true,
  talks: json !== true && quiet !== true,
  configFile: config,
});
