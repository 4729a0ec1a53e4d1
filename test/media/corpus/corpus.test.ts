/** Random sets of the corpus, joined by random transitions, become films that are right in every frame. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { sized } from "../../support/size.ts";
import { peakBytes } from "../../support/tree-memory.ts";
import { faultsOf } from "./judge.ts";
import { clipFile } from "./make.ts";
import { RECIPES, recipeNamed } from "./recipes.ts";
import { joined, orderLine, orderOf, ordersAround, tryOrder } from "./sets.ts";
import type { Order } from "./truth.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

const seeds = Array.from({ length: sized(2, 200) }, (_, index) => 1 + index);

test.each(seeds)("the film of seed %p is right", async (seed) => {
  const order = orderOf(seed);
  const faults = await tryOrder(order);
  // Again, with fewer clips: bun test/media/corpus/run.ts --seed N
  expect({ seed, order: orderLine(order), faults }).toEqual({ seed, order: orderLine(order), faults: [] });
});

/** All in the whole run: it takes minutes. */
describe("between two plain clips", () => {
  const some = RECIPES.slice(0, sized(0, RECIPES.length));
  test.each(some.map((recipe) => [recipe.name, recipe] as const))("%s", async (_, recipe) => {
    for (const order of ordersAround(recipe))
      expect([orderLine(order), ...(await tryOrder(order))]).toEqual([orderLine(order)]);
  });
});

/** Films that are not what was asked for: the judge must say so. */
describe("the judge sees", () => {
  const [one, two] = [recipeNamed("plain"), recipeNamed("plain, the second")];
  const cut = { kind: "cut", seconds: 0 } as const;
  const right = { clips: [one, two], transitions: [cut] };
  const film = joined(right);

  test("nothing wrong in the right film", async () => {
    expect(await faultsOf(await film, right)).toEqual([]);
  });

  const wrong: readonly (readonly [string, Order, string])[] = [
    ["clips in another order", { clips: [two, one], transitions: [cut] }, "shows frame 0 of code"],
    ["sound where none should be", { ...right, clips: [one, { ...two, heard: null }] }, "silence is due"],
    ["a beep that is late", { ...right, clips: [one, { ...two, beep: { from: 0.69, to: 0.8 } }] }, "ms late"],
    [
      "a fade that is not there",
      { ...right, transitions: [{ kind: "crossfade", seconds: 0.2 }] as const },
      "75 are due",
    ],
    ["colours that are off", { ...right, clips: [one, { ...two, colourTolerance: 0 }] }, "square"],
  ];
  test.each(wrong.slice(0, sized(3, 5)))("%s", async (_, order, fault) => {
    expect((await faultsOf(await film, order)).join("\n")).toContain(fault);
  });
});

test("clips are kept between runs", async () => {
  const path = await clipFile(recipeNamed("plain"));
  expect(await clipFile(recipeNamed("plain"))).toBe(path);
});

/** Seeds of the sets whose memory is measured; all in the whole run. */
const measured = [11, 12].slice(0, sized(0, 2));

test.each(measured)("the film of seed %p, ten times over, takes about the memory of one", async (seed) => {
  const peak = (times: number) =>
    peakBytes(Bun.spawn(["bun", join(import.meta.dir, "run.ts"), "--seed", `${seed}`, "--times", `${times}`]));
  const [one, ten] = [await peak(1), await peak(10)];
  expect(ten).toBeLessThan(1.4 * one);
});
