import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { PieceView, ProjectView, SceneView } from "../../src/domain/view.ts";
import { fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { fakeWay } from "../support/ways.ts";
import { createTestApi } from "./harness.ts";

// Written down here once more, apart from the product's own schemas: this is what clients of v1 rely on.
const utc = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const accepted = z.strictObject({
  project_id: id,
  status: z.string(),
  status_url: z.string(),
  max_usd: z.number().nullable(),
  total_usd: z.number().exactOptional(),
  most_usd: z.number().exactOptional(),
});
const status = z.strictObject({
  project_id: id,
  status: z.string(),
  created_at: utc,
  updated_at: utc,
  error_message: z.string().nullable(),
});
const listItem = z.strictObject({
  project_id: id,
  prompt: z.string(),
  status: z.string(),
  created_at: utc,
  updated_at: utc, // new
});
const scene = z.strictObject({
  scene_index: z.int(),
  description: z.string(),
  status: z.string(),
  has_start_keyframe: z.boolean(),
  has_end_keyframe: z.boolean(),
  has_clip: z.boolean(),
  own_clip: z.boolean(), // new
  clip_status: z.string().nullable(),
  clip_longer: z.strictObject({ ordered_seconds: z.number(), came_seconds: z.number() }).nullable(), // new
});
const detail = z.strictObject({
  project_id: id,
  prompt: z.string(),
  style: z.string(),
  aspect_ratio: z.string(),
  status: z.string(),
  created_at: utc,
  updated_at: utc,
  scene_count: z.int(),
  scenes: z.array(scene),
  error_message: z.string().nullable(),
  // new
  title: z.string().nullable(),
  clip_duration: z.number(),
  crossfade: z.number(),
  seed: z.int().nullable(),
  provider: z.string(),
  waits: z.array(
    z.strictObject({
      reason: z.string(),
      message: z.string(),
      usd: z.number().nullable(),
      ways: z.array(
        z.strictObject({
          action: z.string(),
          command: z.string(),
          request: z.strictObject({ method: z.string(), path: z.string(), body: z.looseObject({}) }),
          usd: z.number().nullable(),
        }),
      ),
      next: z.array(z.string()),
    }),
  ),
  waiting_for: z.string().nullable(),
  waits_until: z.iso.datetime().nullable(),
  missing_scenes: z.array(z.int()),
  seams: z.array(
    z.strictObject({
      position: z.int(),
      before: z.number().nullable(),
      after: z.number().nullable(),
      between: z.number().nullable(),
      score: z.number(),
      bad: z.boolean(),
      next: z.string().nullable(),
      retake: z.strictObject({ scene: z.int(), piece: z.literal("clip") }).nullable(),
    }),
  ),
  cost: z.strictObject({
    spent_usd: z.number(),
    reserved_usd: z.number(),
    unknown_usd: z.number(),
    max_usd: z.number().nullable(),
  }),
  until: z.string(),
  revision: z.int(),
  animatic: z.strictObject({ url: z.string(), duration_seconds: z.number() }).nullable(),
  film: z
    .strictObject({
      download_url: z.string(),
      duration_seconds: z.number(),
      bytes: z.int(),
      scene_starts: z.array(z.number()).nullable(),
      stitch: z.string().nullable(),
    })
    .nullable(),
});

const piece = (change: Partial<PieceView> = {}): PieceView => ({
  status: null,
  key: null,
  message: null,
  stale: false,
  own: false,
  ...change,
});
const done = piece({ status: "done", key: "a/b.png" });
const sceneView = (change: Partial<SceneView>): SceneView => ({
  sceneIndex: 0,
  description: "A cat",
  status: "pending",
  start: piece(),
  end: piece(),
  clip: piece(),
  ...change,
});

async function answerOf<S extends z.ZodType>(schema: S, response: Response): Promise<z.infer<S>> {
  expect(response.headers.get("content-type")).toContain("application/json");
  return schema.parse(await response.json());
}

const ID = fakeProjectId(1);
async function detailOf(change: Partial<ProjectView>): Promise<z.infer<typeof detail>> {
  return answerOf(detail, await createTestApi({ projects: [fakeProject(change)] }).get(`/api/projects/${ID}`));
}

describe("every answer has exactly v1's fields and the new ones", () => {
  test("POST /api/generate", async () => {
    const response = await createTestApi().post("/api/generate", { prompt: "A cat" });
    expect(response.status).toBe(202);
    expect(await answerOf(accepted, response)).toEqual({
      project_id: ID,
      status: "pending",
      status_url: `/api/projects/${ID}/status`,
      max_usd: null,
    });
  });

  test("GET /api/projects/{id}/status", async () => {
    const { get } = createTestApi({ projects: [fakeProject({ status: "failed", message: "stitching failed" })] });
    expect(await answerOf(status, await get(`/api/projects/${ID}/status`))).toEqual({
      project_id: ID,
      status: "failed",
      created_at: "2026-11-22T12:00:00.000Z",
      updated_at: "2026-11-22T12:00:00.000Z",
      error_message: "stitching failed",
    });
  });

  test("GET /api/projects/{id} of a new project", async () => {
    expect(await detailOf({})).toMatchObject({
      scene_count: 0,
      scenes: [],
      error_message: null,
      title: null,
      animatic: null,
      film: null,
    });
  });

  test("GET /api/projects/{id} of a finished film", async () => {
    const found = await detailOf({
      ...fakeComplete(),
      scenes: [sceneView({ status: "complete", start: done, end: done, clip: done })],
      missingScenes: [1],
      maxCostUsd: 5,
      spend: { reservedUsd: 1, spentUsd: 2, unknownUsd: 3 },
    });
    expect(found).toMatchObject({
      prompt: "A cat exploring Tokyo at night",
      style: "cinematic",
      aspect_ratio: "16:9",
      status: "complete",
      scene_count: 1,
      missing_scenes: [1],
      cost: { reserved_usd: 1, spent_usd: 2, unknown_usd: 3, max_usd: 5 },
      animatic: null,
      film: {
        download_url: `/api/projects/${ID}/download`,
        duration_seconds: 24,
        bytes: 1_234_567,
        scene_starts: null,
        stitch: null,
      },
    });
  });

  test("GET /api/projects/{id} of a film with a clip that came longer than ordered", async () => {
    const scenes = [sceneView({ longer: { orderedSeconds: 6, cameSeconds: 8 } }), sceneView({ sceneIndex: 1 })];
    expect((await detailOf({ scenes })).scenes.map(({ clip_longer }) => clip_longer)).toEqual([
      { ordered_seconds: 6, came_seconds: 8 },
      null,
    ]);
  });

  test("GET /api/projects/{id} of a project that waits for its user", async () => {
    const wait = { reason: "budget" as const, message: "the next clip costs more", usd: null };
    const ways = [fakeWay("vidpipe resume x"), { ...fakeWay("vidpipe cancel x"), action: "cancel" as const, usd: 0 }];
    const told = await detailOf({ status: "held", waits: [{ ...wait, ways }] });
    expect(told).toMatchObject({ status: "held", waits: [{ ...wait, ways, next: ["vidpipe resume x"] }] });
  });

  test("GET /api/projects is a bare list, newest first", async () => {
    const older = fakeProject({ id: fakeProjectId(1), createdAtMs: 1_000 });
    const newer = fakeProject({ id: fakeProjectId(2), createdAtMs: 2_000 });
    const { get } = createTestApi({ projects: [older, newer] });
    const list = await answerOf(z.array(listItem), await get("/api/projects"));
    expect(list.map((item) => item.project_id)).toEqual([newer.id, older.id]);
  });

  test.each(["resume", "cancel"])("POST /api/projects/{id}/%s", async (act) => {
    const { post } = createTestApi({ projects: [fakeProject({ status: "failed" })] });
    const response = await post(`/api/projects/${ID}/${act}`);
    expect(response.status).toBe(202);
    await answerOf(accepted, response);
  });

  test("POST /api/projects/{id}/stitch", async () => {
    const { post } = createTestApi({ projects: [fakeProject(fakeComplete())] });
    const response = await post(`/api/projects/${ID}/stitch`, { crossfade: 0.5 });
    expect(response.status).toBe(202);
    expect(await answerOf(accepted, response)).toMatchObject({ status: "stitching" });
  });

  test("GET /api/health", async () => {
    const response = await createTestApi().get("/api/health");
    expect(await response.json()).toEqual({ status: "ok", version: "2.0.0-test" });
  });
});

describe("scenes speak v1's words", () => {
  const queued = piece({ status: "queued" });
  test.each([
    ["nothing drawn", sceneView({}), "pending", null, [false, false, false]],
    ["first still drawn", sceneView({ status: "keyframing", start: done }), "pending", null, [true, false, false]],
    [
      "clip queued",
      sceneView({ status: "video_gen", start: done, end: done, clip: queued }),
      "keyframes_done",
      null,
      [true, true, false],
    ],
    [
      "clip polled",
      sceneView({ status: "video_gen", start: done, end: done, clip: piece({ status: "waiting" }) }),
      "keyframes_done",
      "polling",
      [true, true, false],
    ],
    [
      "clip done",
      sceneView({ status: "complete", start: done, end: done, clip: done }),
      "video_done",
      "complete",
      [true, true, true],
    ],
    [
      "clip refused",
      sceneView({ status: "held", start: done, end: done, clip: piece({ status: "refused" }) }),
      "rai_filtered",
      "rai_filtered",
      [true, true, false],
    ],
    [
      "clip failed",
      sceneView({ status: "failed", start: done, end: done, clip: piece({ status: "failed" }) }),
      "failed",
      "failed",
      [true, true, false],
    ],
    [
      "still refused",
      sceneView({ status: "held", start: piece({ status: "refused" }) }),
      "rai_filtered",
      null,
      [false, false, false],
    ],
    [
      "clip's answer lost",
      sceneView({ status: "held", start: done, end: done, clip: piece({ status: "ambiguous" }) }),
      "held",
      "ambiguous",
      [true, true, false],
    ],
    [
      "scene left out",
      sceneView({ status: "skipped", clip: piece({ status: "skipped" }) }),
      "skipped",
      "skipped",
      [false, false, false],
    ],
    [
      "cancelled",
      sceneView({ status: "cancelled", clip: piece({ status: "cancelled" }) }),
      "cancelled",
      "cancelled",
      [false, false, false],
    ],
  ] as const)("%s", async (_, view, word, clipWord, [start, end, clip]) => {
    expect((await detailOf({ scenes: [view] })).scenes[0]).toEqual({
      scene_index: 0,
      description: "A cat",
      status: word,
      has_start_keyframe: start,
      has_end_keyframe: end,
      has_clip: clip,
      own_clip: false,
      clip_status: clipWord,
      clip_longer: null,
    });
  });
});
