import { describe, expect, test } from "bun:test";
import { catchMutant } from "./campaign.ts";
import { MUTANTS } from "./mutants.ts";
import { TEST_SIZE } from "./sizes.ts";

describe("the planted bugs", () => {
  test("are twenty-three, eight of them in what the product decides about purchases and three dead ends", () => {
    expect(MUTANTS).toHaveLength(23);
  });

  test.each(MUTANTS)(
    "$name is caught",
    async (mutant) => {
      const caught = await catchMutant(mutant, TEST_SIZE.mutantSeeds);
      expect(caught?.violation).toMatch(mutant.breaks);
      process.stdout.write(`planted bug "${mutant.name}": caught by seed ${caught?.seed}: ${caught?.violation}\n`);
    },
    0,
  );
});
