/**
 * Junk in large numbers: `bun test/bench/fuzz.ts [--http 5000] [--inputs 50000] [--seed 1]
 * [--hours N]`. Prints one table and ends with 1 when anything was not refused as it should be. With --hours nothing new
 * is begun after that time; the table counts what was really tried.
 */
import { parseArgs } from "node:util";
import { fuzzInputs } from "../fuzz/inputs.ts";
import { fuzzHttp } from "../http/fuzz.ts";
import { openTimeBox, type TimeBox, upTo } from "./time-box.ts";

const { values } = parseArgs({
  options: {
    http: { type: "string", default: "5000" },
    inputs: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
    hours: { type: "string" },
  },
});
const [http, inputs, seed] = [Number(values.http), Number(values.inputs), Number(values.seed)];

/** Tries between two looks at the time. */
const batch = 1_000;

interface Line {
  readonly what: string;
  readonly tried: number;
  readonly violations: readonly string[];
}

async function inBatches(
  what: string,
  count: number,
  box: TimeBox,
  run: (count: number, seed: number) => readonly string[] | Promise<readonly string[]>,
): Promise<Line> {
  const violations: string[] = [];
  let tried = 0;
  for (const place of box.count(`${what}, ${batch} at a time`, upTo(Math.ceil(count / batch)))) {
    const some = Math.min(batch, count - tried);
    violations.push(...(await run(some, seed + place)));
    tried += some;
  }
  return { what, tried, violations };
}

const box = openTimeBox(values.hours);
const table = [
  await inBatches("HTTP requests, spoiled: 5xx, hangs, ways out", http, box.share(0.7), fuzzHttp),
  await inBatches("ids, names, settings, files, headers, URLs", inputs, box, fuzzInputs),
];
for (const { what, tried, violations } of table)
  console.log(`${what.padEnd(44)} ${String(tried).padEnd(40)} ${violations.length} violations`);
for (const { violations } of table) for (const violation of violations) console.log(`- ${violation}`);
process.exit(table.some(({ violations }) => violations.length > 0) ? 1 : 0);
