import { z } from "zod";
import { ProjectRequest } from "../../domain/project.ts";
import { BOUNDARY_FRAMES } from "../../domain/transition.ts";
import type { ProjectService } from "../../services/projects.ts";
import { defineCommand } from "../command.ts";
import { numberFlag, textFlag } from "../input/flags.ts";
import { FILM_ARGS, filmOptions, flag, ID_ARG, option } from "../input/options.ts";
import { say } from "../output/notices.ts";
import { joinWords } from "../output/seams.ts";
import { table } from "../output/tables.ts";
import { makeFilm } from "../run/run-film.ts";
import { readConfig, readTrustedConfig, withStoppableApp } from "../run/session.ts";

export const stitchCommand = defineCommand({
  name: "stitch",
  description: "Join a film's clips again with other cuts or crossfades",
  note: "Makes no new clips and costs nothing.",
  examples: ["vidpipe stitch 0199c3a1-5b7e --crossfade 0.5", "vidpipe stitch 0199c3a1-5b7e --crossfade 0 -o film.mp4"],
  args: {
    ...ID_ARG,
    crossfade: option("seconds", "Length of the crossfade between scenes; 0 is hard cuts (default: as before)"),
    "boundary-frame": option(
      BOUNDARY_FRAMES.join("|"),
      "Whether to drop the frame that both clips share at a hard cut (default: as before)",
    ),
    explain: flag("Show how the clips would be joined and why; make nothing"),
    ...FILM_ARGS,
  },
  async run({ context, args }) {
    const crossfade = numberFlag("--crossfade", args.crossfade, ProjectRequest.shape.crossfadeSeconds, "0.5");
    const boundaryFrame = textFlag(
      "--boundary-frame",
      args["boundary-frame"],
      z.enum(BOUNDARY_FRAMES),
      BOUNDARY_FRAMES[0],
    );
    const config = args.explain === true ? readConfig(context, args) : await readTrustedConfig(context, args);
    const target = async (service: ProjectService) => {
      const id = await service.resolve(args.id);
      const seconds = crossfade ?? (await service.get(id)).request.crossfadeSeconds;
      return [id, seconds, boundaryFrame] as const;
    };
    if (args.explain === true) {
      const rows = await withStoppableApp(context, config, async ({ service }, signal) =>
        service.explainStitch(...(await target(service)), signal),
      );
      context.stdout.write(table(rows, context.stdout));
      return 0;
    }
    const film = filmOptions(args);
    return makeFilm(context, config, film, async ({ service }, signal) => {
      const view = await service.restitch(...(await target(service)), signal);
      if (film.talks) say(context, `joins: ${joinWords(view)}`);
      return view;
    });
  },
});
