import { describe, expect, test } from "bun:test";
import { asVidpipeError, VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { Storyboard } from "../../src/domain/storyboard.ts";
import { MAX_IMAGE_BYTES } from "../../src/editing/user-images.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { CreateOptions } from "../../src/services/create-project.ts";
import { never } from "../support/never.ts";
import type { Script } from "../support/scripted-provider.ts";
import { createTestApp, createTestStores, type TestApp, type TestStores } from "../support/test-app.ts";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const picture = (words: string) => ({
  bytes: Uint8Array.from([...PNG, ...new TextEncoder().encode(words)]),
  from: `${words}.png`,
});
const mika = (words = "mika") => ({ ...picture(words), name: "Mika" });
const hero = { ...picture("hero"), name: null };

/** Three scenes, of which only the second one names Mika. */
const storyboard: Storyboard = {
  title: "A film",
  styleGuide: { visualStyle: "plain", colorPalette: "grey", cameraStyle: "still" },
  characters: [],
  scenes: [0, 1, 2].map((sceneIndex) => ({
    sceneIndex,
    description: `scene ${sceneIndex}`,
    startFramePrompt: `still ${sceneIndex}`,
    endFramePrompt: sceneIndex === 1 ? "still 2: MIKA waves" : `still ${sceneIndex + 1}: Mikado`,
    motionPrompt: "push in",
    transitionNotes: "",
    characters: [],
  })),
};

async function film(options: CreateOptions, script: Script = { references: 3 }) {
  const testApp = createTestApp(createTestStores(script));
  const { id } = await testApp.clock.run(
    testApp.service.create({ prompt: "A film" }, { storyboard, ...options }, never),
  );
  const view = await testApp.settle(id);
  return { testApp, id, view };
}

const toMake = async ({ editing }: TestApp, id: ProjectId) =>
  (await editing.forecast(id)).lines.filter((line) => line.toMake).map(({ kind, position }) => `${kind} ${position}`);
const bought = ({ provider }: TestApp) => provider.bills.map(({ what }) => what);

async function referencesOf({ editing }: TestApp, id: ProjectId): Promise<(string | null)[][]> {
  const takes = await editing.takes(id);
  return takes.flatMap(({ step: { order }, selected }) =>
    order.kind === "keyframe" && selected ? [(order.references ?? []).map(({ name }) => name)] : [],
  );
}

describe("references", () => {
  test("go to the stills whose scene names them, and those without a name to all", async () => {
    const { testApp, id, view } = await film({ references: [mika(), hero] });
    expect(view.status).toBe("complete");
    expect(await referencesOf(testApp, id)).toEqual([[null], [null], ["Mika", null], [null]]);
  });

  test("stay when the storyboard is edited: only what was edited is stale", async () => {
    const { testApp, id } = await film({ references: [mika()] });
    const scenes = storyboard.scenes.map((scene) =>
      scene.sceneIndex === 2 ? { ...scene, motionPrompt: "pull out" } : scene,
    );
    await testApp.clock.run(
      testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }, never),
    );
    expect(await toMake(testApp, id)).toEqual(["clip 2", "stitch 0"]);
  });

  test("that change make stale the stills concerned and what is made from them; going back is free", async () => {
    const { testApp, id } = await film({ references: [mika(), hero] });
    const before = bought(testApp).length;
    const view = await testApp.editing.setReferences(id, [mika("an older Mika"), hero], never);
    expect(view.status).toBe("review");
    expect(await toMake(testApp, id)).toEqual(["keyframe 2", "keyframe 3", "clip 1", "clip 2", "stitch 0"]);
    const former = await testApp.editing.revert(id, 0);
    expect(former.status).toBe("complete");
    expect(bought(testApp)).toHaveLength(before);
  });

  test("outlive an edit of the storyboard, which makes stale only what it concerns", async () => {
    const { testApp, id } = await film({ references: [mika(), hero] });
    const scenes = storyboard.scenes.map((s) => (s.sceneIndex === 2 ? { ...s, motionPrompt: "pull out" } : s));
    await testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }, never);
    expect((await testApp.editing.cast(id)).references.map(({ name }) => name)).toEqual(["Mika", null]);
    expect(await toMake(testApp, id)).toEqual(["clip 2", "stitch 0"]);
  });

  test("that are the same change nothing", async () => {
    const { testApp, id } = await film({ references: [mika()] });
    expect((await testApp.editing.setReferences(id, [mika()], never)).revision).toBe(0);
  });

  test("of somebody in no scene cost nothing", async () => {
    const { testApp, id } = await film({});
    await testApp.editing.setReferences(id, [{ ...picture("otto"), name: "Otto" }], never);
    expect(await toMake(testApp, id)).toEqual([]);
  });

  test("are no input of a provider that looks at none", async () => {
    const { testApp, id } = await film({ references: [mika(), hero] }, {});
    expect(await referencesOf(testApp, id)).toEqual([[], [], [], []]);
    expect((await testApp.editing.setReferences(id, [], never)).status).toBe("complete");
  });

  test("of a film whose model looks at none are as many as any film has", async () => {
    const testApp = createTestApp(createTestStores());
    const made = testApp.service.create(
      { prompt: "A film" },
      { references: Array.from({ length: 21 }, () => hero) },
      never,
    );
    expect(testApp.clock.run(made)).rejects.toThrow("a film has at most 20 pictures, not 21");
    await made.catch(() => {});
  });

  test.each([
    ["is no picture", [{ name: null, from: "a.txt", bytes: new TextEncoder().encode("words") }], "a.txt is neither"],
    ["is too big", [{ name: null, from: "big.png", bytes: new Uint8Array(MAX_IMAGE_BYTES + 1) }], "larger than 20 MiB"],
    ["has the name of another", [mika(), { ...picture("b"), name: " mika" }], 'two references are called "mika"'],
    ["is one too many", [hero, hero, hero, hero], "at most 3 references"],
    ["has an empty name", [{ ...picture("b"), name: " " }], "must have 1 to 120 characters"],
  ])("one that %s is refused, and nothing remains", async (_, references, words) => {
    const testApp = createTestApp(createTestStores({ references: 3 }));
    // The first one is good, so that there is something to remove.
    const made = testApp.service.create({ prompt: "A film" }, { references }, never);
    expect(testApp.clock.run(made)).rejects.toThrow(words);
    await made.catch(() => {});
    expect(await testApp.service.list()).toEqual([]);
    expect(await testApp.artifacts.files()).toEqual([]);
  });
});

describe("a described reference", () => {
  const words = { name: "Mika", kind: "character" as const, description: "A black cat", bytes: null, from: "Mika" };
  const promptsOf = async ({ editing }: TestApp, id: ProjectId) =>
    (await editing.takes(id)).flatMap(({ step: { kind, position, order }, selected }) =>
      selected && "prompt" in order ? [{ place: `${kind} ${position}`, prompt: order.prompt }] : [],
    );
  const naming = async (testApp: TestApp, id: ProjectId, said: string) =>
    (await promptsOf(testApp, id)).filter(({ prompt }) => prompt.includes(said)).map(({ place }) => place);

  test("is in the prompts of the stills and clips that name it and in no other", async () => {
    const { testApp, id, view } = await film({ references: [words] });
    expect(view.status).toBe("complete");
    expect(await naming(testApp, id, "Mika: A black cat.")).toEqual(["keyframe 2", "clip 1"]);
    expect(await referencesOf(testApp, id)).toEqual([[], [], [], []]);
  });

  test("takes the place of what the storyboard says of somebody of that name", async () => {
    const characters = [
      { name: "MIKA", physicalDescription: "A dog", clothingDescription: "" },
      { name: "Otto", physicalDescription: "A bird", clothingDescription: "a hat" },
    ];
    const scenes = storyboard.scenes.map((s) => ({ ...s, characters: ["MIKA", "Otto"] }));
    const { testApp, id } = await film({ storyboard: { ...storyboard, characters, scenes }, references: [words] });
    expect(await naming(testApp, id, "Mika: A black cat.\nOtto: A bird. Wears a hat.")).toHaveLength(7);
    expect(await naming(testApp, id, "A dog")).toEqual([]);
  });

  test("with other words makes stale only what names it; the storyboard it was written with stays", async () => {
    const testApp = createTestApp(createTestStores());
    const input = { prompt: "A film", sceneCount: 3 };
    const given = { ...words, name: "scene 1" };
    const { id } = await testApp.clock.run(testApp.service.create(input, { references: [given] }, never));
    await testApp.settle(id);
    const [written] = await testApp.editing.takes(id);
    expect(written?.step.order).toMatchObject({ cast: [{ name: "scene 1", description: "A black cat" }] });
    const before = bought(testApp).length;
    await testApp.editing.setReferences(id, [{ ...given, description: "A white cat" }], never);
    expect(await toMake(testApp, id)).toEqual(["keyframe 2", "keyframe 3", "clip 1", "clip 2", "stitch 0"]);
    await testApp.editing.setReferences(id, [], never);
    expect(await toMake(testApp, id)).not.toContain("storyboard 0");
    await testApp.editing.revert(id, 0);
    expect([await toMake(testApp, id), bought(testApp).length]).toEqual([[], before]);
  });

  test("keeps its words when it gets a picture", async () => {
    const { testApp, id } = await film({ references: [words] });
    await testApp.editing.setFile(id, { reference: { name: "mika" }, picture: picture("mika") }, never);
    const { references } = await testApp.editing.cast(id);
    expect(references).toMatchObject([{ name: "Mika", kind: "character", description: "A black cat" }]);
    expect(await toMake(testApp, id)).toEqual(["keyframe 2", "keyframe 3", "clip 1", "clip 2", "stitch 0"]);
  });
});

describe("an own still", () => {
  test("opens the film and is not bought", async () => {
    const { testApp, view } = await film({ stills: [{ still: 0, picture: picture("opening") }] });
    expect(view.status).toBe("complete");
    expect(await Bun.file(testApp.artifacts.pathOf(view.scenes[0]?.start.key ?? "")).bytes()).toEqual(
      picture("opening").bytes,
    );
    expect(bought(testApp).filter((what) => what === "keyframe")).toHaveLength(3);
  });

  test("that opens a film without a storyboard needs no order of its own", async () => {
    const testApp = createTestApp(createTestStores());
    const input = { prompt: "A cat.", sceneCount: 2 };
    const { id } = await testApp.clock.run(
      testApp.service.create(input, { stills: [{ still: 0, picture: picture("opening") }] }, never),
    );
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(bought(testApp).toSorted()).toEqual(["clip", "clip", "keyframe", "keyframe", "storyboard"]);
  });

  test("takes a still's place, is kept there, and what is made from it waits for the user's word", async () => {
    const { testApp, id } = await film({});
    const before = bought(testApp).length;
    const view = await testApp.editing.setFile(id, { still: 3, picture: picture("ending") }, never);
    expect(view.status).toBe("review");
    expect(bought(testApp)).toHaveLength(before);
    expect(await toMake(testApp, id)).toEqual(["clip 2", "stitch 0"]);
    await testApp.clock.run(testApp.service.resume(id, {}, never));
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(bought(testApp).slice(before)).toEqual(["clip"]);
  });

  test("that was given before is taken up again, and is one file", async () => {
    const { testApp, id } = await film({});
    await testApp.editing.setFile(id, { still: 3, picture: picture("ending") }, never);
    const first = await testApp.editing.takes(id);
    expect((await testApp.editing.setFile(id, { still: 3, picture: picture("ending") }, never)).revision).toBe(1);
    await testApp.editing.pick(id, { kind: "keyframe", position: 3, take: 1 });
    expect((await testApp.editing.setFile(id, { still: 3, picture: picture("ending") }, never)).revision).toBe(3);
    expect(await testApp.editing.takes(id)).toHaveLength(first.length);
  });

  test("can be drawn after all, as the storyboard says", async () => {
    const { testApp, id } = await film({});
    await testApp.editing.setFile(id, { still: 0, picture: picture("opening") }, never);
    await testApp.clock.run(testApp.editing.retake(id, { kind: "keyframe", position: 0, takes: 1 }));
    await testApp.settle(id);
    const drawn = (await testApp.editing.takes(id)).findLast(({ step }) => step.order.kind === "keyframe")?.step;
    expect(drawn).toMatchObject({ take: 3, status: "done", order: { model: "image-1", variant: 1 } });
    expect(drawn?.order).not.toHaveProperty("own");
    await testApp.editing.pick(id, { kind: "keyframe", position: 0, take: 1 });
    expect((await testApp.service.get(id)).status).toBe("complete");
  });

  test("comes with an edited storyboard as one revision, foretold and free", async () => {
    const { testApp, id } = await film({});
    const before = bought(testApp).length;
    const scenes = storyboard.scenes.toReversed().map((s, sceneIndex) => ({ ...s, sceneIndex }));
    const stills = [
      { still: 1, picture: picture("one") },
      { still: 3, picture: picture("three") },
    ];
    const edit = { storyboard: { ...storyboard, scenes }, patch: false, stills };
    const foretold = await testApp.editing.forecastEdit(id, edit, never);
    const view = await testApp.editing.editStoryboard(id, edit, never);
    expect([view.revision, view.scenes.map(({ end }) => end.own)]).toEqual([1, [true, false, true]]);
    expect(await testApp.editing.forecast(id)).toEqual(foretold);
    expect((await testApp.editing.history(id)).at(-1)?.note).toEndWith("keyframe 2, 4: your own image");
    expect((await testApp.editing.editStoryboard(id, edit, never)).revision).toBe(1);
    expect(bought(testApp)).toHaveLength(before);
    await testApp.clock.run(testApp.service.resume(id, {}, never));
    expect((await testApp.settle(id)).status).toBe("complete");
    expect(bought(testApp).slice(before).toSorted()).toEqual(["clip", "clip", "clip", "keyframe", "keyframe"]);
  });

  test("stays when its scene gets other words or another place", async () => {
    const { testApp, id } = await film({});
    await testApp.editing.setFile(id, { still: 2, picture: picture("mine") }, never);
    const reworded = storyboard.scenes.map((s) => (s.sceneIndex === 1 ? { ...s, endFramePrompt: "a boat" } : s));
    const first = await testApp.editing.editStoryboard(
      id,
      {
        storyboard: { ...storyboard, scenes: reworded },
        patch: false,
      },
      never,
    );
    expect(first.scenes.map(({ end }) => end.own)).toEqual([false, true, false]);
    const moved = [reworded[1], reworded[0], reworded[2]].flatMap((s, sceneIndex) => (s ? { ...s, sceneIndex } : []));
    const second = await testApp.editing.editStoryboard(
      id,
      {
        storyboard: { ...storyboard, scenes: moved },
        patch: false,
      },
      never,
    );
    expect(second.scenes.map(({ end }) => end.own)).toEqual([true, false, false]);
  });

  test("after the first needs a storyboard that has its place", async () => {
    const testApp = createTestApp(createTestStores());
    const stills = (still: number) => ({ stills: [{ still, picture: picture("a") }] });
    const input = { prompt: "A film" };
    expect(testApp.service.create(input, stills(1), never)).rejects.toThrow("there is no keyframe 2");
    expect(testApp.service.create(input, { storyboard, ...stills(4) }, never)).rejects.toThrow(
      "there is no keyframe 5",
    );
    expect(
      testApp.service.admit(
        input,
        {
          storyboard,
          stills: [{ still: 1, picture: { bytes: new Uint8Array(3), from: "x" } }],
        },
        never,
      ),
    ).rejects.toThrow("x is neither PNG");
  });

  test("where there is no such place is refused", async () => {
    const { testApp, id } = await film({});
    expect(testApp.editing.setFile(id, { still: 4, picture: picture("ending") }, never)).rejects.toThrow(
      "keyframes 1 to 4, there is no keyframe 5",
    );
    const waiting = createTestApp(createTestStores());
    const { id: other } = await waiting.clock.run(waiting.service.create({ prompt: "A cat." }, {}, never));
    expect(waiting.editing.setFile(other, { still: 0, picture: picture("a") }, never)).rejects.toThrow(
      "the storyboard is not written yet",
    );
    await waiting.settle(other);
  });
});

describe("a project that could not be recorded after its pictures were stored", () => {
  const attempt = async (stores: TestStores, options: CreateOptions = {}) => {
    const { service, clock } = createTestApp(stores);
    const told = await clock
      .run(service.create({ prompt: "A film" }, { storyboard, references: [hero], ...options }, never))
      .catch((thrown: unknown) => asVidpipeError(thrown).code);
    return { told, files: (await stores.artifacts.files()).length };
  };

  test("leaves no files, whether nothing could be made of it or its rows could not be written", async () => {
    expect(await attempt(createTestStores({ references: 3 }), { until: "storyboard" })).toEqual({
      told: "input.invalid",
      files: 0,
    });
    const stores = createTestStores({ references: 3 });
    const create = () => Promise.reject(new VidpipeError("storage.full", "no room"));
    expect(await attempt({ ...stores, repository: { ...stores.repository, create } })).toEqual({
      told: "storage.full",
      files: 0,
    });
  });

  test("keeps them when its rows were written after all", async () => {
    const stores = createTestStores({ references: 3 });
    const create: Repository["create"] = async (...row) => {
      await stores.repository.create(...row);
      throw new VidpipeError("storage.io", "nobody knows");
    };
    expect(await attempt({ ...stores, repository: { ...stores.repository, create } })).toEqual({
      told: "storage.io",
      files: 1,
    });
  });
});
