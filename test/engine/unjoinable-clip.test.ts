import { describe, expect, test } from "bun:test";
import { projectPage } from "../../src/cli/output/status-page.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import type { ClipCheck } from "../../src/ports/provider.ts";
import { createFakeMedia, fakeClipBytes } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

/** An app whose films cannot be joined with some clips, by scene and take, from 1: `2.1`. Every clip passed its check. */
function testAppOf(...bad: readonly string[]) {
  const takes = new Map<number, number>();
  const verdict = (scene: number): ClipCheck => {
    const take = (takes.get(scene) ?? 0) + 1;
    takes.set(scene, take);
    const bytes = fakeClipBytes({ durationSeconds: 6, label: `${scene + 1}.${take}` });
    return { kind: "ready", save: async (path) => void (await Bun.write(path, bytes)) };
  };
  const media = createFakeMedia();
  const joined: string[][] = [];
  const look = async (paths: readonly string[]): Promise<string[]> => {
    const files = await Promise.all(paths.map((path) => Bun.file(path).json()));
    const labels = files.map(({ label }) => String(label));
    const clip = labels.findIndex((label) => bad.includes(label));
    if (clip >= 0) throw new VidpipeError("media.invalid", '"a.mp4" has an odd moov', { facts: { clip } });
    return labels;
  };
  const picky: MediaTool = {
    ...media,
    async explain(request, signal) {
      await look(request.clips);
      return media.explain(request, signal);
    },
    async stitch(request, ...rest) {
      joined.push(await look(request.clips));
      return media.stitch(request, ...rest);
    },
  };
  return { ...createTestApp(createTestStores({ verdict }), { media: picky }), joined };
}
type App = ReturnType<typeof testAppOf>;

const resumed = async (
  { clock, service, settle }: App,
  id: ProjectId,
  options: Parameters<App["service"]["resume"]>[1],
) => {
  await clock.run(service.resume(id, options, never));
  return settle(id);
};
const clipsBought = ({ provider }: App): number => provider.bills.filter(({ what }) => what === "clip").length;

describe("a film that one clip cannot be joined with", () => {
  test("is tried once: the next try would be the same", async () => {
    const testApp = testAppOf("2.1");
    const { id } = await testApp.film();
    const { steps } = await testApp.repository.facts(id);
    expect(steps.at(-1)).toMatchObject({ kind: "stitch", attempts: 1, failure: { code: "media.invalid", clip: 1 } });
  });

  test("names its scene, and what can be done about it", async () => {
    const testApp = testAppOf("2.1");
    const view = await testApp.film();
    const { id, status, waits } = view;
    expect(status).toBe("failed");
    expect(waits).toMatchObject([
      {
        reason: "failed",
        message:
          'final film: the clip of scene 2 cannot be joined: "a.mp4" has an odd moov; leaving that clip out leaves out scene 2',
      },
    ]);
    expect(waits[0]?.ways.map(({ command, request }) => [command, request.path, request.body])).toEqual([
      [`vidpipe resume ${id}`, `/api/projects/${id}/resume`, {}],
      [`vidpipe resume ${id} --skip-blocked`, `/api/projects/${id}/resume`, { skip_blocked: true }],
      [`vidpipe retake ${id} --scene 2 --pick`, `/api/projects/${id}/retakes`, { scene: 1, piece: "clip" }],
      [`vidpipe cancel ${id}`, `/api/projects/${id}/cancel`, {}],
    ]);
    const page = projectPage(view, { isTerminal: false, columns: () => 80, isColored: false });
    expect(page).toContain(`  vidpipe resume ${id} --skip-blocked  # leave it out: free\n`);
    expect(page).toMatch(
      / {2}vidpipe retake \S+ --scene 2 --pick {2}# make another take of it, and use that: at most \$/,
    );
    expect(waits[0]?.ways[1]?.usd).toBe(0);
    expect(waits[0]?.ways[2]?.usd).toBeGreaterThan(0);
  });

  test("has no plan of its joins, and its scene is named", async () => {
    const testApp = testAppOf("2.1");
    const { id } = await testApp.film();
    await expect(testApp.clock.run(testApp.service.explainStitch(id, 0, undefined, never))).rejects.toMatchObject({
      code: "media.invalid",
      message: 'the clip of scene 2 cannot be joined: "a.mp4" has an odd moov',
    });
  });

  test("is joined without it when told to, and buys nothing", async () => {
    const testApp = testAppOf("2.1");
    const { id } = await testApp.film();
    const before = clipsBought(testApp);
    const film = await resumed(testApp, id, { skipBlocked: true });
    expect(film).toMatchObject({
      status: "complete",
      missingScenes: [1],
      message: "without scene 2, which was skipped",
    });
    expect([testApp.joined, clipsBought(testApp)]).toEqual([[["1.1", "3.1"]], before]);
    // However it is joined, it stays so.
    await testApp.clock.run(testApp.service.restitch(id, 1, undefined, never));
    expect(await testApp.settle(id)).toMatchObject({ status: "complete", missingScenes: [1] });
    expect(testApp.joined).toHaveLength(2);
  });

  test("may miss several, and never all", async () => {
    const testApp = testAppOf("1.1", "2.1", "3.1");
    const { id } = await testApp.film();
    await resumed(testApp, id, { skipBlocked: true });
    const last = await resumed(testApp, id, { skipBlocked: true });
    expect(last).toMatchObject({ status: "failed", missingScenes: [0, 1] });
    expect(last.waits[0]?.message).toBe('final film: the clip of scene 3 cannot be joined: "a.mp4" has an odd moov');
    expect(last.waits[0]?.ways.map(({ action }) => action)).toEqual(["try_again", "retake", "cancel"]);
    expect((await resumed(testApp, id, { skipBlocked: true })).status).toBe("failed");
  });

  test("is whole again with another take of it", async () => {
    for (const skips of [false, true]) {
      const testApp = testAppOf("2.1");
      const { id } = await testApp.film();
      if (skips) await resumed(testApp, id, { skipBlocked: true });
      await testApp.clock.run(testApp.editing.retake(id, { kind: "clip", position: 1, takes: 1 }));
      await testApp.settle(id);
      await testApp.clock.run(testApp.editing.pick(id, { kind: "clip", position: 1, take: 2 }));
      expect(await testApp.settle(id)).toMatchObject({ status: "complete", missingScenes: [] });
      expect(testApp.joined.at(-1)).toEqual(["1.1", "2.2", "3.1"]);
    }
  });

  test("tries it once more when what was left out is taken up, also where it is joined otherwise now", async () => {
    for (const crossfade of [0, 1]) {
      const bad = ["2.1"];
      const testApp = testAppOf(...bad);
      const { id } = await testApp.film();
      await resumed(testApp, id, { skipBlocked: true });
      if (crossfade > 0) await testApp.clock.run(testApp.service.restitch(id, crossfade, undefined, never));
      await testApp.settle(id);
      const again = await resumed(testApp, id, { retrySkipped: true });
      expect(again).toMatchObject({ status: "failed", missingScenes: [] });
      expect(again.waits[0]?.message).toContain("the clip of scene 2 cannot be joined");
    }
  });
});
