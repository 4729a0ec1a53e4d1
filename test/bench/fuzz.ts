/**
 * Junk in large numbers: `bun test/bench/fuzz.ts [--http 5000] [--inputs 50000] [--seed 1]`. Prints one table and ends
 * with 1 when anything was not refused as it should be.
 */
import { parseArgs } from "node:util";
import { fuzzInputs } from "../fuzz/inputs.ts";
import { fuzzHttp } from "../http/fuzz.ts";

const { values } = parseArgs({
  options: {
    http: { type: "string", default: "5000" },
    inputs: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
  },
});
const [http, inputs, seed] = [Number(values.http), Number(values.inputs), Number(values.seed)];

const table = [
  { what: "HTTP requests, spoiled: 5xx, hangs, ways out", tried: http, violations: await fuzzHttp(http, seed) },
  { what: "ids, names, settings, files, headers, URLs", tried: inputs, violations: fuzzInputs(inputs, seed) },
];
for (const { what, tried, violations } of table)
  console.log(`${what.padEnd(44)} ${String(tried).padEnd(40)} ${violations.length} violations`);
for (const { violations } of table) for (const violation of violations) console.log(`- ${violation}`);
process.exit(table.some(({ violations }) => violations.length > 0) ? 1 : 0);
