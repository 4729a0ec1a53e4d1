import { failureClass, type VidpipeError } from "../../domain/errors.ts";
import type { CliContext } from "../context.ts";
import { createPaint, lines, plain } from "./text.ts";
import { wayLines } from "./ways.ts";

/** Said after the first Ctrl-C. */
export const STOPPING = "stopping; press Ctrl-C again to stop at once";

/** Prints one line for people on stderr. */
export const say = ({ stderr }: CliContext, line: string): void => stderr.write(lines([line]));

export function warn(context: CliContext, text: string): void {
  const paint = createPaint(context.stderr.isColored);
  say(context, `${paint("yellow", "warning:")} ${plain(text)}`);
}

/** Where what is missing can be seen: of a code, and of a field of the input. */
const HINTS: Readonly<Record<string, string>> = {
  "project.not_found": "'vidpipe list' shows all projects",
  take: "'vidpipe takes ID' shows all takes",
  revision: "'vidpipe history ID' shows all revisions",
};

/** Reports a failure, each of its problems on a line, for a wrong command line where the help is, and what can be done instead. Returns the exit code. */
export function sayFailure(context: CliContext, failure: VidpipeError): number {
  const paint = createPaint(context.stderr.isColored);
  const bug = failure.code === "internal" ? "an unexpected error in vidpipe itself: " : "";
  const where = HINTS[failure.field ?? failure.code];
  const seen = where === undefined ? "" : `; ${where}`;
  for (const problem of failure.problems) say(context, `${paint("red", "error:")} ${bug}${plain(problem)}${seen}`);
  const { hint } = failure.facts;
  if (typeof hint === "string") say(context, paint("dim", hint));
  if (failure.ways.length > 0) for (const line of ["continue with:", ...wayLines(failure.ways)]) say(context, line);
  return failureClass(failure.code).exit;
}
