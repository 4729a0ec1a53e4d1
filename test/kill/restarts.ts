import fc from "fast-check";
import { AcceptedAnswer } from "../../src/api/schemas/responses.ts";
import { emptyFolder, type Started, startBinary } from "../support/binary.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { type Consents, differences, pieceOf } from "../support/ledger-check.ts";
import { lostFiles, type Records, recordsIn } from "../support/records.ts";
import { environmentFor } from "../support/wire.ts";

/** What a server is killed in the middle of. */
export type Route = "text" | "image";

const KINDS = { text: "storyboard", image: "keyframe" } as const satisfies Record<Route, string>;
const UNTIL = { text: "storyboard", image: "keyframes" } as const satisfies Record<Route, string>;
/** Calls for one piece before its user is asked. */
const callsBeforeAsking = 2;
/** Restarts of a server whose film waits for its user: none of them may buy anything. */
const idleRestarts = 2;
const scenes = 2;
/** Ms between two looks at the database. */
const lookMs = 15;

/** When a server dies: while its call is not answered yet (null), or so many ms after the call arrived. */
type Death = number | null;
const deaths: fc.Arbitrary<Death> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 300 }) },
);

/** What the restarts have tried and found. */
export interface Restarts {
  /** Servers that were killed, those of a film that waits for its user among them. */
  readonly kills: number;
  /** Films that got all their pieces. */
  readonly films: number;
  /** Pieces that were bought again on the user's word. */
  readonly asked: number;
  readonly violations: readonly string[];
}

/** A film in the making by one server after another. */
interface Making {
  readonly route: Route;
  readonly folder: string;
  readonly fake: GoogleFake;
  readonly env: Record<string, string>;
  readonly consents: Map<string, number>;
}

/**
 * Kills a server while it buys pieces of one kind and starts it again as a service manager would, film after film; says
 * yes where it asks. The last film is finished without a kill.
 */
export async function runRestarts(route: Route, kills: number, seed: number): Promise<Restarts> {
  const left = fc.sample(deaths, { numRuns: kills, seed });
  const sum = { kills: 0, films: 0, asked: 0 };
  const violations: string[] = [];
  while (left.length > 0 && violations.length === 0) {
    const film = await makeFilm(route, left);
    sum.kills += film.kills;
    sum.films += film.films;
    sum.asked += film.asked;
    violations.push(
      ...film.violations.map((what) => `${route} seed ${seed}, with ${left.length} kills to go: ${what}`),
    );
  }
  return { ...sum, violations };
}

/** Makes one film; every server takes its death from `left` while there is one. */
async function makeFilm(route: Route, left: Death[]): Promise<Restarts> {
  const fake = createGoogleFake();
  const env = environmentFor("omni", fake);
  const making: Making = { route, fake, env, folder: emptyFolder("restarts"), consents: new Map() };
  const violations: string[] = [];
  const kills = left.length;
  let [idle, asked] = [0, 0];
  try {
    for (;;) {
      const end = await serveOnce(making, left);
      const after = recordsIn(making.folder);
      violations.push(...(await faultsOf(making, after)));
      const isMade = end === "review";
      if (isMade) violations.push(...unusedAnswers(after));
      if (isMade || violations.length > 0)
        return { kills: kills - left.length + idle, films: isMade ? 1 : 0, asked, violations };
      if (end !== "held") continue;
      asked += 1;
      idle += idleRestarts;
      violations.push(...(await idleFaults(making)));
    }
  } finally {
    fake.stop();
  }
}

/** Runs a server until it dies, or its film is at rest: tells where it stands then. */
async function serveOnce(making: Making, left: Death[]): Promise<string> {
  const { route, fake, folder } = making;
  const death = left.shift();
  const release = death === null ? fake.hold(route) : () => {};
  const seen = fake.requests.filter((request) => request.route === route).length;
  const over = new AbortController();
  const called = fake.arrived(route, seen + 1);
  const server = await start(making);
  const rest = atRest(folder, over.signal);
  const dead = called.then(() => (death === undefined ? rest : "called"));
  try {
    await goOn(making, await server.firstLine);
    const end = await Promise.race([dead, rest]);
    if (end !== "called") return end;
    await Bun.sleep(death ?? 0);
    server.kill("SIGKILL");
    return "killed";
  } finally {
    over.abort();
    release();
    server.kill("SIGKILL");
    await server.ended;
  }
}

const start = ({ folder, env }: Making): Promise<Started> => startBinary(folder, ["serve", "--port", "0"], env);

/** Orders the film where there is none yet; says yes where it waits for its user. */
async function goOn({ route, folder, consents }: Making, url: string): Promise<void> {
  const { project, steps } = recordsIn(folder);
  const post = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) });
    AcceptedAnswer.parse(await answer.json());
  };
  const film = { prompt: "A cat finds a lantern", scenes, clip_duration: 3, until: UNTIL[route] };
  if (project === undefined) return await post("/api/generate", film);
  if (project.status !== "held") return;
  for (const piece of steps.filter(({ status }) => status === "ambiguous").map(pieceOf))
    consents.set(piece, (consents.get(piece) ?? 0) + 1);
  await post(`/api/projects/${project.id}/resume`, { retry_ambiguous: true });
}

/** Resolves when nothing more happens to the film: its user is to look at it, or is asked. */
async function atRest(folder: string, signal: AbortSignal): Promise<string> {
  const asking = recordsIn(folder).project?.status === "held";
  let moved = !asking;
  while (!signal.aborted) {
    const status = recordsIn(folder).project?.status ?? "none";
    moved ||= status !== "held";
    if (moved && ["held", "review", "failed", "complete"].includes(status)) return status;
    await Bun.sleep(lookMs);
  }
  return "aborted";
}

async function faultsOf({ folder, fake, consents }: Making, after: Records): Promise<string[]> {
  return [
    ...differences(after, fake.bill, consents),
    ...(await lostFiles(folder, after.files)).map((key) => `${key} is lost`),
    ...(after.integrity === "ok" ? [] : [`the database: ${after.integrity}`]),
    ...(after.project?.status === "failed" ? [`the film failed: ${after.project.message}`] : []),
    ...askedTooSoon(after, consents),
  ];
}

/** A lost answer is worth one repeat: before it nobody is asked. */
const askedTooSoon = ({ steps, submits }: Records, consents: Consents): string[] =>
  steps
    .filter(({ status }) => status === "ambiguous")
    .flatMap((step) => {
      const calls = submits.filter(({ step_id, state }) => step_id === step.id && state !== "released").length;
      const piece = pieceOf(step);
      return calls >= callsBeforeAsking + (consents.get(piece) ?? 0) ? [] : [`${piece} asks after ${calls} calls`];
    });

/** Every answer that was kept has become a piece of the film. */
const unusedAnswers = ({ submits }: Records): string[] =>
  submits
    .filter(({ kept, verdict }) => kept && verdict !== "used")
    .map((submit) => `an answer for ${pieceOf(submit)} was not used`);

/** Restarts the server of a film that waits for its user: nothing is bought. */
async function idleFaults(making: Making): Promise<string[]> {
  const { fake, folder, route } = making;
  const before = fake.requests.length;
  for (let restart = 0; restart < idleRestarts; restart += 1) {
    const server = await start(making);
    await server.firstLine;
    server.kill("SIGKILL");
    await server.ended;
  }
  const { project } = recordsIn(folder);
  return [
    ...(fake.requests.length === before ? [] : [`a ${KINDS[route]} was bought while its user was asked`]),
    ...(project?.status === "held" ? [] : [`the film waits for its user no more: ${project?.status}`]),
  ];
}
