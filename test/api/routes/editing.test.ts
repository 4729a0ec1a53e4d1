import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { z } from "zod";
import { ScenesAnswer } from "../../../src/api/schemas/assets.ts";
import {
  EditAnswer,
  HistoryAnswer,
  PlanAnswer,
  RetakeQuoteAnswer,
  TakesAnswer,
} from "../../../src/api/schemas/editing.ts";
import { AcceptedAnswer, ProjectAnswer } from "../../../src/api/schemas/responses.ts";
import { StoryboardAnswer } from "../../../src/api/schemas/storyboard.ts";
import type { ProjectId } from "../../../src/domain/ids.ts";
import { never } from "../../support/never.ts";
import {
  makeFilm,
  openTestServer,
  READ_TOKEN,
  type RunningTestServer,
  serveTestServer,
  TOKENS,
} from "../test-server.ts";

const prices = { storyboard: 0.01, keyframe: 0.1, clip: 1 } as const;

let up: RunningTestServer;
beforeAll(() => {
  up = serveTestServer(openTestServer());
});
afterAll(() => up.stop());

const at = (id: string, path: string) => `/api/projects/${id}/${path}`;

function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(up.url(path), { method, headers: { "Content-Type": "application/json", ...headers }, body: text });
}

async function as<S extends z.ZodType>(schema: S, status: number, answer: Response): Promise<z.output<S>> {
  const json: unknown = await answer.json();
  expect([answer.status, json]).toEqual([status, expect.anything()]);
  return schema.parse(json);
}

const planOf = async (id: string) => as(PlanAnswer, 200, await up.get(at(id, "plan")));
const storyboardOf = async (id: string) => as(StoryboardAnswer, 200, await up.get(at(id, "storyboard")));
const toMake = ({ lines }: z.output<typeof PlanAnswer>) =>
  lines.filter((line) => line.to_make).map(({ kind, position }) => `${kind} ${position}`);

async function settled(id: string) {
  for await (const _ of up.service.watch(await up.service.resolve(id), new AbortController().signal));
  return as(ProjectAnswer, 200, await up.get(`/api/projects/${id}`));
}

/** What the provider charged while something was done. */
async function billed(work: () => Promise<unknown>): Promise<string[]> {
  const before = up.provider.bills.length;
  await work();
  return up.provider.bills.slice(before).map(({ what }) => what);
}

describe("a film that stops for review", () => {
  test("says what comes next and its price, and goes on as far as it is told", async () => {
    const asked = await up.post("/api/generate", { prompt: "A cat.", scenes: 2, until: "storyboard" });
    const { project_id: id } = await as(AcceptedAnswer, 202, asked);
    const first = await settled(id);
    expect([first.status, first.until, first.revision]).toEqual(["review", "storyboard", 0]);
    const plan = await planOf(id);
    expect(plan.next).toEqual([
      { until: "keyframes", pieces: 3, usd: 0.3, most_usd: 0.6 },
      { until: "clips", pieces: 5, usd: 2.3, most_usd: 2.6 },
      { until: "film", pieces: 6, usd: 2.3, most_usd: 2.6 },
    ]);
    expect([plan.total_usd, plan.most_usd]).toEqual([2.3, 2.6]);
    const bills = await billed(async () => {
      await as(AcceptedAnswer, 202, await up.post(at(id, "resume"), { until: "keyframes" }));
      await settled(id);
    });
    expect(bills).toEqual(["keyframe", "keyframe", "keyframe"]);
    expect((await planOf(id)).next.map(({ until }) => until)).toEqual(["clips", "film"]);
    await up.post(at(id, "resume"), {});
    expect((await settled(id)).status).toBe("complete");
    expect(await planOf(id)).toMatchObject({ total_usd: 0, next: [] });
  });

  test.each(["nothing", "animatics", "", 1, null])("until %p is 422 on both ways", async (until) => {
    const film = await makeFilm(up, "x", 1);
    expect((await up.post("/api/generate", { prompt: "x", until })).status).toBe(422);
    expect((await up.post(at(film.id, "resume"), { until })).status).toBe(422);
  });
});

describe("an edit", () => {
  test("is foretold by a dry run, which writes nothing, and bills what it foretold", async () => {
    const { id } = await makeFilm(up, "A cat.", 4);
    const change = { scenes: [{ scene: 1, motion_prompt: "The camera falls." }] };
    const seen = await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), { ...change, dry_run: true }));
    expect(toMake(seen)).toEqual(["clip 1", "stitch 0"]);
    expect([seen.dry_run, seen.status, seen.revision, seen.total_usd]).toEqual([true, "complete", 0, prices.clip]);
    expect((await storyboardOf(id)).scenes[1]?.motion_prompt).not.toBe("The camera falls.");

    const done = await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), change));
    expect([done.dry_run, done.status, done.revision, toMake(done)]).toEqual([false, "review", 1, toMake(seen)]);
    expect(done.lines.find(({ kind, position }) => kind === "clip" && position === 1)).toMatchObject({
      state: "stale",
      reason: "its inputs changed",
      usd: 1,
      model: expect.any(String),
    });
    const stale = await as(ScenesAnswer, 200, await up.get(at(id, "scenes")));
    expect(stale.scenes.map(({ clip }) => clip.stale)).toEqual([false, true, false, false]);
    expect((await up.get(at(id, "scenes/1/clip.mp4"))).status).toBe(200);
    // The film as it was can still be seen, but is not handed out as the finished one.
    expect((await up.get(at(id, "film.mp4"))).headers.get("content-type")).toBe("video/mp4");
    expect((await up.get(at(id, "download"))).status).toBe(409);
    const bills = await billed(async () => {
      await up.post(at(id, "resume"), {});
      await settled(id);
    });
    expect(bills).toEqual(["clip"]);
  });

  test("with patch keeps every other piece", async () => {
    const { id } = await makeFilm(up, "A cat.", 4);
    const change = { scenes: [{ scene: 1, end_frame_prompt: "A boat." }], patch: true };
    const edited = await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), change));
    expect(toMake(edited)).toEqual(["keyframe 2", "clip 1", "stitch 0"]);
    expect(edited.lines.filter(({ state }) => state === "kept").length).toBeGreaterThan(0);
  });

  test("takes a whole storyboard as it was read, with scenes in another order, number and length", async () => {
    const { id } = await makeFilm(up, "A cat.", 3);
    const read = await storyboardOf(id);
    const same = await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), { storyboard: read }));
    expect([same.revision, same.total_usd]).toEqual([0, 0]);
    const scenes = read.scenes.toReversed().map(({ scene_index: _, ...scene }) => ({ ...scene, duration: 4 }));
    const storyboard = { ...read, scenes: scenes.slice(0, 2) };
    await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), { storyboard }));
    const now = await storyboardOf(id);
    expect(now.scenes.map(({ scene_index, description, duration }) => [scene_index, description, duration])).toEqual([
      [0, "scene 2", 4],
      [1, "scene 1", 4],
    ]);
    await send("PATCH", at(id, "storyboard"), { scenes: [{ scene: 0, duration: null }] });
    expect((await storyboardOf(id)).scenes.map(({ duration }) => duration)).toEqual([null, 4]);
  });

  test("of a transition joins the film again, and null gives it back to the film's crossfade", async () => {
    const { id } = await makeFilm(up, "A cat.", 2);
    const dip = { kind: "dip", seconds: 1 } as const;
    const change = (transition: unknown) => ({ scenes: [{ scene: 0, transition }] });
    const edited = await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), change(dip)));
    expect(toMake(edited)).toEqual(["stitch 0"]);
    const read = await storyboardOf(id);
    expect(read.scenes.map(({ transition }) => transition)).toEqual([dip, null]);
    const same = await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), { storyboard: read }));
    expect(same.revision).toBe(1);
    await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), change(null)));
    expect((await storyboardOf(id)).scenes[0]?.transition).toBeNull();
    const wrong = await send("PATCH", at(id, "storyboard"), change({ kind: "dip", seconds: 0 }));
    expect(wrong.status).toBe(422);
  });

  test("of another revision than the one that holds is 409 and changes nothing", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    const words = (description: string) => ({ scenes: [{ scene: 0, description }], revision: 0 });
    await as(EditAnswer, 200, await send("PATCH", at(id, "storyboard"), words("One.")));
    expect((await send("PATCH", at(id, "storyboard"), words("Two."))).status).toBe(409);
    expect((await storyboardOf(id)).scenes[0]?.description).toBe("One.");
  });

  test("of several scenes at the same moment keeps them all", async () => {
    const { id } = await makeFilm(up, "A cat.", 4);
    const answers = await Promise.all(
      [0, 1, 2, 3].map((scene) =>
        send("PATCH", at(id, "storyboard"), { scenes: [{ scene, description: `New ${scene}.` }] }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await storyboardOf(id)).scenes.map(({ description }) => description)).toEqual(
      [0, 1, 2, 3].map((scene) => `New ${scene}.`),
    );
  });

  test("while clips are being filmed keeps what runs and waits for the user's word", async () => {
    const cloud: { isBusy: boolean } = { isBusy: true };
    const slow = serveTestServer(
      openTestServer({ script: { verdict: () => (cloud.isBusy ? { kind: "running" } : undefined) } }),
    );
    const { id } = await slow.service.create({ prompt: "x", sceneCount: 2 }, {}, never);
    for await (const { project } of slow.service.watch(id, new AbortController().signal))
      if (project.stages.find(({ kind }) => kind === "clip")?.running === 2) break;
    const answer = await fetch(slow.url(at(id, "storyboard")), {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scenes: [{ scene: 0, motion_prompt: "The camera falls." }] }),
    });
    const edited = await as(EditAnswer, 200, answer);
    expect(edited.status).toBe("video_gen");
    cloud.isBusy = false;
    for await (const _ of slow.service.watch(id, new AbortController().signal));
    expect((await slow.service.get(id)).status).toBe("review");
    expect(slow.provider.bills.filter(({ what }) => what === "clip")).toHaveLength(2);
    await slow.stop();
  });

  const scene = { description: "x", start_frame_prompt: "x", end_frame_prompt: "x", motion_prompt: "x" };
  const board = (scenes: unknown) => ({
    storyboard: { title: "x", style_guide: { visual_style: "x", color_palette: "x", camera_style: "x" }, scenes },
  });
  const words = (change: object) => ({ scenes: [{ scene: 0, ...change }] });
  test.each<[string, unknown, number, RegExp]>([
    ["no JSON", "{", 400, /not JSON/],
    ["nothing", {}, 422, /scenes/],
    ["both ways at once", { ...words({}), ...board([scene]) }, 422, /only one/],
    ["no edit", { scenes: [] }, 422, /scenes is empty/],
    ["an unknown field", words({ colour: "red" }), 422, /unknown field "colour"/],
    ["an unknown scene", { scenes: [{ scene: 7, description: "x" }] }, 422, /scene must be 0 to 1, got 7/],
    ["a negative scene", { scenes: [{ scene: -1, description: "x" }] }, 422, /scene/],
    ["empty words", words({ description: "  " }), 422, /description/],
    ["a novel", words({ description: "x".repeat(2_001) }), 422, /description/],
    ["words for a terminal", words({ description: "\u001b[2J" }), 422, /control characters/],
    ["half a character", words({ description: "\ud800" }), 422, /Unicode/],
    ["a length of 0 s", words({ duration: 0 }), 422, /duration/],
    ["patch in words", { ...words({}), patch: "yes" }, 422, /patch must be true or false/],
    ["no scene left", board([]), 422, /has no scene/],
    ["500 scenes", board(Array(500).fill(scene)), 422, /more than 100 scenes/],
    [
      "a scene twice",
      board([
        { ...scene, scene_index: 0 },
        { ...scene, scene_index: 0 },
      ]),
      422,
      /must be 1/,
    ],
    ["a scene without words", board([{ ...scene, motion_prompt: undefined }]), 422, /motion_prompt/],
    ["a MiB and more", JSON.stringify(words({ description: "x".repeat(1024 ** 2) })), 413, /longer/],
  ])("with %s is refused, and nothing changes", async (_, body, status, reason) => {
    const { id } = await film();
    const answer = await send("PATCH", at(id, "storyboard"), body);
    expect([answer.status, Object(await answer.json()).detail]).toEqual([status, expect.stringMatching(reason)]);
    expect((await up.service.get(id)).revision).toBe(0);
  });

  test("before there is a storyboard is 409", async () => {
    const { id } = await up.service.create({ prompt: "x" }, { maxCostUsd: 0 }, never);
    expect((await send("PATCH", at(id, "storyboard"), words({ description: "x" }))).status).toBe(409);
    expect((await send("PATCH", at(id, "storyboard"), board([scene]))).status).toBe(409);
    expect((await planOf(id)).complete).toBe(false);
  });
});

/** One film for tests that change nothing. */
let shared: Promise<{ id: ProjectId }> | undefined;
const film = () => {
  shared ??= makeFilm(up, "A cat at night.", 2);
  return shared;
};

describe("retakes", () => {
  test("are priced first, bought once for every key, kept with seed and cost, and picked for nothing", async () => {
    const { id } = await makeFilm(up, "A cat.", 2);
    const wanted = { scene: 1, piece: "clip", takes: 2, seed: 7, prompt: "The cat flies." };
    const quote = await up.post(at(id, "retakes"), { ...wanted, dry_run: true });
    expect(await as(RetakeQuoteAnswer, 200, quote)).toEqual({
      project_id: id,
      takes: 2,
      usd: 2 * prices.clip,
      total_usd: 2 * prices.clip,
      most_usd: 2 * prices.clip,
      max_usd: 4.31,
    });
    const bills = await billed(async () => {
      const key = { "Idempotency-Key": "one" };
      const answers = [await up.post(at(id, "retakes"), wanted, key), await up.post(at(id, "retakes"), wanted, key)];
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      expect(answers[1]?.headers.get("idempotency-replayed")).toBe("true");
      expect((await up.post(at(id, "retakes"), { ...wanted, takes: 1 }, key)).status).toBe(422);
      await settled(id);
    });
    expect(bills).toEqual(["clip", "clip"]);

    const { takes } = await as(TakesAnswer, 200, await up.get(at(id, "takes")));
    const own = takes.filter(({ kind, position }) => kind === "clip" && position === 1);
    expect(own.map(({ take, selected, seed, cost_usd, prompt }) => [take, selected, seed, cost_usd, prompt])).toEqual([
      [1, true, null, prices.clip, expect.any(String)],
      [2, false, 7, prices.clip, "The cat flies."],
      [3, false, 7, prices.clip, "The cat flies."],
    ]);
    for (const { url } of takes) expect((await up.get(url ?? "")).status).toBe(200);

    const free = await billed(async () => {
      await as(AcceptedAnswer, 202, await up.post(at(id, "picks"), { scene: 1, piece: "clip", take: 3 }));
      expect((await settled(id)).status).toBe("complete");
    });
    expect(free).toEqual([]);
    const picked = await as(ScenesAnswer, 200, await up.get(at(id, "scenes")));
    expect(picked.scenes[1]?.clip.takes.map(({ selected }) => selected)).toEqual([false, false, true]);
  });

  test("name the same still as the end of one scene and the start of the next", async () => {
    const { id } = await makeFilm(up, "A cat.", 2);
    await up.post(at(id, "retakes"), { scene: 0, piece: "end" });
    await settled(id);
    await up.post(at(id, "retakes"), { scene: 1, piece: "start" });
    await settled(id);
    const { scenes } = await as(ScenesAnswer, 200, await up.get(at(id, "scenes")));
    expect(scenes.map(({ start, end }) => [start.takes.length, end.takes.length])).toEqual([
      [1, 3],
      [3, 1],
    ]);
  });

  test.each<[string, string, unknown, number]>([
    ["of an unknown scene", "retakes", { scene: 2, piece: "clip" }, 422],
    ["of scene 1.5", "retakes", { scene: 1.5, piece: "clip" }, 422],
    ["of no piece", "retakes", { scene: 0 }, 422],
    ["of another piece", "retakes", { scene: 0, piece: "sound" }, 422],
    ["none", "retakes", { scene: 0, piece: "clip", takes: 0 }, 422],
    ["a thousand", "retakes", { scene: 0, piece: "clip", takes: 1_000 }, 422],
    ["with an empty prompt", "retakes", { scene: 0, piece: "clip", prompt: " " }, 422],
    ["with a seed below 0", "retakes", { scene: 0, piece: "clip", seed: -1 }, 422],
    ["picked of an unknown scene", "picks", { scene: 2, piece: "end", take: 1 }, 422],
    ["picked that do not exist", "picks", { scene: 0, piece: "clip", take: 9 }, 422],
    ["picked as take 0", "picks", { scene: 0, piece: "clip", take: 0 }, 422],
    ["with an unknown field", "picks", { scene: 0, piece: "clip", take: 1, force: true }, 422],
    ["put back to an unknown revision", "revert", { revision: 5 }, 422],
    ["put back to a word", "revert", { revision: "first" }, 422],
    ["put back to nothing", "revert", {}, 422],
  ])("%s: refused, and nothing is bought", async (_, path, body, status) => {
    const { id } = await film();
    const bills = await billed(async () => expect((await up.post(at(id, path), body)).status).toBe(status));
    expect(bills).toEqual([]);
  });
});

describe("history", () => {
  test("tells every revision, and going back costs nothing", async () => {
    const { id } = await makeFilm(up, "A cat.", 2);
    const before = await (await up.get(at(id, "download"))).text();
    await send("PATCH", at(id, "storyboard"), { scenes: [{ scene: 0, description: "The cat swims." }] });
    const { revision, revisions } = await as(HistoryAnswer, 200, await up.get(at(id, "history")));
    expect([revision, revisions.map(({ note }) => note)]).toEqual([1, [expect.any(String), "scene 1 changed"]]);
    const bills = await billed(async () => {
      await as(AcceptedAnswer, 202, await up.post(at(id, "revert"), { revision: 0 }));
      expect(await settled(id)).toMatchObject({ status: "complete", revision: 2 });
    });
    expect(bills).toEqual([]);
    expect(await (await up.get(at(id, "download"))).text()).toBe(before);
  });
});

test("unknown films are 404 everywhere", async () => {
  const id = "019ab000-0000-7000-8000-000000000000";
  const edit = { scenes: [{ scene: 0, description: "x" }] };
  const answers = await Promise.all([
    ...["plan", "takes", "history"].map((path) => up.get(at(id, path))),
    up.post(at(id, "retakes"), { scene: 0, piece: "clip" }),
    up.post(at(id, "picks"), { scene: 0, piece: "clip", take: 1 }),
    up.post(at(id, "revert"), { revision: 0 }),
    send("PATCH", at(id, "storyboard"), edit),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(404));
});

test("a reading token sees the plan and changes nothing; another site's page does not either", async () => {
  const testServer = openTestServer();
  const { id } = await makeFilm(testServer, "A cat.", 1);
  const guarded = serveTestServer(testServer, { tokens: TOKENS });
  const asked = (method: string, path: string, headers: Record<string, string>, body?: object) =>
    fetch(guarded.url(at(id, path)), {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    }).then(({ status }) => status);
  const reader = { Authorization: `Bearer ${READ_TOKEN}` };
  const edit = { scenes: [{ scene: 0, description: "x" }] };
  for (const path of ["plan", "takes", "history"]) expect(await asked("GET", path, reader)).toBe(200);
  expect(await asked("PATCH", "storyboard", reader, edit)).toBe(403);
  expect(await asked("POST", "retakes", reader, { scene: 0, piece: "clip" })).toBe(403);
  expect(await asked("POST", "picks", reader, { scene: 0, piece: "clip", take: 1 })).toBe(403);
  expect(await asked("POST", "revert", reader, { revision: 0 })).toBe(403);
  expect(await asked("GET", "plan", {})).toBe(401);
  const stranger = { ...guarded.auth, Origin: "https://elsewhere.example" };
  expect(await asked("PATCH", "storyboard", stranger, edit)).toBe(403);
  expect((await guarded.service.get(id)).revision).toBe(0);
  await guarded.stop();
});
