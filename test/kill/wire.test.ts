import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { emptyFolder, removeFolders, runBinary } from "../support/binary.ts";
import { filmFacts } from "../support/film-facts.ts";
import { differences } from "../support/ledger-check.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import {
  CLIP_SECONDS,
  type FakeProcess,
  generateArgs,
  MODES,
  startFakeProcess,
  VIDEO_MODELS,
  wireEnvironment,
} from "../support/wire.ts";

setDefaultTimeout(60_000);

const scenes = 2;
/** The price of the shortest clip at the smallest size, with its request, as it is shown. */
const CLIP_PRICE = { veo: "$0.20", omni: "$0.0747" } as const;

const lines = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const PaidCall = z.object({ state: z.string(), model: z.string(), usd: z.number(), operation: z.string().nullable() });
const Estimate = z.object({
  total_usd: z.number(),
  lines: z.array(
    z.object({
      stage: z.string(),
      model: z.string(),
      pieces: z.number(),
      quantity: z.number(),
      unit: z.string(),
      usd: z.number(),
      as_of: z.string().nullable(),
    }),
  ),
});

let fake: FakeProcess;
beforeEach(async () => {
  fake = await startFakeProcess();
});
afterEach(() => fake.stop());
afterAll(removeFolders);

describe.each([...MODES])("the binary against Google's wire formats, %s", (mode) => {
  const env = () => wireEnvironment(mode, fake);
  const countOf = async (kind: "text" | "image" | "clip") =>
    (await fake.bill()).filter((entry) => entry.kind === kind && entry.charged).length;

  test("buys one text call, N+1 stills and N clips between the stored stills, and makes the film of them", async () => {
    const folder = emptyFolder(`happy-${mode}`);
    const { exitCode, stdout } = await runBinary(folder, generateArgs(mode, scenes), env());
    expect(exitCode).toBe(0);
    const [picture, sound] = await filmFacts(stdout.trim());
    expect(picture).toEqual({ codec: "h264", frames: scenes * CLIP_SECONDS[mode] * 24 });
    expect(sound?.codec).toBe("aac");

    const bill = await fake.bill();
    const kinds = bill.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "text")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "image")).toHaveLength(scenes + 1);
    const records = recordsIn(folder);
    const still = (position: number) =>
      records.files.find((file) => file.role === "keyframe" && file.position === position)?.sha256;
    const clips = bill.filter(({ kind }) => kind === "clip");
    const pairs = clips.map(({ pictureSha256 }) => pictureSha256);
    expect(pairs).toHaveLength(scenes);
    for (let k = 0; k < scenes; k += 1) expect(pairs).toContainEqual([still(k) ?? "", still(k + 1) ?? ""]);
    expect(new Set(clips.map(({ model }) => model))).toEqual(new Set([VIDEO_MODELS[mode]]));
    expect(await lostFiles(folder, records.files)).toEqual([]);
    expect(differences(records, bill, new Map())).toEqual([]);
  });

  test("its ledger is the bill, to the cent", async () => {
    const folder = emptyFolder(`ledger-${mode}`);
    await fake.script({ on: "text", fault: "text_not_json", times: 1 });
    await runBinary(folder, generateArgs(mode, scenes), env());
    const id = recordsIn(folder).project?.id ?? "";
    const { stdout } = await runBinary(folder, ["cost", id, "--json"], env());
    const calls = lines(stdout).filter((line) => z.object({ type: z.string() }).parse(line).type === "paid_call");
    const ledger = z.array(PaidCall).parse(calls);
    expect(new Set(ledger.map(({ state }) => state))).toEqual(new Set(["spent"]));

    expect(await countOf("text")).toBe(2);
    // The fake's price of text is that of 2026: the day the test runs may be dearer.
    const sum = (calls: readonly { usd: number }[]) => calls.reduce((total, { usd }) => total + usd, 0);
    const bill = await fake.bill();
    expect(sum(ledger)).toBeGreaterThanOrEqual(sum(bill) - 1e-6);
    const pictures = ledger.filter(({ model }) => bill.some((entry) => entry.kind !== "text" && entry.model === model));
    expect(sum(pictures)).toBeCloseTo(sum(bill.filter(({ kind }) => kind !== "text")), 2);
    const operations = (await fake.bill()).flatMap(({ operation }) => (operation === "" ? [] : [operation]));
    for (const operation of operations)
      expect(ledger.filter((call) => call.operation?.endsWith(operation))).toHaveLength(1);
  });

  test("a clip that was made although its answer never came is held, and bought again only on the user's word", async () => {
    const folder = emptyFolder(`lost-${mode}`);
    await fake.script({ on: "submit", fault: "execute_and_reset", times: 1 });
    const first = await runBinary(folder, generateArgs(mode, 1), env());
    expect(first.exitCode).toBe(3);
    expect(first.stderr).toContain("--retry-ambiguous");
    expect(recordsIn(folder).project?.status).toBe("held");
    expect(await countOf("clip")).toBe(1);

    const id = recordsIn(folder).project?.id ?? "";
    const unasked = await runBinary(folder, ["resume", id, "--yes"], env());
    expect(unasked.exitCode).toBe(2);
    expect(await countOf("clip")).toBe(1);

    const again = await runBinary(folder, ["resume", id, "--retry-ambiguous", "--yes"], env());
    expect(again.exitCode).toBe(0);
    const price = RegExp.escape(CLIP_PRICE[mode]);
    expect(again.stderr).toMatch(new RegExp(`clips +1 clip, ${CLIP_SECONDS[mode]} seconds +\\S+ +${price}`));
    expect(await countOf("clip")).toBe(2);
    expect(differences(recordsIn(folder), await fake.bill(), new Map([["clip 0", 1]]))).toEqual([]);
  });
});

test("a dry run of the default models says how much of what, at the catalog's prices, and needs no login", async () => {
  const folder = emptyFolder("dry");
  const args = ["generate", "A cat", "--provider", "google", "--scenes", "5", "--clip-duration", "6", "--dry-run"];
  const { exitCode, stdout } = await runBinary(folder, [...args, "--json"]);
  expect(exitCode).toBe(0);
  const { lines: bought, total_usd } = Estimate.parse(JSON.parse(stdout));
  const [story, stills, clips] = bought;
  expect(story).toMatchObject({ model: "gemini-3.8-flash", pieces: 1, unit: "call", as_of: "2026-11-22" });
  expect(stills).toMatchObject({ model: "gemini-nano-banana-2.1", pieces: 6, quantity: 6, usd: 0.23016 });
  expect(clips).toMatchObject({
    model: "gemini-omni-1.2-flash",
    pieces: 5,
    quantity: 30,
    unit: "second",
    usd: 2.11923,
  });
  expect(total_usd).toBeCloseTo((story?.usd ?? 0) + 0.23016 + 2.11923, 6);
  expect(recordsIn(folder).project).toBeUndefined();
});
