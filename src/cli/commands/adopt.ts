import { existsSync } from "node:fs";
import { asVidpipeError } from "../../domain/errors.ts";
import { PROJECT_STATUSES, type ProjectStatus } from "../../domain/lifecycle.ts";
import { defineCommand } from "../command.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { JSON_ARG } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { printResult } from "../output/json.ts";
import { cut, exactDollars, lines, plain } from "../output/text.ts";
import { readConfig, withApp } from "../run/session.ts";

/** Statuses of films for which nothing more is bought. */
const ENDED: readonly ProjectStatus[] = ["complete", "failed", "cancelled"];
const UNFINISHED = PROJECT_STATUSES.filter((status) => !ENDED.includes(status));

interface Unfinished {
  readonly id: string;
  readonly status: ProjectStatus;
  readonly prompt: string;
  /** The most that going on may cost, US dollars; null where that is not known today. */
  readonly mostUsd: number | null;
}

/** The films that would go on, newest first, with what each may cost. */
async function unfinishedFilms({ service, editing }: OpenApp): Promise<readonly Unfinished[]> {
  const films: Unfinished[] = [];
  for (const { id, status, prompt } of await service.list({ statuses: UNFINISHED })) {
    const mostUsd = await editing.forecast(id).then(
      (forecast) => forecast.mostUsd,
      (thrown: unknown) => {
        if (asVidpipeError(thrown).code === "internal") throw thrown;
        return null;
      },
    );
    films.push({ id, status, prompt, mostUsd });
  }
  return films;
}

function showFilm(context: CliContext, json: boolean | undefined, { id, status, prompt, mostUsd }: Unfinished): void {
  const price = mostUsd === null ? "price not known today" : `at most ${exactDollars(mostUsd)}`;
  const line = `unfinished: ${id} (${status}), ${price}: ${cut(plain(prompt), 60)}`;
  printResult(context, json, { type: "unfinished", project_id: id, status, most_usd: mostUsd }, lines([line]));
}

export const adoptCommand = defineCommand({
  name: "adopt",
  description: "Say that the data in this folder are yours",
  note: "A data folder that was merely found in the current folder is shown, and nothing is bought for its films until you say that it is yours. It lists the unfinished films and what they may cost, and starts nothing. A folder that you made with this version, and one that the environment or --config names, needs no word.",
  examples: ["vidpipe adopt"],
  args: { ...JSON_ARG },
  async run({ context, args }) {
    const config = readConfig(context, args);
    const { databasePath } = config.storage;
    // Opening it would make one: an empty database in the wrong folder is nobody's film.
    if (!existsSync(databasePath))
      throw usageError(
        `there is no ${plain(databasePath)}: nothing was made; run 'vidpipe adopt' in the folder where the data are`,
        "adopt",
      );
    await withApp(context, config, async (app) => {
      for (const film of await unfinishedFilms(app)) showFilm(context, args.json, film);
      app.adoption.adopt();
    });
    const text = lines([
      `${plain(databasePath)} is known as yours now; nothing was started`,
      "'vidpipe resume ID' goes on with a film, and 'vidpipe serve' with those that were not waiting for you",
    ]);
    printResult(context, args.json, { type: "adopted", database: databasePath }, text);
  },
});
