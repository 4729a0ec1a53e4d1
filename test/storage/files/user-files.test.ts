import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { ArchiveEntry } from "../../../src/ports/files.ts";
import { createArtifactStore } from "../../../src/storage/files/artifact-store.ts";
import { createUserFiles } from "../../../src/storage/files/user-files.ts";
import { failureOf } from "../../contract/repository/bench.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { sized } from "../../support/size.ts";
import { projectId } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const outside = createUserFiles();
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** A stored file of this content, as a parcel. */
function stored(name: string, bytes: Uint8Array): ArchiveEntry {
  const path = join(tempFolder(), "stored");
  writeFileSync(path, bytes);
  return { name, content: { path, bytes: bytes.length, sha256: sha256(bytes) } };
}

/** Everything in an archive, by this program's own reader. */
const contentsOf = (path: string) =>
  outside.unpack(path, async (archive) => {
    const found: [string, string][] = [];
    for (let head = await archive.next(); head !== null; head = await archive.next()) {
      const target = join(tempFolder(), "unpacked");
      await archive.save(target);
      found.push([head.name, sha256(readFileSync(target))]);
    }
    return found;
  });

describe("an archive", () => {
  test("of any files is read back as it was, by this program and by another", async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 1_600 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(contents, async (list) => {
        const path = join(tempFolder(), "a.tar");
        const files = list.map((bytes, index) =>
          index % 2 === 0 ? { name: `folder/file-${index}`, content: bytes } : stored(`folder/file-${index}`, bytes),
        );
        await outside.pack(path, files);
        const expected = list.map((bytes, index): [string, string] => [`folder/file-${index}`, sha256(bytes)]);
        expect(await contentsOf(path)).toEqual(expected);
        const other = await new Bun.Archive(await Bun.file(path).bytes()).files();
        expect(await Promise.all([...other].map(async ([name, file]) => [name, sha256(await file.bytes())]))).toEqual(
          expected,
        );
      }),
      { numRuns: sized(10, 100) },
    );
  });

  test("holds a file of several megabytes in few of them", async () => {
    const bytes = new Uint8Array(5 * 1024 ** 2 + 7).map((_, index) => index * 31);
    const path = join(tempFolder(), "a.tar");
    await outside.pack(path, [stored("clip.mp4", bytes)]);
    expect(await contentsOf(path)).toEqual([["clip.mp4", sha256(bytes)]]);
  });

  test("of a file that is not what it was is not written, and what stood there stays", async () => {
    const folder = tempFolder();
    const path = join(folder, "a.tar");
    writeFileSync(path, "precious");
    const parcel = stored("clip.mp4", new Uint8Array(100));
    if (parcel.content instanceof Uint8Array) throw new Error("not stored");
    for (const lie of [{ sha256: "0".repeat(64) }, { bytes: 99 }])
      expect(await failureOf(outside.pack(path, [{ ...parcel, content: { ...parcel.content, ...lie } }]))).toBe(
        "storage.damaged",
      );
    expect([readFileSync(path, "utf8"), readdirSync(folder)]).toEqual(["precious", ["a.tar"]]);
  });

  test("cannot be written over a folder or where there is none", async () => {
    const folder = tempFolder();
    for (const path of [folder, join(folder, "none", "a.tar")])
      expect(await failureOf(outside.pack(path, []))).toBe("input.invalid");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("with a list that is too long is not read into memory", async () => {
    const path = join(tempFolder(), "a.tar");
    await outside.pack(path, [{ name: "list", content: new Uint8Array(2_000) }]);
    const read = outside.unpack(path, async (archive) => {
      await archive.next();
      return archive.read(1_999);
    });
    expect(await failureOf(read)).toBe("input.invalid");
  });
});

test("a folder is made with those above it, unless a file is in the way", async () => {
  const folder = tempFolder();
  await outside.makeFolder(join(folder, "a", "b"));
  expect(statSync(join(folder, "a", "b")).isDirectory()).toBe(true);
  writeFileSync(join(folder, "file"), "");
  expect(await failureOf(outside.makeFolder(join(folder, "file", "b")))).toBe("input.invalid");
});

test("a text is written whole, over what stood there; a link to a file is followed, as shells do", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "film.otio"), "an older timeline");
  symlinkSync(join(folder, "film.otio"), join(folder, "link.otio"));
  await outside.writeText(join(folder, "link.otio"), "{}");
  expect([readFileSync(join(folder, "film.otio"), "utf8"), readdirSync(folder).length]).toEqual(["{}", 2]);
});

test("a linked file shares its bytes with the first, and nothing but a plain file is linked", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "one"), "film");
  await outside.link(join(folder, "one"), join(folder, "two"));
  expect(statSync(join(folder, "two")).ino).toBe(statSync(join(folder, "one")).ino);
  mkdirSync(join(folder, "sub"));
  for (const from of ["none", "sub"])
    expect(await failureOf(outside.link(join(folder, from), join(folder, "three")))).toBe("storage.damaged");
});

test("files of a process that died while it took them in are swept, and were never in their place", async () => {
  const root = tempFolder();
  const openAs = (self: string) =>
    createArtifactStore({ root }, { owner: { self, isLive: (other) => other === self }, clock: createManualClock() });
  const dead = Promise.withResolvers<string>();
  const content = new Uint8Array(10);
  const key = `${projectId(1)}/clip-00-${sha256(content).slice(0, 12)}.mp4`;
  const files = (async function* () {
    const file = { key, sha256: sha256(content), bytes: 10 };
    yield { file, write: async (path: string) => void (await Bun.write(path, content)) };
    dead.resolve("written, not yet in place");
    await new Promise(() => {}); // as if the process had been killed here
  })();
  void openAs("boot.1").importProject(projectId(1), files, async () => {});
  await dead.promise;
  expect(existsSync(join(root, projectId(1)))).toBe(false);
  expect(await openAs("boot.2").sweep()).toBe(1);
  expect(readdirSync(root, { recursive: true })).toEqual(["tmp"]);
});
