/**
 * Does several things at the same time. The first failure stops the others, and is thrown once all have ended.
 * What they are given is aborted then, and when `signal` is.
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

/** Lets at most so many be under way at once; the others wait their turn. */
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
