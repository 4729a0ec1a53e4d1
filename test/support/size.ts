/**
 * How much the long suites try: `VIDPIPE_TEST_SIZE=full` is the whole count, `fast` a taste of it while somebody waits,
 * anything else a sample.
 */
const size = process.env.VIDPIPE_TEST_SIZE;

/** One of three counts, by the size of this run; a fast run tries a quarter of the sample unless said otherwise. */
export function sized(sample: number, full: number, fast = Math.ceil(sample / 4)): number {
  if (size === "full") return full;
  return size === "fast" ? fast : sample;
}
