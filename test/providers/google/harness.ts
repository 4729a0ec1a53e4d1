/** The real SDK, the real provider, and Google on loopback. */

import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { ArtifactId } from "../../../src/domain/ids.ts";
import type { ModelSelection, ProjectRequest } from "../../../src/domain/project.ts";
import type { ClipOrder, KeyframeOrder, StoryboardOrder } from "../../../src/domain/step.ts";
import type { PaidAnswer, Reading, StillImage } from "../../../src/ports/provider.ts";
import type { Clock, Log } from "../../../src/ports/runtime.ts";
import type { LoginSecrets } from "../../../src/providers/google/login.ts";
import type { Mode } from "../../../src/providers/google/models.ts";
import { createGoogleProvider, type GoogleProvider } from "../../../src/providers/google/provider.ts";
import type { GoogleConfig } from "../../../src/providers/google/settings.ts";
import {
  createGoogleFake,
  FAKE_PROJECT,
  type FakeOptions,
  type GoogleFake,
} from "../../support/google-fake/google-fake.ts";
import { png } from "../../support/google-fake/media.ts";
import { FAKE_API_KEY } from "../../support/google-fake/routing.ts";
import { never } from "../../support/never.ts";

const folder = join(tmpdir(), `vidpipe-google-${process.pid}`);
let files = 0;
/** A path nobody has used; the file goes away with `removeFiles`. */
export function freshPath(name = "clip.mp4"): string {
  mkdirSync(folder, { recursive: true });
  files += 1;
  return join(folder, `${files}-${name}`);
}
/** For `afterAll` of every file that makes any. */
export const removeFiles = (): void => rmSync(folder, { recursive: true, force: true });

/** A clock whose time passes only when the test says so. */
export interface SteppedClock extends Clock {
  step(ms: number): Promise<void>;
}

export function createSteppedClock(startMs = Date.UTC(2026, 10, 22, 12)): SteppedClock {
  let elapsed = 0;
  const timers = new Set<{ at: number; fire: () => void }>();
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    sinceBoot: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const timer = {
          at: elapsed + ms,
          fire: () => {
            timers.delete(timer);
            resolve();
          },
        };
        timers.add(timer);
        signal.addEventListener("abort", timer.fire, { once: true });
      }),
    step: async (ms) => {
      elapsed += ms;
      for (const timer of [...timers]) if (timer.at <= elapsed) timer.fire();
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}

/** A clock that never makes anybody wait: sleeps of the provider's own pauses end at once, limits never come. */
export function createEagerClock(startMs = Date.UTC(2026, 10, 22, 12)): Clock {
  const limitMs = 30_000;
  let elapsed = 0;
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    sinceBoot: () => elapsed,
    sleep: (ms, signal) => {
      if (ms < limitMs) {
        elapsed += ms;
        return Promise.resolve();
      }
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
  };
}

export const LOCAL_CONFIG: GoogleConfig = {
  mode: "gemini",
  apiKey: FAKE_API_KEY,
  project: null,
  location: null,
  credentialsFile: null,
  credentialsAreFound: false,
  wellKnownCredentialsFile: null,
  vertexBaseUrl: null,
  geminiBaseUrl: null,
  storageBaseUrl: null,
  models: { text: null, image: null, conditionedImage: null, video: null },
  imageSize: null,
  resolution: null,
  outputGcsUri: null,
  maxClipBytes: null,
  catalog: {},
};

export const REQUEST: ProjectRequest = {
  prompt: "A cat exploring Tokyo at night.",
  style: "cinematic",
  aspectRatio: "16:9",
  clipDurationSeconds: 4,
  sceneCount: 3,
  maxScenes: 15,
  seed: 4_294_967_295,
  crossfadeSeconds: 0,
};

/** What the two ways to film have in common for a test: a mode and a video model. */
export const FILMING = [
  { title: "Vertex AI with Veo", mode: "vertex", video: "veo-3.1-fast-generate-001" },
  { title: "Gemini API with Omni", mode: "gemini", video: "gemini-omni-1.2-flash" },
] as const satisfies readonly { title: string; mode: Mode; video: string }[];

export interface Bench {
  readonly fake: GoogleFake;
  readonly provider: GoogleProvider;
  readonly models: ModelSelection;
  readonly config: GoogleConfig;
  readonly logged: { message: string; fields: Record<string, unknown> | undefined }[];
}

export interface BenchOptions {
  readonly mode?: Mode;
  readonly video?: string | null;
  readonly config?: Partial<GoogleConfig>;
  readonly fake?: FakeOptions;
  readonly clock?: Clock;
  /** The login as the settings say by now. */
  readonly reread?: () => LoginSecrets;
}

/** A provider that talks to a fake of its own. */
export function bench({
  mode = "gemini",
  video = null,
  config = {},
  fake: fakeOptions = {},
  clock,
  reread,
}: BenchOptions = {}): Bench {
  const fake = createGoogleFake({ pollsUntilDone: 0, ...fakeOptions });
  const full: GoogleConfig = {
    ...LOCAL_CONFIG,
    mode,
    apiKey: mode === "gemini" ? FAKE_API_KEY : null,
    project: mode === "vertex" ? FAKE_PROJECT : null,
    credentialsFile: mode === "vertex" ? fake.writeCredential(freshPath("login")) : null,
    vertexBaseUrl: fake.url,
    geminiBaseUrl: fake.url,
    storageBaseUrl: fake.url,
    models: { ...LOCAL_CONFIG.models, video },
    ...config,
  };
  const logged: Bench["logged"] = [];
  const note = (message: string, fields?: Record<string, unknown>) => logged.push({ message, fields });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const provider = createGoogleProvider(full, { clock: clock ?? createEagerClock(), log, ...(reread && { reread }) });
  return { fake, provider, models: provider.selectModels(REQUEST), config: full, logged };
}

const note = { sceneIndex: 0, sceneCount: 3, description: "d", motion: "m", style: "s" };
const ref = { id: ArtifactId.parse("0196f0a0-0000-7000-8000-000000000000"), sha256: "0" };

export const storyboardOrder = (models: ModelSelection, change: Partial<StoryboardOrder> = {}): StoryboardOrder => ({
  kind: "storyboard",
  model: models.textModel,
  prompt: REQUEST.prompt,
  style: REQUEST.style,
  aspectRatio: "16:9",
  clipDurationSeconds: 4,
  sceneCount: 3,
  maxScenes: 15,
  seed: REQUEST.seed,
  ...change,
});
export const keyframeOrder = (models: ModelSelection, isFirst: boolean): KeyframeOrder => ({
  kind: "keyframe",
  model: models.imageModel,
  prompt: "A cat under a lantern",
  aspectRatio: "16:9",
  seed: REQUEST.seed,
  previous: isFirst ? null : ref,
  note,
});
export const clipOrder = (models: ModelSelection): ClipOrder => ({
  kind: "clip",
  model: models.videoModel,
  prompt: "The camera glides",
  aspectRatio: "16:9",
  durationSeconds: 4,
  seed: REQUEST.seed,
  start: ref,
  end: ref,
  note,
});

export const still = (seed: string): StillImage => ({
  bytes: png({ width: 160, height: 90 }, seed),
  mediaType: "image/png",
});
export const STILLS = { start: still("start"), end: still("end") };
export const PATHS = { startPath: "start.png", endPath: "end.png" };

/** The failure a promise ends in; fails the test when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<VidpipeError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof VidpipeError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}

/** An answer as the wire brings it. */
export const answerOf = (body: unknown, mediaType = "application/json"): PaidAnswer => ({
  bytes: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
  mediaType,
});

/** What a reading holds; fails the test when there is nothing in it. */
export function contentOf<Content>(reading: Reading<Content>): Content {
  if (reading.kind === "content") return reading.content;
  throw new Error(JSON.stringify(reading));
}

/** Buys a clip and gives the name to save. */
export async function startedClip({ provider, models }: Bench, submitId: string | null = null): Promise<string> {
  const order = clipOrder(models);
  const answer = await provider.startClip(order, models, STILLS, never, submitId);
  return contentOf(provider.readOperation(order, models, submitId, answer));
}

/** Buys a still and reads it. */
export async function drawnStill({ provider, models }: Bench, previous: StillImage | null = null): Promise<StillImage> {
  const order = keyframeOrder(models, previous === null);
  return contentOf(provider.readKeyframe(order, await provider.drawKeyframe(order, models, previous, never)));
}
