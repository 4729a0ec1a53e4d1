import { type Problem, problemLine } from "../documents/lines.ts";
import { readStoryboard } from "../documents/read-storyboard.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import type { CliContext } from "./context.ts";
import { say, warn } from "./notices.ts";
import { counted, plain } from "./text.ts";
import { readText } from "./text-source.ts";

/** Problems of a file that are told at once. */
const shownProblems = 5;

/** Says what is wrong with a file, a line each. Returns the failure to throw. */
export function refuseFile(context: CliContext, name: string, problems: readonly Problem[]): VidpipeError {
  for (const problem of problems.slice(0, shownProblems))
    say(context, `${plain(name)}: ${plain(problemLine(problem))}`);
  const count = counted(problems.length, "problem");
  return new VidpipeError("input.invalid", `${plain(name)} has ${count}: nothing was changed or made`);
}

/** The storyboard a text holds; says what is odd about it. @throws VidpipeError input.invalid */
export function parseStoryboard(context: CliContext, text: string, name: string): Storyboard {
  const reading = readStoryboard(text, plain(name));
  if (reading.storyboard === null) throw refuseFile(context, name, reading.problems);
  for (const oddity of reading.warnings) warn(context, `${name}: ${problemLine(oddity)}`);
  return reading.storyboard;
}

/** The storyboard in a file, or on standard input for `-`. @throws VidpipeError input.invalid, input.too_large */
export async function readStoryboardFile(context: CliContext, path: string, flag: string): Promise<Storyboard> {
  const text = await readText(context, path, { what: "the storyboard", flag });
  return parseStoryboard(context, text, path === "-" ? "standard input" : path);
}
