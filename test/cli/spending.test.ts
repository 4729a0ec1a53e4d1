import { describe, expect, test } from "bun:test";
import { StepId, SubmitId } from "../../src/domain/ids.ts";
import type { Estimate } from "../../src/domain/money.ts";
import type { Submit } from "../../src/domain/step.ts";
import { createFakeService, FAKE_NOW_MS, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { createCli } from "./harness.ts";

const asOf = "2026-11-05";
const dear: Estimate = {
  provider: "google",
  scenes: 5,
  scenesAreGiven: false,
  maxScenes: 15,
  lines: [
    { stage: "storyboard", model: "text-1", pieces: 1, quantity: 3, unit: "call", usd: 0.03, asOf },
    { stage: "keyframes", model: "image-1", pieces: 6, quantity: 6, unit: "image", usd: 0.41, asOf },
    { stage: "clips", model: "video-1", pieces: 5, quantity: 30, unit: "second", usd: 2.1, asOf },
  ],
  totalUsd: 2.54,
  mostUsd: 7.4,
  notices: ["text-1 costs $4.00 in and $20.00 out per million tokens from 2026-12-01 on"],
};
const typed = (line: string) =>
  (async function* () {
    yield new TextEncoder().encode(line);
  })();
const film = () =>
  createFakeService({ story: [fakeComplete()], projects: [fakeProject(fakeComplete())], estimate: dear });
const terminal = { columns: 100, stdinIsTerminal: true } as const;

describe("before money is spent", () => {
  test("--dry-run says quantities first, then money with its date, and makes nothing", async () => {
    const cli = createCli({ service: film() });
    const { exitCode, stdout } = await cli.run("generate", "A cat", "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "estimate for 5 scenes (the storyboard decides, up to 15), made by google:
        storyboard  up to 3 calls          text-1                       $0.03
        keyframes   6 keyframes            image-1                      $0.41
        clips       5 clips, 30 seconds    video-1                      $2.10
        total       $2.54, at most $7.40 for 15 scenes, before retries; prices as of 2026-11-05
        note: text-1 costs $4.00 in and $20.00 out per million tokens from 2026-12-01 on
      "
    `);
    expect(cli.service.callsTo("create")).toEqual([]);
  });

  test("--dry-run --json is one object", async () => {
    const { objects } = await createCli({ service: film() }).run("generate", "A cat", "--dry-run", "--json");
    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({ type: "estimate", total_usd: 2.54, most_usd: 7.4, scenes_are_given: false });
    expect(objects[0]).toMatchObject({ notices: dear.notices });
  });

  test.each(["y\n", "YES\n"])("on a terminal a yes (%p) goes on", async (answer) => {
    const cli = createCli({ service: film(), ...terminal, stdin: typed(answer) });
    const { exitCode, stderr } = await cli.run("generate", "A cat");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Spend about $2.54? [y/N]");
    expect(cli.service.callsTo("create")).toHaveLength(1);
  });

  test.each(["n\n", "\n", "", "yesterday\n"])(
    "on a terminal anything else (%p) buys nothing, exit code 3",
    async (answer) => {
      const cli = createCli({ service: film(), ...terminal, stdin: typed(answer) });
      const { exitCode } = await cli.run("generate", "A cat");
      expect(exitCode).toBe(3);
      expect(cli.service.callsTo("create")).toEqual([]);
    },
  );

  test("--yes does not ask, nor does a program", async () => {
    for (const run of [
      createCli({ service: film(), ...terminal }).run("generate", "A cat", "--yes"),
      createCli({ service: film() }).run("generate", "A cat"),
    ])
      expect((await run).stderr).not.toContain("[y/N]");
  });

  test("below the configured amount nobody is asked", async () => {
    const env = { VIDPIPE_PIPELINE__CONFIRM_ABOVE_USD: "3" };
    const { exitCode, stderr } = await createCli({ service: film(), ...terminal, env }).run("generate", "A cat");
    expect([exitCode, stderr.includes("[y/N]")]).toEqual([0, false]);
  });

  test("resume asks for what is still to be bought", async () => {
    const cli = createCli({ service: film(), ...terminal, stdin: typed("n\n") });
    const { exitCode } = await cli.run("resume", fakeProjectId(1), "--retry-ambiguous");
    expect(exitCode).toBe(3);
    expect(cli.service.callsTo("estimateResume")).toHaveLength(1);
    expect(cli.service.callsTo("resume")).toEqual([]);
  });
});

test("token makes a new secret of at least 32 bytes each time", async () => {
  const [one, two] = await Promise.all([createCli().run("token"), createCli().run("token")]);
  expect(one.stdout).toMatch(/^[\w-]{43}=?\n$/);
  expect(one.stdout).not.toBe(two.stdout);
  expect((await createCli().run("token", "--webhook")).stdout).toMatch(/^whsec_[\w+/]{43}=\n$/);
});

describe("cost", () => {
  const submit = (change: Partial<Submit>): Submit => ({
    id: SubmitId.parse("01900000-0000-7000-8000-000000000001"),
    projectId: fakeProjectId(1),
    stepId: StepId.parse("01900000-0000-7000-8000-000000000002"),
    attempt: 1,
    state: "spent",
    usd: 0.067,
    quantity: 1,
    unit: "image",
    model: "image-1",
    operationName: null,
    createdAtMs: FAKE_NOW_MS,
    updatedAtMs: FAKE_NOW_MS,
    ...change,
  });
  const clip = submit({ state: "unknown", usd: 0.42, quantity: 6, unit: "second", operationName: "omni:x\u001b[31m" });
  const spend = { spentUsd: 0.067, reservedUsd: 0, unknownUsd: 0.42 };
  const service = () => createFakeService({ projects: [fakeProject({ spend })], submits: [submit({}), clip] });

  test("lists every paid call in honest words", async () => {
    const { stdout } = await createCli({ service: service() }).run("cost", fakeProjectId(1));
    expect(stdout).toMatchInlineSnapshot(`
      "SENT                  STATE    PRICE  QUANTITY   MODEL    OPERATION
      2026-11-22 12:00 UTC  spent    $0.07  1 image    image-1  -
      2026-11-22 12:00 UTC  unknown  $0.42  6 seconds  image-1  omni:x?[31m
      cost: spent $0.07, unknown $0.42 (sent, response lost), no cap
      "
    `);
  });

  test("--json is one object per paid call", async () => {
    const { objects } = await createCli({ service: service() }).run("cost", fakeProjectId(1), "--json");
    expect(objects.map(({ state, usd }) => [state, usd])).toEqual([
      ["spent", 0.067],
      ["unknown", 0.42],
    ]);
  });

  test("of a film that cost nothing says so", async () => {
    const free = createFakeService({ projects: [fakeProject()] });
    expect((await createCli({ service: free }).run("cost", fakeProjectId(1))).stdout).toContain(
      "has made no paid calls",
    );
  });
});
