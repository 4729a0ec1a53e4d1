import type { Config, PartialSettings } from "../../config/load.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { warn } from "../output/notices.ts";
import { interruptible } from "./interrupt.ts";

/** Opens the program for a short command and closes it again, whatever happens. */
export async function withApp<T>(context: CliContext, config: Config, use: (app: OpenApp) => Promise<T>): Promise<T> {
  const app = await context.open(config);
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

/** The same for a command that may take a while: Ctrl-C aborts the signal, a second one ends the process. */
export const withStoppableApp = <T>(
  context: CliContext,
  config: Config,
  use: (app: OpenApp, signal: AbortSignal) => Promise<T>,
): Promise<T> => interruptible(context, (signal) => withApp(context, config, (app) => use(app, signal)));

/** The settings in force; says what is odd about them. @throws VidpipeError config.invalid */
export function readConfig(context: CliContext, file: string | undefined, flags: PartialSettings = {}): Config {
  const config = context.config(flags, file);
  for (const line of config.warnings) warn(context, line);
  return config;
}
