import { emptyFolder, type Finished, runBinary, startBinary } from "../support/binary.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { differences, pieceOf } from "../support/ledger-check.ts";
import { lostFiles, type Records, recordsIn, type StepRecord } from "../support/records.ts";
import { environmentFor, generateArgs, type Mode } from "../support/wire.ts";
import { type DecisionContext, drawMoments, moment, nameOf, routeOf } from "./moments.ts";

const scenes = 2;

/** What a campaign of kills has tried and found. */
export interface Campaign {
  /** Kills that hit a running program, by the kind of moment. */
  readonly kills: Readonly<Record<string, number>>;
  readonly films: number;
  /** Orders whose fate the program did not know, that it asked about, and that were bought again on consent. */
  readonly consents: number;
  /** Everything that must not be, with the place in the campaign. */
  readonly violations: readonly string[];
}

/** A film in the making, and everything needed to judge it. */
interface Take {
  readonly folder: string;
  readonly fake: GoogleFake;
  readonly env: Record<string, string>;
  /** Purchases that their user agreed to although the piece may have been bought, by the piece's name. */
  readonly consents: Map<string, number>;
}

interface Tally {
  readonly kills: Record<string, number>;
  readonly violations: string[];
  films: number;
  consents: number;
}

function newTake(mode: Mode): Take {
  const fake = createGoogleFake();
  return { folder: emptyFolder("kill"), fake, env: environmentFor(mode, fake), consents: new Map() };
}

/** Kills the program at drawn moments and goes on each time, film after film; the last film is finished. */
export async function runCampaign(mode: Mode, kills: number, seed: number): Promise<Campaign> {
  const tally: Tally = { kills: {}, violations: [], films: 0, consents: 0 };
  let take = newTake(mode);
  for (const [number, when] of drawMoments(kills, seed).entries()) {
    const found = await strike(take, mode, when, tally);
    tally.violations.push(
      ...found.map((violation) => `${mode} seed ${seed} kill ${number} (${nameOf(when)}): ${violation}`),
    );
    if (recordsIn(take.folder).project?.status === "complete") {
      take.fake.stop();
      tally.films += 1;
      take = newTake(mode);
    }
  }
  tally.violations.push(
    ...(await finish(take, mode, tally)).map((violation) => `${mode} seed ${seed} at the end: ${violation}`),
  );
  take.fake.stop();
  return tally;
}

/** A piece whose order may have been sent: going on with it may need the user's consent. */
const inDoubt = ({ status, operation }: StepRecord): boolean =>
  status === "ambiguous" || (status === "running" && operation === null);

/** The command that goes on with a film; it says yes to every order that is in doubt. */
function nextCommand({ project, steps }: Records, mode: Mode, { consents }: Take, tally: Tally): string[] {
  if (project === undefined) return generateArgs(mode, scenes);
  const asked = steps.filter((step) => step.status === "ambiguous");
  if (asked.length === 0) return ["resume", project.id, "--yes"];
  for (const piece of steps.filter(inDoubt).map(pieceOf)) {
    consents.set(piece, (consents.get(piece) ?? 0) + 1);
    tally.consents += 1;
  }
  return ["resume", project.id, "--retry-ambiguous", "--yes"];
}

/** Runs the program until the moment or its end, and says what is wrong afterwards. */
async function strike(take: Take, mode: Mode, drawn: DecisionContext, tally: Tally): Promise<string[]> {
  const before = recordsIn(take.folder);
  const when = possible(drawn, before, mode);
  const program = await startBinary(take.folder, nextCommand(before, mode, take, tally), take.env);
  const over = new AbortController();
  const due = moment(when, take.fake, over.signal).then(() => null);
  const finished = await Promise.race([program.ended, due]);
  over.abort();
  if (finished === null) {
    program.kill("SIGKILL");
    await program.ended;
    tally.kills[nameOf(when)] = (tally.kills[nameOf(when)] ?? 0) + 1;
  }
  const after = recordsIn(take.folder);
  return [
    ...(finished === null ? [] : badEnding(finished, after)),
    ...lostSteps(before, after),
    ...(await lostFiles(take.folder, after.files)).map((key) => `${key} is lost`),
    ...(after.integrity === "ok" ? [] : [`the database: ${after.integrity}`]),
    ...differences(after, take.fake.bill, take.consents),
  ];
}

/** A request that will not come any more cannot be waited for: then the next order or look does, else any time. */
function possible(when: DecisionContext, { steps, submits }: Records, mode: Mode): DecisionContext {
  const done = (kind: string) => steps.filter((step) => step.kind === kind && step.status === "done").length;
  const ordered = new Set(
    submits.filter(({ kind, state }) => kind === "clip" && state !== "released").map(({ position }) => position),
  );
  const toCome: Readonly<Record<string, boolean>> = {
    text: done("storyboard") === 0,
    image: done("keyframe") <= scenes,
    submit: ordered.size < scenes,
    poll: done("clip") < scenes,
    file: done("clip") < scenes && mode === "omni",
    download: done("clip") < scenes && mode === "omni",
  };
  const route = routeOf(when);
  if (route === null || toCome[route] === true) return when;
  const next = (["submit", "poll"] as const).find((later) => toCome[later] === true);
  return next === undefined
    ? { at: "time", delayMs: when.delayMs * 50 }
    : { at: "request", route: next, delayMs: when.delayMs };
}

/** Whoever ends by itself has made the film, or asks about an order in doubt. */
function badEnding({ exitCode, stderr }: Finished, { project, steps }: Records): string[] {
  if (exitCode === 0 && project?.status === "complete") return [];
  if (exitCode === 3 && steps.some(({ status }) => status === "ambiguous")) return [];
  return [`it ended with ${exitCode} while the project was ${project?.status}: ${stderr.trim().split("\n").at(-1)}`];
}

/** Finished steps stay finished, with the same operation and time: they were not done again. */
function lostSteps(before: Records, after: Records): string[] {
  const now = new Map(after.steps.map((step) => [step.id, JSON.stringify(step)]));
  return before.steps
    .filter((step) => step.status === "done" && now.get(step.id) !== JSON.stringify(step))
    .map((step) => `${step.kind} ${step.position} was done and is now ${now.get(step.id) ?? "gone"}`);
}

/** Goes on until the film is there; a user who always says yes needs one answer per order in doubt. */
async function finish(take: Take, mode: Mode, tally: Tally): Promise<string[]> {
  const mostAnswers = 4 * scenes + 4;
  for (let answers = 0; answers < mostAnswers; answers += 1) {
    const before = recordsIn(take.folder);
    const finished = await runBinary(take.folder, nextCommand(before, mode, take, tally), take.env);
    const after = recordsIn(take.folder);
    const found = [...badEnding(finished, after), ...differences(after, take.fake.bill, take.consents)];
    if (found.length > 0) return found;
    if (finished.exitCode !== 0) continue;
    tally.films += 1;
    return [...lostSteps(before, after), ...(await lostFiles(take.folder, after.files)).map((key) => `${key} is lost`)];
  }
  return [`it is not finished after ${mostAnswers} answers`];
}
