import { VidpipeError } from "../domain/errors.ts";

/**
 * Ends a use case whose caller left or was told to stop. Called before each slow part, and never between two parts that
 * belong together. `safe` says in a few words what that leaves. @throws VidpipeError run.interrupted
 */
export function checkSignal(signal: AbortSignal, safe = "nothing was made"): void {
  if (signal.aborted) throw new VidpipeError("run.interrupted", `stopped; ${safe}`);
}
