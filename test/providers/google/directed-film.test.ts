/** The whole program in this process over Google's wire formats: what a changed film costs, to the call. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { createApp } from "../../../src/app/create-app.ts";
import { PROVIDERS } from "../../../src/app/providers.ts";
import type { OpenApp } from "../../../src/cli/context.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Forecast } from "../../../src/domain/forecast.ts";
import type { ProjectId } from "../../../src/domain/ids.ts";
import type { Scene, Storyboard } from "../../../src/domain/storyboard.ts";
import type { ProjectView } from "../../../src/domain/view.ts";
import { emptyFolder, removeFolders } from "../../support/binary.ts";
import { createGoogleFake, type GoogleFake } from "../../support/google-fake/google-fake.ts";
import { never } from "../../support/never.ts";
import { CLIP_SECONDS, environmentFor } from "../../support/wire.ts";

const open: { app: OpenApp; fake: GoogleFake }[] = [];
afterEach(async () => {
  for (const { app, fake } of open.splice(0)) {
    await app.close();
    fake.stop();
  }
});
afterAll(removeFolders);

async function finished(scenes: number) {
  const fake = createGoogleFake();
  const cwd = emptyFolder("directed");
  const env = { ...environmentFor("omni", fake), HOME: cwd, PATH: process.env.PATH ?? "" };
  const app = await createApp(loadConfig({ flags: {}, file: undefined, env, cwd, providers: PROVIDERS }));
  open.push({ app, fake });
  const request = { prompt: "A cat finds a lantern", sceneCount: scenes, clipDurationSeconds: CLIP_SECONDS.omni };
  const { id } = await app.service.create(request, {}, never);
  expect((await settled(app, id)).status).toBe("complete");
  const start = fake.bill.length;
  const bill = () => ({
    pieces: fake.bill
      .slice(start)
      .map(({ kind }) => kind)
      .toSorted((a, b) => (a < b ? -1 : 1)),
    usd: async () => (await app.service.get(id)).spend.spentUsd,
  });
  return { app, id, bill };
}

async function settled({ service }: OpenApp, id: ProjectId): Promise<ProjectView> {
  for await (const _ of service.watch(id, new AbortController().signal));
  return service.get(id);
}

async function edited({ service }: OpenApp, id: ProjectId, place: number, change: Partial<Scene>): Promise<Storyboard> {
  const { storyboard } = await service.get(id);
  if (storyboard === null) throw new Error("no storyboard");
  const scenes = storyboard.scenes.map((scene, n) => (n === place ? { ...scene, ...change } : scene));
  return { ...storyboard, scenes };
}

const toMake = ({ lines }: Forecast) =>
  lines.filter((l) => l.toMake).map(({ kind, position }) => `${kind} ${position}`);

test("one word of scene 4 of 8: the forecast names what it dirties, and the bill is the forecast to the cent", async () => {
  const { app, id, bill } = await finished(8);
  const { editing, service } = app;
  const paid = await bill().usd();
  await service.resume(id, {}, never).catch(() => undefined);
  expect(bill().pieces).toEqual([]);

  const word = await edited(app, id, 3, { motionPrompt: "The camera flies." });
  expect((await editing.editStoryboard(id, { storyboard: word, patch: false }, never)).status).toBe("review");
  const first = await editing.forecast(id);
  expect(toMake(first)).toEqual(["clip 3", "stitch 0"]);
  expect(bill().pieces).toEqual([]);
  await service.resume(id, {}, never);
  expect((await settled(app, id)).status).toBe("complete");
  expect(bill().pieces).toEqual(["clip"]);
  expect((await bill().usd()) - paid).toBeCloseTo(first.totalUsd, 6);

  const picture = await edited(app, id, 3, { endFramePrompt: "The cat sits on a red boat." });
  const whole = await editing.forecastEdit(id, { storyboard: picture, patch: false }, never);
  expect(toMake(whole)).toHaveLength(5 + 5 + 1);
  await editing.editStoryboard(id, { storyboard: picture, patch: true }, never);
  const patched = await editing.forecast(id);
  expect(toMake(patched)).toEqual(["keyframe 4", "clip 3", "stitch 0"]);
  await service.resume(id, {}, never);
  const done = await settled(app, id);
  expect(done.status).toBe("complete");
  expect(bill().pieces).toEqual(["clip", "clip", "image"]);
  expect((await bill().usd()) - paid).toBeCloseTo(first.totalUsd + patched.totalUsd, 6);

  await editing.revert(id, 0);
  expect((await settled(app, id)).status).toBe("complete");
  expect(bill().pieces).toHaveLength(3);
});
