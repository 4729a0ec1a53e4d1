import { VidpipeError } from "../../domain/errors.ts";
import { FILM_FITS, INTERPOLATIONS } from "../../domain/media.ts";
import { TRANSITION_KINDS } from "../../domain/transition.ts";
import type { FileJoiner, FilmOfFiles, JoinedFiles, JoinOptions } from "../../services/join-files.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { filesToJoin, outputFlag, transitionFlags, USUAL_SECONDS } from "../input/clip-files.ts";
import { argument, flag, option, setting } from "../input/options.ts";
import { joinedJson, planJson, sayJoined } from "../output/joined.ts";
import { printResult } from "../output/json.ts";
import { createStitchDisplay } from "../output/live-display.ts";
import { table } from "../output/tables.ts";
import { interruptible, readConfig } from "../run/session.ts";

export const joinCommand = defineCommand({
  name: "join",
  description: "Join video files of your own into one film",
  note: "Copies what can be copied and encodes only around transitions. Needs no project, and leaves nothing behind but the film.",
  examples: [
    "vidpipe join intro.mp4 talk.mp4 outro.mp4",
    "vidpipe join 'shots/*.mp4' -o film.mp4 --crossfade 0.5",
    "vidpipe join a.mp4 b.mp4 --transition dip:1 --loudness -14",
    "vidpipe join --list film.yaml --explain",
  ],
  args: {
    file: {
      ...argument("The files, in this order; a quoted pattern like 'shots/*.mp4' is expanded with shot2 before shot10"),
      valueHint: "file...",
      required: false,
    },
    list: option(
      "file",
      "Join the files of this list (YAML or JSON), each with its own transition and end; - reads it from standard input",
    ),
    output: { ...option("file", "Write the film here (default: film.mp4)"), alias: "o" },
    force: flag("Replace the output if it is there already"),
    crossfade: option("seconds", "Length of the crossfade between files; 0 is hard cuts (default: 0)"),
    transition: option(
      "kind",
      `Pass from file to file like this instead, with its seconds behind a colon (${USUAL_SECONDS} unless given): ${TRANSITION_KINDS.join(", ")}`,
    ),
    loudness: option("lufs", "Bring the sound to this loudness, e.g. -14, or off (default: stitch.loudness)"),
    size: option("size", "Size of the film, e.g. 1280x720, or auto: that of most files (default: stitch.size)"),
    fit: option(FILM_FITS.join("|"), "How a file of another shape fills it (default: stitch.fit)"),
    interpolate: option(
      INTERPOLATIONS.join("|"),
      "How a file of a lower rate gets the film's: repeat frames, blend them, or move them along (default: stitch.interpolate)",
    ),
    "skip-bad": flag("Leave out files that cannot be joined, and join the rest"),
    explain: flag("Show how the files would be joined and why; make nothing"),
    json: flag("Print the report as one JSON object"),
    quiet: { ...flag("Print only the film's path"), alias: "q" },
  },
  async run({ context, args }) {
    const transition = transitionFlags(args.crossfade, args.transition);
    const output = outputFlag(args.output);
    const config = readConfig(context, args, {
      ...setting("stitch.loudness", "--loudness", args.loudness),
      ...setting("stitch.size", "--size", args.size),
      ...setting("stitch.fit", "--fit", args.fit),
      ...setting("stitch.interpolate", "--interpolate", args.interpolate),
    });
    const film = { files: await filesToJoin(context, args._, args.list), transition };
    const joiner = await context.openJoiner(config);
    if (args.explain === true) {
      const rows = await interruptible(context, (signal) => joiner.explain(film, signal));
      printResult(context, args.json, planJson(rows), table(rows, context.stdout));
      return 0;
    }
    const talks = args.json !== true && args.quiet !== true;
    const options = { output, mayReplace: args.force === true, skipBad: args["skip-bad"] === true };
    const isLive = talks && context.stderr.isTerminal && config.log.level !== "debug";
    const joined = await joinShown(context, joiner, film, options, isLive);
    if (talks) sayJoined(context, joined);
    printResult(context, args.json, joinedJson(joined), `${joined.path}\n`);
    return 0;
  },
});

/** Joins while a terminal shows how far it is. */
async function joinShown(
  context: CliContext,
  joiner: FileJoiner,
  film: FilmOfFiles,
  options: JoinOptions,
  isLive: boolean,
): Promise<JoinedFiles> {
  const display = isLive ? createStitchDisplay(context) : { show: () => {}, end: () => {} };
  try {
    return await interruptible(context, (signal) => joiner.join(film, options, display.show, signal));
  } catch (thrown) {
    throw options.skipBad ? thrown : withHint(thrown);
  } finally {
    display.end();
  }
}

/** What to do about files that cannot be joined; a film that does not pass its check is not one file's fault. */
function withHint(thrown: unknown): unknown {
  if (!(thrown instanceof VidpipeError) || thrown.code !== "media.invalid") return thrown;
  if (thrown.facts.clip === undefined) return thrown;
  const { code, message, problems, cause, facts } = thrown;
  const hint = "--skip-bad leaves out what cannot be joined and joins the rest";
  return new VidpipeError(code, message, { problems, cause, facts: { ...facts, hint } });
}
