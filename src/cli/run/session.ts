import type { Config, PartialSettings } from "../../config/load.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { warn } from "../output/notices.ts";

/** Opens the program for a short command and closes it again, whatever happens. */
export async function withApp<T>(context: CliContext, config: Config, use: (app: OpenApp) => Promise<T>): Promise<T> {
  const app = await context.open(config);
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

/** The settings in force; says what is odd about them. @throws VidpipeError config.invalid */
export function readConfig(context: CliContext, file: string | undefined, flags: PartialSettings = {}): Config {
  const config = context.config(flags, file);
  for (const line of config.warnings) warn(context, line);
  return config;
}

/** Exit code of a command that was told to stop. */
export const INTERRUPTED = 130;

/** Ctrl-C as a signal: the first press asks to stop, the second ends the process at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  dispose(): void;
}

export function listenForInterrupt(context: CliContext): Interrupt {
  const controller = new AbortController();
  const dispose = context.onInterrupt(() => {
    if (controller.signal.aborted) context.exitNow(INTERRUPTED);
    else controller.abort();
  });
  return { signal: controller.signal, dispose };
}
