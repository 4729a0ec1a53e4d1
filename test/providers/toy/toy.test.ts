import { afterEach, describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { examineApp } from "../../../src/app/examine.ts";
import { inspectProviders } from "../../../src/app/inspect-providers.ts";
import { policyOf } from "../../../src/app/policy.ts";
import { installProviders, PROVIDERS, providerNotices } from "../../../src/app/providers.ts";
import { ProjectId, StepId } from "../../../src/domain/ids.ts";
import type { StepKind } from "../../../src/domain/lifecycle.ts";
import type { DueStep } from "../../../src/ports/repository.ts";
import { type AppInFolder, createAppInFolder, settledIn } from "../../support/app-in-folder.ts";
import { createFakeMedia } from "../../support/fake-media.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";
import { toy } from "./toy.ts";

/** Its file is one place, this list the other: nothing else knows it. */
const WITH_TOY = [...PROVIDERS, toy];

/** Defaults of a film, for `doctor`. */
const DEFAULTS = {
  style: "plain",
  aspectRatio: "16:9",
  clipDurationSeconds: 6,
  maxScenes: 15,
  crossfadeSeconds: 0,
} as const;

const places: AppInFolder[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});
function freshPlace(): AppInFolder {
  const place = createAppInFolder();
  places.push(place);
  return place;
}

const warned: string[] = [];
const log = { debug() {}, info() {}, error() {}, warn: (line: string) => void warned.push(line) };
const installed = (place: AppInFolder, env: Record<string, string> = {}, providers = WITH_TOY) =>
  installProviders(providers, place.config(env, providers), {
    media: createFakeMedia(),
    clock: createManualClock(),
    log,
  });

const dueIn = (lane: string, kind: StepKind): DueStep => ({
  id: StepId.parse(Bun.randomUUIDv7()),
  projectId: ProjectId.parse(Bun.randomUUIDv7()),
  kind,
  position: 0,
  status: "queued",
  dueAtMs: 0,
  lane,
});

describe("a provider of two places", () => {
  test("makes a film", async () => {
    const place = freshPlace();
    const app = await place.open(place.config({}, WITH_TOY), WITH_TOY);
    const { id } = await app.service.create({ prompt: "A top spins", sceneCount: 2 }, { provider: "toy" }, never);
    const film = await settledIn(app, id);
    expect(film).toMatchObject({ status: "complete", models: { provider: "toy", options: { brightness: 50 } } });
    expect(await Bun.file(film.final?.path ?? "").exists()).toBe(true);
    expect(film.spend).toEqual({ reservedUsd: 0, spentUsd: 0, unknownUsd: 0 });
  });

  test("is named in the configuration, with settings of its own", () => {
    const place = freshPlace();
    const env = { VIDPIPE_PROVIDER: "Puppet", VIDPIPE_TOY_BOX__BRIGHTNESS: "80" };
    const config = place.config(env, WITH_TOY);
    expect([config.provider, config.providers.toy]).toEqual(["toy", { brightness: 80 }]);
    expect(config.warnings).toEqual(["provider puppet is called toy now"]);
    expect(config.settings.find(({ key }) => key === "toy_box.brightness")).toMatchObject({ value: 80 });
    expect(() => place.config({ VIDPIPE_PROVIDER: "gone" }, WITH_TOY)).toThrow("must be auto, offline, google or toy");
    expect(() => place.config({ VIDPIPE_TOY_BOX__BRIGHTNESS: "101" }, WITH_TOY)).toThrow(
      'toy_box.brightness (environment VIDPIPE_TOY_BOX__BRIGHTNESS) must be a whole number from 0 to 100, not "101"',
    );
    expect(() => place.config({ VIDPIPE_TOY_BOX__BRIGHTNESS: "80" })).toThrow("unknown key toy_box.brightness");
  });

  test("is in help, doctor and the choices of a new film", async () => {
    const place = freshPlace();
    expect(providerNotices(WITH_TOY).map(({ name }) => name)).toEqual(["offline", "google", "toy"]);
    const app = await place.open(place.config({}, WITH_TOY), WITH_TOY);
    const inspected = { config: place.config({}, WITH_TOY), problems: [] };
    const parts = { providers: WITH_TOY, media: createFakeMedia() };
    const findings = await examineApp(inspected, { probe: false }, new AbortController().signal, parts);
    expect(findings).toContainEqual({ topic: "toy", level: "ok", message: "a toy box of brightness 50", fix: null });
    expect(app.service.choices().providers).toContainEqual({
      name: "toy",
      aliases: ["puppet"],
      label: "Toy box",
      local: true,
      clipSeconds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    });
  });

  test("has the limits that it gives, and those of this machine", async () => {
    const place = freshPlace();
    const { byName } = await installed(place);
    const pipeline = { ...place.config().pipeline, imageGenDelayMs: 3_000, videoGenConcurrency: 100 };
    const policy = policyOf({ pipeline }, byName, null);
    expect(policy.laneLimit(dueIn("toy/toy/video/clip", "clip"))).toBe(1);
    expect(policy.laneSpacingMs(dueIn("puppet/toy/image/keyframe", "keyframe"))).toBe(0);
    expect(policy.laneLimit(dueIn("google/veo-3.1-generate-001/clip", "clip"))).toBe(100);
    expect(policy.laneSpacingMs(dueIn("google/veo-3.1-generate-001/clip", "clip"))).toBe(6_000);
    expect(policy.laneSpacingMs(dueIn("google/gemini-3.1-flash-image/keyframe", "keyframe"))).toBe(3_000);
    for (const name of ["offline", "animatic"]) {
      expect(policy.laneLimit(dueIn(`${name}/${name}-clip/clip`, "clip"))).toBe(availableParallelism());
      expect(policy.laneSpacingMs(dueIn(`${name}/${name}-still/keyframe`, "keyframe"))).toBe(0);
    }
    expect(policy.laneLimit(dueIn("gone/model/keyframe", "keyframe"))).toBe(4);
  });

  test("answers to its former name with one note for all requests of a process", async () => {
    warned.length = 0;
    const { choose, byName } = await installed(freshPlace());
    for (const name of ["puppet", "Puppet", "toy", "TOY"]) expect(choose(name)).toBe(choose("toy"));
    expect(byName.get("puppet")).toBe(choose("toy"));
    expect(warned).toEqual(["provider puppet is called toy now"]);
    expect(() => choose("gone")).toThrow("provider must be auto, offline, google or toy");
  });

  test("says nothing again that the configuration said", async () => {
    warned.length = 0;
    const { choose } = await installed(freshPlace(), { VIDPIPE_PROVIDER: "puppet" });
    expect([choose(undefined).name, choose("puppet").name]).toEqual(["toy", "toy"]);
    expect(warned).toEqual([]);
  });
});

describe("auto", () => {
  const key = { GEMINI_API_KEY: "k" };

  test("takes the ready provider with the lowest rank, and never one without a rank", async () => {
    expect((await installed(freshPlace())).choose("auto").name).toBe("offline");
    expect((await installed(freshPlace(), key)).choose("auto").name).toBe("google");
    const first = { ...toy, autoRank: 0 };
    expect((await installed(freshPlace(), key, [...PROVIDERS, first])).choose("auto").name).toBe("toy");
    const broken = { ...first, readiness: () => ({ ready: false, reason: "the box is locked: open it" }) };
    const descriptions = [...PROVIDERS, broken];
    const providers = await installed(freshPlace(), key, descriptions);
    const { choose, requireReady } = providers;
    expect(choose("auto").name).toBe("google");
    const findings = await inspectProviders(descriptions, providers, DEFAULTS, false, new AbortController().signal);
    expect(findings.at(-1)).toEqual({
      topic: "toy",
      level: "warn",
      message: "no usable credentials: films are made with the provider google",
      fix: "the box is locked: open it",
    });
    expect(() => requireReady(choose("toy"))).toThrow("provider toy: the box is locked: open it");
  });
});

test("a name that two providers claim is found at the start", () => {
  const twin = { ...toy, name: "other", aliases: ["animatic"], section: null };
  expect(() => freshPlace().config({}, [...PROVIDERS, twin])).toThrow("two providers claim animatic");
});

test("a provider that does not fit its description is found at the start", async () => {
  await expect(installed(freshPlace(), {}, [...PROVIDERS, { ...toy, name: "other", aliases: [] }])).rejects.toThrow(
    "provider other does not fit its description",
  );
});
