import type { Config, InspectedConfig, PartialSettings } from "../../config/load.ts";
import type { TrustedKeys } from "../../config/trust.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { type CommonArgs, setting } from "../input/options.ts";
import { warn } from "../output/notices.ts";
import { askForTrust, refuseUntrusted, untrustedLine } from "./trust.ts";

/** Opens the program for a command and closes it again, whatever happens. */
export async function withApp<T>(context: CliContext, config: Config, use: (app: OpenApp) => Promise<T>): Promise<T> {
  const app = await context.open(config);
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

/** `--verbose` is log level debug. */
const withVerbose = (args: CommonArgs, flags: PartialSettings = {}): PartialSettings => ({
  ...flags,
  ...setting("log.level", "--verbose", args.verbose === true ? "debug" : undefined),
});

/** The effective settings with everything that is wrong with them. */
export const inspectSettings = (context: CliContext, args: CommonArgs): InspectedConfig =>
  context.inspectConfig(withVerbose(args), args.config);

/** The effective settings, without printing their warnings. @throws VidpipeError config.invalid */
const loadSettings = (
  context: CliContext,
  args: CommonArgs,
  flags: PartialSettings = {},
  trusted?: TrustedKeys,
): Config => context.config(withVerbose(args, flags), args.config, trusted);

/**
 * The effective settings for a command that makes and buys nothing: what a found folder may not set has a safe value
 * instead. Prints the warnings. @throws VidpipeError config.invalid
 */
export function readConfig(context: CliContext, args: CommonArgs, flags: PartialSettings = {}): Config {
  const config = loadSettings(context, args, flags);
  for (const line of [...config.warnings, untrustedLine(config) ?? []].flat()) warn(context, line);
  return config;
}

/**
 * The effective settings for a command that makes a film or serves: never silently other ones than the folder's files
 * say. Prints the warnings.
 * @throws VidpipeError config.untrusted, config.invalid
 */
export async function readTrustedConfig(
  context: CliContext,
  args: CommonArgs,
  flags: PartialSettings = {},
): Promise<Config> {
  const first = loadSettings(context, args, flags);
  const trusted = await askForTrust(context, first);
  const config = trusted === undefined ? first : loadSettings(context, args, flags, trusted);
  // What was written there while the user read the question was not asked about.
  if (trusted !== undefined) refuseUntrusted(config);
  for (const line of config.warnings) warn(context, line);
  return config;
}

/** The same for the one project of a command: `args.id` is its id or the start of it. @throws VidpipeError project.not_found */
export const withProject = <T>(
  context: CliContext,
  args: CommonArgs & { readonly id: string },
  use: (app: OpenApp, id: ProjectId) => Promise<T>,
): Promise<T> =>
  withApp(context, readConfig(context, args), async (app) => use(app, await app.service.resolve(args.id)));

/** The same as `withApp` for a command that may take a while. */
export const withStoppableApp = <T>(
  context: CliContext,
  config: Config,
  use: (app: OpenApp, signal: AbortSignal) => Promise<T>,
): Promise<T> => interruptible(context, (signal) => withApp(context, config, (app) => use(app, signal)));

/** Exit code of an interrupted command. */
export const INTERRUPTED = 130;

/** Runs something that Ctrl-C may stop: the first press aborts the signal, the second ends the process at once. */
export async function interruptible<T>(context: CliContext, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const release = context.onInterrupt(() => {
    if (controller.signal.aborted) context.exitNow(INTERRUPTED);
    else controller.abort();
  });
  return use(controller.signal).finally(release);
}
