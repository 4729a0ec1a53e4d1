/** Clips that were charged and did not come, or came otherwise than ordered: each is paid for once. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { removeFiles } from "../providers/google/harness.ts";
import type { FaultName } from "../support/google-fake/faults.ts";
import type { Mode } from "../support/wire.ts";
import { apiOf, billOf, createGround, generate, ledgerOf, plan, resume, start, stopFakes } from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

const MADE_BEFORE = ["storyboard spent", "keyframe spent", "keyframe spent"];

/** Ends of a clip's job that Google charges for, and what it says. */
const ENDED: readonly (readonly [Mode, FaultName, string])[] = [
  ["veo", "no_result", "Google says that the clip is done and gives none"],
  ["veo", "error_4", "Deadline exceeded"],
  ["veo", "error_8", "Resource exhausted"],
  ["veo", "error_10", "The operation was aborted"],
  ["veo", "error_13", "Video generation failed due to an internal server issue"],
  ["veo", "error_14", "The service is currently unavailable"],
  ["omni", "no_result", "Google says that the clip is done and gives none"],
  ["omni", "interaction_incomplete", "Google stopped before the clip was whole"],
  ["omni", "interaction_cancelled", "cancelled"],
  ["omni", "interaction_over_budget", "budget"],
];

describe.each(ENDED)("%s: %s", (mode, fault, said) => {
  test("is billed once and asked about; resume alone buys nothing, the user's word buys one", async () => {
    const ground = createGround(mode);
    plan(ground, "submit", fault);
    const { id, exitCode, words, status, api } = await generate(ground);
    expect([exitCode, status, api.status]).toEqual([3, "held", 200]);
    expect(words).toContain(said);
    expect(words).toContain("it counts as charged and nothing is bought again unasked");
    expect(words).toContain("--retry-rejected");
    expect(words).not.toContain("--use-rejected");
    expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
    expect(await ledgerOf(ground, id)).toEqual([...MADE_BEFORE, "clip spent"]);

    const app = start(ground);
    const resumed = await ground.clock.run(apiOf(app).post(`/api/projects/${id}/resume`, {}));
    expect(resumed.status).toBe(202);
    expect((await app.settle(id)).status).toBe("held");
    expect(billOf(ground).clip).toBe(1);

    app.kill();

    const bought = await resume(ground, id, "--retry-rejected");
    expect([bought.exitCode, bought.words.includes("it counts as charged")]).toEqual([3, true]);
    expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 2 });
    expect(await ledgerOf(ground, id)).toEqual([...MADE_BEFORE, "clip spent", "clip spent (approval)"]);
    expect((await resume(ground, id)).exitCode).toBe(3);
    expect(billOf(ground).clip).toBe(2);
  });
});

/** Ends that Google says are free, with what the film then waits for. */
const FREE: readonly (readonly [Mode, FaultName, number, string, string[]])[] = [
  ["omni", "interaction_failed", 1, "failed", Array.from({ length: 5 }, () => "clip released")],
];

describe.each(FREE)("%s: %s", (mode, fault, exit, end, clips) => {
  test("is not billed, and tried again for nothing", async () => {
    const ground = createGround(mode);
    plan(ground, "submit", fault);
    const { id, exitCode, status, api } = await generate(ground);
    expect([exitCode, status, api.status]).toEqual([exit, end, 200]);
    expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 0 });
    expect(await ledgerOf(ground, id)).toEqual([...MADE_BEFORE, ...clips]);
  });
});

test("a clip that came longer than ordered is used, and the film shows what was ordered", async () => {
  const ground = createGround();
  plan(ground, "submit", "video_longer");
  const { id, exitCode, words } = await generate(ground, {}, 1, 6);
  expect([exitCode, billOf(ground)]).toEqual([0, { text: 1, image: 2, clip: 1 }]);
  expect(await ledgerOf(ground, id)).toEqual([...MADE_BEFORE, "clip spent"]);
  const { final, scenes } = await start(ground).service.get(id);
  expect(final?.durationSeconds).toBe(6);
  expect(scenes[0]?.longer).toEqual({ orderedSeconds: 6, cameSeconds: 8 });
  expect(words).toContain("scene 1: the clip came 8.00 s long; the film shows the 6 s that were ordered");
});

test("a clip that came shorter is held, and used when the user says so", async () => {
  const ground = createGround();
  plan(ground, "submit", "video_wrong_duration");
  const { id, exitCode, words } = await generate(ground);
  expect([exitCode, billOf(ground).clip]).toEqual([3, 1]);
  expect(words).toContain("the clip is 1.00 s long, ordered were 4 s");
  expect(words).toContain("--use-rejected");
  expect((await resume(ground, id)).exitCode).toBe(3);
  expect((await resume(ground, id, "--use-rejected")).exitCode).toBe(0);
  expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
});
