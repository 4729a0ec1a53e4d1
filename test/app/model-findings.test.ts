import { afterEach, expect, test } from "bun:test";
import { inspectProviders } from "../../src/app/inspect-providers.ts";
import { installProviders, PROVIDERS } from "../../src/app/providers.ts";
import { type AppInFolder, createAppInFolder } from "../support/app-in-folder.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { never } from "../support/never.ts";

const places: AppInFolder[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

/** Levels and messages of what `doctor` says of Google with these settings on a day. */
async function said(env: Record<string, string>, nowMs = Date.UTC(2026, 10, 22), clipDurationSeconds = 6) {
  const place = createAppInFolder();
  places.push(place);
  const log = { debug() {}, info() {}, error() {}, warn() {} };
  const deps = { media: createFakeMedia(), clock: createManualClock(nowMs), log };
  const installed = await installProviders(PROVIDERS, place.config(env, PROVIDERS), deps);
  const usual = {
    style: "plain",
    aspectRatio: "16:9",
    clipDurationSeconds,
    maxScenes: 15,
    crossfadeSeconds: 0,
  } as const;
  const findings = await inspectProviders(PROVIDERS, installed, usual, false, never);
  return findings.flatMap(({ topic, level, message }) => (topic === "google" ? `${level} ${message}` : []));
}
const key = { GEMINI_API_KEY: "k" };

test("doctor says which price of a usual film's models changes within 30 days", async () => {
  expect(await said(key)).toEqual(["ok Gemini API with an API key"]);
  const argon = { ...key, VIDPIPE_MODELS__STORYBOARD_LLM: "gemini-4-argon" };
  expect((await said(argon)).at(-1)).toStartWith(
    "warn gemini-4-argon costs $4.00 in and $20.00 out per million tokens",
  );
  expect(await said(key, Date.UTC(2026, 11, 5))).toHaveLength(2);
});

test("doctor says that a configured model is gone, or makes no clips of the configured length", async () => {
  const gone = await said({ ...key, VIDPIPE_MODELS__IMAGE_GEN: "gemini-3.1-flash-image" });
  expect(gone.at(-1)).toContain(
    "fail models.image_gen: gemini-3.1-flash-image has not answered on the Gemini API since 2026-10-29",
  );
  expect((await said(key, undefined, 12)).at(-1)).toContain(
    "clip duration 12: gemini-omni-1.2-flash makes clips of 3 to 10",
  );
});

test("doctor says nothing of models that cannot be used yet", async () => {
  expect(await said({ VIDPIPE_MODELS__IMAGE_GEN: "gemini-3.1-flash-image" })).toHaveLength(1);
});
