import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { Forecast } from "../../src/domain/forecast.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import { type Scene, type Storyboard, transitionsBetween } from "../../src/domain/storyboard.ts";
import { never } from "../support/never.ts";
import { sized } from "../support/size.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

const prices = { storyboard: 0.01, keyframe: 0.1, clip: 1 } as const;

async function finished(scenes: number, testApp = createTestApp(createTestStores({ references: 3 }))) {
  const { id } = await testApp.film("A cat at night.", scenes);
  const before = testApp.provider.bills.length;
  return { testApp, id, bills: () => testApp.provider.bills.slice(before).map(({ what }) => what) };
}

async function storyboardOf({ service }: TestApp, id: ProjectId): Promise<Storyboard> {
  const { storyboard } = await service.get(id);
  if (storyboard === null) throw new Error("no storyboard");
  return storyboard;
}

const withScene = (storyboard: Storyboard, place: number, change: Partial<Scene>): Storyboard => ({
  ...storyboard,
  scenes: storyboard.scenes.map((scene, number) => (number === place ? { ...scene, ...change } : scene)),
});

const inOrder = (scenes: readonly Scene[]): Scene[] => scenes.map((scene, sceneIndex) => ({ ...scene, sceneIndex }));

const byText = (a: string, b: string) => (a < b ? -1 : 1);

const toMake = ({ lines }: Forecast) =>
  lines.filter((l) => l.toMake).map(({ kind, position }) => `${kind} ${position}`);

async function resumed(testApp: TestApp, id: ProjectId, options: ResumeOptions = {}) {
  await testApp.clock.run(testApp.service.resume(id, options, never));
  return testApp.settle(id);
}

describe("an edited scene", () => {
  test("makes exactly its clip stale when only what happens in it changes, and waits for the user's word", async () => {
    const { testApp, id, bills } = await finished(8);
    const former = (await testApp.service.get(id)).final?.key;
    const edited = withScene(await storyboardOf(testApp, id), 3, { description: "The cat swims." });
    const view = await testApp.editing.editStoryboard(id, { storyboard: edited, patch: false }, never);
    expect(view.status).toBe("review");
    expect(view.final?.key).toBe(former ?? "none");
    const seen = await testApp.editing.forecast(id);
    expect(toMake(seen)).toEqual(["clip 3", "stitch 0"]);
    expect(seen.totalUsd).toBe(prices.clip);
    await testApp.settle(id);
    expect(bills()).toEqual([]);
    expect((await resumed(testApp, id)).status).toBe("complete");
    expect(bills()).toEqual(["clip"]);
    expect(await testApp.editing.forecast(id)).toMatchObject({ totalUsd: 0 });
  });

  test("makes the chain after it stale when its last picture changes", async () => {
    const { testApp, id, bills } = await finished(8);
    const edited = withScene(await storyboardOf(testApp, id), 3, { endFramePrompt: "The cat on a boat." });
    await testApp.editing.editStoryboard(id, { storyboard: edited, patch: false }, never);
    const seen = await testApp.editing.forecast(id);
    const stills = [4, 5, 6, 7, 8].map((n) => `keyframe ${n}`);
    const clips = [3, 4, 5, 6, 7].map((n) => `clip ${n}`);
    expect(toMake(seen)).toEqual([...stills, ...clips, "stitch 0"]);
    expect(seen.totalUsd).toBe(5 * prices.keyframe + 5 * prices.clip);
    await resumed(testApp, id);
    expect(bills().toSorted(byText)).toEqual([...Array(5).fill("clip"), ...Array(5).fill("keyframe")]);
  });

  test("with patch makes one still and one clip and leaves everything else as it is", async () => {
    const { testApp, id, bills } = await finished(8);
    const before = await testApp.service.get(id);
    const edited = withScene(await storyboardOf(testApp, id), 3, { endFramePrompt: "The cat on a boat." });
    const seen = await testApp.editing.forecastEdit(id, { storyboard: edited, patch: true }, never);
    expect((await testApp.service.get(id)).revision).toBe(0);
    expect(toMake(seen)).toEqual(["keyframe 4", "clip 3", "stitch 0"]);
    await testApp.editing.editStoryboard(id, { storyboard: edited, patch: true }, never);
    const after = await resumed(testApp, id);
    expect(bills()).toEqual(["keyframe", "clip"]);
    const others = (view: typeof after) => view.scenes.filter((_, n) => n !== 3).map(({ clip }) => clip.key);
    expect(others(after)).toEqual(others(before));
    expect(after.scenes[3]?.clip.key).not.toBe(before.scenes[3]?.clip.key ?? null);
  });

  test("a scene added at the end makes nothing stale", async () => {
    const { testApp, id, bills } = await finished(3);
    const storyboard = await storyboardOf(testApp, id);
    const [first] = storyboard.scenes;
    if (first === undefined) throw new Error("no scene");
    const scenes = inOrder([...storyboard.scenes, { ...first, endFramePrompt: "The end.", description: "The end." }]);
    await testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }, never);
    expect(toMake(await testApp.editing.forecast(id))).toEqual(["keyframe 4", "clip 3", "stitch 0"]);
    const view = await resumed(testApp, id);
    expect([view.status, view.scenes.length]).toEqual(["complete", 4]);
    expect(bills()).toEqual(["keyframe", "clip"]);
  });

  test("the scenes after a removed one keep their clips with patch: only the stitch is made again", async () => {
    const { testApp, id, bills } = await finished(4);
    const storyboard = await storyboardOf(testApp, id);
    const scenes = inOrder(storyboard.scenes.filter((_, n) => n !== 1));
    await testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: true }, never);
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(bills()).toEqual([]);
  });

  test("that is the same changes nothing and costs nothing", async () => {
    const { testApp, id } = await finished(2);
    const view = await testApp.editing.editStoryboard(
      id,
      {
        storyboard: await storyboardOf(testApp, id),
        patch: false,
      },
      never,
    );
    expect([view.status, view.revision]).toEqual(["complete", 0]);
  });
});

test("another title joins the film again, which carries it, and nothing else; going back is free", async () => {
  const { testApp, id, bills } = await finished(2);
  const former = (await testApp.service.get(id)).final?.key ?? "none";
  const storyboard = { ...(await storyboardOf(testApp, id)), title: "Night cat" };
  const view = await testApp.editing.editStoryboard(id, { storyboard, patch: false }, never);
  expect(["stitching", "complete"]).toContain(view.status);
  expect((await testApp.settle(id)).status).toBe("complete");
  expect((await testApp.editing.history(id)).at(-1)?.note).toBe("title changed");
  const orders = (await testApp.repository.facts(id)).steps.flatMap(({ order }) =>
    order.kind === "stitch" ? order : [],
  );
  expect(orders.map(({ title }) => title)).toEqual(["A cat at night.", "Night cat"]);
  expect(new Set(orders.map(({ clips }) => JSON.stringify(clips))).size).toBe(1);
  await testApp.editing.revert(id, 0);
  expect([(await testApp.settle(id)).final?.key, bills()]).toEqual([former, []]);
});

describe("a transition", () => {
  const dip = { kind: "dip", seconds: 1 } as const;
  const stitchOf = async ({ repository }: TestApp, id: ProjectId) => {
    const { steps } = await repository.facts(id);
    const order = steps.findLast(({ kind }) => kind === "stitch")?.order;
    return order?.kind === "stitch" ? order : undefined;
  };
  const edited = async (testApp: TestApp, id: ProjectId, place: number, change: Partial<Scene>) => {
    const storyboard = withScene(await storyboardOf(testApp, id), place, change);
    await testApp.editing.editStoryboard(id, { storyboard, patch: false }, never);
    return testApp.settle(id);
  };

  test("that is changed joins the film again and buys nothing; taken back, the former film is there", async () => {
    const { testApp, id, bills } = await finished(3);
    const before = await testApp.service.get(id);
    expect(await stitchOf(testApp, id)).not.toHaveProperty("transitions");
    const after = await edited(testApp, id, 1, { transition: dip });
    expect([after.status, after.revision, bills()]).toEqual(["complete", 1, []]);
    expect(after.final?.key).not.toBe(before.final?.key ?? "");
    expect((await stitchOf(testApp, id))?.transitions).toEqual([{ kind: "cut", seconds: 0 }, dip]);
    expect((before.final?.durationSeconds ?? 0) - (after.final?.durationSeconds ?? 0)).toBeCloseTo(1, 6);
    expect((await testApp.editing.history(id)).at(-1)?.note).toBe("transition after scene 2 changed");
    const back = await edited(testApp, id, 1, { transition: undefined });
    expect([back.final?.key, bills()]).toEqual([before.final?.key, []]);
  });

  test("of the last scene, or one that says what the film says, changes no film", async () => {
    const { testApp, id } = await finished(2);
    const before = await testApp.service.get(id);
    await edited(testApp, id, 1, { transition: dip });
    const after = await edited(testApp, id, 0, { transition: { kind: "cut", seconds: 0 } });
    expect([after.status, after.final?.key]).toEqual(["complete", before.final?.key]);
  });

  test("holds whatever the film's crossfade becomes, and must fit both of its scenes", async () => {
    const { testApp, id } = await finished(3);
    await edited(testApp, id, 0, { transition: dip });
    await testApp.clock.run(testApp.service.restitch(id, 0.5, undefined, never));
    await testApp.settle(id);
    expect((await stitchOf(testApp, id))?.transitions).toEqual([dip, { kind: "crossfade", seconds: 0.5 }]);
    const long = withScene(await storyboardOf(testApp, id), 1, { transition: { kind: "dissolve", seconds: 3.5 } });
    const refused = testApp.editing.editStoryboard(id, { storyboard: long, patch: false }, never);
    await expect(refused).rejects.toThrow(
      "dissolve of 3.5 s from clip 2 to 3 is longer than half of one of them: at most 3 s",
    );
  });
});

test("over missing scenes the left scene's transition holds, no longer than the next one can bear", () => {
  const scene = {
    description: "a",
    startFramePrompt: "a",
    endFramePrompt: "a",
    motionPrompt: "a",
    transitionNotes: "",
  };
  const scenes: Scene[] = [0, 1, 2, 3].map((sceneIndex) => ({
    ...scene,
    sceneIndex,
    characters: [],
    ...(sceneIndex === 2 && { durationSeconds: 1 }),
    ...(sceneIndex === 0 && { transition: { kind: "dip", seconds: 2 } }),
  }));
  const film = { crossfadeSeconds: 0.25, clipDurationSeconds: 8 };
  const plain = { kind: "crossfade", seconds: 0.25 } as const;
  expect(transitionsBetween(scenes, [0, 3], film)).toEqual([{ kind: "dip", seconds: 2 }]);
  expect(transitionsBetween(scenes, [0, 2, 3], film)).toEqual([{ kind: "dip", seconds: 0.5 }, plain]);
  expect(transitionsBetween(scenes, [1, 2], film)).toEqual([plain]);
  expect(transitionsBetween(scenes, [2], film)).toEqual([]);
});

describe("until", () => {
  test.each([
    ["storyboard", ["storyboard"]],
    ["keyframes", ["storyboard", "keyframe", "keyframe", "keyframe"]],
    ["clips", ["storyboard", "keyframe", "keyframe", "clip", "keyframe", "clip"]],
  ] as const)("%s: stops there for review, and resume makes the rest once", async (until, bought) => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 2 }, { until }, never),
    );
    const view = await testApp.settle(id);
    expect(view.status).toBe("review");
    expect(testApp.provider.bills.map(({ what }) => what).toSorted(byText)).toEqual([...bought].toSorted(byText));
    expect((await resumed(testApp, id)).status).toBe("complete");
    expect(testApp.provider.bills).toHaveLength(6);
  });

  test("a storyboard that is given needs no text model", async () => {
    const other = await finished(2);
    const storyboard = await storyboardOf(other.testApp, other.id);
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A cat." }, { storyboard }, never));
    const view = await testApp.settle(id);
    expect([view.status, view.scenes.length]).toEqual(["complete", 2]);
    expect(view.stages.map(({ done, total }) => [done, total])).toEqual([
      [1, 1],
      [3, 3],
      [2, 2],
      [1, 1],
    ]);
    expect(testApp.provider.bills.filter(({ what }) => what === "storyboard")).toEqual([]);
  });
});

describe("an edit of a film that was interrupted", () => {
  test("begins nothing that was only queued: it waits with the rest for the user's word", async () => {
    const stores = createTestStores({ clipMs: 60_000, keyframeMs: 10_000 });
    const first = createTestApp(stores);
    const { id } = await first.clock.run(first.service.create({ prompt: "A", sceneCount: 4 }, {}, never));
    const clipRuns = async () => (await first.service.get(id)).scenes.some(({ clip }) => clip.status === "waiting");
    for (let second = 0; !(await clipRuns()); second++) {
      if (second > 3_600) throw new Error("no clip in an hour");
      await first.clock.run(first.clock.sleep(1_000, new AbortController().signal));
    }
    await first.clock.run(first.service.stop());
    first.kill();
    const testApp = createTestApp(stores);
    const bought = stores.provider.bills.length;
    const edited = withScene(await storyboardOf(testApp, id), 0, { motionPrompt: "It runs." });
    await testApp.clock.run(testApp.editing.editStoryboard(id, { storyboard: edited, patch: false }, never));
    expect((await testApp.settle(id)).status).toBe("review");
    const { totalUsd } = await testApp.editing.forecast(id);
    // The clip that was under way when the film was interrupted is billed when it is collected.
    expect(stores.provider.bills.slice(bought).map(({ what }) => what)).toEqual([]);
    expect((await resumed(testApp, id)).status).toBe("complete");
    const billed = stores.provider.bills.slice(bought).reduce((sum, { what }) => sum + prices[what], 0);
    expect(billed).toBeCloseTo(totalUsd, 9);
  });
});

describe("until, on the way", () => {
  test("a storyboard that is given and a stop after it: settled at once, for nothing", async () => {
    const other = await finished(2);
    const storyboard = await storyboardOf(other.testApp, other.id);
    const testApp = createTestApp(createTestStores());
    const begun = await testApp.clock.run(
      testApp.service.create({ prompt: "A" }, { storyboard, until: "storyboard" }, never),
    );
    expect([begun.status, (await testApp.settle(begun.id)).status]).toEqual(["review", "review"]);
    expect(testApp.provider.bills).toEqual([]);
    expect((await resumed(testApp, begun.id)).status).toBe("complete");
  });

  test("what was cancelled before its review is resumed as far as it was to go", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A", sceneCount: 2 }, { until: "keyframes" }, never),
    );
    await testApp.service.cancel(id);
    await testApp.settle(id);
    const view = await resumed(testApp, id);
    expect([view.status, view.until]).toEqual(["review", "keyframes"]);
    expect(testApp.provider.bills.filter(({ what }) => what === "clip")).toEqual([]);
  });

  test("what is estimated and admitted is what is bought that far", async () => {
    const testApp = createTestApp(createTestStores());
    const input = { prompt: "A", sceneCount: 2 };
    for (const until of ["storyboard", "keyframes", "clips", "film"] as const) {
      const offer = await testApp.clock.run(testApp.service.admit(input, { until }, never));
      expect(testApp.service.estimate(input, { until })).toEqual(offer);
      const before = testApp.provider.bills.length;
      const { id, ...begun } = await testApp.clock.run(testApp.service.create(input, { until }, never));
      expect([begun.maxCostUsd, begun.accepted?.mostUsd]).toEqual([offer.capUsd, offer.price.mostUsd]);
      await testApp.settle(id);
      const billed = testApp.provider.bills.slice(before).reduce((sum, { what }) => sum + prices[what], 0);
      expect(offer.price.totalUsd).toBeCloseTo(billed, 9);
      expect(offer.capUsd).toBe(offer.price.mostUsd);
    }
  });
});

describe("takes", () => {
  test("a retake stands beside the film until it is picked; picking a clip only joins the film again", async () => {
    const { testApp, id, bills } = await finished(3);
    const before = await testApp.service.get(id);
    const wanted = { kind: "clip", position: 1, takes: 2 } as const;
    expect((await testApp.editing.quoteRetake(id, wanted)).price).toMatchObject({
      totalUsd: 2 * prices.clip,
      mostUsd: 2 * prices.clip,
    });
    await testApp.clock.run(testApp.editing.retake(id, wanted));
    const after = await testApp.settle(id);
    expect([after.status, after.final?.key]).toEqual(["complete", before.final?.key]);
    expect(bills()).toEqual(["clip", "clip"]);
    const takes = (await testApp.editing.takes(id)).filter(({ step }) => step.kind === "clip" && step.position === 1);
    expect(takes.map(({ step, selected }) => [step.take, step.status, selected])).toEqual([
      [1, "done", true],
      [2, "done", false],
      [3, "done", false],
    ]);
    await testApp.clock.run(testApp.editing.pick(id, { kind: "clip", position: 1, take: 3 }));
    const picked = await testApp.settle(id);
    expect(picked.status).toBe("complete");
    expect(picked.scenes[1]?.clip.key).toBe(takes[2]?.artifact?.key ?? "none");
    expect(bills()).toHaveLength(2);
  });

  test("a retake whose answer was lost asks for the user's word beside the film, and is bought again or left", async () => {
    const lose = ({ call, scene }: { call: string; scene: number }, nth: number) =>
      call === "submit" && scene === 1 && nth === 2 ? new VidpipeError("provider.unclear", "broke") : undefined;
    const testApp = createTestApp(createTestStores({ after: lose }));
    const film = await testApp.film();
    const bought = testApp.provider.bills.length;
    await testApp.clock.run(testApp.editing.retake(film.id, { kind: "clip", position: 1, takes: 1 }));
    const lost = await testApp.settle(film.id);
    expect([lost.status, lost.final?.key]).toEqual(["complete", film.final?.key]);
    expect(lost.waits).toMatchObject([
      {
        reason: "ambiguous",
        message: expect.stringMatching(/^take 2 of the clip of scene 2: the order was sent/),
        usd: prices.clip,
        ways: [
          { command: `vidpipe resume ${film.id} --retry-ambiguous`, usd: 1 },
          { command: `vidpipe resume ${film.id} --skip-blocked`, usd: 0 },
        ],
      },
    ]);
    const resume = (options: ResumeOptions) => testApp.clock.run(testApp.service.resume(film.id, options, never));
    expect(resume({})).rejects.toMatchObject({ code: "project.conflict" });
    expect((await testApp.service.estimateResume(film.id, { retryAmbiguous: true })).price.totalUsd).toBe(prices.clip);
    expect((await testApp.service.estimateResume(film.id, { skipBlocked: true })).price.totalUsd).toBe(0);
    await resume({ retryAmbiguous: true });
    const again = await testApp.settle(film.id);
    expect([again.status, again.waits]).toEqual(["complete", []]);
    // Once for the order whose answer was lost, once more by the user's word.
    expect(testApp.provider.bills.slice(bought).map(({ what }) => what)).toEqual(["clip", "clip"]);
    const statuses = (await testApp.editing.takes(film.id)).filter(({ step }) => step.kind === "clip");
    expect(statuses.map(({ step, selected }) => [step.position, step.status, selected])).toContainEqual([
      1,
      "done",
      false,
    ]);
  });

  test("a lost retake that is left asks no more and costs nothing; a word on it approves no film in review", async () => {
    const lose = ({ call, scene }: { call: string; scene: number }, nth: number) =>
      call === "submit" && scene === 0 && nth === 2 ? new VidpipeError("provider.unclear", "broke") : undefined;
    const testApp = createTestApp(createTestStores({ after: lose }));
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 2 }, { until: "clips" }, never),
    );
    await testApp.settle(id);
    await testApp.clock.run(testApp.editing.retake(id, { kind: "clip", position: 0, takes: 1 }));
    expect(await testApp.settle(id)).toMatchObject({
      status: "review",
      waits: [{ reason: "ambiguous" }, { reason: "review" }],
    });
    const bought = testApp.provider.bills.length;
    await testApp.clock.run(testApp.service.resume(id, { skipBlocked: true }, never));
    expect(await testApp.settle(id)).toMatchObject({
      status: "review",
      until: "clips",
      waits: [{ reason: "review" }],
      final: null,
    });
    expect(testApp.provider.bills.length).toBe(bought);
    await testApp.clock.run(testApp.service.resume(id, {}, never));
    expect((await testApp.settle(id)).status).toBe("complete");
  });

  test("a retake brings the money it may cost: the film's cap does not stop it, and the film gets none of it", async () => {
    const testApp = createTestApp(createTestStores());
    const film = await testApp.film("A cat.", 2);
    const { project } = await testApp.repository.facts(film.id);
    const spent = film.spend.spentUsd;
    const patch = { maxCostUsd: spent };
    await testApp.repository.change(project.id, null, () => [{ type: "project", patch }]);
    const wanted = { kind: "clip", position: 1, takes: 1 } as const;
    const { capUsd } = await testApp.editing.quoteRetake(film.id, wanted);
    const ordered = await testApp.clock.run(testApp.editing.retake(film.id, wanted));
    expect([capUsd, ordered.maxCostUsd, ordered.accepted]).toMatchObject([
      spent + prices.clip,
      capUsd,
      { totalUsd: prices.clip, mostUsd: prices.clip },
    ]);
    const kept = (await testApp.repository.facts(film.id)).steps.map(({ reservedUsd }) => reservedUsd);
    expect(kept.filter((usd) => usd > 0)).toEqual([prices.clip]);
    expect(await testApp.settle(film.id)).toMatchObject({ status: "complete", waits: [] });
  });

  test("a picked still waits with what is made from it for the user's word", async () => {
    const { testApp, id, bills } = await finished(3);
    await testApp.clock.run(testApp.editing.retake(id, { kind: "keyframe", position: 3, takes: 1, prompt: "A dog." }));
    await testApp.settle(id);
    const view = await testApp.editing.pick(id, { kind: "keyframe", position: 3, take: 2 });
    expect(view.status).toBe("review");
    expect(toMake(await testApp.editing.forecast(id))).toEqual(["clip 2", "stitch 0"]);
    await resumed(testApp, id);
    expect(bills()).toEqual(["keyframe", "clip"]);
  });

  test("one that does not exist, or has failed, cannot be picked", async () => {
    const { testApp, id } = await finished(1);
    const pick = (take: number) => testApp.editing.pick(id, { kind: "clip", position: 0, take });
    expect(pick(2)).rejects.toMatchObject({ code: "input.invalid" });
  });

  test("of a cancelled project, or before its inputs are there, are refused and nothing is ordered", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat." }, { until: "storyboard" }, never),
    );
    await testApp.settle(id);
    const wanted = { kind: "clip", position: 0, takes: 1 } as const;
    expect(testApp.editing.retake(id, wanted)).rejects.toMatchObject({ code: "project.conflict" });
    await testApp.service.cancel(id);
    expect(testApp.editing.retake(id, { ...wanted, kind: "keyframe" })).rejects.toMatchObject({
      code: "project.conflict",
    });
  });
});

describe("for any edits, retakes, picks and returns", () => {
  const edit = fc.record({
    kind: fc.constant("edit" as const),
    scene: fc.nat(3),
    field: fc.constantFrom("description", "endFramePrompt", "motionPrompt"),
    word: fc.constantFrom("red", "blue"),
    patch: fc.boolean(),
  });
  const retake = fc.record({ kind: fc.constant("retake" as const), scene: fc.nat(3), still: fc.boolean() });
  const pick = fc.record({
    kind: fc.constant("pick" as const),
    scene: fc.nat(3),
    still: fc.boolean(),
    take: fc.nat(3),
  });
  const back = fc.record({ kind: fc.constant("back" as const), revision: fc.nat(6) });
  const on = fc.record({ kind: fc.constant("resume" as const) });
  const bring = fc.record({
    kind: fc.constant("bring" as const),
    /** A still's place, or null for a reference. */
    still: fc.option(fc.nat(4)),
    name: fc.constantFrom("red", "blue", null),
    look: fc.nat(1),
  });
  type Deed = typeof edit extends fc.Arbitrary<infer E> ? E : never;
  type AnyDeed =
    | Deed
    | (typeof retake extends fc.Arbitrary<infer E> ? E : never)
    | (typeof pick extends fc.Arbitrary<infer E> ? E : never)
    | (typeof back extends fc.Arbitrary<infer E> ? E : never)
    | (typeof bring extends fc.Arbitrary<infer E> ? E : never)
    | (typeof on extends fc.Arbitrary<infer E> ? E : never);

  async function execute(testApp: TestApp, id: ProjectId, deed: AnyDeed): Promise<unknown> {
    const { editing } = testApp;
    switch (deed.kind) {
      case "edit": {
        const storyboard = withScene(await storyboardOf(testApp, id), deed.scene, {
          [deed.field]: `It is ${deed.word}.`,
        });
        return editing.editStoryboard(id, { storyboard, patch: deed.patch }, never);
      }
      case "retake":
        return editing.retake(id, { kind: deed.still ? "keyframe" : "clip", position: deed.scene, takes: 1 });
      case "pick":
        return editing.pick(id, { kind: deed.still ? "keyframe" : "clip", position: deed.scene, take: deed.take + 1 });
      case "back":
        return editing.revert(id, deed.revision);
      case "bring": {
        const { still, name, look } = deed;
        const bytes = Uint8Array.from([0xff, 0xd8, 0xff, look]);
        const picture = { bytes, from: "picture.jpg" };
        return still === null
          ? editing.setReferences(id, [{ ...picture, name }], never)
          : editing.setFile(id, { still: still, picture: picture }, never);
      }
      case "resume":
        return testApp.service.resume(id, {}, never);
    }
  }

  /** The process dies right behind the user's word, with whatever it began; another one takes its place. */
  async function afterCrash(testApp: TestApp): Promise<TestApp> {
    testApp.kill();
    const next = createTestApp(testApp);
    await next.clock.run(next.service.recover(never));
    return next;
  }

  test("and any crashes, nothing with unchanged inputs is bought again, the price said is the price paid, and undo is free", async () => {
    const deed = fc.record({ deed: fc.oneof(edit, retake, pick, back, bring, on), crash: fc.boolean() });
    const deeds = fc.array(deed, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(deeds, async (list) => {
        const stores = createTestStores({ references: 3 });
        let testApp = createTestApp(stores);
        const { id } = await finished(4, testApp);
        const first = (await testApp.service.get(id)).final?.key;
        for (const { deed, crash } of list) {
          await testApp.clock.run(execute(testApp, id, deed).catch(() => undefined));
          if (crash) testApp = await afterCrash(testApp);
          await testApp.settle(id);
        }
        const { steps, project } = await testApp.repository.facts(id);
        const made = steps.filter(({ order, status }) => status === "done" && !("variant" in order));
        const keys = made.map(({ kind, position, inputKey }) => `${kind} ${position} ${inputKey}`);
        expect(new Set(keys).size).toBe(keys.length);

        // An order whose answer died with its process waits for the user's word, in the film and beside it.
        const word = { retryAmbiguous: true, until: "film" } as const;
        const lost = steps.filter(({ order, status }) => status === "ambiguous" && "variant" in order);
        const lostUsd = lost.reduce((sum, { kind }) => sum + (kind === "clip" ? prices.clip : prices.keyframe), 0);
        const saidUsd = (await testApp.editing.forecast(id)).totalUsd + lostUsd;
        const billed = () => testApp.provider.bills.reduce((sum, { what }) => sum + prices[what], 0);
        const before = billed();
        if (project.status !== "complete") {
          const { totalUsd } = (await testApp.service.estimateResume(id, word)).price;
          await resumed(testApp, id, word);
          expect(billed() - before).toBeLessThanOrEqual(Math.min(totalUsd, saidUsd) + 1e-9);
        }
        expect((await testApp.service.get(id)).status).toBe("complete");

        const spent = billed();
        await testApp.clock.run(testApp.editing.revert(id, 0));
        const undone = await testApp.settle(id);
        expect([undone.status, undone.final?.key]).toEqual(["complete", first]);
        expect(billed()).toBe(spent);
      }),
      { numRuns: sized(40, 300, 4) },
    );
  }, 0);
});
