/** Waits while the tab is hidden: browsers open six connections to a server, and background tabs must not hold them. */
export function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const ended = new AbortController();
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      ended.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", look, { signal: ended.signal });
    signal.addEventListener("abort", look, { signal: ended.signal });
  });
}
