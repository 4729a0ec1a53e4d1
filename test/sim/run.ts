/**
 * The simulation from the command line.
 *   VIDPIPE_SIM_SEED=123 bun test/sim/run.ts [--profile NAME] [--doublecheck] [--shrink]   one seed, with its trace
 *   bun test/sim/run.ts --size pr|nightly|release [--from SEED | --fresh] [--seeds N] [--hours N]
 *   a campaign and its table; after N hours nothing new is begun: the table counts what was really tried.
 *   --fresh takes the next seeds that nobody looked at, and notes them in seed-ranges.json when it is done
 */
import { parseArgs } from "node:util";
import { openTimeBox, type TimeBox, upTo } from "../bench/time-box.ts";
import {
  type CrashPointResult,
  catchMutant,
  commandFor,
  FaultTally,
  profileOf,
  readBugbase,
  replay,
  runCrashPoints,
  runSeeds,
  type TableLine,
  tableOf,
} from "./campaign.ts";
import type { RunOptions } from "./environment.ts";
import { type FaultId, PROFILES } from "./faults.ts";
import { MUTANTS } from "./mutants.ts";
import { nextFresh, noteUsed, readSeedRanges } from "./seed-ranges.ts";
import { simulate } from "./simulate.ts";
import { isSizeName, SIZES, type Size } from "./sizes.ts";

const { values } = parseArgs({
  options: {
    profile: { type: "string" },
    doublecheck: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
    size: { type: "string" },
    from: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    seeds: { type: "string" },
    hours: { type: "string" },
  },
});

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** One seed, told in full. Returns whether it went well. */
async function one(seed: number): Promise<boolean> {
  const profile = PROFILES.find(({ name }) => name === values.profile) ?? profileOf(seed);
  const report = await simulate(seed, { profile });
  say(report.tail.join("\n"));
  say(`seed ${seed}, profile ${report.profile}, trace ${report.traceHash}: ${report.violation ?? "no violation"}`);
  if (values.doublecheck) {
    const again = await simulate(seed, { profile });
    say(
      again.traceHash === report.traceHash
        ? "the second run is the same"
        : `the second run differs: ${again.traceHash}`,
    );
    if (again.traceHash !== report.traceHash) return false;
  }
  if (values.shrink && report.violation !== null)
    say(`still fails without: ${(await shrink(seed, { profile }, [...report.faults.keys()])).join(", ")}`);
  return report.violation === null;
}

/** The faults that the failure does not need. */
async function shrink(seed: number, options: RunOptions, fired: readonly FaultId[]): Promise<readonly FaultId[]> {
  const silent: FaultId[] = [];
  for (const id of fired)
    if ((await simulate(seed, { ...options, silent: [...silent, id] })).violation !== null) silent.push(id);
  return silent;
}

async function mutantLine(mutant: (typeof MUTANTS)[number], most: number): Promise<TableLine> {
  const caught = await catchMutant(mutant, most);
  const note = caught === null ? "MISSED" : `caught: ${caught.violation}`;
  return {
    what: `planted bug: ${mutant.name}`,
    tried: caught?.seed ?? most,
    violations: caught === null ? 1 : 0,
    note,
  };
}

/** The crash points of several films. */
async function crashAll(seeds: readonly number[], directed: boolean, box: TimeBox): Promise<CrashPointResult> {
  const what = directed ? "directed films, crashed at every point" : "films, crashed at every point";
  const results: CrashPointResult[] = [];
  for (const seed of box.count(what, seeds))
    results.push(await runCrashPoints(seed, { directed, isOver: () => box.isOver() }));
  const points = results.reduce((sum, result) => sum + result.points, 0);
  return { points, failures: results.flatMap(({ failures }) => failures) };
}

/** Everything of one size; returns whether nothing went wrong. */
async function campaign(size: Size, from: number, box: TimeBox): Promise<boolean> {
  const tally = new FaultTally();
  const old = await readBugbase();
  const relapses = (await Promise.all(old.map(replay))).filter((report) => report.violation !== null);
  const mutants: TableLine[] = [];
  for (const mutant of box.count("planted bugs", MUTANTS)) mutants.push(await mutantLine(mutant, size.mutantSeeds));
  const count = values.seeds === undefined ? size.seeds : Number(values.seeds);
  const range = upTo(count).map((place) => from + place);
  const seeds = await runSeeds(box.share(0.75).count("simulated runs", range), tally);
  const references = upTo(size.references).map((place) => from + place);
  const plain = await crashAll(references, false, box.share(0.4));
  const directed = await crashAll(references, true, box);
  const missing = tally.missing();
  const failures = [...relapses, ...seeds.failures, ...plain.failures, ...directed.failures];
  const lines: TableLine[] = [
    { what: "seeds of the bug base", tried: old.length, violations: relapses.length, note: "" },
    {
      what: "simulated runs",
      tried: seeds.runs,
      violations: seeds.failures.length,
      note: `${seeds.virtualHours.toFixed(0)} virtual hours`,
    },
    { what: "crashes in them", tried: seeds.crashes, violations: 0, note: "" },
    { what: "power losses in them", tried: seeds.powerLosses, violations: 0, note: "" },
    { what: "crash points", tried: plain.points, violations: plain.failures.length, note: "" },
    { what: "crash points while directed", tried: directed.points, violations: directed.failures.length, note: "" },
    ...mutants,
    ...tally.lines(),
  ];
  say(tableOf(lines, `vidpipe simulation, seeds ${from} to ${from + seeds.runs - 1}, ${new Date().toISOString()}`));
  for (const failure of failures) say(commandFor(failure));
  if (missing.length > 0) say(`never happened, or never survived: ${missing.join(", ")}`);
  // A short look need not meet them all.
  const complete = seeds.runs < SIZES.pr.seeds || missing.length === 0;
  return failures.length === 0 && complete && mutants.every(({ violations }) => violations === 0);
}

/** A campaign from a given seed, or on fresh ones. */
async function campaignOf(size: Size, box: TimeBox): Promise<boolean> {
  if (!values.fresh) return campaign(size, Number(values.from), box);
  const count = values.seeds === undefined ? size.seeds : Number(values.seeds);
  const from = nextFresh(await readSeedRanges(), count);
  const isFine = await campaign(size, from, box);
  await noteUsed(from, count, `fresh, ${new Date().toISOString().slice(0, 10)}`);
  return isFine;
}

const seed = process.env.VIDPIPE_SIM_SEED;
const size = values.size ?? "pr";
if (seed === undefined && !isSizeName(size)) throw new RangeError(`--size must be ${Object.keys(SIZES).join(", ")}`);
const fine =
  seed !== undefined
    ? await one(Number(seed))
    : isSizeName(size) && (await campaignOf(SIZES[size], openTimeBox(values.hours)));
process.exitCode = fine ? 0 : 1;
