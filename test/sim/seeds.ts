import { describe, expect, test } from "bun:test";
import { commandFor, FaultTally, runSeeds, tableOf } from "./campaign.ts";

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
    }, 0);

    // Seeds are deterministic, but any change of the program shifts their traces: of a hundred, two faults may go
    // unmet for a while; of a thousand none may.
    test("meet the faults of the catalogue and live through them", () => {
      expect(tally.missing().length).toBeLessThanOrEqual(count < 1_000 ? 2 : 0);
    });
  });
}
