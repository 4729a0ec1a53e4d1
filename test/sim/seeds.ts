import { describe, expect, test } from "bun:test";
import { commandFor, FaultTally, runSeeds, tableOf } from "./campaign.ts";
import { SIZES } from "./sizes.ts";

/** Seeds of one test file at the full size. */
const fullCount = SIZES.pr.seeds / 2;

/** The seeds of one test file: half of them each, so that two cores share the work. */
export function testSeeds(from: number, count: number): void {
  describe(`seeds ${from} to ${from + count - 1}`, () => {
    const tally = new FaultTally();

    test("break no promise", async () => {
      const seeds = Array.from({ length: count }, (_, place) => from + place);
      const { runs, crashes, powerLosses, virtualHours, failures } = await runSeeds(seeds, tally);
      const line = (what: string, tried: number) => ({ what, tried, violations: failures.length, note: "" });
      const lines = [line("simulated runs", runs), line("crashes", crashes), line("power losses", powerLosses)];
      const hours = { what: "virtual hours", tried: Math.round(virtualHours), violations: 0, note: "" };
      process.stdout.write(`${tableOf([...lines, hours], `simulation, seeds ${from} to ${from + count - 1}`)}\n`);
      expect(failures.map((failure) => commandFor(failure))).toEqual([]);
    }, 600_000);

    test("meet the faults of the catalogue and live through them", () => {
      // A sample meets the common ones; the full size is held to every single one.
      const missing = tally.missing();
      expect(missing.length).toBeLessThan(15);
      if (count >= fullCount) expect(missing).toEqual([]);
    });
  });
}
