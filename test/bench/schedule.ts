/** How close a run comes to the critical path, beside the staged, sequential order of version 1. Virtual time. */
import { createTestApp, createTestStores } from "../support/test-app.ts";

const scenes = 8;
const storyboardMs = 5_000;
const keyframeMs = 8_000;
const clipMs = 60_000;
const pollMs = 1_000;

/** Makespan of one film on the virtual clock, ms. */
async function makespanMs(concurrency: number): Promise<number> {
  const testApp = createTestApp(createTestStores({ storyboardMs, keyframeMs, clipMs }), {
    policy: { pollMs, laneLimit: (step) => (step.kind === "clip" ? concurrency : 4) },
  });
  const startMs = testApp.clock.now();
  const view = await testApp.film("A cat at night.", scenes);
  if (view.status !== "complete") throw new Error(`the film is ${view.status}`);
  return testApp.clock.now() - startMs;
}

const criticalPathMs = storyboardMs + (scenes + 1) * keyframeMs + clipMs;
const stagedMs = storyboardMs + (scenes + 1) * keyframeMs + scenes * clipMs;

/** Prints the comparison. */
export async function scheduleBench(): Promise<void> {
  const rows = await Promise.all(
    [1, 2, 4, 8].map(async (concurrency) => {
      const ms = await makespanMs(concurrency);
      return [`vidpipe, ${concurrency} clips at once`, ms] as const;
    }),
  );
  console.log(`\nSchedule: ${scenes} scenes, stills ${keyframeMs / 1_000} s, clips ${clipMs / 1_000} s (virtual time)`);
  for (const [name, ms] of [
    ["critical path", criticalPathMs],
    ...rows,
    ["staged, one clip at a time (v1)", stagedMs],
  ] as const)
    console.log(`  ${name.padEnd(34)} ${(ms / 1_000).toFixed(0).padStart(5)} s  ${(ms / criticalPathMs).toFixed(2)} x`);
}

if (import.meta.main) await scheduleBench();
