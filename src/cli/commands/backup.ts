import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, JSON_ARG } from "../input/options.ts";
import { writeJson } from "../output/json.ts";
import { counted, plain, size } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

export const backupCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "backup", description: "Copy the database, also while films are made" },
    args: {
      file: { type: "positional", required: true, description: "Where the copy goes" },
      replace: { type: "boolean", description: "Replace a file that is there" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const config = readConfig(context, args.config);
      const made = await withStoppableApp(context, config, (app, signal) =>
        app.integrity.backUp(args.file, { replace: args.replace === true }, signal),
      );
      const films = config.storage.filmsPath;
      if (args.json) {
        writeJson(context.stdout, { path: made.path, projects: made.projects, bytes: made.bytes, films_path: films });
        return 0;
      }
      const lines = [
        `backed up ${counted(made.projects, "project")} (${size(made.bytes)}) to ${plain(made.path)}`,
        `stills, clips and films are not in it: copy the folder ${plain(films)} after this, e.g. with rsync -a`,
        "to put both back: stop vidpipe, remove the database with its -wal and -shm, copy both to where they were, then run 'vidpipe verify'",
        "what is bought after this is not in it: look at the provider's bill before you resume from an old backup",
      ];
      context.stdout.write(`${lines.join("\n")}\n`);
      return 0;
    },
  });
