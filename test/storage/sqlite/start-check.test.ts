import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { cpSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { never } from "../../support/never.ts";
import { killAfter } from "../child.ts";
import { openReal } from "../fixtures/machine.ts";
import { project, STORYBOARD_ORDER, step } from "../samples.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

/** Opens a database and closes it; `living` are the other processes that exist. Tells whether its pages were read. */
async function readsPages(path: string, living: readonly string[] = []): Promise<boolean> {
  const query = spyOn(Database.prototype, "query");
  const owner = { isLive: (name: string) => living.includes(name) };
  const repository = await createSqliteRepository({ path }, { clock: createSystemClock(), log: silentLog, owner });
  const asked = query.mock.calls.map(([text]) => text);
  query.mockRestore();
  repository.close();
  return asked.includes("PRAGMA quick_check(1)");
}

/** A database with some films that was closed. */
async function closedDatabase(): Promise<string> {
  const path = join(tempFolder(), "data", "vidpipe.db");
  const repository = await openReal(path);
  for (const n of [1, 2, 3]) await repository.create(project(n), [step(n * 10, n, STORYBOARD_ORDER)], "a");
  repository.close();
  return path;
}

test("what was closed is not read again, also after it was written and closed once more", async () => {
  const path = await closedDatabase();
  expect(await readsPages(path)).toBe(false);
  const repository = await openReal(path);
  await repository.create(project(4), [], "a");
  repository.close();
  expect([await readsPages(path), await readsPages(path)]).toEqual([false, false]);
});

test("a copy is read once, whatever was copied with it", async () => {
  const path = await closedDatabase();
  const copy = join(tempFolder(), "copy");
  cpSync(dirname(path), copy, { recursive: true, preserveTimestamps: true });
  const copied = join(copy, "vidpipe.db");
  expect([await readsPages(copied), await readsPages(copied)]).toEqual([true, false]);
  // Another file in its place, too.
  cpSync(copied, path);
  expect(await readsPages(path)).toBe(true);
});

test("a file that was touched is read, although its time and length are as before", async () => {
  const path = await closedDatabase();
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes.fill(0xee, bytes.length / 2, bytes.length / 2 + 8_192);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
  const failure = await openReal(path).catch((thrown: unknown) => thrown);
  expect(failure instanceof VidpipeError && failure.code).toBe("storage.damaged");
  // And again: a failed look marks nothing.
  expect(await openReal(path).catch((thrown: unknown) => thrown)).toBeInstanceOf(VidpipeError);
});

test("without a mark, or with one that cannot be read, all is read", async () => {
  const path = await closedDatabase();
  for (const spoil of [
    () => rmSync(`${path}-checked`),
    () => writeFileSync(`${path}-checked`, readFileSync(`${path}-checked`).subarray(0, 40)),
    () => writeFileSync(`${path}-checked`, "[]"),
  ]) {
    spoil();
    expect([await readsPages(path), await readsPages(path)]).toEqual([true, false]);
  }
});

test("a planted link in the mark's place is replaced, and what it leads to is left alone", async () => {
  const path = await closedDatabase();
  const elsewhere = join(tempFolder(), "letter");
  for (const text of ["dear", readFileSync(`${path}-checked`, "utf8")]) {
    writeFileSync(elsewhere, text);
    rmSync(`${path}-checked`);
    symlinkSync(elsewhere, `${path}-checked`);
    expect([await readsPages(path), await readsPages(path)]).toEqual([true, false]);
    expect(readFileSync(elsewhere, "utf8")).toBe(text);
    expect(lstatSync(`${path}-checked`).isFile()).toBe(true);
  }
});

test("a planted pipe in the mark's place is not waited for", async () => {
  const path = await closedDatabase();
  rmSync(`${path}-checked`);
  expect(Bun.spawnSync(["mkfifo", `${path}-checked`]).exitCode).toBe(0);
  expect([await readsPages(path), await readsPages(path)]).toEqual([true, false]);
});

test("what a killed process left is read, unless another process is at work with it", async () => {
  const path = join(tempFolder(), "data", "vidpipe.db");
  await killAfter(3, "endless-writer", path);
  expect([await readsPages(path), await readsPages(path)]).toEqual([true, false]);
  // Another process that was killed, while this one works.
  const working = await openReal(path);
  await working.create(project(90), [], "worker");
  expect(await readsPages(path, ["worker"])).toBe(false);
  await working.create(project(91), [], "worker");
  expect(await readsPages(path, ["somebody else"])).toBe(true);
  await working.create(project(92), [], "worker");
  // A copy of a database in use names the same worker, and is another file.
  const copy = join(tempFolder(), "copy");
  cpSync(dirname(path), copy, { recursive: true });
  expect(await readsPages(join(copy, "vidpipe.db"), ["worker"])).toBe(true);
  working.close();
});

test("a look in the background finds damage, and whoever opens the file next reads all of it", async () => {
  const path = await closedDatabase();
  const repository = await openReal(path);
  const before = await repository.checkedAtMs();
  expect(await repository.check(never)).toBeNull();
  expect(await repository.checkedAtMs()).toBeGreaterThanOrEqual(before ?? Number.POSITIVE_INFINITY);
  const bytes = readFileSync(path);
  bytes.fill(0xee, bytes.length / 2, bytes.length / 2 + 8_192);
  writeFileSync(path, bytes);
  expect(await repository.check(never)).not.toBeNull();
  expect(await repository.checkedAtMs()).toBeNull();
  expect(await repository.check(AbortSignal.abort()).catch((thrown: VidpipeError) => thrown.code)).toBe(
    "run.interrupted",
  );
  repository.close();
  expect(await openReal(path).catch((thrown: unknown) => thrown)).toBeInstanceOf(VidpipeError);
});
