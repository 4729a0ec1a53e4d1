import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { ProjectId } from "../../src/domain/ids.ts";
import type { Storyboard } from "../../src/domain/storyboard.ts";
import { MAX_PICTURE_BYTES } from "../../src/orchestrator/own-pictures.ts";
import type { CreateOptions } from "../../src/service.ts";
import { type House, layGround, openHouse } from "../support/house.ts";
import type { Script } from "../support/scripted-provider.ts";

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

describe("an own still", () => {
  test("opens the film and is not bought", async () => {
    const { house, view } = await film({ startImage: picture("opening") });
    expect(view.status).toBe("complete");
    expect(await Bun.file(house.artifacts.pathOf(view.scenes[0]?.start.key ?? "")).bytes()).toEqual(
      picture("opening").bytes,
    );
    expect(bought(house).filter((what) => what === "keyframe")).toHaveLength(3);
  });

  test("that opens a film without a storyboard needs no order of its own", async () => {
    const house = openHouse(layGround());
    const input = { prompt: "A cat.", sceneCount: 2 };
    const { id } = await house.clock.run(house.service.create(input, { startImage: picture("opening") }));
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
