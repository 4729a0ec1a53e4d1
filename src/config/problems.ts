import { asVidpipeError, type VidpipeError } from "../domain/errors.ts";

/** Everything that is wrong with a configuration, so that all of it can be said at once. */
export interface Problems {
  /** The refusals so far, in the order in which they were met. */
  readonly found: readonly VidpipeError[];
  /** Notes what `work` refuses and goes on with something else. Anything but config.invalid is thrown on. */
  attempt<T>(work: () => T, instead: T): T;
}

/** An empty list of problems. */
export function createProblems(): Problems {
  const found: VidpipeError[] = [];
  return {
    found,
    attempt(work, instead) {
      try {
        return work();
      } catch (thrown) {
        const failure = asVidpipeError(thrown);
        if (failure.code !== "config.invalid") throw thrown;
        // Settings are read several times: with a found folder, and without.
        if (found.every(({ message }) => message !== failure.message)) found.push(failure);
        return instead;
      }
    },
  };
}
