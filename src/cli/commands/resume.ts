import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import {
  COMMON_ARGS,
  FILM_ARGS,
  filmOptions,
  ID_ARG,
  maxCostArg,
  maxCostFlag,
  UNTIL_ARG,
  untilFlag,
  YES_ARG,
} from "../input/options.ts";
import { makeFilm } from "../run/run-film.ts";
import { readConfig } from "../run/session.ts";
import { agreeToSpend, consentOf } from "../run/spend-approval.ts";

export const resumeCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "resume", description: "Continue a film where it stopped" },
    args: {
      ...ID_ARG,
      ...maxCostArg("New spending cap of the film"),
      "retry-ambiguous": {
        type: "boolean",
        description: "Repeat paid calls whose response was lost; they may be billed twice",
      },
      "retry-refused": {
        type: "boolean",
        description: "Try again what the safety filter refused; it may be billed again",
      },
      "skip-blocked": { type: "boolean", description: "Leave out scenes that cannot be made" },
      ...UNTIL_ARG,
      ...FILM_ARGS,
      ...YES_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const options = {
        ...maxCostFlag(args["max-cost"]),
        retryAmbiguous: args["retry-ambiguous"] === true,
        retryRefused: args["retry-refused"] === true,
        skipBlocked: args["skip-blocked"] === true,
        ...untilFlag(args.until),
      };
      const config = readConfig(context, args);
      const film = filmOptions(args);
      const consent = consentOf(config, args.yes, film);
      return makeFilm(context, config, film, async (service, _, signal) => {
        const id = await service.resolve(args.id);
        await agreeToSpend(context, await service.estimateResume(id, options), consent);
        return service.resume(id, options, signal);
      });
    },
  });
