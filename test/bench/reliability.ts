/**
 * The reliability plan in one of its three sizes, as one table with seed, date and commit:
 *   bun test/bench/reliability.ts [--size pr|nightly|release] [--seed 1 | --fresh] [--hours N]
 * With --fresh the simulation takes seeds that nobody looked at, and notes them in test/sim/seed-ranges.json.
 * With --hours nothing new is begun after that time; the table always counts what was really tried. How far each row
 * is, what one of it takes and how long the rest will take goes to stderr.
 * Exit code 1 when anything was wrong.
 */
import { parseArgs } from "node:util";
import { damageMany } from "../media/corruption.ts";
import { isSizeName, type SizeName } from "../sim/sizes.ts";
import { hoursArgs, openTimeBox, tell, upTo } from "./time-box.ts";

/** How often what the simulation does not cover is tried. */
const COUNTS = {
  sample: { kills: 20, caps: 4, races: 4, http: 1_000, inputs: 4_000, damaged: 40, lease: false },
  pr: { kills: 100, caps: 30, races: 100, http: 5_000, inputs: 50_000, damaged: 200, lease: false },
  nightly: { kills: 5_000, caps: 1_000, races: 2_000, http: 200_000, inputs: 1_000_000, damaged: 5_000, lease: true },
  release: {
    kills: 20_000,
    caps: 5_000,
    races: 5_000,
    http: 1_000_000,
    inputs: 1_000_000,
    damaged: 20_000,
    lease: true,
  },
} as const satisfies Record<SizeName, object>;

interface Line {
  readonly what: string;
  readonly tried: string;
  readonly violations: number;
  readonly note: string;
}

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "pr" },
    seed: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    hours: { type: "string" },
  },
});
if (!isSizeName(values.size)) throw new RangeError(`--size must be one of ${Object.keys(COUNTS).join(", ")}`);
const size: SizeName = values.size;
const counts = COUNTS[size];
const box = openTimeBox(values.hours);
/** Seeds of the simulation: those that nobody looked at, or from a given one. */
const seedArgs = values.fresh ? ["--fresh"] : ["--from", values.seed];

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
    const { name, tried, violations, note = "" } = row.exec(line)?.groups ?? {};
    return name === undefined
      ? []
      : [{ what: name.trim(), tried: (tried ?? "").trim(), violations: Number(violations), note }];
  });
  const told = lines.some(({ violations }) => violations > 0);
  if (failed) console.log(text);
  return failed && !told ? [...lines, { what, tried: "did not end well", violations: 1, note: "" }] : lines;
}

const simulation = await rowsOf(
  "simulation",
  ["test/sim/run.ts", "--size", size, ...seedArgs, ...hoursArgs(box.share(0.6))],
  /^(?<name>\S.*?)\s+(?<tried>\d+)\s+(?<violations>\d+)(?:\s{2}(?<note>.*))?$/,
);
const mutants = simulation.filter(({ what }) => what.startsWith("planted bug"));
const caught = mutants.filter(({ violations }) => violations === 0).length;
const happenings = simulation.filter(({ what }) => /^(fault|act) /.test(what));
const met = happenings.filter(({ note }) => !note.endsWith(" in 0 runs")).length;
const others = simulation.filter((line) => !mutants.includes(line) && !happenings.includes(line));
/** As the scripts beside this one print a row. */
const ROW = /^(?<name>\S.{43}) (?<tried>.{40}) (?<violations>\d+) violations$/;
const argsOf = (numbers: Readonly<Record<string, number>>): string[] =>
  Object.entries(numbers).flatMap(([name, count]) => [`--${name}`, String(count)]);
const fuzzing = { http: counts.http, inputs: counts.inputs };
const fuzzed = await rowsOf(
  "fuzz",
  ["test/bench/fuzz.ts", ...argsOf(fuzzing), "--seed", values.seed, ...hoursArgs(box.share(0.3))],
  ROW,
);
const killing = { kills: counts.kills, caps: counts.caps, races: counts.races };
const kills = await rowsOf(
  "kills",
  [
    "test/bench/kill.ts",
    ...[...argsOf(killing), "--seed", values.seed, ...hoursArgs(box.share(0.9))],
    ...(counts.lease ? ["--lease"] : []),
  ],
  ROW,
);
const complaints: string[] = [];
let damaged = 0;
/** Files damaged between two looks at the time; every count is a multiple of it. */
const batch = 20;
for (const place of box.count(`damaged files, ${batch} at a time`, upTo(Math.ceil(counts.damaged / batch)))) {
  complaints.push(...(await damageMany(Number(values.seed) + place * batch, batch)));
  damaged += batch;
}
for (const complaint of complaints) console.log(`- ${complaint}`);
tell("start with 1,000 unfinished films");
const recovery = await script(["test/bench/recovery.ts"]);
const commit = (await new Response(Bun.spawn(["git", "rev-parse", "--short", "HEAD"]).stdout).text()).trim();

const table: readonly Line[] = [
  ...others,
  row(
    "faults of the catalogue and acts of a director that happened and were survived",
    `${met} of ${happenings.length}`,
  ),
  row("planted bugs caught", `${caught} of ${mutants.length}`, mutants.length - caught),
  ...fuzzed,
  ...kills,
  row("damaged clips and stills", `${damaged}`, complaints.length),
  row("start with 1,000 unfinished films", metrics(recovery.text), recovery.failed ? 1 : 0),
];

function row(what: string, tried: string, violations = 0): Line {
  return { what, tried, violations, note: "" };
}

/** The two times of the recovery bench. */
function metrics(text: string): string {
  const times = [...text.matchAll(/(\d+) ms {2}\(goal/g)].map((match) => `${match[1]} ms`);
  return `first poll ${times[0]}, all owned ${times[1]}`;
}

console.log(
  `\nvidpipe reliability, size ${size}${values.hours === undefined ? "" : ` within ${values.hours} h`}, seed ${values.seed}, ${new Date().toISOString().slice(0, 10)}, commit ${commit}`,
);
console.log("| what | tried | violations |\n|---|---|---|");
for (const { what, tried, violations } of table) console.log(`| ${what} | ${tried} | ${violations} |`);
process.exit(table.some(({ violations }) => violations > 0) ? 1 : 0);
