import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import { createFakeService } from "../support/fake-service.ts";
import { createTestStores } from "../support/test-app.ts";
import { createCli } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "vidpipe-batch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
async function listOf(text: string, ending = "yaml"): Promise<string> {
  const path = join(folder, `${++files}.${ending}`);
  await Bun.write(path, text);
  return path;
}

const two = "- prompt: A cat\n  scenes: 1\n- prompt: A dog\n  scenes: 2\n";

describe("generate --batch", () => {
  test("makes every film of a list and prints a path for each", async () => {
    const ground = createTestStores();
    const { exitCode, stdout, stderr } = await createCli({ ground }).run("generate", "--batch", await listOf(two));
    expect(exitCode).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(2);
    expect(stderr).toContain(`estimate for 2 films:
  1    1 scene          scripted   $1.21      at most $1.43      A cat
  2    2 scenes         scripted   $2.31      at most $2.63      A dog
  price $3.52, you pay at most $4.06
`);
    expect(stderr).toEndWith("2 of 2 films complete\n");
    expect(ground.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(3);
  });

  test("reads CSV, takes what a film does not say from the flags, and a film from its storyboard file", async () => {
    const ground = createTestStores();
    const first = createCli({ ground });
    const { stderr } = await first.run("generate", "A cat", "--scenes", "1");
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(stderr)?.[0] ?? "";
    await Bun.write(join(folder, "boards.yaml"), (await first.run("storyboard", id)).stdout);
    const list = await listOf('prompt,seed,storyboard\n"A cat, at night",7,\n,,boards.yaml\n', "csv");
    const { objects, exitCode } = await createCli({ ground }).run(
      ...["generate", "--batch", list, "--style", "noir", "--scenes", "2", "--json", "--until", "storyboard"],
    );
    expect(exitCode).toBe(0);
    expect(objects.filter(({ type }) => type === "started")).toHaveLength(2);
    const results = objects.filter(({ type }) => type === "result").toSorted((a, b) => Number(a.item) - Number(b.item));
    expect(results).toMatchObject([
      { item: 0, prompt: "A cat, at night", style: "noir", seed: 7, scene_count: 2, status: "review", exit_code: 0 },
      { item: 1, style: "noir", seed: null, scene_count: 1, status: "review", exit_code: 0 },
    ]);
  });

  test("is one estimate with --dry-run, and makes nothing", async () => {
    const ground = createTestStores();
    const { objects } = await createCli({ ground }).run(
      ...["generate", "--batch", await listOf(two), "--dry-run", "--json"],
    );
    expect(objects.map(({ type, total_usd }) => [type, total_usd])).toEqual([
      ["estimate", 1.21],
      ["estimate", 2.31],
      ["batch_estimate", 3.52],
    ]);
    expect(ground.provider.bills).toEqual([]);
  });

  test("is admitted whole or not at all: one wrong film and none is made", async () => {
    const ground = createTestStores();
    const cli = createCli({ ground });
    const wrong = await cli.run("generate", "--batch", await listOf(`${two}- prompt: A cow\n  crossfade: 9\n`));
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr.split("\n")[0]).toMatch(/yaml: line 5: film 3: crossfade of 9 s is longer than half/);
    const bad = await cli.run("generate", "--batch", await listOf(`${two}- promt: A cow\n`));
    expect(bad.stderr).toContain("line 5: film 3: promt is not a known field: did you mean prompt?");
    expect((await cli.run("list", "--json")).objects).toEqual([]);
    expect(ground.provider.bills).toEqual([]);
  });

  test("--max-cost caps all films together: each has its share, and too little makes nothing", async () => {
    const ground = createTestStores();
    const cli = createCli({ ground });
    const list = await listOf(two);
    const { exitCode, stderr } = await cli.run("generate", "--batch", list, "--max-cost", "3.51");
    expect(exitCode).toBe(3);
    expect(stderr).toContain("the films are estimated at $3.52, more than --max-cost $3.51: nothing was made");
    expect((await cli.run("list", "--json")).objects).toEqual([]);
    const capsFor = async (usd: string): Promise<unknown[]> => {
      const { objects } = await cli.run("generate", "--batch", list, "--max-cost", usd, "--json");
      return objects.filter(({ type }) => type === "result").map(({ cost }) => cost);
    };
    const capOf = (usd: number) => expect.objectContaining({ max_usd: usd });
    expect(await capsFor("3.872")).toEqual(expect.arrayContaining([capOf(1.331), capOf(2.541)]));
    // More than the most of each is no film's.
    expect(await capsFor("7.04")).toEqual(expect.arrayContaining([capOf(1.43), capOf(2.63)]));
  });

  test("a film that fails makes the exit code 1 and does not stop the others", async () => {
    const service = createFakeService({ story: [{ status: "failed", message: "no answer" }] });
    const { exitCode, stderr } = await createCli({ service }).run("generate", "--batch", await listOf(two));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[1/2] failed: no answer\n");
    expect(stderr).toContain("[2/2] failed: no answer\n");
    expect(stderr).toEndWith("0 of 2 films complete\n");
  });

  test("when one cannot be created after all, those before it are cancelled", async () => {
    const service = createFakeService();
    const create = service.create;
    let left = 1;
    const failing = {
      ...service,
      create: (...args: Parameters<typeof create>) => {
        left -= 1;
        if (left < 0) throw new VidpipeError("storage.full", "the disk is full");
        return create(...args);
      },
    };
    const { exitCode, stderr } = await createCli({ service: failing }).run("generate", "--batch", await listOf(two));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("1 film created before that: cancelled\nerror: the disk is full\n");
    expect(service.callsTo("cancel")).toHaveLength(1);
  });

  test("Ctrl-C stops all of them and says how to go on with each", async () => {
    const cli = createCli();
    const work = cli.run("generate", "--batch", await listOf(two));
    while (cli.service.callsTo("watch").length < 2) await new Promise((resolve) => setImmediate(resolve));
    cli.interrupt();
    const { exitCode, stderr } = await work;
    expect(exitCode).toBe(130);
    expect(stderr.match(/ {2}vidpipe resume /g)).toHaveLength(2);
    expect(cli.service.callsTo("stop")).toHaveLength(1);
  });

  test.each([
    [["A cat"], "--batch makes all films of a list and cannot be used with a prompt"],
    [["--output", "x.mp4"], "--batch makes all films of a list and cannot be used with --output"],
    [["--storyboard", "x.yaml"], "--batch makes all films of a list and cannot be used with --storyboard"],
  ])("with %p beside it is wrong usage", async (words, message) => {
    const { exitCode, stderr } = await createCli().run("generate", ...words, "--batch", "x.yaml");
    expect([exitCode, stderr.split("\n")[0]]).toEqual([2, `error: ${message}`]);
  });
});
