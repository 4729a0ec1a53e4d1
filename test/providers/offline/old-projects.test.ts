/** Projects from when the offline provider was called animatic: they keep the word, and nothing of them is made again. */
import { afterEach, describe, expect, test } from "bun:test";
import type { ProjectFacts } from "../../../src/domain/facts.ts";
import type { ModelSelection } from "../../../src/domain/project.ts";
import { inputKeyOf, wordsKeyOf } from "../../../src/planning/step-orders.ts";
import type { ProviderDescription } from "../../../src/ports/provider-description.ts";
import { offline } from "../../../src/providers/offline/description.ts";
import { CLIP_ORDER, KEYFRAME_ORDER, project } from "../../storage/samples.ts";
import { type AppInFolder, createAppInFolder, settledIn } from "../../support/app-in-folder.ts";
import { never } from "../../support/never.ts";
import { toy } from "../toy/toy.ts";

const OLD_MODELS: ModelSelection = {
  provider: "animatic",
  textModel: "animatic-storyboard",
  imageModel: "animatic-still",
  videoModel: "animatic-clip",
  options: { width: 1280, height: 720, frameRate: 24 },
  readsNotes: true,
};

/** The offline provider with the toy's pictures, which take no time. */
const today: ProviderDescription = {
  ...offline,
  async create(config, deps) {
    const { name, label = "", local, selectModels } = await offline.create(config, deps);
    return { ...(await toy.create(config, deps)), name, label, local, selectModels };
  },
};

/** The same as the build before the new name had it. */
const before: ProviderDescription = {
  ...today,
  name: "animatic",
  aliases: [],
  async create(config, deps) {
    const provider = await today.create(config, deps);
    return {
      ...provider,
      name: "animatic",
      selectModels: (request) => ({ ...OLD_MODELS, options: provider.selectModels(request).options }),
    };
  },
};

const places: AppInFolder[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

/** A film that the build before made, and today's process on it. */
async function oldFilm(until: "film" | "keyframes" = "film") {
  const place = createAppInFolder();
  places.push(place);
  const old = await place.open(place.config({}, [before]), [before]);
  const request = { prompt: "A fox crosses a lake", sceneCount: 2, clipDurationSeconds: 1 };
  const { id } = await old.service.create(request, { provider: "animatic", until }, never);
  const status = until === "film" ? "complete" : "review";
  expect(await settledIn(old, id)).toMatchObject({ status, models: { provider: "animatic" } });
  const keys = (await old.editing.takes(id)).map(({ step }) => step.inputKey);
  await place.close(old);
  return { id, keys, place, app: await place.open(place.config({}, [today]), [today]) };
}

describe("content keys", () => {
  const facts = (models: ModelSelection): ProjectFacts => ({
    project: project(1, { models }),
    steps: [],
    artifacts: [],
    submits: [],
    committedTodayUsd: 0,
  });
  const orders = [
    { ...KEYFRAME_ORDER, model: OLD_MODELS.imageModel },
    { ...CLIP_ORDER, model: OLD_MODELS.videoModel },
  ];

  test("of an old project are what they always were", () => {
    const own = facts(OLD_MODELS);
    expect(orders.map((order) => [inputKeyOf(order, own), wordsKeyOf(order, own)])).toEqual([
      [
        "0c31ac651c1d474baa2fb849423a086798fef75349c2bae9c5d7db94534557a7",
        "bd2909d7544f8823015b64b6ea8ce68dfb1edc7c6147d33beaf6dfb67a54c636",
      ],
      [
        "410cbfca5e72a93b3ce4eec3ef3aebf9f34296ef2196c62d316e2d340f37e1ea",
        "f1f2fc70e6255944147aeb1eec49e4c34aabf51d3f50b1659dd1484c5fe4e43a",
      ],
    ]);
  });

  test("depend on the stored name: a new project's are its own", () => {
    for (const order of orders)
      expect(inputKeyOf(order, facts({ ...OLD_MODELS, provider: "offline" }))).not.toBe(
        inputKeyOf(order, facts(OLD_MODELS)),
      );
  });
});

describe("a finished film of the old name", () => {
  test("is complete, shows the name it has, and nothing of it is to be made", async () => {
    const { id, keys, app } = await oldFilm();
    expect(await app.service.get(id)).toMatchObject({ status: "complete", models: OLD_MODELS });
    expect((await app.editing.forecast(id)).lines.filter(({ toMake }) => toMake)).toEqual([]);
    expect((await app.editing.takes(id)).map(({ step }) => step.inputKey)).toEqual(keys);
  });

  test("is joined again and forked without another still or clip", async () => {
    const { id, keys, app } = await oldFilm();
    const { service, editing, transfer } = app;
    const made = async (of: typeof id) =>
      (await editing.takes(of)).map(({ step }) => step).filter(({ kind }) => kind !== "stitch");
    const count = (await made(id)).length;
    await service.restitch(id, 0.2, undefined, never);
    expect(await settledIn(app, id)).toMatchObject({ status: "complete", models: { provider: "animatic" } });
    expect(await made(id)).toHaveLength(count);
    const fork = await transfer.fork(id, {}, never);
    expect(fork).toMatchObject({ status: "complete", models: OLD_MODELS });
    const forked = (await made(fork.id)).map(({ inputKey }) => inputKey);
    expect(forked.toSorted()).toEqual(keys.filter((key) => forked.includes(key)).toSorted());
    expect(forked).toHaveLength(count);
  });

  test("gets a new take under the old name, while a new film has the new one", async () => {
    const { id, app } = await oldFilm();
    await app.editing.retake(id, { kind: "clip", position: 0, prompt: "The fox turns its head", takes: 1 });
    const film = await settledIn(app, id);
    expect(film).toMatchObject({ status: "complete", models: { provider: "animatic" } });
    const clips = (await app.editing.takes(id)).filter(({ step }) => step.kind === "clip");
    expect(clips).toHaveLength(3);
    expect(clips.map(({ step }) => step.order.kind === "clip" && step.order.model)).toEqual(
      Array(3).fill("animatic-clip"),
    );
    const request = { prompt: "A fox crosses a lake", sceneCount: 1, clipDurationSeconds: 1 };
    const fresh = await app.service.create(request, { provider: "animatic" }, never);
    expect(fresh.models).toMatchObject({ provider: "offline", videoModel: "offline-clip" });
    await settledIn(app, fresh.id);
  });

  test("says which provider is missing where the offline one is not there", async () => {
    const { id, app, place } = await oldFilm();
    await place.close(app);
    const without = await place.open(place.config({}, [toy]), [toy]);
    expect(await without.service.get(id)).toMatchObject({ status: "complete" });
    await expect(without.editing.forecast(id)).rejects.toThrow(
      'made with provider "animatic", which is not configured',
    );
  });
});

test("a film that waited under the old name goes on under it", async () => {
  const { id, keys, app } = await oldFilm("keyframes");
  expect((await app.service.estimateResume(id, { until: "film" })).price.provider).toBe("animatic");
  await app.service.resume(id, { until: "film" }, never);
  expect(await settledIn(app, id)).toMatchObject({ status: "complete", models: OLD_MODELS });
  const steps = (await app.editing.takes(id)).map(({ step }) => step);
  expect(steps.filter(({ kind }) => kind === "keyframe")).toHaveLength(3);
  expect(steps.map(({ inputKey }) => inputKey)).toEqual(expect.arrayContaining(keys));
});
