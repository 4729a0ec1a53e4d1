import type { Environment } from "./environment.ts";
import type { FaultId } from "./faults.ts";
import type { Loop } from "./loop.ts";
import type { Random } from "./random.ts";

const hourMs = 3_600_000;
/** The wall clock is set, a little, an hour or ten years off; or the whole machine sleeps. */
const CLOCK_TROUBLES: readonly ((loop: Loop) => void)[] = [
  ...[hourMs, -hourMs, 3e11, -3e11, 40_000].map((ms) => (loop: Loop) => loop.jump(ms)),
  (loop) => loop.suspend(8 * hourMs),
];

/** Injects faults between steps: each call may cause overload, a full disk, a wrong clock, or schedule a crash. */
export function createFaultInjector(environment: Environment, random: Random): () => void {
  const { loop, faults, audit, disk, providerFake, profile } = environment;

  function occasion(probability: number, id: FaultId, happens: () => void): void {
    if (random.random(probability) && faults.strikes(id)) happens();
  }

  return () => {
    const stored = [...audit.latest.values()].flatMap(({ artifacts }) => artifacts);
    const { points } = environment;
    occasion(0.1, "F7", () => providerFake.storm(loop.elapsedMs() + random.between(10_000, 60_000)));
    occasion(0.1, "F24", () => random.pick(CLOCK_TROUBLES)(loop));
    if (random.random(0.4)) disk.setFull(false);
    occasion(0.1, "F21", () => disk.setFull(true));
    if (stored.length > 0) occasion(0.1, "F20", () => disk.rot(random.pick(stored).key));
    occasion(0.2, "F25", () => {
      environment.stopAtPoint = points + 1 + random.below(120);
    });
    const mayCrash = environment.crashes < profile.crashes && environment.crashAtPoint <= points;
    if (mayCrash && random.random(0.9)) environment.crashAtPoint = points + 1 + random.below(120);
  };
}
