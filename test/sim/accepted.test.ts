import { describe, expect, test } from "bun:test";
import { sized } from "../support/size.ts";
import { commandFor } from "./campaign.ts";
import { PROFILES, type Profile } from "./faults.ts";
import { simulate } from "./simulate.ts";

/** Every film has a limit, so that each run compares the bill with what its users accepted before every call. */
const limited = (name: string): Profile[] =>
  PROFILES.filter((profile) => profile.name === name).map((profile) => ({ ...profile, caps: 1, directs: 0.15 }));

describe("the bill stays within the sum of what was accepted", () => {
  test.each([...limited("greedy-provider"), ...limited("hostile")])(
    "for any acts and faults of $name",
    async (profile) => {
      const seeds = Array.from({ length: sized(12, 200) }, (_, place) => place + 1);
      const failures: string[] = [];
      for (const seed of seeds) {
        const report = await simulate(seed, { profile });
        if (report.violation !== null) failures.push(commandFor(report));
      }
      expect(failures).toEqual([]);
    },
    0,
  );
});
