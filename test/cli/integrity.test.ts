import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { IntegrityService, Problem } from "../../src/services/integrity.ts";
import { createFakeService, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { createCli } from "./harness.ts";

const missing: Problem = {
  kind: "missing",
  projectId: fakeProjectId(1),
  key: "a/b.mp4",
  message: "a/b.mp4 is missing: \u001b[2J",
};

const checking = (problems: readonly Problem[]): Partial<IntegrityService> => ({
  verify: async (id, { quick }, tell) => {
    for (const problem of problems) tell(problem);
    return { projects: id === null ? 2 : 1, files: quick ? 7 : 8, bytes: 1_500_000, problems: problems.length };
  },
});

describe("vidpipe verify", () => {
  test("ends with what it looked at, exit code 0 when all is well", async () => {
    const { exitCode, stdout } = await createCli({ integrity: checking([]) }).run("verify");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "checked 2 projects, 8 files, 1.5 MB: 0 problems\n" });
  });

  test("prints a line per problem, which cannot drive the terminal, and exits with 1", async () => {
    const { exitCode, stdout } = await createCli({ integrity: checking([missing]) }).run("verify");
    const lines = ["missing: a/b.mp4 is missing: ?[2J", "checked 2 projects, 8 files, 1.5 MB: 1 problem", ""];
    expect({ exitCode, lines: stdout.split("\n") }).toEqual({ exitCode: 1, lines });
  });

  test("takes one project and --quick", async () => {
    const service = createFakeService({ projects: [fakeProject({ id: fakeProjectId(1) })] });
    const cli = createCli({ service, integrity: checking([]) });
    const { stdout } = await cli.run("verify", fakeProjectId(1).slice(0, 13), "--quick");
    expect(stdout).toStartWith("checked 1 project, 7 files");
  });

  test("with --json is one object per problem and one at the end", async () => {
    const { objects } = await createCli({ integrity: checking([missing]) }).run("verify", "--json");
    expect(objects).toEqual([
      { type: "problem", kind: "missing", project_id: fakeProjectId(1), key: "a/b.mp4", message: missing.message },
      { type: "checked", projects: 2, files: 8, bytes: 1_500_000, problems: 1 },
    ]);
  });

  const trash: Partial<IntegrityService> = {
    ...checking([]),
    async collect(id, _options, tell) {
      tell({ id: fakeProjectId(1), moved: ["a/clip-00-0123456789ab.mp4"], leftAlone: null });
      if (id === null) tell({ id: fakeProjectId(2), moved: [], leftAlone: "busy" });
    },
    putBack: async (id) => ["a/clip-00-0123456789ab.mp4", ...(id === null ? ["b/clip-00-0123456789ab.mp4"] : [])],
  };

  test("--collect says what went into the trash and what was left alone, then checks", async () => {
    const { exitCode, stdout } = await createCli({ integrity: trash }).run("verify", "--collect");
    expect(exitCode).toBe(0);
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "collected: a/clip-00-0123456789ab.mp4",
      `left alone: ${fakeProjectId(2)} is being made: collect its files when it has stopped`,
      "checked 2 projects, 8 files, 1.5 MB: 0 problems",
    ]);
  });

  test("--put-back takes them out again; not both at once", async () => {
    const { objects } = await createCli({ integrity: trash }).run("verify", "--put-back", "--json");
    expect(objects[0]).toEqual({ type: "put_back", name: "a/clip-00-0123456789ab.mp4" });
    for (const flag of ["--collect", "--collect-all"]) {
      const { exitCode, stderr } = await createCli({ integrity: trash }).run("verify", "--put-back", flag);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`${flag} and --put`) });
    }
  });

  test.each(["--collect", "--collect-all", "--put-back"])(
    "%s handles the project alone that is named",
    async (flag) => {
      const service = createFakeService({ projects: [fakeProject({ id: fakeProjectId(1) })] });
      const { stdout } = await createCli({ service, integrity: trash }).run("verify", fakeProjectId(1), flag);
      expect(stdout.split("\n")).toHaveLength(3);
    },
  );

  test("stops at Ctrl-C with 130", async () => {
    const cli = createCli({
      integrity: {
        async verify(_id, _options, _tell, signal) {
          cli.interrupt();
          throw signal.aborted ? new VidpipeError("run.interrupted", "stopped") : new Error("not told");
        },
      },
    });
    expect((await cli.run("verify")).exitCode).toBe(130);
  });
});

describe("vidpipe backup", () => {
  const copies: Partial<IntegrityService> = {
    backUp: async (destination, { replace }) => {
      if (!replace) throw new VidpipeError("input.invalid", `cannot back up to ${destination}: it is there already`);
      return { path: `/mnt/${destination}`, projects: 3, bytes: 4_096 };
    },
  };

  test("says what is in it, and what else must be copied", async () => {
    const { exitCode, stdout } = await createCli({ integrity: copies }).run("backup", "b.db", "--replace");
    expect(exitCode).toBe(0);
    expect(stdout).toStartWith("backed up 3 projects (4.1 kB) to /mnt/b.db\n");
    expect(stdout).toMatch(
      /does not contain keyframes, clips and films: copy the folder \/\S+vidpipe-data\/films next/,
    );
  });

  test("with --json is one object", async () => {
    const { objects } = await createCli({ integrity: copies }).run("backup", "b.db", "--replace", "--json");
    expect(objects).toEqual([
      { path: "/mnt/b.db", projects: 3, bytes: 4_096, films_path: expect.stringMatching(/films$/) },
    ]);
  });

  test("is refused in one line when something is in the way", async () => {
    const { exitCode, stdout, stderr } = await createCli({ integrity: copies }).run("backup", "b.db");
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "error: cannot back up to b.db: it is there already\n",
    });
  });
});
