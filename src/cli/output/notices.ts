import { failureClass, type VidpipeError } from "../../domain/errors.ts";
import type { CliContext } from "../context.ts";
import { createPaint, lines, plain } from "./text.ts";

/** Said after the first Ctrl-C. */
export const STOPPING = "stopping; press Ctrl-C again to stop at once";

/** Prints one line for people on stderr. */
export const say = ({ stderr }: CliContext, line: string): void => stderr.write(lines([line]));

export function warn(context: CliContext, text: string): void {
  const paint = createPaint(context.stderr.isColored);
  say(context, `${paint("yellow", "warning:")} ${plain(text)}`);
}

/** Reports a failure, each of its problems on a line, and for a wrong command line where the help is. Returns the exit code. */
export function sayFailure(context: CliContext, failure: VidpipeError): number {
  const paint = createPaint(context.stderr.isColored);
  const bug = failure.code === "internal" ? "an unexpected error in vidpipe itself: " : "";
  for (const problem of failure.problems) say(context, `${paint("red", "error:")} ${bug}${plain(problem)}`);
  const { hint } = failure.facts;
  if (typeof hint === "string") say(context, paint("dim", hint));
  return failureClass(failure.code).exit;
}
