/** Processes that die while something is paid for, and are started again by their service manager. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { OnAmbiguous } from "../../src/planning/purchases.ts";
import { removeFiles } from "../providers/google/harness.ts";
import type { Route } from "../support/google-fake/faults.ts";
import { never } from "../support/never.ts";
import type { ProcessChanges } from "../support/test-app.ts";
import { waysOf } from "../support/ways.ts";
import {
  apiOf,
  billOf,
  createGround,
  film,
  type Ground,
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

async function orderAndKill(ground: Ground, on: Route, changes: ProcessChanges): Promise<ProjectId> {
  const app = start(ground, changes);
  const { id } = await ground.clock.run(app.service.create(request(ground), {}, never));
  await ground.clock.run(ground.fake.arrived(on));
  app.kill();
  return id;
}

const MADE_BEFORE = ["storyboard spent", "keyframe spent", "keyframe spent"];

/** What is asked for, under which policy; the most of it that is bought unasked, the ledger, and how the film rests. */
const LOST: readonly (readonly [Route, OnAmbiguous, ReturnType<typeof billOf>, string[], "held" | "failed"])[] = [
  ["text", "ask", { text: 2, image: 0, clip: 0 }, ["storyboard unknown", "storyboard unknown (repeat)"], "held"],
  [
    "image",
    "ask",
    { text: 1, image: 2, clip: 0 },
    ["storyboard spent", "keyframe unknown", "keyframe unknown (repeat)"],
    "held",
  ],
  ["submit", "ask", { text: 1, image: 2, clip: 1 }, [...MADE_BEFORE, "clip unknown"], "held"],
  [
    "submit",
    "retry",
    { text: 1, image: 2, clip: 2 },
    [...MADE_BEFORE, "clip unknown", "clip unknown (repeat)"],
    "held",
  ],
  ["submit", "skip", { text: 1, image: 2, clip: 1 }, [...MADE_BEFORE, "clip unknown"], "failed"],
];

describe.each(LOST)("the process dies six times while it waits for an answer to %s, on_ambiguous: %s", (...row) => {
  const [on, onAmbiguous, bill, ledger, end] = row;
  const changes = { policy: { onAmbiguous } };

  test("what was lost is repeated as the policy says, and not once more", async () => {
    const ground = createGround("omni");
    plan(ground, on, "execute_and_hang");
    const id = await orderAndKill(ground, on, changes);
    for (let restart = 0; restart < 6; restart++) await startAndKill(ground, id, on, changes);
    const app = start(ground, changes);
    await ground.clock.run(app.service.recover(never));
    const ended = await app.settle(id);
    expect([ended.status, billOf(ground)]).toEqual([end, bill]);
    expect(ended.message).toContain(end === "held" ? "it may have been billed" : "every scene was skipped");
    expect(waysOf(ended)).toContain(end === "held" ? "--retry-ambiguous" : "--retry-skipped");
    expect(await ledgerOf(ground, id)).toEqual(ledger);
    await goOn(app, id).catch((refused: unknown) => expect(refused).toMatchObject({ code: "project.conflict" }));
    expect(billOf(ground)).toEqual(bill);
  });
});

test("the process dies while it stores an answer: the next one finds it, and buys nothing", async () => {
  const ground = createGround();
  const app = start(ground);
  const { id } = await ground.clock.run(app.service.create(request(ground), {}, never));
  const stored = Promise.withResolvers<void>();
  const { put } = ground.artifacts;
  Object.assign(ground.artifacts, {
    put: async (...args: Parameters<typeof put>) => {
      const file = await put(...args);
      if (!args[0].name.startsWith("answer-") || !app.live.has(app.owner)) return file;
      app.kill();
      stored.resolve();
      return file;
    },
  });
  await ground.clock.run(stored.promise);
  const next = start(ground);
  await ground.clock.run(next.service.recover(never));
  expect((await next.settle(id)).status).toBe("complete");
  expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
  expect(await ledgerOf(ground, id)).toEqual(["storyboard spent", "keyframe spent", "keyframe spent", "clip spent"]);
});

describe("resume {retry_ambiguous} under an Idempotency-Key", () => {
  test("killed between commit and answer, sent again: one clip", async () => {
    const ground = createGround("omni");
    plan(ground, "submit", "execute_and_reset", 1);
    const before = start(ground);
    const { id, status } = await film(before, ground);
    expect([status, billOf(ground).clip]).toEqual(["held", 1]);
    before.kill();

    const send = (app: ReturnType<typeof start>) =>
      apiOf(app).post(`/api/projects/${id}/resume`, { retry_ambiguous: true }, { "idempotency-key": "one" });
    const committed = Promise.withResolvers<void>();
    const dying = start({
      ...ground,
      repository: {
        ...ground.repository,
        async change(...args) {
          const facts = await ground.repository.change(...args);
          if (args[3] !== undefined) {
            dying.kill();
            committed.resolve();
          }
          return facts;
        },
      },
    });
    void send(dying);
    await ground.clock.run(committed.promise);

    const after = start(ground);
    const again = await ground.clock.run(send(after));
    expect(again.status).toBe(202);
    await ground.clock.run(after.service.recover(never));
    expect((await after.settle(id)).status).toBe("complete");
    const third = await ground.clock.run(send(after));
    expect(third.status).toBe(202);
    await after.settle(id);
    // The lost one, and the one that the user's word bought.
    expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 2 });
    expect((await ledgerOf(ground, id)).slice(3)).toEqual(["clip unknown", "clip spent (approval)"]);
  });
});

test("a scene that is added while stills are drawn buys nothing until resume", async () => {
  const ground = createGround("omni");
  const app = start(ground);
  const letGo = ground.fake.hold("image");
  const { id } = await ground.clock.run(app.service.create(request(ground, 2), {}, never));
  await ground.clock.run(ground.fake.arrived("image"));
  const { storyboard } = await app.service.get(id);
  const [one, two] = storyboard?.scenes ?? [];
  if (storyboard === null || one === undefined || two === undefined) throw new Error("no storyboard");
  const scenes = [one, two, { ...two, sceneIndex: 2, endFramePrompt: "The lantern goes out" }];
  await app.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }, never);
  letGo();
  expect((await app.settle(id)).status).toBe("review");
  expect(billOf(ground)).toEqual({ text: 1, image: 1, clip: 0 });
  expect((await goOn(app, id)).status).toBe("complete");
  expect(billOf(ground)).toEqual({ text: 1, image: 4, clip: 3 });
});
