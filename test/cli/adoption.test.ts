/** The whole program, as two users of one machine, over Google's wire formats: whose data drive paid work. */
import { Database } from "bun:sqlite";
import { afterAll, afterEach, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApp } from "../../src/app/create-app.ts";
import { examineApp } from "../../src/app/examine.ts";
import { PROVIDERS, providerNotices } from "../../src/app/providers.ts";
import type { CliContext, Sink } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/main.ts";
import { createFolderTrust } from "../../src/config/folder-trust.ts";
import { inspectConfig, loadConfig } from "../../src/config/load.ts";
import { userFolderOf } from "../../src/config/user-folder.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import { createUserRecords } from "../../src/platform/user-records.ts";
import { toy } from "../providers/toy/toy.ts";
import { emptyFolder, removeFolders } from "../support/binary.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { clipHead } from "../support/google-fake/media.ts";
import { createHeaderMedia } from "../support/header-media.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

const providers = [...PROVIDERS, toy];
const fakes: GoogleFake[] = [];
afterEach(() => {
  for (const fake of fakes.splice(0)) fake.stop();
});
afterAll(removeFolders);

interface User {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command of a user as a process of its own. `started` gets the first line of stdout and the way to press Ctrl-C. */
async function vidpipe(
  { cwd, env }: User,
  args: readonly string[],
  started?: (firstLine: Promise<string>, interrupt: () => void) => Promise<void>,
): Promise<Ran> {
  const handlers = new Set<() => void>();
  const printed = Promise.withResolvers<string>();
  const texts = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof texts): Sink => ({
    write(text) {
      texts[name] += text;
      if (name === "stdout") printed.resolve(text.split("\n")[0] ?? "");
    },
    isTerminal: false,
    columns: () => 100,
    isColored: false,
  });
  const records = createUserRecords(userFolderOf(env, process.platform));
  const context: CliContext = {
    version: "9.9.9",
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    stdin: { isTerminal: false, chunks: () => (async function* () {})() },
    clock: createSystemClock(),
    edit: async () => 1,
    config: (flags, file, trusted) => loadConfig({ flags, file, trusted, cwd, env, providers, records }),
    inspectConfig: (flags, file) => inspectConfig({ flags, file, cwd, env, providers, records }),
    examine: (inspected, options, signal) =>
      examineApp(inspected, options, signal, { providers, media: createHeaderMedia() }),
    folders: createFolderTrust(records, env, providers),
    providers: providerNotices(providers),
    openJoiner: async () => Promise.reject(new Error("not in this test")),
    open: (config) => createApp(config, { providers, media: createHeaderMedia() }),
    onInterrupt(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    exitNow: (code) => {
      throw new Error(`asked to end with ${code}`);
    },
  };
  const interrupt = () => {
    for (const handler of handlers) handler();
  };
  const [exitCode] = await Promise.all([runCli(args, context), started?.(printed.promise, interrupt)]);
  return { exitCode, ...texts };
}

/** Alice's folder with a paid film that she stopped in the middle, and Bob, who found it; both have the same Google. */
async function foundFilm() {
  const fake = createGoogleFake({ encode: clipHead });
  fakes.push(fake);
  const cwd = emptyFolder("found");
  const user = (more: Record<string, string> = {}): User => ({
    cwd,
    env: { ...environmentFor("omni", fake), HOME: emptyFolder("home"), VIDPIPE_LOG__LEVEL: "silent", ...more },
  });
  const [alice, bob] = [user(), user()];
  const begun = await vidpipe(alice, generateArgs("omni", 2), async (_, interrupt) => {
    await fake.arrived("image");
    interrupt();
  });
  expect(begun.exitCode).toBe(130);
  const [{ project_id: id } = { project_id: "" }] = await listed(alice);
  const bill = () => ({
    text: fake.bill.filter(({ kind, charged }) => kind === "text" && charged).length,
    image: fake.bill.filter(({ kind, charged }) => kind === "image" && charged).length,
    clip: fake.bill.filter(({ kind, charged }) => kind === "clip" && charged).length,
  });
  expect(bill().clip).toBe(0);
  return { fake, cwd, user, alice, bob, id, bill };
}

async function listed(user: User): Promise<{ project_id: string; status: string }[]> {
  const { exitCode, stdout } = await vidpipe(user, ["list", "--json"]);
  expect(exitCode).toBe(0);
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

/** Everything recorded but the heartbeats, and every file. */
function content(cwd: string): string[] {
  const database = new Database(join(cwd, "vidpipe-data/vidpipe.db"), { readonly: true });
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'owners'")
    .all();
  const rows = tables.flatMap(({ name }) =>
    database
      .query(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => `${name} ${JSON.stringify(row)}`),
  );
  database.close();
  const files = readdirSync(join(cwd, "vidpipe-data"), { recursive: true }).map(String);
  return [...rows, ...files.filter((name) => !/-(wal|shm)$/.test(name)).toSorted((a, b) => (a < b ? -1 : 1))];
}

/** One printable line that names the command. */
const REFUSED = /^error: [^\p{Cc}]*not known as yours[^\p{Cc}]*'vidpipe adopt'[^\p{Cc}]*\n$/u;

test("a found folder's unfinished film: it is shown, buys nothing through any door, and goes on once it is adopted", async () => {
  const { cwd, alice, bob, id, bill, user } = await foundFilm();
  const [before, paid] = [content(cwd), bill()];

  for (const args of [["list"], ["status", id], ["plan", id], ["cost", id], ["takes", id], ["history", id]])
    expect([args, (await vidpipe(bob, args)).exitCode]).toEqual([args, 0]);
  expect((await vidpipe(bob, ["status", id])).stdout).toMatch(/^not_adopted: .*run 'vidpipe adopt' in this folder/m);
  const list = join(emptyFolder("list"), "films.yaml");
  writeFileSync(list, "- prompt: A cat finds a lantern\n  clip_duration: 3\n");
  for (const args of [
    ["resume", id, "--yes"],
    generateArgs("omni", 1),
    ["retake", id, "--scene", "1", "--yes"],
    ["generate", "--batch", list, "--yes"],
    ["stitch", id],
    ["revert", id, "0"],
  ]) {
    const { exitCode, stdout, stderr } = await vidpipe(bob, args);
    expect([args, exitCode, stdout]).toEqual([args, 2, ""]);
    expect(stderr).toMatch(REFUSED);
  }
  const doctor = await vidpipe(bob, ["doctor", "--json"]);
  expect(doctor.exitCode).toBe(1);
  expect(doctor.stdout).toMatch(/"topic":"data","level":"fail"[^\n]*vidpipe adopt/);
  expect(content(cwd)).toEqual(before);
  expect(bill()).toEqual(paid);

  const adopted = await vidpipe(bob, ["adopt", "--json"]);
  expect(adopted).toMatchObject({ exitCode: 0, stderr: "" });
  const [film, done] = adopted.stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(film).toMatchObject({ type: "unfinished", project_id: id, most_usd: expect.any(Number) });
  expect(done).toMatchObject({ type: "adopted", database: join(cwd, "vidpipe-data/vidpipe.db") });
  expect(content(cwd)).toEqual(before);
  expect(bill()).toEqual(paid);

  expect((await vidpipe(bob, ["status", id])).stdout).not.toContain("adopt");
  expect((await vidpipe(bob, ["resume", id, "--yes"])).exitCode).toBe(0);
  expect(bill()).toEqual({ text: 1, image: 3, clip: 2 });
  expect((await listed(alice)).map(({ status }) => status)).toEqual(["complete"]);
  // A fork is a copy: it rests as long as nobody says whose it is.
  expect((await vidpipe(user(), ["fork", id, "--style", "noir", "--quiet"])).exitCode).toBe(0);
  expect(bill()).toEqual({ text: 1, image: 3, clip: 2 });
});

test("serve shows a found folder, makes what is free, and neither goes on with paid films nor takes orders for them", async () => {
  const { cwd, bob, id, bill, user } = await foundFilm();
  const paid = bill();
  const rowsOf = () => content(cwd).filter((line) => line.includes(id));
  const before = rowsOf();
  const serving = await vidpipe(bob, ["serve", "--port", "0"], async (firstLine, interrupt) => {
    const url = await firstLine;
    const post = (path: string, body: object) =>
      fetch(new URL(path, url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const refused = { code: "storage.not_adopted", detail: expect.stringContaining("'vidpipe adopt'") };
    for (const [path, body] of [
      ["/api/generate", { prompt: "A cat", scenes: 1, clip_duration: 3, provider: "google" }],
      [`/api/projects/${id}/resume`, {}],
    ] as const) {
      const answer = await post(path, body);
      expect([path, answer.status, await answer.json()]).toEqual([path, 409, expect.objectContaining(refused)]);
    }
    expect(await (await fetch(new URL(`/api/projects/${id}`, url))).json()).toMatchObject({
      waits: [{ reason: "not_adopted", message: expect.stringContaining("'vidpipe adopt'"), ways: [], next: [] }],
      waiting_for: null,
    });
    const ready = await fetch(new URL("/api/ready", url));
    expect(await ready.json()).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ topic: "data", level: "warn" })]),
    });
    const order = { prompt: "A top spins", scenes: 1, provider: "toy" };
    const { project_id: free } = Object(await (await post("/api/generate", order)).json());
    // The scheduler works: what it has not touched when this film rests (its still is too small) it does not touch.
    const events = await fetch(new URL(`/api/projects/${free}/events`, url));
    for await (const chunk of events.body ?? []) if (new TextDecoder().decode(chunk).includes('"held"')) break;
    interrupt();
  });
  expect(serving.exitCode).toBe(0);
  expect(rowsOf()).toEqual(before);
  expect(bill()).toEqual(paid);

  // Who made it, and who names it, needs no word.
  const named = user({ VIDPIPE_STORAGE__DATABASE_URL: `sqlite:///${join(cwd, "vidpipe-data/vidpipe.db")}` });
  expect((await vidpipe(named, ["resume", id, "--yes"])).exitCode).toBe(0);
  expect(bill()).toEqual({ text: 1, image: 3, clip: 2 });
});

test("serve empties no trash of a found folder, before it is adopted", async () => {
  const { cwd, bob, id } = await foundFilm();
  const ask = (words: string) => {
    using client = new Database(join(cwd, "vidpipe-data/vidpipe.db"));
    return client.query<Record<string, unknown>, [string]>(words).get(id);
  };
  ask("UPDATE projects SET discarded_at_ms = 1, status = 'held' WHERE id = ?");
  const isEmptied = () => ask("SELECT emptied_at_ms AS at FROM projects WHERE id = ?")?.at !== null;
  /** Serves until the trash is empty, or after so many requests. */
  const serving = (requests: number) =>
    vidpipe(bob, ["serve", "--port", "0"], async (firstLine, interrupt) => {
      const url = await firstLine;
      for (let left = requests; left > 0 && !isEmptied(); left--) await fetch(new URL("/api/ready", url));
      interrupt();
    });
  expect((await serving(20)).exitCode).toBe(0);
  expect(isEmptied()).toBe(false);
  expect((await vidpipe(bob, ["adopt"])).exitCode).toBe(0);
  expect((await serving(500)).exitCode).toBe(0);
  expect(isEmptied()).toBe(true);
});

test("adopt where there are no data is refused, and makes none", async () => {
  const cwd = emptyFolder("wrong");
  const home = emptyFolder("home");
  const { exitCode, stdout, stderr } = await vidpipe({ cwd, env: { HOME: home } }, ["adopt"]);
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`there is no ${join(cwd, "vidpipe-data/vidpipe.db")}: nothing was made`);
  expect([readdirSync(cwd), readdirSync(home)]).toEqual([[], []]);
});

const main = join(import.meta.dir, "../../src/main.ts");

test("a server on a found folder says so once when it starts", async () => {
  const cwd = emptyFolder("found");
  const start = (home: string, args: readonly string[]) =>
    Bun.spawn([process.execPath, main, ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
  expect(await start(emptyFolder("home"), ["list"]).exited).toBe(0);
  const server = start(emptyFolder("home"), ["serve", "--port", "0"]);
  for await (const _ of server.stdout) break;
  server.kill("SIGTERM");
  const said = await new Response(server.stderr).text();
  expect(await server.exited).toBe(0);
  expect(said.split("\n").filter((line) => line.includes("vidpipe adopt"))).toEqual([
    expect.stringMatching(
      /not known as yours: it is shown, and nothing is bought for its films;.*then start the server again/,
    ),
  ]);
});
