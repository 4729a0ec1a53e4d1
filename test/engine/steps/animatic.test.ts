import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { ProjectView } from "../../../src/domain/view.ts";
import { createFakeMedia } from "../../support/fake-media.ts";
import { never } from "../../support/never.ts";
import type { ProviderCall } from "../../support/scripted-provider.ts";
import { createTestApp, createTestStores, type TestApp } from "../../support/test-app.ts";

async function made(testApp: TestApp, crossfadeSeconds = 0.5): Promise<ProjectView> {
  const input = { prompt: "A cat at night.", sceneCount: 3, crossfadeSeconds };
  const { id } = await testApp.clock.run(testApp.service.create(input, { until: "animatic" }, never));
  return testApp.settle(id);
}

const resumed = async (testApp: TestApp, { id }: ProjectView, until?: "animatic") => {
  await testApp.clock.run(testApp.service.resume(id, until === undefined ? {} : { until }, never));
  return testApp.settle(id);
};

const stagesOf = ({ stages }: ProjectView) => stages.map(({ kind }) => kind);
const animatics = async ({ editing }: TestApp, { id }: ProjectView) =>
  (await editing.takes(id)).filter(({ step }) => step.kind === "animatic");
const bought = ({ provider }: TestApp) => provider.bills.map(({ what }) => what);

async function edited(testApp: TestApp, view: ProjectView, change: { description?: string; endFramePrompt?: string }) {
  const { storyboard } = view;
  if (storyboard === null) throw new Error("no storyboard");
  const scenes = storyboard.scenes.map((scene, place) => (place === 2 ? { ...scene, ...change } : scene));
  await testApp.editing.editStoryboard(view.id, { storyboard: { ...storyboard, scenes }, patch: false }, never);
  return testApp.settle(view.id);
}

describe("an animatic", () => {
  test("is the stills as a film of the asked length, free, and waits with the price of the clips", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await made(testApp);
    expect(view.status).toBe("review");
    expect(view.message).toContain("the animatic is ready (the clips it stands for cost $3.00)");
    expect(view.animatic?.durationSeconds).toBe(3 * 6 - 2 * 0.5);
    expect(bought(testApp)).toEqual(["storyboard", "keyframe", "keyframe", "keyframe", "keyframe"]);
    expect(stagesOf(view)).toEqual(["storyboard", "keyframe", "animatic", "clip", "stitch"]);
    const published = testApp.artifacts.pathOf(`${view.id}/animatic.mp4`);
    expect(await Bun.file(published).text()).toBe(await Bun.file(view.animatic?.path ?? "").text());
  });

  test("is not part of the film that is made from it, but is kept", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await resumed(testApp, await made(testApp));
    expect(view.status).toBe("complete");
    expect(view.animatic).not.toBeNull();
    expect(stagesOf(view)).not.toContain("animatic");
    expect(bought(testApp).filter((what) => what === "clip")).toHaveLength(3);
  });

  test("is not made for a film that nobody wanted to see first", async () => {
    const testApp = createTestApp(createTestStores());
    const view = await testApp.film();
    expect(view.animatic).toBeNull();
    expect(stagesOf(view)).toEqual(["storyboard", "keyframe", "clip", "stitch"]);
  });

  test("follows an edit of words that only it shows, at no cost", async () => {
    const testApp = createTestApp(createTestStores());
    const before = await made(testApp);
    const count = testApp.provider.bills.length;
    const view = await edited(testApp, before, { description: "The cat swims." });
    expect(view.status).toBe("review");
    expect(view.until).toBe("animatic");
    expect(await animatics(testApp, view)).toHaveLength(2);
    expect(testApp.provider.bills).toHaveLength(count);
  });

  test("waits with the stills that an edit makes stale, and is made again when it is asked for", async () => {
    const testApp = createTestApp(createTestStores());
    const before = await made(testApp);
    const waiting = await edited(testApp, before, { endFramePrompt: "still 3, in snow" });
    expect(waiting.animatic).toEqual(before.animatic);
    const count = testApp.provider.bills.length;
    const view = await resumed(testApp, waiting, "animatic");
    expect(view.status).toBe("review");
    expect(await animatics(testApp, view)).toHaveLength(2);
    expect(bought(testApp).slice(count)).toEqual(["keyframe"]);
  });

  test("leaves scenes out whose stills were skipped", async () => {
    const refuse = ({ call, scene }: ProviderCall) =>
      call === "keyframe" && scene === 3
        ? new VidpipeError("provider.refused", "no", { facts: { charged: true } })
        : undefined;
    const testApp = createTestApp(createTestStores({ before: refuse }), { policy: { onRefused: "skip" } });
    const view = await made(testApp, 0);
    expect(view.status).toBe("review");
    expect(view.animatic?.durationSeconds).toBe(12);
  });

  test("that cannot be rendered fails without a file, and the film goes on without it", async () => {
    const media = createFakeMedia({
      before: (call) => {
        if (call === "renderShot") throw new VidpipeError("media.ffmpeg_failed", "ffmpeg ended with 1");
      },
    });
    const testApp = createTestApp(createTestStores(), { media });
    const view = await made(testApp);
    expect(view).toMatchObject({ status: "failed", animatic: null });
    expect(view.message).toStartWith("animatic: ");
    await testApp.clock.run(testApp.service.resume(view.id, { until: "film" }, never));
    expect((await testApp.settle(view.id)).status).toBe("complete");
  });
});
