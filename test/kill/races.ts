import { Database } from "bun:sqlite";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { emptyFolder, type Finished, runBinary, startBinary } from "../support/binary.ts";
import type { Route } from "../support/google-fake/faults.ts";
import { createGoogleFake } from "../support/google-fake/google-fake.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

/** Films that wait for a driver in one folder, each of one scene. */
const films = 10;
/** Most rounds of answers until every film is made. */
const mostAnswers = 4;

/** What races have tried and found. */
export interface Races {
  /** Films that a server and a resume took up at the same moment. */
  readonly races: number;
  /** Those that the server got; the resume of each of the others did. Both must happen, or it was no race. */
  readonly toServer: number;
  readonly violations: readonly string[];
}

/** How a round goes: when the first program dies, who starts first by how much, whether the server dies too. */
const rounds = fc.record({
  killedAt: fc.constantFrom<Route>("text", "image", "submit", "poll"),
  killedAfter: fc.integer({ min: 1, max: films }),
  /** Of the resumes before the server; negative: the other way round. */
  headStartMs: fc.integer({ min: -300, max: 150 }),
  serverDiesAfterMs: fc.option(fc.nat(1_500)),
});

const Film = z.object({ id: z.string(), status: z.string(), asked: z.number(), orders: z.number() });
type Film = z.infer<typeof Film>;

/** The films of a folder: how each stands, clips in doubt, and clips that were ordered or may have been. */
function filmsIn(folder: string): readonly Film[] {
  const database = new Database(join(folder, "vidpipe-data", "vidpipe.db"), { readonly: true });
  try {
    const rows = database.query(`SELECT id, status,
      (SELECT count(*) FROM steps WHERE project_id = projects.id AND kind = 'clip' AND status = 'ambiguous') AS asked,
      (SELECT count(*) FROM submits JOIN steps ON steps.id = submits.step_id
        WHERE submits.project_id = projects.id AND steps.kind = 'clip' AND submits.state <> 'released') AS orders
      FROM projects ORDER BY id`);
    return z.array(Film).parse(rows.all());
  } finally {
    database.close();
  }
}

const isOpen = ({ status }: Pick<Film, "status">): boolean => status !== "review" && status !== "complete";

/**
 * Kills a program in the middle of ten films; then a server and a resume for each film start at once. Every film must
 * come out, with one clip bought for it, and one more for each time its user said so.
 */
async function race(seed: number): Promise<Races> {
  const [drawn] = fc.sample(rounds, { numRuns: 1, seed });
  if (drawn === undefined) throw new RangeError("nothing was drawn");
  const fake = createGoogleFake();
  const folder = emptyFolder("race");
  const env = environmentFor("omni", fake);
  await Bun.write(join(folder, "films.csv"), `prompt,scenes\n${"A cat finds a lantern,1\n".repeat(films)}`);
  const [, , ...rest] = generateArgs("omni", 1);
  const clips = rest.slice(rest.indexOf("--clip-duration"));
  // Up to the clips: what comes after them is not bought, and takes longer than all the rest.
  const first = await startBinary(folder, ["generate", "--batch", "films.csv", "--until", "clips", ...clips], env);
  await Promise.race([fake.arrived(drawn.killedAt, drawn.killedAfter), first.ended]);
  first.kill("SIGKILL");
  await first.ended;

  const waiting = filmsIn(folder).filter(isOpen);
  const { headStartMs } = drawn;
  const telling = { ...env, VIDPIPE_LOG__LEVEL: "info" };
  const serving = Bun.sleep(Math.max(0, headStartMs)).then(() =>
    startBinary(folder, ["serve", "--port", "0"], telling),
  );
  await Bun.sleep(Math.max(0, -headStartMs));
  const resumes = waiting.map(({ id }) => runBinary(folder, ["resume", id, "--until", "clips", "--yes"], env));
  const server = await serving;
  const dying = new AbortController();
  const death = drawn.serverDiesAfterMs === null ? null : killLater(server, drawn.serverDiesAfterMs, dying.signal);
  const ends = await Promise.all(resumes);
  dying.abort();
  await death;
  server.kill("SIGTERM");
  const { stderr } = await server.ended;

  const consents = await finish(folder, env);
  fake.stop();
  return {
    races: waiting.length,
    toServer: Number(/resumed (\d+) unfinished/.exec(stderr)?.[1] ?? 0),
    violations: [
      ...ends.flatMap(badEnding),
      ...(await faultsOf(folder, fake.bill.filter(({ kind, charged }) => kind === "clip" && charged).length, consents)),
    ].map((fault) => `seed ${seed}: ${fault}`),
  };
}

async function killLater(
  server: { kill(signal: NodeJS.Signals): void },
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  await Bun.sleep(ms);
  if (!signal.aborted) server.kill("SIGKILL");
}

/** A resume makes the film, or waits for its user's word, or comes when it is made already. */
const badEnding = ({ exitCode, stderr }: Finished): string[] =>
  exitCode === 0 || exitCode === 3 || /there is nothing to resume|waits for your choice/.test(stderr)
    ? []
    : [`a resume ended with ${exitCode}: ${stderr.trim().split("\n").at(-1)}`];

/** Goes on with every film, saying yes; returns how often a clip in doubt was ordered again, for each film. */
async function finish(folder: string, env: Record<string, string>): Promise<ReadonlyMap<string, number>> {
  const consents = new Map<string, number>();
  for (let answer = 0; answer < mostAnswers; answer++) {
    const open = filmsIn(folder).filter(isOpen);
    if (open.length === 0) break;
    for (const { id, asked } of open) {
      consents.set(id, (consents.get(id) ?? 0) + asked);
      const yes = asked > 0 ? ["--retry-ambiguous", "--yes"] : ["--yes"];
      await runBinary(folder, ["resume", id, "--until", "clips", ...yes], env);
    }
  }
  return consents;
}

async function faultsOf(folder: string, billed: number, consents: ReadonlyMap<string, number>): Promise<string[]> {
  const made = filmsIn(folder);
  const { files, integrity } = recordsIn(folder);
  const allowed = (id: string) => 1 + (consents.get(id) ?? 0);
  const most = made.reduce((sum, { id }) => sum + allowed(id), 0);
  return [
    ...(integrity === "ok" ? [] : [`the database: ${integrity}`]),
    ...(billed >= made.length && billed <= most
      ? []
      : [`${billed} clips billed for ${made.length} films, ${most} allowed`]),
    ...made.flatMap(({ id, status, orders }) => [
      ...(isOpen({ status }) ? [`${id} is ${status}`] : []),
      ...(orders <= allowed(id) ? [] : [`${id} ordered ${orders} clips`]),
    ]),
    ...(await lostFiles(folder, files)).map((key) => `${key} is lost`),
  ];
}

/** At least so many films, each taken up by a server and a resume at once. */
export async function runRaces(count: number, seed: number): Promise<Races> {
  const sum = { races: 0, toServer: 0 };
  const found: string[] = [];
  for (let round = 0; sum.races < count; round++) {
    const { races, toServer, violations } = await race(seed + round);
    sum.races += races;
    sum.toServer += toServer;
    found.push(...violations);
  }
  return { ...sum, violations: found };
}
