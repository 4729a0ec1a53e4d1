import { defineCommand } from "citty";
import { ProjectRequest } from "../../domain/project.ts";
import type { CliContext } from "../context.ts";
import { makeFilm } from "../film.ts";
import { numberFlag } from "../flags.ts";
import { COMMON_ARGS, FILM_ARGS, filmOptions, ID_ARG } from "../options.ts";
import { readConfig } from "../session.ts";

export const stitchCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "stitch", description: "Join a film's clips again, with another crossfade" },
    args: {
      ...ID_ARG,
      crossfade: { type: "string", valueHint: "seconds", description: "0 is hard cuts (default: as before)" },
      ...FILM_ARGS,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const crossfade = numberFlag("--crossfade", args.crossfade, ProjectRequest.shape.crossfadeSeconds);
      return makeFilm(context, readConfig(context, args.config), filmOptions(args), async (service) => {
        const id = await service.resolve(args.id);
        return service.restitch(id, crossfade ?? (await service.get(id)).request.crossfadeSeconds);
      });
    },
  });
