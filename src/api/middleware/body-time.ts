import { VidpipeError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/runtime.ts";

/**
 * Waits for a whole body no longer than it may take, ms: a client that sends a byte now and then would hold its
 * connection for days. @throws VidpipeError input.too_slow
 */
export async function inTime(clock: Clock, timeoutMs: number, read: Promise<unknown>): Promise<void> {
  const complete = new AbortController();
  const late = clock.sleep(timeoutMs, complete.signal).then(() => {
    if (complete.signal.aborted) return;
    throw new VidpipeError("input.too_slow", `the request body took longer than ${timeoutMs / 1_000} s`);
  });
  await Promise.race([read, late]).finally(() => complete.abort());
}
