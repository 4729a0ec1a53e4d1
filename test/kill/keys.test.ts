import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { AcceptedAnswer, StatusAnswer } from "../../src/api/schemas/responses.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import { emptyFolder, removeFolders, type Started, startBinary } from "../support/binary.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { recordsIn } from "../support/records.ts";
import { environmentFor } from "../support/wire.ts";

setDefaultTimeout(120_000);

let fake: GoogleFake;
let folder: string;
let started: Started[];

beforeEach(() => {
  fake = createGoogleFake();
  folder = emptyFolder("keys");
  started = [];
});
afterEach(async () => {
  for (const program of started) program.kill("SIGKILL");
  await Promise.all(started.map(({ ended }) => ended));
  fake.stop();
});
afterAll(removeFolders);

async function serve() {
  const program = await startBinary(folder, ["serve", "--port", "0"], environmentFor("omni", fake));
  started.push(program);
  const url = await program.firstLine;
  const post = (path: string, body: object, key: string) =>
    fetch(new URL(path, url), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(body),
    });
  /** Waits until the film waits for its user. */
  async function held(id: string): Promise<void> {
    for (;;) {
      const answer = await fetch(new URL(`/api/projects/${id}/status?wait=30`, url));
      const { status } = StatusAnswer.parse(await answer.json());
      if (status === "held") return;
      if (isSettled(status)) throw new Error(`the film is ${status}`);
    }
  }
  return { program, post, held };
}

const ordersSent = () => fake.requests.filter(({ route }) => route === "submit").length;

/** The database, behind the program's back. */
function inDatabase<T>(use: (database: Database) => T): T {
  const database = new Database(join(folder, "vidpipe-data", "vidpipe.db"));
  try {
    database.run("pragma busy_timeout = 5000");
    return use(database);
  } finally {
    database.close();
  }
}

/** Resolves once the clip is ordered again. */
async function orderedAgain(): Promise<void> {
  const waits = () =>
    inDatabase((db) => db.query("select 1 from steps where kind = 'clip' and status = 'ambiguous'").get() !== null);
  while (waits()) await new Promise((resolve) => setImmediate(resolve));
}

test("a resume whose server is killed before it answers buys no third clip under its key", async () => {
  fake.script({ on: "submit", fault: "execute_and_reset", times: 3 });
  const first = await serve();
  const film = { prompt: "A cat finds a lantern", scenes: 1, clip_duration: 3 };
  const made = await first.post("/api/generate", film, "film");
  const { project_id: id } = AcceptedAnswer.parse(await made.json());
  await first.held(id);
  expect(ordersSent()).toBe(1);

  // Between the commit and the answer are some milliseconds: the answer is kept out of the database for certain.
  const keepOut =
    "create trigger unanswered before update of answer on request_keys begin select raise(abort, 'no'); end";
  inDatabase((db) => db.run(keepOut));
  const resume = (server: typeof first) =>
    server.post(`/api/projects/${id}/resume`, { retry_ambiguous: true }, "resume");
  const answered = resume(first).catch(() => undefined);
  await orderedAgain();
  first.program.kill("SIGKILL");
  await Promise.all([answered, first.program.ended]);
  inDatabase((db) => db.run("drop trigger unanswered"));

  const second = await serve();
  await second.held(id);
  const again = await resume(second);
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([202, "true"]);
  await second.held(id);
  expect(ordersSent()).toBe(2);
  expect(recordsIn(folder).submits.filter(({ kind }) => kind === "clip")).toHaveLength(2);
});
