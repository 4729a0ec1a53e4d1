import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ACTS, FAULT_IDS, type FaultId, HAPPENINGS, PROFILES, type Profile } from "./faults.ts";
import type { Mutant } from "./mutants.ts";
import { type RunReport, simulate } from "./simulate.ts";

/** One line of the table: what was tried, how often, and what must not have happened. */
export interface TableLine {
  readonly what: string;
  readonly tried: number;
  readonly violations: number;
  readonly note: string;
}

/** A run that went wrong, with the command that repeats it. */
export const commandFor = ({ seed, profile, violation }: RunReport, more = ""): string =>
  `${violation} (profile ${profile})\n  VIDPIPE_SIM_SEED=${seed} bun test/sim/run.ts${more}`;

/** Counts of every fault over many runs, and in how many runs it was survived. */
export class FaultTally {
  private readonly fired = new Map<FaultId, number>();
  private readonly survived = new Map<FaultId, number>();

  add(report: RunReport): void {
    for (const [id, count] of report.faults) {
      this.fired.set(id, (this.fired.get(id) ?? 0) + count);
      if (report.violation === null) this.survived.set(id, (this.survived.get(id) ?? 0) + 1);
    }
  }

  /** Faults that never happened, or that no run lived through. */
  missing(): readonly FaultId[] {
    return FAULT_IDS.filter((id) => (this.survived.get(id) ?? 0) === 0);
  }

  lines(): readonly TableLine[] {
    return FAULT_IDS.map((id) => ({
      what: `${id in ACTS ? "act" : "fault"} ${id}: ${HAPPENINGS[id]}`,
      tried: this.fired.get(id) ?? 0,
      violations: 0,
      note: `survived in ${this.survived.get(id) ?? 0} runs`,
    }));
  }
}

export interface SeedResult {
  readonly runs: number;
  readonly crashes: number;
  readonly powerLosses: number;
  readonly virtualHours: number;
  readonly failures: readonly RunReport[];
}

/** Runs many seeds, every profile in turn. */
export async function runSeeds(seeds: Iterable<number>, tally: FaultTally): Promise<SeedResult> {
  const failures: RunReport[] = [];
  let [runs, crashes, powerLosses, virtualMs] = [0, 0, 0, 0];
  for (const seed of seeds) {
    const report = await simulate(seed, { profile: profileOf(seed) });
    tally.add(report);
    runs += 1;
    crashes += report.crashes;
    powerLosses += report.faults.get("POWER") ?? 0;
    virtualMs += report.virtualMs;
    if (report.violation !== null) failures.push(report);
  }
  return { runs, crashes, powerLosses, virtualHours: virtualMs / 3_600_000, failures };
}

/** Profiles take turns, so that every run of seeds tries all of them alike. */
export function profileOf(seed: number): Profile {
  const found = PROFILES[seed % PROFILES.length];
  if (found === undefined) throw new RangeError("no profile");
  return found;
}

export interface CrashPointResult {
  readonly points: number;
  readonly failures: readonly RunReport[];
}

export interface CrashPointOptions {
  /** Every how many points is tried. */
  readonly stride?: number;
  /** While a user directs the film. */
  readonly directed?: boolean;
  /** Ends the search early. */
  readonly isOver?: () => boolean;
}

/** A film without any trouble, to be crashed at each point. */
const REFERENCE: Profile = { name: "reference", rates: {}, crashes: 0, directs: 0, several: false };

/** The same film while its user directs it. */
const DIRECTED: Profile = { ...REFERENCE, name: "directed reference", directs: 0.4 };

/** Crashes a reference run at each boundary of a port in turn: before and after every call, and inside a store. */
export async function runCrashPoints(
  seed: number,
  { stride = 1, directed = false, isOver = () => false }: CrashPointOptions = {},
): Promise<CrashPointResult> {
  const profile = directed ? DIRECTED : REFERENCE;
  const reference = await simulate(seed, { profile });
  const failures: RunReport[] = reference.violation === null ? [] : [reference];
  let points = 0;
  for (let crashAtPoint = 1; crashAtPoint <= reference.points; crashAtPoint += stride) {
    if (isOver()) break;
    points += 1;
    const report = await simulate(seed, { profile, crashAtPoint });
    if (report.violation !== null) failures.push(report);
  }
  return { points, failures };
}

/** The first run that shows a planted bug by the promise it breaks; null: none of `most` seeds did. */
export async function catchMutant(mutant: Mutant, most: number): Promise<RunReport | null> {
  const { sabotage, profile, breaks } = mutant;
  const seeds = [mutant.seed, ...Array.from({ length: most }, (_, place) => place + 1)];
  for (const seed of seeds) {
    const report = await simulate(seed, { sabotage, profile });
    if (report.violation !== null && breaks.test(report.violation)) return report;
  }
  return null;
}

/** Seeds that once found a bug, kept for ever. */
const FoundSeed = z.strictObject({
  seed: z.int(),
  profile: z.string(),
  /** False for a run without edits, as when the seed was found. */
  directed: z.boolean().default(true),
  found: z.string(),
  cause: z.string(),
});
export type FoundSeed = z.infer<typeof FoundSeed>;

export async function readBugbase(): Promise<readonly FoundSeed[]> {
  const folder = join(import.meta.dir, "bugbase");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Promise.all(files.toSorted().map(async (name) => FoundSeed.parse(await Bun.file(join(folder, name)).json())));
}

export function replay({ seed, profile, directed }: FoundSeed): Promise<RunReport> {
  const found = PROFILES.find(({ name }) => name === profile);
  return simulate(seed, found === undefined ? {} : { profile: directed ? found : { ...found, directs: 0 } });
}

/** The table as text. */
export function tableOf(lines: readonly TableLine[], heading: string): string {
  const width = Math.max(...lines.map(({ what }) => what.length));
  const row = (what: string, tried: string, violations: string, note: string) =>
    `${what.padEnd(width)} ${tried.padStart(9)} ${violations.padStart(10)}  ${note}`.trimEnd();
  return [
    heading,
    row("what", "tried", "violations", "note"),
    ...lines.map((line) => row(line.what, String(line.tried), String(line.violations), line.note)),
  ].join("\n");
}
