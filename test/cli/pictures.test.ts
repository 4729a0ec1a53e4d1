import { expect, test } from "bun:test";
import { join } from "node:path";
import { createFakeService, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { tempFolder } from "../support/media.ts";
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
    startImage: of(hero, "--start-image"),
  });
});

test.each([
  [["generate", "A cat", "--reference", join(folder, "missing.png")], "cannot be read"],
  [["generate", "A cat", "--start-image", folder], "is not a file"],
  [["still", "0193", "--keyframe", "0", "--image", hero], "--keyframe must be 1 or more"],
  [["references", "0193"], "references needs --reference FILE, or --clear"],
  [["references", "0193", "--clear", "--reference", hero], "references needs --reference FILE, or --clear"],
])("%p is refused before anything is opened", async (argv, words) => {
  const cli = createCli();
  const { exitCode, stderr } = await cli.run(...argv);
  expect([exitCode, cli.deeds]).toEqual([2, []]);
  expect(stderr).toContain(words);
});

test("still and references reach the director, counting from 0, and say what waits", async () => {
  const view = fakeProject({ status: "review", message: "the film was changed" });
  const asked: unknown[] = [];
  const director = {
    setPicture: async (...args: unknown[]) => {
      asked.push(args);
      return view;
    },
    refer: async (...args: unknown[]) => {
      asked.push(args);
      return view;
    },
  };
  const cli = createCli({ service: createFakeService({ projects: [view] }), director });
  const still = await cli.run("still", view.id, "--keyframe", "2", "--image", mika);
  expect(still.stdout).toBe("still 2 is your picture now; the film was changed\n");
  expect((await cli.run("references", view.id, "--clear")).stdout).toContain("0 references");
  expect(asked).toMatchObject([
    [fakeProjectId(1), { still: 1, picture: { from: `--image ${mika}` } }],
    [fakeProjectId(1), []],
  ]);
});
