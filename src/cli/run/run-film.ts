import { resolve } from "node:path";
import type { Config } from "../../config/load.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { isSettled, type ProjectStatus } from "../../domain/lifecycle.ts";
import { committedUsd } from "../../domain/money.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { EditingService } from "../../services/editing.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { CliContext, OpenApp } from "../context.ts";
import type { FilmOptions } from "../input/options.ts";
import { printResult, projectJson, writeJson } from "../output/json.ts";
import { createDisplay } from "../output/live-display.ts";
import { STOPPING, say, warn } from "../output/notices.ts";
import { forPrice, makings } from "../output/plan-summary.ts";
import { longerWords } from "../output/status-page.ts";
import { counted, createPaint, dollars, elapsed, plain, sceneNumbers, size } from "../output/text.ts";
import { wayLines } from "../output/ways.ts";
import { INTERRUPTED, withStoppableApp } from "./session.ts";

/** A word quoted for a POSIX shell. */
export const shellWord = (word: string): string =>
  /^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A command to run after this one, with the same config file and destination. */
export function again(command: string, { output, configFile }: FilmOptions): string {
  const options = [
    ...(configFile === undefined ? [] : ["--config", shellWord(configFile)]),
    ...(output === undefined ? [] : ["--output", shellWord(output)]),
  ];
  return plain([command, ...options].join(" "));
}

/** The command that continues where this one stopped. */
export const resumeCommand = (id: ProjectId, options: FilmOptions): string => again(`vidpipe resume ${id}`, options);

/** A command that follows a project. */
export interface Run {
  readonly context: CliContext;
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly options: FilmOptions;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Debug lines are printed on stderr meanwhile. */
  readonly logsDebug: boolean;
  /** When the command began, epoch ms. */
  readonly beganAtMs: number;
}

/** Longest wait that a command sits out, ms: longer than a service asks for, but no night. */
const longestSatOutMs = 2 * 3_600_000;

/** Whether a film waits for longer than a command does: until a day's quota starts again, say. */
export const waitsTooLong = ({ waiting }: ProjectView, nowMs: number): boolean =>
  waiting !== undefined && waiting.untilMs !== null && waiting.untilMs - nowMs > longestSatOutMs;

/** Shows the project until it settles, waits for too long or the user interrupts. Returns the last view of it. */
export async function follow(
  { context, service, options, signal, logsDebug, beganAtMs }: Run,
  begun: ProjectView,
): Promise<ProjectView> {
  const display = createDisplay(context, { ...options, logsDebug });
  let last = begun;
  try {
    for await (const { project, events } of service.watch(begun.id, signal)) {
      last = project;
      display.show({ project, events: events.filter((event) => event.atMs >= beganAtMs) });
      if (waitsTooLong(project, context.clock.now())) break;
    }
  } finally {
    display.end();
  }
  return last;
}

/** Stops cleanly and says how to continue. */
async function stopRun({ context, service, options }: Run, view: ProjectView): Promise<number> {
  if (!options.quiet) say(context, STOPPING);
  await service.stop();
  const command = resumeCommand(view.id, options);
  if (options.json) writeJson(context.stdout, { type: "interrupted", ...projectJson(view), resume_command: command });
  say(context, "stopped; everything made so far is kept. Continue with:");
  say(context, `  ${command}`);
  return INTERRUPTED;
}

/** Ends although the film goes on by itself where a process drives it: nobody sits before a terminal for so long. */
async function leaveWaiting({ context, service, options }: Run, view: ProjectView): Promise<number> {
  await service.stop();
  const result = { type: "result", ...projectJson(view), path: null, exit_code: EXIT_CODES.held };
  if (options.json) writeJson(context.stdout, result);
  const paint = createPaint(context.stderr.isColored);
  say(context, `${paint("yellow", view.status)}: ${plain(view.message ?? "")}`);
  say(
    context,
    `everything made so far is kept. Continue then, or now to try at once, with:\n  ${resumeCommand(view.id, options)}`,
  );
  return EXIT_CODES.held;
}

/**
 * The exit code of a command that followed a project to this status. It leaves an unfinished project only when it is
 * interrupted. A review is what the user asked for, so it is not a failure.
 */
export const EXIT_CODES = {
  pending: INTERRUPTED,
  storyboarding: INTERRUPTED,
  keyframing: INTERRUPTED,
  video_gen: INTERRUPTED,
  stitching: INTERRUPTED,
  complete: 0,
  review: 0,
  held: 3,
  failed: 1,
  cancelled: 1,
} as const satisfies Record<ProjectStatus, number>;

/** A review that the user did not ask for, e.g. after a stop, waits for the user like a held film. */
export const exitCodeOf = ({ status, until }: ProjectView): number =>
  status === "review" && until === "film" ? EXIT_CODES.held : EXIT_CODES[status];

/** Why this provider makes the film. */
export function reasonFor(provider: string, config: Config, { providers }: Pick<CliContext, "providers">): string {
  const setting = config.settings.find(({ key }) => key === "provider");
  if (config.provider !== "auto") return `chosen by ${setting?.origin ?? "configuration"}`;
  return providers.find(({ name }) => name === provider)?.autoReason ?? "chosen by itself";
}

/** Copies the film to where `--output` says. Returns its path. */
async function deliver({ context, service, options, signal }: Run, view: ProjectView, path: string): Promise<string> {
  if (options.output === undefined) return path;
  try {
    await service.exportFinal(view.id, resolve(options.output), signal);
    return resolve(options.output);
  } catch (thrown) {
    say(context, `the film is safe: ${plain(path)}`);
    throw thrown;
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
    `made in ${elapsed(context.clock.now() - beganAtMs)} by ${plain(view.models.provider)}`,
    ...(committedUsd(view.spend) > 0 ? [`for ${dollars(committedUsd(view.spend))}`] : []),
  ];
  say(context, `${paint("green", "done")}: ${facts.join(", ")}`);
  say(context, `project ${view.id}`);
}

/** The film is complete: prints its path on stdout. */
async function conclude(run: Run, view: ProjectView, stored: string): Promise<void> {
  const { context, options } = run;
  const path = await deliver(run, view, stored);
  if (view.missingScenes.length > 0)
    warn(context, `scene ${sceneNumbers(view.missingScenes)} of ${view.scenes.length} is missing from the film`);
  for (const { sceneIndex, longer } of view.scenes)
    if (longer !== undefined && options.talks) say(context, `scene ${sceneIndex + 1}: ${longerWords(longer)}`);
  if (options.talks) summarize(run, view);
  printResult(context, options.json, { type: "result", ...projectJson(view), path, exit_code: 0 }, `${path}\n`);
}

/** The commands that continue a project, ready to copy. */
function sayChoices({ context }: Run, lines: readonly string[]): void {
  say(context, "continue with:");
  for (const line of lines) say(context, line);
}

/** The project waits for a review: says what is ready, what comes next and its price. Returns the exit code. */
async function offerReview(run: Run, view: ProjectView): Promise<number> {
  const { context, options, editing } = run;
  const exitCode = exitCodeOf(view);
  const next = await editing.forecast(view.id);
  const making = makings(next);
  const work = { makes: making ?? null, usd: next.totalUsd, most_usd: next.mostUsd };
  if (options.json)
    writeJson(context.stdout, { type: "result", ...projectJson(view), path: null, next: work, exit_code: exitCode });
  if (!options.talks) return exitCode;
  const paint = createPaint(context.stderr.isColored);
  say(context, `${paint("yellow", view.status)}: ${plain(view.message ?? "")}`);
  if (view.final !== null) say(context, `the previous film is kept: ${plain(view.final.path)}`);
  if (making !== undefined) say(context, `next: ${making}, ${forPrice(next)}`);
  const commands = [`vidpipe plan ${view.id}`, `vidpipe storyboard ${view.id} --edit`, `vidpipe resume ${view.id}`];
  sayChoices(
    run,
    commands.map((command) => `  ${again(command, options)}`),
  );
  return exitCode;
}

/** There is no film: says why and what to do. Returns the exit code. */
function explain(run: Run, view: ProjectView): number {
  const { context, options } = run;
  const exitCode = exitCodeOf(view);
  const paint = createPaint(context.stderr.isColored);
  if (options.json)
    writeJson(context.stdout, { type: "result", ...projectJson(view), path: null, exit_code: exitCode });
  // What the film waits for may say more than its status does, and is said once.
  const told = view.waits.find(({ message }) => view.message !== null && message.startsWith(view.message));
  const words = told?.message ?? view.message;
  const why = words === null ? "" : `: ${plain(words)}`;
  say(context, `${paint(exitCode === 3 ? "yellow" : "red", view.status)}${why}`);
  for (const wait of view.waits) if (wait !== told) say(context, `${wait.reason}: ${plain(wait.message)}`);
  const ways = view.waits.flatMap((wait) => wait.ways);
  const lines = wayLines(ways, (command) => again(command, options));
  sayChoices(run, lines.length === 0 ? [`  ${resumeCommand(view.id, options)}`] : lines);
  return exitCode;
}

/** Reports how a project ended: the path of its film on stdout, or why there is none. Returns the exit code. */
export async function report(run: Run, last: ProjectView): Promise<number> {
  if (last.status === "review") return offerReview(run, last);
  if (last.status !== "complete" || last.final === null) return explain(run, last);
  await conclude(run, last, last.final.path);
  return EXIT_CODES.complete;
}

/** What a command does first. Returns the project to follow; undefined when there is nothing to follow. */
type Begin = (app: OpenApp, signal: AbortSignal) => Promise<ProjectView | undefined>;
/** What a command prints about a settled project. Returns the exit code. */
type End = (run: Run, last: ProjectView) => Promise<number>;

/** Follows a project until it settles, then reports. Returns the exit code. */
export async function followToEnd(run: Run, begun: ProjectView, end: End): Promise<number> {
  const last = await follow(run, begun).catch((thrown: unknown) => {
    say(run.context, "continue with:");
    say(run.context, `  ${resumeCommand(begun.id, run.options)}`);
    throw thrown;
  });
  if (isSettled(last.status)) return end(run, last);
  const isLeft = !run.signal.aborted && waitsTooLong(last, run.context.clock.now());
  return isLeft ? leaveWaiting(run, last) : stopRun(run, last);
}

/**
 * Begins something with a project, follows it to its end and reports: the path of the film on stdout, everything else
 * on stderr, unless the command has its own `end`. Returns the exit code.
 */
export function makeFilm(
  context: CliContext,
  config: Config,
  options: FilmOptions,
  begin: Begin,
  end: End = report,
): Promise<number> {
  const beganAtMs = context.clock.now();
  const logsDebug = config.log.level === "debug";
  return withStoppableApp(context, config, async (app, signal) => {
    const { service, editing } = app;
    if (options.output !== undefined) await service.checkDestination(resolve(options.output), signal);
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped; nothing was made");
    const begun = await begin(app, signal);
    if (begun === undefined) return 0;
    return followToEnd({ context, service, editing, options, signal, logsDebug, beganAtMs }, begun, end);
  });
}
