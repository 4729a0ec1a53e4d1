import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled, type ProjectStatus } from "../domain/lifecycle.ts";
import { committedUsd } from "../domain/money.ts";
import type { ProjectView } from "../domain/view.ts";
import type { Service } from "../service.ts";
import type { CliContext } from "./context.ts";
import { createDisplay } from "./display.ts";
import { INTERRUPTED, type Interrupt, listenForInterrupt } from "./interrupt.ts";
import { projectJson, writeJson } from "./json.ts";
import { say, warn } from "./notices.ts";
import { counted, createPaint, dollars, elapsed, plain, size } from "./text.ts";

/** How a command that makes or finishes a film reports it. */
export interface FilmOptions {
  /** Where to put a copy of the film; undefined leaves it where films are kept. */
  readonly output: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  /** The `--config` that was typed; a resume command must name it again. */
  readonly configFile: string | undefined;
}

/** The exit code of a command that followed a project to this status; it leaves unfinished ones only when interrupted. */
const EXIT_CODES = {
  pending: INTERRUPTED,
  storyboarding: INTERRUPTED,
  keyframing: INTERRUPTED,
  video_gen: INTERRUPTED,
  stitching: INTERRUPTED,
  complete: 0,
  review: 3,
  held: 3,
  failed: 1,
  cancelled: 1,
} as const satisfies Record<ProjectStatus, number>;

/** A word as a POSIX shell reads it back. */
const shellWord = (word: string): string => (/^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** A command as it must be typed after this one: with the same config file and destination. */
function again(command: string, { output, configFile }: FilmOptions): string {
  const options = [
    ...(configFile === undefined ? [] : ["--config", shellWord(configFile)]),
    ...(output === undefined ? [] : ["--output", shellWord(output)]),
  ];
  return plain([command, ...options].join(" "));
}

/** The command that goes on where this one stopped. */
const resumeCommand = (id: ProjectId, options: FilmOptions): string => again(`vidpipe resume ${id}`, options);

/** Why this provider makes the film. */
export function reasonFor(provider: string, config: Config): string {
  const setting = config.settings.find(({ key }) => key === "provider");
  if (config.provider !== "auto") return `chosen by ${setting?.origin ?? "configuration"}`;
  return provider === "animatic" ? "no Google credentials are configured" : "credentials for it are configured";
}

interface Run {
  readonly context: CliContext;
  readonly service: Service;
  readonly options: FilmOptions;
  readonly interrupt: Interrupt;
  /** When the command began, epoch ms. */
  readonly beganAtMs: number;
}

/** Shows the project until it is settled or the user has had enough. Returns the last that was seen of it. */
async function follow(
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
async function stopRun({ context, service, options }: Run, view: ProjectView): Promise<number> {
  if (!options.quiet) say(context, "stopping; press Ctrl-C again to stop at once");
  await service.stop();
  const command = resumeCommand(view.id, options);
  if (options.json) writeJson(context.stdout, { type: "interrupted", ...projectJson(view), resume_command: command });
  say(context, `stopped; everything made so far is kept. Go on with:\n  ${command}`);
  return INTERRUPTED;
}

/** Puts the film where it was asked for. Returns its path. */
async function deliver({ context, service, options }: Run, view: ProjectView, path: string): Promise<string> {
  if (options.output === undefined) return path;
  try {
    await service.exportFinal(view.id, resolve(options.output));
    return resolve(options.output);
  } catch (thrown) {
    say(context, `the film itself is safe: ${plain(path)}`);
    throw asVidpipeError(thrown);
  }
}

function summarize({ context, beganAtMs }: Run, view: ProjectView): void {
  if (view.final === null) return;
  const paint = createPaint(context.stderr.isColored);
  const { durationSeconds, bytes } = view.final;
  const facts = [
    counted(view.scenes.length, "scene"),
    `${durationSeconds.toFixed(1)} s`,
    size(bytes),
    `made in ${elapsed(context.clock.now() - beganAtMs)} by ${plain(view.casting.provider)}`,
    ...(committedUsd(view.spend) > 0 ? [`for ${dollars(committedUsd(view.spend))}`] : []),
  ];
  say(context, `${paint("green", "done")}: ${facts.join(", ")}`);
  say(context, `project ${view.id}`);
}

const sceneNumbers = (indices: readonly number[]): string => indices.map((index) => index + 1).join(", ");

/** The film is there: prints its path on stdout. */
async function conclude(run: Run, view: ProjectView, stored: string): Promise<void> {
  const { context, options } = run;
  const path = await deliver(run, view, stored);
  if (view.missingScenes.length > 0)
    warn(context, `the film lacks scene ${sceneNumbers(view.missingScenes)} of ${view.scenes.length}`);
  if (!options.quiet && !options.json) summarize(run, view);
  if (options.json) writeJson(context.stdout, { type: "result", ...projectJson(view), path, exit_code: 0 });
  else context.stdout.write(`${path}\n`);
}

/** The film is not there: says why and what to do. Returns the exit code. */
function explain({ context, options }: Run, view: ProjectView): number {
  const exitCode = EXIT_CODES[view.status];
  const paint = createPaint(context.stderr.isColored);
  if (options.json)
    writeJson(context.stdout, { type: "result", ...projectJson(view), path: null, exit_code: exitCode });
  const why = view.message === null ? "" : `: ${plain(view.message)}`;
  say(context, `${paint(exitCode === 3 ? "yellow" : "red", view.status)}${why}`);
  for (const { reason, message } of view.waits)
    if (message !== view.message) say(context, `${reason}: ${plain(message)}`);
  const choices = new Set(view.waits.flatMap(({ next }) => next));
  if (choices.size === 0) choices.add(`vidpipe resume ${view.id}`);
  say(context, "go on with:");
  for (const choice of choices) say(context, `  ${again(choice, options)}`);
  return exitCode;
}

/** What a command does with the service before there is a project to follow. */
export type Begin = (service: Service) => Promise<ProjectView>;

async function runFilm(run: Run, begin: Begin): Promise<number> {
  const { service, options, interrupt } = run;
  if (options.output !== undefined) await service.checkDestination(resolve(options.output));
  if (interrupt.signal.aborted) throw new VidpipeError("run.interrupted", "stopped before anything was made");
  const begun = await begin(service);
  const last = await follow(run, begun).catch((thrown: unknown) => {
    say(run.context, `go on with:\n  ${resumeCommand(begun.id, options)}`);
    throw thrown;
  });
  if (!isSettled(last.status)) return stopRun(run, last);
  if (last.status !== "complete" || last.final === null) return explain(run, last);
  await conclude(run, last, last.final.path);
  return EXIT_CODES.complete;
}

/**
 * Begins something with a project, follows it to its end and reports: the path of the film on stdout, everything
 * else on stderr. Returns the exit code.
 */
export async function makeFilm(
  context: CliContext,
  config: Config,
  options: FilmOptions,
  begin: Begin,
): Promise<number> {
  const beganAtMs = context.clock.now();
  const interrupt = listenForInterrupt(context);
  try {
    const app = await context.open(config);
    try {
      return await runFilm({ context, service: app.service, options, interrupt, beganAtMs }, begin);
    } finally {
      await app.close();
    }
  } finally {
    interrupt.dispose();
  }
}
