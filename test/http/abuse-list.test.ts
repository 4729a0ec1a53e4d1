import { afterAll, beforeAll, expect, test } from "bun:test";
import { timingSafeEqual } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccess } from "../../src/api/middleware/auth.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { makeFilm, openTestServer, SPEND_TOKEN, serveTestServer, TOKENS } from "../api/test-server.ts";
import { silentLog } from "../storage/silent-log.ts";
import { CONTENTS } from "./abuse/contents.ts";
import { CROWD } from "./abuse/crowd.ts";
import { DOORSTEP } from "./abuse/doorstep.ts";
import { FILM, type Row } from "./abuse/row.ts";
import { openStage, perform, type Stage } from "./abuse/stage.ts";
import { WATCHING } from "./abuse/watching.ts";

/** The abuse list: what is done to the server, what it answers, that nothing came of it, that others are served. */
const ROWS: readonly Row[] = [...DOORSTEP, ...CONTENTS, ...CROWD, ...WATCHING].toSorted((a, b) => a.n - b.n);
/** Cases of the list that nobody does to this server: it is the one that sends. */
const SENT_BY_US = new Map([[62, "bodies, signatures and retries of webhooks: test/webhooks/courier.test.ts"]]);

test("the list is whole", () => {
  const numbers = new Set([...ROWS.map(({ n }) => n), ...SENT_BY_US.keys()]);
  expect([...numbers].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 66 }, (_, n) => n + 1));
});

let shared: Stage;
beforeAll(async () => {
  shared = await openStage({ settings: { tokens: TOKENS } });
  shared.up.finished = (await makeFilm(shared.up, "A cat at night.", 2)).id;
  shared.up.other = (await makeFilm(shared.up, "A dog by day.", 1)).id;
});
afterAll(() => shared.close());

for (const row of ROWS)
  test(`${row.n} ${row.name}`, async () => {
    if (row.own === undefined) return perform(row, shared);
    const stage = await openStage(row.own);
    await perform(row, stage).finally(() => stage.close());
  }, 60_000);

test("2 whatever was sent, every token is compared in full and in the same way", () => {
  const compared: number[] = [];
  const isSame: typeof timingSafeEqual = (a, b) => {
    compared.push(a.byteLength, b.byteLength);
    return timingSafeEqual(a, b);
  };
  const access = createAccess(TOKENS, isSame);
  const last = TOKENS.at(-1)?.token ?? "";
  const sent = [undefined, "", "Bearer x", `Bearer ${SPEND_TOKEN}`, `Bearer ${last}`, `Bearer ${"y".repeat(400)}`];
  const ways = sent.map((header) => {
    access.callerOf(header);
    return compared.splice(0);
  });
  expect(new Set(ways.map(String))).toEqual(new Set([String(TOKENS.flatMap(() => [32, 32]))]));
});

test("50 a key survives a restart, and a crash between the key and the project", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-keys-"));
  const open = () =>
    createSqliteRepository({ path: join(folder, "v.db") }, { clock: createSystemClock(), log: silentLog });
  const lives: string[] = [];
  for (const key of ["k", "k", "crashed", "crashed"]) {
    const repository = await open();
    const up = serveTestServer(openTestServer({ repository }));
    // The first time the process dies before the answer is written down.
    if (key === "crashed" && lives.length === 2)
      repository.keys.recordAnswer = () => Promise.reject(new Error("power cut"));
    const answer = await up.post("/api/generate", FILM, { "Idempotency-Key": key });
    lives.push(String(Object(await answer.json()).project_id));
    await up.stop();
    repository.close();
  }
  const repository = await open();
  const ids = (await repository.list({})).map(({ id }) => String(id));
  repository.close();
  rmSync(folder, { recursive: true, force: true });
  expect(ids).toHaveLength(2);
  expect([lives[1], lives[3]]).toEqual([lives[0], lives[2]]);
  expect(ids).toContain(String(lives[3]));
});
