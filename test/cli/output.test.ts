import { describe, expect, test } from "bun:test";
import { shortIds } from "../../src/cli/output/tables.ts";
import { elapsed, plain, size } from "../../src/cli/output/text.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { Finding } from "../../src/ports/media.ts";
import { createFakeService, FAKE_NOW_MS, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { fakeWay } from "../support/ways.ts";
import { createCli } from "./harness.ts";

const ID = fakeProjectId(1);
const request = fakeProject().request;

describe("list", () => {
  const projects = [
    fakeProject({ status: "complete", createdAtMs: FAKE_NOW_MS }),
    fakeProject({
      id: fakeProjectId(2),
      status: "held",
      createdAtMs: FAKE_NOW_MS + 60_000,
      request: { ...request, prompt: "Line one\n\u001b[31mred\u001b[0m and 猫 and more words than fit" },
    }),
  ];

  test("is a table, newest first, that fits the terminal", async () => {
    const { exitCode, stdout, stderr } = await createCli({ service: createFakeService({ projects }), columns: 70 }).run(
      "list",
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatchInlineSnapshot(`
      "ID             STATUS    CREATED               PROMPT
      01a20320-a202  held      2026-11-22 12:01 UTC  Line one ?[31mred?[0m…
      01a20320-a201  complete  2026-11-22 12:00 UTC  A cat exploring Tokyo…
      "
    `);
  });

  test("is not cut when a program reads it", async () => {
    const { stdout } = await createCli({ service: createFakeService({ projects }) }).run("list");
    expect(stdout).toContain("Line one ?[31mred?[0m and 猫 and more words than fit\n");
  });

  test("has a bold head where colours are wanted", async () => {
    const service = createFakeService({ projects });
    expect((await createCli({ service, columns: 70, isColored: true }).run("list")).stdout).toStartWith("\u001b[1mID");
  });

  test("--json is one object per line", async () => {
    const { objects } = await createCli({ service: createFakeService({ projects }) }).run("list", "--json");
    expect(objects).toEqual([
      {
        project_id: fakeProjectId(2),
        prompt: "Line one\n\u001b[31mred\u001b[0m and 猫 and more words than fit",
        status: "held",
        created_at: "2026-11-22T12:01:00.000Z",
        updated_at: "2026-11-22T12:00:00.000Z",
      },
      expect.objectContaining({ project_id: ID, status: "complete" }),
    ]);
  });

  test("--limit and --status reach the service", async () => {
    const service = createFakeService({ projects });
    const { objects } = await createCli({ service }).run("list", "--json", "--limit", "7", "--status", "held");
    expect(service.callsTo("list")).toEqual([[{ limit: 7, statuses: ["held"] }]]);
    expect(objects).toHaveLength(1);
  });

  test("without projects says how to make one, and prints nothing on stdout", async () => {
    const { exitCode, stdout, stderr } = await createCli().run("list");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toContain("vidpipe generate");
    expect((await createCli().run("list", "--json")).stdout).toBe("");
  });

  test("ids are as short as keeps them apart", () => {
    const [a, b] = [fakeProjectId(1), fakeProjectId(2)];
    expect(shortIds([a, b])).toEqual([a.slice(0, 13), b.slice(0, 13)]);
    const twin = `${a.slice(0, -1)}f`;
    expect(shortIds([a, twin])).toEqual([a, twin]);
    expect(shortIds([])).toEqual([]);
  });
});

describe("status", () => {
  const piece = (status: "done" | "running" | "refused" | null, message: string | null = null) => ({
    status,
    key: status === "done" ? "k" : null,
    message,
    stale: false,
    own: false,
  });
  const project = fakeProject({
    status: "held",
    message: "waiting for you",
    request: { ...request, crossfadeSeconds: 0.5, seed: 7 },
    stages: [
      {
        kind: "storyboard",
        done: 1,
        total: 1,
        running: 0,
        startedAtMs: FAKE_NOW_MS,
        finishedAtMs: FAKE_NOW_MS + 2_000,
      },
      { kind: "keyframe", done: 3, total: 3, running: 0, startedAtMs: FAKE_NOW_MS, finishedAtMs: FAKE_NOW_MS + 9_000 },
      { kind: "clip", done: 0, total: 2, running: 1, startedAtMs: FAKE_NOW_MS + 9_000, finishedAtMs: null },
      { kind: "stitch", done: 0, total: 1, running: 0, startedAtMs: null, finishedAtMs: null },
    ],
    scenes: [
      {
        sceneIndex: 0,
        description: "A cat\u0007 on a roof",
        status: "video_gen",
        start: piece("done"),
        end: piece("done"),
        clip: piece("running"),
      },
      {
        sceneIndex: 1,
        description: "The bay at dawn",
        status: "held",
        start: piece("done"),
        end: piece("done"),
        clip: piece("refused", "the filter said no"),
      },
    ],
    waits: [
      {
        reason: "refused",
        message: "scene 2: the filter said no",
        usd: 0.42,
        ways: [fakeWay(`vidpipe resume ${ID} --skip-blocked`)],
      },
    ],
    spend: { reservedUsd: 1.2, spentUsd: 0.4, unknownUsd: 0.005 },
    maxCostUsd: 5,
    updatedAtMs: FAKE_NOW_MS + 65_000,
  });

  test("shows stages, scenes with marks, waits with choices, and the money", async () => {
    const { exitCode, stdout } = await createCli({ service: createFakeService({ projects: [project] }) }).run(
      "status",
      ID,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "01a20320-a201-7abc-8def-000000000001  held
      A cat exploring Tokyo at night
      cinematic, 16:9, clips of 6 s, crossfade 0.5 s, seed 7; made by offline
      created 2026-11-22 12:00 UTC, last change 2026-11-22 12:01 UTC
      waiting for you

      ✓ storyboard 2 scenes  0:02
      ✓ keyframes  3/3       0:09    ████████████████
      › clips      0/2       0:56    ░░░░░░░░░░░░░░░░ 1 running
      · stitch

        1   start ✓  end ✓  clip ›  A cat? on a roof
        2   start ✓  end ✓  clip !  The bay at dawn
            the filter said no

      refused: scene 2: the filter said no; buying it again costs $0.42
      continue with:
        vidpipe resume 01a20320-a201-7abc-8def-000000000001 --skip-blocked
      cost: spent $0.40, reserved $1.20, unknown $0.0050 (sent, answer lost), cap $5.00
      "
    `);
  });

  test("of a finished film says how it was joined", async () => {
    const frames = { frames: 372, framesCopied: 330, framesEncoded: 42 };
    const report = { clips: 2, ...frames, windows: 1, segmentsReused: 0, syncErrorMs: 0, tookSeconds: 2.34 };
    const service = createFakeService({ projects: [fakeProject(fakeComplete("/films/a.mp4", report))] });
    const { stdout } = await createCli({ service }).run("status", ID);
    expect(stdout).toEndWith(
      "2 clips joined in 2.3 s with 1 crossfade; 330 frames copied, 42 encoded (11%); sound ends with the picture\n",
    );
  });

  test("of a finished film shows where it is and what it lacks", async () => {
    const service = createFakeService({
      projects: [fakeProject({ ...fakeComplete("/films/a\u001b.mp4"), missingScenes: [2] })],
    });
    const { stdout } = await createCli({ service }).run("status", ID);
    expect(stdout).toEndWith("film: /films/a?.mp4 (24.0 s, 1.2 MB)\nscene 3 is missing from it\n");
    expect(stdout).not.toContain("cost:");
  });

  test("--json is one object", async () => {
    const service = createFakeService({ projects: [project] });
    const { objects } = await createCli({ service }).run("status", ID, "--json");
    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({
      project_id: ID,
      status: "held",
      scenes: [{ scene_index: 0, has_clip: false, has_start_keyframe: true }, { scene_index: 1 }],
      cost: { spent_usd: 0.4, reserved_usd: 1.2, unknown_usd: 0.005, max_usd: 5 },
      film: null,
    });
  });
});

describe("cancel", () => {
  test("says that it is cancelled and how to go on", async () => {
    const service = createFakeService({ projects: [fakeProject({ status: "keyframing" })] });
    const { exitCode, stdout } = await createCli({ service }).run("cancel", ID.slice(0, 13));
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `project ${ID} is cancelled; 'vidpipe resume ${ID}' continues it\n`,
    });
  });

  test("of a complete project is a conflict", async () => {
    const service = createFakeService({ projects: [fakeProject(fakeComplete())] });
    expect(await createCli({ service }).run("cancel", ID)).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

describe("config", () => {
  test("shows every setting with its source, secrets masked, and opens nothing", async () => {
    const cli = createCli({ env: { GEMINI_API_KEY: "very-secret", VIDPIPE_SERVER__PORT: "9000" } });
    const { exitCode, stdout, stderr } = await cli.run("config");
    expect({ exitCode, stderr, deeds: cli.deeds }).toEqual({
      exitCode: 0,
      stderr: "no config file in this folder\n",
      deeds: [],
    });
    expect(stdout).toMatch(/^KEY +VALUE +FROM +TRUST\nprovider +auto +default\n/);
    expect(stdout).toMatch(/^server\.port +9000 +environment VIDPIPE_SERVER__PORT +yours$/m);
    expect(stdout).toMatch(/^google_cloud\.api_key +\*{8} +environment GEMINI_API_KEY +yours$/m);
    expect(stdout).not.toContain("very-secret");
  });

  test("--json is one object per setting", async () => {
    const { objects } = await createCli({ env: { VIDPIPE_SERVER__PORT: "9000" } }).run("config", "--json");
    expect(objects).toContainEqual({
      key: "server.port",
      value: 9000,
      origin: "environment VIDPIPE_SERVER__PORT",
      trust: "own",
      untrusted: null,
    });
    expect(objects).toContainEqual({
      key: "pipeline.max_cost_usd",
      value: null,
      origin: "default",
      trust: "default",
      untrusted: null,
    });
  });

  test("that is wrong is one clear line", async () => {
    expect(await createCli({ env: { VIDPIPE_FOO__BAR: "1" } }).run("config")).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr:
        "error: unknown key foo.bar (environment VIDPIPE_FOO__BAR): no setting has this name, see 'vidpipe config'\n",
    });
  });
});

describe("doctor", () => {
  const findings: Finding[] = [
    { topic: "ffmpeg", level: "ok", message: "7.1 at /usr/bin/ffmpeg", fix: null },
    { topic: "disk", level: "warn", message: "1 GB\u001b free", fix: "make room" },
  ];
  const fail: Finding = { topic: "encoder", level: "fail", message: "no libx264", fix: "install ffmpeg" };

  test("shows a line per finding and the fix of what is not ok", async () => {
    const { exitCode, stdout } = await createCli({ findings }).run("doctor");
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `ok    ffmpeg: 7.1 at /usr/bin/ffmpeg
warn  disk: 1 GB? free
      fix: make room
`,
    });
  });

  test("exits 1 when anything fails", async () => {
    const { exitCode, stdout } = await createCli({ findings: [...findings, fail] }).run("doctor");
    expect(exitCode).toBe(1);
    expect(stdout).toEndWith("fail  encoder: no libx264\n      fix: install ffmpeg\n");
  });

  test("lists every fault of the configuration and exits 2", async () => {
    const env = { VIDPIPE_SERVER__PORT: "x", VIDPIPE_STITCH__CRF: "99" };
    const { exitCode, stdout } = await createCli({ env, findings }).run("doctor");
    expect(exitCode).toBe(2);
    expect(stdout.match(/^fail {2}configuration: (server.port|stitch.crf) /gm)).toHaveLength(2);
    expect(stdout).toContain("ok    ffmpeg");
  });

  test("--repair takes the data from other users first, and says how many files that were", async () => {
    const cli = createCli({ findings });
    const { exitCode, stdout } = await cli.run("doctor", "--repair");
    expect([exitCode, cli.deeds]).toEqual([0, ["open", "repair modes", "close", "examine"]]);
    expect(stdout).toStartWith("files and folders made yours alone: 3\nok    ffmpeg: ");
    expect((await cli.run("doctor", "--repair", "--json")).objects[0]).toEqual({ type: "repaired", changed: 3 });
  });

  test("--json is one object per finding", async () => {
    const { objects } = await createCli({ findings: [fail] }).run("doctor", "--json");
    expect(objects.at(-1)).toEqual({ ...fail });
  });
});

describe("serve", () => {
  const started = async (cli: ReturnType<typeof createCli>, ...argv: string[]) => {
    const running = cli.run("serve", ...argv);
    while (cli.stderr.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return running;
  };

  test("prints its address on stdout and ends with 0 when it is told to stop", async () => {
    const cli = createCli();
    const running = cli.run("serve", "--host", "0.0.0.0", "--port=9001");
    while (cli.stderr.length === 0) await new Promise((resolve) => setImmediate(resolve));
    cli.interrupt();
    const { exitCode, stdout } = await running;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "http://0.0.0.0:9001/\n" });
    expect(cli.deeds).toEqual(["open", "serve 0.0.0.0 9001", "stop server", "close"]);
  });

  test("ends at once when it is told to stop twice", async () => {
    const cli = createCli();
    const running = cli.run("serve");
    while (cli.stderr.length === 0) await new Promise((resolve) => setImmediate(resolve));
    cli.interrupt();
    cli.interrupt();
    expect(cli.deeds).toContain("exit 130");
    await running;
  });

  test("with a port in use is one clear line, and everything is closed", async () => {
    const cli = createCli({ serveFails: new VidpipeError("server.unavailable", "127.0.0.1:8000 is in use") });
    const { exitCode, stderr } = await started(cli);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "error: 127.0.0.1:8000 is in use\n" });
    expect(cli.deeds).toEqual(["open", "serve 127.0.0.1 8000", "close"]);
  });
});

describe("text", () => {
  test("is one line without anything a terminal obeys", () => {
    expect(plain(" a\r\n\tb\u001b[2J\u009b\u202ec\uFEFF\ud800 ")).toBe("a b?[2J?c�");
  });

  test("spans and sizes read like people write them", () => {
    expect([0, 7_400, 59_600, 754_000, 3_723_000].map(elapsed)).toEqual(["0:00", "0:07", "1:00", "12:34", "1:02:03"]);
    expect([0, 999, 1_234_567, 5e12, 9e15].map(size)).toEqual(["0 B", "999 B", "1.2 MB", "5.0 TB", "9000.0 TB"]);
  });
});
