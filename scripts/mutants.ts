/**
 * Plants one small bug after the other in the files that decide about money and safety, and runs the unit tests that
 * cover each. A bug that no test notices must stand in the baseline, with a reason.
 *   bun run test:mutants [--file PART] [--limit N] [--changed REF]   exits with 1 when the baseline does not hold
 *   bun run test:mutants --update                                    writes it again; new survivors wait for a reason
 * `--changed` takes only files that differ from a commit, e.g. `main`. A part of the run judges only its own part.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type Mutant, mutantsOf } from "./mutate.ts";

/** The files that hold the rules, and the unit tests that must notice a wrong one. Paths from the project's root. */
const RULES: readonly { readonly file: string; readonly tests: readonly string[] }[] = [
  { file: "src/engine/claim-step.ts", tests: ["test/engine/claim-step.test.ts"] },
  { file: "src/engine/conclude-step.ts", tests: ["test/engine/conclude-step.test.ts"] },
  { file: "src/engine/conclude-answer.ts", tests: ["test/engine/conclude-step.test.ts"] },
  { file: "src/engine/concluded-case.ts", tests: ["test/engine/conclude-step.test.ts"] },
  { file: "src/engine/ask-about.ts", tests: ["test/engine/conclude-step.test.ts", "test/engine/claim-step.test.ts"] },
  { file: "src/planning/purchases.ts", tests: ["test/engine/claim-step.test.ts", "test/planning/purchases.test.ts"] },
  { file: "src/engine/paid-call.ts", tests: ["test/engine/run-step.test.ts"] },
  {
    file: "src/engine/keep-answer.ts",
    tests: ["test/engine/keep-answer.test.ts", "test/engine/recover-steps.test.ts"],
  },
  { file: "src/engine/run-step.ts", tests: ["test/engine/run-step.test.ts"] },
  { file: "src/engine/recover-steps.ts", tests: ["test/engine/recover-steps.test.ts"] },
  { file: "src/engine/retry-timing.ts", tests: ["test/engine/retry-timing.test.ts"] },
  { file: "src/engine/lane-throttle.ts", tests: ["test/engine/lane-throttle.test.ts"] },
  { file: "src/engine/steps/clip.ts", tests: ["test/engine/steps/clip.test.ts"] },
  {
    file: "src/providers/google/failures.ts",
    tests: ["test/providers/google/failure-table.test.ts", "test/providers/google/failures.test.ts"],
  },
  { file: "src/domain/money.ts", tests: ["test/domain/money.test.ts"] },
  { file: "src/domain/errors.ts", tests: ["test/domain/errors.test.ts"] },
  { file: "src/api/middleware/rate-limit.ts", tests: ["test/api/middleware/rate-limit.test.ts"] },
  { file: "src/api/middleware/csrf.ts", tests: ["test/api/middleware/same-origin.test.ts"] },
];

/** Longest time for the tests of one mutant, ms; without a bug they take less than two seconds. */
const limitMs = 30_000;

const root = join(import.meta.dir, "..");
const baselinePath = join(root, "test", "mutants-baseline.json");
/** What the tests of the rules need to run elsewhere. */
const COPIED = ["src", "test", "package.json", "tsconfig.json"] as const;
const LINKED = ["node_modules", "migrations"] as const;

/** Why a mutant may live. */
const Survivor = z.strictObject({
  file: z.string(),
  line: z.string(),
  becomes: z.string(),
  nth: z.int().min(1).default(1),
  judged: z.enum(["equivalent", "killed only by the simulator", "to be killed by the money issue", "not judged yet"]),
  why: z.string(),
});
type Survivor = z.infer<typeof Survivor>;
const Baseline = z.strictObject({ survivors: z.array(Survivor) });

type Fate = "killed" | "survived" | "timeout";
interface Planted extends Mutant {
  readonly file: string;
  readonly tests: readonly string[];
}
type Result = Planted & { readonly fate: Fate };

const { values } = parseArgs({
  options: {
    file: { type: "string" },
    limit: { type: "string" },
    changed: { type: "string" },
    update: { type: "boolean", default: false },
  },
});
const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
if (!(limit > 0)) throw new RangeError("--limit must be a number above 0");

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const keyOf = ({ file, line, becomes, nth }: Pick<Survivor, "file" | "line" | "becomes" | "nth">): string =>
  [file, line, becomes, nth].join("\n");
const shown = ({ file, line, becomes }: Pick<Survivor, "file" | "line" | "becomes">): string =>
  `  ${file}\n    - ${line}\n    + ${becomes === "" ? "(left out)" : becomes}`;

/** A copy of the project that may be broken. The tests run in it; the working tree is never touched. */
function openScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-mutants-"));
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(join(root, name), join(folder, name));
  return folder;
}

async function runTests(folder: string, tests: readonly string[]): Promise<Fate> {
  const program = Bun.spawn([process.execPath, "test", "--bail", "--timeout", "10000", ...tests], {
    cwd: folder,
    stdout: "ignore",
    stderr: "ignore",
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const code = await program.exited;
  if (program.signalCode !== null) return "timeout";
  return code === 0 ? "survived" : "killed";
}

async function judge(folder: string, mutant: Planted): Promise<Result> {
  const path = join(folder, mutant.file);
  const whole = await Bun.file(path).text();
  await Bun.write(path, mutant.source);
  const fate = await runTests(folder, mutant.tests);
  await Bun.write(path, whole);
  return { ...mutant, fate };
}

/** Judges all mutants, as many at once as there are cores; the results come in the mutants' order. */
async function judgeAll(mutants: readonly Planted[]): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    const folder = openScratch();
    try {
      for (let at = next++; at < mutants.length; at = next++) {
        const mutant = mutants[at];
        if (mutant !== undefined) results[at] = await judge(folder, mutant);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

/** Refuses to judge anything by tests that fail, or are not there, without a bug. */
async function requireGreen(rules: typeof RULES): Promise<void> {
  const folder = openScratch();
  const fate = await runTests(folder, [...new Set(rules.flatMap(({ tests }) => tests))]);
  rmSync(folder, { recursive: true, force: true });
  if (fate !== "survived") throw new Error("the unit tests of the rules fail as they are: mend them first");
}

function chosenRules(): typeof RULES {
  const named = RULES.filter(({ file }) => values.file === undefined || file.includes(values.file));
  if (named.length === 0) throw new RangeError(`--file ${values.file} is none of the files of rules`);
  if (values.changed === undefined) return named;
  const git = Bun.spawnSync(["git", "diff", "--name-only", values.changed], { cwd: root });
  if (!git.success) throw new Error(`git knows nothing of ${values.changed}`);
  const changed = new Set(git.stdout.toString().split("\n"));
  return named.filter(({ file, tests }) => [file, ...tests].some((path) => changed.has(path)));
}

function tableOf(results: readonly Result[]): string {
  const count = (file: string, fate?: Fate) =>
    String(results.filter((r) => (file === "" || r.file === file) && (fate === undefined || r.fate === fate)).length);
  const rows = [...new Set(results.map(({ file }) => file)), ""].map((file) => [
    file === "" ? "all" : file,
    count(file),
    count(file, "killed"),
    count(file, "timeout"),
    count(file, "survived"),
  ]);
  return [["file", "mutants", "killed", "timeout", "survived"], ...rows]
    .map(([name = "", ...figures]) => name.padEnd(36) + figures.map((figure) => figure.padStart(10)).join(""))
    .join("\n");
}

/** Compares with the baseline; returns whether it holds. */
async function compare(results: readonly Result[], isWhole: boolean): Promise<boolean> {
  const { survivors } = Baseline.parse(await Bun.file(baselinePath).json());
  const known = new Map(survivors.map((survivor) => [keyOf(survivor), survivor]));
  const alive = results.filter(({ fate }) => fate === "survived");
  const fresh = alive.filter((result) => !known.has(keyOf(result)));
  if (values.update) {
    const kept = alive.map((result): Survivor => {
      const { file, line, becomes, nth } = result;
      return known.get(keyOf(result)) ?? { file, line, becomes, nth, judged: "not judged yet", why: "" };
    });
    const others = survivors.filter(({ file }) => !results.some((result) => result.file === file));
    const written = [...kept, ...(isWhole ? [] : others)];
    await Bun.write(baselinePath, `${JSON.stringify({ survivors: written }, null, 2)}\n`);
    return true;
  }
  const living = new Set(alive.map(keyOf));
  const files = new Set(results.map(({ file }) => file));
  // With a limit, most of a file's mutants were not tried.
  const judged = limit < Number.POSITIVE_INFINITY ? [] : survivors.filter(({ file }) => isWhole || files.has(file));
  const stale = judged.filter((survivor) => !living.has(keyOf(survivor)));
  const open = judged.filter(({ judged: word, why }) => word === "not judged yet" || why === "");
  const report = (what: string, list: readonly Pick<Survivor, "file" | "line" | "becomes">[]) => {
    if (list.length > 0) say(`\n${what}:\n${list.map(shown).join("\n")}`);
  };
  report("No test notices these, and the baseline does not know them", fresh);
  report("The baseline knows these, but they are killed or gone: take them out", stale);
  report("The baseline gives no reason for these", open);
  return fresh.length + stale.length + open.length === 0;
}

const rules = chosenRules();
if (rules.length === 0) say("no file of rules was chosen: there is nothing to do");
else {
  await requireGreen(rules);
  const planted = await Promise.all(
    rules.map(async ({ file, tests }) =>
      mutantsOf(await Bun.file(join(root, file)).text()).map((mutant): Planted => ({ ...mutant, file, tests })),
    ),
  );
  const startedAt = performance.now();
  const results = await judgeAll(planted.flat().slice(0, limit));
  say(tableOf(results));
  say(`${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  const isWhole = rules.length === RULES.length && limit === Number.POSITIVE_INFINITY;
  process.exitCode = (await compare(results, isWhole)) ? 0 : 1;
}
