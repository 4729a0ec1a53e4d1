import { afterEach, beforeEach } from "bun:test";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import { NOON_MS } from "../storage/samples.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { describeAdmitting } from "./repository/admitting.ts";
import { createBench } from "./repository/bench.ts";
import { describeListing } from "./repository/listing.ts";
import { describeMoney } from "./repository/money.ts";
import { describeReading } from "./repository/reading.ts";
import { describeServing } from "./repository/serving.ts";
import { describeWork } from "./repository/work.ts";
import { describeWriting } from "./repository/writing.ts";

/** What every Repository promises. `make` gives a new, empty one that follows the clock. */
export function repositoryContract(name: string, make: (clock: Clock) => Promise<ProjectDatabase>): void {
  let current: { readonly repository: ProjectDatabase; readonly clock: ManualClock } | undefined;

  beforeEach(async () => {
    const clock = createManualClock(NOON_MS);
    current = { clock, repository: await make(clock) };
  });
  afterEach(() => current?.repository.close());

  const bench = createBench(name, () => {
    if (current === undefined) throw new Error("a repository exists only inside a test");
    return current;
  });
  describeWriting(bench);
  describeAdmitting(bench);
  describeMoney(bench);
  describeListing(bench);
  describeReading(bench);
  describeWork(bench);
  describeServing(bench);
}
