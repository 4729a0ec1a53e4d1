import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { asVidpipeError, VidpipeError } from "../../src/domain/errors.ts";
import { ProjectId } from "../../src/domain/ids.ts";
import type { Storyboard } from "../../src/domain/storyboard.ts";
import { MAX_PICTURE_BYTES } from "../../src/editing/user-images.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { CreateOptions } from "../../src/services/projects.ts";
import type { Script } from "../support/scripted-provider.ts";
import { type Ground, type House, layGround, openHouse } from "../support/test-app.ts";

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
  const house = openHouse(layGround(script));
  const { id } = await house.clock.run(house.service.create({ prompt: "A film" }, { storyboard, ...options }));
  const view = await house.settle(id);
  return { house, id, view };
}

const toMake = async ({ director }: House, id: ProjectId) =>
  (await director.forecast(id)).lines.filter((line) => line.toMake).map(({ kind, position }) => `${kind} ${position}`);
const bought = ({ provider }: House) => provider.bills.map(({ what }) => what);

async function referencesOf({ director }: House, id: ProjectId): Promise<(string | null)[][]> {
  const takes = await director.takes(id);
  return takes.flatMap(({ step: { order }, selected }) =>
    order.kind === "keyframe" && selected ? [(order.references ?? []).map(({ name }) => name)] : [],
  );
}

describe("references", () => {
  test("go to the stills whose scene names them, and those without a name to all", async () => {
    const { house, id, view } = await film({ references: [mika(), hero] });
    expect(view.status).toBe("complete");
    expect(await referencesOf(house, id)).toEqual([[null], [null], ["Mika", null], [null]]);
  });

  test("stay when the storyboard is edited: only what was edited is stale", async () => {
    const { house, id } = await film({ references: [mika()] });
    const scenes = storyboard.scenes.map((scene) =>
      scene.sceneIndex === 2 ? { ...scene, motionPrompt: "pull out" } : scene,
    );
    await house.clock.run(house.director.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }));
    expect(await toMake(house, id)).toEqual(["clip 2", "stitch 0"]);
  });

  test("that change make stale the stills concerned and what is made from them; going back is free", async () => {
    const { house, id } = await film({ references: [mika(), hero] });
    const before = bought(house).length;
    const view = await house.director.refer(id, [mika("an older Mika"), hero]);
    expect(view.status).toBe("review");
    expect(await toMake(house, id)).toEqual(["keyframe 2", "keyframe 3", "clip 1", "clip 2", "stitch 0"]);
    const former = await house.director.revert(id, 0);
    expect(former.status).toBe("complete");
    expect(bought(house)).toHaveLength(before);
  });

  test("outlive an edit of the storyboard, which makes stale only what it concerns", async () => {
    const { house, id } = await film({ references: [mika(), hero] });
    const scenes = storyboard.scenes.map((s) => (s.sceneIndex === 2 ? { ...s, motionPrompt: "pull out" } : s));
    await house.director.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false });
    expect((await house.director.cast(id)).references.map(({ name }) => name)).toEqual(["Mika", null]);
    expect(await toMake(house, id)).toEqual(["clip 2", "stitch 0"]);
  });

  test("that are the same change nothing", async () => {
    const { house, id } = await film({ references: [mika()] });
    expect((await house.director.refer(id, [mika()])).revision).toBe(0);
  });

  test("of somebody in no scene cost nothing", async () => {
    const { house, id } = await film({});
    await house.director.refer(id, [{ ...picture("otto"), name: "Otto" }]);
    expect(await toMake(house, id)).toEqual([]);
  });

  test("are no input of a provider that looks at none", async () => {
    const { house, id } = await film({ references: [mika(), hero] }, {});
    expect(await referencesOf(house, id)).toEqual([[], [], [], []]);
    expect((await house.director.refer(id, [])).status).toBe("complete");
  });

  test("of a film whose model looks at none are as many as any film has", async () => {
    const house = openHouse(layGround());
    const made = house.service.create({ prompt: "A film" }, { references: Array.from({ length: 21 }, () => hero) });
    expect(house.clock.run(made)).rejects.toThrow("a film has at most 20 pictures, not 21");
    await made.catch(() => {});
  });

  test.each([
    ["is no picture", [{ name: null, from: "a.txt", bytes: new TextEncoder().encode("words") }], "a.txt is neither"],
    [
      "is too big",
      [{ name: null, from: "big.png", bytes: new Uint8Array(MAX_PICTURE_BYTES + 1) }],
      "larger than 20 MiB",
    ],
    ["has the name of another", [mika(), { ...picture("b"), name: " mika" }], 'two references are called "mika"'],
    ["is one too many", [hero, hero, hero, hero], "at most 3 references"],
    ["has an empty name", [{ ...picture("b"), name: " " }], "must have 1 to 120 characters"],
  ])("one that %s is refused, and nothing remains", async (_, references, words) => {
    const house = openHouse(layGround({ references: 3 }));
    const id = ProjectId.parse(Bun.randomUUIDv7());
    // The first one is good, so that there is something to remove.
    const made = house.service.create({ prompt: "A film" }, { id, references });
    expect(house.clock.run(made)).rejects.toThrow(words);
    await made.catch(() => {});
    expect(await house.service.list()).toEqual([]);
    expect(existsSync(house.artifacts.pathOf(`${id}/reference-01-000000000000.png`).replace(/\/[^/]*$/, ""))).toBe(
      false,
    );
  });
});

describe("a described reference", () => {
  const words = { name: "Mika", kind: "character" as const, description: "A black cat", bytes: null, from: "Mika" };
  const promptsOf = async ({ director }: House, id: ProjectId) =>
    (await director.takes(id)).flatMap(({ step: { kind, position, order }, selected }) =>
      selected && "prompt" in order ? [{ place: `${kind} ${position}`, prompt: order.prompt }] : [],
    );
  const naming = async (house: House, id: ProjectId, said: string) =>
    (await promptsOf(house, id)).filter(({ prompt }) => prompt.includes(said)).map(({ place }) => place);

  test("is in the prompts of the stills and clips that name it and in no other", async () => {
    const { house, id, view } = await film({ references: [words] });
    expect(view.status).toBe("complete");
    expect(await naming(house, id, "Mika: A black cat.")).toEqual(["keyframe 2", "clip 1"]);
    expect(await referencesOf(house, id)).toEqual([[], [], [], []]);
  });

  test("takes the place of what the storyboard says of somebody of that name", async () => {
    const characters = [
      { name: "MIKA", physicalDescription: "A dog", clothingDescription: "" },
      { name: "Otto", physicalDescription: "A bird", clothingDescription: "a hat" },
    ];
    const scenes = storyboard.scenes.map((s) => ({ ...s, characters: ["MIKA", "Otto"] }));
    const { house, id } = await film({ storyboard: { ...storyboard, characters, scenes }, references: [words] });
    expect(await naming(house, id, "Mika: A black cat.\nOtto: A bird. Wears a hat.")).toHaveLength(7);
    expect(await naming(house, id, "A dog")).toEqual([]);
  });

  test("with other words makes stale only what names it; the storyboard it was written with stays", async () => {
    const house = openHouse(layGround());
    const input = { prompt: "A film", sceneCount: 3 };
    const given = { ...words, name: "scene 1" };
    const { id } = await house.clock.run(house.service.create(input, { references: [given] }));
    await house.settle(id);
    const [written] = await house.director.takes(id);
    expect(written?.step.order).toMatchObject({ cast: [{ name: "scene 1", description: "A black cat" }] });
    const before = bought(house).length;
    await house.director.refer(id, [{ ...given, description: "A white cat" }]);
    expect(await toMake(house, id)).toEqual(["keyframe 2", "keyframe 3", "clip 1", "clip 2", "stitch 0"]);
    await house.director.refer(id, []);
    expect(await toMake(house, id)).not.toContain("storyboard 0");
    await house.director.revert(id, 0);
    expect([await toMake(house, id), bought(house).length]).toEqual([[], before]);
  });

  test("keeps its words when it gets a picture", async () => {
    const { house, id } = await film({ references: [words] });
    await house.director.setPicture(id, { reference: { name: "mika" }, picture: picture("mika") });
    const { references } = await house.director.cast(id);
    expect(references).toMatchObject([{ name: "Mika", kind: "character", description: "A black cat" }]);
    expect(await toMake(house, id)).toEqual(["keyframe 2", "keyframe 3", "clip 1", "clip 2", "stitch 0"]);
  });
});

describe("an own still", () => {
  test("opens the film and is not bought", async () => {
    const { house, view } = await film({ stills: [{ still: 0, picture: picture("opening") }] });
    expect(view.status).toBe("complete");
    expect(await Bun.file(house.artifacts.pathOf(view.scenes[0]?.start.key ?? "")).bytes()).toEqual(
      picture("opening").bytes,
    );
    expect(bought(house).filter((what) => what === "keyframe")).toHaveLength(3);
  });

  test("that opens a film without a storyboard needs no order of its own", async () => {
    const house = openHouse(layGround());
    const input = { prompt: "A cat.", sceneCount: 2 };
    const { id } = await house.clock.run(
      house.service.create(input, { stills: [{ still: 0, picture: picture("opening") }] }),
    );
    expect((await house.settle(id)).status).toBe("complete");
    expect(bought(house).toSorted()).toEqual(["clip", "clip", "keyframe", "keyframe", "storyboard"]);
  });

  test("takes a still's place, is kept there, and what is made from it waits for the user's word", async () => {
    const { house, id } = await film({});
    const before = bought(house).length;
    const view = await house.director.setPicture(id, { still: 3, picture: picture("ending") });
    expect(view.status).toBe("review");
    expect(bought(house)).toHaveLength(before);
    expect(await toMake(house, id)).toEqual(["clip 2", "stitch 0"]);
    await house.clock.run(house.service.resume(id));
    expect((await house.settle(id)).status).toBe("complete");
    expect(bought(house).slice(before)).toEqual(["clip"]);
  });

  test("that was given before is taken up again, and is one file", async () => {
    const { house, id } = await film({});
    await house.director.setPicture(id, { still: 3, picture: picture("ending") });
    const first = await house.director.takes(id);
    expect((await house.director.setPicture(id, { still: 3, picture: picture("ending") })).revision).toBe(1);
    await house.director.pick(id, { kind: "keyframe", position: 3, take: 1 });
    expect((await house.director.setPicture(id, { still: 3, picture: picture("ending") })).revision).toBe(3);
    expect(await house.director.takes(id)).toHaveLength(first.length);
  });

  test("can be drawn after all, as the storyboard says", async () => {
    const { house, id } = await film({});
    await house.director.setPicture(id, { still: 0, picture: picture("opening") });
    await house.clock.run(house.director.retake(id, { kind: "keyframe", position: 0, takes: 1 }));
    await house.settle(id);
    const drawn = (await house.director.takes(id)).findLast(({ step }) => step.order.kind === "keyframe")?.step;
    expect(drawn).toMatchObject({ take: 3, status: "done", order: { model: "image-1", variant: 1 } });
    expect(drawn?.order).not.toHaveProperty("own");
    await house.director.pick(id, { kind: "keyframe", position: 0, take: 1 });
    expect((await house.service.get(id)).status).toBe("complete");
  });

  test("comes with an edited storyboard as one revision, foretold and free", async () => {
    const { house, id } = await film({});
    const before = bought(house).length;
    const scenes = storyboard.scenes.toReversed().map((s, sceneIndex) => ({ ...s, sceneIndex }));
    const stills = [
      { still: 1, picture: picture("one") },
      { still: 3, picture: picture("three") },
    ];
    const edit = { storyboard: { ...storyboard, scenes }, patch: false, stills };
    const foretold = await house.director.forecastEdit(id, edit);
    const view = await house.director.editStoryboard(id, edit);
    expect([view.revision, view.scenes.map(({ end }) => end.own)]).toEqual([1, [true, false, true]]);
    expect(await house.director.forecast(id)).toEqual(foretold);
    expect((await house.director.history(id)).at(-1)?.note).toEndWith("still 2, 4: your own picture");
    expect((await house.director.editStoryboard(id, edit)).revision).toBe(1);
    expect(bought(house)).toHaveLength(before);
    await house.clock.run(house.service.resume(id));
    expect((await house.settle(id)).status).toBe("complete");
    expect(bought(house).slice(before).toSorted()).toEqual(["clip", "clip", "clip", "keyframe", "keyframe"]);
  });

  test("stays when its scene gets other words or another place", async () => {
    const { house, id } = await film({});
    await house.director.setPicture(id, { still: 2, picture: picture("mine") });
    const reworded = storyboard.scenes.map((s) => (s.sceneIndex === 1 ? { ...s, endFramePrompt: "a boat" } : s));
    const first = await house.director.editStoryboard(id, {
      storyboard: { ...storyboard, scenes: reworded },
      patch: false,
    });
    expect(first.scenes.map(({ end }) => end.own)).toEqual([false, true, false]);
    const moved = [reworded[1], reworded[0], reworded[2]].flatMap((s, sceneIndex) => (s ? { ...s, sceneIndex } : []));
    const second = await house.director.editStoryboard(id, {
      storyboard: { ...storyboard, scenes: moved },
      patch: false,
    });
    expect(second.scenes.map(({ end }) => end.own)).toEqual([true, false, false]);
  });

  test("after the first needs a storyboard that has its place", async () => {
    const house = openHouse(layGround());
    const stills = (still: number) => ({ stills: [{ still, picture: picture("a") }] });
    const input = { prompt: "A film" };
    expect(house.service.create(input, stills(1))).rejects.toThrow("there is no still 2");
    expect(house.service.create(input, { storyboard, ...stills(4) })).rejects.toThrow("there is no still 5");
    expect(
      house.service.admit(input, {
        storyboard,
        stills: [{ still: 1, picture: { bytes: new Uint8Array(3), from: "x" } }],
      }),
    ).rejects.toThrow("x is neither PNG");
  });

  test("where there is no such place is refused", async () => {
    const { house, id } = await film({});
    expect(house.director.setPicture(id, { still: 4, picture: picture("ending") })).rejects.toThrow(
      "stills 1 to 4, there is no still 5",
    );
    const waiting = openHouse(layGround());
    const { id: other } = await waiting.clock.run(waiting.service.create({ prompt: "A cat." }));
    expect(waiting.director.setPicture(other, { still: 0, picture: picture("a") })).rejects.toThrow(
      "the storyboard is not written yet",
    );
    await waiting.settle(other);
  });
});

describe("a project that could not be recorded after its pictures were stored", () => {
  const attempt = async (ground: Ground, options: CreateOptions = {}) => {
    const { service, clock } = openHouse(ground);
    const told = await clock
      .run(service.create({ prompt: "A film" }, { storyboard, references: [hero], ...options }))
      .catch((thrown: unknown) => asVidpipeError(thrown).code);
    return { told, files: (await ground.artifacts.files()).length };
  };

  test("leaves no files, whether nothing could be made of it or its rows could not be written", async () => {
    expect(await attempt(layGround({ references: 3 }), { until: "storyboard" })).toEqual({
      told: "input.invalid",
      files: 0,
    });
    const ground = layGround({ references: 3 });
    const create = () => Promise.reject(new VidpipeError("storage.full", "no room"));
    expect(await attempt({ ...ground, repository: { ...ground.repository, create } })).toEqual({
      told: "storage.full",
      files: 0,
    });
  });

  test("keeps them when its rows were written after all", async () => {
    const ground = layGround({ references: 3 });
    const create: Repository["create"] = async (...row) => {
      await ground.repository.create(...row);
      throw new VidpipeError("storage.io", "nobody knows");
    };
    expect(await attempt({ ...ground, repository: { ...ground.repository, create } })).toEqual({
      told: "storage.io",
      files: 1,
    });
  });
});
