import type { Config } from "../../config/load.ts";
import { storyboardJson } from "../../formats/print-storyboard.ts";
import { isMapping } from "../../formats/yaml.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { FILM_ARGS, filmOptions, flag, ID_ARG, option } from "../input/options.ts";
import { readStoryboardFile } from "../input/storyboard-source.ts";
import { usageError } from "../input/usage-errors.ts";
import { writeJson } from "../output/json.ts";
import {
  applyEdit,
  type EditRequest,
  editInEditor,
  forecastEdit,
  openStoryboard,
  printSeen,
} from "../run/edit-storyboard.ts";
import { makeFilm } from "../run/run-film.ts";
import { readConfig, readTrustedConfig, withApp, withStoppableApp } from "../run/session.ts";

/** The storyboard is the result. */
async function print(context: CliContext, config: Config, typed: string, json: boolean): Promise<number> {
  const seen = await withApp(context, config, (app) => openStoryboard(app, typed));
  const fields = storyboardJson(seen.storyboard);
  if (json && isMapping(fields)) writeJson(context.stdout, fields);
  else context.stdout.write(printSeen(seen));
  return 0;
}

interface ChangeArgs {
  readonly edit: boolean | undefined;
  readonly import: string | undefined;
  readonly patch: boolean | undefined;
  readonly "dry-run": boolean | undefined;
  readonly output: string | undefined;
  readonly quiet: boolean | undefined;
}

/** Where the changed storyboard comes from; undefined to print the current one. */
async function changeOf(context: CliContext, args: ChangeArgs): Promise<EditRequest["obtain"] | undefined> {
  if (args.edit === true && args.import !== undefined)
    throw usageError("give --edit or --import, not both", "storyboard");
  if (args.edit === true) return (seen) => editInEditor(context, seen);
  if (args.import !== undefined) {
    const source = await readStoryboardFile(context, args.import, "--import");
    return async () => source;
  }
  const needing = (["patch", "dry-run", "output", "quiet"] as const).find((name) => args[name]);
  if (needing !== undefined)
    throw usageError(
      `--${needing} needs --edit or --import; to save the storyboard: vidpipe storyboard ID > film.yaml`,
      "storyboard",
    );
  return undefined;
}

export const storyboardCommand = defineCommand({
  name: "storyboard",
  description: "Print or change a project's storyboard",
  note: "A change buys nothing by itself: it shows what has to be made again and the price. 'vidpipe resume ID' makes it.",
  examples: [
    "vidpipe storyboard 0199c3a1-5b7e > film.yaml",
    "vidpipe storyboard 0199c3a1-5b7e --import film.yaml --dry-run",
    "EDITOR=nano vidpipe storyboard 0199c3a1-5b7e --edit --patch",
  ],
  args: {
    ...ID_ARG,
    edit: { ...flag("Open it in your editor ($VISUAL or $EDITOR)"), alias: "e" },
    import: option("file", "Replace it with this file; - reads standard input"),
    patch: flag("Keep all other keyframes and clips, even next to a changed scene"),
    "dry-run": flag("Show what the change would make and its price; change nothing"),
    ...FILM_ARGS,
  },
  async run({ context, args }) {
    const isChange = (args.edit === true || args.import !== undefined) && args["dry-run"] !== true;
    const config = isChange ? await readTrustedConfig(context, args) : readConfig(context, args);
    const film = filmOptions(args);
    const change = await changeOf(context, args);
    if (change === undefined) return print(context, config, args.id, film.json);
    const request = { options: film, patch: args.patch === true, obtain: change };
    if (args["dry-run"] === true)
      return withStoppableApp(context, config, (app, signal) => forecastEdit(context, app, args.id, request, signal));
    return makeFilm(context, config, film, (app, signal) => applyEdit(context, app, args.id, request, signal));
  },
});
