import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createFakeService, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { createTestStores } from "../support/test-app.ts";
import { createCli } from "./harness.ts";

const ID = fakeProjectId(1);
const service = () => createFakeService({ story: [fakeComplete()], projects: [fakeProject(fakeComplete())] });

describe("--verbose", () => {
  test("sets the log level to debug, on every command that opens the program, before or after its name", async () => {
    for (const argv of [
      ["list", "--verbose"],
      ["--verbose", "list"],
      ["status", ID, "--verbose"],
      ["cost", ID, "--verbose"],
      ["generate", "A cat", "--verbose"],
      ["doctor", "--verbose"],
    ]) {
      const cli = createCli({ service: service(), env: { VIDPIPE_LOG__LEVEL: "error" } });
      expect((await cli.run(...argv)).exitCode).toBe(0);
      expect(new Set(cli.logLevels)).toEqual(new Set(["debug"]));
    }
  });

  test("left out, the level is as the settings say: warnings, or VIDPIPE_LOG__LEVEL", async () => {
    const cli = createCli({ service: service() });
    await cli.run("list");
    expect(cli.logLevels).toEqual(["warn"]);
    const asked = createCli({ service: service(), env: { VIDPIPE_LOG__LEVEL: "debug" } });
    await asked.run("list");
    expect(asked.logLevels).toEqual(["debug"]);
  });

  test("of config says where the level comes from", async () => {
    const { stdout } = await createCli().run("config", "--verbose");
    expect(stdout).toMatch(/^log\.level +debug +--verbose +yours$/m);
  });

  test("of status shows every seam as well", async () => {
    const seam = {
      position: 1,
      before: 0.9,
      after: 0.9,
      between: 0.9,
      score: 0.9,
      bad: false,
      worse: null,
      next: null,
    };
    const seen = createFakeService({ projects: [fakeProject({ ...fakeComplete(), seams: [seam] })] });
    expect((await createCli({ service: seen }).run("status", ID)).stdout).not.toContain("seams");
    expect((await createCli({ service: seen }).run("status", ID, "--verbose")).stdout).toContain("seams (1.00 means");
  });

  test("on a terminal, progress is plain lines: debug lines would tear a live display apart", async () => {
    const live = createCli({ ground: createTestStores(), columns: 80 });
    expect((await live.run("generate", "A cat", "--scenes", "1", "--yes")).stderr).toContain("\u001b[J");
    const plain = createCli({ ground: createTestStores(), columns: 80 });
    const { exitCode, stderr } = await plain.run("generate", "A cat", "--scenes", "1", "--yes", "--verbose");
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("\u001b");
    expect(stderr).toContain("keyframes: 2/2\n");
  });
});

describe("the log", () => {
  const module = join(import.meta.dir, "../../src/platform/log.ts");

  test.each(["json", "pretty"])("in %s form prints a debug line at debug, and none at info", (format) => {
    const logged = (level: string) =>
      Bun.spawnSync([
        process.execPath,
        "-e",
        `const { createLog } = await import(${JSON.stringify(module)});
         createLog({ level: "${level}", format: "${format}" }).debug("step claimed", { project: "p-1", epoch: 3 });`,
      ]).stderr.toString();
    expect(logged("debug")).toMatch(/step claimed.*p-1.*3/);
    expect(logged("info")).toBe("");
  });
});
