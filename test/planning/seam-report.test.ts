import { describe, expect, test } from "bun:test";
import { projectPage } from "../../src/cli/output/status-page.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { Shown } from "../../src/ports/media.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

/** Which clip or still a file is: `clip-02`. */
const nameOf = ({ path }: Shown): string => /(clip|keyframe)-\d+/.exec(path)?.[0] ?? "unknown";

/** Scores by what is compared, e.g. "clip-02 last, keyframe-02 still"; 0.9 for the rest. */
function testAppOf(scores: Readonly<Record<string, number>> = {}): TestApp {
  const similarity = (one: Shown, other: Shown) =>
    scores[`${nameOf(one)} ${one.frame}, ${nameOf(other)} ${other.frame}`];
  return createTestApp(createTestStores(), { media: createFakeMedia({ similarity }) });
}

const rows = ({ seams }: ProjectView) =>
  seams.map(({ position, before, after, between, bad }) => [position, before, after, between, bad]);

describe("seams", () => {
  test("compare each clip's ends with its stills, and neighbours with each other", async () => {
    const view = await testAppOf({
      "clip-01 first, keyframe-00 still": 0.99,
      "clip-02 last, keyframe-02 still": 0.71,
      "clip-02 last, clip-03 first": 0.6,
    }).film();
    expect(rows(view)).toEqual([
      [0, null, 0.99, null, false],
      [1, 0.9, 0.9, 0.9, false],
      [2, 0.71, 0.9, 0.6, false],
      [3, 0.9, null, null, false],
    ]);
  });

  test("below the threshold are marked with what makes the worse clip again", async () => {
    const view = await testAppOf({
      "clip-01 first, keyframe-00 still": 0.1,
      "clip-02 last, keyframe-02 still": 0.2,
      "clip-03 last, keyframe-03 still": 0.3,
    }).film();
    expect(view.seams.map(({ position, bad, next }) => (bad ? [position, next] : []))).toEqual([
      [0, `vidpipe retake ${view.id} --scene 1 --clip`],
      [],
      [2, `vidpipe retake ${view.id} --scene 2 --clip`],
      [3, `vidpipe retake ${view.id} --scene 3 --clip`],
    ]);
    const page = projectPage(view, { isTerminal: false, columns: () => 80, isColored: false });
    expect(page.match(/make it again with: .*/g)).toHaveLength(3);
    expect(page).toContain("scene 2 to 3   0.20  before 0.20  after 0.90  between 0.90  poor");
    expect(page).not.toContain("scene 1 to 2");
    expect(projectPage(view, { isTerminal: false, columns: () => 80, isColored: false }, true)).toContain(
      "scene 1 to 2   0.90",
    );
  });

  test("are there before the clips are joined, without the comparison of neighbours", async () => {
    const testApp = testAppOf();
    const input = { prompt: "A cat.", sceneCount: 2 };
    const { id } = await testApp.clock.run(testApp.service.create(input, { until: "clips" }, never));
    const view = await testApp.settle(id);
    expect(view.status).toBe("review");
    expect(rows(view)[1]).toEqual([1, 0.9, 0.9, null, false]);
  });

  test("of a scene that is missing are not measured", async () => {
    const testApp = createTestApp(
      createTestStores({
        verdict: (scene) => (scene === 1 ? { kind: "refused", reason: "no", charged: true } : undefined),
      }),
      { policy: { onRefused: "skip" } },
    );
    expect(rows(await testApp.film())).toEqual([
      [0, null, 0.9, null, false],
      [1, 0.9, null, null, false],
      [2, null, 0.9, null, false],
      [3, 0.9, null, null, false],
    ]);
  });

  test("that cannot be compared stop no film", async () => {
    const media = createFakeMedia({
      before: (call) => {
        if (call === "similarity") throw new VidpipeError("media.ffmpeg_failed", "ffmpeg ended with 1");
      },
    });
    const view = await createTestApp(createTestStores(), { media }).film();
    expect([view.status, view.seams]).toEqual(["complete", []]);
  });
});
