/**
 * Runs several tasks at the same time. Their signal is aborted with `signal`, and when one of them fails; that first
 * failure is thrown once all have ended.
 */
export async function concurrently<const T extends readonly unknown[]>(
  signal: AbortSignal,
  start: (signal: AbortSignal) => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const failure = new AbortController();
  const tasks = start(AbortSignal.any([signal, failure.signal]));
  try {
    return await Promise.all(tasks);
  } catch (thrown) {
    failure.abort();
    await Promise.allSettled(tasks);
    throw thrown;
  }
}

/** Runs at most `most` tasks at once; the others wait in order. */
export function createLimit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next(); // takes this one's place
    }
  };
}
