import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { ProjectView } from "../../../src/domain/view.ts";
import { createFakeMedia } from "../../support/fake-media.ts";
import type { ProviderCall } from "../../support/scripted-provider.ts";
import { type House, layGround, openHouse } from "../../support/test-app.ts";

async function made(house: House, crossfadeSeconds = 0.5): Promise<ProjectView> {
  const input = { prompt: "A cat at night.", sceneCount: 3, crossfadeSeconds };
  const { id } = await house.clock.run(house.service.create(input, { until: "animatic" }));
  return house.settle(id);
}

const resumed = async (house: House, { id }: ProjectView, until?: "animatic") => {
  await house.clock.run(house.service.resume(id, until === undefined ? {} : { until }));
  return house.settle(id);
};

const stagesOf = ({ stages }: ProjectView) => stages.map(({ kind }) => kind);
const animatics = async ({ director }: House, { id }: ProjectView) =>
  (await director.takes(id)).filter(({ step }) => step.kind === "animatic");
const bought = ({ provider }: House) => provider.bills.map(({ what }) => what);

async function edited(house: House, view: ProjectView, change: { description?: string; endFramePrompt?: string }) {
  const { storyboard } = view;
  if (storyboard === null) throw new Error("no storyboard");
  const scenes = storyboard.scenes.map((scene, place) => (place === 2 ? { ...scene, ...change } : scene));
  await house.director.editStoryboard(view.id, { storyboard: { ...storyboard, scenes }, patch: false });
  return house.settle(view.id);
}

describe("an animatic", () => {
  test("is the stills as a film of the asked length, free, and waits with the price of the clips", async () => {
    const house = openHouse(layGround());
    const view = await made(house);
    expect(view.status).toBe("review");
    expect(view.message).toContain("the animatic is ready (the clips it stands for cost $3.00)");
    expect(view.animatic?.durationSeconds).toBe(3 * 6 - 2 * 0.5);
    expect(bought(house)).toEqual(["storyboard", "keyframe", "keyframe", "keyframe", "keyframe"]);
    expect(stagesOf(view)).toEqual(["storyboard", "keyframe", "animatic", "clip", "stitch"]);
    const published = house.artifacts.pathOf(`${view.id}/animatic.mp4`);
    expect(await Bun.file(published).text()).toBe(await Bun.file(view.animatic?.path ?? "").text());
  });

  test("is not part of the film that is made from it, but is kept", async () => {
    const house = openHouse(layGround());
    const view = await resumed(house, await made(house));
    expect(view.status).toBe("complete");
    expect(view.animatic).not.toBeNull();
    expect(stagesOf(view)).not.toContain("animatic");
    expect(bought(house).filter((what) => what === "clip")).toHaveLength(3);
  });

  test("is not made for a film that nobody wanted to see first", async () => {
    const house = openHouse(layGround());
    const view = await house.film();
    expect(view.animatic).toBeNull();
    expect(stagesOf(view)).toEqual(["storyboard", "keyframe", "clip", "stitch"]);
  });

  test("follows an edit of words that only it shows, at no cost", async () => {
    const house = openHouse(layGround());
    const before = await made(house);
    const count = house.provider.bills.length;
    const view = await edited(house, before, { description: "The cat swims." });
    expect(view.status).toBe("review");
    expect(view.until).toBe("animatic");
    expect(await animatics(house, view)).toHaveLength(2);
    expect(house.provider.bills).toHaveLength(count);
  });

  test("waits with the stills that an edit makes stale, and is made again when it is asked for", async () => {
    const house = openHouse(layGround());
    const before = await made(house);
    const waiting = await edited(house, before, { endFramePrompt: "still 3, in snow" });
    expect(waiting.animatic).toEqual(before.animatic);
    const count = house.provider.bills.length;
    const view = await resumed(house, waiting, "animatic");
    expect(view.status).toBe("review");
    expect(await animatics(house, view)).toHaveLength(2);
    expect(bought(house).slice(count)).toEqual(["keyframe"]);
  });

  test("leaves scenes out whose stills were skipped", async () => {
    const refuse = ({ call, scene }: ProviderCall) =>
      call === "keyframe" && scene === 3
        ? new VidpipeError("provider.refused", "no", { facts: { charged: true } })
        : undefined;
    const house = openHouse(layGround({ before: refuse }), { policy: { onRefused: "skip" } });
    const view = await made(house, 0);
    expect(view.status).toBe("review");
    expect(view.animatic?.durationSeconds).toBe(12);
  });

  test("that cannot be rendered fails without a file, and the film goes on without it", async () => {
    const media = createFakeMedia({
      before: (call) => {
        if (call === "renderShot") throw new VidpipeError("media.ffmpeg_failed", "ffmpeg ended with 1");
      },
    });
    const house = openHouse(layGround(), { media });
    const view = await made(house);
    expect(view).toMatchObject({ status: "failed", animatic: null });
    expect(view.message).toStartWith("animatic: ");
    await house.clock.run(house.service.resume(view.id, { until: "film" }));
    expect((await house.settle(view.id)).status).toBe("complete");
  });
});
