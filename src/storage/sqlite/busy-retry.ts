import { VidpipeError } from "../../domain/errors.ts";
import type { Clock, Log } from "../../ports/runtime.ts";
import { classify, isBusy } from "./errors.ts";

/** ms that SQLite itself waits for a lock. The whole event loop stands still meanwhile, so it is short. */
export const busyTimeoutMs = 100;
/** ms that a call waits for another process' lock before it gives up. */
export const longestWaitMs = 30_000;
const firstDelayMs = 10;
const longestDelayMs = 500;

export interface BusyRetry {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the database is closed. */
  readonly signal: AbortSignal;
}

/**
 * Tries again while another process holds the lock, leaving the event loop free in between.
 * @throws VidpipeError storage.busy after 30 s, else what `attempt` threw, classified
 */
export async function whileBusy<T>(attempt: () => T, { path, clock, log, signal }: BusyRetry): Promise<T> {
  const startedAt = clock.monotonic();
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    if (signal.aborted) throw new VidpipeError("storage.unusable", `the database ${path} has been closed`);
    try {
      return attempt();
    } catch (thrown) {
      if (!isBusy(thrown)) throw classify(thrown, path);
      const waitedMs = Math.round(clock.monotonic() - startedAt);
      if (waitedMs >= longestWaitMs) throw tooBusy(path, thrown);
      log.debug("database is locked by another process", { path, waitedMs });
    }
    await clock.sleep(delayMs, signal);
  }
}

const tooBusy = (path: string, cause: unknown): VidpipeError =>
  new VidpipeError(
    "storage.busy",
    `another process has held the database ${path} for ${longestWaitMs / 1_000} s: stop it, then resume; nothing was lost`,
    { cause },
  );
