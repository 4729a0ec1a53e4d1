import { afterAll, describe, expect, test } from "bun:test";
import type { FailureCode } from "../../../src/domain/errors.ts";
import type { ClipCheck } from "../../../src/ports/provider.ts";
import type { FaultName } from "../../support/google-fake/faults.ts";
import { FAKE_API_KEY } from "../../support/google-fake/routing.ts";
import { never } from "../../support/never.ts";
import {
  type Bench,
  bench,
  clipOrder,
  createSteppedClock,
  FILMING,
  failureOf,
  freshPath,
  PATHS,
  removeFiles,
  STILLS,
  startedClip as started,
} from "./harness.ts";

afterAll(removeFiles);

const check = (at: Bench, name: string) => at.provider.checkClip(name, clipOrder(at.models), at.models, PATHS, never);
const polls = (at: Bench) => at.fake.requests.filter(({ route }) => route === "poll").length;

async function saved(at: Bench, fault: FaultName | null): Promise<string> {
  if (fault !== null) at.fake.script({ on: "submit", fault });
  const found = await check(at, await started(at));
  if (found.kind !== "ready") throw new Error(JSON.stringify(found));
  const path = freshPath();
  await found.save(path, never);
  return path;
}

describe.each(FILMING)("$title", ({ mode, video }) => {
  const bucket = mode === "vertex" ? { outputGcsUri: "gs://films/vidpipe" } : {};

  test("a clip that is being made is running", async () => {
    const at = bench({ mode, video, fake: { pollsUntilDone: 2 } });
    const name = await started(at);
    expect(await check(at, name)).toEqual({ kind: "running" });
    expect(await check(at, name)).toEqual({ kind: "running" });
    expect(await check(at, name)).toMatchObject({ kind: "ready" });
  });

  test("a clip that never gets done stays running", async () => {
    const at = bench({ mode, video });
    at.fake.script({ on: "submit", fault: "never_done" });
    const name = await started(at);
    for (let look = 0; look < 5; look += 1) expect(await check(at, name)).toEqual({ kind: "running" });
  });

  test("a process with another configuration looks at the same operation", async () => {
    const at = bench({ mode, video });
    const name = await started(at);
    const models = { text: null, image: null, conditionedImage: null, video: null };
    const other = mode === "vertex" ? ("gemini" as const) : ("vertex" as const);
    const changed = {
      ...at.config,
      apiKey: FAKE_API_KEY,
      project: "another-project",
      location: "europe-west4",
      models,
    };
    const later = bench({ mode: other, config: { ...changed, mode: other } });
    const found = await later.provider.checkClip(name, clipOrder(at.models), later.models, PATHS, never);
    expect(found.kind).toBe("ready");
    expect(later.fake.requests).toEqual([]);
  });

  test.each([
    ["refused_absent", { kind: "refused" }],
    ["refused_empty", { kind: "refused" }],
    ["words_only", { kind: "refused" }],
    ["refused_not_charged", { kind: "refused", charged: false }],
    ["error_3_refused", { kind: "refused" }],
    ["error_13", { kind: "failed", retryable: true }],
    ["no_result", { kind: "failed", retryable: true, charged: true }],
  ] as const satisfies [FaultName, Partial<ClipCheck>][])("%s ends it", async (fault, end) => {
    const at = bench({ mode, video });
    at.fake.script({ on: "submit", fault });
    expect(await check(at, await started(at))).toMatchObject(end);
  });

  test.each([
    ["quota_retry_info", "provider.quota"],
    ["quota_per_day", "provider.quota"],
    ["overloaded", "provider.overloaded"],
    ["overloaded_text", "provider.unreachable"],
    ["internal_error", "provider.unreachable"],
    ["gateway_timeout", "provider.unreachable"],
    ["html_error", "provider.unreachable"],
    ["malformed_json", "provider.unreachable"],
    ["reset_before_reading", "provider.unreachable"],
    ["bad_request", "provider.unreachable"],
    ["safety_400", "provider.unreachable"],
    ["key_invalid", "provider.bad_key"],
    ["no_permission", "provider.no_permission"],
  ] as const satisfies [FaultName, FailureCode][])(
    "a look that meets %s is %s and ends nothing",
    async (fault, code) => {
      const at = bench({ mode, video });
      const name = await started(at);
      // Bun asks once more by itself when a kept connection breaks under a GET, which costs nothing.
      const times = fault === "reset_before_reading" && mode === "gemini" ? 2 : 1;
      at.fake.script({ on: "poll", fault, times });
      const failure = await failureOf(check(at, name));
      expect(failure.code).toBe(code);
      expect(failure.message).not.toContain("charged");
      expect(await check(at, name)).toMatchObject({ kind: "ready" });
      expect(at.fake.bill).toHaveLength(1);
    },
  );

  test("an operation that is not known at one look may be known at the next", async () => {
    const at = bench({ mode, video });
    const name = await started(at);
    at.fake.script({ on: "poll", fault: "not_found" });
    expect(await failureOf(check(at, name))).toMatchObject({ code: "provider.gone", facts: { charged: false } });
    expect(await check(at, name)).toMatchObject({ kind: "ready" });
    expect(at.fake.bill).toHaveLength(1);
  });

  test("a forgotten operation's clip is found in its folder, where there is one", async () => {
    const at = bench({ mode, video, config: bucket });
    at.fake.script({ on: "submit", fault: "forgotten" });
    const name = await started(at, "0199c3a1-5b7e-7000-8000-000000000001");
    if (mode === "vertex") expect(await check(at, name)).toMatchObject({ kind: "ready" });
    else expect((await failureOf(check(at, name))).code).toBe("provider.gone");
    if (mode !== "vertex") return;
    at.fake.script({ on: "list", fault: "not_found" });
    expect(await failureOf(check(at, name))).toMatchObject({ code: "provider.gone", facts: { charged: false } });
  });

  test("a look that hangs is given up and ends nothing", async () => {
    const clock = createSteppedClock();
    const at = bench({ mode, video, clock });
    const name = await started(at);
    at.fake.script({ on: "poll", fault: "hang" });
    const failing = failureOf(check(at, name));
    await at.fake.arrived("poll");
    await clock.step(120_000);
    expect((await failing).code).toBe("provider.unreachable");
    expect(await check(at, name)).toMatchObject({ kind: "ready" });
  });

  test("an answer about another operation is not believed", async () => {
    const at = bench({ mode, video });
    at.fake.script({ on: "submit", fault: "other_operation" });
    expect((await failureOf(check(at, await started(at)))).code).toBe("provider.unreachable");
  });

  test("done without a clip is looked at again before it is believed", async () => {
    const at = bench({ mode, video });
    await saved(at, "late_result");
    expect(polls(at)).toBe(3);
  });

  test.each(["video_truncated", "video_not_mp4", "video_longer"] as const)(
    "%s comes as it is, for the media tool to judge",
    async (fault) => {
      const path = await saved(bench({ mode, video }), fault);
      expect(Bun.file(path).size).toBeGreaterThan(100);
    },
  );

  test("a full disk says that the clip is safe", async () => {
    const at = bench({ mode, video, config: bucket });
    const found = await check(at, await started(at));
    if (found.kind !== "ready") throw new Error(found.kind);
    const failure = await failureOf(found.save("/dev/full", never));
    expect(failure.code).toBe("storage.full");
    expect(failure.message).toContain("safe at Google");
  });

  test("saving can be repeated after a failure", async () => {
    const at = bench({ mode, video });
    const found = await check(at, await started(at));
    if (found.kind !== "ready") throw new Error(found.kind);
    expect((await failureOf(found.save("/nowhere/clip.mp4", never))).code).toBe("storage.io");
    const path = freshPath();
    await found.save(path, never);
    expect(Bun.file(path).size).toBeGreaterThan(1_000);
  });
});

describe("a download", () => {
  test.each([
    ["video_empty", "media.invalid", "empty"],
    ["video_huge", "media.invalid", "53687091200 bytes"],
    ["video_endless", "media.invalid", "longer than the limit"],
    ["video_reset", "provider.unreachable", "ECONNRESET"],
    ["video_is_a_page", "provider.unreachable", "text/html instead of the clip"],
    ["video_elsewhere", "provider.unreachable", "files.example.com"],
    ["redirected_elsewhere", "provider.unreachable", "127.0.0.1:9"],
  ] as const satisfies [FaultName, FailureCode, string][])("%s is %s", async (fault, code, words) => {
    const at = bench({ config: { maxClipBytes: 500_000 } });
    const failure = await failureOf(saved(at, fault));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });

  test.each(FILMING)("of $title follows a redirect within Google", async ({ mode, video }) => {
    const at = bench({ mode, video });
    expect(Bun.file(await saved(at, "redirected_home")).size).toBeGreaterThan(1_000);
  });

  test("from a bucket carries the login", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    await saved(at, "redirected_home");
    const hops = at.fake.requests.filter(({ route }) => route === "download");
    expect(hops.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer fake-access-token",
      "Bearer fake-access-token",
    ]);
  });

  test("without a byte for a minute is given up", async () => {
    const clock = createSteppedClock();
    const at = bench({ clock });
    const found = await check(at, await started(at));
    if (found.kind !== "ready") throw new Error(found.kind);
    at.fake.script({ on: "download", fault: "hang" });
    const failing = failureOf(found.save(freshPath(), never));
    await at.fake.arrived("download");
    await clock.step(60_000);
    expect((await failing).code).toBe("provider.unreachable");
  });

  test("waits until Google has the file ready", async () => {
    const at = bench();
    at.fake.script({ on: "submit", fault: "file_processing" });
    const name = await started(at);
    expect(await check(at, name)).toEqual({ kind: "running" });
    expect(await check(at, name)).toMatchObject({ kind: "ready" });
  });
});

const CHARGED = "; Google does not say that it is free";

describe("Veo", () => {
  test.each([
    ["error_3", false, "The request was invalid (Google's error 3)"],
    ["error_4", true, `Deadline exceeded (Google's error 4)${CHARGED}`],
    ["error_8", true, `Resource exhausted, try again later (Google's error 8)${CHARGED}`],
    ["error_10", true, `The operation was aborted (Google's error 10)${CHARGED}`],
    ["error_13", true, `Video generation failed due to an internal server issue (Google's error 13)${CHARGED}`],
    ["error_14", true, `The service is currently unavailable (Google's error 14)${CHARGED}`],
    ["no_result", true, `Google says that the clip is done and gives none${CHARGED}`],
  ] as const)("an operation that ends with %s", async (fault, charged, reason) => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    at.fake.script({ on: "submit", fault });
    expect(await check(at, await started(at))).toEqual({ kind: "failed", reason, retryable: charged, charged });
    expect(at.fake.bill.map((entry) => entry.charged)).toEqual([charged]);
  });

  test("a refusal says what the filter objected to", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    at.fake.script({ on: "submit", fault: "refused_absent" });
    expect(await check(at, await started(at))).toEqual({ kind: "refused", reason: "children", charged: true });
  });

  test("the request is what Google documents", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001", config: { resolution: "1080p" } });
    await started(at);
    const { path, body } = at.fake.requests.at(-1) ?? {};
    expect(path).toBe(
      "/v1beta1/projects/fake-project/locations/us-central1/publishers/google/models/veo-3.1-generate-001:predictLongRunning",
    );
    expect(Object(body).parameters).toEqual({
      sampleCount: 1,
      durationSeconds: 4,
      aspectRatio: "16:9",
      resolution: "1080p",
      generateAudio: true,
      seed: 2_147_483_647,
    });
  });
});

describe("Omni", () => {
  test.each([
    ["interaction_failed", true, false, "Google could not make the clip (internal The video could not be generated.)"],
    ["interaction_incomplete", true, true, `Google stopped before the clip was whole${CHARGED}`],
    ["interaction_cancelled", false, true, `the clip was cancelled at Google${CHARGED}`],
    ["interaction_over_budget", false, true, `the Google account's budget is used up${CHARGED}`],
    ["no_result", true, true, `Google says that the clip is done and gives none${CHARGED}`],
  ] as const)("%s", async (fault, retryable, charged, reason) => {
    const at = bench();
    at.fake.script({ on: "submit", fault });
    expect(await check(at, await started(at))).toEqual({ kind: "failed", reason, retryable, charged });
    expect(at.fake.bill.map((entry) => entry.charged)).toEqual([charged]);
  });

  test("words instead of a clip are a refusal, free when no video tokens were used", async () => {
    const at = bench();
    at.fake.script({ on: "submit", fault: "words_only" });
    expect(await check(at, await started(at))).toEqual({
      kind: "refused",
      reason: "I cannot make this video because it shows a celebrity.",
      charged: false,
    });
  });

  test("on Vertex AI is asked at the global location and answers with the clip", async () => {
    const at = bench({ mode: "vertex", video: "gemini-omni-1.2-flash", config: { location: "europe-west4" } });
    expect(Bun.file(await saved(at, null)).size).toBeGreaterThan(1_000);
    const { path, body } = at.fake.requests.find(({ route }) => route === "submit") ?? {};
    expect(path).toBe("/v1beta1/projects/fake-project/locations/global/interactions");
    expect(body).toMatchObject({
      background: true,
      response_format: { type: "video", aspect_ratio: "16:9", resolution: "720p", duration: "4s", delivery: "inline" },
      generation_config: { video_config: { task: "image_to_video" } },
    });
  });

  test("goes by its other name on Vertex AI where it has one", async () => {
    const at = bench({ mode: "vertex", video: "gemini-omni-1.1-flash" });
    await started(at);
    expect(at.fake.bill[0]?.model).toBe("gemini-omni-1.1-flash-preview");
  });
});

describe("a bucket for clips", () => {
  const config = { outputGcsUri: "gs://films/vidpipe/" };
  const submitId = "0196f0a0-0000-7000-8000-00000000000a";

  test.each(["veo-3.1-generate-001", "gemini-omni-1.2-flash"])(
    "finds the clip of %s whose answer was lost",
    async (video) => {
      const at = bench({ mode: "vertex", video, config });
      at.fake.script({ on: "submit", fault: "execute_and_reset" });
      const order = clipOrder(at.models);
      await failureOf(at.provider.startClip(order, at.models, STILLS, never, submitId));
      const name = await at.provider.recoverClip(submitId, order, at.models, never);
      if (name === null) throw new Error("nothing was found");
      const found = await check(at, name);
      if (found.kind !== "ready") throw new Error(found.kind);
      const path = freshPath();
      await found.save(path, never);
      expect(Bun.file(path).size).toBeGreaterThan(1_000);
      expect(at.fake.bill).toHaveLength(1);
    },
  );

  test("of somebody else's film counts only where this user's configuration names it too", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    const theirs = { ...at.models, options: { ...at.models.options, outputGcsUri: "gs://theirs/clips" } };
    const failure = await failureOf(at.provider.startClip(clipOrder(theirs), theirs, STILLS, never, submitId));
    expect([failure.code, at.fake.bill.length]).toEqual(["config.invalid", 0]);
    expect(failure.message).toContain(
      "google_cloud.output_gcs_uri is not set: nothing was sent; set it to gs://theirs",
    );
  });

  test("is empty when the request never arrived", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001", config });
    expect(await at.provider.recoverClip(submitId, clipOrder(at.models), at.models, never)).toBeNull();
  });

  test("is not looked into when there is none", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
    expect(await at.provider.recoverClip(submitId, clipOrder(at.models), at.models, never)).toBeNull();
    expect(at.fake.requests).toEqual([]);
  });

  test("has the clip that an operation forgot to name", async () => {
    const at = bench({ mode: "vertex", video: "veo-3.1-generate-001", config });
    at.fake.script({ on: "submit", fault: "result_only_in_bucket" });
    expect(await check(at, await started(at, submitId))).toMatchObject({ kind: "ready" });
  });
});

test("a name that this provider never saved is not asked about", async () => {
  const at = bench();
  for (const name of ["", "animatic:1", "veo:nonsense", "omni:gemini:::../files/x", "omni:other:::v1_x"])
    expect((await failureOf(check(at, name))).code).toBe("internal");
  expect(at.fake.requests).toEqual([]);
});
