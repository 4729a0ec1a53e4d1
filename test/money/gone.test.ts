/** Dead ends that were: what the provider does not know any more, each way on, and what it costs to the cent. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { ProjectStatus } from "../../src/domain/lifecycle.ts";
import { committedUsd } from "../../src/domain/money.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { Way, WayAction } from "../../src/domain/way.ts";
import { createCli } from "../cli/harness.ts";
import { removeFiles } from "../providers/google/harness.ts";
import type { FaultName, Route } from "../support/google-fake/faults.ts";
import { createHeaderMedia } from "../support/header-media.ts";
import type { Mode } from "../support/wire.ts";
import {
  apiOf,
  billOf,
  createGround,
  film,
  type Ground,
  goOn,
  ledgerOf,
  plan,
  resume,
  start,
  stopFakes,
} from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

const waysOf = ({ waits }: Pick<ProjectView, "waits">): readonly Way[] => [
  ...new Map(waits.flatMap(({ ways }) => ways).map((way) => [way.command, way])).values(),
];
const actionsOf = (view: Pick<ProjectView, "waits">): WayAction[] => [
  ...new Set(waysOf(view).map(({ action }) => action)),
];
const chargedUsd = ({ fake }: Ground): number =>
  fake.bill.reduce((sum, { charged, usd }) => sum + (charged ? usd : 0), 0);

/** What is gone of the first of two clips, the ways on, and what is charged for clips by then and on each way. */
interface Row {
  readonly mode: Mode;
  readonly fault: FaultName;
  readonly money: "unknown" | "spent" | "released";
  readonly ways: Partial<Record<WayAction, number>>;
}

const FORGOTTEN = { look_again: 2, buy_again: 3, other_model: 3, skip: 2, cancel: 2 } as const;
const ROWS: readonly Row[] = [
  { mode: "veo", fault: "forgotten", money: "unknown", ways: FORGOTTEN },
  { mode: "omni", fault: "forgotten", money: "unknown", ways: FORGOTTEN },
  { mode: "omni", fault: "file_expired", money: "spent", ways: FORGOTTEN },
  { mode: "veo", fault: "bucket_deleted", money: "spent", ways: FORGOTTEN },
  // Nothing was charged for it: it is tried again, not bought again.
  {
    mode: "veo",
    fault: "model_retired",
    money: "released",
    ways: { try_again: 2, other_model: 2, skip: 1, cancel: 1 },
  },
];

const ENDS: Partial<Record<WayAction, ProjectStatus>> = { look_again: "held", cancel: "cancelled" };

describe.each(ROWS.map((row) => [row.mode, row.fault, row] as const))("%s: %s", (mode, fault, { money, ways }) => {
  async function held() {
    const ground = createGround(mode);
    plan(ground, "submit", fault, 1);
    const app = start(ground);
    const view = await film(app, ground, 2);
    return { ground, app, view };
  }

  test("holds the film with what is known of the money, and names the ways", async () => {
    const { ground, view } = await held();
    expect([view.status, view.waits.map(({ reason }) => reason)]).toEqual(["held", ["gone"]]);
    expect(await ledgerOf(ground, view.id)).toContain(`clip ${money}`);
    expect(new Set<string>(actionsOf(view))).toEqual(new Set(Object.keys(ways)));
    expect(view.message).not.toContain("vidpipe");
    expect(view.message).toContain(money === "released" ? "nothing was charged" : "nothing is bought again unasked");
  });

  test.each(Object.entries(ways))("%s: %p clips are charged in the end", async (action, charged) => {
    const { ground, app, view } = await held();
    const way = waysOf(view).find((one) => one.action === action);
    if (way === undefined) throw new Error(`no way to ${action}`);
    const api = apiOf(app);
    if (action !== "cancel") {
      const offer = await ground.clock.run(api.post(way.request.path, { ...way.request.body, dry_run: true }));
      expect([offer.status, offer.body.most_usd]).toEqual([200, way.usd]);
    }
    const before = committedUsd(view.spend);
    expect((await ground.clock.run(api.post(way.request.path, way.request.body))).status).toBe(202);
    const after = await app.settle(view.id);
    expect(after.status).toBe(ENDS[way.action] ?? "complete");
    expect(billOf(ground).clip).toBe(charged);
    // Nothing beyond the price that the way named.
    expect(committedUsd(after.spend) - before).toBeLessThanOrEqual((way.usd ?? 0) + 1e-9);
    expect(committedUsd(after.spend)).toBeGreaterThanOrEqual(chargedUsd(ground) - 1e-9);
  });
});

const PASSING: readonly (readonly [Mode, Route, FaultName])[] = [
  ["veo", "poll", "not_found"],
  ["omni", "poll", "not_found"],
  ["omni", "file", "no_permission"],
  ["omni", "download", "not_found"],
];

test.each(PASSING)("%s: what is not found at some looks (%s %s) is collected, and paid for once", async (...row) => {
  const [mode, route, fault] = row;
  const ground = createGround(mode);
  plan(ground, route, fault, 3);
  const app = start(ground);
  expect((await film(app, ground)).status).toBe("complete");
  expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
});

test.each(PASSING)("%s: taken for gone too early (%s %s), another look finds it", async (mode, route, fault) => {
  const ground = createGround(mode);
  plan(ground, route, fault, 5);
  const app = start(ground);
  const { id, status } = await film(app, ground);
  expect(status).toBe("held");
  app.kill();
  expect((await resume(ground, id)).exitCode).toBe(0);
  expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
  expect((await ledgerOf(ground, id)).at(-1)).toBe("clip spent");
});

/** Five scenes whose video model is gone after the second clip. */
async function retiredInMidRun(ground: Ground): Promise<ProjectId> {
  plan(ground, "submit", "model_retired", 3, 2);
  const app = start(ground);
  const { id, status } = await film(app, ground, 5);
  expect([status, billOf(ground)]).toEqual(["held", { text: 1, image: 6, clip: 2 }]);
  app.kill();
  return id;
}

const clipModels = ({ fake }: Ground) => fake.bill.flatMap(({ kind, model }) => (kind === "clip" ? model : []));

describe("a video model that retires after the second of five clips", () => {
  const old = "veo-3.1-lite-generate-001";
  const next = "veo-3.1-fast-generate-001";

  test("another one makes exactly the rest, at the price that was shown, and a cap holds", async () => {
    const ground = createGround();
    const id = await retiredInMidRun(ground);
    const app = start(ground);
    const offer = await app.service.estimateResume(id, { model: next });
    const line = offer.price.lines.find(({ stage }) => stage === "clips");
    expect([line?.pieces, line?.model, offer.price.lines.length]).toEqual([3, next, 1]);
    const before = await app.service.get(id);
    app.kill();

    const cli = createCli({ ground, changes: { media: createHeaderMedia() } });
    const told = await cli.run("resume", id, "--model", next, "--yes");
    expect([told.exitCode, told.stderr.includes(next)]).toEqual([0, true]);
    expect(clipModels(ground)).toEqual([old, old, next, next, next]);
    expect(billOf(ground)).toEqual({ text: 1, image: 6, clip: 5 });
    const after = await start(ground).service.get(id);
    expect(after.missingScenes).toEqual([]);
    expect(committedUsd(after.spend) - committedUsd(before.spend)).toBeCloseTo(offer.price.totalUsd, 6);
    expect(after.revision).toBe(before.revision + 1);
    expect(after.scenes.every(({ clip }) => clip.status === "done" && !clip.stale)).toBe(true);
  });

  test("a dearer one is not bought beyond the user's word", async () => {
    const ground = createGround();
    const id = await retiredInMidRun(ground);
    const env = { VIDPIPE_PIPELINE__CONFIRM_ABOVE_USD: "0.1" };
    const cli = createCli({ ground, env, changes: { media: createHeaderMedia() } });
    const refused = await cli.run("resume", id, "--model", next);
    expect([refused.exitCode, refused.stderr.includes("nothing was bought")]).toEqual([3, true]);
    expect((await start(ground).service.get(id)).revision).toBe(0);
    const app = start(ground);
    const { maxCostUsd } = await app.service.get(id);
    const capped = await goOn(app, id, { model: next, maxCostUsd: maxCostUsd ?? 0 });
    expect(committedUsd(capped.spend)).toBeLessThanOrEqual(maxCostUsd ?? 0);
  });

  test("going back to before brings the old clips back, and nothing is bought unasked", async () => {
    const ground = createGround();
    const id = await retiredInMidRun(ground);
    const app = start(ground);
    await goOn(app, id, { model: next });
    expect(billOf(ground).clip).toBe(5);
    await ground.clock.run(app.editing.revert(id, 0));
    const back = await app.settle(id);
    expect([back.scenes.map(({ clip }) => clip.status === "done"), billOf(ground).clip]).toEqual([
      [true, true, false, false, false],
      5,
    ]);
    await ground.clock.run(app.editing.revert(id, 1));
    expect([(await app.settle(id)).status, billOf(ground).clip]).toEqual(["complete", 5]);
  });

  test("one take by another model does as well", async () => {
    const ground = createGround();
    plan(ground, "submit", "model_retired", 1, 1);
    const app = start(ground);
    const { id } = await film(app, ground, 2);
    app.kill();
    const cli = createCli({ ground, changes: { media: createHeaderMedia() } });
    const wrong = await cli.run("retake", id, "--scene", "2", "--model", "gemini-nano-banana-2.1", "--yes");
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      "error: gemini-nano-banana-2.1 makes a keyframe, not a clip: nothing was ordered\n",
    ]);
    const still = await cli.run("retake", id, "--scene", "2", "--keyframe", "start", "--model", next, "--yes");
    expect([still.exitCode, still.stderr]).toEqual([
      2,
      `error: ${next} makes a clip, not a keyframe: nothing was ordered\n`,
    ]);
    const taken = await cli.run("retake", id, "--scene", "2", "--model", next, "--pick", "--yes");
    expect([taken.exitCode, clipModels(ground)]).toEqual([0, [old, next]]);
    expect((await start(ground).service.get(id)).status).toBe("complete");
  });
});

test.each([
  ["no-such-model", 'there is no model "no-such-model"'],
  ["imagen-4.0-generate-001", "imagen-4.0-generate-001"],
  ["gemini-3.8-flash", "its storyboard is written already"],
])("--model %s is refused with a reason, and nothing is changed", async (model, said) => {
  const ground = createGround();
  plan(ground, "submit", "model_retired", 1);
  const app = start(ground);
  const { id } = await film(app, ground);
  app.kill();
  const { exitCode, words } = await resume(ground, id, "--model", model);
  expect([exitCode, words.includes(said)]).toEqual([2, true]);
  expect((await start(ground).service.get(id)).revision).toBe(0);
});

test("an image model that retires after the first still is replaced; the first still stays", async () => {
  const ground = createGround();
  plan(ground, "image", "model_retired", 1, 1);
  const app = start(ground);
  const held = await film(app, ground, 2);
  expect([held.status, billOf(ground).image]).toEqual(["held", 1]);
  const way = waysOf(held).find(({ action }) => action === "other_model");
  const after = await goOn(app, held.id, { model: way?.request.body.model ?? "" });
  expect([after.status, billOf(ground)]).toEqual(["complete", { text: 1, image: 3, clip: 2 }]);
  expect(after.scenes.every(({ start: still }) => !still.stale)).toBe(true);
});

test("a text model that retires is replaced before there is a storyboard", async () => {
  const ground = createGround();
  plan(ground, "text", "model_retired", 1);
  const app = start(ground);
  const held = await film(app, ground);
  expect([held.status, actionsOf(held)]).toEqual(["held", ["try_again", "other_model", "cancel"]]);
  const way = waysOf(held).find(({ action }) => action === "other_model");
  expect((await goOn(app, held.id, { model: way?.request.body.model ?? "" })).status).toBe("complete");
  expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
});

describe("a storyboard that the filter refused", () => {
  test("is not left out: the command is refused with the ways on", async () => {
    const ground = createGround();
    plan(ground, "text", "text_refused", 1);
    const app = start(ground);
    const { id, status } = await film(app, ground);
    expect(status).toBe("held");
    const api = apiOf(app);
    const refused = await ground.clock.run(api.post(`/api/projects/${id}/resume`, { skip_blocked: true }));
    expect([refused.status, refused.body.code]).toEqual([409, "project.conflict"]);
    expect(refused.body.detail).not.toContain("vidpipe");
    expect(refused.body.ways).toMatchObject([
      { action: "buy_again", request: { body: { retry_refused: true } } },
      { action: "cancel" },
    ]);
    app.kill();
    const told = await resume(ground, id, "--skip-blocked");
    expect(told.words).toContain(`continue with:\n  vidpipe resume ${id} --retry-refused`);
    expect((await resume(ground, id, "--retry-refused")).exitCode).toBe(0);
    expect(billOf(ground)).toEqual({ text: 2, image: 2, clip: 1 });
  });

  test("and was left out by an earlier release is taken up again", async () => {
    const ground = createGround();
    plan(ground, "text", "text_refused", 1);
    const app = start(ground);
    const { id } = await film(app, ground);
    await ground.repository.change(id, null, ({ steps }) =>
      steps.map(({ id: stepId }) => ({ type: "advance", stepId, event: "skip" })),
    );
    await ground.repository.change(id, null, () => [
      { type: "project", patch: { status: "failed", message: "skipped" } },
    ]);
    const killed = await app.service.get(id);
    expect(actionsOf(killed)).toEqual(["take_up_again", "cancel"]);
    expect((await goOn(app, id, { retrySkipped: true })).status).toBe("complete");
    expect(billOf(ground)).toEqual({ text: 2, image: 2, clip: 1 });
  });
});
