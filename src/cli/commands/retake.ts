import { z } from "zod";
import { ProjectRequest } from "../../domain/project.ts";
import { defineCommand } from "../command.ts";
import { numberFlag, textFlag } from "../input/flags.ts";
import { FILM_ARGS, filmOptions, flag, ID_ARG, option, PLACE_ARGS, placeFlags, YES_ARG } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { makeFilm } from "../run/run-film.ts";
import { orderRetake, type RetakeRequest, showRetake } from "../run/run-retake.ts";
import { readTrustedConfig } from "../run/session.ts";
import { consentOf } from "../run/spend-approval.ts";

const Takes = z.int("must be a whole number").min(1);
const Text = z.string();

export const retakeCommand = defineCommand({
  name: "retake",
  description: "Make more takes of a keyframe or clip",
  note: "The film does not change until you pick a take. A retake whose answer was lost also waits for you, but does not block the film.",
  examples: [
    "vidpipe retake 0199c3a1-5b7e --scene 3 --takes 3",
    'vidpipe retake 0199c3a1-5b7e --scene 3 --keyframe end --prompt "The cat looks up." --pick',
  ],
  args: {
    ...ID_ARG,
    ...PLACE_ARGS,
    prompt: option("text", "Use this prompt instead of the storyboard's"),
    seed: option("number", "Use this seed"),
    model: option("text", "Use this model of the same provider"),
    takes: option("number", "How many takes to make (default: 1)"),
    pick: flag("Use the new take in the film as soon as it is made; only with one take"),
    ...FILM_ARGS,
    ...YES_ARG,
  },
  async run({ context, args }) {
    const prompt = textFlag("--prompt", args.prompt, Text, "a red lantern in fog");
    const seed = numberFlag("--seed", args.seed, ProjectRequest.shape.seed, "42") ?? undefined;
    const model = textFlag("--model", args.model, Text, "the id of a model");
    const takes = numberFlag("--takes", args.takes, Takes, "2") ?? 1;
    const pick = args.pick === true;
    if (pick && takes !== 1) throw usageError("--pick works with one take only: leave out --takes", "retake");
    const place = placeFlags(args, "retake");
    const wanted: RetakeRequest = {
      pick,
      retake: {
        ...place,
        takes,
        ...(prompt === undefined ? {} : { prompt }),
        ...(seed === undefined ? {} : { seed }),
        ...(model === undefined ? {} : { model }),
      },
    };
    const config = await readTrustedConfig(context, args);
    const film = filmOptions(args);
    const before = new Set<string>();
    return makeFilm(
      context,
      config,
      film,
      async ({ service, editing }) => {
        const id = await service.resolve(args.id);
        for (const { step } of await editing.takes(id)) before.add(step.id);
        return orderRetake(context, editing, id, wanted.retake, consentOf(config, args.yes, film));
      },
      (run, last) => showRetake(run, last, wanted, before, config.storage.filmsPath),
    );
  },
});
