import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectEvent } from "../../src/domain/facts.ts";
import type { StageView } from "../../src/domain/view.ts";
import {
  createFakeService,
  FAKE_NOW_MS,
  fakeComplete,
  fakeProject,
  fakeProjectId,
  type Turn,
} from "../support/fake-service.ts";
import { never } from "../support/never.ts";
import { fakeWay } from "../support/ways.ts";
import { createCli } from "./harness.ts";

const ID = fakeProjectId(1);

const stages = (storyboard: number, keyframes: number, clips: number, stitch: number): { stages: StageView[] } => {
  const stage = (kind: StageView["kind"], done: number, total: number): StageView => ({
    kind,
    done,
    total,
    running: 0,
    startedAtMs: done > 0 ? FAKE_NOW_MS : null,
    finishedAtMs: done === total ? FAKE_NOW_MS + 1_000 : null,
  });
  return {
    stages: [
      stage("storyboard", storyboard, 1),
      stage("keyframe", keyframes, 3),
      stage("clip", clips, 2),
      stage("stitch", stitch, 1),
    ],
  };
};

const piece = { status: "done", key: "k", message: null, stale: false, own: false } as const;
const scene = (sceneIndex: number) =>
  ({
    sceneIndex,
    description: `scene ${sceneIndex}`,
    status: "complete",
    start: piece,
    end: piece,
    clip: piece,
  }) as const;
const scenes = [scene(0), scene(1)];

const event = (seq: number, data: ProjectEvent["data"], type: ProjectEvent["type"] = "step"): ProjectEvent => ({
  seq,
  atMs: FAKE_NOW_MS,
  type,
  data,
});

const story: Turn[] = [
  {
    status: "keyframing",
    scenes,
    ...stages(1, 0, 0, 0),
    events: [event(1, { kind: "storyboard", position: 0, status: "done", message: null })],
  },
  { ...stages(1, 2, 0, 0) },
  {
    status: "video_gen",
    ...stages(1, 3, 1, 0),
    events: [event(2, { kind: "clip", position: 1, status: "queued", message: "the service is \u001b[31mbusy\n" })],
  },
  { status: "stitching", ...stages(1, 3, 2, 0) },
  { ...fakeComplete(), ...stages(1, 3, 2, 1) },
];

describe("generate", () => {
  test("prints the film's path on stdout and everything else on stderr", async () => {
    const cli = createCli({ service: createFakeService({ story }) });
    const { exitCode, stdout, stderr } = await cli.run("generate", "A cat");
    expect(exitCode).toBe(0);
    expect(stdout).toBe("/films/final.mp4\n");
    expect(stderr).toBe(`project ${ID}, made by offline: no Google credentials are configured
storyboard: 2 scenes
keyframes: 2/3
clip 2: the service is ?[31mbusy
keyframes: 3/3
clips: 1/2
clips: 2/2
stitch: done
done: 2 scenes, 24.0 s, 1.2 MB, made in 0:00 by offline
project ${ID}
`);
    expect(cli.deeds).toEqual(["open", "close"]);
  });

  test("says who chose the provider", async () => {
    const run = async (env: Record<string, string>, ...argv: string[]) =>
      (await createCli({ service: createFakeService({ story }), env }).run("generate", "A cat", ...argv)).stderr;
    expect(await run({}, "--provider", "offline")).toContain("made by offline: chosen by --provider");
    expect(await run({ VIDPIPE_PROVIDER: "offline" })).toContain("chosen by environment VIDPIPE_PROVIDER");
  });

  test("takes a provider's former name, with one note", async () => {
    const run = async (env: Record<string, string>, ...argv: string[]) =>
      (await createCli({ service: createFakeService({ story }), env }).run("generate", "A cat", ...argv)).stderr;
    const note = "provider animatic is called offline now";
    for (const said of [await run({}, "--provider", "animatic"), await run({ VIDPIPE_PROVIDER: "animatic" })]) {
      expect(said.split(note)).toHaveLength(2);
      expect(said).toContain("made by offline: chosen by");
    }
  });

  test("--quiet leaves stderr empty", async () => {
    const { stdout, stderr } = await createCli({ service: createFakeService({ story }) }).run(
      "generate",
      "A cat",
      "-q",
    );
    expect({ stdout, stderr }).toEqual({ stdout: "/films/final.mp4\n", stderr: "" });
  });

  test("--json prints events and then the result, one object per line", async () => {
    const cli = createCli({ service: createFakeService({ story }) });
    const { objects, stderr } = await cli.run("generate", "A cat", "--json");
    expect(stderr).toBe("");
    expect(objects).toEqual([
      { type: "started", project_id: ID, provider: "offline", reason: "no Google credentials are configured" },
      {
        type: "step",
        seq: 1,
        at: "2026-11-22T12:00:00.000Z",
        kind: "storyboard",
        position: 0,
        status: "done",
        message: null,
      },
      {
        type: "step",
        seq: 2,
        at: "2026-11-22T12:00:00.000Z",
        kind: "clip",
        position: 1,
        status: "queued",
        message: "the service is \u001b[31mbusy\n",
      },
      expect.objectContaining({
        type: "result",
        project_id: ID,
        prompt: "A cat",
        status: "complete",
        scene_count: 2,
        aspect_ratio: "16:9",
        clip_duration: 6,
        created_at: "2026-11-22T12:00:00.000Z",
        missing_scenes: [],
        cost: { spent_usd: 0, reserved_usd: 0, unknown_usd: 0, max_usd: null },
        film: { path: "/films/final.mp4", duration_seconds: 24, bytes: 1_234_567 },
        path: "/films/final.mp4",
        exit_code: 0,
      }),
    ]);
  });

  test("every name in --json is snake_case", async () => {
    const waits = [{ reason: "refused" as const, message: "m", usd: null, ways: [fakeWay("n")] }];
    const service = createFakeService({ story: [{ status: "held", waits, scenes, missingScenes: [0] }] });
    const { objects } = await createCli({ service }).run("generate", "A cat", "--json");
    const names = (value: unknown): string[] =>
      typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, child]) => [...(Array.isArray(value) ? [] : [key]), ...names(child)])
        : [];
    for (const name of objects.flatMap(names)) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  test("control characters reach no terminal, not even through JSON", async () => {
    const nasty = "a\u001b[2J\u009b31m\u202e\u007f\r\u0000";
    const service = createFakeService({ story: [{ status: "failed", message: nasty, ...stages(0, 0, 0, 0) }] });
    const json = await createCli({ service }).run("generate", "A cat", "--json");
    const human = await createCli({
      service: createFakeService({ story: [{ status: "failed", message: nasty }] }),
    }).run("generate", "A cat");
    for (const text of [json.stdout, json.stderr, human.stdout, human.stderr])
      expect(text.replaceAll("\n", "")).toMatch(/^[^\p{Cc}\u202e]*$/u);
    expect(json.objects.at(-1)).toMatchObject({ error_message: nasty });
  });

  test("a destination is checked before anything is made", async () => {
    const service = createFakeService({ story });
    service.failNext("checkDestination", new VidpipeError("input.invalid", "--output: no folder /none"));
    const { exitCode, stderr } = await createCli({ service }).run("generate", "A cat", "--output", "/none/a.mp4");
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "error: --output: no folder /none\n" });
    expect(service.callsTo("create")).toEqual([]);
  });

  test("--output copies the film there and prints that path, absolute", async () => {
    const service = createFakeService({ story });
    const { stdout } = await createCli({ service }).run("generate", "A cat", "-o", "cat.mp4");
    expect(service.callsTo("checkDestination")).toEqual([[resolve("cat.mp4")]]);
    expect(service.callsTo("exportFinal")).toEqual([[ID, resolve("cat.mp4")]]);
    expect(stdout).toBe(`${resolve("cat.mp4")}\n`);
  });

  test("when the copy fails, the film itself is named", async () => {
    const service = createFakeService({ story });
    service.failNext("exportFinal", new VidpipeError("storage.full", "the disk is full"));
    const { exitCode, stdout, stderr } = await createCli({ service }).run("generate", "A cat", "-o", "cat.mp4", "-q");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe("the film is safe: /films/final.mp4\nerror: the disk is full\n");
  });

  test("a film that lacks scenes says so even when quiet", async () => {
    const service = createFakeService({ story: [{ ...fakeComplete(), scenes, missingScenes: [1] }] });
    const { exitCode, stderr } = await createCli({ service }).run("generate", "A cat", "-q");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "warning: scene 2 of 2 is missing from the film\n" });
  });

  test("money that was spent is said", async () => {
    const spend = { reservedUsd: 0, spentUsd: 3.2, unknownUsd: 0.4 };
    const service = createFakeService({ story: [{ ...fakeComplete(), scenes, spend }] });
    expect((await createCli({ service }).run("generate", "A cat")).stderr).toContain("by offline, for $3.60\n");
  });

  test("odd settings are warnings", async () => {
    const env = { VIDPIPE_PIPELINE__VIDEO_TRANSIENT_RETRIES: "3" };
    const { stderr } = await createCli({ service: createFakeService({ story }), env }).run("generate", "A cat", "-q");
    expect(stderr).toStartWith("warning: pipeline.video_transient_retries (environment VIDPIPE_PIPELINE__");
  });
});

describe("exit codes", () => {
  test("failed is 1, with the reason and how to go on", async () => {
    const service = createFakeService({ story: [{ status: "failed", message: "scene 2: no answer" }] });
    const { exitCode, stdout, stderr } = await createCli({ service }).run("generate", "A cat", "-q");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe(`failed: scene 2: no answer\ncontinue with:\n  vidpipe resume ${ID}\n`);
  });

  test("held is 3, with every choice once", async () => {
    const ways = ["vidpipe resume x --retry-refused", "vidpipe resume x --skip-blocked"].map(fakeWay);
    const waits = [1, 2].map((n) => ({
      reason: "refused" as const,
      message: `clip ${n} was refused`,
      usd: null,
      ways,
    }));
    const service = createFakeService({ story: [{ status: "held", message: "clip 1 was refused", waits }] });
    const { exitCode, stderr } = await createCli({ service }).run("generate", "A cat", "-q", "-o", "a.mp4");
    expect(exitCode).toBe(3);
    expect(stderr).toBe(`held: clip 1 was refused
refused: clip 2 was refused
continue with:
  vidpipe resume x --retry-refused --output a.mp4
  vidpipe resume x --skip-blocked --output a.mp4
`);
  });

  test("a rejected piece is 3, with its reason and ways", async () => {
    const ways = ["--use-rejected", "--retry-rejected", "--skip-blocked"].map((way) => `vidpipe resume ${ID} ${way}`);
    const message = "keyframe 2: the still is 1024x1024, ordered was 16:9";
    const said = `${message}; leaving it out leaves out scene 2 and the start of scene 3`;
    const waits = [{ reason: "rejected" as const, message: said, usd: null, ways: ways.map(fakeWay) }];
    const service = createFakeService({ story: [{ status: "held", message, waits }] });
    const { exitCode, stderr } = await createCli({ service }).run("generate", "A cat", "-q");
    expect([exitCode, stderr]).toEqual([3, `held: ${said}\ncontinue with:\n  ${ways.join("\n  ")}\n`]);
    const shown = createFakeService({ projects: [fakeProject({ status: "held", message, waits })] });
    const { stdout } = await createCli({ service: shown }).run("status", ID);
    expect(stdout).toContain(`rejected: ${said}\ncontinue with:\n  ${ways.join("\n  ")}\n`);
  });

  test("cancelled is 1", async () => {
    const service = createFakeService({ story: [{ status: "cancelled" }] });
    expect((await createCli({ service }).run("generate", "A cat")).exitCode).toBe(1);
  });

  const failures = [
    ["media.ffmpeg_missing", 2],
    ["storage.full", 1],
    ["provider.not_configured", 2],
    ["money.over_budget", 3],
  ] as const;
  for (const [code, exitCode] of failures) {
    test(`${code} is ${exitCode} and closes the program`, async () => {
      const service = createFakeService();
      service.failNext("create", new VidpipeError(code, "no"));
      const cli = createCli({ service });
      expect(await cli.run("generate", "A cat")).toMatchObject({ exitCode, stdout: "", stderr: "error: no\n" });
      expect(cli.deeds).toEqual(["open", "close"]);
    });
  }

  test("a database that cannot be opened is 2", async () => {
    const cli = createCli({ openFails: new VidpipeError("storage.unusable", "vidpipe.db is a directory") });
    expect(await cli.run("list")).toMatchObject({ exitCode: 2, stderr: "error: vidpipe.db is a directory\n" });
  });

  test("a failure on the way says how to go on", async () => {
    const service = createFakeService({ story: [{ status: "keyframing" }] });
    service.failNext("watch", new VidpipeError("storage.io", "the disk went away"));
    const { exitCode, stderr } = await createCli({ service }).run("generate", "A cat", "-q");
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`continue with:\n  vidpipe resume ${ID}\nerror: the disk went away\n`);
  });

  test("what nobody foresaw is 1 and says whose fault it is", async () => {
    const service = createFakeService();
    service.failNext("list", new TypeError("x is not a function"));
    const { exitCode, stderr } = await createCli({ service }).run("list");
    expect(exitCode).toBe(1);
    expect(stderr).toBe("error: an unexpected error in vidpipe itself: x is not a function\n");
  });
});

describe("Ctrl-C", () => {
  /** A film that is never finished; `begun` resolves once it is being watched. */
  function endless() {
    const service = createFakeService({ story: [{ status: "keyframing" }] });
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const watch = service.watch;
    service.watch = async function* (...args) {
      for await (const tick of watch(...args)) {
        yield tick;
        begin();
      }
    };
    return { service, begun };
  }

  test("stops cleanly, prints the exact resume command and exits 130", async () => {
    const { service, begun } = endless();
    const cli = createCli({ service });
    const running = cli.run("generate", "A cat", "--output", "my film.mp4", "-q");
    await begun;
    cli.interrupt();
    const { exitCode, stdout, stderr } = await running;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stderr).toBe(
      `stopped; everything made so far is kept. Continue with:\n  vidpipe resume ${ID} --output 'my film.mp4'\n`,
    );
    expect(service.callsTo("stop")).toHaveLength(1);
    expect(cli.deeds).toEqual(["open", "close"]);
  });

  test("with --json ends in an object that holds the resume command", async () => {
    const { service, begun } = endless();
    const cli = createCli({ service });
    const running = cli.run("generate", "A cat", "--json");
    await begun;
    cli.interrupt();
    expect((await running).objects.at(-1)).toMatchObject({
      type: "interrupted",
      project_id: ID,
      resume_command: `vidpipe resume ${ID}`,
    });
  });

  test("the second time ends the process at once", async () => {
    const { service, begun } = endless();
    const cli = createCli({ service });
    const running = cli.run("generate", "A cat", "-q");
    await begun;
    cli.interrupt();
    cli.interrupt();
    expect(cli.deeds).toContain("exit 130");
    await running;
  });

  test("before anything is made makes nothing", async () => {
    const service = createFakeService();
    const cli = createCli({ service });
    const check = service.checkDestination;
    service.checkDestination = async (path) => {
      cli.interrupt();
      return check(path, never);
    };
    const { exitCode, stderr } = await cli.run("generate", "A cat", "-o", "a.mp4");
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: "error: stopped; nothing was made\n" });
    expect(service.callsTo("create")).toEqual([]);
  });

  test("after the film is finished changes nothing", async () => {
    const cli = createCli({ service: createFakeService({ story }) });
    expect((await cli.run("generate", "A cat", "-q")).exitCode).toBe(0);
    cli.interrupt();
    expect(cli.deeds).toEqual(["open", "close"]);
  });
});

describe("resume", () => {
  const held = () => createFakeService({ projects: [fakeProject({ status: "held", scenes })], story });

  test("goes on with a project named by the start of its id", async () => {
    const service = held();
    const { exitCode, stdout } = await createCli({ service }).run("resume", ID.slice(0, 13));
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "/films/final.mp4\n" });
    expect(service.callsTo("resume")).toEqual([
      [
        ID,
        {
          retryAmbiguous: false,
          retryGone: false,
          retryRefused: false,
          useRejected: false,
          retryRejected: false,
          skipBlocked: false,
          retrySkipped: false,
          shownUsd: 0,
        },
      ],
    ]);
  });

  test("passes every choice on", async () => {
    const service = held();
    await createCli({ service }).run(
      ...["resume", ID, "--max-cost", "9", "--retry-ambiguous", "--retry-refused", "--skip-blocked", "--yes"],
      ...["--use-rejected", "--fit", "pad", "--retry-rejected", "--retry-gone", "--retry-skipped"],
    );
    expect(service.callsTo("resume")[0]?.[1]).toEqual({
      maxCostUsd: 9,
      retryAmbiguous: true,
      retryGone: true,
      retryRefused: true,
      useRejected: true,
      fit: "pad",
      retryRejected: true,
      skipBlocked: true,
      retrySkipped: true,
      shownUsd: 0,
    });
  });

  test("does not tell again what happened before", async () => {
    const old = { ...event(1, { kind: "clip", position: 0, status: "queued", message: "old trouble" }), atMs: 1 };
    const service = createFakeService({
      projects: [fakeProject({ status: "failed", scenes })],
      story: [{ events: [old] }, fakeComplete()],
    });
    const { stderr } = await createCli({ service }).run("resume", ID);
    expect(stderr).not.toContain("old trouble");
  });

  const wrong: [typed: string, exitCode: number, start: string][] = [
    ["../x", 2, "error: not a project id"],
    ["01", 2, "error: not a project id"],
    ["ffff", 2, "error: no project"],
  ];

  test.each([
    [["--fit", "pad"], "error: --fit goes with --use-rejected"],
    [["--use-rejected", "--fit", "bars"], "error: --fit"],
  ] as const)("%j is refused, and nothing goes on", async (args, start) => {
    const service = held();
    const { exitCode, stderr } = await createCli({ service }).run("resume", ID, ...args);
    expect([exitCode, service.callsTo("resume")]).toEqual([2, []]);
    expect(stderr).toStartWith(start);
  });
  for (const [typed, exitCode, start] of wrong) {
    test(`of ${typed} is one clear line`, async () => {
      const outcome = await createCli({ service: held() }).run("resume", typed);
      expect(outcome.exitCode).toBe(exitCode);
      expect(outcome.stderr).toStartWith(start);
      expect(outcome.stderr.trimEnd()).not.toContain("\n");
    });
  }

  test("of a prefix that fits several projects is one clear line", async () => {
    const projects = [1, 2].map((n) => fakeProject({ id: fakeProjectId(n), status: "held" }));
    const { exitCode, stderr } = await createCli({ service: createFakeService({ projects }) }).run(
      "resume",
      ID.slice(0, 8),
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain("several projects");
  });

  test("of a complete project is a conflict", async () => {
    const service = createFakeService({ projects: [fakeProject(fakeComplete())] });
    expect(await createCli({ service }).run("resume", ID)).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

describe("stitch", () => {
  const finished = () =>
    createFakeService({ projects: [fakeProject({ ...fakeComplete(), scenes })], story: [fakeComplete()] });

  test("joins the clips again with the crossfade that was typed", async () => {
    const service = finished();
    const { exitCode, stdout } = await createCli({ service }).run("stitch", ID, "--crossfade", "0.5");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "/films/final.mp4\n" });
    expect(service.callsTo("restitch")).toEqual([[ID, 0.5]]);
  });

  test("leaves doubled frames out as it was typed", async () => {
    const service = finished();
    await createCli({ service }).run("stitch", ID, "--boundary-frame", "drop");
    expect(service.callsTo("restitch")).toEqual([[ID, 0, "drop"]]);
    const wrong = await createCli({ service }).run("stitch", ID, "--boundary-frame", "first");
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--boundary-frame must be one of auto, keep, drop, not "first"'),
    ]);
  });

  test("without a crossfade keeps the project's own", async () => {
    const service = finished();
    await createCli({ service }).run("stitch", ID);
    expect(service.callsTo("restitch")).toEqual([[ID, 0]]);
  });

  test("with a crossfade that is too long is one clear line", async () => {
    const service = finished();
    service.failNext(
      "restitch",
      new VidpipeError("input.invalid", "crossfade of 9 s is longer than half the shortest clip"),
    );
    const { exitCode, stderr } = await createCli({ service }).run("stitch", ID, "--crossfade", "9");
    expect(exitCode).toBe(2);
    expect(stderr).toBe("error: crossfade of 9 s is longer than half the shortest clip\n");
  });
});

test("a resume command names the config file that was typed", async () => {
  const service = createFakeService({ story: [{ status: "failed" }] });
  const config = `${import.meta.dir}/../../config.yaml`;
  const { stderr } = await createCli({ service }).run("generate", "A cat", "--config", config);
  expect(stderr).toContain(`vidpipe resume ${ID} --config ${config}\n`);
});
