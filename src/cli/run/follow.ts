import type { ProjectId } from "../../domain/ids.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { EditingService } from "../../services/editing.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { CliContext } from "../context.ts";
import { projectJson, writeJson } from "../output/json.ts";
import { createDisplay } from "../output/live-display.ts";
import { say } from "../output/notices.ts";
import { plain } from "../output/text.ts";
import { INTERRUPTED, type Interrupt } from "./interrupt.ts";

/** How a command that makes or finishes a film reports it. */
export interface FilmOptions {
  /** Where to put a copy of the film; undefined leaves it where films are kept. */
  readonly output: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  /** The `--config` that was typed; a resume command must name it again. */
  readonly configFile: string | undefined;
}

/** A word as a POSIX shell reads it back. */
export const shellWord = (word: string): string =>
  /^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A command as it must be typed after this one: with the same config file and destination. */
export function again(command: string, { output, configFile }: FilmOptions): string {
  const options = [
    ...(configFile === undefined ? [] : ["--config", shellWord(configFile)]),
    ...(output === undefined ? [] : ["--output", shellWord(output)]),
  ];
  return plain([command, ...options].join(" "));
}

/** The command that goes on where this one stopped. */
export const resumeCommand = (id: ProjectId, options: FilmOptions): string => again(`vidpipe resume ${id}`, options);

/** A command that follows a project. */
export interface Run {
  readonly context: CliContext;
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly options: FilmOptions;
  readonly interrupt: Interrupt;
  /** When the command began, epoch ms. */
  readonly beganAtMs: number;
}

/** Shows the project until it is settled or the user has had enough. Returns the last that was seen of it. */
export async function follow(
  { context, service, options, interrupt, beganAtMs }: Run,
  begun: ProjectView,
): Promise<ProjectView> {
  const display = createDisplay(context, options);
  let last = begun;
  try {
    for await (const { project, events } of service.watch(begun.id, interrupt.signal)) {
      last = project;
      display.show({ project, events: events.filter((event) => event.atMs >= beganAtMs) });
    }
  } finally {
    display.end();
  }
  return last;
}

/** Stops cleanly and says how to go on. */
export async function stopRun({ context, service, options }: Run, view: ProjectView): Promise<number> {
  if (!options.quiet) say(context, "stopping; press Ctrl-C again to stop at once");
  await service.stop();
  const command = resumeCommand(view.id, options);
  if (options.json) writeJson(context.stdout, { type: "interrupted", ...projectJson(view), resume_command: command });
  say(context, `stopped; everything made so far is kept. Go on with:\n  ${command}`);
  return INTERRUPTED;
}
