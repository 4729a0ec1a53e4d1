/** How much the long suites try: `VIDPIPE_TEST_SIZE=full` is the whole count, anything else a sample of it. */
const isFull = process.env.VIDPIPE_TEST_SIZE === "full";

/** One of two counts, by the size of this run. */
export const sized = (sample: number, full: number): number => (isFull ? full : sample);
