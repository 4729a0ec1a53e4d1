import { describe, expect, test } from "bun:test";
import { timelineOf } from "../../src/formats/interchange/timeline.ts";
import { plan } from "../../src/planning/plan.ts";
import type { MediaTool, Shown, StitchRequest } from "../../src/ports/media.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

const nameOf = ({ path }: Shown): string => /clip-\d+/.exec(path)?.[0] ?? "still";

/** An app that records what it asks of the media tool; clips 1 and 2 meet in the same picture, 2 and 3 do not. */
function testAppOf(stores = createTestStores()): TestApp & { readonly asked: StitchRequest[] } {
  const asked: StitchRequest[] = [];
  const media = createFakeMedia({
    similarity: (one, other) => (`${nameOf(one)} ${nameOf(other)}` === "clip-01 clip-02" ? 0.98 : 0.7),
  });
  const noting: MediaTool = {
    ...media,
    stitch(request, ...rest) {
      asked.push(request);
      return media.stitch(request, ...rest);
    },
    explain(request, signal) {
      asked.push(request);
      return media.explain(request, signal);
    },
  };
  return { ...createTestApp(stores, { media: noting, boundaryFrame: "auto" }), asked };
}

const stitchOf = async (testApp: TestApp, id: Parameters<TestApp["settle"]>[0]) =>
  plan(await testApp.repository.facts(id)).steps.find(({ kind }) => kind === "stitch");

describe("the duplicate frame at a hard cut", () => {
  test("is left out of a new film where both frames are the same picture", async () => {
    const testApp = testAppOf();
    const { id, final } = await testApp.film();
    expect(testApp.asked.map(({ lastFrames }) => lastFrames)).toEqual([["drop_if_free", "keep"]]);
    expect(final).toMatchObject({ durationSeconds: 18 - 1 / 24, report: { droppedAfter: [0] } });
    const timeline = timelineOf(await testApp.repository.facts(id));
    expect(timeline?.clips.map(({ frames }) => frames)).toEqual([143, 144, 144]);
  });

  test("stays in a film that was made before there was a choice, until somebody asks", async () => {
    const stores = createTestStores();
    const maker = createTestApp(stores);
    const old = await maker.film();
    maker.kill();
    const testApp = testAppOf(stores);
    const planned = await stitchOf(testApp, old.id);
    expect([planned?.step?.status, planned?.order]).toEqual([
      "done",
      expect.not.objectContaining({ boundaryFrame: "auto" }),
    ]);
    await expect(testApp.clock.run(testApp.service.resume(old.id, {}, never))).rejects.toMatchObject({
      code: "project.conflict",
    });
    await testApp.clock.run(testApp.service.restitch(old.id, 0, "auto", never));
    expect((await testApp.settle(old.id)).final?.report?.droppedAfter).toEqual([0]);
    const bills = testApp.provider.bills.length;
    await testApp.clock.run(testApp.service.restitch(old.id, 0, undefined, never));
    expect((await testApp.settle(old.id)).final?.report?.droppedAfter).toEqual([0]);
    await testApp.clock.run(testApp.editing.revert(old.id, 0));
    expect((await testApp.settle(old.id)).final?.key).toBe(old.final?.key ?? "none");
    expect(testApp.provider.bills.length).toBe(bills);
    const history = await testApp.editing.history(old.id);
    expect(history.map(({ note }) => note).slice(1)).toEqual(["boundary frames: auto", "back to revision 0"]);
  });

  test("goes from every cut when it is to, but not where a scene between is missing", async () => {
    const verdict = (scene: number) =>
      scene === 2 ? ({ kind: "refused", reason: "no", charged: true } as const) : undefined;
    const stores = createTestStores({ verdict });
    const testApp = createTestApp(stores, { boundaryFrame: "drop", policy: { onRefused: "skip" } });
    const { id, final, missingScenes } = await testApp.film(undefined, 4);
    expect([missingScenes, final?.report?.droppedAfter]).toEqual([[2], [0]]);
    expect(timelineOf(await testApp.repository.facts(id))?.clips.map(({ frames }) => frames)).toEqual([143, 144, 144]);
  });

  test("counts nothing in a film without cuts, whose key has no word of it", async () => {
    const testApp = testAppOf();
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 2, crossfadeSeconds: 1 }, {}, never),
    );
    await testApp.settle(id);
    const { order } = (await stitchOf(testApp, id)) ?? {};
    expect(order).not.toHaveProperty("boundaryFrame");
    expect(testApp.asked[0]?.lastFrames).toBeUndefined();
  });

  test("can be explained before it is left out", async () => {
    const testApp = testAppOf();
    const { id } = await testApp.film();
    await testApp.clock.run(testApp.service.explainStitch(id, 0, "drop", never));
    await testApp.clock.run(testApp.service.explainStitch(id, 0, undefined, never));
    expect(testApp.asked.slice(1).map(({ lastFrames }) => lastFrames)).toEqual([
      ["drop", "drop"],
      ["drop_if_free", "keep"],
    ]);
  });

  test("is still asked for after the storyboard is edited", async () => {
    const testApp = testAppOf();
    const { id, storyboard } = await testApp.film();
    if (storyboard === null) throw new Error("no storyboard");
    const edited = { ...storyboard, title: "Another" };
    const before = (await testApp.repository.facts(id)).project.direction;
    await testApp.clock.run(testApp.editing.editStoryboard(id, { storyboard: edited, patch: false }, never));
    const { direction } = (await testApp.repository.facts(id)).project;
    expect(direction).toEqual({ ...before, storyboard: edited });
  });
});
