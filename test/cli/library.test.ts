import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { printStoryboard } from "../../src/formats/print-storyboard.ts";
import { createLibrary } from "../../src/services/library.ts";
import { createUserFolder } from "../../src/storage/files/open-folder.ts";
import { failureOf } from "../contract/repository/bench.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { tempFolder } from "../support/media.ts";
import { never } from "../support/never.ts";
import { storyboardOf } from "../support/scripted-provider.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";
import { createCli } from "./harness.ts";

const JPEG = (word: string) => Uint8Array.from([0xff, 0xd8, 0xff, ...new TextEncoder().encode(word)]);
const idIn = (text: string): string => /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)?.[0] ?? "no id";

/** A command line with a library of its own, and a picture to put in. */
async function createTestLibrary(script: Parameters<typeof createTestStores>[0] = { references: 3 }) {
  const library = join(tempFolder(), "library");
  const picture = join(tempFolder(), "photo.of.mika.jpg");
  await Bun.write(picture, JPEG("mika"));
  const ground = createTestStores(script);
  const cli = createCli({ ground, library });
  const add = (name: string, ...flags: string[]) => cli.run("library", "add", name, ...flags);
  return { library, picture, ground, cli, add };
}

describe("the library", () => {
  test("keeps entries as files that people can read, edit and remove", async () => {
    const { library, picture, cli, add } = await createTestLibrary();
    expect((await cli.run("library")).stderr).toContain("the library is empty");
    const made = await add("Mika Müller", "--description", "A black cat: one white paw.", "--picture", picture);
    expect(made).toMatchObject({ exitCode: 0, stdout: `${join(library, "mika-muller.yaml")}\n` });
    await add("港", "--kind", "place", "--description", "A small harbour.");
    expect(readdirSync(library).toSorted()).toEqual(["mika-muller.jpg", "mika-muller.yaml", "港.yaml"]);
    expect(
      await Bun.file(join(library, "mika-muller.yaml")).text(),
    ).toBe(`# The name films use: vidpipe generate --cast NAME.
name: "Mika Müller"
# character, place or product.
kind: "character"
# What it looks like. These words go into the prompt of every scene that names it.
description: "A black cat: one white paw."
# A PNG, JPEG or WebP file beside this one. Optional.
picture: "mika-muller.jpg"
`);
    await Bun.write(join(library, "lamp.yml"), "name: Lamp\nkind: product\ndescription: A red lamp.\n");
    const { stdout, objects } = await cli.run("library", "list", "--json");
    expect(stdout.split("\n")).toHaveLength(4);
    expect(objects.map((entry) => Object(entry).name)).toEqual(["Lamp", "Mika Müller", "港"]);
    expect((await cli.run("library")).stdout.split("\n")[2]).toBe(
      "Mika Müller  character  yes      A black cat: one white paw.",
    );
    expect((await cli.run("library", "show", "mika müller")).stdout).toContain("name: ");
    expect((await cli.run("library", "remove", "MIKA MÜLLER")).exitCode).toBe(0);
    expect(readdirSync(library).toSorted()).toEqual(["lamp.yml", "港.yaml"]);
  });

  test("reads linked entries, and a new one takes no name that anything has, in capitals or small letters", async () => {
    const { library, cli, add } = await createTestLibrary();
    mkdirSync(library);
    const elsewhere = join(tempFolder(), "mine.yaml");
    await Bun.write(elsewhere, "name: Linked\nkind: product\ndescription: A red lamp.\n");
    symlinkSync(elsewhere, join(library, "mika.yaml"));
    symlinkSync(join(tempFolder(), "nowhere"), join(library, "mika-2.yaml"));
    await Bun.write(join(library, "Mika-3.yaml"), "name: Other\nkind: product\ndescription: A lamp.\n");
    expect((await cli.run("library")).stdout).toContain("Linked");
    expect(await add("Mika", "--description", "A cat.")).toMatchObject({ stdout: `${join(library, "mika-4.yaml")}\n` });
    expect(await Bun.file(elsewhere).text()).toStartWith("name: Linked");
    expect(readdirSync(library)).toHaveLength(4);
  });

  test("two that are added at once under one file name: the first stays, the other leaves nothing", async () => {
    const { library, picture } = await createTestLibrary();
    const folder = createUserFolder(library);
    const { artifacts } = createTestStores();
    const rivals = createLibrary({ ...folder, names: async () => [] }, { artifacts, media: createFakeMedia() });
    const entry = { kind: "character", description: "A cat." } as const;
    await rivals.add({ ...entry, name: "Mika!" }, null, never);
    const bytes = await Bun.file(picture).bytes();
    expect(await failureOf(rivals.add({ ...entry, name: "Mika?" }, { bytes, from: "photo" }, never))).toBe(
      "input.invalid",
    );
    expect(readdirSync(library)).toEqual(["mika.yaml"]);
    expect(await Bun.file(join(library, "mika.yaml")).text()).toContain("Mika!");
  });

  test("keeps a picture that an entry with a mistake in it may name", async () => {
    const { library, picture, cli, add } = await createTestLibrary();
    await add("Mika", "--description", "A cat.", "--picture", picture);
    await Bun.write(join(library, "twin.yaml"), "name: Twin\nkindd: character\npicture: mika.jpg\n");
    await Bun.write(join(library, "long.yaml"), `name: ${"x".repeat(2 ** 16)}`);
    expect((await cli.run("library")).stderr).toContain("long.yaml is larger than 64 KiB");
    expect((await cli.run("library", "remove", "Mika")).exitCode).toBe(0);
    expect(readdirSync(library).toSorted()).toEqual(["long.yaml", "mika.jpg", "twin.yaml"]);
  });

  test.each<[string[], string]>([
    [["add", "Mika"], "library add needs --description TEXT"],
    [["add"], "library add needs NAME"],
    [["list", "Mika"], "library list takes no name"],
    [["burn", "Mika"], 'ACTION must be one of list, show, add, remove, not "burn"'],
    [["show", "Mika", "--kind", "place"], "need library add"],
    [["show", "Mika"], 'the library has no "Mika": it has Known'],
    [["add", "known", "--description", "x"], 'the library has "Known" already'],
    [["add", "a,b", "--description", "x"], "NAME must have no comma"],
    [["add", "Mika", "--description", ""], "--description"],
    [["add", "Mika", "--description", "x", "--kind", "ghost"], "--kind must be one of character, place, product"],
    [["add", "Mika", "--description", "x", "--picture", import.meta.path], "is neither PNG, JPEG nor WebP"],
    [["add", "Mika", "--description", "x", "--picture", "/nonexistent.png"], "cannot be read"],
  ])("%p is refused and changes nothing", async (argv, words) => {
    const { library, cli, add } = await createTestLibrary();
    await add("Known", "--description", "x");
    const { exitCode, stderr } = await cli.run("library", ...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(readdirSync(library)).toEqual(["known.yaml"]);
  });

  test("tells of a file that cannot be used with its line, and goes on without it", async () => {
    const { library, cli, add } = await createTestLibrary();
    await add("Known", "--description", "x");
    await Bun.write(join(library, "bad.yaml"), "name: Bad\nkind: ghost\ndescription: x\npicture: ../../etc/passwd\n");
    const { exitCode, stdout, stderr } = await cli.run("library");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Known")]);
    expect(stderr).toContain("bad.yaml: line 2: kind must be one of character, place, product");
    expect(stderr).toContain("line 4: picture must be a PNG, JPEG or WebP file beside this one");
    expect((await cli.run("library", "show", "Bad")).stderr).toContain("what cannot be read there: bad.yaml: line 2");
  });
});

describe("generate --cast", () => {
  test("knows whom a storyboard's scenes name, and warns of others", async () => {
    const { cli, add } = await createTestLibrary();
    await add("Mika", "--description", "A black cat");
    const board = storyboardOf({ prompt: "Mika waits" }, 1);
    const scenes = board.scenes.map((scene) => ({ ...scene, characters: ["Mika", "Otto"] }));
    const file = join(tempFolder(), "mika-waits.yaml");
    await Bun.write(file, printStoryboard({ ...board, scenes }));
    const { stderr } = await cli.run("generate", "--storyboard", file, "--cast", "mika", "--dry-run");
    expect(stderr.match(/names "\w+", which is not described in characters/g)).toEqual([
      'names "Otto", which is not described in characters',
    ]);
  });

  test("puts the words into every prompt that names them, the picture into the stills, and copies both", async () => {
    const { library, picture, ground, cli, add } = await createTestLibrary();
    await add("Mika", "--description", "A black cat with one white paw", "--picture", picture);
    await add("Harbour", "--kind", "place", "--description", "Red cranes in fog");
    const { exitCode, stderr } = await cli.run("generate", "Mika waits", "--scenes", "2", "--cast", "mika, harbour");
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("done")]);
    const testApp = createTestApp(ground);
    const id = await testApp.service.resolve(idIn(stderr));
    const cast = await testApp.editing.cast(id);
    expect(cast.references.map(({ name, kind, artifact }) => [name, kind, artifact !== null])).toEqual([
      ["Mika", "character", true],
      ["Harbour", "place", false],
    ]);
    const story = (await testApp.editing.takes(id)).find(({ step }) => step.kind === "storyboard");
    expect(story?.step.order).toMatchObject({ cast: [{ name: "Mika" }, { name: "Harbour", kind: "place" }] });

    // Another library makes nothing stale, nor does its loss.
    await Bun.write(join(library, "mika.yaml"), "name: Mika\nkind: character\ndescription: A dog.\n");
    expect((await cli.run("plan", id, "--diff")).stdout).toContain("nothing to make");
    testApp.kill();
  });

  test.each<[string[], string]>([
    [["--cast", "Otto"], 'the library has no "Otto": it has Mika'],
    [["--cast", "Mika,"], "--cast needs names"],
    [["--cast", "Mika", "--cast", "mika"], 'two references are called "mika"'],
    [["--cast", "Mika", "--reference", `MIKA=PICTURE`], 'two references are called "mika"'],
    [["--batch", "films.csv", "--cast", "Mika"], "--batch makes all films of a list and cannot be used with --cast"],
  ])("%p is refused and makes nothing", async (flags, words) => {
    const { picture, ground, cli, add } = await createTestLibrary();
    await add("Mika", "--description", "A cat", "--picture", picture);
    const story = flags.includes("--batch") ? [] : ["A film"];
    const argv = flags.map((flag) => flag.replace("PICTURE", picture));
    const { exitCode, stderr } = await cli.run("generate", ...story, ...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(ground.provider.bills).toEqual([]);
  });

  test("of an entry whose picture is gone or spoiled is refused", async () => {
    const { library, picture, cli, add } = await createTestLibrary();
    await add("Mika", "--description", "A cat", "--picture", picture);
    await Bun.write(join(library, "mika.jpg"), "words");
    expect((await cli.run("generate", "A film", "--cast", "Mika")).stderr).toContain(
      '"Mika" of the library (mika.jpg) is neither PNG, JPEG nor WebP',
    );
    await Bun.file(join(library, "mika.jpg")).delete();
    expect((await cli.run("generate", "A film", "--cast", "Mika")).stderr).toContain("mika.jpg cannot be read");
  });

  test("later, by the references command, makes stale just what names them", async () => {
    const { cli, add } = await createTestLibrary();
    const { stderr } = await cli.run("generate", "A film", "--scenes", "3");
    const id = idIn(stderr);
    await add("scene 1", "--kind", "place", "--description", "A pier");
    expect((await cli.run("references", id)).stderr).toContain("no references");
    expect((await cli.run("references", id, "--cast", "scene 1")).stdout).toContain("1 reference");
    expect((await cli.run("references", id)).stdout).toBe(
      "NAME     KIND   PICTURE  DESCRIPTION\nscene 1  place  no       A pier\n",
    );
    expect((await cli.run("references", id, "--json")).objects).toEqual([
      { name: "scene 1", kind: "place", description: "A pier", picture: false },
    ]);
    const { stdout } = await cli.run("plan", id, "--diff");
    expect(stdout).toContain("keyframe 3");
    expect(stdout).not.toContain("clip of scene 1");
    expect((await cli.run("references", id, "--clear")).stdout).toContain("0 references");
    expect((await cli.run("plan", id, "--diff")).stdout).toContain("nothing to make");
  });
});
