import { beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ArtifactStore, FileSlot } from "../../src/ports/files.ts";
import { projectId } from "../storage/samples.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { failureOf } from "./repository/bench.ts";

const slot: FileSlot = { projectId: projectId(1), name: "clip-03", extension: "mp4" };
const text = (content: string) => new TextEncoder().encode(content);
const sha256 = (content: string) => new Bun.CryptoHasher("sha256").update(content).digest("hex");

/** What every ArtifactStore promises. `make` gives a new, empty one. */
export function artifactStoreContract(name: string, make: () => Promise<ArtifactStore>): void {
  let store: ArtifactStore;
  const tempFolder = tempFolders();
  beforeEach(async () => {
    store = await make();
  });

  const put = (content: string, into: FileSlot = slot) => store.put(into, (path) => Bun.write(path, content));

  describe(`${name}: put`, () => {
    test("names a file by its slot and content and returns what the writer returned", async () => {
      const stored = await store.put(slot, async (path) => {
        await Bun.write(path, "moving pictures");
        return { frames: 144 };
      });
      const hash = sha256("moving pictures");
      expect(stored).toEqual({
        key: `${projectId(1)}/clip-03-${hash.slice(0, 12)}.mp4`,
        sha256: hash,
        bytes: 15,
        written: { frames: 144 },
      });
      expect(readFileSync(store.pathOf(stored.key), "utf8")).toBe("moving pictures");
    });

    test("gives the writer a path of the right kind where nothing is yet", async () => {
      await store.put(slot, async (path) => {
        expect(path).toEndWith(".mp4");
        expect(existsSync(path)).toBe(false);
        await Bun.write(path, "x");
      });
    });

    test("keeps every take: other content is another file", async () => {
      const [first, second] = [await put("take 1"), await put("take 2")];
      expect(second.key).not.toBe(first.key);
      expect(await store.read(first.key)).toEqual(text("take 1"));
      expect(await store.read(second.key)).toEqual(text("take 2"));
    });

    test("knows the same content again and leaves the file as it is", async () => {
      const first = await put("the same");
      const before = statSync(store.pathOf(first.key)).ino;
      expect((await put("the same")).key).toBe(first.key);
      expect(statSync(store.pathOf(first.key)).ino).toBe(before);
    });

    test("of the same content by many at once makes one file", async () => {
      const stored = await Promise.all(Array.from({ length: 8 }, () => put("the same")));
      expect(new Set(stored.map((file) => file.key)).size).toBe(1);
      expect(await store.read(stored[0]?.key ?? "")).toEqual(text("the same"));
    });

    test("passes on what the writer throws and keeps nothing", async () => {
      const stopped = new RangeError("stopped");
      let path = "";
      const attempt = store.put(slot, async (given) => {
        path = given;
        await Bun.write(given, "half a film");
        throw stopped;
      });
      expect(await attempt.catch((thrown: unknown) => thrown)).toBe(stopped);
      expect(existsSync(path)).toBe(false);
    });

    test("refuses a writer that wrote nothing", async () => {
      expect(await failureOf(store.put(slot, async () => {}))).toBe("storage.io");
      expect(await failureOf(put(""))).toBe("storage.io");
    });

    test("lends a path of the right kind and keeps nothing of what was written there", async () => {
      let path = "";
      const lent = store.borrow(slot, async (given) => {
        path = given;
        await Bun.write(given, "looked at");
        return readFileSync(given, "utf8");
      });
      expect(await lent).toBe("looked at");
      expect([path.endsWith(".mp4"), existsSync(path), await store.files()]).toEqual([true, false, []]);
    });

    test("keeps projects apart", async () => {
      const other = await put("the same", { ...slot, projectId: projectId(2) });
      expect(other.key).toStartWith(`${projectId(2)}/`);
      expect((await put("the same")).key).toStartWith(`${projectId(1)}/`);
    });
  });

  describe(`${name}: reading`, () => {
    test("a missing file is damage", async () => {
      expect(await failureOf(store.read(`${projectId(1)}/clip-03-000000000000.mp4`))).toBe("storage.damaged");
    });

    test("a file that was changed is damage", async () => {
      const { key } = await put("moving pictures");
      for (const content of ["moving pictureS", "moving picture", ""]) {
        writeFileSync(store.pathOf(key), content);
        expect(await failureOf(store.read(key))).toBe("storage.damaged");
      }
    });

    test("only a file of this length and hash is intact", async () => {
      const stored = await put("moving pictures");
      expect(await store.intact(stored)).toBe(true);
      expect(await store.intact({ ...stored, bytes: 14 })).toBe(false);
      expect(await store.intact({ ...stored, sha256: sha256("other") })).toBe(false);
      writeFileSync(store.pathOf(stored.key), "moving pictureS");
      expect(await store.intact(stored)).toBe(false);
      expect(await store.intact({ ...stored, key: `${projectId(3)}/none-000000000000.mp4` })).toBe(false);
    });

    const invalidKeys = [
      "",
      "..",
      "../x.mp4",
      "/etc/passwd",
      "a/../../x.mp4",
      "a/b/c.mp4",
      "a/.mp4",
      "a/b.part",
      "a\\b.mp4",
    ];
    for (const key of [...invalidKeys, "a/b.mp4\n", "a/b.mp4\0", "A/b.mp4", "a//b.mp4", "./a.mp4", "a/b"])
      test(`${JSON.stringify(key)} is not an artifact name`, async () => {
        expect(() => store.pathOf(key)).toThrow("not an artifact name");
        expect(await failureOf(store.read(key))).toBe("storage.damaged");
      });
  });

  describe(`${name}: taking in a project`, () => {
    const file = (label: string, content: string) => ({
      key: `${projectId(1)}/${label}-${sha256(content).slice(0, 12)}.mp4`,
      sha256: sha256(content),
      bytes: content.length,
    });
    const bring = (...contents: readonly (readonly [ReturnType<typeof file>, string])[]) =>
      store.importProject(projectId(1), filesOf(contents), async () => {});
    const filesOf = async function* (contents: readonly (readonly [ReturnType<typeof file>, string])[]) {
      for (const [stored, content] of contents)
        yield { file: stored, write: async (path: string) => void (await Bun.write(path, content)) };
    };
    const [one, two] = [file("clip-00", "first"), file("clip-01", "second")];

    test("keeps every file under the key it comes with", async () => {
      await bring([one, "first"], [two, "second"]);
      expect([await store.intact(one), await store.intact(two)]).toEqual([true, true]);
    });

    test("keeps none of them when one is not what its hash says, or the rest does not come", async () => {
      expect(await failureOf(bring([one, "first"], [two, "other!"]))).toBe("input.invalid");
      const lost = (async function* () {
        yield { file: one, write: async (path: string) => void (await Bun.write(path, "first")) };
        throw new RangeError("cut off");
      })();
      expect(await failureOf(store.importProject(projectId(1), lost, async () => {}))).toContain("cut off");
      expect(await store.intact(one)).toBe(false);
      await bring([one, "first"]);
      expect(await store.intact(one)).toBe(true);
    });

    test("lets the rows be written when every file is in its place, and keeps nothing when they are not", async () => {
      const whole = [
        [one, "first"],
        [two, "second"],
      ] as const;
      const seen: boolean[] = [];
      const attempt = store.importProject(projectId(1), filesOf(whole), async () => {
        seen.push(await store.intact(one), await store.intact(two));
        throw new RangeError("no rows");
      });
      expect(await failureOf(attempt)).toContain("no rows");
      expect([...seen, await store.intact(one)]).toEqual([true, true, false]);
      await bring(...whole);
      expect(await store.intact(two)).toBe(true);
    });

    test("leaves alone a project that has files already", async () => {
      const kept = await put("mine");
      expect(await failureOf(bring([one, "first"]))).toBe("project.conflict");
      expect([await store.intact(kept), await store.intact(one)]).toEqual([true, false]);
    });

    test("takes nothing under a name outside the project", async () => {
      const hash = one.sha256.slice(0, 12);
      const keys = [
        `${projectId(2)}/clip-00-${hash}.mp4`,
        `${projectId(1)}/../clip-00-${hash}.mp4`,
        `../clip-${hash}.mp4`,
      ];
      for (const key of [...keys, `${projectId(1)}/clip-00-000000000000.mp4`, `${projectId(1)}/clip-00-${hash}.sh`, ""])
        expect(await failureOf(bring([{ ...one, key }, "first"]))).toBe("input.invalid");
    });

    test("without files makes nothing", async () => {
      await bring();
      await bring([one, "first"]);
      expect(await store.intact(one)).toBe(true);
    });
  });

  describe(`${name}: publish`, () => {
    test("gives a file its public name and returns the key of it", async () => {
      const { key } = await put("film");
      const published = await store.publish(key, "final.mp4");
      expect(published).toBe(`${projectId(1)}/final.mp4`);
      expect(readFileSync(store.pathOf(published), "utf8")).toBe("film");
      expect(await store.read(key)).toEqual(text("film"));
    });

    test("replaces what had the name and leaves its file alone", async () => {
      const [first, second] = [await put("first cut"), await put("second cut")];
      await store.publish(first.key, "final.mp4");
      const published = await store.publish(second.key, "final.mp4");
      expect(readFileSync(store.pathOf(published), "utf8")).toBe("second cut");
      expect(await store.intact(first)).toBe(true);
    });

    test("twice of the same file changes nothing", async () => {
      const { key } = await put("film");
      await store.publish(key, "final.mp4");
      expect(await store.publish(key, "final.mp4")).toBe(`${projectId(1)}/final.mp4`);
    });

    test("of a missing file is damage", async () => {
      const missing = `${projectId(1)}/clip-03-000000000000.mp4`;
      expect(await failureOf(store.publish(missing, "final.mp4"))).toBe("storage.damaged");
    });
  });

  describe(`${name}: export`, () => {
    test("copies a file to a path outside, over what stood there", async () => {
      const { key } = await put("film");
      const destination = join(tempFolder(), "film.mp4");
      for (const before of [null, "an older film, and longer"]) {
        if (before !== null) writeFileSync(destination, before);
        await store.checkExport(destination);
        await store.export(key, destination);
        expect(readFileSync(destination, "utf8")).toBe("film");
      }
    });

    test("refuses a folder that is not there and a destination that is a folder, naming it", async () => {
      const { key } = await put("film");
      const folder = tempFolder();
      mkdirSync(join(folder, "film.mp4"));
      for (const destination of [join(folder, "none", "film.mp4"), join(folder, "film.mp4")]) {
        expect(await failureOf(store.checkExport(destination))).toBe("input.invalid");
        expect(await failureOf(store.export(key, destination))).toBe("input.invalid");
        await expect(store.checkExport(destination)).rejects.toThrow(folder);
      }
      expect(existsSync(join(folder, "none"))).toBe(false);
    });
  });

  test(`${name}: discards every file of one project and nothing of others`, async () => {
    const write = (path: string) => Bun.write(path, "a still");
    const mine = await store.put(slot, write);
    const other = await store.put({ ...slot, projectId: projectId(77) }, write);
    await store.discard(slot.projectId);
    await store.discard(slot.projectId);
    expect(await store.intact(mine)).toBe(false);
    expect(await store.intact(other)).toBe(true);
  });

  test(`${name}: knows how much room is left, before anything is stored too`, async () => {
    expect(await store.freeBytes()).toBeGreaterThan(0);
  });

  describe(`${name}: files`, () => {
    test("are those of projects, sorted, with the second names of films", async () => {
      const film = await put("film", { ...slot, name: "final" });
      const clip = await put("clip");
      const second = await store.publish(film.key, "final.mp4");
      const found = await store.files();
      expect(found.map(({ key }) => key)).toEqual([clip.key, film.key, second]);
      expect(found.every(({ projectId: of }) => of === slot.projectId)).toBe(true);
    });

    test("are none in an empty store, and none of a project that was discarded", async () => {
      expect(await store.files()).toEqual([]);
      await put("clip");
      await store.discard(slot.projectId);
      expect(await store.files()).toEqual([]);
    });
  });

  test(`${name}: sweep leaves alone what this process is at`, async () => {
    await store.put(slot, async (path) => {
      await Bun.write(path, "at it");
      expect(await store.sweep()).toBe(0);
      expect(existsSync(path)).toBe(true);
    });
  });
}
