import { describe, expect, test } from "bun:test";
import { timelineOf } from "../../src/formats/interchange/timeline.ts";
import { plan } from "../../src/planning/plan.ts";
import type { MediaTool, Shown, StitchRequest } from "../../src/ports/media.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { type House, layGround, openHouse } from "../support/test-app.ts";

const nameOf = ({ path }: Shown): string => /clip-\d+/.exec(path)?.[0] ?? "still";

/** A house that writes down what it asks of the media tool; clips 1 and 2 meet in the same picture, 2 and 3 do not. */
function houseOf(ground = layGround()): House & { readonly asked: StitchRequest[] } {
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
  return { ...openHouse(ground, { media: noting, boundaryFrame: "auto" }), asked };
}

const stitchOf = async (house: House, id: Parameters<House["settle"]>[0]) =>
  plan(await house.repository.facts(id)).steps.find(({ kind }) => kind === "stitch");

describe("the doubled frame at a hard cut", () => {
  test("is left out of a new film where both frames are the same picture", async () => {
    const house = houseOf();
    const { id, final } = await house.film();
    expect(house.asked.map(({ lastFrames }) => lastFrames)).toEqual([["drop_if_free", "keep"]]);
    expect(final).toMatchObject({ durationSeconds: 18 - 1 / 24, report: { droppedAfter: [0] } });
    const timeline = timelineOf(await house.repository.facts(id));
    expect(timeline?.clips.map(({ frames }) => frames)).toEqual([143, 144, 144]);
  });

  test("stays in a film that was made before there was a choice, until somebody asks", async () => {
    const ground = layGround();
    const maker = openHouse(ground);
    const old = await maker.film();
    maker.kill();
    const house = houseOf(ground);
    const planned = await stitchOf(house, old.id);
    expect([planned?.step?.status, planned?.order]).toEqual([
      "done",
      expect.not.objectContaining({ boundaryFrame: "auto" }),
    ]);
    await expect(house.clock.run(house.service.resume(old.id))).rejects.toMatchObject({ code: "project.conflict" });
    await house.clock.run(house.service.restitch(old.id, 0, "auto"));
    expect((await house.settle(old.id)).final?.report?.droppedAfter).toEqual([0]);
    const bills = house.provider.bills.length;
    await house.clock.run(house.service.restitch(old.id, 0));
    expect((await house.settle(old.id)).final?.report?.droppedAfter).toEqual([0]);
    await house.clock.run(house.director.revert(old.id, 0));
    expect((await house.settle(old.id)).final?.key).toBe(old.final?.key ?? "none");
    expect(house.provider.bills.length).toBe(bills);
    const history = await house.director.history(old.id);
    expect(history.map(({ note }) => note).slice(1)).toEqual(["boundary frames: auto", "back to revision 0"]);
  });

  test("goes from every cut when it is to, but not where a scene between is missing", async () => {
    const verdict = (scene: number) =>
      scene === 2 ? ({ kind: "refused", reason: "no", charged: true } as const) : undefined;
    const ground = layGround({ verdict });
    const house = openHouse(ground, { boundaryFrame: "drop", policy: { onRefused: "skip" } });
    const { id, final, missingScenes } = await house.film(undefined, 4);
    expect([missingScenes, final?.report?.droppedAfter]).toEqual([[2], [0]]);
    expect(timelineOf(await house.repository.facts(id))?.clips.map(({ frames }) => frames)).toEqual([143, 144, 144]);
  });

  test("counts nothing in a film without cuts, whose key has no word of it", async () => {
    const house = houseOf();
    const { id } = await house.clock.run(
      house.service.create({ prompt: "A cat.", sceneCount: 2, crossfadeSeconds: 1 }),
    );
    await house.settle(id);
    const { order } = (await stitchOf(house, id)) ?? {};
    expect(order).not.toHaveProperty("boundaryFrame");
    expect(house.asked[0]?.lastFrames).toBeUndefined();
  });

  test("can be explained before it is left out", async () => {
    const house = houseOf();
    const { id } = await house.film();
    await house.clock.run(house.service.explainStitch(id, 0, "drop"));
    await house.clock.run(house.service.explainStitch(id, 0));
    expect(house.asked.slice(1).map(({ lastFrames }) => lastFrames)).toEqual([
      ["drop", "drop"],
      ["drop_if_free", "keep"],
    ]);
  });

  test("is still asked for after the storyboard is edited", async () => {
    const house = houseOf();
    const { id, storyboard } = await house.film();
    if (storyboard === null) throw new Error("no storyboard");
    const edited = { ...storyboard, title: "Another" };
    const before = (await house.repository.facts(id)).project.direction;
    await house.clock.run(house.director.editStoryboard(id, { storyboard: edited, patch: false }));
    const { direction } = (await house.repository.facts(id)).project;
    expect(direction).toEqual({ ...before, storyboard: edited });
  });
});
