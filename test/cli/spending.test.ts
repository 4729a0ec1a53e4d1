import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "../../src/app/providers.ts";
import { consentOf } from "../../src/cli/run/spend-approval.ts";
import { loadConfig } from "../../src/config/load.ts";
import { StepId, SubmitId } from "../../src/domain/ids.ts";
import type { Offer } from "../../src/domain/price.ts";
import type { Submit } from "../../src/domain/step.ts";
import { createFakeService, FAKE_NOW_MS, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { createCli } from "./harness.ts";

const asOf = "2026-11-05";
const dear: Offer = {
  price: {
    provider: "google",
    scenes: 5,
    scenesAreGiven: false,
    maxScenes: 15,
    lines: [
      { stage: "storyboard", model: "text-1", pieces: 1, quantity: 1, unit: "call", usd: 0.01, mostUsd: 0.03, asOf },
      { stage: "keyframes", model: "image-1", pieces: 6, quantity: 6, unit: "image", usd: 0.402, mostUsd: 2.144, asOf },
      { stage: "clips", model: "video-1", pieces: 5, quantity: 30, unit: "second", usd: 2.1, mostUsd: 6.3, asOf },
    ],
    totalUsd: 2.512,
    mostUsd: 8.474,
  },
  capUsd: 8.474,
  formerCapUsd: null,
  committedUsd: 0,
  notices: [],
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
        storyboard  1 call                 text-1                       $0.01     at most $0.03
        keyframes   6 keyframes            image-1                      $0.4020   at most $2.1440
        clips       5 clips, 30 seconds    video-1                      $2.10     at most $6.30
        price $2.5120, you pay at most $8.4740; prices as of 2026-11-05
      "
    `);
    expect(cli.service.callsTo("create")).toEqual([]);
  });

  test("--dry-run --json is one object", async () => {
    const { objects } = await createCli({ service: film() }).run("generate", "A cat", "--dry-run", "--json");
    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({
      type: "estimate",
      total_usd: 2.512,
      most_usd: 8.474,
      max_usd: 8.474,
      scenes_are_given: false,
    });
  });

  test.each(["y\n", "YES\n"])("on a terminal a yes (%p) goes on", async (answer) => {
    const cli = createCli({ service: film(), ...terminal, stdin: typed(answer) });
    const { exitCode, stderr } = await cli.run("generate", "A cat");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("price $2.5120, you pay at most $8.4740. Go on? [y/N]");
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

  test("--yes does not ask", async () => {
    const cli = createCli({ service: film(), ...terminal });
    expect((await cli.run("generate", "A cat", "--yes")).stderr).not.toContain("[y/N]");
    expect(cli.service.callsTo("create")).toHaveLength(1);
  });

  describe("without a terminal", () => {
    const capVariable = { VIDPIPE_PIPELINE__MAX_COST_USD: "20" };

    test.each([
      ["generate", "A cat"],
      ["resume", fakeProjectId(1)],
    ])("%s above the amount is refused with its price and the ways, and nothing is made", async (command, word) => {
      const cli = createCli({ service: film() });
      const { exitCode, stderr } = await cli.run(command, word);
      expect(exitCode).toBe(3);
      expect(stderr).toContain(
        "price $2.5120, you pay at most $8.4740: that is more than pipeline.confirm_above_usd ($1.00), so nothing was bought; agree with --yes, or set a limit with --max-cost USD",
      );
      expect([...cli.service.callsTo("create"), ...cli.service.callsTo("resume")]).toEqual([]);
    });

    test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
      ["--yes", {}, ["--yes"]],
      ["a cap given by flag", {}, ["--max-cost", "20"]],
      ["a cap in the environment", capVariable, []],
    ])("%s agrees", async (_name, env, flags) => {
      const cli = createCli({ service: film(), env });
      expect((await cli.run("generate", "A cat", ...flags)).exitCode).toBe(0);
      expect(cli.service.callsTo("create")).toHaveLength(1);
    });

    test("a cap in a file that was found lowers and does not agree; in one that was named it agrees", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vidpipe-cap-"));
      const file = join(folder, "config.yaml");
      await Bun.write(file, "pipeline:\n  max_cost_usd: 20\n");
      const config = (named: boolean) =>
        loadConfig({ flags: {}, env: {}, cwd: folder, providers: PROVIDERS, ...(named && { file }) });
      const consent = (named: boolean) => consentOf(config(named), false, { talks: false }, {}).isCapped;
      expect([consent(true), consent(false)]).toEqual([true, false]);
      rmSync(folder, { recursive: true });
    });

    test("inside a price that was agreed to before nobody has to", async () => {
      const inside = { ...dear, formerCapUsd: dear.capUsd };
      const service = createFakeService({
        story: [fakeComplete()],
        projects: [fakeProject({ status: "held" })],
        estimate: inside,
      });
      expect((await createCli({ service }).run("resume", fakeProjectId(1))).exitCode).toBe(0);
    });

    test("a cap below the amount needs no word: no more than that is paid", async () => {
      const service = createFakeService({ story: [fakeComplete()], estimate: { ...dear, capUsd: 0.9 } });
      expect((await createCli({ service }).run("generate", "A cat")).exitCode).toBe(0);
    });
  });

  test("below the configured amount nobody is asked", async () => {
    const env = { VIDPIPE_PIPELINE__CONFIRM_ABOVE_USD: "9" };
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
