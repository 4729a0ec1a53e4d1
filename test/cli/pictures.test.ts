import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createFakeService, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { tempFolder } from "../support/media.ts";
import { createTestStores } from "../support/test-app.ts";
import { createCli } from "./harness.ts";

const folder = tempFolder();
const [hero, mika] = [join(folder, "hero.png"), join(folder, "mika.png")];
await Bun.write(hero, "hero");
await Bun.write(mika, "mika");

test("references and the first still are read and handed on, each with its name", async () => {
  const cli = createCli({ service: createFakeService({ story: [fakeComplete()] }) });
  const flags = ["--reference", hero, `--reference=Mika=${mika}`, "--start-image", hero];
  expect((await cli.run("generate", "A cat", ...flags)).exitCode).toBe(0);
  const [, options] = cli.service.calls.find(({ method }) => method === "create")?.args ?? [];
  const of = (path: string, flag: string) => ({
    bytes: new TextEncoder().encode(path === hero ? "hero" : "mika"),
    from: `${flag} ${path}`,
  });
  expect(options).toEqual({
    references: [
      { ...of(hero, "--reference"), name: null },
      { ...of(mika, "--reference"), name: "Mika" },
    ],
    stills: [{ still: 0, picture: of(hero, "--start-image") }],
    // The free offline provider: what was shown is what may be spent.
    shownUsd: 0,
  });
});

test.each([
  [["generate", "A cat", "--reference", join(folder, "missing.png")], "cannot be read"],
  [["generate", "A cat", "--start-image", folder], "is not a file"],
  [["still", "0193", "--keyframe", "0", "--image", hero], "--keyframe must be 1 or more"],
  [["references", "0193", "--clear", "--reference", hero], "give --clear alone, or --reference and --cast"],
])("%p is refused before anything is opened", async (argv, words) => {
  const cli = createCli();
  const { exitCode, stderr } = await cli.run(...argv);
  expect([exitCode, cli.deeds]).toEqual([2, []]);
  expect(stderr).toContain(words);
});

describe("pictures that are none, too many or too big", () => {
  const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const files = new Map<string, Uint8Array>([
    ["good.png", Uint8Array.from([...PNG, 1])],
    ["words.png", new TextEncoder().encode("words")],
    ["film.png", Uint8Array.from([0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70])],
    ["empty.png", new Uint8Array()],
    ["big.png", Uint8Array.from({ length: 20 * 2 ** 20 + 1 }, (_, place) => PNG[place] ?? 0)],
  ]);
  const path = (name: string) => join(folder, name);
  const references = (count: number, name = "good.png") =>
    Array.from({ length: count }, () => ["--reference", path(name)]).flat();

  test.each<[string, string[], string]>([
    ["words", references(1, "words.png"), "words.png is neither PNG, JPEG nor WebP"],
    ["a film called a picture", references(1, "film.png"), "is neither PNG, JPEG nor WebP"],
    ["nothing", references(1, "empty.png"), "is neither PNG, JPEG nor WebP"],
    ["20 MiB and a byte", references(1, "big.png"), "big.png is larger than 20 MiB"],
    ["14 beside the still before, of 14", references(14), "image-1 takes at most 13 references, not 14"],
    ["15 of 14", references(15), "image-1 takes at most 13 references, not 15"],
    [
      "two of one name",
      ["--reference", `Mika=${path("good.png")}`, "--reference", `MIKA =${path("good.png")}`],
      'two references are called "mika"',
    ],
    ["no name", ["--reference", ` =${path("good.png")}`], "must have 1 to 120 characters"],
    ["a dash for a name", ["--reference", `-=${path("good.png")}`], "must have a letter in it"],
    ["a first still of words", ["--start-image", path("words.png")], "is neither PNG, JPEG nor WebP"],
  ])("%s: refused by generate and references, and nothing is made", async (_, flags, words) => {
    for (const [name, bytes] of files) await Bun.write(path(name), bytes);
    const ground = createTestStores({ references: 13 });
    const cli = createCli({ ground });
    const refused = { exitCode: 2, stdout: "", stderr: expect.stringContaining(words) };
    expect(await cli.run("generate", "A film", ...flags)).toMatchObject(refused);
    expect([ground.provider.bills, (await cli.run("list")).stdout]).toEqual([[], ""]);
    if (flags.includes("--start-image")) return;
    const { stderr } = await cli.run("generate", "A film", "--scenes", "1", ...references(13));
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(stderr)?.[0] ?? "";
    const before = ground.provider.bills.length;
    expect(await cli.run("references", id, ...flags)).toMatchObject(refused);
    expect([ground.provider.bills.length, (await cli.run("history", id)).stdout.trim().split("\n")]).toEqual([
      before,
      [expect.any(String), expect.stringContaining("as first made")],
    ]);
  });
});

test("still and references reach the director, counting from 0, and say what waits", async () => {
  const view = fakeProject({ status: "review", message: "the film was changed" });
  const asked: unknown[] = [];
  const editing = {
    setFile: async (...args: unknown[]) => {
      asked.push(args);
      return view;
    },
    setReferences: async (...args: unknown[]) => {
      asked.push(args);
      return view;
    },
  };
  const cli = createCli({ service: createFakeService({ projects: [view] }), editing });
  const still = await cli.run("still", view.id, "--keyframe", "2", "--image", mika);
  expect(still.stdout).toBe("keyframe 2 is now your image; the film was changed\n");
  expect((await cli.run("references", view.id, "--clear")).stdout).toContain("0 references");
  expect(asked).toMatchObject([
    [fakeProjectId(1), { still: 1, picture: { from: `--image ${mika}` } }, expect.any(AbortSignal)],
    [fakeProjectId(1), [], expect.any(AbortSignal)],
  ]);
});
