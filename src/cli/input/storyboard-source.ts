import { dirname, resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { Storyboard } from "../../domain/storyboard.ts";
import type { ClipInput } from "../../editing/user-clips.ts";
import type { StillInput } from "../../editing/user-images.ts";
import { type Problem, problemLine } from "../../formats/problems.ts";
import { type OwnFile, readStoryboard } from "../../formats/read-storyboard.ts";
import type { CliContext } from "../context.ts";
import { say, warn } from "../output/notices.ts";
import { counted, plain } from "../output/text.ts";
import { clipPath } from "./clips.ts";
import { readPicture } from "./images.ts";
import { readText } from "./text-source.ts";

/** Problems of a file that are reported at once. */
const shownProblems = 5;

/** Reports what is wrong with a file, one problem per line. Returns the failure to throw. */
export function refuseFile(context: CliContext, name: string, problems: readonly Problem[]): VidpipeError {
  for (const problem of problems.slice(0, shownProblems))
    say(context, `${plain(name)}: ${plain(problemLine(problem))}`);
  const left = problems.length - shownProblems;
  if (left > 0) say(context, `${plain(name)}: and ${left} more`);
  const count = counted(problems.length, "problem");
  return new VidpipeError("input.invalid", `${plain(name)} has ${count}: nothing was changed or made`);
}

/** A storyboard, and the files that it names: images for its keyframes, clips for its scenes. */
export interface SourcedStoryboard {
  readonly storyboard: Storyboard;
  readonly stills: readonly StillInput[];
  readonly clips: readonly ClipInput[];
}

/**
 * Reads a storyboard and the files it names; their paths are relative to `folder`. Prints its warnings. `cast` holds
 * the names that are described elsewhere.
 * @throws VidpipeError input.invalid, input.too_large
 */
export async function parseStoryboard(
  context: CliContext,
  text: string,
  name: string,
  folder: string,
  cast: readonly string[] = [],
): Promise<SourcedStoryboard> {
  const reading = readStoryboard(text, plain(name), cast);
  if (reading.storyboard === null) throw refuseFile(context, name, reading.problems);
  for (const oddity of reading.warnings) warn(context, `${name}: ${problemLine(oddity)}`);
  const stills: StillInput[] = [];
  const fromOf = ({ path, line, field }: OwnFile) =>
    `${plain(name)}: ${problemLine({ line, message: `${field} ${plain(path)}` })}`;
  for (const { still, ...file } of reading.images)
    stills.push({ still, picture: await readPicture(resolve(folder, file.path), fromOf(file)) });
  const clips: ClipInput[] = [];
  for (const { scene, inSeconds, outSeconds, ...file } of reading.clips) {
    const path = await clipPath(resolve(folder, file.path), fromOf(file));
    clips.push({ scene, clip: { path, from: fromOf(file), inSeconds, outSeconds } });
  }
  return { storyboard: reading.storyboard, stills, clips };
}

/** The storyboard in a file, or on standard input for `-`. @throws VidpipeError input.invalid, input.too_large */
export async function readStoryboardFile(
  context: CliContext,
  path: string,
  flag: string,
  cast: readonly string[] = [],
): Promise<SourcedStoryboard> {
  const text = await readText(context, path, { what: "the storyboard", flag });
  if (path === "-") return parseStoryboard(context, text, "standard input", ".", cast);
  return parseStoryboard(context, text, path, dirname(path), cast);
}
