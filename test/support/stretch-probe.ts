/**
 * Preloaded into a program (`bun --preload`). Measures the longest stretch of CPU of its main thread between two turns of
 * the event loop: a timer that is always due looks at the thread's own CPU time, so that neither waiting nor what other
 * processes take of the machine counts. On SIGUSR2 it appends the longest since the last time, ms, as a line to the file
 * in STRETCH_FILE.
 */
import { appendFileSync } from "node:fs";

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

let before = cpuMs();
let longestMs = 0;
setInterval(() => {
  const now = cpuMs();
  longestMs = Math.max(longestMs, now - before);
  before = now;
}, 1).unref();

process.on("SIGUSR2", () => {
  appendFileSync(process.env.STRETCH_FILE ?? "", `${longestMs.toFixed(1)}\n`);
  longestMs = 0;
});
