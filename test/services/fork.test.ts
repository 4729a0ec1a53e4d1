import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ProjectId } from "../../src/domain/ids.ts";
import { never } from "../support/never.ts";
import { sized } from "../support/size.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

async function finished(scenes: number): Promise<{ testApp: TestApp; id: ProjectId; bills: () => string[] }> {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat at night.", scenes);
  const before = testApp.provider.bills.length;
  return { testApp, id, bills: () => testApp.provider.bills.slice(before).map(({ what }) => what) };
}

/** What was made; the answers that it was made of stay with the paid calls. */
const filesOf = async ({ repository }: TestApp, id: ProjectId) =>
  (await repository.facts(id)).artifacts
    .filter(({ role }) => role !== "answer")
    .map(({ role, position, sha256, bytes }) => [role, position, sha256, bytes]);

const toMake = async ({ editing }: TestApp, id: ProjectId) =>
  (await editing.forecast(id)).lines.filter((l) => l.toMake).map(({ kind, position }) => `${kind} ${position}`);

describe("a fork", () => {
  test("has the same film, its own files and an empty ledger, and buys nothing", async () => {
    const { testApp, id, bills } = await finished(3);
    const former = await testApp.repository.facts(id);
    const fork = await testApp.transfer.fork(id, {}, never);
    expect([fork.status, fork.revision, fork.spend]).toEqual([
      "complete",
      0,
      { reservedUsd: 0, spentUsd: 0, unknownUsd: 0 },
    ]);
    expect(await filesOf(testApp, fork.id)).toEqual(await filesOf(testApp, id));
    const { artifacts } = await testApp.repository.facts(fork.id);
    expect(artifacts.every(({ key }) => key.startsWith(`${fork.id}/`))).toBe(true);
    expect(await testApp.repository.facts(id)).toEqual(former);
    await testApp.artifacts.discard(id);
    for (const artifact of artifacts) expect(await testApp.artifacts.intact(artifact)).toBe(true);
    expect(
      (await testApp.repository.events(fork.id, 0, 10)).map(({ seq, data }) => [seq, data.edit ?? data.status]),
    ).toEqual([
      [1, `forked from ${id}`],
      [2, "complete"],
    ]);
    expect(bills()).toEqual([]);
  });

  test("in another style keeps the scenes and waits in review with its price", async () => {
    const { testApp, id, bills } = await finished(3);
    const source = await testApp.service.get(id);
    const fork = await testApp.transfer.fork(id, { style: "  watercolor " }, never);
    expect([fork.status, fork.request.style]).toEqual(["review", "watercolor"]);
    expect(fork.storyboard?.styleGuide).toEqual({
      visualStyle: "watercolor",
      colorPalette: "grey",
      cameraStyle: "still",
    });
    expect(fork.storyboard?.scenes).toEqual(source.storyboard?.scenes ?? []);
    await testApp.settle(fork.id);
    expect(bills()).toEqual([]);
    expect((await testApp.editing.forecast(fork.id)).totalUsd).toBeCloseTo(4 * 0.1 + 3, 9);
    await testApp.clock.run(testApp.service.resume(fork.id, {}, never));
    expect((await testApp.settle(fork.id)).status).toBe("complete");
    expect([bills().length, bills().filter((what) => what === "clip").length]).toEqual([7, 3]);
    expect((await testApp.service.get(id)).final?.key).toBe(source.final?.key ?? "none");
  });

  test("of a film half made has what was finished, and the rest waits", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 2 }, { until: "keyframes" }, never),
    );
    await testApp.settle(id);
    await testApp.service.cancel(id).catch(() => undefined);
    const fork = await testApp.transfer.fork(id, {}, never);
    expect(fork.status).toBe("review");
    expect(await toMake(testApp, fork.id)).toEqual(["clip 0", "clip 1", "stitch 0"]);
    const bought = testApp.provider.bills.length;
    await testApp.clock.run(testApp.service.resume(fork.id, {}, never));
    expect((await testApp.settle(fork.id)).status).toBe("complete");
    expect(testApp.provider.bills.length - bought).toBe(2);
  });

  test("without its film joins the clips again, free", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 2 }, { until: "clips" }, never),
    );
    await testApp.settle(id);
    const bought = testApp.provider.bills.length;
    const fork = await testApp.clock.run(testApp.transfer.fork(id, {}, never));
    expect((await testApp.settle(fork.id)).status).toBe("complete");
    expect(testApp.provider.bills).toHaveLength(bought);
  });

  test.each([{}, { style: "watercolor" }])(
    "with %j has the references, and a still is drawn after them",
    async (options) => {
      const testApp = createTestApp(createTestStores({ references: 3 }));
      const input = { prompt: "A cat.", sceneCount: 1 };
      const bytes = Uint8Array.from([0xff, 0xd8, 0xff, 7]);
      const references = [{ name: null, bytes, from: "hero.jpg" }];
      const { id } = await testApp.clock.run(testApp.service.create(input, { references, until: "keyframes" }, never));
      await testApp.settle(id);
      // Brought later, they belong to the same first step.
      await testApp.editing.setReferences(id, [...references, { name: "Mika", bytes, from: "mika.jpg" }], never);
      const fork = await testApp.transfer.fork(id, options, never);
      const cast = await testApp.editing.cast(fork.id);
      expect(cast.references.map(({ name }) => name)).toEqual([null, "Mika"]);
      expect(cast.pictures.map(({ projectId, sha256 }) => [projectId, sha256])).toEqual(
        (await testApp.editing.cast(id)).pictures.map(({ sha256 }) => [fork.id, sha256]),
      );
      expect(await toMake(testApp, fork.id)).toEqual(
        "style" in options ? ["keyframe 0", "keyframe 1", "clip 0", "stitch 0"] : ["clip 0", "stitch 0"],
      );
      await testApp.clock.run(testApp.service.resume(fork.id, {}, never));
      expect((await testApp.settle(fork.id)).status).toBe("complete");
      const takes = await testApp.editing.takes(fork.id);
      for (const { step, selected } of takes)
        if (step.order.kind === "keyframe" && selected) expect(step.order.references).toHaveLength(1);
    },
  );

  test("of references before anything is finished is refused", async () => {
    const testApp = createTestApp(createTestStores({ references: 3 }));
    const references = [{ name: null, bytes: Uint8Array.from([0xff, 0xd8, 0xff, 7]), from: "hero.jpg" }];
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 1 }, { references }, never),
    );
    await expect(testApp.transfer.fork(id, {}, never)).rejects.toMatchObject({ code: "project.conflict" });
    await testApp.settle(id);
  });

  test("with a file that rotted is refused and leaves nothing", async () => {
    const { testApp, id } = await finished(1);
    const artifact = (await testApp.repository.facts(id)).artifacts.find(({ role }) => role === "keyframe");
    await Bun.write(testApp.artifacts.pathOf(artifact?.key ?? ""), "rotten");
    await expect(testApp.transfer.fork(id, {}, never)).rejects.toMatchObject({ code: "input.invalid" });
    expect(await testApp.repository.list({})).toHaveLength(1);
  });

  test.each(["", "x".repeat(201), "bell\u0007"])("in the style %j is refused", async (style) => {
    const { testApp, id } = await finished(1);
    await expect(testApp.transfer.fork(id, { style }, never)).rejects.toMatchObject({ code: "input.invalid" });
  });
});

test("after any edits, retakes and picks a fork of the finished film needs nothing", async () => {
  const deed = fc.record({
    kind: fc.constantFrom("edit", "patch", "retake", "pick"),
    scene: fc.nat(2),
    still: fc.boolean(),
    take: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 5 }), async (deeds) => {
      const { testApp, id } = await finished(3);
      for (const { kind, scene, still, take } of deeds) {
        const place = { kind: still ? "keyframe" : "clip", position: scene } as const;
        const { storyboard } = await testApp.service.get(id);
        if (storyboard === null) throw new Error("no storyboard");
        const scenes = storyboard.scenes.map((s) =>
          s.sceneIndex === scene ? { ...s, motionPrompt: `way ${take}` } : s,
        );
        const doing = {
          edit: () =>
            testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }, never),
          patch: () =>
            testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: true }, never),
          retake: () => testApp.editing.retake(id, { ...place, takes: 1 }),
          pick: () => testApp.editing.pick(id, { ...place, take }),
        }[kind];
        await testApp.clock.run(doing().catch(() => undefined));
        if ((await testApp.settle(id)).status === "review")
          await testApp.clock.run(testApp.service.resume(id, {}, never));
        await testApp.settle(id);
      }
      const source = await testApp.service.get(id);
      expect(source.status).toBe("complete");
      const bought = testApp.provider.bills.length;
      const fork = await testApp.clock.run(testApp.transfer.fork(id, {}, never));
      const { totalUsd } = await testApp.editing.forecast(fork.id);
      expect([totalUsd, (await toMake(testApp, fork.id)).filter((what) => what !== "stitch 0")]).toEqual([0, []]);
      const view = await testApp.settle(fork.id);
      expect([view.status, view.final?.bytes]).toEqual(["complete", source.final?.bytes]);
      expect(view.scenes.map(({ clip }) => clip.key?.slice(37))).toEqual(
        source.scenes.map(({ clip }) => clip.key?.slice(37)),
      );
      expect(testApp.provider.bills).toHaveLength(bought);
    }),
    { numRuns: sized(15, 80) },
  );
}, 0);
