import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { z } from "zod";
import { DeliveriesAnswer, DiscardedAnswer } from "../../../src/api/routes/trash.ts";
import { ScenesAnswer, StepsAnswer } from "../../../src/api/schemas/assets.ts";
import { CostAnswer, EstimateAnswer } from "../../../src/api/schemas/costs.ts";
import { TakesAnswer } from "../../../src/api/schemas/editing.ts";
import { ListPageAnswer } from "../../../src/api/schemas/list.ts";
import { ProjectAnswer, StatusAnswer } from "../../../src/api/schemas/responses.ts";
import { StoryboardAnswer } from "../../../src/api/schemas/storyboard.ts";
import type { ProjectView } from "../../../src/domain/view.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { fakeClipBytes } from "../../support/fake-media.ts";
import { fakeProject, fakeProjectId } from "../../support/fake-service.ts";
import { never } from "../../support/never.ts";
import { createHeldClock, createTestApi } from "../harness.ts";
import { BIN_MS, makeFilm, openTestServer, type RunningTestServer, serveTestServer } from "../test-server.ts";

let up: RunningTestServer;
let film: ProjectView;
beforeAll(async () => {
  up = serveTestServer(openTestServer({ webhookUrl: "https://hooks.example.com/in?key=secret" }));
  film = await makeFilm(up, "A cat at night.", 2);
});
afterAll(() => up.stop());

async function read<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> {
  const answer = await up.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return schema.parse(await answer.json());
}
const at = (path: string) => `/api/projects/${film.id}/${path}`;

describe("what was made", () => {
  test("scenes come with all takes, and the end of one is the start of the next", async () => {
    const { scenes, storyboard } = await read(ScenesAnswer, at("scenes"));
    expect(
      scenes.map(({ scene_index, start, end, clip }) => [scene_index, start.status, end.status, clip.status]),
    ).toEqual([
      [0, "done", "done", "done"],
      [1, "done", "done", "done"],
    ]);
    expect(storyboard?.scenes).toHaveLength(2);
    const [first, second] = scenes;
    const still = async (url: string | null | undefined) => (await up.get(url ?? "")).text();
    expect(await still(first?.end.url)).toBe(await still(second?.start.url));
    expect(first?.clip.takes).toMatchObject([
      { take: 1, selected: true, media_type: "video/mp4", duration_seconds: 6 },
    ]);
  });

  test("every address in them is answered with what it says it is", async () => {
    const { scenes } = await read(ScenesAnswer, at("scenes"));
    for (const take of scenes.flatMap(({ start, end, clip }) => [...start.takes, ...end.takes, ...clip.takes])) {
      const answer = await up.get(take.url ?? "");
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, take.media_type]);
      expect((await answer.bytes()).byteLength).toBe(take.bytes ?? -1);
    }
  });

  test("an animatic, once there is one", async () => {
    expect((await up.get(at("animatic.mp4"))).status).toBe(404);
    const { service } = up;
    const { id } = await service.create({ prompt: "A fox.", sceneCount: 1 }, { until: "animatic" }, never);
    for await (const { project } of service.watch(id, never))
      if (project.status === "review") expect(project.animatic).not.toBeNull();
    const { animatic } = ProjectAnswer.parse(await (await up.get(`/api/projects/${id}`)).json());
    const answer = await up.get(animatic?.url ?? "");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "video/mp4"]);
    expect(animatic?.duration_seconds).toBe(6);
    expect((await up.get(`/api/projects/${id}/film.mp4`)).status).toBe(404);
  });

  test("a storyboard", async () => {
    expect((await read(StoryboardAnswer, at("storyboard"))).scenes[1]).toMatchObject({
      scene_index: 1,
      description: "scene 1",
    });
  });

  test("steps, oldest first", async () => {
    const { steps } = await read(StepsAnswer, at("steps"));
    expect(steps[0]).toMatchObject({ kind: "storyboard", status: "done", take: 1, selected: true });
    expect(steps.map(({ kind }) => kind).toSorted()).toEqual([
      "clip",
      "clip",
      "keyframe",
      "keyframe",
      "keyframe",
      "stitch",
      "storyboard",
    ]);
  });

  test("cost and ledger add up", async () => {
    const cost = await read(CostAnswer, at("cost"));
    expect(cost.ledger).toHaveLength(6);
    expect(cost.ledger.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(cost.spent_usd, 6);
    expect(cost).toMatchObject({ spent_usd: 2.31, reserved_usd: 0, unknown_usd: 0, max_usd: 2.63 });
    expect(cost).toMatchObject({ quoted_usd: 2.31, returned_usd: 0, billed_usd: null });
    const pieces = ["clip of scene 1", "clip of scene 2", "keyframe 1", "keyframe 2", "keyframe 3", "storyboard"];
    expect(cost.ledger.map(({ piece }) => piece).toSorted()).toEqual(pieces);
    for (const line of cost.ledger) expect(line).toMatchObject({ take: 1, because: "first", answer: "used" });
  });

  test("a reply as it came is no picture: it is listed by its name and not served", async () => {
    const { ledger } = await read(CostAnswer, at("cost"));
    const still = ledger.find(({ piece }) => piece === "keyframe 1");
    expect(still?.reply_file).toMatch(/\/answer-[0-9a-f-]{36}-[0-9a-f]{12}\.png$/);
    const named = `${at("scenes/0/start.png")}?take=1&answer=${still?.submit_id}`;
    expect((await up.get(named)).status).toBe(404);
    expect((await up.get(`${at("scenes/0/start.png")}?answer=../../etc`)).status).toBe(422);
    const { takes } = await read(TakesAnswer, at("takes"));
    expect(takes.flatMap(({ rejected }) => rejected)).toEqual([]);
  });

  test("a webhook's log tells neither key nor query", async () => {
    const { deliveries } = await read(DeliveriesAnswer, at("webhook"));
    expect(deliveries).toMatchObject([
      { type: "project.complete", url: "https://hooks.example.com/in", state: "pending", attempts: 0 },
    ]);
  });

  test("before there is a storyboard it is 409, and there are no scenes", async () => {
    const { id } = await up.service.create({ prompt: "x" }, { maxCostUsd: 0 }, never);
    expect((await up.get(`/api/projects/${id}/storyboard`)).status).toBe(409);
    expect(await read(ScenesAnswer, `/api/projects/${id}/scenes`)).toMatchObject({ storyboard: null, scenes: [] });
  });
});

describe("what was paid for and does not fit", () => {
  test("is listed with its take and served as the clip that it is, and never as the scene's", async () => {
    const short = fakeClipBytes({ durationSeconds: 2 });
    const save = async (path: string) => void (await Bun.write(path, short));
    const server = serveTestServer(openTestServer({ script: { verdict: () => ({ kind: "ready", save }) } }));
    try {
      const { id } = await server.service.create({ prompt: "A cat.", sceneCount: 1 }, {}, never);
      let last: ProjectView | undefined;
      for await (const { project } of server.service.watch(id, never)) last = project;
      expect(last?.waits.map(({ reason }) => reason)).toEqual(["rejected"]);
      const base = `/api/projects/${id}`;
      const { takes } = TakesAnswer.parse(await (await server.get(`${base}/takes`)).json());
      const clip = takes.find(({ kind }) => kind === "clip");
      const [rejected] = clip?.rejected ?? [];
      expect(clip).toMatchObject({ status: "rejected", url: null });
      expect(rejected).toMatchObject({
        reason: "the clip is 2.00 s long, ordered were 6 s",
        thumbnail_url: null,
        media_type: "video/mp4",
        bytes: short.byteLength,
      });
      const served = await server.get(rejected?.url ?? "");
      expect([served.status, served.headers.get("content-type")]).toEqual([200, "video/mp4"]);
      expect(served.headers.get("x-content-type-options")).toBe("nosniff");
      expect((await served.bytes()).byteLength).toBe(short.byteLength);
      expect((await server.get(`${base}/scenes/0/clip.mp4`)).status).toBe(404);
      const { ledger } = CostAnswer.parse(await (await server.get(`${base}/cost`)).json());
      const calls = ledger.filter(({ kind }) => kind === "clip");
      expect(calls.map(({ answer, reason }) => [answer, reason])).toEqual([["rejected", rejected?.reason ?? ""]]);
      expect(calls[0]?.result_file).toEndWith(".mp4");
    } finally {
      await server.stop();
    }
  });
});

describe("stills", () => {
  /** A film whose stills are real pictures. */
  async function withPictures(): Promise<{ server: RunningTestServer; id: string }> {
    const testServer = openTestServer();
    const picture = await new Bun.Image(slope(1_280, 720)).png().bytes();
    testServer.provider.drawKeyframe = async () => ({ bytes: picture, mediaType: "image/png" });
    const made = await makeFilm(testServer, "Colours.", 1);
    return { server: serveTestServer(testServer), id: made.id };
  }
  test.each([
    [16, 160],
    [300, 320],
    [480, 480],
    [1_280, 1_280],
  ])("asked %d pixels wide come %d wide, as WebP", async (asked, made) => {
    const { server, id } = await withPictures();
    const answer = await server.get(`/api/projects/${id}/scenes/0/start.png?w=${asked}`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/webp"]);
    expect(await new Bun.Image(await answer.bytes()).metadata()).toMatchObject({ width: made, format: "webp" });
    const again = await server.get(`/api/projects/${id}/scenes/0/start.png?w=${asked}`, {
      "If-None-Match": answer.headers.get("etag") ?? "",
    });
    expect(again.status).toBe(304);
    await server.stop();
  });

  test.each(["0", "15", "1281", "-1", "1e2", "x", ""])("asked %p pixels wide are 422", async (w) => {
    expect((await up.get(`${at("scenes/0/start.png")}?w=${w}`)).status).toBe(422);
  });

  test("that are no pictures cannot be made smaller: 404", async () => {
    expect((await up.get(`${at("scenes/0/start.png")}?w=160`)).status).toBe(404);
  });
});

/** A bitmap (BMP, 24 bits) whose colours change from side to side. */
function slope(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(54 + width * height * 3);
  const head = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  head.setUint32(2, bytes.length, true);
  head.setUint32(10, 54, true);
  head.setUint32(14, 40, true);
  head.setInt32(18, width, true);
  head.setInt32(22, height, true);
  head.setUint16(26, 1, true);
  head.setUint16(28, 24, true);
  for (let pixel = 0; pixel < width * height; pixel++)
    bytes.set([((pixel % width) * 255) / width, (pixel / width / height) * 255, 128], 54 + pixel * 3);
  return bytes;
}

describe("the list", () => {
  const projects = Array.from({ length: 7 }, (_, n) => fakeProject({ id: fakeProjectId(n + 1), createdAtMs: n }));

  test("without parameters is v1's, with any of them a page", async () => {
    const { get } = createTestApi({ projects });
    expect(Array.isArray(await (await get("/api/projects")).json())).toBe(true);
    expect(Array.isArray(await (await get("/api/projects?unknown=1")).json())).toBe(true);
    for (const asked of ["limit=5", "status=held", "q=cat"])
      expect(ListPageAnswer.safeParse(await (await get(`/api/projects?${asked}`)).json()).success).toBe(true);
  });

  test("is read to its end by following cursors, each project once", async () => {
    const seen: string[] = [];
    const made = [
      film.id,
      ...(await Promise.all([1, 2, 3, 4].map(() => up.service.create({ prompt: "x" }, {}, never)))).map(({ id }) => id),
    ];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: z.output<typeof ListPageAnswer> = await read(
        ListPageAnswer,
        `/api/projects?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.projects.map((item) => item.project_id));
      cursor = page.next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of made) expect(seen).toContain(id);
  });

  test("can be searched, and shows where a poster is", async () => {
    const { projects: found } = await read(ListPageAnswer, "/api/projects?q=CAT%20AT");
    expect(found).toMatchObject([
      {
        project_id: film.id,
        poster_url: `/api/projects/${film.id}/scenes/0/start.png?w=480`,
        title: film.storyboard?.title,
        duration_seconds: film.final?.durationSeconds,
      },
    ]);
  });
});

describe("deleting", () => {
  const remove = (id: string) => fetch(up.url(`/api/projects/${id}`), { method: "DELETE" });

  test("puts a project into the trash, from which it comes back whole", async () => {
    const { id } = await makeFilm(up, "Back again.", 1);
    const before = await (await up.get(`/api/projects/${id}`)).json();
    const { restorable_until } = DiscardedAnswer.parse(await (await remove(id)).json());
    expect(Date.parse(restorable_until) - Date.now()).toBeGreaterThan(BIN_MS - 5_000);
    for (const path of ["", "/status", "/scenes", "/scenes/0/start.png", "/download", "/events", "/cost"])
      expect((await up.get(`/api/projects/${id}${path}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
    StatusAnswer.parse(await (await up.post(`/api/projects/${id}/restore`, {})).json());
    expect(await (await up.get(`/api/projects/${id}`)).json()).toEqual(before);
  });

  test("takes files and words away when its time is over, and keeps the ledger", async () => {
    let skewMs = 0;
    const testServer = openTestServer({ clock: { ...createSystemClock(), now: () => Date.now() + skewMs } });
    const made = await makeFilm(testServer, "Gone for good.", 1);
    const { path } = await testServer.assets.piece(made.id, { kind: "clip", position: 0 });
    await testServer.trash.discard(made.id);
    await testServer.trash.tidy(never);
    expect(await Bun.file(path).exists()).toBe(true);
    skewMs = BIN_MS + 1;
    await testServer.trash.tidy(never);
    expect(await Bun.file(path).exists()).toBe(false);
    expect((await testServer.operations.metrics()).submits.map(({ count }) => count)).toEqual([1, 2, 1]);
    await testServer.service.stop();
  });

  test("a project that is being made is 409", async () => {
    const busy = serveTestServer(openTestServer({ script: { clipMs: 60_000 } }));
    const { id } = await busy.service.create({ prompt: "x", sceneCount: 1 }, {}, never);
    expect((await fetch(busy.url(`/api/projects/${id}`), { method: "DELETE" })).status).toBe(409);
    await busy.stop();
  });
});

describe("an estimate", () => {
  test("prices what generate would buy, and makes nothing", async () => {
    const before = (await up.service.list()).length;
    const answer = await up.post("/api/estimate", { prompt: "x", scenes: 3, max_cost: 1 });
    expect(EstimateAnswer.parse(await answer.json())).toMatchObject({
      scenes: 3,
      scenes_are_given: true,
      total_usd: 3.41,
    });
    expect((await up.service.list()).length).toBe(before);
  });
});

describe("a long poll", () => {
  test("answers when the status changes", async () => {
    const slow = serveTestServer(openTestServer({ script: { storyboardMs: 150, clipMs: 60_000 } }));
    const { id } = await slow.service.create({ prompt: "x", sceneCount: 1 }, {}, never);
    const words = ["pending"];
    while (words.at(-1) !== "video_gen") {
      const answer = await slow.get(`/api/projects/${id}/status?wait=30&known=${words.at(-1)}`);
      words.push(String(Object(await answer.json()).status));
    }
    expect(words).toEqual([...new Set(words)]);
    await slow.stop();
  });

  test("of a project at rest answers at once", async () => {
    expect((await up.get(at("status?wait=300"))).status).toBe(200);
  });

  test("answers with the same status when the time is over", async () => {
    const clock = createHeldClock();
    const { get } = createTestApi({ projects: [fakeProject()], clock });
    const answer = get(`/api/projects/${fakeProjectId(1)}/status?wait=30`);
    clock.wake();
    expect(await (await answer).json()).toMatchObject({ status: "pending" });
  });

  test.each(["-1", "301", "x", "1.5"])("of %p seconds is 422", async (wait) => {
    expect((await up.get(at(`status?wait=${wait}`))).status).toBe(422);
  });
});
