import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ProjectId } from "../../src/domain/ids.ts";
import { type House, layGround, openHouse } from "../support/house.ts";
import { sized } from "../support/size.ts";

async function finished(scenes: number): Promise<{ house: House; id: ProjectId; bills: () => string[] }> {
  const house = openHouse(layGround());
  const { id } = await house.film("A cat at night.", scenes);
  const before = house.provider.bills.length;
  return { house, id, bills: () => house.provider.bills.slice(before).map(({ what }) => what) };
}

const filesOf = async ({ repository }: House, id: ProjectId) =>
  (await repository.facts(id)).artifacts.map(({ role, position, sha256, bytes }) => [role, position, sha256, bytes]);

const toMake = async ({ director }: House, id: ProjectId) =>
  (await director.forecast(id)).lines.filter((l) => l.toMake).map(({ kind, position }) => `${kind} ${position}`);

describe("a fork", () => {
  test("has the same film, its own files and an empty ledger, and buys nothing", async () => {
    const { house, id, bills } = await finished(3);
    const former = await house.repository.facts(id);
    const fork = await house.archivist.fork(id, {});
    expect([fork.status, fork.revision, fork.spend]).toEqual([
      "complete",
      0,
      { reservedUsd: 0, spentUsd: 0, unknownUsd: 0 },
    ]);
    expect(await filesOf(house, fork.id)).toEqual(await filesOf(house, id));
    const { artifacts } = await house.repository.facts(fork.id);
    expect(artifacts.every(({ key }) => key.startsWith(`${fork.id}/`))).toBe(true);
    expect(await house.repository.facts(id)).toEqual(former);
    await house.artifacts.discard(id);
    for (const artifact of artifacts) expect(await house.artifacts.intact(artifact)).toBe(true);
    expect(
      (await house.repository.events(fork.id, 0, 10)).map(({ seq, data }) => [seq, data.edit ?? data.status]),
    ).toEqual([
      [1, `forked from ${id}`],
      [2, "complete"],
    ]);
    expect(bills()).toEqual([]);
  });

  test("in another style keeps the scenes and waits in review with its price", async () => {
    const { house, id, bills } = await finished(3);
    const source = await house.service.get(id);
    const fork = await house.archivist.fork(id, { style: "  watercolor " });
    expect([fork.status, fork.request.style]).toEqual(["review", "watercolor"]);
    expect(fork.storyboard?.styleGuide).toEqual({
      visualStyle: "watercolor",
      colorPalette: "grey",
      cameraStyle: "still",
    });
    expect(fork.storyboard?.scenes).toEqual(source.storyboard?.scenes ?? []);
    await house.settle(fork.id);
    expect(bills()).toEqual([]);
    expect((await house.director.forecast(fork.id)).totalUsd).toBeCloseTo(4 * 0.1 + 3, 9);
    await house.clock.run(house.service.resume(fork.id));
    expect((await house.settle(fork.id)).status).toBe("complete");
    expect([bills().length, bills().filter((what) => what === "clip").length]).toEqual([7, 3]);
    expect((await house.service.get(id)).final?.key).toBe(source.final?.key ?? "none");
  });

  test("of a film half made has what was finished, and the rest waits", async () => {
    const house = openHouse(layGround());
    const { id } = await house.clock.run(
      house.service.create({ prompt: "A cat.", sceneCount: 2 }, { until: "keyframes" }),
    );
    await house.settle(id);
    await house.service.cancel(id).catch(() => undefined);
    const fork = await house.archivist.fork(id, {});
    expect(fork.status).toBe("review");
    expect(await toMake(house, fork.id)).toEqual(["clip 0", "clip 1", "stitch 0"]);
    const bought = house.provider.bills.length;
    await house.clock.run(house.service.resume(fork.id));
    expect((await house.settle(fork.id)).status).toBe("complete");
    expect(house.provider.bills.length - bought).toBe(2);
  });

  test("without its film joins the clips again, free", async () => {
    const house = openHouse(layGround());
    const { id } = await house.clock.run(house.service.create({ prompt: "A cat.", sceneCount: 2 }, { until: "clips" }));
    await house.settle(id);
    const bought = house.provider.bills.length;
    const fork = await house.clock.run(house.archivist.fork(id, {}));
    expect((await house.settle(fork.id)).status).toBe("complete");
    expect(house.provider.bills).toHaveLength(bought);
  });

  test.each([{}, { style: "watercolor" }])(
    "with %j has the references, and a still is drawn after them",
    async (options) => {
      const house = openHouse(layGround({ references: 3 }));
      const input = { prompt: "A cat.", sceneCount: 1 };
      const bytes = Uint8Array.from([0xff, 0xd8, 0xff, 7]);
      const references = [{ name: null, bytes, from: "hero.jpg" }];
      const { id } = await house.clock.run(house.service.create(input, { references, until: "keyframes" }));
      await house.settle(id);
      // Brought later, they belong to the same first step.
      await house.director.refer(id, [...references, { name: "Mika", bytes, from: "mika.jpg" }]);
      const fork = await house.archivist.fork(id, options);
      const cast = await house.director.cast(fork.id);
      expect(cast.references.map(({ name }) => name)).toEqual([null, "Mika"]);
      expect(cast.pictures.map(({ projectId, sha256 }) => [projectId, sha256])).toEqual(
        (await house.director.cast(id)).pictures.map(({ sha256 }) => [fork.id, sha256]),
      );
      expect(await toMake(house, fork.id)).toEqual(
        "style" in options ? ["keyframe 0", "keyframe 1", "clip 0", "stitch 0"] : ["clip 0", "stitch 0"],
      );
      await house.clock.run(house.service.resume(fork.id));
      expect((await house.settle(fork.id)).status).toBe("complete");
      const takes = await house.director.takes(fork.id);
      for (const { step, selected } of takes)
        if (step.order.kind === "keyframe" && selected) expect(step.order.references).toHaveLength(1);
    },
  );

  test("of references before anything is finished is refused", async () => {
    const house = openHouse(layGround({ references: 3 }));
    const references = [{ name: null, bytes: Uint8Array.from([0xff, 0xd8, 0xff, 7]), from: "hero.jpg" }];
    const { id } = await house.clock.run(house.service.create({ prompt: "A cat.", sceneCount: 1 }, { references }));
    await expect(house.archivist.fork(id, {})).rejects.toMatchObject({ code: "project.conflict" });
    await house.settle(id);
  });

  test("with a file that rotted is refused and leaves nothing", async () => {
    const { house, id } = await finished(1);
    const [artifact] = (await house.repository.facts(id)).artifacts;
    await Bun.write(house.artifacts.pathOf(artifact?.key ?? ""), "rotten");
    await expect(house.archivist.fork(id, {})).rejects.toMatchObject({ code: "input.invalid" });
    expect(await house.repository.list({})).toHaveLength(1);
  });

  test.each(["", "x".repeat(201), "bell\u0007"])("in the style %j is refused", async (style) => {
    const { house, id } = await finished(1);
    await expect(house.archivist.fork(id, { style })).rejects.toMatchObject({ code: "input.invalid" });
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
      const { house, id } = await finished(3);
      for (const { kind, scene, still, take } of deeds) {
        const place = { kind: still ? "keyframe" : "clip", position: scene } as const;
        const { storyboard } = await house.service.get(id);
        if (storyboard === null) throw new Error("no storyboard");
        const scenes = storyboard.scenes.map((s) =>
          s.sceneIndex === scene ? { ...s, motionPrompt: `way ${take}` } : s,
        );
        const doing = {
          edit: () => house.director.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }),
          patch: () => house.director.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: true }),
          retake: () => house.director.retake(id, { ...place, takes: 1 }),
          pick: () => house.director.pick(id, { ...place, take }),
        }[kind];
        await house.clock.run(doing().catch(() => undefined));
        if ((await house.settle(id)).status === "review") await house.clock.run(house.service.resume(id));
        await house.settle(id);
      }
      const source = await house.service.get(id);
      expect(source.status).toBe("complete");
      const bought = house.provider.bills.length;
      const fork = await house.clock.run(house.archivist.fork(id, {}));
      const { totalUsd } = await house.director.forecast(fork.id);
      expect([totalUsd, (await toMake(house, fork.id)).filter((what) => what !== "stitch 0")]).toEqual([0, []]);
      const view = await house.settle(fork.id);
      expect([view.status, view.final?.bytes]).toEqual(["complete", source.final?.bytes]);
      expect(view.scenes.map(({ clip }) => clip.key?.slice(37))).toEqual(
        source.scenes.map(({ clip }) => clip.key?.slice(37)),
      );
      expect(house.provider.bills).toHaveLength(bought);
    }),
    { numRuns: sized(15, 80) },
  );
}, 0);
