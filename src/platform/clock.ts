import { uptime } from "node:os";
import type { Clock, RandomSource } from "../ports/runtime.ts";
import { readTextFile } from "./read-file.ts";

/** The machine's clock. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sinceBoot,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener("abort", done);
      }),
  };
}

/** Accurate to 10 ms on Linux and to a second elsewhere, which is short compared with a lease. */
function sinceBoot(): number {
  const seconds = Number(readTextFile("/proc/uptime")?.split(" ")[0]);
  return Math.round(1_000 * (seconds > 0 ? seconds : uptime()));
}

/** Real randomness. */
export function createSystemRandom(): RandomSource {
  return { number: () => Math.random(), id: () => Bun.randomUUIDv7() };
}
