import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { EditingService } from "../../src/services/editing.ts";
import type { TransferService } from "../../src/services/transfer.ts";
import { createFakeService, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { createCli } from "./harness.ts";

const one = fakeProjectId(1);

/** An archivist that notes what it is asked. */
function noting(fork: Partial<ProjectView> = fakeComplete()) {
  const asked: unknown[] = [];
  const transfer: TransferService = {
    exportTimeline: async (id, formats, destination) => {
      asked.push([id, formats, destination]);
      return { paths: formats.map((format) => `${destination}/film.${format}`), clips: 2, missingScenes: [1] };
    },
    exportSidecars: async (id, folder) => asked.push([id, "sidecars", folder]),
    exportBundle: async (id, file) => void asked.push([id, "bundle", file]),
    importBundle: async (file) => {
      asked.push(["import", file]);
      return fakeProject(fakeComplete());
    },
    fork: async (id, options) => {
      asked.push(["fork", id, options]);
      return fakeProject({ id: fakeProjectId(2), ...fork });
    },
  };
  const editing: Partial<EditingService> = {
    forecast: async () => ({
      lines: [],
      complete: true,
      ...(fork.status === "review" ? { totalUsd: 3.4, mostUsd: 3.6 } : { totalUsd: 0, mostUsd: 0 }),
    }),
  };
  const projects = [fakeProject(), fakeProject({ id: fakeProjectId(2), ...fork })];
  const service = createFakeService({ projects, story: [fakeComplete()] });
  return { asked, service, cli: createCli({ service, transfer, editing }) };
}

test("export writes timelines here unless told where, and prints their paths", async () => {
  const { asked, cli } = noting();
  const { exitCode, stdout, stderr } = await cli.run("export", one, "--otio", "--edl");
  const here = resolve(".");
  expect(asked).toEqual([[one, ["otio", "edl"], here]]);
  expect([exitCode, stdout]).toEqual([0, `${here}/film.otio\n${here}/film.edl\n`]);
  expect(stderr).toBe("2 clips; scene 2 has no clip yet\n");
});

test("export takes a destination, sidecars and a bundle in one go, as JSON too", async () => {
  const { asked, cli } = noting();
  const words = ["export", one, "/cut", "--fcpxml", "--sidecars", "/from", "--bundle", "/film.vidpipe", "--json"];
  const { exitCode, objects } = await cli.run(...words);
  expect(asked).toEqual([
    [one, ["fcpxml"], "/cut"],
    [one, "sidecars", "/from"],
    [one, "bundle", "/film.vidpipe"],
  ]);
  expect([exitCode, objects]).toEqual([
    0,
    [
      { type: "exported", what: "fcpxml", path: "/cut/film.fcpxml" },
      { type: "exported", what: "sidecars", path: "/from" },
      { type: "exported", what: "bundle", path: "/film.vidpipe" },
    ],
  ]);
});

test.each([
  [["export", one], "choose what to export"],
  [["export", one, "/cut"], "choose what to export"],
  [["export", one, "/cut", "--bundle", "/b"], "a destination needs a timeline"],
  [["export", one, "/cut.edl", "--otio"], "give a folder to export several formats"],
  [["export", "--otio"], "export needs ID"],
  [["import"], "import needs FILE"],
  [["fork", one, "--until", "nothing"], "--until must be one of"],
  [["fork", one, "--style", ""], "--style is empty"],
])("%j is refused before anything is opened", async (words, why) => {
  const { asked, cli } = noting();
  const { exitCode, stderr } = await cli.run(...words);
  expect([exitCode, asked, cli.deeds]).toEqual([2, [], []]);
  expect(stderr).toContain(why);
});

test("import prints the id of what it took in", async () => {
  const { asked, cli } = noting();
  const { exitCode, stdout, stderr } = await cli.run("import", "film.vidpipe");
  expect([exitCode, stdout, asked]).toEqual([0, `${one}\n`, [["import", resolve("film.vidpipe")]]]);
  expect(stderr).toBe('imported: "A cat exploring Tokyo at night" is complete\n');
});

test("an import that is refused is one line and exit code 2", async () => {
  const transfer: TransferService = {
    ...createNobody(),
    importBundle: async (path) => {
      throw new VidpipeError("input.invalid", `${path} cannot be imported: it is cut off; nothing was imported`);
    },
  };
  const { exitCode, stdout, stderr } = await createCli({ transfer }).run("import", "/half.vidpipe");
  expect([exitCode, stdout, stderr]).toEqual([
    2,
    "",
    "error: /half.vidpipe cannot be imported: it is cut off; nothing was imported\n",
  ]);
});

function createNobody(): TransferService {
  const never = (): never => {
    throw new Error("not asked for");
  };
  return {
    exportTimeline: never,
    exportSidecars: never,
    exportBundle: never,
    importBundle: never,
    fork: never,
  };
}

test("fork prints the new id and makes nothing", async () => {
  const { asked, service, cli } = noting();
  const { exitCode, stdout, stderr } = await cli.run("fork", one);
  expect([exitCode, stdout, asked]).toEqual([0, `${fakeProjectId(2)}\n`, [["fork", one, {}]]]);
  expect(stderr).toBe("forked; nothing in it needs to be paid for; it is complete\n");
  expect(service.callsTo("resume")).toEqual([]);
});

test("fork in another style says what it would cost and waits", async () => {
  const { asked, service, cli } = noting({ status: "review" });
  const { exitCode, stderr } = await cli.run("fork", one, "--style", "watercolor");
  expect([exitCode, asked]).toEqual([0, [["fork", one, { style: "watercolor" }]]]);
  expect(stderr).toBe(
    `forked; what is missing costs $3.40, at most $3.60; it waits for you: 'vidpipe plan ${fakeProjectId(2)}' shows what it would make\n`,
  );
  expect(service.callsTo("resume")).toEqual([]);
});

test("fork --until goes on with the new project as far as that", async () => {
  const { service, cli } = noting({ status: "review" });
  const { exitCode, stdout } = await cli.run("fork", one, "--until", "clips", "--yes");
  expect(service.callsTo("resume")).toEqual([[fakeProjectId(2), { until: "clips", shownUsd: 0 }]]);
  expect([exitCode, stdout]).toEqual([0, `${fakeProjectId(2)}\n/films/final.mp4\n`]);
});
