import { blankDatabase, createTestStores, type RunOptions } from "./environment.ts";
import type { FaultId } from "./faults.ts";
import { finalAudit } from "./final-audit.ts";
import { Violation } from "./loop.ts";
import { createScenario } from "./scenario.ts";

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
  const environment = createTestStores(seed, await blankDatabase(), options);
  const { loop } = environment;
  let violation: string | null = null;
  try {
    const scenario = createScenario(environment);
    await loop.run(scenario.suffer());
    await loop.run(scenario.finish());
    await loop.run(finalAudit(environment));
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    violation = thrown.message;
  } finally {
    environment.dispose();
  }
  return {
    seed,
    profile: environment.profile.name,
    violation,
    traceHash: loop.traceHash(),
    crashes: environment.crashes,
    virtualMs: loop.elapsedMs(),
    points: environment.points,
    faults: environment.faults.counts,
    tail: [...loop.tail()],
  };
}
