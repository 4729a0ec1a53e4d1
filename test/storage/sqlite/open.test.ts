import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { Repository } from "../../../src/ports/repository.ts";
import type { Clock } from "../../../src/ports/runtime.ts";
import { type FileIdentity, isSameFile } from "../../../src/storage/sqlite/file-identity.ts";
import { networkFilesystem } from "../../../src/storage/sqlite/location-check.ts";
import { formatVersion } from "../../../src/storage/sqlite/migrate.ts";
import { hasWalResetBug, openDatabase } from "../../../src/storage/sqlite/open.ts";
import { scalar } from "../../../src/storage/sqlite/transactions.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { noMounts, runFixture, runWithMount } from "../child.ts";
import { openReal } from "../fixtures/machine.ts";
import { project } from "../samples.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const open = (path: string, clock: Clock = createManualClock()) =>
  openDatabase(path, { clock, log: silentLog, signal: new AbortController().signal });

/** The failure of opening a file, having shown that the folder's content is byte for byte what it was. */
async function refusal(path: string): Promise<VidpipeError> {
  const content = () =>
    readdirSync(join(path, ".."), { withFileTypes: true }).map((entry) => [
      entry.name,
      entry.isFile() ? readFileSync(join(path, "..", entry.name)).toString("hex") : null,
    ]);
  const before = content();
  const thrown = await open(path).catch((failure: unknown) => failure);
  expect(content()).toEqual(before);
  if (!(thrown instanceof VidpipeError)) throw new Error(`not refused: ${thrown}`);
  expect(thrown.message).not.toContain("\n");
  expect(thrown.message).toContain(path);
  return thrown;
}

/** A database as vidpipe made it, then changed by `edit`. */
async function editedDatabase(edit: (client: Database) => void): Promise<string> {
  const path = join(tempFolder(), "vidpipe.db");
  (await openReal(path)).close();
  const client = new Database(path);
  edit(client);
  client.run("PRAGMA wal_checkpoint(TRUNCATE)");
  client.close(true);
  return path;
}

describe("a new database", () => {
  test("is made with its folders, durable and strict", async () => {
    const path = join(tempFolder(), "deep", "down", "vidpipe.db");
    const { client } = await open(path);
    const settings = ["journal_mode", "synchronous", "foreign_keys", "trusted_schema", "cell_size_check"];
    expect(settings.map((name) => scalar(client, `PRAGMA ${name}`))).toEqual(["wal", 2, 1, 0, 1]);
    expect(Number(scalar(client, "PRAGMA busy_timeout"))).toBeLessThanOrEqual(200);
    expect(() => client.query("SELECT $named").get({ mistyped: 1 })).toThrow();
    client.close(true);
  });

  test("is made in an empty file too", async () => {
    const path = join(tempFolder(), "vidpipe.db");
    writeFileSync(path, "");
    const { client } = await open(path);
    expect(scalar(client, "SELECT count(*) FROM projects")).toBe(0);
    client.close(true);
  });

  test("is one file again when it is closed", async () => {
    const path = join(tempFolder(), "vidpipe.db");
    (await openReal(path)).close();
    expect(readdirSync(join(path, "..")).toSorted()).toEqual(["vidpipe.db", "vidpipe.db-checked"]);
  });

  test("can be started by several processes at once", async () => {
    const path = join(tempFolder(), "vidpipe.db");
    await Promise.all(["1", "2", "3", "4"].map((number) => runFixture("first-start", path, number)));
    const repository = await openReal(path);
    expect(await repository.list({})).toHaveLength(4);
    repository.close();
  });
});

describe("a file that is no usable database is refused and left as it is:", () => {
  const garbage: Record<string, Uint8Array> = {
    "three bytes": new TextEncoder().encode("abc"),
    "a text": new TextEncoder().encode("database_url: here\n".repeat(500)),
    zeros: new Uint8Array(8_192),
    noise: Uint8Array.from({ length: 20_000 }, (_, n) => (n * 7_919) % 251),
  };
  for (const [what, bytes] of Object.entries(garbage))
    test(what, async () => {
      const path = join(tempFolder(), "vidpipe.db");
      writeFileSync(path, bytes);
      expect((await refusal(path)).code).toBe("storage.unusable");
    });

  test("a folder", async () => {
    const path = join(tempFolder(), "vidpipe.db");
    mkdirSync(path);
    expect((await refusal(path)).code).toBe("storage.unusable");
  });

  test("a path below a file", async () => {
    const file = join(tempFolder(), "film.mp4");
    writeFileSync(file, "film");
    const thrown = await open(join(file, "vidpipe.db")).catch((failure: unknown) => failure);
    expect(thrown).toMatchObject({ code: "storage.unusable" });
  });

  test("another program's database, e.g. vidpipe 1's", async () => {
    const path = join(tempFolder(), "vidpipe.db");
    const client = new Database(path);
    client.run("CREATE TABLE projects (id INTEGER PRIMARY KEY, prompt TEXT)");
    client.close(true);
    const failure = await refusal(path);
    expect(failure.code).toBe("storage.unusable");
    expect(failure.message).toContain("vidpipe 1");
  });

  test("a database with a migration we do not know", async () => {
    const path = await editedDatabase((client) =>
      client.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('tomorrow', 1)"),
    );
    const failure = await refusal(path);
    expect(failure.code).toBe("storage.unusable");
    expect(failure.message).toContain("newer vidpipe");
  });

  test("a database of a newer format", async () => {
    const path = await editedDatabase((client) => client.run(`PRAGMA user_version = ${formatVersion + 1}`));
    expect((await refusal(path)).message).toContain("newer vidpipe");
  });

  test("a database whose pages are damaged", async () => {
    const path = await editedDatabase(() => {});
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4_096 * 3, 4_096 * 6);
    writeFileSync(path, bytes);
    const thrown = await open(path).catch((failure: unknown) => failure);
    expect(thrown).toMatchObject({ code: "storage.damaged" });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test.each([0.1, 0.5, 0.9, 0.99])("13.12 a database that was cut off at %p of its length", async (part) => {
    const path = await editedDatabase(() => {});
    truncateSync(path, Math.floor(statSync(path).size * part));
    expect((await refusal(path)).code).toBe("storage.damaged");
  });

  test.skipIf(noMounts !== undefined)(`one on a read-only disk ${noMounts ?? ""}`, async () => {
    const path = await editedDatabase(() => {});
    const folder = join(path, "..");
    const readOnly = 'd=$(dirname "$1") && mount --bind "$d" "$d" && mount -o remount,ro,bind "$d"';
    expect(await runWithMount(readOnly, "open-once", path)).toBe("storage.unusable");
    expect(await runWithMount(readOnly, "open-once", join(folder, "new.db"))).toBe("storage.unusable");
    expect(readdirSync(folder).toSorted()).toEqual(["vidpipe.db", "vidpipe.db-checked"]);
    expect(await runFixture("open-once", path)).toBe("opened");
  });
});

/** A database with so many projects, and the same one as it is while its process lives. */
async function grown(count: number): Promise<{ readonly path: string; readonly repository: Repository }> {
  const path = join(tempFolder(), "vidpipe.db");
  const repository = await openReal(path);
  for (let n = 1; n <= count; n++) await repository.create(project(n), [], "a");
  return { path, repository };
}

test("13.12 beside the journal of another database it is refused as damaged, or one of the two is whole", async () => {
  const [mine, theirs] = [await grown(2), await grown(40)];
  const place = tempFolder();
  const path = join(place, "vidpipe.db");
  await mine.repository.backUp(path, { replace: false, owner: { self: "a", isLive: () => true } });
  copyFileSync(`${theirs.path}-wal`, `${path}-wal`);
  for (const { repository } of [mine, theirs]) repository.close();
  const repository = await openReal(path).catch((failure: unknown) => {
    expect(failure).toMatchObject({ code: "storage.damaged" });
    return null;
  });
  if (repository === null) return;
  expect((await repository.list({})).length).toBeOneOf([2, 40]);
  expect((await repository.inspect()).map(({ level }) => level)).toEqual(["ok", "ok", "ok", "ok"]);
  repository.close();
});

test("13.12 when another file takes its place while it is open, nothing is written into the void", async () => {
  const { path, repository } = await grown(1);
  const copy = join(path, "..", "copy.db");
  await repository.backUp(copy, { replace: false, owner: { self: "a", isLive: () => true } });
  renameSync(copy, path);
  const failure: unknown = await repository.create(project(2), [], "a").catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ code: "storage.unusable", message: expect.stringContaining("another file was put") });
  rmSync(path);
  expect(await repository.create(project(2), [], "a").catch((thrown: unknown) => thrown)).toMatchObject({
    code: "storage.unusable",
    message: expect.stringMatching(/was deleted or moved, .*: nothing is written any more; put it back/),
  });
  repository.close();
});

test("13.12 a file that its disk numbers anew is the same while it was made at the same moment, if that is known", () => {
  const opened = { dev: 1n, ino: 5n, birthtimeNs: 7n };
  const cases: readonly (readonly [Partial<FileIdentity>, Partial<FileIdentity>, boolean])[] = [
    [{}, {}, true],
    [{}, { ino: 6n }, true],
    [{}, { ino: 6n, birthtimeNs: 8n }, false],
    [{}, { dev: 2n }, false],
    [{ birthtimeNs: 0n }, { birthtimeNs: 0n }, true],
    [{ birthtimeNs: 0n }, { ino: 6n, birthtimeNs: 0n }, false],
  ];
  for (const [before, now, isSame] of cases)
    expect(isSameFile({ ...opened, ...now }, { ...opened, ...before })).toBe(isSame);
});

describe("where and with what a database is kept", () => {
  test("network filesystems are known by their statfs type, local ones are not mistaken for them", () => {
    const named = [0x6969, 0xff534d42, 0xff534d42 | 0, 0xfe534d42, 0x517b].map(networkFilesystem);
    expect(named).toEqual(["NFS", "CIFS", "CIFS", "SMB2", "SMB"]);
    const local = [0xef53, 0x01021994, 0x9123683e, 0x58465342, 0x794c7630, 0x2fc12fc1]; // ext4 tmpfs btrfs xfs overlay zfs
    expect(local.map(networkFilesystem)).toEqual(local.map(() => undefined));
  });

  test("SQLite before 3.51.3 does without a write-ahead log", () => {
    const versions = ["3.43.2", "3.51.2", "3.51.3", "3.52.0", "3.54.1", "4.0.0"];
    expect(versions.map(hasWalResetBug)).toEqual([true, true, false, false, false, false]);
  });
});
