import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { asVidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { Storyboard } from "../../src/domain/storyboard.ts";
import type { ClipInput } from "../../src/editing/user-clips.ts";
import type { CreateOptions } from "../../src/services/create-project.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { storyboardOf } from "../support/scripted-provider.ts";
import { sized } from "../support/size.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";

const folder = await mkdtemp(join(tmpdir(), "own-clips-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A clip file of the user's, told apart by its name. */
async function shot(scene: number, name = `shot-${scene}`, seconds = 3): Promise<ClipInput> {
  const path = join(folder, `${name}.mp4`);
  await Bun.write(path, fakeClipBytes({ durationSeconds: seconds, label: name }));
  return { scene, clip: { path, from: `${name}.mp4`, inSeconds: null, outSeconds: null } };
}

const boardOf = (scenes: number): Storyboard => storyboardOf({ prompt: "A film" }, scenes);
const bought = ({ provider }: TestApp) => provider.bills.map(({ what }) => what).toSorted();

async function film(scenes: number, options: CreateOptions = {}, crossfadeSeconds = 0) {
  const testApp = createTestApp(createTestStores());
  const input = { prompt: "A film", crossfadeSeconds };
  const create = { storyboard: boardOf(scenes), ...options };
  const { totalUsd, mostUsd } = testApp.service.estimate(input, create).price;
  const { id } = await testApp.clock.run(testApp.service.create(input, create, never));
  return { testApp, id, view: await testApp.settle(id), quoted: { totalUsd, mostUsd } };
}

/** What each scene shows: the labels of the clips that the film was joined from. */
async function shown({ service }: TestApp, id: ProjectId): Promise<string> {
  const { final } = await service.get(id);
  return (await Bun.file(final?.path ?? "").json()).label;
}

const put = (testApp: TestApp, id: ProjectId, clip: ClipInput) => testApp.editing.setFile(id, clip, never);

const toMake = async ({ editing }: TestApp, id: ProjectId) =>
  (await editing.forecast(id)).lines.filter((line) => line.toMake).map(({ kind, position }) => `${kind} ${position}`);

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);

describe("a film with clips of the user's own", () => {
  test("buys only the rest, as it was quoted, and takes the neighbours' stills from them", async () => {
    const clips = [await shot(1), await shot(2)];
    const { testApp, id, view, quoted } = await film(4, { clips });
    expect(view).toMatchObject({ status: "complete", message: null });
    // Keyframes 1 and 5 are drawn, 2 and 4 are frames of the clips, 3 is between the two.
    expect(bought(testApp)).toEqual(["clip", "clip", "keyframe", "keyframe"]);
    expect(view.spend.spentUsd).toBe(quoted.totalUsd);
    expect(view.stages.map(({ kind, done, total }) => [kind, done, total])).toEqual([
      ["storyboard", 1, 1],
      ["keyframe", 4, 4],
      ["clip", 4, 4],
      ["stitch", 1, 1],
    ]);
    const takes = await testApp.editing.takes(id);
    const filmed = takes
      .toSorted((a, b) => a.step.position - b.step.position)
      .flatMap(({ step }) => (step.order.kind === "clip" && !step.order.own ? [step.order] : []));
    const stillAt = (position: number) =>
      takes.find(({ step, selected }) => step.kind === "keyframe" && step.position === position && selected)?.artifact
        ?.id;
    expect(filmed.map(({ start, end }): unknown[] => [start.id, end.id])).toEqual([
      [stillAt(0), stillAt(1)],
      [stillAt(3), stillAt(4)],
    ]);
    expect(view.scenes.map(({ clip, start, end }) => [clip.own, start.own, end.own])).toEqual([
      [false, false, true],
      [true, true, true],
      [true, true, true],
      [false, true, false],
    ]);
    const [first, last] = [view.scenes[1]?.end.key ?? "", view.scenes[2]?.start.key ?? ""];
    expect(await Bun.file(testApp.artifacts.pathOf(first)).text()).toStartWith("last frame of");
    expect(await Bun.file(testApp.artifacts.pathOf(last)).text()).toStartWith("first frame of");
    expect(view.final?.durationSeconds).toBe(6 + 3 + 3 + 6);
    expect(
      takes.filter(({ step }) => step.kind === "clip" && step.order.kind === "clip" && step.order.own),
    ).toMatchObject([
      { usd: 0, selected: true },
      { usd: 0, selected: true },
    ]);
    expect((await testApp.editing.forecast(id)).totalUsd).toBe(0);
    // How the film looks is for the others to say.
    expect(takes.find(({ step }) => step.kind === "stitch")?.step.order).toMatchObject({ ownClips: [1, 2] });
  });

  test("of nothing else buys nothing at all", async () => {
    const { testApp, view, quoted, id } = await film(2, { clips: [await shot(0), await shot(1)] });
    expect([view.status, view.final?.durationSeconds, quoted.mostUsd]).toEqual(["complete", 6, 0]);
    expect(bought(testApp)).toEqual([]);
    expect(await shown(testApp, id)).toBe("shot-0+shot-1");
    expect(view.seams).toEqual([]);
    const joined = (await testApp.editing.takes(id)).find(({ step }) => step.kind === "stitch")?.step;
    expect(joined?.order).toMatchObject({ own: true });
  });

  test("is looked at as an animatic of its stills and the clips' frames, priced without the clips", async () => {
    const { testApp, view, id } = await film(3, { clips: [await shot(1)], until: "animatic" });
    expect([view.status, view.animatic === null]).toEqual(["review", false]);
    const step = (await testApp.editing.takes(id)).find(({ step: { kind } }) => kind === "animatic")?.step;
    expect(step?.result).toMatchObject({ report: { clipsUsd: 2 } });
    expect(step?.order).toMatchObject({ shots: [{ durationSeconds: 6 }, { durationSeconds: 3, own: true }, {}] });
  });

  test("uses the user's own keyframe rather than a frame of the clip", async () => {
    const picture = { bytes: new TextEncoder().encode("\x89PNG\r\n\x1a\n, mine"), from: "mine.png" };
    const png = { ...picture, bytes: Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]) };
    const { testApp, view } = await film(2, { clips: [await shot(1)], stills: [{ still: 1, picture: png }] });
    expect(await Bun.file(testApp.artifacts.pathOf(view.scenes[0]?.end.key ?? "")).bytes()).toEqual(png.bytes);
    expect(bought(testApp)).toEqual(["clip", "keyframe"]);
  });

  test("leaves out no frame between two clips that share no still", async () => {
    const stores = createTestStores();
    const testApp = createTestApp(stores, { boundaryFrame: "drop" });
    const clips = [await shot(1), await shot(2)];
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A film" }, { storyboard: boardOf(3), clips }, never),
    );
    const view = await testApp.settle(id);
    expect(view.final?.report).toMatchObject({ droppedAfter: [0] });
  });

  test("is refused where a transition is longer than half of a clip, and nothing stays", async () => {
    const testApp = createTestApp(createTestStores());
    const create = { storyboard: boardOf(2), clips: [await shot(0, "short", 0.5)] };
    const input = { prompt: "A film", crossfadeSeconds: 0.5 };
    await expect(testApp.clock.run(testApp.service.create(input, create, never))).rejects.toThrow(
      "the clip of scene 1 lasts 0.5 s, and a crossfade of 0.5 s is longer than half of it: give a longer part, or a crossfade of 0.25 s at most",
    );
    expect(await testApp.artifacts.files()).toEqual([]);
  });

  test("needs a storyboard that has the scene", async () => {
    const testApp = createTestApp(createTestStores());
    const clips = [await shot(2)];
    for (const options of [{ clips }, { clips, storyboard: boardOf(2) }])
      await expect(testApp.service.create({ prompt: "A film" }, options, never)).rejects.toThrow("no scene 3");
  });
});

describe("an own clip for a scene of a finished film", () => {
  test("takes its place for nothing: neighbours and stills stay, and the film is joined again", async () => {
    const { testApp, id } = await film(3);
    const before = bought(testApp).length;
    const drawn = (await testApp.service.get(id)).scenes;
    const view = await put(testApp, id, await shot(1));
    expect([view.status, view.revision]).toEqual(["stitching", 1]);
    const after = await testApp.settle(id);
    expect([after.status, bought(testApp).length]).toEqual(["complete", before]);
    expect(await shown(testApp, id)).toContain("+shot-1+");
    expect([after.scenes[0], after.scenes[2]]).toEqual([drawn[0], drawn[2]]);
    expect((await testApp.editing.history(id)).at(-1)?.note).toBe("clip of scene 2: your own");
  });

  test("stays through new words and another place, and comes and goes with picks and revisions", async () => {
    const { testApp, id } = await film(3);
    const before = bought(testApp).length;
    await put(testApp, id, await shot(1));
    const { scenes } = boardOf(3);
    const moved = [scenes[1], scenes[0], scenes[2]].flatMap((scene, sceneIndex) =>
      scene === undefined ? [] : { ...scene, sceneIndex },
    );
    const edit = { storyboard: { ...boardOf(3), scenes: moved }, patch: false };
    expect((await testApp.editing.editStoryboard(id, edit, never)).scenes.map(({ clip }) => clip.own)).toEqual([
      true,
      false,
      false,
    ]);
    const words = boardOf(3).scenes.map((scene) => ({ ...scene, description: `${scene.description} again` }));
    await testApp.editing.revert(id, 1);
    const reworded = { storyboard: { ...boardOf(3), scenes: words }, patch: false };
    expect((await testApp.editing.editStoryboard(id, reworded, never)).scenes[1]?.clip.own).toBe(true);
    await testApp.editing.revert(id, 0);
    await testApp.settle(id);
    expect(await shown(testApp, id)).not.toContain("shot-1");
    await testApp.editing.revert(id, 1);
    await testApp.editing.pick(id, { kind: "clip", position: 1, take: 1 });
    await testApp.settle(id);
    expect(await shown(testApp, id)).not.toContain("shot-1");
    await testApp.editing.pick(id, { kind: "clip", position: 1, take: 2 });
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(await shown(testApp, id)).toContain("shot-1");
    expect(bought(testApp)).toHaveLength(before);
  });

  test("that was given before is taken up again, and is one file", async () => {
    const { testApp, id } = await film(2);
    await put(testApp, id, await shot(1));
    const takes = await testApp.editing.takes(id);
    expect((await put(testApp, id, await shot(1))).revision).toBe(1);
    await put(testApp, id, await shot(1, "other"));
    expect((await put(testApp, id, await shot(1))).revision).toBe(3);
    expect((await testApp.editing.takes(id)).filter(({ step }) => step.kind !== "stitch")).toHaveLength(
      takes.filter(({ step }) => step.kind !== "stitch").length + 3,
    );
  });

  test("comes with an edited storyboard as one revision, foretold", async () => {
    const { testApp, id } = await film(2);
    const edit = { storyboard: boardOf(2), patch: false, clips: [await shot(0)] };
    const foretold = await testApp.editing.forecastEdit(id, edit, never);
    expect(foretold.totalUsd).toBe(0);
    const view = await testApp.editing.editStoryboard(id, edit, never);
    expect([view.revision, view.scenes[0]?.clip.own]).toEqual([1, true]);
    expect((await testApp.editing.editStoryboard(id, edit, never)).revision).toBe(1);
    await testApp.settle(id);
  });
});

describe("an own clip while the film is being made", () => {
  test.each([1, 5, 20, 60, 120])("after %s s: what is under way is kept, nothing is bought for it", async (seconds) => {
    const testApp = createTestApp(createTestStores({ keyframeMs: 7_000, clipMs: 50_000 }));
    const create = { storyboard: boardOf(3) };
    const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A film" }, create, never));
    await testApp.clock.run(testApp.clock.sleep(seconds * 1_000, never));
    await put(testApp, id, await shot(1));
    const first = await testApp.settle(id);
    if (first.status === "review") await testApp.clock.run(testApp.service.resume(id, {}, never));
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(await shown(testApp, id)).toContain("+shot-1+");
    const bills = bought(testApp);
    const clips = bills.filter((what) => what === "clip").length;
    // The scene's own clip may have been on its way.
    expect(clips).toBeLessThanOrEqual(3);
    expect(clips).toBeGreaterThanOrEqual(2);
    expect(bills.length - clips).toBeLessThanOrEqual(4);
    const takes = await testApp.editing.takes(id);
    expect(takes.filter(({ step }) => !["done", "cancelled"].includes(step.status))).toEqual([]);
  });
});

describe("a scene that is the user's own clip", () => {
  test("is filmed after all by a retake: one clip between what is there, and used once it is picked", async () => {
    const { testApp, id } = await film(3, { clips: [await shot(1)] });
    const before = bought(testApp).length;
    await testApp.clock.run(testApp.editing.retake(id, { kind: "clip", position: 1, takes: 1 }));
    await testApp.settle(id);
    expect(bought(testApp)).toHaveLength(before + 1);
    expect(await shown(testApp, id)).toContain("shot-1");
    await testApp.editing.pick(id, { kind: "clip", position: 1, take: 2 });
    const view = await testApp.settle(id);
    expect([view.status, view.scenes[1]?.clip.own]).toEqual(["complete", false]);
    expect(await shown(testApp, id)).not.toContain("shot-1");
    await testApp.editing.pick(id, { kind: "clip", position: 1, take: 1 });
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(bought(testApp)).toHaveLength(before + 1);
  });

  test("between two others asks for no keyframe, and says so", async () => {
    const { testApp, id } = await film(2, { clips: [await shot(0), await shot(1)] });
    await expect(testApp.editing.retake(id, { kind: "keyframe", position: 1, takes: 1 })).rejects.toThrow(
      "the film needs no keyframe 2: the clips beside it are your own",
    );
  });

  test("is forked, exported and imported with its film", async () => {
    const { testApp, id } = await film(2, { clips: [await shot(1)] });
    const before = bought(testApp).length;
    const fork = await testApp.transfer.fork(id, {}, never);
    const view = await testApp.settle(fork.id);
    expect([view.status, view.scenes[1]?.clip.own, bought(testApp).length]).toEqual(["complete", true, before]);

    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
    await testApp.editing.setFile(id, { still: 0, picture: { bytes: png, from: "mine.png" } }, never);
    const path = join(folder, "film.vidpipe");
    await testApp.transfer.exportBundle(id, path, never);
    const other = createTestApp(createTestStores());
    const imported = await other.transfer.importBundle(path, never);
    const [there, here] = [await other.service.get(imported.id), await testApp.service.get(id)];
    expect(there.scenes.map(({ start, end, clip }) => [start, end, clip])).toEqual(
      here.scenes.map(({ start, end, clip }) => [start, end, clip]),
    );
    expect([there.scenes[0]?.start.own, there.scenes[1]?.clip.own]).toEqual([true, true]);
    expect((await testApp.editing.takes(id)).length).toBe((await other.editing.takes(imported.id)).length);
  });

  test("of another length changes what the neighbours buy only where they were made from its frames", async () => {
    const { testApp, id } = await film(2, { clips: [await shot(1)], until: "keyframes" });
    await put(testApp, id, await shot(1, "other"));
    expect(await toMake(testApp, id)).toEqual(["clip 0", "stitch 0"]);
    const { scenes } = await testApp.service.get(id);
    expect(await Bun.file(testApp.artifacts.pathOf(scenes[0]?.end.key ?? "")).text()).toContain("other");
    await testApp.clock.run(testApp.service.resume(id, { until: "film" }, never));
    await testApp.settle(id);
    await put(testApp, id, await shot(1));
    expect(await toMake(testApp, id)).toEqual(["stitch 0"]);
  });
});

describe("what is no clip of a scene", () => {
  test("is refused by the name that the user gave it, and changes nothing", async () => {
    const { testApp, id } = await film(2);
    const path = join(folder, "page.html");
    await Bun.write(path, "<!doctype html>");
    const clip = (part: Partial<ClipInput["clip"]>): ClipInput => ({
      scene: 0,
      clip: { path, from: "--file page.html", inSeconds: null, outSeconds: null, ...part },
    });
    await expect(put(testApp, id, clip({}))).rejects.toThrow("--file page.html");
    const good = await shot(0);
    await expect(put(testApp, id, clip({ path: good.clip.path, inSeconds: 3 }))).rejects.toThrow("that part is not in");
    const long = await shot(0, "long", 601);
    await expect(put(testApp, id, long)).rejects.toThrow("long.mp4: the clip would be too long");
    await expect(put(testApp, id, { ...good, scene: 2 })).rejects.toThrow("scenes 1 to 2, there is no scene 3");
    expect((await testApp.service.get(id)).revision).toBe(0);
  });

  test("waits for the storyboard, and for a film that is cancelled starts nothing", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A cat." }, {}, never));
    await expect(put(testApp, id, await shot(0))).rejects.toThrow("the storyboard is not written yet");
    await testApp.settle(id);
    const other = await film(2, { until: "keyframes" });
    await other.testApp.service.cancel(other.id);
    expect((await put(other.testApp, other.id, await shot(0))).status).toBe("cancelled");
  });
});

/** A film and a deed's place in it. */
interface Deed {
  readonly testApp: TestApp;
  readonly id: ProjectId;
  readonly scene: number;
  /** Chooses among what there is. */
  readonly number: number;
}

const DEEDS = {
  clip: async ({ testApp, id, scene, number }: Deed) =>
    put(testApp, id, await shot(scene, `${number % 2 === 0 ? "shot" : "other"}-${scene}`, 3 + (number % 2))),
  still: async ({ testApp, id, number }: Deed) =>
    testApp.editing.setFile(id, { still: number % 4, picture: { bytes: PNG, from: "mine.png" } }, never),
  pick: async ({ testApp, id, number }: Deed) => {
    const takes = (await testApp.editing.takes(id)).flatMap(({ step: { kind, position, take } }) =>
      kind === "clip" || kind === "keyframe" ? { kind, position, take } : [],
    );
    const choice = takes[number % takes.length];
    return choice && testApp.editing.pick(id, choice);
  },
  retake: async ({ testApp, id, scene, number }: Deed) =>
    testApp.editing.retake(id, { kind: number % 3 === 0 ? "keyframe" : "clip", position: scene, takes: 1 }),
  revert: async ({ testApp: { editing }, id, number }: Deed) =>
    editing.revert(id, number % (await editing.history(id)).length),
  reword: async ({ testApp: { editing, service }, id, scene, number }: Deed) => {
    const { storyboard } = await service.get(id);
    if (storyboard === null) throw new Error("no storyboard");
    const scenes = storyboard.scenes.map((one) =>
      one.sceneIndex === scene ? { ...one, endFramePrompt: `words ${number}` } : one,
    );
    return editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: number % 2 === 0 }, never);
  },
  resume: async ({ testApp, id }: Deed) => testApp.service.resume(id, {}, never),
} as const;

const deeds = fc.array(
  fc.record({
    what: fc.constantFrom(
      ...(["clip", "clip", "pick", "pick", "retake", "revert", "reword", "still", "resume"] as const),
    ),
    scene: fc.nat({ max: 2 }),
    number: fc.nat({ max: 40 }),
  }),
  { minLength: 3, maxLength: 9 },
);

test("whatever is brought, picked, reworded and reverted: only resume and retakes buy, and every film can be finished", async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (all) => {
      const { testApp, id } = await film(3);
      const { service, clock } = testApp;
      for (const { what, ...where } of all) {
        const before = bought(testApp).length;
        await clock.run(DEEDS[what]({ testApp, id, ...where })).catch((thrown: unknown) => {
          // There may be nothing to resume, or nothing to make it from.
          expect(["project.conflict", "input.invalid"]).toContain(asVidpipeError(thrown).code);
        });
        await testApp.settle(id);
        const most = { resume: Number.POSITIVE_INFINITY, retake: before + 1 }[String(what)] ?? before;
        expect(bought(testApp).length).toBeLessThanOrEqual(most);
      }
      if ((await service.get(id)).status === "review") await clock.run(service.resume(id, {}, never));
      const view = await testApp.settle(id);
      expect(view.status).toBe("complete");
      const labels = (await shown(testApp, id)).split("+");
      expect(view.scenes.map(({ clip }) => clip.own)).toEqual(labels.map((label) => /^(shot|other)/.test(label)));
    }),
    { numRuns: sized(8, 250) },
  );
});
