import { describe, expect, test } from "bun:test";
import { projectPage } from "../../src/cli/output/status-page.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StitchOrder } from "../../src/domain/step.ts";
import { timelineOf } from "../../src/formats/interchange/timeline.ts";
import { plan } from "../../src/planning/plan.ts";
import type { MediaTool, Shown, StitchRequest } from "../../src/ports/media.ts";
import type { ClipCheck } from "../../src/ports/provider.ts";
import { createFakeMedia, fakeClipBytes } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

const clipOf = (durationSeconds: number, scene: number): ClipCheck => ({
  kind: "ready",
  save: async (path) => void (await Bun.write(path, fakeClipBytes({ durationSeconds, label: `${scene}` }))),
});

/** An app whose provider makes clips of these lengths, seconds; others come as ordered, 6 s. */
function testAppOf(lengths: Readonly<Record<number, number>>) {
  const asked: StitchRequest[] = [];
  const compared: Shown[] = [];
  const media = createFakeMedia({ similarity: (one) => void compared.push(one) });
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
  const verdict = (scene: number) => (lengths[scene] === undefined ? undefined : clipOf(lengths[scene], scene));
  return { ...createTestApp(createTestStores({ verdict }), { media: noting, boundaryFrame: "auto" }), asked, compared };
}

function stitchIn(facts: ProjectFacts): StitchOrder {
  const order = plan(facts).steps.find(({ kind }) => kind === "stitch")?.order;
  if (order?.kind !== "stitch") throw new Error("no stitch");
  return order;
}

const clipsBought = ({ provider }: TestApp): number => provider.bills.filter(({ what }) => what === "clip").length;

describe("a clip that came longer than ordered", () => {
  test("is bought once, and its film shows the ordered length of it", async () => {
    const testApp = testAppOf({ 1: 8 });
    const { id, status, final, scenes } = await testApp.film();
    expect([status, clipsBought(testApp)]).toEqual(["complete", 3]);
    expect(testApp.asked.map(({ keepSeconds }) => keepSeconds)).toEqual([[null, 6, null]]);
    expect(final).toMatchObject({
      durationSeconds: 18,
      report: { cutClips: [{ clip: 1, fromSeconds: 8, toSeconds: 6 }] },
    });
    expect(scenes.map(({ longer }) => longer)).toEqual([undefined, { orderedSeconds: 6, cameSeconds: 8 }, undefined]);
    expect(timelineOf(await testApp.repository.facts(id))?.frames).toBe(18 * 24);
  });

  test("is told by status and in how the film was joined", async () => {
    const page = projectPage(await testAppOf({ 1: 8 }).film(), {
      isTerminal: false,
      columns: () => 80,
      isColored: false,
    });
    expect(page).toContain("      the clip came 8.00 s long; the film shows the 6 s that were ordered\n");
    expect(page).toContain("clip 2 cut from 8.00 s to 6.00 s");
  });

  test("meets its still and the next clip where it is cut", async () => {
    const testApp = testAppOf({ 1: 8 });
    const { id } = await testApp.film();
    const ends = () => testApp.compared.flatMap(({ frame, endSeconds }) => (frame === "last" ? [endSeconds] : []));
    // Three clips against their last stills, then two joins.
    expect(ends().toSorted()).toEqual([6, 6, undefined, undefined, undefined]);
    testApp.compared.length = 0;
    await testApp.clock.run(testApp.service.explainStitch(id, 0, undefined, never));
    expect(ends()).toEqual([undefined, 6]);
    expect(testApp.asked.at(-1)?.keepSeconds).toEqual([null, 6, null]);
  });

  test("bears a crossfade of half of what is shown of it, and no more", async () => {
    const testApp = testAppOf({ 0: 8, 1: 8, 2: 8 });
    const { id, final } = await testApp.film();
    expect(final?.durationSeconds).toBe(18);
    await expect(testApp.clock.run(testApp.service.restitch(id, 3.5, undefined, never))).rejects.toMatchObject({
      code: "input.invalid",
    });
    await testApp.clock.run(testApp.service.restitch(id, 3, undefined, never));
    expect((await testApp.settle(id)).final?.durationSeconds).toBe(12);
  });

  test("is not mentioned in the order of a film whose clips all came as ordered", async () => {
    for (const lengths of [{}, { 0: 6.5, 1: 5.5 }]) {
      const testApp = testAppOf(lengths);
      const { id } = await testApp.film();
      expect(stitchIn(await testApp.repository.facts(id))).not.toHaveProperty("keepSeconds");
      expect(testApp.asked[0]?.keepSeconds).toBeUndefined();
    }
  });
});

test("a clip that came shorter than ordered is not used", async () => {
  const testApp = testAppOf({ 1: 4 });
  const view = await testApp.film();
  expect([view.status, clipsBought(testApp)]).toEqual(["held", 3]);
  expect(view.message).toContain("the clip is 4.00 s long, ordered were 6 s");
});
