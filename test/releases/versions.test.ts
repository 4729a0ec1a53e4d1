/**
 * What a later version of each format would rest on: a table of readers, or of upgrades, whose length is the version
 * that is written. A hypothetical later version of each is added here, and reads what 2.0.0 wrote.
 */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectRecord } from "../../src/domain/project-record.ts";
import {
  BUNDLE_READERS,
  type BundleReader,
  bundleLists,
  MANIFEST_NAME,
  RECORD_NAME,
  readManifest,
  readRecord,
} from "../../src/formats/interchange/bundle.ts";
import { printStoryboard } from "../../src/formats/print-storyboard.ts";
import { problemLine } from "../../src/formats/problems.ts";
import { readStoryboard, STORYBOARD_READERS, type StoryboardReader } from "../../src/formats/read-storyboard.ts";
import { formatVersion, migrate } from "../../src/storage/sqlite/migrate.ts";
import { openReal } from "../storage/fixtures/machine.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { fixturesOf, RELEASES } from "./readings.ts";

const tempFolder = tempFolders();
const encoder = new TextEncoder();

async function listsOf(release: string): Promise<{ readonly manifest: Uint8Array; readonly record: Uint8Array }> {
  const archive = new Bun.Archive(readFileSync(join(fixturesOf(release), "film.vidpipe")));
  const files = await archive.files();
  const bytesOf = async (name: string) => (await files.get(name)?.bytes()) ?? new Uint8Array();
  return { manifest: await bytesOf(MANIFEST_NAME), record: await bytesOf(RECORD_NAME) };
}

/** A manifest in other words, whose check fits them. */
function rewritten(manifest: Uint8Array, change: (body: Record<string, unknown>) => Record<string, unknown>) {
  const { check: _, ...body } = JSON.parse(new TextDecoder().decode(manifest));
  const changed = change(body);
  const check = new Bun.CryptoHasher("sha256").update(JSON.stringify(changed)).digest("hex");
  return encoder.encode(`${JSON.stringify({ ...changed, check }, null, 2)}\n`);
}

/** A later version of bundles, whose record is wrapped and whose manifest is without checks. */
const laterBundle: BundleReader = {
  manifest: (bytes) => ({ ...JSON.parse(new TextDecoder().decode(bytes)), software: "the later one" }),
  record: (json) => ProjectRecord.parse(Object(json).wrapped),
};
const allBundles = [...BUNDLE_READERS, laterBundle];

describe("bundles", () => {
  test.each(RELEASES)("of %s are read the same by a program whose own version is a later one", async (release) => {
    const { manifest, record } = await listsOf(release);
    const now = readManifest(manifest);
    const later = readManifest(manifest, allBundles);
    expect(later).toEqual(now);
    expect(later.version).toBe(1);
    expect(readRecord(record, later, allBundles)).toEqual(readRecord(record, now));
  });

  test("of a later version are read by its own reader, and refused in one line by a program without it", async () => {
    const { manifest, record } = await listsOf("2.0.0");
    const wrapped = encoder.encode(JSON.stringify({ wrapped: JSON.parse(new TextDecoder().decode(record)) }));
    const { files: [_, ...files] = [] } = readManifest(manifest);
    const sha256 = new Bun.CryptoHasher("sha256").update(wrapped).digest("hex");
    const version = allBundles.length;
    const second = rewritten(manifest, (body) => ({
      ...body,
      version,
      files: [{ name: RECORD_NAME, sha256, bytes: wrapped.length }, ...files],
    }));
    const read = readManifest(second, allBundles);
    expect(read).toMatchObject({ version, software: "the later one" });
    expect(readRecord(wrapped, read, allBundles)).toEqual(readRecord(record, readManifest(manifest)));
    expect(() => readManifest(second)).toThrow(
      `it was made by a newer vidpipe (version ${version} of the format): update this one`,
    );
    expect(() => readRecord(wrapped, { ...read, version: 1 }, allBundles)).toThrow("is not understood by this version");
  });

  test("are written in the version of the last reader", async () => {
    const { manifest, record } = await listsOf("2.0.0");
    const lists = bundleLists(readRecord(record, readManifest(manifest)), "vidpipe 2.0.0");
    expect(readManifest(lists.manifest).version).toBe(BUNDLE_READERS.length);
  });

  test("of 2.0.0 whose rows say what only the second version does are not understood", async () => {
    const { manifest, record } = await listsOf("2.0.0");
    const now = JSON.parse(new TextDecoder().decode(record));
    const forged = (changed: object) => {
      const bytes = encoder.encode(JSON.stringify(changed));
      const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
      const { files: [_, ...files] = [], ...rest } = readManifest(manifest);
      return readRecord(bytes, { ...rest, files: [{ name: RECORD_NAME, sha256, bytes: bytes.length }, ...files] });
    };
    expect(forged(now).submits[0]).toMatchObject({ because: "first", replyId: null, verdict: null });
    const [step, ...steps] = now.steps;
    const [submit, ...submits] = now.submits;
    const [artifact, ...artifacts] = now.artifacts;
    for (const changed of [
      { steps: [{ ...step, approvals: 1 }, ...steps] },
      { steps: [{ ...step, status: "rejected" }, ...steps] },
      { submits: [{ ...submit, because: "approval" }, ...submits] },
      { artifacts: [{ ...artifact, role: "answer" }, ...artifacts] },
    ])
      expect(() => forged({ ...now, ...changed })).toThrow("project.json is not understood by this version");
  });

  test.each([
    ["more than its version has", (body: object) => ({ ...body, more: 1 })],
    ["version 0", (body: object) => ({ ...body, version: 0 })],
    ["version -1", (body: object) => ({ ...body, version: -1 })],
    ["no files", (body: object) => ({ ...body, files: [] })],
    ["a file of no bytes", (body: object) => ({ ...body, files: [{ name: "a", sha256: "0".repeat(64), bytes: 0 }] })],
  ])("with %s are damaged, whatever else is read", async (_, change) => {
    const { manifest } = await listsOf("2.0.0");
    for (const readers of [BUNDLE_READERS, allBundles])
      expect(() => readManifest(rewritten(manifest, change), readers)).toThrow("its list of files is damaged");
  });

  test("whose record has a row that its version does not know are not understood", async () => {
    const { manifest, record } = await listsOf("2.0.0");
    const more = encoder.encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(record)), more: [] }));
    const sha256 = new Bun.CryptoHasher("sha256").update(more).digest("hex");
    const {
      files: [_, ...files],
      ...rest
    } = readManifest(manifest);
    const forged = { ...rest, files: [{ name: RECORD_NAME, sha256, bytes: more.length }, ...files] };
    expect(() => readRecord(more, forged)).toThrow("project.json is not understood by this version");
  });
});

/** A second version of storyboard files, in which the title is called a name. */
const secondStoryboard: StoryboardReader = ({ value, placeOf, cast }) => {
  const { name, ...rest } = Object(value);
  const [first] = STORYBOARD_READERS;
  if (first === undefined) throw new Error("no reader");
  return first({ value: { title: name, ...rest }, placeOf, cast });
};
const twoStoryboards = [...STORYBOARD_READERS, secondStoryboard];

describe("storyboard files", () => {
  const textOf = (release: string, name = "storyboard.yaml") => readFileSync(join(fixturesOf(release), name), "utf8");
  const faults = (text: string, readers = STORYBOARD_READERS) => {
    const reading = readStoryboard(text, "film.yaml", [], readers);
    return reading.storyboard === null ? reading.problems.map(problemLine) : [];
  };

  test.each(RELEASES)("of %s are read the same by a program whose own version is a later one", (release) => {
    for (const name of ["storyboard.yaml", "storyboard.json"]) {
      const now = readStoryboard(textOf(release, name), name);
      expect(now.storyboard).not.toBeNull();
      expect(readStoryboard(textOf(release, name), name, [], twoStoryboards)).toEqual(now);
    }
  });

  test("of a later version are read by its own reader, and refused in one line by a program without it", () => {
    const text = `version: 2\n${textOf("2.0.0").replace(/^title:/m, "name:")}`;
    const read = readStoryboard(text, "film.yaml", [], twoStoryboards);
    expect(read.storyboard).toEqual(readStoryboard(textOf("2.0.0"), "film.yaml").storyboard);
    expect(faults(text)).toEqual([
      "line 1: version 2 of storyboard files was made by a newer vidpipe: update this one",
    ]);
  });

  test("may say that they are of the first version", () => {
    const read = readStoryboard(`${textOf("2.0.0")}version: 1\n`, "film.yaml");
    expect(read.storyboard).toEqual(readStoryboard(textOf("2.0.0"), "film.yaml").storyboard);
  });

  test.each(["0", "-1", "1.5", '"1"', "[1]", "true"])("that say version %s are refused with the line", (version) => {
    expect(faults(`title: x\nversion: ${version}\n`)).toEqual([
      "line 2: version must be a whole number, 1 or more; without it the file is of version 1",
    ]);
  });

  test("are printed in the version of the last reader", () => {
    const { storyboard } = readStoryboard(textOf("2.0.0"), "film.yaml");
    if (storyboard === null) throw new Error("not read");
    const said = /^version: (\d+)$/m.exec(printStoryboard(storyboard))?.[1] ?? "1";
    expect(Number(said)).toBe(STORYBOARD_READERS.length);
  });
});

describe("databases", () => {
  /** A hypothetical upgrade: the models of every project are told apart by a word before them. */
  const upgrade = (client: Database) =>
    void client.run(
      "UPDATE projects SET casting = json_set(casting, '$.textModel', 'new ' || (casting ->> '$.textModel'))",
    );
  const modelsIn = (client: Database) =>
    client.query<{ model: string }, []>("SELECT casting ->> '$.textModel' AS model FROM projects ORDER BY id").values();
  const versionIn = (client: Database) => client.query("PRAGMA user_version").values();

  function copyOf(release: string): string {
    const path = join(tempFolder(), "vidpipe.db");
    copyFileSync(join(fixturesOf(release), "vidpipe.db"), path);
    return path;
  }

  test.each(RELEASES)("of %s pass through every upgrade that came after them, once", (release) => {
    const path = copyOf(release);
    const client = new Database(path);
    const before = modelsIn(client).flat();
    const upgrades = [...Array.from({ length: formatVersion - 1 }, () => () => {}), upgrade];
    migrate(client, path, upgrades);
    migrate(client, path, upgrades);
    expect(modelsIn(client).flat()).toEqual(before.map((model) => `new ${String(model)}`));
    expect(versionIn(client)).toEqual([[formatVersion + 1]]);
    client.close(true);
  });

  test("that passed through an upgrade are refused in one line by a program without it, and stay as they are", async () => {
    const path = copyOf("2.0.0");
    const client = new Database(path);
    migrate(client, path, [...Array.from({ length: formatVersion - 1 }, () => () => {}), upgrade]);
    client.close(true);
    const before = readFileSync(path);
    await expect(openReal(path)).rejects.toMatchObject({
      code: "storage.unusable",
      message: expect.stringContaining("was written by a newer vidpipe"),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("that are new have nothing to upgrade", () => {
    const path = join(tempFolder(), "vidpipe.db");
    const client = new Database(path);
    migrate(client, path, [
      () => {
        throw new Error("there is nothing to upgrade");
      },
    ]);
    expect(versionIn(client)).toEqual([[2]]);
    client.close(true);
  });

  test("whose upgrade fails stay as they were", () => {
    const path = copyOf("2.0.0");
    const client = new Database(path);
    const before = modelsIn(client);
    const failing = (failed: Database) => {
      upgrade(failed);
      throw new Error("half way");
    };
    expect(() => migrate(client, path, [failing])).toThrow("half way");
    expect([modelsIn(client), versionIn(client)]).toEqual([before, [[1]]]);
    client.close(true);
  });
});
