import { expect, test } from "bun:test";
import type { Log } from "../../src/ports/runtime.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

interface Line {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A log that keeps what it is told: debug lines apart from what people see at the usual level. */
function createRecorder() {
  const debug: Line[] = [];
  const louder: string[] = [];
  const keep = (message: string) => void louder.push(message);
  const log: Log = {
    debug: (message, fields) => void debug.push({ message, ...fields }),
    info: keep,
    warn: keep,
    error: keep,
  };
  return { debug, louder, log };
}

/** Message, kind and position of a line, and how a step stands after it was settled. */
const short = ({ message, kind, position, status }: Line): string =>
  [message, kind, position, status].filter((part) => part !== undefined).join(" ");

test("a film of one scene is told at debug: lease, claims, paid calls, polls and endings in order; nothing louder", async () => {
  const { debug, louder, log } = createRecorder();
  const testApp = createTestApp(createTestStores({ clipMs: 20_000 }), { log });
  await testApp.film("A cat at night.", 1);
  await testApp.clock.run(testApp.service.stop());
  expect(debug.map(short)).toEqual([
    "lease acquired",
    ...["step claimed storyboard 0", "paid call sent storyboard 0", "step settled storyboard 0 done"],
    ...["step claimed keyframe 0", "paid call sent keyframe 0", "step settled keyframe 0 done"],
    ...["step claimed keyframe 1", "paid call sent keyframe 1", "step settled keyframe 1 done"],
    ...["step claimed clip 0", "paid call sent clip 0", "step settled clip 0 waiting"],
    ...["operation polled clip 0", "step settled clip 0 waiting"],
    ...["operation polled clip 0", "step settled clip 0 done"],
    ...["step claimed stitch 0", "step settled stitch 0 done"],
    "lease released",
  ]);
  expect(louder).toEqual([]);
});

test("every line of a step has its ids: one claim, its paid call and its operation can be followed", async () => {
  const { debug, log } = createRecorder();
  const testApp = createTestApp(createTestStores(), { log });
  const { id } = await testApp.film("A cat at night.", 1);
  const facts = await testApp.repository.facts(id);
  const clip = facts.steps.find(({ kind }) => kind === "clip");
  const submit = facts.submits.find(({ stepId }) => stepId === clip?.id);
  const ids = {
    project: id,
    step: clip?.id,
    kind: "clip",
    position: 0,
    take: 1,
    attempt: 1,
    epoch: facts.project.epoch,
  };
  const paid = { ...ids, submit: submit?.id, usd: 1 };
  expect(debug.filter(({ step }) => step === clip?.id)).toEqual([
    { message: "step claimed", ...paid, money: "intent", operation: null },
    { message: "paid call sent", ...paid, money: "intent", operation: null },
    {
      message: "step settled",
      ...paid,
      money: "open",
      operation: submit?.operationName,
      ended: "waiting",
      status: "waiting",
    },
    { message: "operation polled", ...paid, money: "open", operation: submit?.operationName },
    {
      message: "step settled",
      ...paid,
      money: "spent",
      operation: submit?.operationName,
      ended: "made",
      status: "done",
    },
  ]);
});

test("no line holds the prompt", async () => {
  const { debug, log } = createRecorder();
  await createTestApp(createTestStores(), { log }).film("A cat that nobody may read about.", 1);
  expect(debug.length).toBeGreaterThan(10);
  expect(JSON.stringify(debug)).not.toContain("nobody may read");
});

test("a takeover is told: the lease, then each step that was left running and what became of its money", async () => {
  // The process ends between the provider's answer and its own note of it.
  const ground = createTestStores({
    after: ({ call }) => {
      if (call === "submit") dead.kill();
      return undefined;
    },
  });
  const dead = createTestApp(ground);
  const { id } = await ground.clock.run(dead.service.create({ prompt: "A cat at night.", sceneCount: 1 }, {}, never));
  await ground.clock.run(ground.clock.sleep(60_000, new AbortController().signal));
  expect(ground.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(1);
  const { debug, log } = createRecorder();
  const heir = createTestApp(ground, { log });
  expect(await ground.clock.run(heir.service.recover(never))).toBe(1);
  await heir.settle(id);
  const recovered = debug.filter(({ message }) => message === "step recovered");
  expect(debug[0]).toMatchObject({ message: "lease acquired", project: id, epoch: 2 });
  expect(recovered).toMatchObject([{ kind: "clip", position: 0, epoch: 2, status: "ambiguous", money: "unknown" }]);
});

test("a lease that another process took is told as lost", async () => {
  const ground = createTestStores({ clipMs: 600_000 });
  const { debug, log } = createRecorder();
  const first = createTestApp(ground, { log });
  const { id } = await ground.clock.run(first.service.create({ prompt: "A cat at night.", sceneCount: 1 }, {}, never));
  ground.live.delete(first.owner);
  const second = createTestApp(ground);
  expect(await ground.clock.run(second.service.recover(never))).toBe(1);
  ground.live.add(first.owner);
  await ground.clock.run(ground.clock.sleep(5_000, new AbortController().signal));
  expect(debug.filter(({ message }) => message === "lease lost")).toEqual([
    { message: "lease lost", project: id, epoch: 1 },
  ]);
});
