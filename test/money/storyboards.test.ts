/** Storyboards that did not fit: three calls, which are in the price, and then the film asks. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { removeFiles } from "../providers/google/harness.ts";
import { never } from "../support/never.ts";
import { waysOf } from "../support/ways.ts";
import {
  billOf,
  createGround,
  type Ground,
  generate,
  goOn,
  ledgerOf,
  plan,
  request,
  start,
  startAndKill,
  stopFakes,
} from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

const THREE = ["storyboard spent", "storyboard spent (complaint)", "storyboard spent (complaint)"];

const Sent = z.object({
  generationConfig: z.object({ maxOutputTokens: z.number() }),
  contents: z.array(z.object({ parts: z.array(z.object({ text: z.string().optional() })) })),
});

/** The requests to the text model: their limit, and their words. */
const asked = ({ fake }: Ground) =>
  fake.requests
    .filter(({ route }) => route === "text")
    .map(({ body }) => {
      const { generationConfig, contents } = Sent.parse(body);
      return { limit: generationConfig.maxOutputTokens, words: JSON.stringify(contents) };
    });

describe("the wrong number of scenes", () => {
  test("is asked for three times; then the user may take it", async () => {
    const ground = createGround();
    plan(ground, "text", "text_wrong_count");
    const { id, exitCode, words, status, api } = await generate(ground, {}, 2);
    expect([exitCode, status, api.status]).toEqual([3, "held", 200]);
    expect(words).toContain("the storyboard has 4 scenes, asked for 2");
    expect(words).toContain("--use-rejected");
    expect(words).not.toContain("--skip-blocked");
    expect(billOf(ground)).toEqual({ text: 3, image: 0, clip: 0 });
    expect(await ledgerOf(ground, id)).toEqual(THREE);
    expect(asked(ground)[1]?.words).toContain("4 scenes");
    const app = start(ground);
    expect((await goOn(app, id)).status).toBe("held");
    expect(billOf(ground).text).toBe(3);
    const used = await goOn(app, id, { useRejected: true });
    // Twice the scenes cost more than what was agreed to.
    expect([used.status, used.scenes.length]).toEqual(["held", 4]);
    expect(used.message).toContain("nothing was bought; resume to see and agree to the new price");
    expect((await goOn(app, id)).status).toBe("complete");
    expect(billOf(ground)).toEqual({ text: 3, image: 5, clip: 4 });
  });

  test("is used where it comes right at the third call", async () => {
    const ground = createGround();
    plan(ground, "text", "text_wrong_count", 2);
    const { id, exitCode } = await generate(ground);
    expect([exitCode, billOf(ground).text]).toEqual([0, 3]);
    expect((await ledgerOf(ground, id)).slice(0, 3)).toEqual(THREE);
  });

  test("is asked for a fourth time by the user's word, and not a fifth", async () => {
    const ground = createGround();
    plan(ground, "text", "text_wrong_count");
    const { id } = await generate(ground);
    const app = start(ground);
    expect((await goOn(app, id, { retryRejected: true })).status).toBe("held");
    expect((await goOn(app, id)).status).toBe("held");
    expect(await ledgerOf(ground, id)).toEqual([...THREE, "storyboard spent (approval)"]);
    expect(billOf(ground).text).toBe(4);
  });
});

describe.each(["text_truncated", "text_truncated_in_thought"] as const)("%s", (fault) => {
  test("is asked for again with a larger limit, three times in all", async () => {
    const ground = createGround();
    plan(ground, "text", fault);
    const { id, exitCode, words } = await generate(ground, {}, 2);
    expect([exitCode, billOf(ground)]).toEqual([3, { text: 3, image: 0, clip: 0 }]);
    expect(words).toContain("the storyboard was cut off at the limit it was given");
    expect(await ledgerOf(ground, id)).toEqual(THREE);
    const [first = 0, second = 0, third = 0] = asked(ground).map(({ limit }) => limit);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThanOrEqual(second);
    const facts = await ground.repository.facts(id);
    const billed = ground.fake.bill.map(({ usd }) => usd);
    expect(facts.submits.every(({ usd }, call) => usd >= (billed[call] ?? 0))).toBe(true);
  });
});

test("crashes count: three calls in all, whatever becomes of their answers", async () => {
  const ground = createGround();
  plan(ground, "text", "text_wrong_count", 1);
  plan(ground, "text", "execute_and_hang");
  const first = start(ground);
  const { id } = await ground.clock.run(first.service.create(request(ground), {}, never));
  await ground.clock.run(ground.fake.arrived("text", 2));
  first.kill();
  for (let restart = 0; restart < 4; restart++) await startAndKill(ground, id, "text");
  const last = start(ground);
  await ground.clock.run(last.service.recover(never));
  const asked = await last.settle(id);
  expect(asked.status).toBe("held");
  expect(waysOf(asked)).toEqual(["--retry-ambiguous"]);
  expect(billOf(ground).text).toBe(3);
});

/** Answers that are good enough, and used. */
test.each([
  "text_fenced",
  "text_trailing_comma",
  "text_extra_fields",
  "text_brace_after",
  "text_in_list",
  "text_counted_from_one",
  "text_counted_oddly",
  "text_too_long",
] as const)("%s: used, one call", async (fault) => {
  const ground = createGround();
  plan(ground, "text", fault);
  const { exitCode } = await generate(ground);
  expect([exitCode, billOf(ground)]).toEqual([0, { text: 1, image: 2, clip: 1 }]);
});

test.each(["text_not_json", "text_missing_field"] as const)("%s: three calls, then it asks", async (fault) => {
  const ground = createGround();
  plan(ground, "text", fault);
  const { id, exitCode } = await generate(ground);
  expect([exitCode, billOf(ground)]).toEqual([3, { text: 3, image: 0, clip: 0 }]);
  expect(await ledgerOf(ground, id)).toEqual(THREE);
});
