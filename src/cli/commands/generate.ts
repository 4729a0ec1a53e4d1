import { defineCommand } from "citty";
import type { Config } from "../../config.ts";
import { ProjectRequest } from "../../domain/project.ts";
import type { RequestInput } from "../../domain/request.ts";
import type { CreateOptions } from "../../service.ts";
import type { CliContext } from "../context.ts";
import { makeFilm, reasonFor } from "../film.ts";
import { amount, numberFlag, textFlag } from "../flags.ts";
import { writeJson } from "../json.ts";
import { say } from "../notices.ts";
import { COMMON_ARGS, FILM_ARGS, filmOptions, setting, YES_ARG } from "../options.ts";
import { REFERENCE_ARG, readPicture, readReferences } from "../pictures.ts";
import { readPrompt } from "../prompt.ts";
import { readConfig, withApp } from "../session.ts";
import { agreeToSpend, estimateJson, estimateLines } from "../spending.ts";
import { plain } from "../text.ts";

const { style, aspectRatio, clipDurationSeconds, sceneCount, seed, crossfadeSeconds } = ProjectRequest.shape;

/** `--dry-run`: the estimate is the result. */
async function dryRun(context: CliContext, config: Config, input: RequestInput, json: boolean): Promise<number> {
  const estimate = await withApp(context, config, ({ service }) => Promise.resolve(service.estimate(input)));
  if (json) writeJson(context.stdout, estimateJson(estimate));
  else
    context.stdout.write(
      estimateLines(estimate)
        .map((line) => `${line}\n`)
        .join(""),
    );
  return 0;
}

export const generateCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "generate", description: "Make a film from a prompt" },
    args: {
      prompt: {
        type: "positional",
        required: false,
        description: "What the film shows: a sentence or a whole script; - reads standard input",
      },
      file: { type: "string", alias: "f", valueHint: "file", description: "Read the prompt from a file" },
      style: { type: "string", description: "The look, in a few words (default: cinematic)" },
      "aspect-ratio": { type: "string", valueHint: "16:9|9:16|1:1", description: "Shape of the picture" },
      "clip-duration": { type: "string", valueHint: "seconds", description: "Length of each scene's clip" },
      scenes: { type: "string", valueHint: "number", description: "Exact number of scenes" },
      seed: { type: "string", valueHint: "number", description: "Make the same film again where the provider can" },
      provider: { type: "string", valueHint: "auto|animatic|google", description: "Who makes it" },
      crossfade: {
        type: "string",
        valueHint: "seconds",
        description: "Blend scenes into each other (default: hard cuts)",
      },
      ...REFERENCE_ARG,
      "start-image": { type: "string", valueHint: "file", description: "A picture of your own as the first still" },
      "max-cost": { type: "string", valueHint: "usd", description: "Never spend more than this on the film" },
      "dry-run": { type: "boolean", description: "Show what would be bought and for how much; make nothing" },
      ...FILM_ARGS,
      ...YES_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const request = {
        style: textFlag("--style", args.style, style),
        aspectRatio: textFlag("--aspect-ratio", args["aspect-ratio"], aspectRatio),
        clipDurationSeconds: numberFlag("--clip-duration", args["clip-duration"], clipDurationSeconds),
        sceneCount: numberFlag("--scenes", args.scenes, sceneCount),
        seed: numberFlag("--seed", args.seed, seed),
        crossfadeSeconds: numberFlag("--crossfade", args.crossfade, crossfadeSeconds),
      };
      const maxCostUsd = numberFlag("--max-cost", args["max-cost"], amount);
      const config = readConfig(context, args.config, setting("provider", "--provider", args.provider));
      const prompt = await readPrompt(context, args.prompt, args.file);
      const references = await readReferences(args.reference);
      const startImage = args["start-image"];
      const create: CreateOptions = {
        ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
        ...(references.length === 0 ? {} : { references }),
        ...(startImage === undefined ? {} : { startImage: await readPicture("--start-image", startImage) }),
      };
      const film = filmOptions(args);
      if (args["dry-run"] === true) return dryRun(context, config, { prompt, ...request }, film.json);
      const consent = {
        yes: args.yes === true,
        aboveUsd: config.pipeline.confirmAboveUsd,
        quiet: film.quiet || film.json,
      };
      return makeFilm(context, config, film, async (service) => {
        await agreeToSpend(context, service.estimate({ prompt, ...request }), consent);
        const project = await service.create({ prompt, ...request }, create);
        const { provider } = project.casting;
        const reason = reasonFor(provider, config);
        if (film.json) writeJson(context.stdout, { type: "started", project_id: project.id, provider, reason });
        else if (!film.quiet) say(context, `project ${project.id}, made by ${plain(provider)}: ${reason}`);
        return project;
      });
    },
  });
