import { AspectRatio } from "../../domain/media.ts";
import { ProjectRequest } from "../../domain/project.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { numberFlag, textFlag } from "../input/flags.ts";
import { CAST_ARG, namesGiven, REFERENCE_ARG, readCast, readReferences, readStartImage } from "../input/images.ts";
import {
  argument,
  FILM_ARGS,
  filmOptions,
  flag,
  maxCostFlag,
  option,
  providerArg,
  providerFlag,
  UNTIL_ARG,
  untilFlag,
  YES_ARG,
} from "../input/options.ts";
import { readStoryboardFile } from "../input/storyboard-source.ts";
import { readPrompt } from "../input/text-source.ts";
import { usageError } from "../input/usage-errors.ts";
import { printResult, writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { lines, plain } from "../output/text.ts";
import { checkBatchWords, makeBatch } from "../run/batch.ts";
import { makeFilm, reasonFor } from "../run/run-film.ts";
import { readConfig, readTrustedConfig, withApp } from "../run/session.ts";
import { agreeToSpend, consentOf, estimateJson, estimateLines } from "../run/spend-approval.ts";

const { style, aspectRatio, clipDurationSeconds, sceneCount, seed, crossfadeSeconds } = ProjectRequest.shape;

interface StoryArgs {
  readonly prompt?: string | undefined;
  readonly file: string | undefined;
  readonly storyboard: string | undefined;
  readonly reference: string | undefined;
  readonly cast: string | undefined;
}

/** The story to film: a prompt, a storyboard, or both. A storyboard alone takes its title as the prompt. */
async function readStory(context: CliContext, { prompt, file, storyboard: path, reference, cast }: StoryArgs) {
  if (path === undefined) return { prompt: await readPrompt(context, prompt, file) };
  const { storyboard, stills, clips } = await readStoryboardFile(
    context,
    path,
    "--storyboard",
    namesGiven(reference, cast),
  );
  const isTitled = prompt === undefined && file === undefined;
  return { storyboard, stills, clips, prompt: isTitled ? storyboard.title : await readPrompt(context, prompt, file) };
}

export const generateCommand = ({ providers }: Pick<CliContext, "providers">) =>
  defineCommand({
    name: "generate",
    description: "Make a film from a prompt, a storyboard or a list of films",
    examples: [
      'vidpipe generate "A cat exploring Tokyo at night" --scenes 4 --output cat.mp4',
      "vidpipe generate --file script.txt --aspect-ratio 9:16 --crossfade 0.5",
      'echo "Waves at dusk" | vidpipe generate - --provider offline --json',
      'vidpipe generate "A lighthouse in a storm" --provider google --dry-run',
      'vidpipe generate "Mika finds a lantern" --reference "Mika=mika.png" --start-image opening.png',
      'vidpipe generate "Mika finds a lantern in the Harbour" --cast Mika,Harbour',
      'vidpipe generate "A lighthouse in a storm" --provider google --max-cost 5 --yes',
      'vidpipe generate "A lighthouse in a storm" --until storyboard',
      "vidpipe generate --storyboard film.yaml",
      "vidpipe generate --batch films.csv --max-cost 20",
    ],
    args: {
      prompt: {
        ...argument("What the film shows, in a sentence or a whole script; - reads standard input"),
        required: false,
      },
      file: { ...option("file", "Read the prompt from a file"), alias: "f" },
      style: option("text", "The look in a few words, e.g. watercolor (default: cinematic)"),
      "aspect-ratio": option(AspectRatio.options.join("|"), "Width to height of the picture"),
      "clip-duration": option("seconds", "Length of each clip"),
      scenes: option("number", "Exact number of scenes"),
      seed: option("number", "Seed: the same one repeats the film where the model supports it"),
      ...providerArg(providers),
      crossfade: option("seconds", "Length of the crossfade between scenes; 0 is hard cuts (default: 0)"),
      storyboard: option("file", "Film this storyboard (YAML or JSON) instead of having one written from the prompt"),
      batch: option("file", "Make every film of a list (YAML, JSON or CSV)"),
      ...UNTIL_ARG,
      ...REFERENCE_ARG,
      ...CAST_ARG,
      "start-image": option("file", "Your own image as the first keyframe"),
      "max-cost": option("usd", "Never spend more than this, on all films together"),
      "dry-run": flag("Show the estimate; make nothing and pay nothing"),
      ...FILM_ARGS,
      ...YES_ARG,
    },
    async run({ context, args }) {
      const request = {
        style: textFlag("--style", args.style, style, "watercolor"),
        aspectRatio: textFlag("--aspect-ratio", args["aspect-ratio"], aspectRatio, "16:9"),
        clipDurationSeconds: numberFlag("--clip-duration", args["clip-duration"], clipDurationSeconds, "6"),
        sceneCount: numberFlag("--scenes", args.scenes, sceneCount, "4"),
        seed: numberFlag("--seed", args.seed, seed, "42"),
        crossfadeSeconds: numberFlag("--crossfade", args.crossfade, crossfadeSeconds, "0.5"),
      };
      const cap = maxCostFlag(args["max-cost"]);
      const dryRun = args["dry-run"] === true;
      const flags = providerFlag(context.providers, args.provider);
      const config = dryRun ? readConfig(context, args, flags) : await readTrustedConfig(context, args, flags);
      const film = filmOptions(args);
      const consent = consentOf(config, args.yes, film, cap);
      const until = untilFlag(args.until);
      if (args.batch !== undefined) {
        checkBatchWords(args);
        const batch = { file: args.batch, request, ...cap, until, dryRun, consent, options: film };
        return makeBatch(context, config, batch);
      }
      const { prompt, stills = [], ...story } = await readStory(context, args);
      const references = [...(await readReferences(args.reference)), ...(await readCast(context, config, args.cast))];
      const all = [...stills, ...(await readStartImage(args["start-image"]))];
      if (all.filter(({ still }) => still === 0).length > 1)
        throw usageError("the first keyframe is given twice: by --start-image and in the storyboard", "generate");
      const input = { prompt, ...request };
      const create = {
        ...until,
        ...story,
        ...cap,
        ...(references.length > 0 && { references }),
        ...(all.length > 0 && { stills: all }),
      };
      if (dryRun) {
        const offer = await withApp(context, config, async ({ service }) => service.estimate(input, create));
        printResult(context, film.json, estimateJson(offer), lines(estimateLines(offer)));
        return 0;
      }
      return makeFilm(context, config, film, async ({ service }, signal) => {
        service.requireDrivable();
        const shown = await agreeToSpend(context, service.estimate(input, create), consent);
        const project = await service.create(input, { ...create, ...shown }, signal);
        const { provider } = project.models;
        const reason = reasonFor(provider, config, context);
        if (film.json) writeJson(context.stdout, { type: "started", project_id: project.id, provider, reason });
        else if (!film.quiet) say(context, `project ${project.id}, made by ${plain(provider)}: ${reason}`);
        return project;
      });
    },
  });
