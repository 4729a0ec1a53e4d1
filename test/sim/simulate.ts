import { blankDatabase, layGround, type RunOptions } from "./environment.ts";
import type { FaultId } from "./faults.ts";
import { checkBooks } from "./final-audit.ts";
import { Violation } from "./loop.ts";
import { createLife } from "./scenario.ts";

/** How one seeded run went. */
export interface RunReport {
  readonly seed: number;
  readonly profile: string;
  /** What must not happen and did; null when all went well. */
  readonly violation: string | null;
  /** Equal for two runs of one seed. */
  readonly traceHash: string;
  readonly crashes: number;
  readonly virtualMs: number;
  readonly points: number;
  readonly faults: ReadonlyMap<FaultId, number>;
  readonly tail: readonly string[];
}

/** Runs one seed to its end. Never throws for a violation: it is in the report. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<RunReport> {
  const ground = layGround(seed, await blankDatabase(), options);
  const { loop } = ground;
  let violation: string | null = null;
  try {
    const life = createLife(ground);
    await loop.run(life.suffer());
    await loop.run(life.finish());
    await loop.run(checkBooks(ground));
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    violation = thrown.message;
  } finally {
    ground.dispose();
  }
  return {
    seed,
    profile: ground.profile.name,
    violation,
    traceHash: loop.traceHash(),
    crashes: ground.crashes,
    virtualMs: loop.elapsedMs(),
    points: ground.points,
    faults: ground.faults.counts,
    tail: [...loop.tail()],
  };
}
