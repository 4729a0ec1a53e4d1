import { z } from "zod";
import { defineCommand } from "../command.ts";
import { numberFlag } from "../input/flags.ts";
import { argument, FILM_ARGS, filmOptions, ID_ARG } from "../input/options.ts";
import { makeFilm } from "../run/run-film.ts";
import { readTrustedConfig } from "../run/session.ts";

const RevisionNumber = z.int("must be a whole number").min(0).max(1_000_000);

export const revertCommand = defineCommand({
  name: "revert",
  description: "Restore an earlier revision (its files are reused)",
  examples: ["vidpipe revert 0199c3a1-5b7e 0"],
  args: {
    ...ID_ARG,
    revision: argument("Number of the revision; 'vidpipe history ID' lists them"),
    ...FILM_ARGS,
  },
  async run({ context, args }) {
    const revision = numberFlag("REVISION", args.revision, RevisionNumber, "0");
    const config = await readTrustedConfig(context, args);
    return makeFilm(context, config, filmOptions(args), async ({ service, editing }) =>
      editing.revert(await service.resolve(args.id), revision),
    );
  },
});
