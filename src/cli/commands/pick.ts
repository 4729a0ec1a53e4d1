import { z } from "zod";
import { defineCommand } from "../command.ts";
import { numberFlag } from "../input/flags.ts";
import { FILM_ARGS, filmOptions, ID_ARG, option, PLACE_ARGS, placeFlags } from "../input/options.ts";
import { makeFilm } from "../run/run-film.ts";
import { readTrustedConfig } from "../run/session.ts";

const TakeNumber = z.int("must be a whole number").min(1).max(100_000);

export const pickCommand = defineCommand({
  name: "pick",
  description: "Choose which take the film uses, and join it again",
  examples: [
    "vidpipe pick 0199c3a1-5b7e --scene 3 --take 2",
    "vidpipe pick 0199c3a1-5b7e --scene 3 --keyframe end --take 2",
  ],
  args: {
    ...ID_ARG,
    ...PLACE_ARGS,
    take: { ...option("number", "Which take; 'vidpipe takes ID' lists them"), required: true },
    ...FILM_ARGS,
  },
  async run({ context, args }) {
    const place = placeFlags(args, "pick");
    const take = numberFlag("--take", args.take, TakeNumber, "1");
    const config = await readTrustedConfig(context, args);
    return makeFilm(context, config, filmOptions(args), async ({ service, editing }) =>
      editing.pick(await service.resolve(args.id), { ...place, take }),
    );
  },
});
