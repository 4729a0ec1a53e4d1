import type { CliContext } from "../context.ts";

/** Exit code of a command that was told to stop. */
export const INTERRUPTED = 130;

/** Ctrl-C as a signal: the first press asks to stop, the second ends the process at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  dispose(): void;
}

/** Runs something that Ctrl-C may stop. */
export async function interruptible<T>(context: CliContext, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = listenForInterrupt(context);
  try {
    return await use(interrupt.signal);
  } finally {
    interrupt.dispose();
  }
}

export function listenForInterrupt(context: CliContext): Interrupt {
  const controller = new AbortController();
  const dispose = context.onInterrupt(() => {
    if (controller.signal.aborted) context.exitNow(INTERRUPTED);
    else controller.abort();
  });
  return { signal: controller.signal, dispose };
}
