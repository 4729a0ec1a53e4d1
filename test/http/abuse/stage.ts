import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiSettings } from "../../../src/api/app.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { createArtifactStore } from "../../../src/storage/files/artifact-store.ts";
import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { sendRaw } from "../../api/harness.ts";
import { openTestServer, SPEND_TOKEN, serveTestServer, type TestServerOptions } from "../../api/test-server.ts";
import { silentLog } from "../../storage/silent-log.ts";
import { patienceMs, type Row, statuses, statusIn, type Target } from "./row.ts";

/** How a case's own server differs from the usual one. */
export interface OwnServer extends Pick<TestServerOptions, "script" | "checkWebhook"> {
  readonly settings?: Partial<ApiSettings>;
  readonly limits?: Parameters<typeof serveTestServer>[3];
}

/** A server over a real database and real files, and what is in them. */
export interface Stage {
  readonly up: Target;
  /** Every row of every table and every file, as lines. */
  seen(): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

export async function openStage({ settings = {}, limits = {}, ...testServer }: OwnServer = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-abuse-"));
  const [path, root] = [join(folder, "vidpipe.db"), join(folder, "films")];
  const clock = createSystemClock();
  const repository = await createSqliteRepository({ path }, { clock, log: silentLog });
  const artifacts = createArtifactStore({ root }, { owner: { self: "abuse", isLive: () => true }, clock });
  const served = serveTestServer(openTestServer({ ...testServer, repository, artifacts }), settings, silentLog, limits);
  const database = new Database(path, { readonly: true });
  return {
    up: Object.assign(served, { finished: "", other: "", ...talkTo(served) }),
    seen: async () => new Set([...rowsIn(database), ...(await filesIn(root))]),
    async close() {
      await served.stop();
      database.close();
      repository.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function talkTo({ server, get, post }: ReturnType<typeof serveTestServer>) {
  const { port } = server;
  const inTurn = async <T>(asked: readonly T[], ask: (one: T) => Promise<number>): Promise<number[]> => {
    const answers: number[] = [];
    for (const one of asked) answers.push(await ask(one));
    return answers;
  };
  const status = async (lines: readonly string[], body: string | Uint8Array = "") =>
    statusIn(await sendRaw(port, Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)])));
  return {
    port,
    host: `Host: 127.0.0.1:${port}`,
    bearer: `Authorization: Bearer ${SPEND_TOKEN}`,
    lines: (...requests: readonly (readonly string[])[]) => inTurn(requests, (lines) => status(lines)),
    withBody: async (lines: readonly string[], body: string | Uint8Array) => [await status(lines, body)],
    generate: (bodies: readonly (string | object)[], headers: Record<string, string> = {}) =>
      inTurn(bodies, async (body) => (await post("/api/generate", body, headers)).status),
    look: async (...paths: readonly string[]) => statuses(await Promise.all(paths.map((path) => get(path)))),
  };
}

/** All but the owners' heartbeats, which come by themselves, and what follows from the rows of the others. */
const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table'
  AND name NOT IN ('owners', 'tallies', 'film_texts', 'film_changes') AND name NOT LIKE 'film_search%'`;

function rowsIn(database: Database): string[] {
  const tables = database.query<{ name: string }, []>(TABLES).all();
  return tables.flatMap(({ name }) =>
    database
      .query<object, []>(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => `${name} ${JSON.stringify(row)}`),
  );
}

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const lines = await Promise.all(
    files.map(async (file) => {
      // What a film in the making puts down for a while may be gone by now.
      const found = await stat(file).catch(() => undefined);
      return found && `${file.slice(root.length)} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return lines.filter((line) => line !== undefined);
}

/** Does what a row says; then nothing but its projects has come of it, and somebody else is answered. */
export async function perform(row: Row, { up, seen }: Stage): Promise<void> {
  const before = await seen();
  const got = await row.send(up);
  const allowed = [row.status].flat();
  expect(got.length).toBeGreaterThan(0);
  expect([got, got.filter((status) => !allowed.includes(status))]).toEqual([got, []]);
  if (row.ends !== true) await servesOthers(up);
  const after = await seen();
  const news = [...after].filter((line) => !before.has(line));
  const made = news.flatMap((line) => /^projects \{"id":"([0-9a-f-]{36})"/.exec(line)?.[1] ?? []);
  if (row.creates !== "some") expect(made).toHaveLength(row.creates ?? 0);
  const isTheirs = (line: string) => made.some((id) => line.includes(id)) || (made.length > 0 && /^\/tmp\//.test(line));
  expect(news.filter((line) => !isTheirs(line))).toEqual([]);
  expect([...before].filter((line) => !after.has(line))).toEqual([]);
}

/** Somebody else is answered. */
export async function servesOthers({ url }: Pick<Target, "url">): Promise<void> {
  const answer = await fetch(url("/api/health"), { signal: AbortSignal.timeout(patienceMs) });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}
