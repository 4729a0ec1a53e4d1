import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "../../src/app/providers.ts";
import { consentOf } from "../../src/cli/run/spend-approval.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Offer } from "../../src/domain/price.ts";
import { parseCsv } from "../../src/formats/csv.ts";
import { receiptOf } from "../../src/planning/receipt.ts";
import { filmAt, withSubmit } from "../support/facts.ts";
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
    // Agreeing is a word for the cap that was shown, and for no more.
    expect(cli.service.callsTo("create").map(([, options]) => options)).toEqual([{ shownUsd: dear.capUsd }]);
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
  /** A still that was drawn twice, the first answer of another shape; a clip whose answer was lost; one not charged. */
  const facts = () => {
    const still = filmAt("keyframe");
    const one = { usd: 0.067, unit: "image", model: "image-1", createdAtMs: FAKE_NOW_MS, updatedAtMs: FAKE_NOW_MS };
    const wrong = { verdict: "rejected", reason: "the still is 1024x1024, ordered was 16:9" } as const;
    const first = withSubmit(still, "spent", { ...one, ...wrong, billedUsd: 0.067 });
    const both = { ...still, facts: first };
    const second = withSubmit(both, "spent", { ...one, attempt: 2, because: "approval", verdict: "used" });
    const clip = { ...one, usd: 0.42, quantity: 6, unit: "second", operationName: "omni:x\u001b[31m" };
    const lost = withSubmit({ ...still, facts: second }, "unknown", { ...clip, attempt: 3 });
    return withSubmit({ ...still, facts: lost }, "released", { ...one, attempt: 4 });
  };
  const receipt = receiptOf(facts());
  const service = () => createFakeService({ projects: [fakeProject({ maxCostUsd: 2 })], receipt });
  const run = (...flags: string[]) => createCli({ service: service() }).run("cost", fakeProjectId(1), ...flags);

  test("is a receipt whose columns add up as they are printed", async () => {
    expect((await run()).stdout).toMatchInlineSnapshot(`
      "SENT                  PIECE       TAKE  WHY         QUOTED  SPENT   UNKNOWN  RETURNED  BILLED  QUANTITY   MODEL    ANSWER
      2026-11-22 12:00 UTC  keyframe 1  1     first       $0.067  $0.067  -        -         $0.067  1 image    image-1  rejected: the still is 1024x1024, ordered was 16:9
      2026-11-22 12:00 UTC  keyframe 1  1     you agreed  $0.067  $0.067  -        -         -       1 image    image-1  used
      2026-11-22 12:00 UTC  keyframe 1  1     first       $0.420  -       $0.420   -         -       6 seconds  image-1  lost, operation omni:x?[31m
      2026-11-22 12:00 UTC  keyframe 1  1     first       $0.067  -       -        $0.067    -       1 image    image-1  none
      TOTAL                 4 calls                       $0.621  $0.134  $0.420   $0.067    $0.067
      cap: $2.00
      "
    `);
  });

  test("--json is one object per paid call, then the sums", async () => {
    const { objects } = await run("--json");
    expect(objects.map(({ type, state, because, answer, usd }) => [type, state, because, answer, usd])).toEqual([
      ["paid_call", "spent", "first", "rejected", 0.067],
      ["paid_call", "spent", "approval", "used", 0.067],
      ["paid_call", "unknown", "first", "lost", 0.42],
      ["paid_call", "released", "first", "none", 0.067],
      ["total", undefined, undefined, undefined, undefined],
    ]);
    expect(objects.at(-1)).toEqual({
      type: "total",
      calls: 4,
      quoted_usd: 0.621,
      reserved_usd: 0,
      spent_usd: 0.134,
      unknown_usd: 0.42,
      returned_usd: 0.067,
      billed_usd: 0.067,
      max_usd: 2,
    });
  });

  test("--csv has the same fields by the same names, a line for each paid call", async () => {
    const { stdout } = await run("--csv");
    const [head, ...rows] = parseCsv(stdout, "receipt.csv").map(({ fields }) => fields);
    const { objects } = await run("--json");
    expect(rows).toHaveLength(4);
    for (const [place, row] of rows.entries())
      for (const [column, name] of (head ?? []).entries())
        expect([name, row[column]]).toEqual([name, String(objects[place]?.[name] ?? "").replace("\u001b", "?")]);
  });

  test("--json and --csv at once are refused", async () => {
    const { exitCode, stderr } = await run("--json", "--csv");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("give --json or --csv, not both")]);
  });

  test("of a film that cost nothing says so", async () => {
    const free = createFakeService({ projects: [fakeProject()] });
    const cli = createCli({ service: free });
    expect((await cli.run("cost", fakeProjectId(1))).stdout).toContain("has made no paid calls");
    expect((await cli.run("cost", fakeProjectId(1), "--csv")).stdout).toMatch(/^submit_id,created_at,.*\r\n$/);
  });
});
