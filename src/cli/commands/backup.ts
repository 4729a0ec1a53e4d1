import { defineCommand } from "../command.ts";
import { argument, flag, JSON_ARG } from "../input/options.ts";
import { printResult } from "../output/json.ts";
import { counted, lines, plain, size } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

export const backupCommand = defineCommand({
  name: "backup",
  description: "Copy the database, even while films are being made",
  examples: ["vidpipe backup /mnt/backup/vidpipe.db", "vidpipe backup /mnt/backup/vidpipe.db --replace"],
  args: {
    file: argument("File to write the copy to"),
    replace: flag("Overwrite the file if it exists"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const config = readConfig(context, args);
    const made = await withStoppableApp(context, config, (app, signal) =>
      app.integrity.backUp(args.file, { replace: args.replace === true }, signal),
    );
    const films = config.storage.filmsPath;
    const text = lines([
      `backed up ${counted(made.projects, "project")} (${size(made.bytes)}) to ${plain(made.path)}`,
      `it does not contain keyframes, clips and films: copy the folder ${plain(films)} next, e.g. with rsync -a`,
      "to restore both: stop vidpipe, remove the database with its -wal and -shm files, copy both back, then run 'vidpipe verify'",
      "paid calls made after this are not in it: check the provider's bill before you resume from an old backup",
    ]);
    const { path, projects, bytes } = made;
    printResult(context, args.json, { path, projects, bytes, films_path: films }, text);
  },
});
