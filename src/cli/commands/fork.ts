import { z } from "zod";
import type { Config } from "../../config/load.ts";
import { UNTIL } from "../../domain/direction.ts";
import { isSettled } from "../../domain/lifecycle.ts";
import { ProjectRequest } from "../../domain/project.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { ForkOptions } from "../../editing/fork.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { textFlag } from "../input/flags.ts";
import type { FilmOptions } from "../input/options.ts";
import { FILM_ARGS, filmOptions, ID_ARG, option, YES_ARG } from "../input/options.ts";
import { printResult, projectJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { priceWords } from "../output/plan-summary.ts";
import { makeFilm } from "../run/run-film.ts";
import { readTrustedConfig, withStoppableApp } from "../run/session.ts";
import { agreeToSpend, consentOf } from "../run/spend-approval.ts";

/** Stages that `--until` can name; "nothing" is what a fork does without it. */
const STAGES = UNTIL.filter((stage) => stage !== "nothing");

export const forkCommand = defineCommand({
  name: "fork",
  description: "Copy a project into a new one that reuses its files",
  note: "Nothing that the original has made is paid for again.",
  examples: ["vidpipe fork 0199c3a1-5b7e", "vidpipe fork 0199c3a1-5b7e --style watercolor --until keyframes"],
  args: {
    ...ID_ARG,
    style: option("text", "Another look in a few words; the scenes stay the same"),
    until: option(STAGES.join("|"), "Continue right away up to this stage (default: wait for resume)"),
    ...FILM_ARGS,
    ...YES_ARG,
  },
  async run({ context, args }) {
    const style = textFlag("--style", args.style, ProjectRequest.shape.style, "watercolor");
    const until = textFlag("--until", args.until, z.enum(STAGES), "storyboard");
    const config = await readTrustedConfig(context, args);
    const film = filmOptions(args);
    const project = await begin(context, config, film, args.id, style === undefined ? {} : { style });
    if (project.status === "complete" || (until === undefined && isSettled(project.status))) return 0;
    const consent = consentOf(config, args.yes, film);
    const options = until === undefined ? {} : { until };
    return makeFilm(context, config, film, async ({ service }, signal) => {
      const shown = await agreeToSpend(context, await service.estimateResume(project.id, options), consent);
      return service.resume(project.id, { ...options, ...shown }, signal);
    });
  },
});

/** Makes the fork. Prints its id on stdout and its price on stderr. */
async function begin(
  context: CliContext,
  config: Config,
  film: FilmOptions,
  typed: string,
  options: ForkOptions,
): Promise<ProjectView> {
  const { project, next } = await withStoppableApp(context, config, async (app, signal) => {
    const fork = await app.transfer.fork(await app.service.resolve(typed), options, signal);
    return { project: fork, next: await app.editing.forecast(fork.id) };
  });
  const { totalUsd, mostUsd } = next;
  const forked = { type: "forked", to_pay_usd: totalUsd, most_usd: mostUsd, ...projectJson(project) };
  printResult(context, film.json, forked, `${project.id}\n`);
  const price =
    mostUsd === 0 ? "nothing in it needs to be paid for" : `what is missing costs ${priceWords(totalUsd, mostUsd)}`;
  const { id, status } = project;
  const state =
    status === "review" ? `it waits for you: 'vidpipe plan ${id}' shows what it would make` : `it is ${status}`;
  if (film.talks) say(context, `forked; ${price}; ${state}`);
  return project;
}
