/**
 * The reliability plan in one of its three sizes, as one table with seed, date and commit:
 *   bun test/bench/reliability.ts [--size pr|nightly|release] [--seed 1]
 * Exit code 1 when anything was wrong.
 */
import { parseArgs } from "node:util";
import { damageMany } from "../media/corruption.ts";
import { isSizeName, type SizeName } from "../sim/sizes.ts";

/** How often what the simulation does not cover is tried. */
const COUNTS = {
  sample: { kills: 20, caps: 4, damaged: 40, lease: false },
  pr: { kills: 100, caps: 30, damaged: 200, lease: false },
  nightly: { kills: 5_000, caps: 1_000, damaged: 5_000, lease: true },
  release: { kills: 20_000, caps: 5_000, damaged: 20_000, lease: true },
} as const satisfies Record<SizeName, object>;

interface Line {
  readonly what: string;
  readonly tried: string;
  readonly violations: number;
}

const { values } = parseArgs({
  options: { size: { type: "string", default: "pr" }, seed: { type: "string", default: "1" } },
});
if (!isSizeName(values.size)) throw new RangeError(`--size must be one of ${Object.keys(COUNTS).join(", ")}`);
const size: SizeName = values.size;
const counts = COUNTS[size];

/** Runs a script of this folder's kind and returns what it printed; a failure of its own is a violation. */
async function script(args: readonly string[]): Promise<{ readonly text: string; readonly failed: boolean }> {
  const child = Bun.spawn([process.execPath, ...args], {
    stdout: "pipe",
    stderr: "inherit",
    cwd: `${import.meta.dir}/../..`,
  });
  const text = await new Response(child.stdout).text();
  return { text, failed: (await child.exited) !== 0 };
}

/** Rows of a script's table; when it failed without a row that says so, that is one. */
async function rowsOf(what: string, args: readonly string[], row: RegExp): Promise<readonly Line[]> {
  const { text, failed } = await script(args);
  const lines = text.split("\n").flatMap((line): Line[] => {
    const { name, tried, violations } = row.exec(line)?.groups ?? {};
    return name === undefined
      ? []
      : [{ what: name.trim(), tried: (tried ?? "").trim(), violations: Number(violations) }];
  });
  const told = lines.some(({ violations }) => violations > 0);
  if (failed) console.log(text);
  return failed && !told ? [...lines, { what, tried: "did not end well", violations: 1 }] : lines;
}

const simulation = await rowsOf(
  "simulation",
  ["test/sim/run.ts", "--size", size, "--from", values.seed],
  /^(?<name>\S.*?)\s+(?<tried>\d+)\s+(?<violations>\d+)(?:\s{2}.*)?$/,
);
const mutants = simulation.filter(({ what }) => what.startsWith("planted bug"));
const caught = mutants.filter(({ violations }) => violations === 0).length;
const faults = simulation.filter(({ what }) => what.startsWith("fault "));
const others = simulation.filter((line) => !mutants.includes(line) && !faults.includes(line));
const killArgs = ["--kills", String(counts.kills), "--caps", String(counts.caps), "--seed", values.seed];
const kills = await rowsOf(
  "kills",
  ["test/bench/kill.ts", ...killArgs, ...(counts.lease ? ["--lease"] : [])],
  /^(?<name>\S.{43}) (?<tried>.{40}) (?<violations>\d+) violations$/,
);
const complaints = await damageMany(Number(values.seed), counts.damaged);
for (const complaint of complaints) console.log(`- ${complaint}`);
const recovery = await script(["test/bench/recovery.ts"]);
const commit = (await new Response(Bun.spawn(["git", "rev-parse", "--short", "HEAD"]).stdout).text()).trim();

const table: readonly Line[] = [
  ...others,
  { what: "faults of the catalogue that happened and were survived", tried: `${faults.length}`, violations: 0 },
  { what: "planted bugs caught", tried: `${caught} of ${mutants.length}`, violations: mutants.length - caught },
  ...kills,
  { what: "damaged clips and stills", tried: `${counts.damaged}`, violations: complaints.length },
  { what: "start with 1,000 unfinished films", tried: figures(recovery.text), violations: recovery.failed ? 1 : 0 },
];

/** The two times of the recovery bench. */
function figures(text: string): string {
  const times = [...text.matchAll(/(\d+) ms {2}\(goal/g)].map((match) => `${match[1]} ms`);
  return `first poll ${times[0]}, all owned ${times[1]}`;
}

console.log(
  `\nvidpipe reliability, size ${size}, seed ${values.seed}, ${new Date().toISOString().slice(0, 10)}, commit ${commit}`,
);
console.log("| what | tried | violations |\n|---|---|---|");
for (const { what, tried, violations } of table) console.log(`| ${what} | ${tried} | ${violations} |`);
process.exit(table.some(({ violations }) => violations > 0) ? 1 : 0);
