/**
 * Joins corpus clips and judges the films:
 *
 *   bun test/media/corpus/run.ts --seed 7 [--sets 20]     random sets, from that seed on
 *   bun test/media/corpus/run.ts --fresh --sets 200       seeds that nobody looked at
 *   bun test/media/corpus/run.ts --each [--only "mono"]   each clip between two plain ones
 *   bun test/media/corpus/run.ts --seed 7 --times 10      that set, joined ten times over; not judged
 *
 * Prints what is wrong and ends with 1 when anything is.
 */
import { parseArgs } from "node:util";
import { RECIPES, recipeNamed } from "./recipes.ts";
import { joined, orderLine, orderOf, ordersAround, repeated, shrunk, tryOrder } from "./sets.ts";
import type { Order } from "./truth.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    sets: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    times: { type: "string" },
    each: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);
const first = values.fresh ? (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) : Number(values.seed ?? 1);

function* tries(): Generator<readonly [string, Order]> {
  if (values.each || values.only !== undefined) {
    for (const recipe of values.only?.map(recipeNamed) ?? RECIPES)
      for (const order of ordersAround(recipe)) yield [orderLine(order), order];
    return;
  }
  for (let seed = first; seed < first + Number(values.sets); seed += 1) yield [`--seed ${seed}`, orderOf(seed)];
}

if (values.times !== undefined) {
  await joined(repeated(orderOf(first), Number(values.times)));
  process.exit();
}
let [tried, failed] = [0, 0];
for (const [name, order] of tries()) {
  tried += 1;
  const faults = await tryOrder(order);
  if (faults.length === 0) continue;
  failed += 1;
  say(`${name}: ${orderLine(order)}`);
  for (const fault of faults) say(`  - ${fault}`);
  const smaller = values.each || values.only !== undefined ? order : await shrunk(order);
  if (smaller === order) continue;
  say(`  fails as: ${orderLine(smaller)}`);
  for (const fault of await tryOrder(smaller)) say(`    - ${fault}`);
}
say(`${tried} films, ${failed} with faults`);
process.exitCode = failed > 0 ? 1 : 0;
